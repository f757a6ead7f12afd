"""Plays scenarios both ways and puts the figures beside each other."""

from __future__ import annotations

import multiprocessing
import os
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

from conclave.pack import Pack, load_pack

from bench.deliberation import baseline, ours, tokenizer
from bench.deliberation.played import Case, Played
from bench.deliberation.runtime import LATENCY
from bench.deliberation.waiting import STORE_SECONDS
from evaluation.airline.scenarios.making import scenarios
from evaluation.scenarios import Scenario
from evaluation.suite import network_rows

CLOSE = 0.1
WORTH_A_PROCESS = 10
"""Fewer scenarios are played sooner than another process starts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A scenario played both ways."""

    label: str
    ours: Played
    baseline: Played

    @property
    def same_option(self) -> bool:
        """True if both come to the same end with the same option."""
        return (self.ours.status, self.ours.option) == (self.baseline.status, self.baseline.option)

    @property
    def same_constraints(self) -> bool:
        """True if both hold the same hard constraints."""
        return self.ours.hard == self.baseline.hard

    @property
    def confidence_close(self) -> bool:
        """True if both are about as sure."""
        return abs(self.ours.confidence - self.baseline.confidence) <= CLOSE


def play_all(count: int, seed: int) -> list[Pair]:
    """Plays the scenarios of a seed, in as many processes as there are cores."""
    chosen = scenarios(seed, count, _rows())
    if count < WORTH_A_PROCESS:
        return [_pair(each) for each in chosen]
    anew = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=os.cpu_count(), mp_context=anew) as pool:
        return list(pool.map(_pair, chosen, chunksize=5))


def figures(pairs: Sequence[Pair], seed: int) -> dict[str, Any]:
    """The figures of the bench: each ratio is ours over the baseline's."""
    mine, theirs = [each.ours for each in pairs], [each.baseline for each in pairs]
    return {
        "scenarios": len(pairs),
        "seed": seed,
        "tokenizer": tokenizer.NAME,
        "latency": f"ttft={LATENCY.first_token},token={LATENCY.per_token}, store {STORE_SECONDS} s a request",
        "tokens_per_run": round(_mean(mine, "tokens")),
        "tokens_per_run_by_family_before": round(_mean(mine, "before")),
        "ratio_tokens": _ratio(mine, theirs, "tokens"),
        "ratio_cost": _ratio(mine, theirs, "cost"),
        "ratio_cost_by_tokens": _ratio(mine, theirs, "strong"),
        "ratio_cost_by_models": round(_mean(mine, "cost") / _mean(mine, "strong"), 4),
        **{f"ratio_duration_{name}": round(at(mine) / at(theirs), 4) for name, at in PERCENTILES.items()},
        "same_options": sum(each.same_option for each in pairs),
        "same_constraints": sum(each.same_constraints for each in pairs),
        "confidence_close": sum(each.confidence_close for each in pairs),
        "sides": [_side("ours", mine), _side("baseline", theirs)],
        "differing": [
            {"label": each.label, "ours": each.ours.option, "baseline": each.baseline.option}
            for each in pairs
            if not (each.same_option and each.same_constraints)
        ],
    }


def _side(name: str, runs: Sequence[Played]) -> dict[str, Any]:
    counted = {part: round(_mean(runs, part)) for part in ("tokens", "input", "output", "cached")}
    return {
        "name": name,
        **counted,
        "calls": round(_mean(runs, "calls"), 1),
        "cost_usd": round(_mean(runs, "cost"), 5),
        **{f"seconds_{percentile}": round(at(runs), 2) for percentile, at in PERCENTILES.items()},
    }


def _mean(runs: Sequence[Played], part: str) -> float:
    return statistics.fmean(getattr(each, part) for each in runs)


def _ratio(mine: Sequence[Played], theirs: Sequence[Played], part: str) -> float:
    return round(_mean(mine, part) / _mean(theirs, part), 4)


def _percentile(share: float) -> Callable[[Sequence[Played]], float]:
    def at(runs: Sequence[Played]) -> float:
        ordered = sorted(each.seconds for each in runs)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    return at


PERCENTILES: Mapping[str, Callable[[Sequence[Played]], float]] = {
    "p50": _percentile(0.50),
    "p95": _percentile(0.95),
    "p99": _percentile(0.99),
}


def cases(count: int, seed: int) -> tuple[Pack, Iterator[Case]]:
    """The pack, and the scenarios of a seed as cases, made one after the other."""
    return _pack(), (_case(each) for each in scenarios(seed, count, _rows()))


def _case(scenario: Scenario) -> Case:
    tables = _rows()(scenario.network).changed(scenario.changes)
    return Case(f"{scenario.number} {scenario.kind}", tables, scenario.received, scenario.body)


def _pair(scenario: Scenario) -> Pair:
    case = _case(scenario)
    return Pair(label=case.label, ours=ours.play(_pack(), case), baseline=baseline.play(_pack(), case))


@cache
def _pack() -> Pack:
    return load_pack("airline")


@cache
def _rows() -> Any:
    return network_rows(_pack())
