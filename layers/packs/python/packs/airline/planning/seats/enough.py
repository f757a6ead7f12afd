"""How late a party has to be at most, whatever the others take: what is later need not be looked at.

A number of flights is enough for a party when one of the flights has room for it, however all others are seated. Each flight
can keep up to the party's seats but one free and still not have room for it, so it counts for that much less. If enough own
flights bring parties to where the disrupted one lands, and enough own onward flights leave from there after the last of them,
then a party with a way that is later than the latest of these could always change to one of them and be sooner: no assignment
with the least sum has it on that way. So nothing is lost by leaving such ways out, in a network of any size; and what is left
follows from the passengers and the free seats, not from the number of flights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from packs.airline.bounds import REBOOKING_HORIZON_MINUTES
from packs.airline.planning.seats.onward import Onward
from packs.airline.planning.seats.travels import Seats

NO_LIMIT = 1_000_000
"""More minutes than any way takes."""


class Enough(Struct, frozen=True, kw_only=True):
    """Own flights that are enough for a party of a size; none where there are not enough.

    Attributes:
        firsts: Flights to where the disrupted one lands, in order of arrival.
        free: Free seats by flight.
        passengers: All who are moved, the party among them.
        size: Passengers of the party.
    """

    firsts: Sequence[Seats]
    free: Mapping[str, int]
    passengers: int
    size: int

    @classmethod
    def of(cls, flights: Sequence[Seats], free: Mapping[str, int], passengers: int, size: int) -> Enough:
        """The first of some flights, in order of arrival, that are enough."""
        found = _prefix(flights, free, passengers, size)
        return cls(firsts=found, free=free, passengers=passengers, size=size)

    def without_onward(self, planned: int) -> int:
        """Minutes that no party without an onward flight needs to be later than that; ``planned`` is its arrival as booked."""
        return max(0, self.firsts[-1].arrival_utc - planned) if self.firsts else NO_LIMIT

    def with_onward(self, onward: Onward, legs: tuple[str, ...], *, leaves: int, connection: int) -> int:
        """The same of a party with onward legs.

        Args:
            onward: The onward flights.
            legs: Its onward legs.
            leaves: When the first of them departs.
            connection: The shortest connection to it.
        """
        if not self.firsts:
            return NO_LIMIT
        first, last = (each.arrival_utc + connection for each in (self.firsts[0], self.firsts[-1]))
        if last <= leaves:
            return 0
        seconds = sorted(onward.between(legs, last, first + REBOOKING_HORIZON_MINUTES), key=lambda each: each.delay)
        own = [each for each in seconds if not each.seats.others]
        enough = _prefix([each.seats for each in own], self.free, self.passengers, self.size)
        return own[len(enough) - 1].delay if enough else NO_LIMIT


def _prefix(flights: Sequence[Seats], free: Mapping[str, int], passengers: int, size: int) -> Sequence[Seats]:
    """The first of the flights that are enough; none when all are not."""
    left = passengers - size + 1
    for number, each in enumerate(flights, start=1):
        left -= max(0, free[each.name] - size + 1)
        if left <= 0:
            return flights[:number]
    return ()
