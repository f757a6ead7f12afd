"""The generator at several sizes, checked by the evaluation's own rules."""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from airline_rows import OPERATOR
from packs.airline import PACK
from packs.airline.sample_data import generate, sample
from packs.airline.sample_data.operator import CARRIER, HUB, TYPES

from evaluation.airline.rules.clock import local_minute, minutes
from evaluation.airline.rules.duties import cumulative_room
from evaluation.airline.rules.extras import etops_margin, farthest_kilometres
from evaluation.airline.rules.regulations import closed_minutes
from evaluation.data import Rows as Exact

pytestmark = pytest.mark.slow

Rows = dict[str, list[Any]]
SIZES = [(50, "2026-02-05"), (118, "2026-07-15"), (250, "2026-10-25"), (640, "2027-03-28")]


@cache
def network(flights: int, date: str) -> Rows:
    return {name: list(items) for name, items in generate(date, 7, flights).items()}


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]} flights")
def sized(request: pytest.FixtureRequest) -> tuple[int, str, Rows]:
    flights, date = request.param
    return flights, date, network(flights, date)


def test_a_day_has_the_flights_that_were_asked_for(sized: tuple[int, str, Rows]) -> None:
    flights, date, rows = sized
    # A change of the clock moves a return over midnight, so that a date may have one flight fewer of a number.
    assert flights - 4 <= Counter(item["date"] for item in rows["flights"])[date] <= flights
    assert len({item["flight_id"] for item in rows["flights"]}) == 3 * flights
    declared = {table.name: table for table in PACK.tables}
    for name, items in rows.items():
        assert len({declared[name].key_of(item) for item in items}) == len(items), name


def test_aircraft_are_where_their_next_flight_leaves(sized: tuple[int, str, Rows]) -> None:
    lines: dict[str, list[Any]] = {}
    for flight in sorted(sized[2]["flights"], key=lambda item: str(item["departure_utc"])):
        lines.setdefault(flight["tail"], []).append(flight)
    for line in lines.values():
        assert line[0]["origin"] == HUB
        for before, after in pairwise(line):
            ground = minutes(after["departure_utc"]) - minutes(before["arrival_utc"])
            assert before["destination"] == after["origin"]
            assert ground >= TYPES[after["type"]].turnaround_minutes


def test_crews_are_in_one_place_at_a_time(sized: tuple[int, str, Rows]) -> None:
    rows = sized[2]
    flights = {item["flight_id"]: item for item in rows["flights"]}
    duties: dict[str, list[Any]] = {}
    for duty in rows["duties"]:
        duties.setdefault(duty["crew_id"], []).append(duty)
    published = [line for line in duties.values() if not any("EY417" in duty["duty_id"] for duty in line)]
    for line in published:
        for before, after in pairwise(sorted(line, key=lambda item: str(item["report_utc"]))):
            assert before["release_utc"] < after["report_utc"]
            assert flights[before["flights"][-1]]["destination"] == flights[after["flights"][0]]["origin"]


def test_aircraft_fly_their_flights_before_a_check_falls_due(sized: tuple[int, str, Rows]) -> None:
    rows = sized[2]
    tight = 0
    for aircraft in rows["aircraft"]:
        line = [item for item in rows["flights"] if item["tail"] == aircraft["tail"]]
        spare_minutes = aircraft["check_hours_left"] * 60 - sum(item["block_minutes"] for item in line)
        assert spare_minutes >= 0, aircraft["tail"]
        assert aircraft["check_cycles_left"] >= len(line)
        assert all(aircraft["check_due_date"] >= item["arrival_utc"][:10] for item in line)
        tight += spare_minutes < 600 or aircraft["check_cycles_left"] < len(line) + 4
    assert 0 < tight < len(rows["aircraft"]) / 4


def test_diversion_times_allow_the_planned_flights(sized: tuple[int, str, Rows]) -> None:
    rows = sized[2]
    case = Exact(PACK.tables, rows)
    limited = [item for item in rows["mel_items"] if "etops_minutes" in item]
    assert limited or sized[0] < 100
    for flight in rows["flights"]:
        items = [item for item in limited if item["tail"] == flight["tail"]]
        farthest = farthest_kilometres(case, CARRIER, flight["origin"], flight["destination"], flight["type"])
        margin = etops_margin(farthest, TYPES[flight["type"]], items)
        assert margin is None or margin >= 0, flight["flight_id"]


def test_crews_stay_within_the_limits_of_weeks(sized: tuple[int, str, Rows]) -> None:
    rows = sized[2]
    flights = {item["flight_id"]: item for item in rows["flights"]}
    margins: list[int] = []
    earlier: dict[str, int] = {}
    for duty in sorted(rows["duties"], key=lambda item: str(item["report_utc"])):
        length = minutes(duty["release_utc"]) - minutes(duty["report_utc"])
        margin = cumulative_room(
            OPERATOR, duty, duty=length, block=sum(flights[key]["block_minutes"] for key in duty["flights"])
        )
        assert margin is not None
        margins.append(margin)
        assert duty["duty_7_days_minutes"] <= duty["duty_14_days_minutes"] <= duty["duty_28_days_minutes"]
        assert duty["duty_7_days_minutes"] >= earlier.get(duty["crew_id"], duty["previous_duty_minutes"])
        earlier[duty["crew_id"]] = duty["duty_7_days_minutes"] + length
    assert min(margins) >= 0
    assert sum(margin < 120 for margin in margins) < len(margins) / 4
    assert all("duty_28_days_minutes" in item for item in rows["crews"] if "reserve_pool" in item)


