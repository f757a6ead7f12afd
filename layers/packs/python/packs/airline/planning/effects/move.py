"""A way to fly the disrupted flight."""

from __future__ import annotations

from collections.abc import Sequence

from conclave.pack import Item, Value
from msgspec import Struct

from packs.airline.operators.air_operator import AircraftType
from packs.airline.planning.crewing import CrewState, Leg
from packs.airline.planning.diversion import Alternate
from packs.airline.planning.fleet import Spare
from packs.airline.planning.situation import Situation


class Move(Struct, frozen=True, kw_only=True):
    """A way to fly the flight.

    Attributes:
        tail: Aircraft.
        kind: Its type.
        model: The data of its type.
        item: Its row in ``aircraft``, if there is one.
        delay: Minutes after schedule.
        on_ground_from: When the aircraft came on blocks at the origin.
        spare_line: Its own later flights when it is not the planned aircraft, otherwise ``None``.
        crew: Who flies.
        offload: Whether cold-chain cargo stays behind in the cool store of the origin.
        action: Name of the option when aircraft, crew and cargo alone do not tell it.
        summary: One line for a person, with ``action``.
        parameters: What carrying it out needs beside aircraft, crew and time.
        extra_usd: Operating cost beside what every move has.
        ferry: How the aircraft comes from the hub without passengers, if it does; it flies the planned aircraft's line then.
        alternate: Where it lands instead of the destination, if it does.
        offer: The lease that it rests on (a row of ``lease_offers``), if any; its crew comes with the aircraft.
    """

    tail: str
    kind: str
    model: AircraftType
    item: Item | None
    delay: int
    on_ground_from: int
    spare_line: Sequence[Item] | None
    crew: CrewState
    offload: bool = False
    action: str = ""
    summary: str = ""
    parameters: tuple[tuple[str, Value], ...] = ()
    extra_usd: float = 0
    ferry: Leg | None = None
    alternate: Alternate | None = None
    offer: Item | None = None

    @property
    def swapped(self) -> bool:
        """True if another aircraft than the planned one flies."""
        return self.spare_line is not None

    @property
    def seats(self) -> int:
        """Seats of the aircraft: of the offer or its record; of the type where there is none."""
        return int(record["seats"]) if (record := self.offer or self.item) else self.model.seats

    @property
    def range_km(self) -> int:
        """Its planning range, likewise."""
        return int(record["range_km"]) if (record := self.offer or self.item) else self.model.range_km


def own_aircraft(situation: Situation, delay: int, crew: CrewState) -> Move:
    """The planned aircraft after a delay in minutes."""
    return Move(
        tail=situation.flight["tail"],
        kind=situation.flight["type"],
        model=situation.types[situation.flight["type"]],
        item=situation.aircraft,
        delay=delay,
        on_ground_from=situation.on_ground_from,
        spare_line=None,
        crew=crew,
    )


def spare_aircraft(situation: Situation, spare: Spare, delay: int, crew: CrewState) -> Move:
    """Another aircraft after a delay in minutes."""
    turnaround = situation.types[spare.item["type"]].turnaround_minutes
    spare = spare.leaving(turnaround, situation.hub, situation.flight["departure_utc"] + delay)
    return Move(
        tail=spare.item["tail"],
        kind=spare.item["type"],
        model=situation.types[spare.item["type"]],
        item=spare.item,
        delay=delay,
        on_ground_from=spare.on_ground_from,
        spare_line=spare.line,
        crew=crew,
    )
