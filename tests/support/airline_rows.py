"""Rows of the airline's tables, as far as its parts look at them."""

from __future__ import annotations

from typing import Any

from conclave.pack.tables import Item
from packs.airline import times

DAY = "2026-11-21"


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
