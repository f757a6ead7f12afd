"""Nothing is done before the report is received, and what has to be prepared counts from there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conclave.agents.checks import run_checks
from conclave.pack import ToolContext
from conclave.testing.tables import MemoryTables
from packs.airline import PACK, times
from packs.airline.models import Cause

Decide = Callable[..., Any]
Without = Callable[..., MemoryTables]
EY33 = "2026-11-21T05:00:00Z"
"""EY33 leaves the hub for Paris then: a widebody, whose crews report 75 minutes before."""
EY802 = "2026-11-21T08:25:00Z"
"""EY802 leaves Karachi for the hub then: a narrowbody, whose crews report 60 minutes before."""


def first(room: Any, *actions: str) -> int:
    """The least delay of options with one of these actions, in minutes."""
    return min(int(each.fields["delay_minutes"]) for each in room.options if each.action in actions)


@pytest.mark.parametrize(
    ("notice", "delay"),
    [
        (25 * 60, 0),
        (75, 0),
        (74, 5),  # rounded up to the next five minutes
        (45, 30),
        (0, 75),
        (-60, 135),
    ],
)
def test_a_reserve_crew_reports_when_it_is_called_at_the_earliest(
    decide: Decide, without: Without, notice: int, delay: int
) -> None:
    room = decide(
        without("slots", lambda slot: True), flight="EY33", cause=Cause.CREW, received=times.shift(EY33, -notice)
    )
    assert first(room, "swap_crew") == delay


@pytest.mark.slow
@pytest.mark.parametrize(("notice", "delay"), [(25 * 60, 0), (40, 0), (30, 10), (0, 40), (-60, 100)])
def test_another_aircraft_is_towed_and_catered_from_receipt_on(
    decide: Decide, without: Without, notice: int, delay: int
) -> None:
    room = decide(
        without("slots", lambda slot: True), flight="EY33", cause=Cause.TECHNICAL, received=times.shift(EY33, -notice)
    )
    assert first(room, "swap_aircraft", "swap_aircraft_and_crew") == delay


@pytest.mark.parametrize("late", [0, 60, 240])
def test_a_flight_that_is_reported_late_leaves_later_still(decide: Decide, late: int) -> None:
    room = decide(flight="EY33", cause=Cause.AIRPORT, delay_minutes=30, received=times.shift(EY33, late))
    assert first(room, "delay") == 30 + late  # the minutes of a late report count from its receipt
    assert all(each.fields["delay_minutes"] >= late for each in room.options if not each.fields["cancelled"])


def test_nobody_is_rebooked_on_a_flight_that_has_left(decide: Decide, tables: MemoryTables) -> None:
    """Of the flights to Paris after EY33 the next leaves five hours later."""
    later = sorted(
        each["departure_utc"]
        for each in tables.query("flights", ["AUH-CDG"], "by_route")["AUH-CDG"]
        if each["departure_utc"] > EY33
    )
    after = times.minutes_between(EY33, later[0]) + 5
    soon, late = (
        next(each.fields for each in decide(**case).options if each.fields["cancelled"])
        for case in (
            {"flight": "EY33", "cause": Cause.CREW, "received": EY33},
            {"flight": "EY33", "cause": Cause.CREW, "received": times.shift(EY33, after)},
        )
    )
    assert late["passenger_delay_minutes"] > soon["passenger_delay_minutes"]


@pytest.mark.parametrize("notice", [600, 60, 0])
def test_a_fetched_aircraft_leaves_the_hub_when_its_crew_has_reported(decide: Decide, notice: int) -> None:
    received = times.shift(EY802, -notice)
    room = decide(flight="EY802", cause=Cause.TECHNICAL, received=received)
    leaves = [each.parameters["ferry_departure_utc"] for each in room.options if each.action == "ferry_aircraft"]
    assert leaves
    assert min(leaves) >= times.shift(received, 60)


@pytest.mark.parametrize("notice", [600, 60, 0])
def test_a_positioned_crew_reports_after_the_call(decide: Decide, notice: int) -> None:
    received = times.shift(EY802, -notice)
    room = decide(flight="EY802", cause=Cause.CREW, received=received)
    reports = [each.parameters["crew_report_utc"] for each in room.options if each.action == "position_crew"]
    assert reports
    assert min(reports) >= received


def test_checks_refute_what_is_done_before_receipt(decide: Decide, tables: MemoryTables) -> None:
    room = decide(flight="EY33", cause=Cause.CREW, received=EY33)
    called = next(each for each in room.options if each.action == "swap_crew")
    for agent, minutes in (("crew_compliance", 1), ("regulatory", 76)):
        now = times.shift(EY33, minutes)
        context = ToolContext(incident=room.incident, options=[called], tables=tables, now=now)
        (executed,) = run_checks(PACK.agent(agent), context)
        assert [gap.item for gap in executed.result.gaps] == [f"options/{called.id}"], agent
