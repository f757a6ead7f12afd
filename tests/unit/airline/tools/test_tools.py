from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conclave.agents.checks import run_checks, run_tool
from conclave.pack import Agent, ToolContext
from conclave.pack.tables import ReadFailed, Tables
from conclave.testing.tables import MemoryTables
from conclave.types import AgentKind, GapReason, Operator, ToolResult
from msgspec import structs
from packs.airline import PACK
from packs.airline.fields import FIELDS, FLYING
from packs.airline.models import Cause, Incident

NOW = "2026-11-21T04:00:00Z"
RESOLVED = Incident(flight="EY17", date="2026-11-21", origin="AUH", destination="LHR", flight_id="EY17-2026-11-21")
GONE = Incident(flight="EY17", flight_id="EY17-1999-01-01")
Decide = Callable[..., Any]


def context(tables: Any, incident: Incident = RESOLVED) -> ToolContext:
    return ToolContext(incident=incident, options=(), tables=tables, now=NOW)


def call(tables: Any, agent: str, name: str, incident: Incident = RESOLVED, **arguments: Any) -> ToolResult:
    owner = PACK.agent(agent)
    tool = next(each for each in (*owner.checks, *owner.tools) if each.name == name)
    return run_tool(owner, tool, context(tables, incident), check=False, arguments=arguments).result


ARGUMENTS: dict[str, dict[str, Any]] = {
    "reserve_crews": {"rating": "B787"},
    "aircraft_line": {"tail": "A6-BAA"},
    "passenger_rights": {"departures": ["AUH", "LHR", "FRA"]},
    "alternative_flights": {"route": "AUH-LHR"},
    "connections": {"onward_flight_ids": ["EY204-2026-11-21"]},
    "type_costs": {"aircraft_type": "B789"},
    "duty_limits": {"crew_id": "C0185"},
    "positioning_flights": {"to": "LHR"},
}
TOOLS = [(agent, tool) for agent in PACK.agents for tool in (*agent.checks, *agent.tools)]
FLIGHT_TOOLS = [(agent, tool) for agent, tool in TOOLS if "flights" in tool.reads and tool.name != "connections"]


@pytest.mark.parametrize(("agent", "tool"), TOOLS, ids=lambda each: each.name)
def test_tools_read_what_they_declare_and_answer_briefly(tables: MemoryTables, agent: Agent, tool: Any) -> None:
    result = run_tool(agent, tool, context(tables), check=True, arguments=ARGUMENTS.get(tool.name, {})).result
    assert not result.gaps
    assert 1 <= len(result.facts) <= 15
    assert len(tool.description) >= 25
    assert all(len(each["description"]) >= 10 for each in tool.input_schema["properties"].values())
    known = {table.name for table in PACK.tables}
    assert all(fact.id.split("/")[0] in known for fact in result.facts)


@pytest.mark.parametrize(("agent", "tool"), FLIGHT_TOOLS, ids=lambda each: each.name)
def test_an_unknown_flight_is_a_gap(tables: MemoryTables, agent: Agent, tool: Any) -> None:
    result = run_tool(agent, tool, context(tables, GONE), check=True, arguments=ARGUMENTS.get(tool.name, {})).result
    assert [gap.reason for gap in result.gaps] == [GapReason.MISSING]
    is_safety_check = agent.kind is AgentKind.SAFETY and tool in agent.checks
    assert result.gaps[0].mandatory is is_safety_check


@pytest.mark.parametrize("agent", PACK.specialists, ids=lambda each: each.name)
def test_a_failed_read_is_a_gap_and_mandatory_for_safety(agent: Agent) -> None:
    class Broken(Tables):
        def get(self, table: str, keys: Any) -> Any:
            raise ReadFailed(table)

        def query(self, table: str, values: Any, index: str = "", only: Any = None) -> Any:
            raise ReadFailed(table)

    gaps = [gap for each in run_checks(agent, context(Broken())) for gap in each.result.gaps]
    assert [gap.reason for gap in gaps] == [GapReason.FAILED]
    assert gaps[0].mandatory is (agent.kind is AgentKind.SAFETY)


