"""Two flights in one: a larger aircraft flies a later flight of the route and takes the passengers of a cancelled one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conclave.pack.tables import Item
from conclave.testing.tables import MemoryTables
from packs.airline import PACK
from packs.airline.models import Cause

Decide = Callable[..., Any]
BEIRUT: dict[str, Any] = {"flight": "EY715", "cause": Cause.TECHNICAL}


@pytest.fixture(scope="module")
def network(rows: Any) -> Callable[..., MemoryTables]:
    """The network whose spare A321 may fly; cells change the spare, or are given for the flights by key."""

    def changed(flights: dict[str, Item] | None = None, **spare: Any) -> MemoryTables:
        ready = {"check_hours_left": 500, "check_cycles_left": 100, "check_due_date": "2026-12-31"}
        aircraft = [each | (ready | spare if each["tail"] == "A6-FS1" else {}) for each in rows["aircraft"]]
        defects = [each for each in rows["mel_items"] if each["tail"] != "A6-FS1"]
        planned = [each | (flights or {}).get(each["flight_id"], {}) for each in rows["flights"]]
        return MemoryTables(PACK.tables, {**rows, "aircraft": aircraft, "mel_items": defects, "flights": planned})

    return changed


def of(room: Any, action: str) -> Any:
    return next((option for option in room.options if option.action == action), None)


def test_more_seats_of_a_later_flight_take_passengers_sooner(decide: Decide, network: Any) -> None:
    room = decide(network(), **BEIRUT)
    merged, cancelled = of(room, "consolidate"), of(room, "cancel_rebook")
    assert merged.parameters["consolidated_into"] == "EY717-2026-11-21"
    assert merged.parameters["tail"] == merged.fields["tail"] == "A6-FS1"
    assert merged.summary.endswith("flies EY717 with 30 more seats")
    assert merged.fields["cancelled"] is True
    assert merged.fields["passenger_delay_minutes"] < cancelled.fields["passenger_delay_minutes"]
    # The A320 of the later flight gives way to another type of its rating, whose hours are dearer by 500 USD.
    block = 2 * next(each["block_minutes"] for each in _flights(network()) if each["flight_id"] == "EY717-2026-11-21")
    more = merged.fields["operating_cost_usd"] - cancelled.fields["operating_cost_usd"]
    assert more == round(20_000 + 500 * block / 60)


def _flights(tables: MemoryTables) -> list[Item]:
    return tables.query("flights", ["AUH-BAH"], "by_route")["AUH-BAH"]


@pytest.mark.slow
def test_the_aircraft_of_the_later_flight_must_be_fit(decide: Decide, network: Any) -> None:
    room = decide(network(check_cycles_left=1), **BEIRUT)
    assert of(room, "consolidate").fields["maintenance_check_ok"] is False
    assert "aircraft.check" in room.violations(tail="A6-FS1", cancelled=True)
    assert of(decide(network(), **BEIRUT), "consolidate").fields["maintenance_check_ok"] is True
    assert of(decide(network(serviceable=False), **BEIRUT), "consolidate").fields["aircraft_serviceable"] is False


@pytest.mark.parametrize("flights", [{"EY717-2026-11-21": {"seats": 188}}, {"EY717-2026-11-21": {"type": "B789"}}])
def test_no_larger_aircraft_of_the_rating_no_merger(decide: Decide, network: Any, flights: Any) -> None:
    found = [each for each in decide(network(flights), **BEIRUT).options if each.action == "consolidate"]
    assert "EY717-2026-11-21" not in {each.parameters["consolidated_into"] for each in found}


def test_only_out_of_the_hub(decide: Decide, network: Any) -> None:
    assert of(decide(network(), flight="EY716", cause=Cause.TECHNICAL), "consolidate") is None


def test_the_return_has_more_seats_too(decide: Decide, network: Any, flights: Any) -> None:
    full = {key: {"booked": item["seats"]} for key, item in flights.items() if item["route"] == "BAH-AUH"}
    own = flights["EY716-2026-11-21"]["booked"]
    room = decide(network(full | {"EY716-2026-11-21": {"booked": own}}), **BEIRUT)
    fewer = (
        of(room, "cancel_rebook").fields["passengers_stranded"] - of(room, "consolidate").fields["passengers_stranded"]
    )
    assert fewer >= min(30, own) - of(room, "cancel_rebook").fields["other_carrier_seats"]
    assert fewer > 0
