"""What an airline's own tables may hold and the sample does not: overbooked flights, rows without optional cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conclave.tables import Item, MemoryTables
from evaluation.airline.actions import Action
from evaluation.airline.truth import Truth
from evaluation.data import Rows
from packs.airline import PACK
from packs.airline.models import Cause, Incident

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
