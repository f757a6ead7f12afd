"""A party of passengers and one way it may travel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from conclave.pack.tables import Item
from packs.airline import bounds

WEIGHTS = {"platinum": 13, "gold": 12, "silver": 11}
ORDINARY_WEIGHT = 10
STRANDED_COUNTS = 2_880
"""Minutes that a stranded passenger counts in the sum that re-accommodation makes least."""
ON_F = "F"
CHANGE = 0.0001
"""Ten cents: what another carrier, another flight and another onward flight than booked count for a passenger."""


@dataclass(frozen=True, kw_only=True)
class Party:
    """A booking that is on the flight. ``onward`` is the flight it goes on with, ``further`` are those after that."""

    pax: int
    tier: str
    origin: str
    onward: Item | None
    further: tuple[Item, ...] = ()

    @cached_property
    def legs(self) -> tuple[Item, ...]:
        """All legs after the flight."""
        return () if self.onward is None else (self.onward, *self.further)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the legs after the flight."""
        return tuple(str(each["flight_id"]) for each in self.legs)

    @property
    def weight(self) -> int:
        """The weight of a minute of each passenger."""
        return WEIGHTS.get(self.tier, ORDINARY_WEIGHT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """One way a party may travel.

    Attributes:
        uses: Flights whose seats it takes; ``ON_F`` is the disrupted flight.
        delay: Minutes late at the final destination, never negative.
        others: Flights of other carriers among them.
        fare: What these cost a passenger, USD.
        on_f: Whether it travels on the disrupted flight.
        booked_onward: Whether it makes its booked onward flight, or has none.
        stranded: Whether it does not travel.
    """

    uses: tuple[str, ...]
    delay: int
    on_f: bool
    booked_onward: bool
    stranded: bool = False
    others: int = 0
    fare: int = 0

    @property
    def counts(self) -> int:
        """Minutes in the sum that is made least."""
        return STRANDED_COUNTS if self.stranded else self.delay + self.others * bounds.OTHER_CARRIER_MINUTES

    def cost(self, weight: int) -> float:
        """A passenger's share of the sum at this weight: weighted minutes, money where they are equal, then changes."""
        changes = 0 if self.stranded else (self.others > 0) + (not self.on_f) + (not self.booked_onward)
        return weight * self.counts + self.fare / 1_000 + changes * CHANGE
