"""A leased aircraft: when it may be offered, what it costs, and that only an approved one flies."""

from __future__ import annotations

from collections.abc import Callable
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
NOW = "2026-11-21T04:00:00Z"
LONDON: dict[str, Any] = {"flight": "EY17", "cause": Cause.TECHNICAL}


def offer(**cells: Any) -> Item:
    return {
        "station_day": "AUH#2026-11-21",
        "offer_id": "L1",
        "operator": "Skylark Charter",
        "tail": "9H-TST",
        "type": "A359",
        "seats": 220,
        "range_km": 14000,
        "available_from_utc": "2026-11-21T02:00:00Z",
        "available_until_utc": "2026-11-22T12:00:00Z",
        "hourly_usd": 9000,
        "minimum_hours": 5,
        "approved": True,
    } | cells


@pytest.fixture(scope="module")
def only(rows: Any) -> Callable[..., MemoryTables]:
    """The network without other aircraft at the hub, without slots, with these offers alone."""

    def network(*offers: Item) -> MemoryTables:
        return MemoryTables(PACK.tables, {**rows, "ground_times": [], "slots": [], "lease_offers": list(offers)})

    return network


def lease(room: Any) -> Any:
    return next((option for option in room.options if option.action == "wet_lease"), None)


def test_an_approved_lease_is_chosen_when_no_aircraft_is_idle(decide: Decide, only: Any) -> None:
    room = decide(only(offer()), **LONDON)
    assert not room.gaps
    assert room.chosen.action == "wet_lease"
    assert room.chosen.fields["tail"] == "9H-TST"
    assert room.chosen.parameters["offer_id"] == "L1"
    assert room.chosen.fields["cause_cleared"] is True


def test_without_approval_it_is_shown_and_does_not_fly(decide: Decide, only: Any) -> None:
    room = decide(only(offer(approved=False)), **LONDON)
    assert "not approved" in lease(room).summary
    assert room.violations(tail="9H-TST") >= {"lease.approved"}
    assert room.chosen.action != "wet_lease"


def test_the_lessor_answers_for_what_the_operator_cannot_see(decide: Decide, only: Any) -> None:
    fields = lease(decide(only(offer()), **LONDON)).fields
    unknown = (
        "mel_days_left", "turnaround_margin_minutes", "maintenance_check_ok", "crew_duty_margin_minutes",
        "crew_rest_margin_minutes", "crew_cumulative_margin_minutes",
    )  # fmt: skip
    assert {fields[name] for name in unknown} == {None}
    assert fields["crew_id"] == ""
    assert fields["seats_short"] == 0
    assert fields["range_margin_km"] == 14000 - 5517


@pytest.mark.parametrize(
    ("cells", "delay"),
    [
        ({}, 180),  # 180 minutes after the report is received, which is when the flight should leave
        ({"available_from_utc": "2026-11-21T09:12:00Z"}, 245),
    ],
)
def test_a_lease_takes_notice_and_waits_for_its_aircraft(decide: Decide, only: Any, cells: Any, delay: int) -> None:
    found = [each for each in decide(only(offer(**cells)), **LONDON).options if each.action == "wet_lease"]
    assert min(each.fields["delay_minutes"] for each in found) == delay


@pytest.mark.parametrize(
    ("cells", "offered"),
    [
        ({"available_until_utc": "2026-11-21T23:20:00Z"}, True),  # 15:05 in London, 80 minutes, 415 minutes
        ({"available_until_utc": "2026-11-21T23:19:00Z"}, False),
        ({"seats": 103}, True),
        ({"seats": 102}, False),
        ({"station_day": "AUH#2026-11-22"}, True),
        ({"station_day": "AUH#2026-11-23"}, False),
    ],
)
def test_what_comes_home_late_or_seats_too_few_is_not_offered(
    decide: Decide, only: Any, cells: Any, offered: bool
) -> None:
    assert (lease(decide(only(offer(**cells)), **LONDON)) is not None) is offered


@pytest.mark.parametrize(("cause", "offered"), [(Cause.CREW, True), (Cause.LATE_INBOUND, True), (Cause.WEATHER, False)])
def test_a_lease_helps_against_a_missing_crew_but_not_against_weather(
    decide: Decide, only: Any, cause: Cause, offered: bool
) -> None:
    room = decide(only(offer()), flight="EY17", cause=cause)
    assert (lease(room) is not None) is offered
    assert not any(gap.mandatory for gap in room.gaps)


def test_away_from_the_hub_nothing_is_leased(decide: Decide, only: Any) -> None:
    network = only(offer(), offer(station_day="LHR#2026-11-21"))
    assert lease(decide(network, flight="EY18", cause=Cause.TECHNICAL)) is None


def test_the_least_hours_are_charged(decide: Decide, only: Any) -> None:
    short = lease(decide(only(offer(minimum_hours=1)), **LONDON)).fields["operating_cost_usd"]
    least = lease(decide(only(offer(minimum_hours=20)), **LONDON)).fields["operating_cost_usd"]
    assert least - short == 20 * 9000 - round(9000 * 2 * 415 / 60)


def test_a_lease_that_is_not_on_record_is_refuted(decide: Decide, only: Any) -> None:
    network = only(offer(approved=False))
    room = decide(network, **LONDON)
    lying = [
        structs.replace(option, fields=option.fields | {"lease_approved": True})
        if option.action == "wet_lease"
        else option
        for option in room.options
    ]
    told = ToolContext(incident=room.incident, options=lying, tables=network, now=NOW)
    (executed,) = run_checks(PACK.agent("regulatory"), told)
    assert {gap.item for gap in executed.result.gaps} == {
        f"options/{option.id}" for option in room.options if option.action == "wet_lease"
    }
    nowhere = ToolContext(incident=room.incident, options=lying, tables=only(), now=NOW)
    (looked,) = run_checks(PACK.agent("maintenance"), nowhere)
    assert "aircraft/9H-TST" in {gap.item for gap in looked.result.gaps if gap.mandatory}
