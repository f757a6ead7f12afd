"""A plan looks at as much in a large network as in a small one: operations and requests are counted, never seconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from typing import Any

import pytest
from airline_rows import DAY, OPERATOR, flight
from conclave.codec import convert
from conclave.pack import Option, Plan
from conclave.pack.tables import Batch, Between, Item, Key, Only, ReadOnce, Tables
from conclave.testing.tables import MemoryTables
from hypothesis import given
from hypothesis import strategies as st
from packs.airline import PACK, times
from packs.airline.geography import Places
from packs.airline.models import Incident
from packs.airline.planning import crewing, reaccommodation
from packs.airline.planning.entitlements.rights import Rights
from packs.airline.planning.reaccommodation import Journeys
from packs.airline.planning.reads import reserve_pool, spans
from packs.airline.planning.seats import onward, seat_solver
from packs.airline.rules.passengers.circumstances import ruling
from packs.airline.sample_data import generate

NOW = "2026-11-20T18:00:00Z"
DAY_BEFORE, IN_TWO_DAYS = "2026-11-20", "2026-11-23"
SMALL, LARGE = 100, 800
INCIDENTS = (
    {"flight": "EY17", "problems": [{"cause": "technical"}]},
    {"flight": "EY454", "problems": [{"cause": "crew"}]},
    {"flight": "EY800", "problems": [{"cause": "late_inbound", "minutes": 150}]},
    {"flight": "EY716", "problems": [{"cause": "technical"}]},
    {"flight": "EY1", "problems": [{"cause": "atc", "minutes": 90}]},
)


class Counted(Tables):
    """Tables whose requests are counted as DynamoDB would be asked: a hundred keys, or a partition, a request."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.requests = 0
        self.items: Counter[str] = Counter()

    def get(self, table: str, keys: Iterable[Key]) -> Batch:
        return self.get_across({table: keys})[table]

    def get_across(self, wanted: Mapping[str, Iterable[Key]]) -> dict[str, Batch]:
        asked = {table: list(dict.fromkeys(keys)) for table, keys in wanted.items()}
        self.requests += -(-sum(map(len, asked.values())) // 100)
        found = self._tables.get_across(asked)
        self.items.update({table: len(batch.items) for table, batch in found.items()})
        return found

    def query(
        self, table: str, values: Iterable[str], index: str = "", only: Only | None = None
    ) -> dict[str, list[Item]]:
        asked = list(dict.fromkeys(values))
        self.requests += len(asked)
        found = self._tables.query(table, asked, index, only)
        self.items[table] += sum(map(len, found.values()))
        return found


@cache
def network(flights: int) -> MemoryTables:
    return MemoryTables(PACK.tables, generate("2026-11-21", 1, flights))


def planned(flights: int, incident: Mapping[str, Any]) -> Counted:
    """The tables that a plan read."""
    tables = Counted(network(flights))
    plan_of(incident, tables)
    return tables


def plan_of(incident: Mapping[str, Any], tables: Tables) -> Plan:
    once = ReadOnce(tables)
    resolved = PACK.resolve(convert({**incident, "date": "2026-11-21"}, Incident), once, NOW)
    return PACK.plan(resolved, once, NOW)


def options(incident: Mapping[str, Any]) -> Sequence[Option]:
    return plan_of(incident, network(LARGE)).options


def counting(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, counts: Counter[str]) -> None:
    """Counts the calls of a function."""
    work: Callable[..., Any] = getattr(module, name)

    def counted(*values: Any, **named: Any) -> Any:
        counts[name] += 1
        return work(*values, **named)

    monkeypatch.setattr(module, name, counted)


@pytest.mark.slow
def test_requests_and_rows_do_not_follow_the_fleet() -> None:
    small, large = (list(map(partial(planned, flights), INCIDENTS)) for flights in (SMALL, LARGE))
    assert sum(each.requests for each in large) <= 1.35 * sum(each.requests for each in small)
    rows = [sum((each.items for each in found), Counter[str]()) for found in (small, large)]
    # Eight times the flights: what grows are routes, whose flights are as many times as dense.
    assert rows[1].total() <= 2.5 * rows[0].total()
    assert rows[1]["ground_times"] <= 6 * rows[0]["ground_times"]


@pytest.mark.slow
def test_what_lies_outside_of_what_is_read_changes_no_option(monkeypatch: pytest.MonkeyPatch) -> None:
    bounded = [options(each) for each in INCIDENTS]
    monkeypatch.setattr(spans, "_span", lambda first, last: Between(spans.BEFORE_EVERY_TIME, spans.AFTER_EVERY_TIME))
    assert [options(each) for each in INCIDENTS] == bounded


@pytest.mark.slow
def test_crews_and_ways_of_passengers_do_not_follow_the_fleet(monkeypatch: pytest.MonkeyPatch) -> None:
    counts: Counter[str] = Counter()
    counting(monkeypatch, crewing, "work_of", counts)
    counting(monkeypatch, reaccommodation, "_each", counts)
    made = []
    for flights in (SMALL, LARGE):
        counts.clear()
        for each in INCIDENTS:
            planned(flights, each)
        made.append(dict(counts))
    small, large = made
    # Eight times the flights: what grows are the flights that crews and passengers may come on.
    assert large["work_of"] <= 3.5 * small["work_of"]
    assert large["_each"] <= 8 * small["_each"]


def seated(brought: int, going_on: int, **cells: Any) -> Journeys:
    """Journeys of 60 passengers, half of them with an onward flight, over so many flights with 20 free seats each."""
    first = flight("F", "LHR", "AUH", "08:00", "15:00", distance_km=5517)
    booked = flight("N", "AUH", "BOM", "16:30", "19:30")
    every = [
        flight(f"L{number}", "LHR", "AUH", "08:00", "15:00", seats=70) | _after(first, 20 * (number + 1))
        for number in range(brought)
    ]
    on = [
        flight(f"M{number}", "AUH", "BOM", "16:30", "19:30", seats=70) | _after(booked, 15 * (number + 1))
        for number in range(going_on)
    ]
    bookings: list[Item] = [
        {"booking_id": f"B{number}", "flight_id": "F", "pax": 2, "tier": ""}
        | ({"onward_flight_id": "N"} if number % 2 else {})
        for number in range(30)
    ]
    values: dict[str, Any] = {
        "flight": first,
        "bookings": bookings,
        "later": every,
        "others": {"N": booked},
        "onward_later": {"AUH-BOM": [booked, *on]},
        "connection_minutes": 60,
    }
    return Journeys(rights=Rights(OPERATOR, Places(), ruling("technical"), otherwise_km=5517), **values | cells)


def _after(planned: Item, minutes: int) -> Item:
    return {name: planned[name] + minutes for name in ("departure_utc", "arrival_utc")}


def test_the_programme_of_seats_does_not_grow_with_the_flights(monkeypatch: pytest.MonkeyPatch) -> None:
    columns: list[int] = []

    def assign(groups: Any, seats: Any, **how: Any) -> Any:
        columns.append(sum(len(each.ways) for each in groups))
        return solve(groups, seats, **how)

    solve = seat_solver.assign
    monkeypatch.setattr(seat_solver, "assign", assign)
    for size in (20, 80):
        seated(size, size).cancel()
    few, many = columns
    assert many == few


def test_an_onward_flight_is_judged_once_for_all_flights_that_bring_a_party_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counts: Counter[str] = Counter()
    counting(monkeypatch, onward.Onward, "_late", counts)
    seated(40, 40).cancel()
    assert counts["_late"] == 41


MINUTES = st.integers(0, 600)
SEATS = st.integers(50, 62)
FLIGHTS = st.lists(st.tuples(MINUTES, SEATS), max_size=16)
PARTIES = st.lists(
    st.tuples(st.integers(1, 4), st.sampled_from(["", "gold", "platinum"]), st.booleans()), min_size=1, max_size=16
)


def least(journeys: Journeys) -> int:
    """What the programme minimises, of all who are moved when the flight is cancelled."""
    weights = {"gold": 12, "platinum": 13}
    return sum(
        parties
        * kind.size
        * weights.get(kind.tier, 10)
        * (2880 if not travel.first else travel.delay + 120 * travel.others)
        for kind, parties, travel in journeys.travels(None, 0, {})
    )


@pytest.mark.slow
@given(later=FLIGHTS, on=FLIGHTS, bought=FLIGHTS, parties=PARTIES)
def test_ways_that_are_left_out_are_never_the_best(
    later: list[tuple[int, int]],
    on: list[tuple[int, int]],
    bought: list[tuple[int, int]],
    parties: list[tuple[int, str, bool]],
) -> None:
    first = flight("F", "LHR", "AUH", "08:00", "15:00", distance_km=5517)
    booked = flight("N", "AUH", "BOM", "16:30", "19:30")
    cells: dict[str, Any] = {
        "bookings": [
            {"booking_id": f"B{number}", "flight_id": "F", "pax": pax, "tier": tier}
            | ({"onward_flight_id": "N"} if connects else {})
            for number, (pax, tier, connects) in enumerate(parties)
        ],
        "later": [
            flight(f"L{number}", "LHR", "AUH", "08:00", "15:00", seats=seats) | _after(first, minutes)
            for number, (minutes, seats) in enumerate(later)
        ],
        "onward_later": {
            "AUH-BOM": [
                booked,
                *(
                    flight(f"M{number}", "AUH", "BOM", "16:30", "19:30", seats=seats) | _after(booked, minutes)
                    for number, (minutes, seats) in enumerate(on)
                ),
            ]
        },
        "other_carriers": {
            "LHR-AUH": [
                {"route": "LHR-AUH", "other_id": f"X{number}", "seats_free": seats - 50, "fare_usd": seats}
                | _after(first, minutes)
                for number, (minutes, seats) in enumerate(bought)
            ]
        },
    }
    sums = []
    for few in (-1, 1_000):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reaccommodation, "FEW_OWN_FLIGHTS", few)
            sums.append(least(seated(0, 0, **cells)))
    narrowed, whole = sums
    assert narrowed == whole


