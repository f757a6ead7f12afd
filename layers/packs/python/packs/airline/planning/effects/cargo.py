"""Effects of an option on cold chain and live animals."""

from __future__ import annotations

from collections.abc import Mapping

from conclave.pack import Item, Value
from msgspec import Struct

from packs.airline import times
from packs.airline.planning.situation import Situation
from packs.airline.rules.cargo import animal_margin_minutes, cold_chain_margin_minutes, travels_by_clock


def next_arrival(situation: Situation) -> int:
    """When cargo that stays behind arrives: with the next flight of the route, or a day later without one."""
    if situation.later:
        return int(min(each["arrival_utc"] for each in situation.later))
    return int(situation.flight["arrival_utc"]) + times.MINUTES_PER_DAY


class Cargo(Struct, frozen=True, kw_only=True):
    """Effects of time on the cargo of an option. Margins in minutes; ``None`` without such cargo."""

    cold_margin: int | None
    life_saving_margin: int | None
    animal_margin: int | None
    offloaded_kg: int
    spoiled: int

    def fields(self) -> dict[str, Value]:
        """Its fields."""
        return {
            "animal_welfare_margin_minutes": self.animal_margin,
            "cold_chain_margin_minutes": self.cold_margin,
            "life_saving_margin_minutes": self.life_saving_margin,
            "cargo_offloaded_kg": self.offloaded_kg,
        }


def has_limit(shipment: Item) -> bool:
    """True if a shipment is cold chain with a qualified time on record."""
    return shipment["kind"] == "cold_chain" and "qualified_until_utc" in shipment


def _cold_margin(shipment: Item, arrival: int) -> int:
    return cold_chain_margin_minutes(qualified_until_utc=shipment["qualified_until_utc"], arrival_utc=arrival)


def cargo_of(situation: Situation, arrival: int, *, left_behind: bool, animals_too: bool) -> Cargo:
    """Margins of cold chain and animals at arrival; cargo left behind waits safely where the station can hold it.

    With ``left_behind`` everything stays when ``animals_too``, otherwise the cold-chain shipments only.
    """
    station: Mapping[str, Value] = situation.airports.get(situation.flight["origin"]) or {}
    stays = [each for each in situation.shipments if left_behind and (animals_too or each["kind"] == "cold_chain")]
    travelling = [
        each for each in situation.shipments if has_limit(each) and not (each in stays and station.get("cool_store"))
    ]
    cold = [_cold_margin(each, arrival) for each in travelling]
    life_saving = [_cold_margin(each, arrival) for each in travelling if each.get("life_saving")]
    animals = [
        animal_margin_minutes(species=each["species"], loaded_utc=each["loaded_utc"], arrival_utc=arrival)
        for each in situation.shipments
        if travels_by_clock(each) and not (each in stays and station.get("animal_facility"))
    ]
    return Cargo(
        cold_margin=min(cold, default=None),
        life_saving_margin=min(life_saving, default=None),
        animal_margin=min(animals) if animals else None,
        offloaded_kg=sum(each["weight_kg"] for each in stays),
        spoiled=sum(margin < 0 for margin in cold),
    )
