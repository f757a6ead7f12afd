"""What an airline's own tables may hold and the sample does not: overbooked flights, rows without optional cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conclave.agents.checks import run_checks
from conclave.pack import ToolContext
from conclave.pack.csv_columns import Column, Empty, empty_cell
from conclave.pack.tables import Item
from conclave.testing.tables import MemoryTables
from conclave.types import AgentKind
from packs.airline import PACK
from packs.airline.layout import LAYOUT
from packs.airline.models import Cause, Incident, Problem
from packs.airline.rules.aircraft import equipment

from evaluation.airline.exact.actions import Action
from evaluation.airline.exact.truth import Truth
from evaluation.airline.judging import SOLVED
from evaluation.airline.rules import regulations
from evaluation.data import Rows

Decide = Callable[..., Any]
DATE = "2026-11-21"
FLIGHT = "EY17"


def network(rows: dict[str, list[Item]], **tables: Callable[[Item], Item]) -> dict[str, list[Item]]:
    """The sample with the rows of some tables changed."""
    return {**rows, **{name: [change(each) for each in rows[name]] for name, change in tables.items()}}


@pytest.mark.slow
def test_an_overbooked_later_flight_has_no_seat_and_takes_none_away(decide: Decide, rows: Any) -> None:
    """More passengers booked than seats is ordinary: the flight is full, no more."""

    disrupted = (f"{FLIGHT}-{DATE}", f"EY18-{DATE}")

    def sold(by: int) -> Any:
        def change(item: Item) -> Item:
            later = item["flight_id"] not in disrupted and item["route"] in ("AUH-LHR", "LHR-AUH")
            return item | ({"booked": item["seats"] + by} if later else {})

        changed = network(rows, flights=change)
        room = decide(MemoryTables(PACK.tables, changed), flight=FLIGHT, cause=Cause.TECHNICAL)
        option = next(each for each in room.options if each.action == "cancel_rebook")
        incident = Incident(
            flight_id=disrupted[0], origin="AUH", destination="LHR", problems=(Problem(cause=Cause.TECHNICAL),)
        )
        exact = Truth(Rows(PACK.tables, changed), incident).evaluate(Action(name="cancel_rebook"))
        assert {name: option.fields[name] for name in exact.fields} == exact.fields
        return option.fields

    assert sold(0)["passengers_stranded"] > 0
    assert sold(4) == sold(0)


@pytest.mark.slow
def test_the_connection_time_of_the_airport_binds(decide: Decide, rows: Any) -> None:
    """Four hours at the hub instead of one: who connects does so no more, in the plan and in the exact evaluation."""
    incoming = next(
        each["flight_id"]
        for each in rows["bookings"]
        if "onward_flight_id" in each and each["flight_id"].endswith(DATE) and each["pax"]
    )
    number = incoming.removesuffix(f"-{DATE}")

    def missed(minutes: int) -> int:
        def change(item: Item) -> Item:
            return item | ({"connection_minutes": minutes} if item["iata"] == "AUH" else {})

        changed = network(rows, airports=change)
        room = decide(MemoryTables(PACK.tables, changed), flight=number, cause=Cause.ATC, delay_minutes=5)
        option = next(each for each in room.options if each.action == "delay")
        exact = Truth(Rows(PACK.tables, changed), room.incident)
        mirrored = exact.action_of(option.action, option.parameters)
        assert mirrored is not None
        assert option.fields["missed_connections"] == exact.evaluate(mirrored).fields["missed_connections"]
        return int(option.fields["missed_connections"])

    assert missed(15) < missed(240)


def test_seats_and_range_of_the_aircraft_itself_bind(decide: Decide, rows: Any) -> None:
    """A record that says less than its type: fewer seats, a shorter range."""
    flight = next(each for each in rows["flights"] if each["flight_id"] == f"{FLIGHT}-{DATE}")

    def change(item: Item) -> Item:
        return item | {"seats": flight["booked"] - 7, "range_km": flight["distance_km"] - 1}

    changed = network(rows, aircraft=change)
    room = decide(MemoryTables(PACK.tables, changed), flight=FLIGHT, cause=Cause.ATC, delay_minutes=30)
    option = next(each for each in room.options if each.action == "delay")
    assert option.fields["seats_short"] == 7
    assert option.fields["range_margin_km"] == -1
    assert "aircraft.range" in room.violations(tail=flight["tail"])
    exact = Truth(Rows(PACK.tables, changed), room.incident)
    mirrored = exact.action_of(option.action, option.parameters)
    assert mirrored is not None
    told = exact.evaluate(mirrored)
    assert {name: option.fields[name] for name in told.fields} == told.fields
    assert "range_margin_km" in told.broken
    assert room.chosen is not None
    assert room.chosen.fields["cancelled"] or room.chosen.fields["lease_approved"]


OPTIONAL = [
    (table, column)
    for table, columns in LAYOUT.items()
    for column in columns
    # Without the key of its index a row is neither a reserve nor a connection: the sample has such rows.
    if column.empty in (Empty.OMITTED, Empty.KEPT) and column.name not in ("reserve_pool", "onward_flight_id")
]
OUT: dict[str, Any] = {"flight": "EY17", "cause": Cause.TECHNICAL}
HOME: dict[str, Any] = {"flight": "EY18", "cause": Cause.LATE_INBOUND, "delay_minutes": 120}
ANIMALS: dict[str, Any] = {"flight": "EY623", "cause": Cause.CREW}
CURFEW: dict[str, Any] = {"flight": "EY454", "cause": Cause.ATC, "delay_minutes": 150}
DISRUPTED = {"shipments": (OUT, ANIMALS), "airports": (OUT, CURFEW), "crews": (OUT, HOME), "aircraft": (OUT, HOME)}


@pytest.mark.slow
@pytest.mark.parametrize(("table", "column"), OPTIONAL, ids=[f"{table}.{column.name}" for table, column in OPTIONAL])
def test_a_row_without_an_optional_cell_is_no_crash(decide: Decide, rows: Any, table: str, column: Column) -> None:
    """docs/data.md: a cell that may be missing is missing in every row; the plan, every check and the exact evaluation go on."""

    def change(item: Item) -> Item:
        rest = {name: value for name, value in item.items() if name != column.name}
        return rest | ({} if column.empty is Empty.OMITTED else {column.name: empty_cell(column)})

    changed = network(rows, **{table: change})
    for disruption in DISRUPTED.get(table, (OUT,)):
        room = decide(MemoryTables(PACK.tables, changed), **disruption)
        exact = Truth(Rows(PACK.tables, changed), room.incident)
        gaps = [gap.item for gap in room.gaps if gap.mandatory]
        assert bool(exact.missing) == bool(gaps), (disruption, exact.missing, gaps)
        for option in room.options if not gaps else ():
            if option.fields["crew_id"] == "" and option.fields["lease_approved"] is None:
                assert option.fields["crew_available"] is False  # no crew for that type: shown as what it lacks
                continue
            mirrored = exact.action_of(option.action, option.parameters)
            assert mirrored is not None
            told = {name: value for name, value in exact.evaluate(mirrored).fields.items() if name not in SOLVED}
            assert {name: option.fields[name] for name in told} == told, (disruption, option.summary)


def test_an_item_of_category_a_without_its_interval_grounds() -> None:
    item = {"item_id": "1", "ata": "24-22-01", "category": "A", "discovered": DATE, "relief": True, "not_with": []}
    assert equipment.grounding_reasons([item], DATE) == ("24-22-01 category A without its interval",)
    assert regulations.mel_state([item], DATE) == (False, None)
    assert equipment.grounding_reasons([item | {"interval_days": 1}], DATE) == ()


@pytest.mark.parametrize(
    ("flight", "table", "cell", "gap"),
    [
        ("EY623", "shipments", "loaded_utc", "shipments/"),
        ("EY17", "shipments", "qualified_until_utc", "shipments/"),
        ("EY454", "airports", "curfew_end", "airports/SYD"),
    ],
)
def test_what_a_hard_rule_needs_halts_when_it_is_missing(
    decide: Decide, rows: Any, flight: str, table: str, cell: str, gap: str
) -> None:
    """Live animals without a loading time, life-saving cargo without a qualified time, a closed airport without hours."""

    def change(item: Item) -> Item:
        rest = {name: value for name, value in item.items() if name != cell}
        return rest | ({cell: ""} if table == "airports" else {})

    room = decide(MemoryTables(PACK.tables, network(rows, **{table: change})), flight=flight, cause=Cause.CREW)
    assert room.chosen is None
    assert any(each.mandatory and each.item.startswith(gap) for each in room.gaps)


@pytest.mark.parametrize("flight", ["EY17", "EY623", "EY454", "EY19"])
def test_every_hard_rule_is_known_to_a_safety_agent(decide: Decide, tables: MemoryTables, flight: str) -> None:
    """The run goes on without a business agent whose function died, and with it go its checks."""
    room = decide(flight=flight, cause=Cause.TECHNICAL)
    context = ToolContext(incident=room.incident, options=room.options, tables=tables, now=f"{DATE}T04:00:00.000Z")
    hard: dict[bool, set[str]] = {True: set(), False: set()}
    for agent in PACK.specialists:
        found = [rule.id for each in run_checks(agent, context) for rule in each.result.constraints if rule.hard]
        hard[agent.kind is AgentKind.SAFETY].update(found)
    assert hard[False] <= hard[True]
    assert ("cargo.life_saving" in hard[False]) == (flight == "EY17")