def test_other_carriers_fly_routes_of_the_network_between_open_airports(sized: tuple[int, str, Rows]) -> None:
    rows = sized[2]
    airports = {item["iata"]: item for item in rows["airports"]}
    routes = Counter(item["route"] for item in rows["flights"])
    a_day = Counter((item["route"], item["other_id"][:10]) for item in rows["other_flights"])
    assert len(rows["other_flights"]) >= len(routes) / 2
    assert max(a_day.values()) <= 8
    for item in rows["other_flights"]:
        assert item["route"] in routes
        assert item["other_id"] == f"{item['departure_utc']}#{item['number']}"
        for end, moment in zip(item["route"].split("-"), ("departure_utc", "arrival_utc"), strict=True):
            airport = airports[end]
            minute = local_minute(minutes(item[moment]), airport["tz"])
            if airport["curfew_closed"]:
                assert not closed_minutes(minute, airport["curfew_start"], airport["curfew_end"])


def test_leases_are_offered_at_the_hub_and_not_all_are_approved() -> None:
    offers = [item for seed in range(4) for item in generate("2026-11-21", seed, 50)["lease_offers"]]
    tails = {item["tail"] for item in network(250, "2026-10-25")["aircraft"]}
    assert {item["approved"] for item in offers} == {True, False}
    for item in offers:
        assert item["station_day"] == f"{HUB}#{item['available_from_utc'][:10]}"
        assert item["available_from_utc"] < item["available_until_utc"]
        assert item["tail"] not in tails


def test_a_night_quota_is_left_where_the_airport_has_one(sized: tuple[int, str, Rows]) -> None:
    for item in sized[2]["airports"]:
        assert ("night_quota_left" in item) is bool(item["curfew_start"] and not item["curfew_closed"])


def test_closed_airports_have_no_planned_movements(sized: tuple[int, str, Rows]) -> None:
    rows = sized[2]
    airports = {item["iata"]: item for item in rows["airports"]}
    for flight in rows["flights"]:
        for end, moment in (("origin", "departure_utc"), ("destination", "arrival_utc")):
            airport = airports[flight[end]]
            if airport["curfew_closed"]:
                minute = local_minute(minutes(flight[moment]), airport["tz"])
                assert not closed_minutes(minute, airport["curfew_start"], airport["curfew_end"]), flight["flight_id"]


def test_bookings_fit_seats_and_connect(sized: tuple[int, str, Rows]) -> None:
    rows = sized[2]
    flights = {item["flight_id"]: item for item in rows["flights"]}
    booked: Counter[str] = Counter()
    for booking in rows["bookings"]:
        booked[booking["flight_id"]] += booking["pax"]
        if "onward_flight_id" in booking:
            first, onward = flights[booking["flight_id"]], flights[booking["onward_flight_id"]]
            booked[booking["onward_flight_id"]] += booking["pax"]
            assert first["destination"] == onward["origin"] == HUB
            assert minutes(onward["departure_utc"]) - minutes(first["arrival_utc"]) >= 60
    assert all(item["booked"] == booked[key] <= item["seats"] for key, item in flights.items())


def load(rows: Rows, *, over_km: int = 0, under_km: int = 99_999) -> float:
    flights = [item for item in rows["flights"] if over_km <= item["distance_km"] < under_km]
    return float(sum(item["booked"] for item in flights) / sum(item["seats"] for item in flights))


def test_loads_follow_season_and_distance() -> None:
    july, february = network(250, "2026-07-15"), network(250, "2026-02-05")
    assert load(july) > load(february) + 0.04
    assert load(july, over_km=8_000) > load(july, under_km=1_500) + 0.02


def test_the_sample_is_the_ordinary_size() -> None:
    assert {name: list(items) for name, items in sample("2026-05-01", 3).items()} == {
        name: list(items) for name, items in generate("2026-05-01", 3, 250, 3).items()
    }


def test_one_day_is_enough() -> None:
    rows = {name: list(items) for name, items in generate("2026-05-01", 3, 60, 1).items()}
    assert len(rows["flights"]) == 60


@pytest.mark.parametrize(("flights", "days"), [(48, 3), (4_002, 3), (251, 3), (250, 0), (250, 99)])
def test_sizes_out_of_range_are_refused(flights: int, days: int) -> None:
    with pytest.raises(ValueError, match=str(days if flights == 250 else flights)):
        generate("2026-05-01", 1, flights, days)
