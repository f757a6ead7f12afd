"""Where passengers end up: who arrives when, who is rebooked, who stays behind.

Greedy by tier: platinum before gold before silver, then the larger party. Seats are those that are unsold on the
operator's own later flights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from conclave.tables import Item

from packs.airline import times
from packs.airline.assumptions import CONNECTION_MINUTES_HUB, REBOOKING_HORIZON_MINUTES, STRANDED_DELAY_MINUTES
from packs.airline.geography import airports, distance_km
from packs.airline.rules.airports import connects
from packs.airline.rules.passenger_rights import compensation

_RANK = {"platinum": 0, "gold": 1, "silver": 2}
TOP_TIERS = frozenset(["platinum", "gold"])
LATE_FOR_TOP_TIER_MINUTES = 180


@dataclass(slots=True)
class Outcome:
    """Sums over all passengers of an option. Counts are passengers, money is in the currency of the regulation."""

    passengers: int = 0
    delay_sum: int = 0
    missed: int = 0
    rebooked: int = 0
    stranded: int = 0
    top_tier: int = 0
    owed: dict[str, int] = field(default_factory=dict)

    @property
    def mean_delay(self) -> int:
        """Mean delay per passenger in minutes."""
        return round(self.delay_sum / self.passengers) if self.passengers else 0

    def add(self, *, pax: int, delay: int, top: bool, rebooked: bool, stranded: bool) -> None:
        """Counts a party."""
        self.passengers += pax
        self.delay_sum += pax * max(0, delay)
        self.rebooked += pax if rebooked else 0
        self.stranded += pax if stranded else 0
        if top and (rebooked or stranded or delay >= LATE_FOR_TOP_TIER_MINUTES):
            self.top_tier += pax

    def owe(self, amount: int, currency: str, pax: int) -> None:
        """Adds fixed compensation."""
        if amount:
            self.owed[currency] = self.owed.get(currency, 0) + amount * pax


class Seats:
    """Unsold seats on later flights, handed out once."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

    def take(self, flights: Sequence[Item], *, pax: int, not_before: str) -> Item | None:
        """The flight that arrives first among those with enough seats, or ``None``."""
        last = times.shift(not_before, REBOOKING_HORIZON_MINUTES)
        usable = [
            each
            for each in flights
            if not_before <= each["departure_utc"] <= last
            and each["seats"] - each["booked"] - self._taken.get(each["flight_id"], 0) >= pax
        ]
        if not usable:
            return None
        first = min(usable, key=lambda each: str(each["arrival_utc"]))
        self._taken[first["flight_id"]] = self._taken.get(first["flight_id"], 0) + pax
        return first


def by_priority(bookings: Sequence[Item]) -> list[Item]:
    """Bookings in the order in which seats are given away."""
    return sorted(bookings, key=lambda each: (_RANK.get(each["tier"], 3), -each["pax"], each["booking_id"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Journeys:
    """What re-accommodation needs of a situation.

    Attributes:
        flight: The disrupted flight.
        country: ISO country of departure.
        extraordinary: Whether the cause excuses the carrier from compensation.
        bookings: Its bookings.
        later: Later flights on its route.
        onward: Onward flights by key.
        onward_later: All flights on the onward routes, by route.
    """

    flight: Item
    country: str
    extraordinary: bool
    bookings: Sequence[Item]
    later: Sequence[Item]
    onward: Mapping[str, Item]
    onward_later: Mapping[str, Sequence[Item]]

    def fly(self, *, arrival_utc: str, seats: int) -> Outcome:
        """Everybody with a seat travels and arrives at ``arrival_utc``; the last in priority give way when seats lack."""
        outcome, free, pool = Outcome(), Seats(), seats
        for booking in by_priority(self.bookings):
            if booking["pax"] <= pool:
                pool -= booking["pax"]
                self._arrive(outcome, free, booking, arrival_utc, rebooked=False, cancelled=False)
            else:
                self._rebook(outcome, free, booking)
        return outcome

    def cancel(self) -> Outcome:
        """Nobody travels as planned; all are rebooked while seats last."""
        outcome, free = Outcome(), Seats()
        for booking in by_priority(self.bookings):
            self._rebook(outcome, free, booking)
        return outcome

    def _rebook(self, outcome: Outcome, free: Seats, booking: Item) -> None:
        earliest = times.shift(self.flight["departure_utc"], 1)
        other = free.take(self.later, pax=booking["pax"], not_before=earliest)
        if other is None:
            self._strand(outcome, booking)
            return
        self._arrive(outcome, free, booking, other["arrival_utc"], rebooked=True, cancelled=True)

    def _arrive(
        self, outcome: Outcome, free: Seats, booking: Item, arrival: str, *, rebooked: bool, cancelled: bool
    ) -> None:
        onward = self.onward.get(booking.get("onward_flight_id", ""))
        if onward is None:
            delay = times.minutes_between(self.flight["arrival_utc"], arrival)
            self._count(outcome, booking, delay, self.flight["destination"], rebooked=rebooked, cancelled=cancelled)
            return
        there = onward["destination"]
        if connects(arrival, onward["departure_utc"], CONNECTION_MINUTES_HUB):
            self._count(outcome, booking, 0, there, rebooked=rebooked, cancelled=cancelled)
            return
        outcome.missed += booking["pax"]
        ready = times.shift(arrival, CONNECTION_MINUTES_HUB)
        other = free.take(self.onward_later.get(onward["route"], ()), pax=booking["pax"], not_before=ready)
        if other is None:
            self._strand(outcome, booking)
            return
        delay = times.minutes_between(onward["arrival_utc"], other["arrival_utc"])
        self._count(outcome, booking, delay, there, rebooked=True, cancelled=cancelled)

    def _strand(self, outcome: Outcome, booking: Item) -> None:
        top = booking["tier"] in TOP_TIERS
        outcome.add(pax=booking["pax"], delay=STRANDED_DELAY_MINUTES, top=top, rebooked=False, stranded=True)
        self._owe(outcome, booking, STRANDED_DELAY_MINUTES, self.flight["destination"], cancelled=True)

    def _count(
        self, outcome: Outcome, booking: Item, delay: int, there: str, *, rebooked: bool, cancelled: bool
    ) -> None:
        top = booking["tier"] in TOP_TIERS
        outcome.add(pax=booking["pax"], delay=delay, top=top, rebooked=rebooked, stranded=False)
        self._owe(outcome, booking, delay, there, cancelled=cancelled)

    def _owe(self, outcome: Outcome, booking: Item, delay: int, there: str, *, cancelled: bool) -> None:
        start, end = airports().get(self.flight["origin"]), airports().get(there)
        distance = distance_km(start.lat, start.lon, end.lat, end.lon) if start and end else self.flight["distance_km"]
        amount, currency = compensation(
            origin_country=self.country,
            distance_km=distance,
            delay_minutes=delay,
            extraordinary=self.extraordinary,
            cancelled=cancelled,
        )
        outcome.owe(amount, currency, booking["pax"])
