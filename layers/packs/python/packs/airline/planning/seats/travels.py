"""Parties, seats and ways to travel, and the sums over all passengers of an option."""

from __future__ import annotations

from conclave.pack import Item
from msgspec import Struct, field, structs

LATE_FOR_TOP_TIER_MINUTES = 180


class Outcome(Struct):
    """Sums over all passengers of an option. Counts are passengers, money is in the currency of the regulation."""

    passengers: int = 0
    delay_sum: int = 0
    missed: int = 0
    rebooked: int = 0
    stranded: int = 0
    top_tier: int = 0
    on_others: int = 0
    """Passengers with a seat of another carrier."""
    fares_usd: int = 0
    owed: dict[str, int] = field(default_factory=dict)
    waits: dict[tuple[int, bool], int] = field(default_factory=dict)
    """Those who travel by how much later in minutes another flight than booked brings them, and whether they are on F."""

    @property
    def mean_delay(self) -> int:
        """Mean delay per passenger in minutes."""
        return round(self.delay_sum / self.passengers) if self.passengers else 0

    def add(self, *, pax: int, delay: int, top: bool, rebooked: bool, stranded: bool, aboard: bool = False) -> None:
        """Counts a party; ``aboard``: it travels on the disrupted flight, if not all the way as booked."""
        if not stranded:
            wait = (max(0, delay) if rebooked else 0, aboard)
            self.waits[wait] = self.waits.get(wait, 0) + pax
        self.passengers += pax
        self.delay_sum += pax * max(0, delay)
        self.rebooked += pax if rebooked else 0
        self.stranded += pax if stranded else 0
        if top and (rebooked or stranded or delay >= LATE_FOR_TOP_TIER_MINUTES):
            self.top_tier += pax

    def and_returning(self, other: Outcome) -> Outcome:
        """The sums over these and passengers of the return; its connections, tiers and money are not looked at."""
        return structs.replace(
            self,
            passengers=self.passengers + other.passengers,
            delay_sum=self.delay_sum + other.delay_sum,
            rebooked=self.rebooked + other.rebooked,
            stranded=self.stranded + other.stranded,
            on_others=self.on_others + other.on_others,
        )

    def buy(self, pax: int, fare_usd: int) -> None:
        """Seats of other carriers, at a fare for each passenger."""
        self.on_others += pax
        self.fares_usd += pax * fare_usd

    def owe(self, amount: int, currency: str, pax: int) -> None:
        """Adds fixed compensation."""
        if amount:
            self.owed[currency] = self.owed.get(currency, 0) + amount * pax


class Kind(Struct, frozen=True):
    """Parties that have this in common: origin of their journey, onward flight (empty: none), tier, size, legs after that."""

    origin: str
    onward: str
    tier: str
    size: int
    rest: tuple[str, ...] = ()


class Travel(Struct, frozen=True):
    """A way to travel: first flight (``OWN``, a later one, or empty when stranded), onward flight, delay at the end.

    ``others`` of the flights are another carrier's, for ``fare`` USD together.
    """

    first: str
    second: str
    delay: int
    others: int = 0
    fare: int = 0


class Seats(Struct, frozen=True):
    """Unsold seats of a flight, the operator's or another carrier's (``others`` 1, then with a fare)."""

    name: str
    departure_utc: int
    arrival_utc: int
    free: int
    others: int = 0
    fare: int = 0


def own_seats(flight: Item) -> Seats:
    """Seats of a flight that the operator has not sold; below 0 where more are booked than it seats."""
    return Seats(
        flight["flight_id"], flight["departure_utc"], flight["arrival_utc"], flight["seats"] - flight["booked"]
    )


def other_seats(flight: Item) -> Seats:
    """Seats that another carrier offers (a row of ``other_flights``)."""
    name = f"{flight['route']}/{flight['other_id']}"
    return Seats(name, flight["departure_utc"], flight["arrival_utc"], flight["seats_free"], 1, flight["fare_usd"])