def reserve(name: str, begins: str, **cells: Any) -> Item:
    begin = f"{DAY}T{begins}:00Z"
    return {
        "crew_id": name,
        "rating": "B787",
        "base": "AUH",
        "pilots": 2,
        "reserve_pool": f"AUH#B787#{DAY}",
        "standby_start_utc": begin,
        "standby_end_utc": times.shift(begin, 480),
        "previous_end_utc": times.shift(begin, -1800),
        "previous_duty_minutes": 600,
        "rest_class": 1,
        **cells,
    }


def reserves(crews: list[Item]) -> tuple[list[str], list[str]]:
    tables = times.InMinutes(MemoryTables(PACK.tables, {"crews": crews}))
    leaving = flight("F", "AUH", "LHR", "12:00", "19:00", distance_km=5517)
    found, gaps = reserve_pool.read_reserves(OPERATOR, leaving, ["B787"], Places(), tables)
    return [each["crew_id"] for each in found["B787"]], [each.detail for each in gaps]


def test_of_reserve_crews_that_are_alike_the_first_is_looked_at() -> None:
    alike = [reserve(f"R{number}", "08:00") for number in range(5)]
    assert reserves([*alike, reserve("S", "08:00", previous_duty_minutes=500)]) == (["R0", "S"], [])


