"""Loaded rows that do not fit one another: each kind is found, refused or told, and the sample has none of them."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from conclave.pack.tables import Item
from packs.airline.consistency import doubts
from packs.airline.sample_data import generate
from packs.airline.times import shift

Rows = dict[str, list[Item]]


@pytest.fixture(scope="module")
def network() -> Rows:
    return {name: list(items) for name, items in generate("2026-11-21", 1, 50).items()}


def copied(rows: Rows) -> Rows:
    """The rows with all that is in them; five times as fast as ``copy.deepcopy``, which each case would wait for."""
    copy: Rows = pickle.loads(pickle.dumps(rows))  # its own bytes
    return copy


def first(rows: Rows, table: str, **cells: Any) -> Item:
    return next(each for each in rows[table] if all(each.get(name) == value for name, value in cells.items()))


def found(rows: Rows) -> set[tuple[str, str, bool]]:
    return {(each.table, each.column, each.refused) for each in doubts(rows)}


@pytest.mark.parametrize(("date", "seed"), [("2026-11-21", 1), ("2026-03-29", 2), ("2026-10-25", 3)])
def test_the_sample_fits_but_for_the_roster_that_it_leaves_out(date: str, seed: int) -> None:
    rows = {name: list(items) for name, items in generate(date, seed, 50).items()}
    assert found(rows) == {("flights", "duty_id", False)}
    assert all("roster is published" in each.message for each in doubts(rows))


def set_cell(table: str, cell: str, value: Any, **of: Any) -> Callable[[Rows], None]:
    """Spoils a cell of the sixth row, or of the first one that has these cells."""

    def spoil(rows: Rows) -> None:
        row = first(rows, table, **of) if of else rows[table][5]
        row[cell] = value(row) if callable(value) else value

    return spoil


def set_first(table: str, cell: str, value: Any) -> Callable[[Rows], None]:
    def spoil(rows: Rows) -> None:
        rows[table][0][cell] = value

    return spoil


def other_tail(rows: Rows) -> None:
    """Two flights at once: the second takes the aircraft of the first."""
    one, other = (first(rows, "flights", number=number, date="2026-11-21") for number in ("EY17", "EY33"))
    other |= {"tail": one["tail"], "departure_utc": one["departure_utc"], "arrival_utc": one["arrival_utc"]}
    other |= {"type": one["type"], "block_minutes": one["block_minutes"]}


def other_onward(rows: Rows) -> None:
    booking = next(each for each in rows["bookings"] if "onward_flight_id" in each)
    booking["onward_flight_id"] = booking["flight_id"]


def early_onward(rows: Rows) -> None:
    booking = next(each for each in rows["bookings"] if "onward_flight_id" in each)
    arrives = first(rows, "flights", flight_id=booking["flight_id"])["arrival_utc"]
    onward = first(rows, "flights", flight_id=booking["onward_flight_id"])
    onward |= {"departure_utc": shift(arrives, -60), "arrival_utc": shift(arrives, onward["block_minutes"] - 60)}


def reversed_duty(rows: Rows) -> None:
    next(each for each in rows["duties"] if len(each["flights"]) > 1)["flights"].reverse()


def short_forecast(rows: Rows) -> None:
    rows["weather"] = [each for each in rows["weather"] if each["from_utc"] < "2026-11-21T12:00:00Z"]


def ended_forecast(rows: Rows) -> None:
    """Its periods begin until two days after the flights, and say that they end before."""
    for each in rows["weather"]:
        each["until_utc"] = "2026-11-19T00:00:00Z"


def no_alternates(rows: Rows) -> None:
    del rows["alternates"]


CASES: list[tuple[str, bool, Callable[[Rows], None]]] = [
    ("flights.arrival_utc", True, set_cell("flights", "arrival_utc", lambda each: shift(each["departure_utc"], -5))),
    ("flights.block_minutes", True, set_cell("flights", "block_minutes", lambda each: each["block_minutes"] + 5)),
    ("flights.route", True, set_cell("flights", "route", "AUH-XXX")),
    ("flights.date", True, set_cell("flights", "date", "2026-12-24")),
    ("flights.type", True, set_cell("flights", "type", "B77W")),
    ("flights.seats", True, set_cell("flights", "seats", 900)),
    ("flights.distance_km", False, set_cell("flights", "distance_km", 39_000)),
    ("flights.booked", False, set_cell("flights", "booked", lambda each: each["seats"] + 1)),
    ("flights.booked", False, set_cell("flights", "booked", lambda each: each["booked"] - 1)),
    ("flights.tail", True, other_tail),
    ("flights.duty_id", True, set_cell("flights", "duty_id", lambda each: "D-EY17-2026-11-21")),
    ("ground_times.type", True, set_cell("ground_times", "type", "B77W")),
    ("ground_times.slot", True, set_cell("ground_times", "slot", lambda each: each["tail"])),
    ("other_flights.other_id", True, set_cell("other_flights", "other_id", lambda each: each["number"])),
    ("ground_times.until_utc", True, set_cell("ground_times", "until_utc", "2026-01-01T00:00:00Z")),
    ("duties.release_utc", True, set_cell("duties", "release_utc", lambda each: shift(each["report_utc"], 5))),
    ("duties.release_utc", True, set_cell("duties", "release_utc", lambda each: shift(each["report_utc"], -5))),
    ("duties.report_utc", True, set_cell("duties", "report_utc", lambda each: shift(each["release_utc"], -5))),
    ("duties.rating", True, set_cell("duties", "rating", "A999")),
    ("duties.flights", True, reversed_duty),
    ("duties.starts_at_base", False, set_cell("duties", "starts_at_base", lambda each: not each["starts_at_base"])),
    ("duties.ends_at_base", False, set_cell("duties", "ends_at_base", lambda each: not each["ends_at_base"])),
    ("duties.report_utc", False, set_cell("duties", "report_utc", lambda each: shift(each["report_utc"], -700))),
    ("duties.previous_end_utc", False, set_cell("duties", "previous_end_utc", lambda each: shift(each["report_utc"], -60))),
    ("duties.next_report_utc", False, set_cell("duties", "next_report_utc", lambda each: shift(each["release_utc"], 60))),
    ("crews.reserve_pool", True, set_cell("crews", "reserve_pool", "XXX#A320#2026-11-21")),
    ("bookings.onward_flight_id", True, other_onward),
    ("bookings.onward_flight_id", True, early_onward),
    ("operators.currency", True, set_first("operators", "currency", "CHF")),
    ("figures.carrier", True, set_cell("figures", "carrier", "XY")),
    ("figures.unit", True, set_cell("figures", "unit", "parsec")),
    ("figures.unit", True, set_cell("figures", "unit", lambda each: "CHF", name="meal_cost")),
    ("words.value", True, set_first("words", "value", "XY")),
    ("alternates.carrier", True, set_cell("alternates", "carrier", "XY")),
    ("flights.number", True, set_cell("flights", "number", "XY17")),
    ("aircraft.rating", True, set_cell("aircraft", "rating", "B777")),
    ("crews.rating", True, set_cell("crews", "rating", "A220")),
    ("crews.base", False, set_first("operators", "hubs", ["LHR"])),
    ("airports.lat", False, set_cell("airports", "lat", 0.0)),
    ("airports.country", False, set_cell("airports", "country", "IS")),
    ("airports.tz", False, set_cell("airports", "tz", "America/New_York")),
    ("flights.route", False, no_alternates),
    ("flights.arrival_utc", False, short_forecast),
    ("flights.arrival_utc", False, ended_forecast),
]  # fmt: skip


@pytest.mark.parametrize(
    ("place", "refused", "spoil"), CASES, ids=[f"{number}-{case[0]}" for number, case in enumerate(CASES)]
)
def test_what_does_not_fit_is_found(network: Rows, place: str, refused: bool, spoil: Callable[[Rows], None]) -> None:
    rows = copied(network)
    spoil(rows)
    table, column = place.split(".")
    assert (table, column, refused) in found(rows)
    assert all("\n" not in each.message for each in doubts(rows))


def test_a_flight_from_where_its_aircraft_is_not_is_told(network: Rows) -> None:
    rows = copied(network)
    tail = next(tail for tail, flights in Counter(each["tail"] for each in rows["flights"]).items() if flights > 2)
    line = sorted(
        (each for each in rows["flights"] if each["tail"] == tail), key=lambda each: str(each["departure_utc"])
    )
    rows["flights"].remove(line[1])
    assert ("flights", "tail", False) in found(rows)


@pytest.mark.parametrize("table", ["flights", "airports", "aircraft", "duties", "bookings", "weather"])
def test_a_table_alone_is_checked_alone(network: Rows, table: str) -> None:
    """A table that is not loaded now is taken to be right."""
    rows = {table: copied(network)[table]}
    assert not [each for each in doubts(rows) if each.refused]
    assert not list(doubts({**rows, "alternates": network["alternates"]}))
