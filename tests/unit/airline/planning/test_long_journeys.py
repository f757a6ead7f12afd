"""Bookings with any number of legs, also on other carriers: planned end, delay there, rights from first to last airport."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conclave.pack.tables import Item
from conclave.testing.tables import MemoryTables
from packs.airline import PACK, times
from packs.airline.journeys import bookings_on, derived, is_own, legs_after, legs_of, other_leg, read_leg
from packs.airline.models import Cause

from evaluation.airline.exact.truth import Truth
from evaluation.airline.judging import SOLVED
from evaluation.data import Rows

Decide = Callable[..., Any]
FIRST = "EY18-2026-11-21"


@pytest.fixture(scope="module")
def onward(rows: Any, flights: Any) -> Item:
    """The flight that most passengers of EY18 go on with."""
    return next(
        flights[each["onward_flight_id"]]
        for each in rows["bookings"]
        if each["flight_id"] == FIRST and "onward_flight_id" in each
    )


@pytest.fixture
def network(rows: Any, flights: Any, onward: Item) -> Callable[..., dict[str, Any]]:
    """The sample with one more booking: London, the hub, the onward flight, and ``further`` legs from its destination."""

    def made(*further: str, before: tuple[str, ...] = ()) -> dict[str, Any]:
        booking = {"booking_id": "B99999", "flight_id": FIRST, "pax": 2, "tier": ""}
        booking["legs"] = [*before, FIRST, onward["flight_id"], *further]
        bookings = [*rows["bookings"], booking]
        return {**rows, "bookings": bookings, **derived({"bookings": bookings})}

    return made


def other(origin: str, destination: str, departure: str, minutes: int = 120) -> str:
    return f"XX700@{origin}-{destination}@{departure}@{times.shift(departure, minutes)}"


def options(decide: Decide, network: dict[str, Any], **disruption: Any) -> dict[str, Any]:
    """The options by action, after each was compared with the exact evaluation's."""
    room = decide(MemoryTables(PACK.tables, network), **disruption)
    exact = Truth(Rows(PACK.tables, network), room.incident)
    for option in room.options:
        mirrored = exact.action_of(option.action, option.parameters)
        assert mirrored is not None
        told = {name: value for name, value in exact.evaluate(mirrored).fields.items() if name not in SOLVED}
        assert {name: option.fields[name] for name in told} == told, option.summary
    return {option.action: option for option in room.options}


def test_the_legs_of_a_booking_are_its_list_or_its_flights() -> None:
    assert legs_of({"flight_id": "A"}) == ["A"]
    assert legs_of({"flight_id": "A", "onward_flight_id": "B"}) == ["A", "B"]
    assert legs_of({"flight_id": "B", "legs": ["X@", "B", "C"]}) == ["X@", "B", "C"]
    assert legs_after({"flight_id": "B", "legs": ["X@", "B", "C"]}, "B") == ["C"]


@pytest.mark.parametrize(
    "text",
    [
        "XX123@VIE-LHR@2026-11-21T10:00:00Z",
        "XX123@VIE-LHR@2026-11-21T10:00@2026-11-21T12:30",
        "XX123@VIE-LHR@2026-11-21T12:30:00Z@2026-11-21T10:00:00Z",
        "XX123@Vienna-LHR@2026-11-21T10:00:00Z@2026-11-21T12:30:00Z",
        "xx123@VIE-LHR@2026-11-21T10:00:00Z@2026-11-21T12:30:00Z",
    ],
)
def test_a_leg_with_another_carrier_has_its_form(text: str) -> None:
    assert not is_own(text)
    with pytest.raises(ValueError, match="write"):
        read_leg(text)
    assert other_leg("XX123@VIE-LHR@2026-11-21T10:00:00Z@2026-11-21T12:30:00Z").destination == "LHR"


