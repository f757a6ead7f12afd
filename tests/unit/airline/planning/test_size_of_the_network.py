"""A plan looks at as much in a large network as in a small one: operations and requests are counted, never seconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

import pytest
from airline_rows import DAY, OPERATOR, at, flight
from conclave.codec import convert
from conclave.pack.tables import Batch, Item, Key, Only, ReadOnce, Tables
from conclave.testing.tables import MemoryTables
from hypothesis import given
from hypothesis import strategies as st
from packs.airline import PACK, times
from packs.airline.geography import Places
from packs.airline.models import Incident
from packs.airline.planning import crewing, reaccommodation, reserve_pool
from packs.airline.planning.entitlements.rights import Rights
from packs.airline.planning.reaccommodation import Journeys
from packs.airline.planning.seats import onward, seat_solver
from packs.airline.rules.passengers.circumstances import ruling
from packs.airline.sample_data import generate

NOW = "2026-11-20T18:00:00Z"
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
        self.items = 0

    def get(self, table: str, keys: Iterable[Key]) -> Batch:
        return self.get_across({table: keys})[table]

    def get_across(self, wanted: Mapping[str, Iterable[Key]]) -> dict[str, Batch]:
        asked = {table: list(dict.fromkeys(keys)) for table, keys in wanted.items()}
        self.requests += -(-sum(map(len, asked.values())) // 100)
        return self._tables.get_across(asked)

    def query(
        self, table: str, values: Iterable[str], index: str = "", only: Only | None = None
    ) -> dict[str, list[Item]]:
        asked = list(dict.fromkeys(values))
        self.requests += len(asked)
        return self._tables.query(table, asked, index, only)


@cache
def network(flights: int) -> MemoryTables:
    return MemoryTables(PACK.tables, generate("2026-11-21", 1, flights))


def planned(flights: int, incident: Mapping[str, Any]) -> int:
    """Requests that a plan made."""
    tables = Counted(network(flights))
    once = ReadOnce(tables)
    resolved = PACK.resolve(convert({**incident, "date": "2026-11-21"}, Incident), once, NOW)
    PACK.plan(resolved, once, NOW)
    return tables.requests


def counting(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, counts: Counter[str]) -> None:
    """Counts the calls of a function."""
    work: Callable[..., Any] = getattr(module, name)

    def counted(*values: Any, **named: Any) -> Any:
        counts[name] += 1
        return work(*values, **named)

    monkeypatch.setattr(module, name, counted)


@pytest.mark.slow
def test_requests_do_not_follow_the_fleet() -> None:
    small, large = (sum(planned(flights, each) for each in INCIDENTS) for flights in (SMALL, LARGE))
    assert large <= 1.35 * small


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
    found, gaps = reserve_pool.read_reserves(OPERATOR, "AUH", ["B787"], at("12:00"), tables)
    return [each["crew_id"] for each in found["B787"]], [each.detail for each in gaps]


def test_of_reserve_crews_that_are_alike_the_first_is_looked_at() -> None:
    alike = [reserve(f"R{number}", "08:00") for number in range(5)]
    assert reserves([*alike, reserve("S", "08:00", previous_duty_minutes=500)]) == (["R0", "S"], [])


def test_of_many_different_reserve_crews_the_nearest_are_looked_at_and_a_gap_says_so() -> None:
    many = [
        reserve(f"R{number:03}", f"{number % 24:02}:00", previous_duty_minutes=400 + number) for number in range(240)
    ]
    found, gaps = reserves(many)
    assert len(found) == 200
    assert {f"R{number:03}" for number in range(4, 13)} <= set(found)
    assert gaps == ["200 of 240 different reserve crews were looked at, those on standby nearest to the departure"]
