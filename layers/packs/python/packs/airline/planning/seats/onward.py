"""Flights that go on from where the disrupted one lands, and how late a party with one of them is at its end.

Each route is put in order once, and each flight of it is looked at once for each way on: not again for every flight that brings
a party there.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property

from conclave.pack import Item
from msgspec import Struct

from packs.airline.bounds import REBOOKING_HORIZON_MINUTES, STRANDED_DELAY_MINUTES
from packs.airline.planning.seats.travels import Seats


class Second(Struct, frozen=True):
    """An onward flight other than the booked one, and how many minutes late it brings a party to its end."""

    seats: Seats
    delay: int


class Route:
    """The flights of a route.

    Args:
        flights: In any order, which answers keep.
    """

    def __init__(self, flights: Sequence[Seats]) -> None:
        self.flights = flights
        self._ranked = sorted(range(len(flights)), key=lambda number: flights[number].departure_utc)
        self._departures = [flights[number].departure_utc for number in self._ranked]

    def between(self, first: int, last: int) -> list[int]:
        """The flights that depart at these moments or between them, by their place in ``flights``."""
        start, end = bisect_left(self._departures, first), bisect_right(self._departures, last)
        return sorted(self._ranked[start:end])

    def soonest(self, ready: int) -> int | None:
        """When the first arrives of those that depart from a moment on; ``None`` when none does."""
        number = bisect_left(self._departures, ready)
        return self._arrivals[number] if number < len(self._arrivals) else None

    @cached_property
    def _arrivals(self) -> list[int]:
        """For each flight in order of departure, the first arrival of it and of all that depart later."""
        found: list[int] = []
        for number in reversed(self._ranked):
            arrival = self.flights[number].arrival_utc
            found.append(min(arrival, found[-1]) if found else arrival)
        return found[::-1]


_NO_FLIGHTS = Route(())


class Onward:
    """The ways on of all parties.

    Args:
        booked: Flights that parties are booked on, by key.
        flights: All flights of the onward routes, by route.
        connections: Minimum connection time by airport of further connections.
        otherwise: Minimum connection time where none is known.
    """

    def __init__(
        self,
        booked: Mapping[str, Item],
        flights: Mapping[str, Sequence[Seats]],
        connections: Mapping[str, int],
        otherwise: int,
    ) -> None:
        self._booked = booked
        self._routes = {route: Route(found) for route, found in flights.items()}
        self._connections = connections
        self._otherwise = otherwise
        self._known: dict[tuple[str, ...], list[Second]] = {}

    def between(self, legs: tuple[str, ...], first: int, last: int) -> list[Second]:
        """The flights of the route of the first of these legs that depart at these moments or between them."""
        route = self._routes.get(self._booked[legs[0]]["route"], _NO_FLIGHTS)
        if legs not in self._known:
            late = (self._late(legs, each.arrival_utc) for each in route.flights)
            self._known[legs] = [Second(*each) for each in zip(route.flights, late, strict=True)]
        return [self._known[legs][number] for number in route.between(first, last)]

    def _late(self, legs: tuple[str, ...], lands: int) -> int:
        """Minutes late at the final destination for who lands then with another onward flight than the first of the legs.

        A further leg that is missed is waited for: the next flight of its route that anybody flies, whatever seats it has.
        Without one within the horizon the party arrives as late as one that is stranded.
        """
        planned = self._booked[legs[0]]
        for leg in legs[1:]:
            planned = self._booked[leg]
            ready = lands + self._connections.get(planned["origin"], self._otherwise)
            if ready <= planned["departure_utc"]:
                return 0
            soonest = self._routes.get(planned["route"], _NO_FLIGHTS).soonest(ready)
            if soonest is None or soonest - ready > REBOOKING_HORIZON_MINUTES:
                return STRANDED_DELAY_MINUTES
            lands = soonest
        return max(0, lands - int(planned["arrival_utc"]))
