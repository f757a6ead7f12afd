"""Rows of the airline's tables, as far as its parts look at them."""

from __future__ import annotations

from typing import Any

from conclave.pack.tables import Item

DAY = "2026-11-21T"


def flight(key: str, origin: str, there: str, departure: str, arrival: str, **cells: Any) -> Item:
    return {
        "flight_id": key,
        "origin": origin,
        "destination": there,
        "route": f"{origin}-{there}",
        "departure_utc": f"{DAY}{departure}:00Z",
        "arrival_utc": f"{DAY}{arrival}:00Z",
        "block_minutes": 60,
        "distance_km": 1000,
        "seats": 100,
        "booked": 50,
    } | cells
