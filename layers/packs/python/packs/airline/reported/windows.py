"""The times that a report leaves for the movements of a flight: closures, and latest times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct, structs

from packs.airline.models import Cause, Clock, Problem, Status
from packs.airline.reported.moments import minutes
from packs.airline.rules.airports.limits import TAXI_MINUTES

DESTINATION, ORIGIN = "destination", "origin"
"""Names of the ends of a flight in ``Problem.about``, where the report does not name the airport itself."""
ALWAYS = 10**9
"""A moment after all others, in minutes: a closure without an end."""


class Window(Struct, frozen=True, kw_only=True):
    """A limit on when the flight may move.

    Attributes:
        cause: Of the problem that it belongs to.
        airport: Where it holds; empty for a latest time of the flight itself.
        movement: The movement that it limits; ``OVER`` for any at the airport.
        shut_from: Start of the time in which it may not be, in minutes.
        shut_until: Its end.
        destination: Planned destination: a limit on the landing is one on landing there.
        origin: Where the flight leaves.
    """

    cause: Cause
    airport: str
    movement: Clock
    shut_from: int
    shut_until: int
    destination: str
    origin: str

    def allows(self, departure: int, arrival: int, lands_at: str) -> bool:
        """True if a departure from the origin and an arrival at an airport, in minutes, keep the limit."""
        return self._lets_go(departure) and self.takes(arrival, lands_at)

    def takes(self, arrival: int, lands_at: str) -> bool:
        """True if an arrival at an airport keeps the limit."""
        limited = self.airport == lands_at or (self.movement is Clock.LANDING and lands_at == self.destination)
        return not (limited and self._shut(arrival))

    def _lets_go(self, departure: int) -> bool:
        match self.movement:
            case Clock.OFF_BLOCKS:
                return not self._shut(departure)
            case Clock.TAKE_OFF:
                return not self._shut(departure + TAXI_MINUTES)
            case _:
                return self.airport != self.origin or not self._shut(departure)

    def _shut(self, moment: int) -> bool:
        return self.shut_from <= moment < self.shut_until


def windows(problems: Iterable[Problem], flight: Mapping[str, Any]) -> Iterator[Window]:
    """The windows of the problems of a resolved incident, also of those that are only feared."""
    for each in problems:
        if each.status is Status.WITHDRAWN:
            continue
        whole = Window(
            cause=each.cause,
            airport="",
            movement=each.of,
            shut_from=0,
            shut_until=ALWAYS,
            destination=str(flight["destination"]),
            origin=str(flight["origin"]),
        )
        if each.not_after and each.of is not Clock.OVER:
            yield structs.replace(whole, shut_from=minutes(each.not_after) + 1)
        if each.closed_from or each.closed_until:
            start = minutes(each.closed_from) if each.closed_from else 0
            end = minutes(each.closed_until) if each.closed_until else ALWAYS
            place = airport_of(each, flight)
            yield structs.replace(whole, airport=place, movement=Clock.OVER, shut_from=start, shut_until=end)


def airport_of(problem: Problem, flight: Mapping[str, Any]) -> str:
    """The airport that a problem is about: one that it names, or an end of the flight, or else the origin."""
    words = problem.about.upper().replace("/", " ").replace("-", " ").split()
    for end in (DESTINATION, ORIGIN):
        if end.upper() in words:
            return str(flight[end])
    named = [each for each in words if len(each) == 3 and each.isalpha() and each not in _NO_AIRPORT]
    ends = [each for each in named if each in (flight["destination"], flight["origin"])]
    return (ends or named or [str(flight["origin"])])[0]


_NO_AIRPORT = frozenset(["RWY", "TWY", "ATC", "ILS", "APU", "ENG", "CAB", "CPT"])
"""Words of three letters that stand beside what a problem is about and are not airports."""