def test_constraints_point_at_evidence_fields_and_sources(decide: Decide) -> None:
    room = decide(flight="EY17", cause=Cause.TECHNICAL)
    units = {field.name: field.unit for field in FIELDS}
    known = {table.name for table in PACK.tables}
    assert len(room.constraints) >= 15
    for each in room.constraints:
        assert each.unit == units[each.field]
        assert each.evidence_id.split("/")[0] in known
        assert each.source
        assert each.reason
        assert each.agent


def test_hard_limits_are_those_of_the_fields(decide: Decide) -> None:
    room = decide(flight="EY17", cause=Cause.TECHNICAL)
    limits = {field.name: field.limits for field in FIELDS}
    held = [each for each in room.constraints if each.hard and each.operator is not Operator.NE]
    assert len(held) >= 12
    assert all(limits[each.field] == ((each.operator, each.value),) for each in held)


def test_what_applies_to_flying_only_is_empty_when_the_flight_is_cancelled(decide: Decide) -> None:
    options = decide(flight="EY17", cause=Cause.TECHNICAL).options
    cancelled = next(each for each in options if each.fields["cancelled"])
    flying = [field.name for field in FIELDS if field.applies_to == FLYING]
    assert len(flying) == 28
    assert all(cancelled.fields[name] is None for name in flying)


def test_safety_agents_bring_the_hard_limits(decide: Decide) -> None:
    room = decide(flight="EY17", cause=Cause.TECHNICAL)
    hard = {each.id: each.agent for each in room.constraints if each.hard}
    assert hard["crew.duty"] == hard["crew.rest"] == "crew_compliance"
    assert hard["aircraft.mel"] == "maintenance"
    assert hard["airport.curfew"] == hard["airport.slot"] == "regulatory"


def test_a_flight_without_slots_has_no_slot_limit(decide: Decide) -> None:
    assert "airport.slot" not in {each.id for each in decide(flight="EY799", cause=Cause.OTHER).constraints}


def test_ordinary_cold_chain_is_a_preference(decide: Decide, without: Any) -> None:
    ordinary = without("shipments", life_saving=False)
    room = decide(ordinary, flight="EY17", cause=Cause.TECHNICAL)
    assert [each.hard for each in room.constraints if each.id == "cargo.cold_chain"] == [False]


def test_notice_texts_reach_the_regulatory_agent_as_text(decide: Decide) -> None:
    facts = decide(flight="EY17", cause=Cause.TECHNICAL).results["regulatory"].facts
    notices = [each for each in facts if each.kind == "notam"]
    assert notices
    assert all(each.text and "text" not in each.values for each in notices)


def test_reserves_of_another_rating_can_be_asked_for(tables: MemoryTables) -> None:
    assert all("R-A350" in fact.id for fact in call(tables, "crew_compliance", "reserve_crews", rating="A350").facts)
    gaps = call(tables, "crew_compliance", "reserve_crews", rating="B747").gaps
    assert [gap.mandatory for gap in gaps] == [False]


def test_another_aircraft_line_can_be_asked_for(tables: MemoryTables, rows: Any) -> None:
    tail = next(item["tail"] for item in rows["flights"] if item["number"] == "EY33" and item["date"] == "2026-11-21")
    assert call(tables, "maintenance", "aircraft_line", tail=tail).facts


def test_passenger_rights_follow_the_departure(tables: MemoryTables) -> None:
    facts = call(tables, "regulatory", "passenger_rights", departures=["AUH", "LHR", "FRA", "JFK"]).facts
    assert {fact.id: fact.values["regime"] for fact in facts if fact.kind == "passenger_rights"} == {
        "airports/AUH": "",
        "airports/LHR": "UK",
        "airports/FRA": "EU",
        "airports/JFK": "US",
    }


def test_the_first_care_is_told_by_the_law_of_the_departure(tables: MemoryTables) -> None:
    """Towards London: Frankfurt 650 km, Abu Dhabi none, Riyadh and Toronto by their own laws."""
    asked = ["AUH", "LHR", "FRA", "RUH", "YYZ", "IST"]
    facts = call(tables, "regulatory", "passenger_rights", departures=asked).facts
    told = {fact.id[-3:]: fact.values["care_from_minutes"] for fact in facts if fact.kind == "passenger_rights"}
    assert told == {"AUH": None, "LHR": 240, "FRA": 120, "RUH": 60, "YYZ": 120, "IST": 180}


