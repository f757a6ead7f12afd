"""The passengers of the flights that come after the disrupted one, by the ends of their own journeys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from itertools import takewhile

from conclave.pack import Item
from msgspec import Struct, structs

from packs.airline.journeys import legs_after, legs_of
from packs.airline.planning.entitlements.rights import Rights


class Group(Struct, frozen=True):
    """Passengers of a flight with a journey in common.

    Attributes:
        start: Airport of their first departure.
        end: Their final destination.
        slack: Minutes that the flight may be late before they miss the flight they go on with; ``None`` without one.
        pax: How many.
    """

    start: str
    end: str
    slack: int | None
    pax: int

    def late(self, delay: int) -> int:
        """Minutes late at the final destination: none with the connection made, otherwise as late as this flight."""
        return 0 if self.slack is not None and delay <= self.slack else max(0, delay)


class Aboard(Struct, frozen=True, kw_only=True):
    """The passengers of a flight.

    Attributes:
        groups: All, in the order of their bookings; those without one come last.
        claims: Those whom a law may compensate, alike ones together.
    """

    groups: Sequence[Group]
    claims: Sequence[Group]


def aboard(
    flight: Item,
    bookings: Sequence[Item],
    flights: Mapping[str, Item],
    *,
    counted: Set[str],
    connection: Callable[[Item, Item], int],
    rights: Rights,
) -> Aboard:
    """The passengers of a flight, without those who come with another flight that is counted already.

    Args:
        flight: Its row.
        bookings: Those that it is a leg of.
        flights: The other legs of the bookings, as far as they are known.
        counted: Keys of the flights whose own passengers are counted, where they begin with one of them.
        connection: Gives the minimum connection time from the flight to one that leaves where it lands.
        rights: What passengers are owed.
    """
    others = flight["booked"] - sum(each["pax"] for each in bookings)
    own = [each for each in bookings if counted.isdisjoint(_legs_before(each, flight))]
    groups = list(_groups(flight, sorted(own, key=_place_in_line(flight)), flights, connection))
    if others > 0:
        groups.append(Group(flight["origin"], flight["destination"], None, others))
    return Aboard(groups=groups, claims=_claims(groups, rights))


def without_bookings(flight: Item, rights: Rights) -> Aboard:
    """The passengers of a flight whose bookings are not looked at: its own ends stand for theirs."""
    groups = [Group(flight["origin"], flight["destination"], None, flight["booked"])]
    return Aboard(groups=groups, claims=_claims(groups, rights))


def _place_in_line(flight: Item) -> Callable[[Item], tuple[bool, str]]:
    """Those who begin with the flight first, then who joins it; each in the order of their bookings."""
    return lambda each: (each["flight_id"] != flight["flight_id"], str(each["booking_id"]))


def _groups(
    flight: Item, bookings: Iterable[Item], flights: Mapping[str, Item], connection: Callable[[Item, Item], int]
) -> Iterator[Group]:
    for each in bookings:
        first = flights.get(next(iter(_legs_before(each, flight)), ""), flight)
        onward = [flights[leg] for leg in takewhile(flights.__contains__, legs_after(each, flight["flight_id"]))]
        room = onward[0]["departure_utc"] - flight["arrival_utc"] if onward else 0
        slack = room - connection(flight, onward[0]) if onward else None
        yield Group(first["origin"], (onward[-1] if onward else flight)["destination"], slack, each["pax"])


def _legs_before(booking: Item, flight: Item) -> Sequence[str]:
    legs = list(legs_of(booking))
    return legs[: legs.index(flight["flight_id"])]


def _claims(groups: Iterable[Group], rights: Rights) -> list[Group]:
    counted: Counter[tuple[str, str, int | None]] = Counter()
    for each in groups:
        if rights.covered(each.start, each.end):
            counted[each.start, each.end, each.slack] += each.pax
    return [Group(*journey, pax) for journey, pax in counted.items()]


class Queue:
    """Passengers in the order in which they are given seats; a party may be parted."""

    def __init__(self, groups: Iterable[Group]) -> None:
        self._waiting = [each for each in reversed(list(groups)) if each.pax > 0]

    def next(self, pax: int) -> Iterator[Group]:
        """The next passengers, so many of them as there are."""
        while pax > 0 and self._waiting:
            group = self._waiting.pop()
            taken = min(pax, group.pax)
            if taken < group.pax:
                self._waiting.append(structs.replace(group, pax=group.pax - taken))
            pax -= taken
            yield structs.replace(group, pax=taken)
