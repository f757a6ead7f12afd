"""Everything that keeps a flight, and when each is over: worked out from the report, apart from the pack's planner."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from packs.airline.models import Incident, Problem
from packs.airline.operators.figures import Figures

from evaluation.airline.rules.clock import minutes
from evaluation.airline.rules.regulations import TAXI_MINUTES

NEVER = 2**40
NO_AIRPORTS = ("RWY", "TWY", "ATC", "ILS", "APU", "ENG", "CAB", "CPT")
"""Words of three letters that name no airport."""
NOBODY_KNOWS = ("technical", "crew")
"""Causes whose end nobody can guess."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that keeps a flight.

    Attributes:
        cause: What it is.
        over: Minutes after schedule; ``None`` if nobody knows.
        detail: What lies behind it; empty where the report does not tell.
    """

    cause: str
    over: int | None
    detail: str = ""


def troubles(incident: Incident, departure: int, arrival: int, begins: int, figures: Figures) -> list[Trouble]:
    """What keeps a flight that should leave and arrive at these minutes; not what is withdrawn, only feared, or deferred.

    Minutes of a report count from ``begins``: the scheduled departure, or the receipt when that is later.
    """
    told = incident.problems or (Problem(),)
    return [
        Trouble(each.cause.value, _over(each, departure, arrival, begins, figures), each.detail.value)
        for each in told
        if each.status in ("reported", "updated") and not each.item
    ]


def ended(found: Iterable[Trouble]) -> int | None:
    """Minutes after schedule until all are over; ``None`` if nobody knows."""
    ends = [each.over for each in found]
    return None if any(each is None for each in ends) else max((each or 0 for each in ends), default=0)


def _over(problem: Problem, departure: int, arrival: int, begins: int, figures: Figures) -> int | None:
    closure = problem.closed_from or problem.closed_until
    scheduled = {"take_off": departure + TAXI_MINUTES, "landing": arrival}.get(problem.of.value, departure)
    ends = [problem.not_before, problem.not_after if problem.of.value == "over" else ""]
    late = [_read(each) - scheduled for each in ends if each]
    late += [begins - departure + problem.minutes] if problem.minutes and not closure else []
    if late:
        return max(0, *late)
    if closure or problem.not_after:
        return 0
    if problem.cause.value in NOBODY_KNOWS:
        return None
    return int(begins - departure + figures.default_delay(problem.cause.value))


@dataclass(frozen=True, slots=True)
class Bar:
    """A time at which the flight may not move.

    Attributes:
        cause: What bars it.
        movement: ``off_blocks``, ``take_off`` or ``landing``, or ``over`` for a closed airport.
        airport: The closed airport.
        start: First minute.
        end: The minute at which it is over.
    """

    cause: str
    movement: str
    airport: str
    start: int
    end: int


def bars(incident: Incident, origin: str, destination: str) -> list[Bar]:
    """The times at which the report says that the flight cannot move, those that are only feared included."""
    found = []
    for each in incident.problems:
        if each.status == "withdrawn":
            continue
        cause, of = each.cause.value, each.of.value
        if each.not_after and of != "over":
            found.append(Bar(cause, of, "", _read(each.not_after) + 1, NEVER))
        if each.closed_from or each.closed_until:
            begins = _read(each.closed_from) if each.closed_from else 0
            ends = _read(each.closed_until) if each.closed_until else NEVER
            found.append(Bar(cause, "over", _named(each.about, origin, destination), begins, ends))
    return found


def barred(found: Iterable[Bar], *, off_blocks: int, on_blocks: int, origin: str, lands: str, destination: str) -> bool:
    """True if one of the bars stands in the way of these movements."""
    return any(
        each.start <= moment < each.end
        for each in found
        for moment, met in (
            (off_blocks, each.movement == "off_blocks" or (each.movement == "over" and each.airport == origin)),
            (off_blocks + TAXI_MINUTES, each.movement == "take_off"),
            (on_blocks, (each.movement == "landing" and lands == destination) or each.airport == lands),
        )
        if met
    )


def _named(about: str, origin: str, destination: str) -> str:
    """The airport that is closed: an end of the flight that is named, another that is named, or the origin."""
    words = re.findall(r"[A-Z0-9]+", about.upper())
    if "DESTINATION" in words:
        return destination
    codes = [each for each in words if re.fullmatch("[A-Z]{3}", each) and each not in NO_AIRPORTS]
    return next((each for each in codes if each in (origin, destination)), codes[0] if codes else origin)


def _read(written: str) -> int:
    return minutes(f"{written[:10]}T{written[11:16]}:00Z")
