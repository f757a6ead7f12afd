"""What an airline's own tables may hold and the sample does not: overbooked flights, rows without optional cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conclave.tables import Item, MemoryTables
from packs.airline import PACK
from packs.airline.models import Cause, Incident

from evaluation.airline.actions import Action
from evaluation.airline.truth import Truth
from evaluation.data import Rows

Decide = Callable[..., Any]
DATE = "2026-11-21"
FLIGHT = "EY17"


def network(rows: dict[str, list[Item]], **tables: Callable[[Item], Item]) -> dict[str, list[Item]]:
    """The sample with the rows of some tables changed."""
    return {**rows, **{name: [change(each) for each in rows[name]] for name, change in tables.items()}}


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
        incident = Incident(flight_id=disrupted[0], origin="AUH", destination="LHR", cause=Cause.TECHNICAL)
        exact = Truth(Rows(PACK.tables, changed), incident).evaluate(Action(name="cancel_rebook"))
        assert {name: option.fields[name] for name in exact.fields} == exact.fields
        return option.fields

    assert sold(0)["passengers_stranded"] > 0
    assert sold(4) == sold(0)


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
