"""What limits an aircraft beside its defects: diversion time, checks due, repairs, night quotas. Each changes a decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conclave.agents.checks import run_checks
from conclave.pack import ToolContext
from conclave.pack.tables import Item
from conclave.testing.tables import MemoryTables
from msgspec import structs
from packs.airline import PACK, times
from packs.airline.models import Cause
from packs.airline.sample_data.stations import ON_THE_WAY

Decide = Callable[..., Any]
SYDNEY: dict[str, Any] = {"flight": "EY454", "cause": Cause.CARGO, "delay_minutes": 45}
LATE_LONDON: dict[str, Any] = {"flight": "EY26", "cause": Cause.AIRPORT, "delay_minutes": 120}
NOW = "2026-11-21T04:00:00Z"


@pytest.fixture(scope="module")
def changed(rows: Any) -> Callable[..., MemoryTables]:
    """The network with cells added to the rows of a table that have this key value."""

    def network(table: str, key: str, value: str, **cells: Any) -> MemoryTables:
        items = [item | (cells if item[key] == value else {}) for item in rows[table]]
        return MemoryTables(PACK.tables, {**rows, table: items})

    return network


def limited(rows: Any, tail: str, minutes: int) -> MemoryTables:
    defect: Item = {
        "tail": tail, "item_id": "26-22-01/9", "ata": "26-22-01", "category": "C", "discovered": "2026-11-20",
        "relief": True, "not_with": [], "text": "Cargo fire bottle pressure low", "etops_minutes": minutes,
    }  # fmt: skip
    return MemoryTables(PACK.tables, {**rows, "mel_items": [*rows["mel_items"], defect]})


def of(room: Any, action: str) -> Any:
    return next(option for option in room.options if option.action == action)


def test_an_item_that_limits_the_diversion_time_keeps_an_aircraft_off_a_long_route(
    decide: Decide, rows: Any, flights: Any
) -> None:
    tail = flights["EY454-2026-11-21"]["tail"]
    assert decide(**SYDNEY).chosen.fields["etops_margin_minutes"] == 240 - 75
    room = decide(limited(rows, tail, 74), **SYDNEY)
    assert of(room, "delay").fields["etops_margin_minutes"] == -1
    assert "aircraft.etops" in room.violations(tail=tail)
    assert room.chosen.fields["tail"] != tail


def test_the_approval_of_the_type_still_holds_with_an_item_that_limits_less(decide: Decide, rows: Any) -> None:
    room = decide(limited(rows, "A6-WAF", 330), **SYDNEY)
    assert of(room, "delay").fields["etops_margin_minutes"] == 165


def test_a_type_without_the_approval_does_not_replace_one_that_has_it(decide: Decide, rows: Any) -> None:
    # New York, without aerodromes on the way: 184 minutes at worst; a B789 is approved for 180, an A359 and a B77W for 240.
    network = {**rows, "alternates": [each for each in rows["alternates"] if each["aerodrome"] not in ON_THE_WAY]}
    network["ground_times"] = [stay for stay in rows["ground_times"] if stay["tail"] == "A6-BS2"]
    room = decide(MemoryTables(PACK.tables, network), flight="EY103", cause=Cause.TECHNICAL)
    # The crew that rests there and flies the return has no rating for it either.
    assert room.violations(tail="A6-BS2") == {"aircraft.etops", "crew.qualified"}
    assert room.chosen.fields["tail"] != "A6-BS2"


def test_a_route_near_airports_needs_no_approval(decide: Decide) -> None:
    assert of(decide(flight="EY17", cause=Cause.ATC), "delay").fields["etops_margin_minutes"] is None


@pytest.mark.parametrize(
    ("cells", "ok"),
    [
        ({"check_hours_left": 13.9}, True),
        ({"check_hours_left": 13.8}, False),
        ({"check_cycles_left": 2}, True),
        ({"check_cycles_left": 1}, False),
        ({"check_due_date": "2026-11-21"}, True),
        ({"check_due_date": "2026-11-20"}, False),
    ],
)
def test_a_check_is_not_due_before_the_aircraft_is_back(
    decide: Decide, changed: Any, flights: Any, cells: Any, ok: bool
) -> None:
    # Out and back: 415 minutes each way, home on the same UTC day.
    tail = flights["EY17-2026-11-21"]["tail"]
    room = decide(changed("aircraft", "tail", tail, **cells), flight="EY17", cause=Cause.ATC)
    assert of(room, "delay").fields["maintenance_check_ok"] is ok
    assert ("aircraft.check" in room.violations(tail=tail)) is not ok
    assert (room.chosen.fields["tail"] == tail) is ok


def test_a_late_return_passes_the_day_of_a_check(decide: Decide, changed: Any, flights: Any) -> None:
    tail = flights["EY17-2026-11-21"]["tail"]
    room = decide(
        changed("aircraft", "tail", tail, check_due_date="2026-11-21"),
        flight="EY17",
        cause=Cause.AIRPORT,
        delay_minutes=300,
    )
    # Home at 20:40; five hours late and a turnaround of 75 minutes make it 01:05 of the next day.
    assert of(room, "delay").fields["maintenance_check_ok"] is False


def test_away_from_the_hub_only_the_flight_itself_counts(decide: Decide, changed: Any, flights: Any) -> None:
    tail = flights["EY18-2026-11-21"]["tail"]
    room = decide(changed("aircraft", "tail", tail, check_cycles_left=1), flight="EY18", cause=Cause.ATC)
    assert of(room, "delay").fields["maintenance_check_ok"] is True


@pytest.mark.slow
def test_a_repair_that_waits_for_parts_takes_longer_than_reported(decide: Decide, changed: Any, flights: Any) -> None:
    tail = flights["EY799-2026-11-21"]["tail"]
    parts = flights["EY799-2026-11-21"]["departure_utc"]
    network = changed("aircraft", "tail", tail, parts_at_utc=parts, repair_minutes=92)
    room = decide(network, flight="EY799", cause=Cause.TECHNICAL, delay_minutes=30)
    own = {option.fields["delay_minutes"]: option for option in room.options if option.fields["tail"] == tail}
    assert own[30].fields["aircraft_serviceable"] is False
    assert own[95].fields["aircraft_serviceable"] is True
    assert decide(flight="EY799", cause=Cause.TECHNICAL, delay_minutes=30).chosen.fields["delay_minutes"] == 30
    assert room.chosen.fields["delay_minutes"] != 30


@pytest.mark.parametrize(("left", "ok"), [(2.0, True), (1.5, False)])
def test_a_loud_take_off_at_night_needs_quota(decide: Decide, changed: Any, left: float, ok: bool) -> None:
    # EY26 would leave London at 23:40; a B777 counts 2 at take-off.
    room = decide(changed("airports", "iata", "LHR", night_quota_left=left), **LATE_LONDON)
    waiting = next(each for each in room.options if each.fields["delay_minutes"] == 120)
    assert waiting.fields["noise_quota_ok"] is ok
    assert ("airport.noise" in room.violations(delay_minutes=120)) is not ok
    assert (room.chosen.fields["delay_minutes"] == 120) is ok


def test_by_day_a_movement_needs_no_quota(decide: Decide, changed: Any) -> None:
    room = decide(changed("airports", "iata", "LHR", night_quota_left=0.0), flight="EY26", cause=Cause.ATC)
    assert of(room, "delay").fields["noise_quota_ok"] is True


def test_a_closed_airport_has_no_quota(decide: Decide, changed: Any) -> None:
    network = changed("airports", "iata", "SYD", night_quota_left=0.0)
    room = decide(network, flight="EY454", cause=Cause.CARGO, delay_minutes=180)
    assert {option.fields["noise_quota_ok"] for option in room.options} == {True, None}


@pytest.mark.parametrize(
    ("case", "table", "cells", "lie", "agent"),
    [
        (
            {"flight": "EY17", "cause": Cause.ATC}, "aircraft", {"check_cycles_left": 0}, {"maintenance_check_ok": True},
            "maintenance",
        ),
        (
            {"flight": "EY17", "cause": Cause.TECHNICAL, "delay_minutes": 30}, "aircraft",
            {"hangar_at_utc": "2026-11-21T09:00:00Z"}, {"aircraft_serviceable": True}, "maintenance",
        ),
        (
            {"flight": "EY454", "cause": Cause.CARGO}, "aircraft", {}, {"etops_margin_minutes": 180}, "maintenance",
        ),
        (LATE_LONDON, "airports", {"night_quota_left": 0.0}, {"noise_quota_ok": True}, "regulatory"),
        ({"flight": "EY17", "cause": Cause.ATC}, "aircraft", {"range_km": 100}, {"range_margin_km": 0}, "maintenance"),
    ],
)  # fmt: skip
def test_a_check_refutes_figures_with_its_own_reading(
    decide: Decide, without: Any, case: Any, table: str, cells: Any, lie: Any, agent: str
) -> None:
    network = without(table, **cells)
    room = decide(network, **case)
    assert not [gap for gap in room.gaps if gap.mandatory]
    lying = [structs.replace(option, fields=option.fields | lie) for option in room.options]
    told = ToolContext(incident=room.incident, options=lying, tables=network, now=NOW)
    (executed,) = run_checks(PACK.agent(agent), told)
    refuted = {gap.item for gap in executed.result.gaps if gap.mandatory}
    assert f"options/{room.options[0].id}" in refuted
    assert f"options/{room.options[-1].id}" not in refuted


def test_the_check_reads_open_items_on_the_day_an_option_departs(decide: Decide, rows: Any, flights: Any) -> None:
    """The interval ends at midnight: the flight may go today, and not a day late."""
    flight = flights["EY17-2026-11-21"]
    found = times.shift(flight["departure_utc"], -1440)[:10]
    item = {
        "tail": flight["tail"], "item_id": "99-99-99#1", "ata": "99-99-99", "category": "A",
        "interval_days": 1, "discovered": found, "relief": True, "not_with": [], "text": "",
    }  # fmt: skip
    network = MemoryTables(PACK.tables, {**rows, "mel_items": [*rows["mel_items"], item]})
    room = decide(network, flight="EY17", cause=Cause.CARGO, delay_minutes=1440)
    assert not room.gaps
    late = next(each for each in room.options if each.fields["delay_minutes"] == 1440)
    assert late.fields["mel_dispatchable"] is False
    lying = [structs.replace(each, fields=each.fields | {"mel_dispatchable": True}) for each in room.options]
    told = ToolContext(incident=room.incident, options=lying, tables=network, now=NOW)
    (executed,) = run_checks(PACK.agent("maintenance"), told)
    assert f"options/{late.id}" in {gap.item for gap in executed.result.gaps if gap.mandatory}
    soon = decide(network, flight="EY17", cause=Cause.CARGO, delay_minutes=30)
    assert of(soon, "delay").fields["mel_dispatchable"] is True
    assert not soon.gaps


def test_a_long_way_without_aerodromes_on_record_is_a_gap_of_plan_and_check(decide: Decide, rows: Any) -> None:
    """Hours from both ends, and nobody has said where it may divert to: never "not needed"."""
    network = MemoryTables(PACK.tables, {**rows, "alternates": []})
    room = decide(network, **SYDNEY)
    assert {(gap.tool, gap.item) for gap in room.gaps} == {
        ("plan", "alternates/EY"),
        ("airworthiness", "alternates/EY"),
    }
    told = ToolContext(incident=room.incident, options=room.options, tables=network, now=NOW)
    (executed,) = run_checks(PACK.agent("maintenance"), told)
    assert [gap.item for gap in executed.result.gaps if gap.mandatory] == ["alternates/EY"]
    assert not decide(network, flight="EY715", cause=Cause.ATC).gaps


def test_the_check_finds_the_way_of_an_option_too_far_for_its_aircraft(decide: Decide, rows: Any) -> None:
    """The planner knew more aerodromes than are on record now: what it says is refuted."""
    room = decide(**SYDNEY)
    fewer = MemoryTables(
        PACK.tables, {**rows, "alternates": [each for each in rows["alternates"] if each["aerodrome"] == "FRA"]}
    )
    told = ToolContext(incident=room.incident, options=room.options, tables=fewer, now=NOW)
    (executed,) = run_checks(PACK.agent("maintenance"), told)
    flown = {f"options/{each.id}" for each in room.options if each.fields["tail"] and each.action != "wet_lease"}
    assert {gap.item for gap in executed.result.gaps if gap.mandatory} == flown
