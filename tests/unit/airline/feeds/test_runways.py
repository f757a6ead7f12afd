"""True headings of runways as data, and the crosswind of those that are open. Expected values were worked out by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from conclave.pack import Fed
from conclave.pack.tables import Item, ScopedTables
from conclave.testing.tables import MemoryTables
from hypothesis import given
from hypothesis import strategies as st
from packs.airline import PACK, times
from packs.airline.feeds.kinds import kind_of
from packs.airline.feeds.loading import READS, feed
from packs.airline.models import Cause
from packs.airline.rules.airports.closures import closures
from packs.airline.rules.airports.crosswind import Wind, on_open_runways, other_direction, wind_of, wind_word

NEAR = times.minutes("2026-11-21T06:00:00Z")
Network = Mapping[str, list[Item]]
Decide = Callable[..., Any]
HEAD = (
    '"id","airport_ref","airport_ident","length_ft","width_ft","surface","lighted","closed","le_ident","le_latitude_deg",'
    '"le_longitude_deg","le_elevation_ft","le_heading_degT","le_displaced_threshold_ft","he_ident","he_latitude_deg",'
    '"he_longitude_deg","he_elevation_ft","he_heading_degT","he_displaced_threshold_ft"'
)


def line(airport: str, le: str, le_heading: str, he: str, he_heading: str, closed: str = "0") -> str:
    return f'1,2,"{airport}",12000,150,"ASP",1,{closed},"{le}",51,0,80,{le_heading},,"{he}",51,0,80,{he_heading},'


def fed(rows: Network, *texts: str) -> Fed:
    return feed(
        {f"{at}.txt": text for at, text in enumerate(texts)}, NEAR, ScopedTables(MemoryTables(PACK.tables, rows), READS)
    )


def runways(rows: Network, *lines: str) -> list[str] | None:
    """The runways that London has after a file, and ``None`` when nothing is written."""
    found = fed(rows, "\n".join([HEAD, *lines]))
    assert found.faults == []
    written = {each["iata"]: each["runways"] for each in found.put.get("airports", ())}
    return written.get("LHR")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([line("EGLL", "09L", "89.6", "27R", "269.7")], ["09L:90", "27R:270"]),
        ([line("EGLL", "09L", "89.6", "27R", "")], ["09L:90", "27R:270"]),
        ([line("EGLL", "9", "", "27", "269.4")], ["09:89", "27:269"]),
        ([line("EGLL", "18", "359.7", "36", "179.7")], ["18:0", "36:180"]),
        ([line("EGLL", "09L", "90", "27R", "270"), line("EGLL", "18", "180", "36", "0", closed="1")], ["09L:90", "27R:270"]),
        ([line("EGLL", "H1", "90", "", "")], None),
        ([line("KXXX", "09L", "90", "27R", "270")], None),
    ],
)  # fmt: skip
def test_headings_come_from_the_file(rows: Network, lines: list[str], expected: list[str] | None) -> None:
    assert runways(rows, *lines) == expected


def test_a_file_of_runways_is_known_by_its_columns_and_read_once(rows: Network) -> None:
    text = "\n".join([HEAD, line("EGLL", "09L", "90", "27R", "270")])
    assert kind_of(text) == "runways"
    found = fed(rows, text)
    assert dict(found.read) == {"runways": 1}
    there = {**rows, "airports": [*found.put["airports"]]}
    assert fed(there, text).put == {}


def test_a_runway_without_a_heading_is_told_and_a_wrong_one_refused(rows: Network) -> None:
    found = fed(rows, "\n".join([HEAD, line("EGLL", "09L", "", "27R", ""), line("EGLL", "18", "400", "36", "0")]))
    assert [(each.line, each.reason) for each in found.warnings] == [(2, "LHR: 09L/27R has no heading; it is left out")]
    assert [(each.line, each.reason) for each in found.faults] == [
        (3, "LHR: '400' is not a true heading; write degrees from 0 to 360")
    ]
    assert found.put == {}


def test_a_file_that_lacks_columns_is_refused(rows: Network) -> None:
    (fault,) = fed(rows, '"airport_ident","le_heading_degT"\n"EGLL",90').faults
    assert fault.reason.startswith("lacks the columns closed, he_heading_degT, he_ident, le_ident")


@pytest.mark.parametrize(("one", "other"), [("09", "27"), ("09L", "27R"), ("36C", "18C"), ("01R", "19L"), ("18", "36")])
def test_a_runway_has_two_directions(one: str, other: str) -> None:
    assert (other_direction(one), other_direction(other)) == (other, one)


@given(
    st.none() | st.integers(0, 360), st.integers(0, 150), st.none() | st.integers(0, 150),
    st.none() | st.tuples(st.integers(0, 360), st.integers(0, 360)),
)  # fmt: skip
def test_a_wind_is_read_back_from_its_word(direction: int | None, speed: int, gust: int | None, between: Any) -> None:
    wind = Wind(direction_deg=direction, speed_kt=speed, gust_kt=gust, between=between)
    assert wind_of(wind_word(wind)) == wind


@pytest.mark.parametrize("text", ["", "240", "24025KT", "240/25/400V010", "24O/25"])
def test_what_is_not_a_wind_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a wind; write true direction and knots"):
        wind_of(text)


DAY = "2026-11-21T{}:00:00Z/2026-11-21T{}:00:00Z"
AIRPORT = {"iata": "LHR", "runways": ["09:90", "27:270", "18:180", "36:0"]}


def row(*winds: str, **more: Any) -> dict[str, Any]:
    begins = times.minutes("2026-11-21T06:00:00Z")
    return {"from_utc": begins, "until_utc": begins + 720, "crosswind_kt": 99, "winds": list(winds), **more}


def hours(rows: list[dict[str, Any]]) -> list[tuple[int, int, int]]:
    """From and until as hours of the day, and the crosswind."""
    start = times.minutes("2026-11-21T00:00:00Z")
    return [
        ((each["from_utc"] - start) // 60, (each["until_utc"] - start) // 60, each["crosswind_kt"]) for each in rows
    ]


@pytest.mark.parametrize(
    ("winds", "notices", "expected"),
    [
        (["180/40"], [], [(6, 18, 0)]),
        (["180/40"], [("18", "09", "12")], [(6, 9, 0), (9, 12, 40), (12, 18, 0)]),
        (["180/40"], [("36", "09", "12")], [(6, 9, 0), (9, 12, 40), (12, 18, 0)]),
        (["180/40"], [("09", "09", "12")], [(6, 9, 0), (9, 12, 0), (12, 18, 0)]),
        (["180/40"], [("18", "04", "20")], [(6, 18, 40)]),
        (["180/40"], [("18", "18", "20")], [(6, 18, 0)]),
        (["150/40"], [("18", "09", "12")], [(6, 9, 20), (9, 12, 35), (12, 18, 20)]),
        (["180/20G40"], [("18", "09", "12")], [(6, 9, 0), (9, 12, 40), (12, 18, 0)]),
        (["VRB/15"], [("18", "09", "12")], [(6, 9, 15), (9, 12, 15), (12, 18, 15)]),
        (["180/40", "270/30"], [], [(6, 18, 30)]),
        (["180/40"], [("18", "09", "12"), ("09", "11", "14")], [(6, 9, 0), (9, 11, 40), (11, 12, 40), (12, 14, 0), (14, 18, 0)]),
    ],
)  # fmt: skip
def test_the_crosswind_is_that_of_the_open_runways(
    winds: list[str], notices: list[tuple[str, str, str]], expected: list[tuple[int, int, int]]
) -> None:
    closed = [{"closes": "runway", "runways": [name], "closed": [DAY.format(a, b)]} for name, a, b in notices]
    assert hours(on_open_runways([row(*winds)], AIRPORT, closed)) == expected


def test_rows_without_winds_and_airports_without_headings_stay_as_they_are() -> None:
    closed = [{"closes": "runway", "runways": ["18"], "closed": [DAY.format("09", "12")]}]
    assert hours(on_open_runways([row()], AIRPORT, closed)) == [(6, 18, 99)]
    assert hours(on_open_runways([row("180/40")], {"iata": "LHR"}, closed)) == [(6, 18, 99)]
    assert hours(on_open_runways([row("180/40")], None, closed)) == [(6, 18, 99)]


def test_winds_at_times_follow_the_open_runways_too() -> None:
    closed = [{"closes": "runway", "runways": ["18"], "closed": [DAY.format("04", "20")]}]
    (found,) = on_open_runways([row("270/05", temporary_winds=["180/50"], temporary_crosswind_kt=0)], AIRPORT, closed)
    assert (found["crosswind_kt"], found["temporary_crosswind_kt"], found["runways_closed"]) == (0, 50, "18 36")


def test_a_notice_for_one_direction_of_each_runway_closes_the_aerodrome() -> None:
    rows = [{"closes": "runway", "runways": ["27", "36"], "closed": [DAY.format("05", "09")]}]
    assert closures(rows, AIRPORT["runways"]) == (
        (times.minutes("2026-11-21T05:00:00Z"), times.minutes("2026-11-21T09:00:00Z")),
    )


def loaded(rows: Network, *texts: str) -> MemoryTables:
    network = {name: list(items) for name, items in rows.items()}
    for text in texts:
        found = fed(network, text)
        assert found.faults == []
        for table in PACK.tables:
            gone = {*found.remove.get(table.name, ()), *map(table.key_of, found.put.get(table.name, ()))}
            kept = [each for each in network.get(table.name, ()) if table.key_of(each) not in gone]
            network[table.name] = [*kept, *found.put.get(table.name, ())]
    return MemoryTables(PACK.tables, network)


CASE: Mapping[str, Any] = {"flight": "EY17", "cause": Cause.ATC, "delay_minutes": 30}
CROSSING = "\n".join([HEAD, line("EGLL", "09", "90", "27", "270"), line("EGLL", "18", "180", "36", "0")])
WINDY = "TAF EGLL 210300Z 2106/2212 18040KT 9999 NSC"
CLOSED = (
    "A1234/26 NOTAMN\nQ) EGTT/QMRLC/IV/NBO/A/000/999/5128N00027W005\nA) EGLL B) {} C) {}\nE) RWY 18/36 CLSD DUE WIP\n"
)


@pytest.mark.parametrize(
    ("begins", "ends", "held"),
    [("2611211000", "2611211400", True), ("2611211500", "2611212000", False), ("2611210600", "2611211100", False)],
)
def test_a_crosswind_from_the_one_open_runway_holds_the_flight(
    decide: Decide, rows: Network, begins: str, ends: str, held: bool
) -> None:
    """EY17 comes to London at 12:05; the wind blows along 18/36, and across 09/27 with 40 kt."""
    room = decide(loaded(rows, CROSSING, WINDY, CLOSED.format(begins, ends)), **CASE)
    soon = [
        each for each in room.options if each.fields["delay_minutes"] == 30 and each.fields["arrival_airport"] == "LHR"
    ]
    assert soon
    assert {each.fields["weather_ok"] for each in soon} == {not held}
    assert ("airport.weather" in room.violations(weather_ok=False)) is held
    chosen = room.chosen.fields
    waits = chosen["cancelled"] or chosen["arrival_airport"] != "LHR" or chosen["delay_minutes"] >= 115
    assert waits is held


def test_an_airport_without_headings_is_a_gap_that_halts_nothing(decide: Decide, rows: Network) -> None:
    room = decide(loaded(rows, "TAF EGLL 210300Z 2106/2212 18020KT 9999 NSC"), **CASE)
    gaps = [each for each in room.gaps if "headings of its runways" in (each.detail or "")]
    assert [(each.item, each.mandatory) for each in gaps] == [("airports/LHR", False)]
    assert room.chosen is not None
