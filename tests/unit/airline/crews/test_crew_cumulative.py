"""Duty and flight time in 7, 14 and 28 days: what a crew has behind it limits what it may fly today."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from airline_rows import AMERICAN, OPERATOR, at, clock
from conclave.agents.checks import run_checks
from conclave.pack import ToolContext
from conclave.pack.tables import Item
from conclave.testing.tables import MemoryTables
from msgspec import structs
from packs.airline import PACK
from packs.airline.models import Cause
from packs.airline.planning.crewing import Leg, called_out, legal, rostered

Decide = Callable[..., Any]
NOW = "2026-11-21T04:00:00Z"
FIELD = "crew_cumulative_margin_minutes"
DUTY: Item = {
    "crew_id": "C1",
    "rating": "A320",
    "pilots": 2,
    "rest_class": 1,
    "report_utc": at("04:00"),
    "starts_at_base": True,
    "ends_at_base": True,
    "previous_end_utc": at("20:00", "2026-11-19"),
    "previous_duty_minutes": 500,
    "next_report_utc": "",
}
# Report 04:00, on blocks 14:00, released 14:30: 630 minutes of duty, 480 of flight time in two sectors.
LEGS = [
    Leg(departure_utc=at(off), arrival_utc=at(on), block_minutes=240)
    for off, on in (("05:00", "09:00"), ("10:00", "14:00"))
]


@pytest.mark.parametrize(
    ("before", "margin"),
    [
        ({"duty_7_days_minutes": 60 * 60 - 630}, 0),
        ({"duty_7_days_minutes": 60 * 60 - 630 + 1}, -1),
        ({"duty_14_days_minutes": 110 * 60 - 640}, 10),
        ({"duty_28_days_minutes": 190 * 60 - 700}, 70),
        ({"flight_28_days_minutes": 100 * 60 - 480}, 0),
        ({"duty_7_days_minutes": 1000, "flight_28_days_minutes": 100 * 60 - 481}, 1),
        ({}, None),
    ],
)
def test_the_tightest_limit_of_oro_ftl_210_counts_from_report_to_release(before: Item, margin: int | None) -> None:
    state = rostered(OPERATOR, DUTY | before, None, clock(), legs=LEGS, rating="A320", available=True)
    assert state.cumulative_margin == margin
    assert legal(state) is (margin is None or margin >= 0)


def test_totals_come_from_the_duty_and_what_it_lacks_from_the_crew() -> None:
    crew = {"duty_7_days_minutes": 3500, "flight_28_days_minutes": 5500}
    on_duty = DUTY | {"duty_7_days_minutes": 2900}
    state = rostered(OPERATOR, on_duty, crew, clock(), legs=LEGS, rating="A320", available=True)
    assert state.cumulative_margin == min(3600 - 2900 - 630, 6000 - 5500 - 480)


def test_a_reserve_counts_its_own_record() -> None:
    crew = {
        "crew_id": "R1",
        "rating": "A320",
        "pilots": 2,
        "rest_class": 1,
        "standby_start_utc": at("00:00"),
        "standby_end_utc": at("12:00"),
        "previous_end_utc": at("20:00", "2026-11-19"),
        "previous_duty_minutes": 500,
        "duty_7_days_minutes": 60 * 60 - 869,
    }
    state = called_out(OPERATOR, crew, clock(), legs=LEGS, kind="A320")
    assert state.cumulative_margin == -1  # airport standby from 00:00 counts in full: 14:30 to the release
    assert not legal(state)
    assert called_out(AMERICAN, crew, clock(), legs=LEGS, kind="A320").cumulative_margin == -1  # 14 CFR 117.21(b)


def test_the_united_states_have_no_limit_of_14_days() -> None:
    state = rostered(
        AMERICAN, DUTY | {"duty_14_days_minutes": 110 * 60}, None, clock(), legs=LEGS, rating="A320", available=True
    )
    assert state.cumulative_margin is None


@pytest.mark.slow
def test_a_crew_at_its_weekly_limit_does_not_fly_late(decide: Decide, without: Any) -> None:
    case = {"flight": "EY799", "cause": Cause.TECHNICAL, "delay_minutes": 30}
    fresh = decide(without("duties", duty_7_days_minutes=1000), **case)
    waiting = next(each for each in fresh.options if each.action == "delay")
    assert fresh.chosen.action == "delay"
    used = 1000 + waiting.fields[FIELD] + 1  # one minute more than the limit leaves for the late flight
    tired = decide(without("duties", duty_7_days_minutes=used), **case)
    assert "crew.cumulative" in tired.violations(crew_id=waiting.fields["crew_id"], delay_minutes=30)
    assert tired.chosen.fields["crew_id"] != waiting.fields["crew_id"]


def test_the_check_recomputes_what_the_records_leave(decide: Decide, without: Any) -> None:
    tables: MemoryTables = without("duties", duty_7_days_minutes=1000, flight_28_days_minutes=2000)
    room = decide(tables, flight="EY17", cause=Cause.TECHNICAL, delay_minutes=60)
    assert not room.gaps
    assert next(each for each in room.constraints if each.id == "crew.cumulative").source.endswith("ORO.FTL.210")
    for lie in (9999, None):
        lying = [structs.replace(option, fields=option.fields | {FIELD: lie}) for option in room.options]
        told = ToolContext(incident=room.incident, options=lying, tables=tables, now=NOW)
        (executed,) = run_checks(PACK.agent("crew_compliance"), told)
        own = {f"options/{each.id}" for each in room.options if each.action == "delay"}
        assert own <= {gap.item for gap in executed.result.gaps if gap.mandatory}
