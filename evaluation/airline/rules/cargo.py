"""Cargo of an action: what stays behind, what spoils, how long animals travel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conclave.types import Value

from evaluation.airline.rules import regulations
from evaluation.airline.rules.case import Case
from evaluation.airline.rules.clock import minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Cargo:
    """Fields, spoiled shipments, kilograms left behind, and the least margin of life-saving cargo in minutes."""

    fields: Mapping[str, Value]
    spoiled: int
    kilos: int
    life: int | None


def cargo_of(case: Case, arrival: int, *, cold_stays: bool, all_stays: bool) -> Cargo:
    """The cargo when the flight, or the next that carries what stays without a store, is at the destination then."""
    station = case.airport(case.flight["origin"]) or {}
    cold, animals, life, kilos = [], [], [], 0
    for each in case.shipments:
        kind = each["kind"]
        stays = all_stays or (cold_stays and kind == "cold_chain")
        kilos += each["weight_kg"] if stays else 0
        if kind == "cold_chain" and "qualified_until_utc" in each and not (stays and station.get("cool_store")):
            margin = minutes(each["qualified_until_utc"]) - regulations.DELIVERY_MINUTES - arrival
            cold.append(margin)
            if each.get("life_saving"):
                life.append(margin)
        timed = "species" in each and "loaded_utc" in each
        if kind == "live_animals" and timed and not (stays and station.get("animal_facility")):
            animals.append(regulations.ANIMAL_MINUTES[each["species"]] - (arrival - minutes(each["loaded_utc"])))
    least = min(life, default=None)
    fields: dict[str, Value] = {
        "animal_welfare_margin_minutes": min(animals, default=None),
        "cold_chain_margin_minutes": min(cold, default=None),
        "life_saving_margin_minutes": least,
        "cargo_offloaded_kg": kilos,
    }
    return Cargo(fields=fields, spoiled=sum(margin < 0 for margin in cold), kilos=kilos, life=least)