def test_the_united_states_limit_the_tarmac_and_refund_long_delays(tables: MemoryTables) -> None:
    facts = call(tables, "regulatory", "passenger_rights", departures=["JFK"]).facts
    assert [(fact.values["tarmac_limit_minutes"], fact.values["refund_from_minutes"]) for fact in facts[:1]] == [
        (240, 360)
    ]


def test_liability_limits_are_those_of_the_day(tables: MemoryTables) -> None:
    facts = call(tables, "regulatory", "passenger_rights", departures=[]).facts
    assert [(fact.kind, fact.values["delay_sdr"]) for fact in facts] == [("liability_limits", 6303)]


def test_goods_for_cargo_aircraft_stay_behind_and_rule_out_nothing(decide: Decide, rows: Any) -> None:
    forbidden = {
        "awb": "607-00000011", "flight_id": "EY17-2026-11-21", "kind": "dangerous_goods", "weight_kg": 40, "remark": "",
        "un_number": "UN3480", "cargo_aircraft_only": True,
    }  # fmt: skip
    network = MemoryTables(PACK.tables, {**rows, "shipments": [*rows["shipments"], forbidden]})
    room = decide(network, flight="EY17", cause=Cause.TECHNICAL)
    facts = {fact.id: fact.values for fact in room.results["cargo"].facts}
    assert [name for name, values in facts.items() if values.get("stays_behind")] == ["shipments/607-00000011"]
    assert room.chosen is not None


def test_other_carriers_stand_beside_own_flights(tables: MemoryTables) -> None:
    facts = call(tables, "network", "alternative_flights", route="AUH-LHR").facts
    assert {fact.kind for fact in facts} == {"alternative", "other_carrier"}
    assert all(type(fact.values["fare_usd"]) is int for fact in facts if fact.kind == "other_carrier")


def test_what_a_model_asks_for_in_vain_is_a_gap_that_halts_nothing(tables: MemoryTables, without: Any) -> None:
    results = [
        call(tables, "regulatory", "passenger_rights", departures=["XXX"]),
        call(tables, "finance", "type_costs", aircraft_type="B744"),
        call(tables, "guest_experience", "connections", onward_flight_ids=["EY1-1999-01-01"]),
        call(without("airports", lambda item: True), "finance", "cost_basis"),
    ]
    assert [[gap.mandatory for gap in result.gaps] for result in results] == [[False]] * 4


def test_an_unknown_crew_among_the_options_is_a_mandatory_gap(decide: Decide, without: Any, rows: Any) -> None:
    crew = next(duty["crew_id"] for duty in rows["duties"] if duty["duty_id"] == "D-EY17-2026-11-21")
    room = decide(without("crews", lambda item: item["crew_id"] == crew), flight="EY17", cause=Cause.TECHNICAL)
    assert f"crews/{crew}" in {gap.item for gap in room.gaps if gap.mandatory}


def test_connecting_passengers_and_remarks_are_facts(tables: MemoryTables) -> None:
    back = Incident(flight="EY18", flight_id="EY18-2026-11-21")
    facts = call(tables, "guest_experience", "guests", back).facts
    assert {"passengers", "onward"} <= {fact.kind for fact in facts}


@pytest.mark.parametrize(
    ("flight", "cause", "field", "lie", "agent"),
    [
        ("EY17", Cause.TECHNICAL, "crew_duty_margin_minutes", 9999, "crew_compliance"),
        ("EY454", Cause.CARGO, "curfew_violation_minutes", 0, "regulatory"),
    ],
)
def test_a_check_finds_figures_that_it_can_refute(
    decide: Decide, tables: MemoryTables, flight: str, cause: Cause, field: str, lie: int, agent: str
) -> None:
    room = decide(flight=flight, cause=cause, delay_minutes=180)
    assert not room.gaps
    lying = [structs.replace(option, fields=option.fields | {field: lie}) for option in room.options]
    told = ToolContext(incident=room.incident, options=lying, tables=tables, now=NOW)
    (executed,) = run_checks(PACK.agent(agent), told)
    refuted = {gap.item for gap in executed.result.gaps}
    assert "options/O1" in refuted
    assert all(gap.mandatory and gap.reason is GapReason.FAILED for gap in executed.result.gaps)
    assert f"options/{room.options[-1].id}" not in refuted
