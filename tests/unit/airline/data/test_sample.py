from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise

import pytest
from conclave.pack.tables import Item
from packs.airline import times
from packs.airline.geography import Places
from packs.airline.rules.airports.limits import CURFEWS, curfew_violation_minutes
from packs.airline.rules.cargo import air_waybill_fault
from packs.airline.sample_data import sample
from packs.airline.sample_data.operator import HUB, TYPES

Rows = dict[str, list[Item]]


def test_two_hundred_and_fifty_flights_a_day_over_three_days(rows: Rows) -> None:
    assert len(rows["flights"]) == 750
    assert Counter(item["date"] for item in rows["flights"])["2026-11-21"] == 250
    assert len({item["flight_id"] for item in rows["flights"]}) == 750


def test_thirty_thousand_bookings_in_few_items(rows: Rows) -> None:
    assert len(rows["bookings"]) == 30_000
    assert sum(len(items) for items in rows.values()) <= 36_000


@pytest.mark.slow
def test_same_date_and_seed_give_the_same_network(rows: Rows) -> None:
    again = {name: list(items) for name, items in sample("2026-11-21", 1).items()}
    assert again == rows


@pytest.mark.slow
def test_another_seed_changes_loads_and_keeps_the_schedule(rows: Rows) -> None:
    other = list(sample("2026-11-21", 2)["flights"])
    assert [item["departure_utc"] for item in other] == [item["departure_utc"] for item in rows["flights"]]
    assert [item["booked"] for item in other] != [item["booked"] for item in rows["flights"]]


@pytest.mark.slow
@pytest.mark.parametrize("date", ["2026-02-05", "2026-07-15", "2027-03-28", "2026-10-25"])
def test_every_date_has_its_flight_to_london(date: str) -> None:
    ids = {item["flight_id"]: item["route"] for item in sample(date, 3)["flights"]}
    assert ids[f"EY17-{date}"] == "AUH-LHR"


def test_rotations_connect_in_space_and_time(rows: Rows) -> None:
    lines: dict[str, list[Item]] = {}
    for item in sorted(rows["flights"], key=lambda each: str(each["departure_utc"])):
        lines.setdefault(item["tail"], []).append(item)
    kinds = {item["tail"]: item["type"] for item in rows["aircraft"]}
    for tail, line in lines.items():
        assert line[0]["origin"] == HUB
        for before, after in pairwise(line):
            ground = times.minutes_between(before["arrival_utc"], after["departure_utc"])
            assert before["destination"] == after["origin"]
            assert ground >= TYPES[kinds[tail]].turnaround_minutes


def test_loads_fit_the_seats_and_are_the_sum_of_the_bookings(rows: Rows, flights: Mapping[str, Item]) -> None:
    booked: Counter[str] = Counter()
    for booking in rows["bookings"]:
        assert booking["pax"] > 0
        booked[booking["flight_id"]] += booking["pax"]
        if "onward_flight_id" in booking:
            booked[booking["onward_flight_id"]] += booking["pax"]
    assert all(item["booked"] == booked[key] <= item["seats"] for key, item in flights.items())


def test_connections_run_over_the_hub_with_time_to_change(rows: Rows, flights: Mapping[str, Item]) -> None:
    connecting = [booking for booking in rows["bookings"] if "onward_flight_id" in booking]
    assert len(connecting) > 6_000
    for booking in connecting:
        first, onward = flights[booking["flight_id"]], flights[booking["onward_flight_id"]]
        assert first["destination"] == onward["origin"] == HUB
        assert times.minutes_between(first["arrival_utc"], onward["departure_utc"]) >= 60


def test_every_flight_names_the_duty_that_flies_it(rows: Rows, flights: Mapping[str, Item]) -> None:
    for duty in rows["duties"]:
        assert {flights[each]["duty_id"] for each in duty["flights"]} == {duty["duty_id"]}


@pytest.mark.slow
@pytest.mark.parametrize("date", ["2026-11-21", "2026-07-15"])
def test_the_schedule_keeps_closed_airports_closed(date: str) -> None:
    network = sample(date, 1)
    zones = {item["iata"]: item["tz"] for item in network["airports"]}
    for flight in network["flights"]:
        for airport, moment in (
            (flight["origin"], flight["departure_utc"]),
            (flight["destination"], flight["arrival_utc"]),
        ):
            curfew = CURFEWS.get(airport)
            if curfew is None or not curfew.closed:
                continue
            minute = times.local_minute(times.minutes(moment), zones[airport])
            assert curfew_violation_minutes(minute, curfew.start, curfew.end) == 0, flight["flight_id"]


def test_every_reference_leads_somewhere_but_the_unpublished_roster(rows: Rows, flights: Mapping[str, Item]) -> None:
    tails = {item["tail"] for item in rows["aircraft"]}
    duties = {item["duty_id"] for item in rows["duties"]}
    crews = {item["crew_id"] for item in rows["crews"]}
    assert {item["tail"] for item in flights.values()} <= tails
    assert {item["crew_id"] for item in rows["duties"]} <= crews
    assert {item["flight_id"] for item in rows["shipments"]} <= set(flights)
    unpublished = {key for key, item in flights.items() if item["duty_id"] not in duties}
    assert {key[:5] for key in unpublished} <= {"EY416", "EY417"}
    assert "EY416-2026-11-21" in unpublished


def test_cargo_of_all_kinds_is_on_board(rows: Rows) -> None:
    kinds = Counter(item["kind"] for item in rows["shipments"])
    assert set(kinds) == {"general", "cold_chain", "dangerous_goods", "live_animals"}
    assert min(kinds.values()) >= 20


def test_nobody_connects_far_out_of_the_way(rows: Rows, flights: Mapping[str, Item]) -> None:
    """From London over Abu Dhabi to Paris nobody flies."""
    connecting = [item for item in rows["bookings"] if "onward_flight_id" in item]
    assert len(connecting) > 5_000
    for item in connecting:
        first, second = flights[item["flight_id"]], flights[item["onward_flight_id"]]
        direct = Places().km(first["origin"], second["destination"])
        assert direct is not None
        assert first["distance_km"] + second["distance_km"] <= 1.5 * direct + 2


def test_air_waybills_have_their_check_digit(rows: Rows) -> None:
    assert [item["awb"] for item in rows["shipments"] if air_waybill_fault(item["awb"])] == []
    assert len({item["awb"] for item in rows["shipments"]}) == len(rows["shipments"])