def test_a_booking_is_found_from_each_of_its_flights(network: Any, onward: Item, flights: Any) -> None:
    third = next(each for each in flights.values() if each["origin"] == onward["destination"])
    tables = MemoryTables(PACK.tables, network(third["flight_id"]))
    for leg in (FIRST, onward["flight_id"], third["flight_id"]):
        assert [each["booking_id"] for each in bookings_on(tables, leg)].count("B99999") == 1
    stale = {
        **network(third["flight_id"]),
        "bookings": [{"booking_id": "B99999", "flight_id": FIRST, "pax": 1, "tier": ""}],
    }
    assert bookings_on(MemoryTables(PACK.tables, stale), third["flight_id"]) == []


@pytest.mark.slow
def test_a_further_leg_that_is_made_costs_no_delay(decide: Decide, network: Any, onward: Item) -> None:
    """Missing the onward flight may not matter where the leg after it leaves late enough; it does where it leaves soon."""
    end = onward["destination"]
    soon = network(other(end, "SIN", times.shift(onward["arrival_utc"], 90)))
    late = network(other(end, "SIN", times.shift(onward["arrival_utc"], 29 * 60)))
    found = [
        options(decide, each, flight="EY18", cause=Cause.ATC, delay_minutes=300)["delay"].fields[
            "passenger_delay_minutes"
        ]
        for each in (soon, late)
    ]
    assert found[0] > found[1]


@pytest.mark.slow
def test_rights_count_from_the_first_airport_to_the_last(decide: Decide, network: Any, rows: Any, onward: Item) -> None:
    """A passenger from the Emirates by another carrier has no rights by departure; one from London has."""
    last = other(onward["destination"], "SIN", times.shift(onward["arrival_utc"], 90))
    departs = times.shift("2026-11-21T00:00:00Z", -600)
    here = network(last)
    came = network(last, before=(other("DXB", "LHR", departs, 420),))
    owed = [
        options(decide, each, flight="EY18", cause=Cause.TECHNICAL)["cancel_rebook"].fields["compensation_usd"]
        for each in (rows, here, came)
    ]
    assert owed[1] > owed[0] == owed[2]


def test_a_further_leg_is_a_disrupted_flight_like_any_other(
    decide: Decide, network: Any, rows: Any, flights: Any, onward: Item
) -> None:
    third = min(
        (
            each
            for each in flights.values()
            if each["origin"] == onward["destination"]
            and each["departure_utc"] > times.shift(onward["arrival_utc"], 60)
        ),
        key=lambda each: each["departure_utc"],
    )
    disruption = {"flight": third["number"], "date": third["date"], "cause": Cause.ATC, "delay_minutes": 60}
    with_it, without = (
        options(decide, each, **disruption)["cancel_rebook"] for each in (network(third["flight_id"]), rows)
    )
    moved = [each.fields["passengers_rebooked"] + each.fields["passengers_stranded"] for each in (with_it, without)]
    assert moved[0] == moved[1] + 2


@pytest.mark.slow
def test_a_leg_that_nobody_knows_ends_what_is_counted(decide: Decide, network: Any) -> None:
    plain = options(decide, network(), flight="EY18", cause=Cause.ATC, delay_minutes=240)["delay"]
    unknown = options(decide, network("EY9999-2026-11-21"), flight="EY18", cause=Cause.ATC, delay_minutes=240)["delay"]
    assert unknown.fields == plain.fields


def test_a_schedule_that_ends_too_early_is_a_gap(decide: Decide, rows: Any) -> None:
    """Who could travel on a flight that nobody has loaded counts as stranded: told, not counted in silence."""
    short = {**rows, "flights": [each for each in rows["flights"] if each["departure_utc"] < "2026-11-22T00:00:00Z"]}
    disruption = {"flight": "EY17", "cause": Cause.ATC, "delay_minutes": 30}
    (gap,) = decide(MemoryTables(PACK.tables, short), **disruption).gaps
    assert (gap.item, gap.mandatory) == ("flights", False)
    assert "the loaded flights end on 2026-11-21" in gap.detail
    assert decide(**disruption).gaps == []
