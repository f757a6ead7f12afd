"""Figures over runs: time at percentiles, tokens, cost, and quality by rule."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import mean
from typing import Any, Protocol

PERCENTILES = (50, 95, 99)
RULES = ("evidence", "figure", "length", "language")
"""Names of the rules of quality, in the order in which they are shown; ``conclave.quality.rules`` has them."""


class Measured(Protocol):
    """A run of a case, as far as these figures go."""

    @property
    def duration(self) -> float:
        """Seconds."""
        ...

    @property
    def tokens(self) -> int:
        """Sent to models and written by them."""
        ...

    @property
    def cost_usd(self) -> float:
        """What they cost."""
        ...

    @property
    def answers(self) -> int:
        """Answers of models that were judged."""
        ...

    @property
    def breaches(self) -> Sequence[str]:
        """What is wrong with them, as ``rule: agent in phase: detail``."""
        ...


def percentile(values: Iterable[float], percent: float) -> float:
    """The smallest value that so many per cent of the values do not exceed (nearest rank); 0 where there are none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)] if ordered else 0.0


def spent(rows: Sequence[Measured]) -> dict[str, Any]:
    """Seconds at percentiles, and tokens and cost of a run, mean."""
    return {
        **{f"p{each}_seconds": round(percentile([row.duration for row in rows], each), 4) for each in PERCENTILES},
        "tokens_per_run": round(mean(row.tokens for row in rows), 1) if rows else 0.0,
        "cost_usd_per_run": round(mean(row.cost_usd for row in rows), 8) if rows else 0.0,
    }


def quality(rows: Sequence[Measured]) -> dict[str, Any]:
    """How many answers were judged by rule, how many of them break none, and how often each rule was broken."""
    counted = Counter(breach.partition(":")[0] for row in rows for breach in row.breaches)
    answers = sum(row.answers for row in rows)
    sound = sum(sound_answers(row) for row in rows)
    return {
        "answers": answers,
        "sound": sound,
        "share": round(sound / answers, 6) if answers else None,
        "breaches": {rule: counted[rule] for rule in RULES},
    }


def sound_answers(row: Measured) -> int:
    """Answers of a run that break no rule; an answer may break several."""
    return row.answers - len({breach.split(": ")[1] for breach in row.breaches})
