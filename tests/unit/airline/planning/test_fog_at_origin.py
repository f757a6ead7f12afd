"""Fog and wind where a flight leaves hold it, too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from conclave.agents.checks import run_checks
from conclave.pack import ToolContext
from conclave.pack.tables import Item
from conclave.testing.tables import MemoryTables
from msgspec import structs
from packs.airline import PACK
from packs.airline.models import Cause

Decide = Callable[..., Any]
CASE: Mapping[str, Any] = {"flight": "EY17", "cause": Cause.ATC, "delay_minutes": 30}


def fog(rows: Mapping[str, list[Item]], **poor: int) -> MemoryTables:
    """EY17 leaves the hub at 05:10; its weather is poor until 12:00."""
    bad = [
        each | (poor if each["station"] == "AUH" and each["from_utc"] < "2026-11-21T12:00:00Z" else {})
        for each in rows["weather"]
    ]
    return MemoryTables(PACK.tables, {**rows, "weather": bad})


@pytest.mark.parametrize(
    ("poor", "held"),
    [
        ({"visibility_m": 400, "ceiling_ft": 0}, False),  # no ceiling is asked for to take off
        ({"visibility_m": 399}, True),
        ({"crosswind_kt": 33}, False),
        ({"crosswind_kt": 34}, True),
    ],
)
def test_a_take_off_needs_its_own_minima(
    decide: Decide, rows: Mapping[str, list[Item]], poor: dict[str, int], held: bool
) -> None:
    room = decide(fog(rows, **poor), **CASE)
    soon = [each for each in room.options if each.fields["delay_minutes"] == 30]
    assert soon
    assert all(each.fields["weather_ok"] is not held for each in soon)
    chosen = room.chosen.fields
    assert chosen["cancelled"] or (chosen["departure_utc"] >= "2026-11-21T12:00:00Z") is held


def test_the_check_looks_at_the_forecast_of_the_origin(decide: Decide, rows: Mapping[str, list[Item]]) -> None:
    room = decide(**CASE)
    option = next(each for each in room.options if each.action == "delay")
    for network, refuted in ((fog(rows, visibility_m=800), False), (fog(rows, visibility_m=300), True)):
        context = ToolContext(
            incident=room.incident, options=[structs.replace(option)], tables=network, now=room.received
        )
        (executed,) = run_checks(PACK.agent("regulatory"), context)
        assert any(gap.item == f"options/{option.id}" for gap in executed.result.gaps) is refuted
