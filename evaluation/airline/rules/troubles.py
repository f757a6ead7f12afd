"""Everything that keeps a flight, and when each is over: worked out from the report, apart from the pack's planner."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from packs.airline.models import Incident, Problem
from packs.airline.operators.figures import Figures

from evaluation.airline.rules.clock import minutes
from evaluation.airline.rules.regulations import TAXI_MINUTES

NOBODY_KNOWS = ("technical", "crew")
"""Causes whose end nobody can guess."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that keeps a flight.

    Attributes:
        cause: What it is.
        over: Minutes after schedule; ``None`` if nobody knows.
    """

    cause: str
    over: int | None


def troubles(incident: Incident, departure: int, arrival: int, figures: Figures) -> list[Trouble]:
    """What keeps a flight that should leave and arrive at these minutes; not what is withdrawn, only feared, or deferred."""
    told = incident.problems or (Problem(),)
    return [
        Trouble(each.cause.value, _over(each, departure, arrival, figures))
        for each in told
        if each.status in ("reported", "updated") and not each.item
    ]


def ended(found: Iterable[Trouble]) -> int | None:
    """Minutes after schedule until all are over; ``None`` if nobody knows."""
    ends = [each.over for each in found]
    return None if any(each is None for each in ends) else max((each or 0 for each in ends), default=0)


def _over(problem: Problem, departure: int, arrival: int, figures: Figures) -> int | None:
    if not problem.minutes and not problem.not_before:
        return None if problem.cause.value in NOBODY_KNOWS else figures.default_delay(problem.cause.value)
    late = problem.minutes
    if problem.not_before:
        earliest = minutes(f"{problem.not_before[:10]}T{problem.not_before[11:16]}:00Z")
        scheduled = {"take_off": departure + TAXI_MINUTES, "landing": arrival}.get(problem.of.value, departure)
        late = max(late, earliest - scheduled)
    return late
