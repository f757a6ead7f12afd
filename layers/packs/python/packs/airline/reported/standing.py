"""The problems that hold a flight: those that stand and are not deferred, when each is over, and the times that they leave."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from msgspec import Struct, structs

from packs.airline.bounds import SWAPPABLE_CAUSES
from packs.airline.models import Cause, Clock, Deferral, Incident, Problem, Status
from packs.airline.reported.moments import minutes
from packs.airline.reported.windows import Window, windows
from packs.airline.rules.airports.limits import TAXI_MINUTES
from packs.airline.rules.passengers.circumstances import Ruling, ruling, together

STANDS = frozenset([Status.REPORTED, Status.UPDATED])
SWAPPED = frozenset(each for each in Cause if each in SWAPPABLE_CAUSES)
"""Causes that another aircraft goes round."""
OPEN_ENDED = frozenset([Cause.TECHNICAL, Cause.CREW])
"""Causes without a planning figure: while nobody knows how long they take, waiting is not an answer."""


def standing(incident: Incident) -> tuple[Problem, ...]:
    """The problems of a resolved incident that hold the flight, in the order of the report."""
    return tuple(each for each in incident.problems if stands(each))


def stands(problem: Problem) -> bool:
    """True if a problem holds the flight: it is neither withdrawn nor only feared, nor an item to dispatch with."""
    return problem.status in STANDS and problem.item is not Deferral.MEL


class Held(Struct, frozen=True, kw_only=True):
    """The problems that hold a flight, each with the delay in minutes after schedule with which it is over.

    Attributes:
        waits: The problems in the order of the report; ``None`` when nobody knows how long one takes.
        windows: The times that the report leaves for the movements of the flight.
    """

    waits: tuple[tuple[Problem, int | None], ...]
    windows: tuple[Window, ...]

    @classmethod
    def by(cls, incident: Incident, flight: Mapping[str, Any]) -> Held:
        """What holds the flight of a resolved incident, a row with its times in minutes."""
        waits = tuple((each, _wait(each, flight)) for each in standing(incident))
        return cls(waits=waits, windows=tuple(windows(incident.problems, flight)))

    @property
    def causes(self) -> frozenset[Cause]:
        """The causes of what holds the flight."""
        return frozenset(each.cause for each, _ in self.waits)

    @property
    def ruling(self) -> Ruling:
        """Whether what holds the flight is extraordinary, all of it, its kind in Canada, and what an extraordinary part adds."""
        found = [(ruling(each.cause, each.detail), wait) for each, wait in self.waits]
        own = _last(wait for each, wait in found if not each.extraordinary)
        whole = _last(wait for _, wait in found)
        adds = 0 if own is None or whole is None else whole - own
        return structs.replace(together(each for each, _ in found), excused_minutes=adds)

    @property
    def crew(self) -> bool:
        """True if the crew, or one of it, is reported missing."""
        return self.over((Cause.CREW,)) != 0

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

    def leave(self, departure: int, arrival: int, *, lands_at: str, solved: Collection[Cause] = ()) -> bool:
        """True if the reported times leave room for a departure and an arrival, in minutes.

        Args:
            departure: Off blocks.
            arrival: On blocks.
            lands_at: Where.
            solved: Causes that the option goes round.
        """
        return all(each.allows(departure, arrival, lands_at) for each in self.windows if each.cause not in solved)

    def landable(self, arrival: int, lands_at: str) -> bool:
        """True if the reported times leave room for an arrival there, whenever it departs."""
        return all(each.takes(arrival, lands_at) for each in self.windows)


def _last(waits: Iterable[int | None]) -> int | None:
    longest = 0
    for each in waits:
        if each is None:
            return None
        longest = max(longest, each)
    return longest


def _wait(problem: Problem, flight: Mapping[str, Any]) -> int | None:
    ends = [each for each in (problem.not_before, problem.not_after if problem.of is Clock.OVER else "") if each]
    told = [_off_blocks(each, problem.of, flight) - int(flight["departure_utc"]) for each in ends]
    closed = bool(problem.closed_from or problem.closed_until)
    if problem.minutes and not closed:
        told.append(problem.minutes)
    if told:
        return max(0, *told)
    if closed or problem.not_after:
        return 0
    return None if problem.cause in OPEN_ENDED else problem.assumed_minutes


def _off_blocks(written: str, of: Clock, flight: Mapping[str, Any]) -> int:
    """The first off-blocks time that a moment allows, in minutes."""
    match of:
        case Clock.TAKE_OFF:
            return minutes(written) - TAXI_MINUTES
        case Clock.LANDING:
            return minutes(written) - int(flight["block_minutes"])
        case _:
            return minutes(written)
