"""What cancelling leaves behind: away from the hub the aircraft does not come home."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from conclave.pack.tables import Item
from packs.airline import times
from packs.airline.models import Cause

Decide = Callable[..., Any]


def test_a_flight_that_does_not_come_home_leaves_its_later_flights_without_an_aircraft(
    decide: Decide, flights: Mapping[str, Item]
) -> None:
    room = decide(flight="EY18", cause=Cause.CREW)
    cancelled = next(each for each in room.options if each.action == "cancel_rebook")
    flight = flights["EY18-2026-11-21"]
    ends = times.shift(flight["arrival_utc"], 24 * 60)
    later = [
        each
        for each in flights.values()
        if each["tail"] == flight["tail"] and flight["departure_utc"] < each["departure_utc"] <= ends
    ]
    assert later
    assert cancelled.fields["downstream_flights"] == 1 + len(later)
    # Handling 18,000 and 65,000 a flight that does not operate; the rest is cargo that stays behind.
    assert cancelled.fields["operating_cost_usd"] == 18_000 + 65_000 * (1 + len(later)) + round(
        2.4 * cancelled.fields["cargo_offloaded_kg"]
    )
    out = decide(flight="EY17", cause=Cause.CREW)
    assert next(each for each in out.options if each.action == "cancel_rebook").fields["downstream_flights"] == 1
