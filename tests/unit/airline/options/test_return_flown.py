"""The return of a replaced aircraft: who flies it, and who has no seat on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from conclave.pack.tables import Item
from conclave.testing.tables import MemoryTables
from packs.airline import PACK
from packs.airline.models import Cause

Decide = Callable[..., Any]
Rows = Mapping[str, list[Item]]


def network(rows: Rows, only: str, **changed: Mapping[str, Mapping[str, Any]]) -> MemoryTables:
    """The network with one replacement aircraft, no leases, and some cells changed: by table and key."""
    keys = {"duties": "duty_id", "flights": "flight_id", "aircraft": "tail"}
    data = {
        **rows,
        "ground_times": [each for each in rows["ground_times"] if each["tail"] == only],
        "lease_offers": [],
    }
    for table, cells in changed.items():
        data[table] = [{**each, **cells.get(each[keys[table]], {})} for each in rows[table]]
    return MemoryTables(PACK.tables, data)


def swapped(decide: Decide, tables: MemoryTables, flight: str, tail: str) -> Mapping[str, Any]:
    """The fields of taking the other aircraft."""
    room = decide(tables, flight=flight, cause=Cause.TECHNICAL)
    found = [each for each in room.options if each.parameters.get("tail") == tail and each.action.startswith("swap")]
    fields: Mapping[str, Any] = min(found, key=lambda each: int(each.fields["delay_minutes"])).fields
    return fields


# EY454 AUH-SYD is flown by B777; its crew rests in Sydney, and another crew flies EY455 back.
@pytest.mark.parametrize(("rating", "qualified"), [("B777", False), ("B787", True)])
def test_the_crew_that_flies_the_return_needs_the_rating(
    decide: Decide, rows: Rows, flights: Mapping[str, Item], rating: str, qualified: bool
) -> None:
    out, back = flights["EY454-2026-11-21"], flights["EY455-2026-11-22"]
    assert out["duty_id"] != back["duty_id"]
    assert out["tail"] == back["tail"]
    tables = network(rows, "A6-BS2", duties={back["duty_id"]: {"rating": rating}})
    assert swapped(decide, tables, "EY454", "A6-BS2")["crew_qualified"] is qualified


def test_a_crew_that_flies_both_ways_may_come_from_any_reserve(decide: Decide, rows: Rows) -> None:
    assert swapped(decide, network(rows, "A6-BS2"), "EY232", "A6-BS2")["crew_qualified"] is True


def test_who_has_no_seat_on_the_return_is_rebooked_or_stranded(decide: Decide, rows: Rows) -> None:
    """EY233 of a B77W (382 seats): a B789 has 299."""

    def without_seat(booked: int) -> Mapping[str, Any]:
        tables = network(rows, "A6-BS2", flights={"EY233-2026-11-21": {"booked": booked}})
        return swapped(decide, tables, "EY232", "A6-BS2")

    def moved(fields: Mapping[str, Any]) -> int:
        return int(fields["passengers_rebooked"] + fields["passengers_stranded"])

    full, over = without_seat(299), without_seat(319)
    assert moved(over) - moved(full) == 20
    assert over["care_usd"] > full["care_usd"]
    # They count in the mean, each with the own delay: less than the 75 minutes until a reserve crew leaves.
    assert over["passenger_delay_minutes"] == full["passenger_delay_minutes"] - 1 == 74


def test_who_was_overbooked_before_is_not_the_smaller_aircrafts_doing(decide: Decide, rows: Rows) -> None:
    sold = {"EY233-2026-11-21": {"booked": 390}}
    as_large = network(rows, "A6-BS2", flights=sold, aircraft={"A6-BS2": {"seats": 382}})
    fields = swapped(decide, as_large, "EY232", "A6-BS2")
    assert fields["passengers_stranded"] == 0
    assert fields["passengers_rebooked"] == 0
