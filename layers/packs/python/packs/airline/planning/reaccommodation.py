"""Outcomes for passengers: who arrives when, who is rebooked, who stays behind.

Who loses a seat or a connection is given another way to travel over the unsold seats of the operator's later flights and of
other carriers, by an integer programme with the least sum of delays; passengers count by tier, and parties stay together. Most
cases need no solver: when everybody can have the best way at once, that is the optimum.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Any

from conclave.pack import Item

from packs.airline.bounds import (
    FEW_FLIGHTS,
    FEW_OWN_FLIGHTS,
    OTHER_CARRIER_MINUTES,
    REBOOKING_HORIZON_MINUTES,
    STRANDED_DELAY_MINUTES,
)
from packs.airline.journeys import legs_of
from packs.airline.planning.entitlements.rights import Rights
from packs.airline.planning.seats.enough import Enough
from packs.airline.planning.seats.onward import Onward
from packs.airline.planning.seats.travels import Kind, Outcome, Seats, Travel, other_seats, own_seats
from packs.airline.rules.airports.limits import connects
from packs.airline.rules.passengers.europe import Harm

TIER_WEIGHTS: Mapping[str, int] = {"platinum": 13, "gold": 12, "silver": 11}
OTHER_WEIGHT = 10
LEFT_BEHIND_MINUTES = 2880
"""Minutes that a stranded passenger counts in the programme: more than the longest way to travel."""
TOP_TIERS = frozenset(["platinum", "gold"])
OWN = "F"
"""The disrupted flight itself, among the flights of a way."""
STRANDED = Travel("", "", STRANDED_DELAY_MINUTES)


class Journeys:
    """The passengers of a flight and the seats they may be moved to; answers are kept, as many options share them."""

    def __init__(
        self,
        *,
        flight: Item,
        bookings: Sequence[Item],
        later: Sequence[Item],
        others: Mapping[str, Item],
        onward_later: Mapping[str, Sequence[Item]],
        other_carriers: Mapping[str, Sequence[Item]] | None = None,
        connection_minutes: int,
        connections: Mapping[str, int] | None = None,
        connection_to: Mapping[str, int] | None = None,
        rights: Rights,
    ) -> None:
        """Groups the bookings.

        Args:
            flight: The disrupted flight.
            bookings: Its bookings, those that arrive on an earlier flight included.
            later: Later flights on its route, within the horizon.
            others: First and onward flights of the bookings, by key.
            onward_later: All flights on the onward routes, by route.
            other_carriers: Flights of other carriers by route; those of the flight's own route within the horizon.
            connection_minutes: Minimum connection time at the destination, and where none is known.
            connections: Minimum connection time by airport of further connections.
            connection_to: Minimum connection time from the flight to a booked onward one, by the key of that.
            rights: What passengers are owed.
        """
        self._flight = flight
        self._others = others
        bought = {route: [other_seats(each) for each in rows] for route, rows in (other_carriers or {}).items()}
        own = [own_seats(each) for each in later]
        self._later = [*own, *bought.get(flight["route"], ())]
        onward = {
            route: [*(own_seats(each) for each in rows), *bought.get(route, ())] for route, rows in onward_later.items()
        }
        self._onward = Onward(others, onward, connections or {}, connection_minutes)
        seats = [*self._later, *(each for flights in onward.values() for each in flights)]
        self._unsold = {each.name: each.free for each in seats}
        self._free = {name: max(0, free) for name, free in self._unsold.items()}
        # Where a flight could be both, one party could take seats twice that count once.
        apart = {each.name for each in own}.isdisjoint(each.name for flights in onward.values() for each in flights)
        few = len(own) <= FEW_OWN_FLIGHTS and len(self._free) <= FEW_FLIGHTS
        self._own_later = sorted(own, key=lambda each: (each.arrival_utc, each.name)) if apart and not few else []
        self._found: dict[tuple[tuple[str, ...], int, int | None], list[Travel]] = {}
        self._rights = rights
        self._connection = connection_minutes
        self._to = connection_to or {}
        self._parties: dict[Kind, int] = {}
        for booking in bookings:
            kind = self._kind(booking)
            self._parties[kind] = self._parties.get(kind, 0) + 1
        self._total = sum(kind.size * parties for kind, parties in self._parties.items())
        self._known: dict[tuple[int | None, int, tuple[tuple[str, int], ...]], Outcome] = {}

    @property
    def passengers(self) -> int:
        """Passengers over all bookings."""
        return self._total

    def fly(self, *, arrival_utc: int, seats: int) -> Outcome:
        """The flight arrives then, with that many seats."""
        return self._outcome(arrival_utc, seats, {})

    def cancel(self, more_seats: Mapping[str, int] | None = None) -> Outcome:
        """Nobody travels as planned. ``more_seats`` adds seats to later flights, by key."""
        return self._outcome(None, 0, more_seats or {})

    def _kind(self, booking: Item) -> Kind:
        legs = legs_of(booking)
        place = legs.index(self._flight["flight_id"])
        first = self._others.get(legs[0]) if place else self._flight
        # What comes after a leg that nobody knows cannot be counted.
        onward = tuple(takewhile(self._others.__contains__, legs[place + 1 :]))
        origin = first["origin"] if first else self._flight["origin"]
        return Kind(origin, onward[0] if onward else "", booking["tier"], booking["pax"], onward[1:])

    def _outcome(self, arrival: int | None, seats: int, more: Mapping[str, int]) -> Outcome:
        key = (arrival, min(seats, self._total), tuple(sorted(more.items())))
        if key not in self._known:
            outcome = Outcome()
            refused = arrival is not None and seats < self._total
            for kind, parties, travel in self.travels(arrival, seats, more):
                self._count(outcome, kind, parties, travel, refused=refused)
            self._known[key] = outcome
        return self._known[key]

    def travels(self, arrival: int | None, seats: int, more: Mapping[str, int]) -> Iterable[tuple[Kind, int, Travel]]:
        """Who travels how: kinds with the number of their parties on each way. Arguments as of ``fly`` and ``cancel``."""
        short = self._total > seats
        moved: dict[Kind, int] = {}
        for kind, parties in self._parties.items():
            planned = None if short or arrival is None else self._as_planned(kind, arrival)
            if planned is None:
                moved[kind] = parties
            else:
                yield kind, parties, planned
        if not moved:
            return
        # An overbooked flight has no seat for anybody, but a larger aircraft seats its own passengers first.
        added = {name: max(0, self._unsold[name] + extra) for name, extra in more.items() if name in self._unsold}
        free = self._free | added | ({OWN: seats} if short else {})
        passengers = sum(kind.size * parties for kind, parties in moved.items())
        sizes = {kind.size for kind in moved}
        enough = {size: Enough.of(self._own_later, free, passengers, size) for size in sizes}
        # Free capacity is the same for all, so the ways depend on the onward flight alone, but for the party's size.
        lands = arrival if seats else None
        wanted = {kind: (moved[kind], self._ways(kind, lands, free, enough[kind.size])) for kind in moved}
        many = bool(self._own_later)
        yield from _solved(wanted, _named(wanted, free) if many else free)

    def _as_planned(self, kind: Kind, arrival: int) -> Travel | None:
        if not kind.onward:
            return Travel(OWN, "", max(0, arrival - self._flight["arrival_utc"]))
        return Travel(OWN, kind.onward, 0) if self._reaches(arrival, kind.onward) else None

    def _reaches(self, arrival: int, onward: str) -> bool:
        """True if who comes then makes the booked onward flight."""
        return connects(arrival, self._others[onward]["departure_utc"], self._minimum(onward))

    def _minimum(self, onward: str) -> int:
        """Shortest connection to the booked onward flight; any other of its route is taken to leave the same terminal."""
        return self._to.get(onward, self._connection)

    def _ways(self, kind: Kind, arrival: int | None, free: Mapping[str, int], enough: Enough) -> list[Travel]:
        legs, size = (kind.onward, *kind.rest), kind.size
        most, held = self._most_minutes(legs, enough), ("", kind.onward)
        aboard = [] if arrival is None else self._from(legs, most, arrival)
        found = [each for each in aboard if each.second in held or free[each.second] >= size]
        found += [
            each
            for each in self._from(legs, most)
            if free[each.first] >= size and (each.second in held or free[each.second] >= size)
        ]
        return _undominated(kind, [*found, STRANDED], free)

    def _most_minutes(self, legs: tuple[str, ...], enough: Enough) -> int:
        """Minutes that no party with these onward legs needs more of: what takes longer is never the least."""
        onward = legs[0]
        if not onward:
            return enough.without_onward(self._flight["arrival_utc"])
        leaves = self._others[onward]["departure_utc"]
        return enough.with_onward(self._onward, legs, leaves=leaves, connection=self._minimum(onward))

    def _from(self, legs: tuple[str, ...], most: int, arrival: int | None = None) -> list[Travel]:
        """The ways on from the later flights, whatever seats they have, the same for all parties with these onward legs.

        With an arrival, the ways on from the disrupted flight when it comes then.
        """
        key = (legs, most, arrival)
        if key not in self._found:
            own = () if arrival is None else (Seats(OWN, self._flight["departure_utc"], arrival, 0),)
            ways = (each for first in own or self._later for each in self._search(legs, first, most))
            self._found[key] = [each for each in ways if _minutes(each) <= most]
        return self._found[key]

    def _search(self, legs: tuple[str, ...], first: Seats, most: int) -> Iterable[Travel]:
        lands, onward = first.arrival_utc, legs[0]
        if not onward:
            delay = max(0, lands - self._flight["arrival_utc"])
            yield Travel(first.name, "", delay, first.others, first.fare)
            return
        if self._reaches(lands, onward):
            yield Travel(first.name, onward, 0, first.others, first.fare)
            return
        ready = lands + self._minimum(onward)
        for each in self._onward.between(legs, ready, ready + REBOOKING_HORIZON_MINUTES):
            if each.delay <= most:
                seats = each.seats
                others, fare = first.others + seats.others, first.fare + seats.fare
                yield Travel(first.name, seats.name, each.delay, others, fare)

    def _count(self, outcome: Outcome, kind: Kind, parties: int, travel: Travel, *, refused: bool) -> None:
        """Adds parties; ``refused``: the flight operates and has too few seats, so that who is not on it is denied boarding."""
        pax, stranded = kind.size * parties, travel == STRANDED
        rebooked = not stranded and (travel.first != OWN or travel.second != kind.onward)
        if kind.onward and not stranded and travel.second != kind.onward:
            outcome.missed += pax
        if travel.others:
            outcome.buy(pax, travel.fare)
        outcome.add(
            pax=pax,
            delay=travel.delay,
            top=kind.tier in TOP_TIERS,
            rebooked=rebooked,
            stranded=stranded,
            aboard=travel.first == OWN,
        )
        last = (kind.onward, *kind.rest)[-1]
        end = self._others[last]["destination"] if last else self._flight["destination"]
        harm = (
            Harm.LATE
            if travel.first == OWN
            else Harm.DENIED
            if refused
            else Harm.STRANDED
            if stranded
            else Harm.CANCELLED
        )
        amount, currency = self._rights.owed(kind.origin, end, harm=harm, delay=travel.delay)
        outcome.owe(amount, currency, pax)


def _weight(tier: str) -> int:
    return TIER_WEIGHTS.get(tier, OTHER_WEIGHT)


def _seats_taken(kind: Kind, travel: Travel) -> tuple[str, ...]:
    """Flights on which a party needs a seat that it does not hold yet."""
    return tuple(each for each in (travel.first, travel.second) if each and each != kind.onward)


def _cost(kind: Kind, travel: Travel) -> int:
    """Cost of a party on a way, in ten-thousandths."""
    return kind.size * _each(_weight(kind.tier), travel, kind.onward)


def _each(weight: int, travel: Travel, onward: str) -> int:
    """Cost of a passenger: weighted minutes, an own seat worth two hours more than another carrier's; fares break ties.

    Where fares tie, too, the least is changed: ten cents each for another carrier, for leaving the flight, and for another
    onward flight than the booked one (``onward``).
    """
    if travel is STRANDED:
        return 10_000 * weight * LEFT_BEHIND_MINUTES
    changes = (travel.others > 0) + (travel.first != OWN) + (bool(onward) and travel.second != onward)
    return 10_000 * weight * _minutes(travel) + 10 * travel.fare + changes


def _minutes(travel: Travel) -> int:
    """Minutes of a way in the programme: how late it is, and what a seat of another carrier counts like."""
    return travel.delay + OTHER_CARRIER_MINUTES * travel.others


def _undominated(kind: Kind, ways: Iterable[Travel], free: Mapping[str, int]) -> list[Travel]:
    """Ways for which no other takes some of the same limited seats, or none, and costs no more."""
    weight = _weight(kind.tier)
    best: dict[tuple[str, str], tuple[int, Travel]] = {}
    for way in ways:
        # Where no seat is limited, or the party holds it already, the name is empty.
        first = way.first if way.first in free else ""
        second = way.second if way.second in free and way.second != kind.onward else ""
        cost = _each(weight, way, kind.onward)
        known = best.get((first, second))
        if known is None or cost < known[0]:
            best[first, second] = (cost, way)

    def beaten(first: str, second: str, cost: int) -> bool:
        fewer = {("", ""), (first, ""), ("", second)} - {(first, second)}
        return any(seats in best and best[seats][0] <= cost for seats in fewer)

    return [way for (first, second), (cost, way) in best.items() if not beaten(first, second, cost)]


def _named(wanted: Mapping[Kind, tuple[int, Sequence[Travel]]], free: Mapping[str, int]) -> dict[str, int]:
    """Free seats of the flights that anybody may take."""
    taken = {name for _, ways in wanted.values() for way in ways for name in (way.first, way.second)}
    return {name: seats for name, seats in free.items() if name in taken}


def _solved(
    wanted: Mapping[Kind, tuple[int, Sequence[Travel]]], free: Mapping[str, int]
) -> Iterable[tuple[Kind, int, Travel]]:
    """Kinds with the number of their parties on each way. The solver is asked only when the fastest ways do not fit."""
    fastest = {kind: min(ways, key=lambda way: _cost(kind, way)) for kind, (_, ways) in wanted.items()}
    used: dict[str, int] = {}
    for kind, way in fastest.items():
        for name in _seats_taken(kind, way):
            used[name] = used.get(name, 0) + kind.size * wanted[kind][0]
    if all(taken <= free[name] for name, taken in used.items() if name in free):
        return [(kind, wanted[kind][0], way) for kind, way in fastest.items()]
    return _by_programme(wanted, free)


def _by_programme(
    wanted: Mapping[Kind, tuple[int, Sequence[Travel]]], free: Mapping[str, int]
) -> list[tuple[Kind, int, Travel]]:
    # The solver and numpy stay out of the functions that only load the pack: `frame` alone carries them.
    from packs.airline.planning.seats.seat_solver import Group, Way, assign

    kinds = sorted(wanted, key=_order)
    groups = [
        Group(
            size=kind.size,
            parties=wanted[kind][0],
            ways=[Way(cost=_cost(kind, way) / 10_000, flights=_seats_taken(kind, way)) for way in wanted[kind][1]],
        )
        for kind in kinds
    ]
    answer = assign(groups, free)
    return [
        (kind, parties, way)
        for kind, taken in zip(kinds, answer, strict=True)
        for way, parties in zip(wanted[kind][1], taken, strict=True)
        if parties
    ]


def _order(kind: Kind) -> tuple[Any, ...]:
    return (kind.onward, -_weight(kind.tier), kind.tier, -kind.size, kind.origin, kind.rest)
