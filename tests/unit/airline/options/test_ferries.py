"""An aircraft that is fetched from the hub: which are idle, when one can be there, who flies, what it costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from airline_rows import OPERATOR
from conclave.agents.checks import run_checks
from conclave.pack import ToolContext
from conclave.pack.tables import Item
from conclave.testing.tables import MemoryTables
from packs.airline import PACK, times
from packs.airline.bounds import IDLE_OF_A_KIND
from packs.airline.models import Cause
from packs.airline.planning.fleet import Spare, first_of_each_type, idle_aircraft, may_be_idle

Decide = Callable[..., Any]
AT = "2026-11-21T12:00:00Z"
PLANNED: Item = {"flight_id": "F", "tail": "A6-PLN", "type": "B789", "departure_utc": times.minutes(AT)}


def flown(origin: str, there: str, departure: str, arrival: str) -> Item:
    return times.in_minutes(
        {"origin": origin, "destination": there, "departure_utc": departure, "arrival_utc": arrival}
    )


def idle(line: list[Item]) -> list[Spare]:
    """Whether the aircraft X is idle at the hub, AUH, where it stands between the flights of its line."""
    hub = "AUH" if not line else line[0]["origin"]
    came = [(hub, times.LONG_AGO), *((each["destination"], each["arrival_utc"]) for each in line)]
    leaves = [*(each["departure_utc"] for each in line), times.minutes("2026-11-25T00:00:00Z")]
    following = [*("N" for _ in line), ""]
    stays = [
        {"tail": "X", "type": "B789", "from_utc": since, "until_utc": until, "next_flight_id": after}
        for (place, since), until, after in zip(came, leaves, following, strict=True)
        if place == "AUH"
    ]
    able = may_be_idle(OPERATOR, PLANNED, stays)
    coming = {each["tail"]: line for each in able if each["from_utc"] > PLANNED["departure_utc"]}
    return idle_aircraft(able, PLANNED, coming, {"X": {"tail": "X", "type": "B789"}})


HOME = flown("LHR", "AUH", "2026-11-21T03:00:00Z", "2026-11-21T10:00:00Z")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ([], True),
        ([HOME], True),
        ([flown("AUH", "LHR", "2026-11-21T03:00:00Z", "2026-11-21T10:00:00Z")], False),
        ([HOME, flown("AUH", "LHR", "2026-11-22T23:59:00Z", "2026-11-23T07:00:00Z")], False),
        ([HOME, flown("AUH", "LHR", "2026-11-23T00:00:00Z", "2026-11-23T07:00:00Z")], False),
        ([HOME, flown("AUH", "LHR", "2026-11-23T00:01:00Z", "2026-11-23T07:00:00Z")], True),
        ([HOME, flown("AUH", "LHR", AT, "2026-11-21T19:00:00Z")], False),
        ([flown("LHR", "AUH", "2026-11-21T11:00:00Z", "2026-11-21T18:00:00Z")], True),
        ([flown("LHR", "AUH", "2026-11-21T13:00:00Z", "2026-11-21T20:00:00Z")], False),
        ([flown("LHR", "AUH", "2026-11-23T00:01:00Z", "2026-11-23T07:00:00Z")], False),
    ],
)
def test_idle_is_home_and_without_a_flight_for_36_hours(line: list[Item], expected: bool) -> None:
    assert bool(idle(line)) is expected


def test_an_idle_aircraft_is_on_ground_since_it_came() -> None:
    (spare,) = idle([HOME])
    assert spare.on_ground_from == HOME["arrival_utc"]
    away = flown("AUH", "LHR", "2026-11-23T00:01:00Z", "2026-11-23T07:00:00Z")
    (spare,) = idle([HOME, away])
    assert spare.on_ground_from == HOME["arrival_utc"]


def test_only_the_same_cabin_class_with_a_long_stay_is_looked_at() -> None:
    def stay(tail: str, kind: str, until: str, following: str) -> Item:
        return {
            "tail": tail,
            "type": kind,
            "from_utc": times.minutes(AT) - len(following),
            "until_utc": times.minutes(until),
            "next_flight_id": following,
        }

    stays = [
        stay("A", "B789", "2026-11-23T00:01:00Z", "N"), stay("B", "B789", "2026-11-22T20:00:00Z", "N"),
        stay("C", "A320", "2026-11-24T00:00:00Z", ""), stay("D", "A359", "2026-11-22T00:00:00Z", ""),
        stay("A6-PLN", "B789", "2026-11-24T00:00:00Z", ""),
    ]  # fmt: skip
    assert [each["tail"] for each in may_be_idle(OPERATOR, PLANNED, stays)] == ["A", "D"]
    ratings = {OPERATOR.types["A359"].rating}
    assert [each["tail"] for each in may_be_idle(OPERATOR, PLANNED, stays, ratings)] == ["D"]


def test_of_many_idle_aircraft_of_a_type_those_that_stand_there_first_are_looked_at() -> None:
    stays = [{"tail": f"{kind}-{number}", "type": kind} for kind in ("A320", "B789") for number in range(20)]
    kept = [each["tail"] for each in first_of_each_type(stays)]
    assert kept == [f"{kind}-{number}" for kind in ("A320", "B789") for number in range(IDLE_OF_A_KIND)]


def fetched(room: Any) -> Any:
    return next((option for option in room.options if option.action == "ferry_aircraft"), None)


def test_an_aircraft_on_ground_away_from_the_hub_is_replaced_from_there(decide: Decide, flights: Any) -> None:
    room = decide(flight="EY716", cause=Cause.TECHNICAL)
    chosen, flight = room.chosen, flights["EY716-2026-11-21"]
    assert chosen.action == "ferry_aircraft"
    assert not room.gaps
    assert chosen.parameters["ferried_by"].startswith("R-A320")
    assert chosen.fields["cause_cleared"] is True
    assert chosen.fields["turnaround_margin_minutes"] == 0
    # Called at the reporting time, 45 minutes to be ready, the flight there, 45 or 50 minutes to turn around.
    turnaround = {"A320": 45, "A321": 50}[chosen.fields["aircraft_type"]]
    ready = -60 + 45 + flight["block_minutes"] + turnaround
    assert chosen.fields["delay_minutes"] >= ready
    leaves = times.shift(chosen.fields["departure_utc"], -turnaround - flight["block_minutes"])
    assert chosen.parameters["ferry_departure_utc"] == leaves


def test_both_crews_must_be_legal(decide: Decide, rows: Any) -> None:
    found = fetched(decide(flight="EY716", cause=Cause.TECHNICAL))
    tight = [
        each | ({"duty_7_days_minutes": 3600 - 60, "duty_14_days_minutes": 3600} if "reserve_pool" in each else {})
        for each in rows["crews"]
    ]
    network = MemoryTables(PACK.tables, {**rows, "crews": tight})
    option = fetched(decide(network, flight="EY716", cause=Cause.TECHNICAL))
    assert option.fields["crew_cumulative_margin_minutes"] < 0
    assert found.fields["crew_cumulative_margin_minutes"] >= 0


def test_the_ferry_costs_its_hours_and_a_call(decide: Decide, flights: Any) -> None:
    room = decide(flight="EY716", cause=Cause.TECHNICAL)
    chosen, flight = room.chosen, flights["EY716-2026-11-21"]
    same = chosen.fields["aircraft_type"] == flight["type"]
    hourly = {"A320": 4200, "A321": 4700}[chosen.fields["aircraft_type"]]
    least = round(hourly * flight["block_minutes"] / 60) + 2500 + (3500 if same else 20000)
    assert chosen.fields["operating_cost_usd"] >= least


@pytest.mark.parametrize(("cause", "offered"), [(Cause.OTHER, True), (Cause.WEATHER, False), (Cause.CREW, False)])
def test_an_aircraft_is_fetched_only_for_what_another_one_helps_against(
    decide: Decide, cause: Cause, offered: bool
) -> None:
    assert (fetched(decide(flight="EY716", cause=cause, delay_minutes=240)) is not None) is offered


def test_out_of_the_hub_nothing_is_fetched(decide: Decide) -> None:
    assert fetched(decide(flight="EY17", cause=Cause.TECHNICAL)) is None


def test_a_check_counts_the_flight_there(decide: Decide, rows: Any) -> None:
    chosen = decide(flight="EY716", cause=Cause.TECHNICAL).chosen
    aircraft = [each | {"check_cycles_left": 1} if each["spare"] else each for each in rows["aircraft"]]
    network = MemoryTables(PACK.tables, {**rows, "aircraft": aircraft})
    room = decide(network, flight="EY716", cause=Cause.TECHNICAL)
    assert "aircraft.check" in room.violations(tail=fetched(room).fields["tail"])
    assert room.chosen.action != "ferry_aircraft" or room.chosen.fields["tail"] != chosen.fields["tail"]


FOG = {"visibility_m": 100, "ceiling_ft": 50}


def foggy(rows: Any, station: str) -> MemoryTables:
    weather = [each | (FOG if each["station"] == station else {}) for each in rows["weather"]]
    return MemoryTables(PACK.tables, {**rows, "weather": weather})


def test_an_aircraft_that_is_fetched_must_land_where_the_flight_leaves(decide: Decide, rows: Any, flights: Any) -> None:
    """Fog where the flight leaves does not keep it from leaving, but the empty aircraft from coming."""
    origin = flights["EY716-2026-11-21"]["origin"]
    room = decide(foggy(rows, origin), flight="EY716", cause=Cause.TECHNICAL)
    assert fetched(room).fields["weather_ok"] is False
    assert "airport.weather" in room.violations(tail=fetched(room).fields["tail"])
    assert room.chosen.action != "ferry_aircraft"
    delayed = decide(foggy(rows, origin), flight="EY716", cause=Cause.ATC, delay_minutes=30)
    assert delayed.chosen.fields["weather_ok"] is not False


def test_without_a_forecast_where_the_flight_leaves_nothing_is_fetched(decide: Decide, rows: Any, flights: Any) -> None:
    origin = flights["EY716-2026-11-21"]["origin"]
    weather = [each for each in rows["weather"] if each["station"] != origin]
    room = decide(MemoryTables(PACK.tables, {**rows, "weather": weather}), flight="EY716", cause=Cause.TECHNICAL)
    assert room.chosen.action != "ferry_aircraft"
    assert not room.gaps


def test_an_aircraft_that_is_fetched_counts_against_the_night_quota(decide: Decide, rows: Any, flights: Any) -> None:
    """A night period at the hub that only its take-off falls in."""
    leaves = fetched(decide(flight="EY716", cause=Cause.TECHNICAL)).parameters["ferry_departure_utc"]
    start, end = (times.local(times.minutes(leaves) + each, "Asia/Dubai").strftime("%H:%M") for each in (-1, 1))
    night = {"curfew_start": start, "curfew_end": end, "curfew_closed": False, "night_quota_left": 0.0}
    airports = [each | (night if each["iata"] == "AUH" else {}) for each in rows["airports"]]
    room = decide(MemoryTables(PACK.tables, {**rows, "airports": airports}), flight="EY716", cause=Cause.TECHNICAL)
    assert fetched(room).fields["noise_quota_ok"] is False
    assert "airport.noise" in room.violations(tail=fetched(room).fields["tail"])


def test_the_check_looks_at_the_flight_there_on_its_own(decide: Decide, rows: Any, flights: Any, tables: Any) -> None:
    """An option that says the empty aircraft may land in fog, in a closed airport or above its quota is contradicted."""
    origin = flights["EY716-2026-11-21"]["origin"]
    room = decide(flight="EY716", cause=Cause.TECHNICAL)
    there = fetched(room).parameters["ferry_departure_utc"]
    lands = times.minutes(there) + flights["EY716-2026-11-21"]["block_minutes"]
    zone = next(each["tz"] for each in rows["airports"] if each["iata"] == origin)
    start, end = (times.local(lands + minutes, zone).strftime("%H:%M") for minutes in (-1, 1))
    closed = {"curfew_start": start, "curfew_end": end, "curfew_closed": True, "curfew_source": "test"}
    quota = {"curfew_start": start, "curfew_end": end, "curfew_closed": False, "night_quota_left": 0.0}
    networks = [
        foggy(rows, origin),
        *(
            MemoryTables(
                PACK.tables,
                {**rows, "airports": [each | (night if each["iata"] == origin else {}) for each in rows["airports"]]},
            )
            for night in (closed, quota)
        ),
    ]
    for network in networks:
        told = ToolContext(incident=room.incident, options=[fetched(room)], tables=network, now=AT)
        (executed,) = run_checks(PACK.agent("regulatory"), told)
        assert [gap.item for gap in executed.result.gaps] == [f"options/{fetched(room).id}"]
