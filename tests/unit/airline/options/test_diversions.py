"""Landing near a closed or foggy destination: when it is offered, where passengers and aircraft are then, what it costs."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Any

import pytest
from airline_rows import OPERATOR, at
from conclave.agents.checks import run_checks
from conclave.pack import ToolContext
from conclave.pack.tables import Item
from conclave.testing.tables import MemoryTables
from msgspec import structs
from packs.airline import PACK, times
from packs.airline.geography import Places, distance_km
from packs.airline.models import Cause
from packs.airline.planning.crewing import NO_ROSTER
from packs.airline.planning.diversion import alternate, leaving_from, nearest
from packs.airline.planning.effects.move import Move
from packs.airline.planning.options.draft import Draft, distinct
from packs.airline.sample_data.stations import airports, alternates

Decide = Callable[..., Any]
NOW = "2026-11-21T04:00:00Z"
FOG = {"visibility_m": 100, "ceiling_ft": 50}
CLEAR = {"visibility_m": 9999, "ceiling_ft": 5000, "crosswind_kt": 5}
LONDON: dict[str, Any] = {"flight": "EY17", "cause": Cause.WEATHER}


def km(one: str, other: str) -> int:
    here, there = airports()[one], airports()[other]
    return distance_km(here.lat, here.lon, there.lat, there.lon)


@pytest.fixture(scope="module")
def foggy(rows: Any) -> Callable[..., MemoryTables]:
    """London in fog all day, everything else clear, no slots; stations can lack a forecast, airports have other cells."""

    def network(
        *without_forecast: str, foggy: str = "LHR", aircraft: Item | None = None, **cells: Item
    ) -> MemoryTables:
        weather = [
            each | (FOG if each["station"] == foggy else CLEAR)
            for each in rows["weather"]
            if each["station"] not in without_forecast
        ]
        places = [each | cells.get(each["iata"], {}) for each in rows["airports"]]
        fleet = [aircraft if aircraft and each["tail"] == aircraft["tail"] else each for each in rows["aircraft"]]
        changed = {"weather": weather, "airports": places, "aircraft": fleet, "slots": []}
        return MemoryTables(PACK.tables, {**rows, **changed})

    return network


def diverted(room: Any) -> Any:
    return next((option for option in room.options if option.action == "divert"), None)


def test_a_flight_to_a_place_in_fog_lands_nearby_on_time(decide: Decide, foggy: Any, flights: Any) -> None:
    room = decide(foggy(), **LONDON)
    option, flight = room.chosen, flights["EY17-2026-11-21"]
    assert option.action == "divert"
    assert option.fields["arrival_airport"] == option.parameters["arrival_airport"] == "MAN"
    assert option.fields["ground_transfer_minutes"] == 60 + ceil(1.3 * km("MAN", "LHR"))
    assert (option.fields["delay_minutes"], option.fields["cause_cleared"]) == (0, True)
    assert option.fields["weather_ok"] is True
    longer = round((km("AUH", "MAN") - km("AUH", "LHR")) / 880 * 60)
    lands = times.minutes(flight["arrival_utc"]) + longer
    assert option.fields["arrival_local"] == times.local_text(lands, "Europe/London")
    assert option.fields["range_margin_km"] == 13200 - km("AUH", "MAN")
    assert option.fields["passenger_delay_minutes"] >= longer + option.fields["ground_transfer_minutes"] - 1
    assert not room.gaps


def test_buses_are_paid_for_both_flights(decide: Decide, foggy: Any, flights: Any) -> None:
    fields = decide(foggy(), **LONDON).chosen.fields
    booked = flights["EY17-2026-11-21"]["booked"] + flights["EY18-2026-11-21"]["booked"]
    assert fields["operating_cost_usd"] >= 25 * booked
    assert fields["operating_cost_usd"] < 25 * booked + 55 * fields["downstream_delay_minutes"] + 1 + 60_000


def test_other_causes_must_be_over(decide: Decide, foggy: Any) -> None:
    option = diverted(decide(foggy(), flight="EY17", cause=Cause.ATC, delay_minutes=60))
    assert option.fields["delay_minutes"] >= 60
    assert diverted(decide(foggy(), flight="EY17", cause=Cause.TECHNICAL)) is None


@pytest.mark.parametrize("network", [("MAN", "CDG", "AMS", "BRU"), None])
def test_nothing_is_diverted_without_a_forecast_or_a_reason(decide: Decide, foggy: Any, network: Any) -> None:
    tables = foggy(*network) if network else foggy(foggy="DEL")
    assert diverted(decide(tables, **LONDON)) is None


def test_a_closed_airport_is_landed_away_from(decide: Decide, foggy: Any) -> None:
    shut = {"curfew_closed": True, "curfew_start": "12:00", "curfew_end": "20:00"}
    option = diverted(decide(foggy(foggy="DEL", LHR=shut), flight="EY17", cause=Cause.ATC, delay_minutes=60))
    assert option.fields["arrival_airport"] == "MAN"
    assert option.fields["curfew_violation_minutes"] == 0
    assert option.fields["cause_cleared"] is True


def test_the_check_looks_at_the_alternate(decide: Decide, foggy: Any) -> None:
    room = decide(foggy(), **LONDON)
    shut = foggy(MAN={"curfew_closed": True, "curfew_start": "00:00", "curfew_end": "23:59"})
    told = ToolContext(incident=room.incident, options=room.options, tables=shut, now=NOW)
    (executed,) = run_checks(PACK.agent("regulatory"), told)
    refuted = {gap.item for gap in executed.result.gaps if gap.mandatory}
    assert refuted == {f"options/{option.id}" for option in room.options if option.fields["arrival_airport"] == "MAN"}


def test_alternates_are_the_nearest_two_within_reach() -> None:
    flight: Item = {"origin": "AUH", "destination": "ZRH", "block_minutes": 400, "type": "B789"}
    rows, places = alternates(), Places()
    found = nearest(OPERATOR, flight, places, rows)
    others = sorted((km("ZRH", each), each) for each in airports() if each not in ("AUH", "ZRH"))
    assert found == [iata for distance, iata in others[:2] if distance <= OPERATOR.figures.diversion_radius_km]
    assert nearest(OPERATOR, flight | {"origin": "LHR"}, places, rows) == []
    assert nearest(OPERATOR, flight | {"destination": "SYD"}, places, rows) == []


def test_only_the_return_leaves_from_the_alternate() -> None:
    flight: Item = {
        "origin": "AUH", "destination": "ZRH", "block_minutes": 400, "type": "B789", "departure_utc": at("05:00", "2026-11-21")
    }  # fmt: skip
    place = alternate(OPERATOR, flight, "MUC", [], Places())
    back = {
        "origin": "ZRH", "destination": "AUH", "block_minutes": 380,
        "departure_utc": at("14:00", "2026-11-21"), "arrival_utc": at("20:20", "2026-11-21"),
    }  # fmt: skip
    later = {"origin": "AUH", "destination": "ZRH", "departure_utc": at("05:00", "2026-11-22")}
    assert [each["origin"] for each in leaving_from([flight, back, later], flight, place)] == ["AUH", "MUC", "AUH"]


@pytest.mark.parametrize(("more", "longer"), [(20, 20), (-15, 0)])
def test_the_return_takes_as_much_longer_and_never_less_than_planned(more: int, longer: int) -> None:
    flight: Item = {
        "origin": "AUH", "destination": "LHR", "block_minutes": 400, "type": "B789", "departure_utc": at("05:00", "2026-11-21")
    }  # fmt: skip
    back = {
        "origin": "LHR", "destination": "AUH", "block_minutes": 380,
        "departure_utc": at("14:00", "2026-11-21"), "arrival_utc": at("20:20", "2026-11-21"),
    }  # fmt: skip
    place = structs.replace(alternate(OPERATOR, flight, "MAN", [], Places()), block_minutes=400 + more)
    (moved,) = leaving_from([back], flight, place)
    assert moved["block_minutes"] == 380 + longer
    assert moved["arrival_utc"] == at("20:20", "2026-11-21") + longer


@pytest.mark.parametrize("spare", [0, -1])
def test_both_ways_to_the_alternate_count_to_the_next_check(
    decide: Decide, foggy: Any, rows: Any, flights: Any, spare: int
) -> None:
    """Manchester is farther than London: minutes to spare before a check until the aircraft is home."""
    out, back = flights["EY17-2026-11-21"], flights["EY18-2026-11-21"]
    longer = round((km("AUH", "MAN") - km("AUH", "LHR")) / 880 * 60)
    assert longer > 0
    hours = (out["block_minutes"] + back["block_minutes"] + 2 * longer + spare) / 60
    own = next(each for each in rows["aircraft"] if each["tail"] == out["tail"])
    network = foggy(aircraft=own | {"check_hours_left": hours})
    assert diverted(decide(network, **LONDON)).fields["maintenance_check_ok"] is (spare == 0)


def test_two_alternates_at_the_same_time_are_two_options() -> None:
    def landing_at(place: str) -> Draft:
        move = Move(
            tail="A6-BAR",
            kind="B789",
            model=OPERATOR.types["B789"],
            item=None,
            delay=30,
            on_ground_from=at("01:00"),
            spare_line=None,
            crew=NO_ROSTER,
            action="divert",
            parameters=(("arrival_airport", place),),
        )
        return Draft(action="divert", move=move, summary=place)

    both = [landing_at("ZRH"), landing_at("MUC")]
    assert distinct([*both, landing_at("ZRH")]) == both


@pytest.mark.parametrize(
    "field", ["crew_duty_margin_minutes", "crew_rest_margin_minutes", "crew_cumulative_margin_minutes"]
)
def test_the_crew_check_follows_to_the_alternate(decide: Decide, foggy: Any, field: str) -> None:
    """What a crew can have left at most is known there, too: a day more is not a margin."""
    network = foggy()
    room = decide(network, **LONDON)
    assert not room.gaps
    option = diverted(room)
    lie = structs.replace(option, fields=option.fields | {field: option.fields[field] + 1440})
    told = ToolContext(incident=room.incident, options=[option, lie], tables=network, now=NOW)
    (executed,) = run_checks(PACK.agent("crew_compliance"), told)
    assert [gap.item for gap in executed.result.gaps] == [f"options/{option.id}"]
