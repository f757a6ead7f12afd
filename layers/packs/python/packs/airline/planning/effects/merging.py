"""One flight for two: the disrupted one is cancelled, and a larger aircraft flies a later one of its route."""

from __future__ import annotations

from collections.abc import Mapping

from conclave.pack import Item, Value
from msgspec import Struct

from packs.airline.operators.air_operator import AirOperator
from packs.airline.planning import costs
from packs.airline.planning.effects.aircraft import etops_margin, mel_fields
from packs.airline.planning.fleet import Spare
from packs.airline.planning.situation import Situation
from packs.airline.rules.aircraft.maintenance_checks import check_ok


class Merger(Struct, frozen=True, kw_only=True):
    """Two flights in one.

    Attributes:
        into: The later flight that takes the passengers.
        back: Its return to the hub, if it has one: flown by the same aircraft.
        spare: The idle aircraft that flies both.
    """

    into: Item
    back: Item | None
    spare: Spare

    @property
    def more_seats(self) -> Mapping[str, int]:
        """Seats that the larger aircraft adds, by flight."""
        extra = self.spare.item["seats"] - self.into["seats"]
        return {each["flight_id"]: extra for each in (self.into, self.back) if each}

    def operating_usd(self, operator: AirOperator) -> float:
        """The change of aircraft of the later flight."""
        return costs.flying_usd(
            operator,
            planned_type=self.into["type"],
            kind=self.spare.item["type"],
            swapped=True,
            reserve=False,
            delay_minutes=0,
            block_minutes=self.into["block_minutes"],
        )


def merger_fields(situation: Situation, merger: Merger) -> dict[str, Value]:
    """Fields of the aircraft that flies the later flight, at its schedule."""
    item, into, back = merger.spare.item, merger.into, merger.back
    return {
        "tail": item["tail"],
        "aircraft_type": item["type"],
        "aircraft_serviceable": bool(item["serviceable"]),
        **mel_fields(situation, item["tail"], (back or into)["departure_utc"], 2 if back else 1),
        "range_margin_km": item["range_km"] - into["distance_km"],
        "etops_margin_minutes": etops_margin(situation, item["tail"], item["type"], into["destination"]),
        "maintenance_check_ok": check_ok(
            item,
            flight_minutes=into["block_minutes"] + (back["block_minutes"] if back else 0),
            cycles=2 if back else 1,
            last_arrival_utc=(back or into)["arrival_utc"],
        ),
    }