def test_of_crews_that_differ_in_their_totals_only_those_with_room_are_looked_at_once_there_are_three() -> None:
    worked = [4000, 3000, 1000, 3500, 2900, 1200, 900, 800]
    crews = [reserve(f"R{number}", "08:00", duty_7_days_minutes=each) for number, each in enumerate(worked)]
    # A later one has more room than all but two before it; below 1,680 minutes there is room for any duty.
    assert reserves(crews) == (["R0", "R1", "R2", "R3", "R4", "R5", "R6"], [])


@given(worked=st.lists(st.integers(0, 3600), max_size=12), duty=st.integers(0, 1440))
def test_the_first_crew_that_has_room_is_never_left_out(worked: list[int], duty: int) -> None:
    crews = [reserve(f"R{number:02}", "08:00", duty_7_days_minutes=each) for number, each in enumerate(worked)]
    in_minutes = [times.in_minutes(each) for each in crews]
    kept = reserve_pool.without_alike(OPERATOR, in_minutes, Places(), most=1)
    able = [
        [each["crew_id"] for each in found if each["duty_7_days_minutes"] + duty <= 3600] for found in (crews, kept)
    ]
    assert able[0][:1] == able[1][:1]


def test_of_crews_without_rest_three_are_looked_at() -> None:
    tired = [
        reserve(f"R{number}", "08:00", previous_end_utc=f"{DAY}T04:00:00Z", duty_7_days_minutes=100 * (9 - number))
        for number in range(8)
    ]
    assert reserves(tired) == (["R0", "R1", "R2"], [])


def test_crews_whose_standby_lets_nobody_report_for_the_flight_are_not_read() -> None:
    early = reserve("E", "00:00", standby_end_utc=f"{DAY_BEFORE}T23:00:00Z")
    late = reserve("L", "00:00", standby_start_utc=f"{IN_TWO_DAYS}T01:00:00Z")
    assert reserves([early, reserve("R", "08:00"), late]) == (["R"], [])


def test_of_many_different_reserve_crews_the_nearest_are_looked_at_and_a_gap_says_so() -> None:
    many = [
        reserve(f"R{number:03}", f"{number % 24:02}:00", previous_duty_minutes=400 + number) for number in range(240)
    ]
    found, gaps = reserves(many)
    assert len(found) == 200
    assert {f"R{number:03}" for number in range(4, 13)} <= set(found)
    assert gaps == ["200 of 240 different reserve crews were looked at, those on standby nearest to the departure"]
