"""Rows of the airline's tables, as far as its parts look at them."""

from __future__ import annotations

from typing import Any

from conclave.pack.tables import Item
from conclave.testing.tables import MemoryTables
from packs.airline import PACK, times
from packs.airline.geography import Place, world_place
from packs.airline.operators.air_operator import AirOperator
from packs.airline.operators.records import read_operator
from packs.airline.rules.crew.time_zones import Clock
from packs.airline.sample_data.operator import CARRIER, HUB, HUB_ZONE, operator_rows

DAY = "2026-11-21"

EXAMPLES_COME_TO = frozenset({"delay", "swap_aircraft", "swap_crew", "delay_offload_cargo", "ferry_aircraft"})
"""Kinds of decisions that the examples of the sample come to, whatever the day."""


def at(clock: str, day: str = DAY) -> int:
    """A time of the day, UTC, in minutes."""
    return times.minutes(f"{day}T{clock}:00Z")


def flight(key: str, origin: str, there: str, departure: str, arrival: str, **cells: Any) -> Item:
    """A flight of the day with its times in minutes."""
    return {
        "flight_id": key,
        "origin": origin,
        "destination": there,
        "route": f"{origin}-{there}",
        "departure_utc": at(departure),
        "arrival_utc": at(arrival),
        "block_minutes": 60,
        "distance_km": 1000,
        "seats": 100,
        "booked": 50,
    } | cells


def _sample_operator(duty_regime: str) -> AirOperator:
    rows = operator_rows()
    works = [row | {"duty_regime": duty_regime} for row in rows["operators"]]
    tables = MemoryTables(PACK.tables, {**rows, "operators": works, "airports": [{"iata": HUB, "tz": HUB_ZONE}]})
    return read_operator(tables, f"{CARRIER}1")


OPERATOR = _sample_operator("easa")
"""The sample's airline."""
AMERICAN = _sample_operator("faa")
"""The same under 14 CFR part 117."""


def place(iata: str) -> Place:
    """An airport of the world's list."""
    found = world_place(iata)
    assert found is not None, iata
    return found


def clock(begins: str = "AUH", ends: str = "", *, base: str = "AUH", left_base_utc: int = 0) -> Clock:
    """The clock of a duty between two airports; by default it ends where it begins, at home base."""
    return Clock(base=place(base), begins=place(begins), ends=place(ends or begins), left_base_utc=left_base_utc)
