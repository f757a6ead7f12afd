"""What the crew agent can look up agrees with what the planner computes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from airline_rows import OPERATOR
from conclave.agents.checks import run_tool
from conclave.pack import ToolContext
from conclave.testing.tables import MemoryTables
from conclave.types import ToolResult
from packs.airline import PACK, times
from packs.airline.models import Cause, Incident

Decide = Callable[..., Any]
CREW = "C0069"  # flies EY33 with two pilots


def look_up(tables: Any, flight: str, name: str, now: str = "2026-11-20T20:00:00Z", **arguments: Any) -> ToolResult:
    agent = PACK.agent("crew_compliance")
    tool = next(each for each in agent.tools if each.name == name)
    incident = Incident(flight=flight, flight_id=f"{flight}-2026-11-21")
    context = ToolContext(incident=incident, options=(), tables=tables, now=now)
    return run_tool(agent, tool, context, check=False, arguments=arguments).result


def limits(tables: Any, crew_id: str = CREW, flight: str = "EY33") -> dict[str, Any]:
    facts = look_up(tables, flight, "duty_limits", crew_id=crew_id).facts
    return {str(fact.values["limit"]): fact.values for fact in facts}


def test_limits_of_the_rostered_crew_are_those_of_its_undisturbed_flight(decide: Decide, tables: MemoryTables) -> None:
    option = next(each for each in decide(flight="EY33", cause=Cause.CREW).options if each.fields["crew_id"] == CREW)
    assert option.fields["delay_minutes"] == 0
    found = limits(tables)
    assert found["flight duty"]["left_minutes"] == option.fields["crew_duty_margin_minutes"]
    assert found["rest before"]["left_minutes"] == option.fields["crew_rest_margin_minutes"]
    assert found["rest after"]["left_minutes"] == option.fields["crew_next_rest_margin_minutes"]
    days = [found[name]["left_minutes"] for name in ("duty_7_days", "duty_14_days", "duty_28_days", "flight_28_days")]
    assert min(days) == option.fields["crew_cumulative_margin_minutes"]
    assert all("FTL" in each["paragraph"] for each in found.values())


def test_what_a_break_and_joining_pilots_would_leave_is_what_their_options_have(
    decide: Decide, tables: MemoryTables
) -> None:
    found = limits(tables)
    room = decide(flight="EY33", cause=Cause.ATC, delay_minutes=420)
    split = next(
        each for each in room.options if each.action == "delay_split_duty" and each.fields["delay_minutes"] == 420
    )
    broken = found["flight duty, 420 min late with a break in rooms"]
    assert broken["left_minutes"] == split.fields["crew_duty_margin_minutes"]
    assert found["flight duty with joining pilots"]["minutes"] == 17 * 60


def test_limits_of_a_reserve_count_its_standby(decide: Decide, tables: MemoryTables) -> None:
    room = decide(flight="EY33", cause=Cause.CREW)
    options = [each for each in room.options if each.action == "swap_crew" and each.fields["crew_available"]]
    crews = tables.get("crews", [each.fields["crew_id"] for each in options]).items
    # EY33 leaves at 05:00: the crew stands by when it is to report as planned.
    stands_by = {name for name, crew in crews.items() if crew["standby_start_utc"] < "2026-11-21T03:45:00Z"}
    called = next(each for each in options if each.fields["crew_id"] in stands_by)
    late = called.fields["delay_minutes"]
    found = limits(tables, called.fields["crew_id"])
    # It stays away in the place of the rostered crew: each minute late makes its duty longer and its rest there shorter.
    assert found["rest before"]["left_minutes"] == called.fields["crew_rest_margin_minutes"]
    assert found["rest after"]["left_minutes"] - 2 * late == called.fields["crew_next_rest_margin_minutes"]
    days = [found[name]["left_minutes"] for name in ("duty_7_days", "duty_14_days", "duty_28_days", "flight_28_days")]
    assert min(days) - late <= called.fields["crew_cumulative_margin_minutes"] <= min(days)


def test_part_117_has_its_own_paragraphs(without: Any) -> None:
    found = limits(without("operators", duty_regime="faa"))
    assert found["flight time"] == {
        "limit": "flight time",
        "minutes": 540,
        "left_minutes": 540 - 395,
        "paragraph": "14 CFR 117.11, Table A",
    }
    assert found["rest before"]["minutes"] == 600
    assert not [name for name in found if "break" in name]
    assert "duty_14_days" not in found


def test_a_crew_of_another_flight_is_a_gap(tables: MemoryTables) -> None:
    result = look_up(tables, "EY33", "duty_limits", crew_id="C0013")
    assert not result.facts
    assert [(gap.item, gap.mandatory) for gap in result.gaps] == [("crews/C0013", False)]


def test_flights_that_bring_a_crew(tables: MemoryTables, flights: Any) -> None:
    found = look_up(tables, "EY34", "positioning_flights", to="CDG").facts
    assert found
    for each in found:
        flight = flights[each.id.removeprefix("flights/")]
        assert flight["route"] == "AUH-CDG"
        assert each.values["seats_free"] == flight["seats"] - flight["booked"]
        assert each.values["crew_fits"] is (flight["seats"] - flight["booked"] >= 14)
    nowhere = look_up(tables, "EY34", "positioning_flights", to="XXX")
    assert [gap.item for gap in nowhere.gaps] == ["flights/AUH-XXX"]


def test_after_midnight_the_reserves_of_the_evening_are_still_there(tables: MemoryTables, rows: Any) -> None:
    """Their pool is that of the day on which their standby began."""
    names = {each["crew_id"]: each for each in rows["crews"] if "reserve_pool" in each}
    flight = next(
        each
        for each in sorted(rows["flights"], key=lambda each: str(each["departure_utc"]))
        if each["date"] == "2026-11-21" and each["origin"] == "AUH" and each["departure_utc"] >= "2026-11-20T21:30:00Z"
    )
    report = times.shift(flight["departure_utc"], -OPERATOR.report_minutes(flight["type"]))
    rating = OPERATOR.types[flight["type"]].rating
    found = {fact.id for fact in look_up(tables, flight["number"], "reserve_crews", rating=rating).facts}
    ready = {
        f"crews/{name}"
        for name, each in names.items()
        if each["rating"] == rating and each["standby_start_utc"] <= report <= each["standby_end_utc"]
    }
    assert any("2026-11-20" in name for name in ready)
    assert ready <= found
    assert all(names[each.removeprefix("crews/")]["standby_end_utc"] >= report for each in found)
