"""The problems that hold a flight: those that stand and are not deferred, and when each is over."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from packs.airline import times
from packs.airline.bounds import SWAPPABLE_CAUSES
from packs.airline.models import Cause, Clock, Deferral, Incident, Problem, Status
from packs.airline.operators.figures import Figures
from packs.airline.rules.airports.limits import TAXI_MINUTES

STANDS = frozenset([Status.REPORTED, Status.UPDATED])
SWAPPED = frozenset(each for each in Cause if each in SWAPPABLE_CAUSES)
"""Causes that another aircraft goes round."""
OPEN_ENDED = frozenset([Cause.TECHNICAL, Cause.CREW])
"""Causes without a planning figure: while nobody knows how long they take, waiting is not an answer."""


def standing(incident: Incident) -> tuple[Problem, ...]:
    """The problems of an incident that hold the flight, in the order of the report; one of unknown cause when it names none."""
    told = incident.problems or (Problem(),)
    return tuple(each for each in told if each.status in STANDS and each.item is not Deferral.MEL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The problems that hold a flight, each with the delay in minutes after schedule with which it is over.

    Attributes:
        waits: The problems in the order of the report; ``None`` when nobody knows how long one takes.
    """

    waits: tuple[tuple[Problem, int | None], ...]

    @classmethod
    def by(cls, incident: Incident, flight: Mapping[str, Any], figures: Figures) -> Held:
        """What holds a flight (a row with its times in minutes), with an airline's planning figures."""
        return cls(waits=tuple((each, _wait(each, flight, figures)) for each in standing(incident)))

    @property
    def causes(self) -> frozenset[Cause]:
        """The causes of what holds the flight."""
        return frozenset(each.cause for each, _ in self.waits)

    @property
    def crew(self) -> bool:
        """True if the crew, or one of it, is reported missing."""
        return Cause.CREW in self.causes

    @property
    def swappable(self) -> bool:
        """True if another aircraft helps against one of the problems."""
        return not self.causes.isdisjoint(SWAPPED)

    @property
    def unknown_release(self) -> bool:
        """True if the aircraft has a defect and nobody knows when it is released."""
        return self.over((Cause.TECHNICAL,)) is None

    @property
    def first_delay(self) -> int:
        """Minutes after schedule until everything is over of which that is known, or that has a planning figure."""
        return max((wait for _, wait in self.waits if wait is not None), default=0)

    def over(self, causes: Collection[Cause]) -> int | None:
        """Minutes after schedule until all problems of these causes are over; 0 without any, ``None`` if nobody knows."""
        return _last(wait for each, wait in self.waits if each.cause in causes)

    def over_without(self, solved: Collection[Cause]) -> int | None:
        """The same for all problems but those whose causes an option goes round."""
        return _last(wait for each, wait in self.waits if each.cause not in solved)


def _last(waits: Any) -> int | None:
    found = list(waits)
    return None if None in found else max(found, default=0)


def _wait(problem: Problem, flight: Mapping[str, Any], figures: Figures) -> int | None:
    told = [problem.minutes] if problem.minutes else []
    if problem.not_before:
        told.append(_off_blocks(problem, flight) - int(flight["departure_utc"]))
    if told:
        return max(0, *told)
    return None if problem.cause in OPEN_ENDED else figures.default_delay(problem.cause)


def _off_blocks(problem: Problem, flight: Mapping[str, Any]) -> int:
    """The first off-blocks time that a resolved clock allows, in minutes."""
    moment = times.minutes(problem.not_before.replace(" ", "T").replace("Z", ":00Z"))
    match problem.of:
        case Clock.TAKE_OFF:
            return moment - TAXI_MINUTES
        case Clock.LANDING:
            return moment - int(flight["block_minutes"])
        case _:
            return moment
