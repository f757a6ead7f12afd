"""Reports and notices as rows of the tables, and what they change in a decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from conclave.pack import Fed
from conclave.pack.tables import Item, ScopedTables
from conclave.testing.tables import MemoryTables
from packs.airline import PACK, times
from packs.airline.feeds.kinds import kind_of
from packs.airline.feeds.loading import READS, feed
from packs.airline.feeds.records import Message
from packs.airline.feeds.weather.reports import read_report
from packs.airline.feeds.weather.rows import counts, rows_of
from packs.airline.models import Cause
from packs.airline.rules.airports.closures import closed_by, closed_for, closed_period, closures
from packs.airline.rules.airports.crosswind import Wind, crosswind_kt

NEAR = times.minutes("2026-11-21T06:00:00Z")
CALM = "TAF EGLL 210500Z 2106/2212 24010KT 9999 BKN030"
Decide = Callable[..., Any]


def fed(text: str, tables: Mapping[str, list[Item]] | None = None) -> Fed:
    return feed({"a.txt": text}, NEAR, ScopedTables(MemoryTables(PACK.tables, dict(tables or {})), READS))


def shown(row: Item) -> str:
    return f"{row['from_utc'][8:16]} {row.get('until_utc', '')[8:16]} {row['visibility_m']}"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("TAF EGLL 210500Z 2106/2212 CAVOK", "weather"),
        ("\n\nFTUK31 EGRR 210500\nEGLL ...", "weather"),
        ("METAR EGLL 210520Z CAVOK", "weather"),
        ("EGLL 210520Z CAVOK", "weather"),
        ("(A1234/26 NOTAMN\nQ) EGTT/QFALC", "notams"),
        ("GG EGLLZPZX\nA1234/26 NOTAMR A1233/26", "notams"),
        ("QU LHROPXY\n.JFKKKXY 211305\nMVT\nXY117/21.GABCD.LHR", "movements"),
        ("LDM\nXY117/21.GABCD.LHR", "movements"),
        ("1AIRLINE STANDARD SCHEDULE DATA SET", "schedule"),
        ("flight_id,number\nXY1,2", ""),
        ("", ""),
    ],
)
def test_the_kind_of_a_file_is_seen_in_its_text(text: str, kind: str) -> None:
    assert kind_of(text) == kind


@pytest.mark.parametrize(
    ("wind", "runways", "expected"),
    [
        ("27030KT", [], 30),
        ("27030KT", [0], 30),
        ("27030KT", [90], 0),
        ("27030KT", [60], 15),
        ("27030KT", [0, 60], 15),
        ("27020G40KT", [0], 40),
        ("VRB08KT", [90], 8),
        ("24020KT 200V280", [90], 19),
        ("/////KT", [90], None),
        ("00000KT", [], 0),
    ],
)
def test_crosswind_is_that_of_the_best_runway_in_the_worst_wind(
    wind: str, runways: list[int], expected: int | None
) -> None:
    report = read_report(Message(text=f"METAR EGLL 210520Z {wind} 9999 NSC", line=1), NEAR)
    assert crosswind_kt(report.prevailing[0].conditions.winds, runways) == expected


def test_of_two_winds_in_a_change_the_worse_counts() -> None:
    winds = [Wind(direction_deg=270, speed_kt=10), Wind(direction_deg=0, speed_kt=30)]
    assert crosswind_kt(winds, [270]) == 30
    assert crosswind_kt((), [270]) is None


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("TEMPO 2108/2112 0300 FG", True),
        ("TEMPO 2108/2112 BKN001", True),
        ("TEMPO 2108/2112 0500 TSRA", False),
        ("TEMPO 2108/2112 0500 +SHSN BLSN", True),
        ("TEMPO 2108/2112 0800 TSRA BR", True),
        ("TEMPO 2108/2112 2000 SQ", True),
        ("TEMPO 2108/2112 1500 RA", True),
        ("PROB40 2108/2112 0500 TSRA", False),
        ("PROB40 2108/2112 0300 FG", True),
        ("PROB30 TEMPO 2108/2112 0300 FG", False),
        ("PROB40 TEMPO 2108/2112 0300 FG", False),
        ("INTER 2108/2112 0300 SHRA", False),
    ],
)
def test_what_comes_at_times_counts_with_persistent_weather(group: str, expected: bool) -> None:
    (temporary,) = read_report(Message(text=f"{CALM} {group}", line=1), NEAR).temporary
    assert counts(temporary) == expected


def test_rows_have_what_prevails_and_what_comes_at_times() -> None:
    report = read_report(
        Message(text=f"{CALM} TEMPO 2110/2114 0300 FG VV001 FM211800 27010KT //// BKN010", line=1), NEAR
    )
    found = [each.cells for each in rows_of(report, "LHR")]
    assert [shown(each) for each in found] == [
        "21T06:00 21T10:00 9999",
        "21T10:00 21T14:00 9999",
        "21T14:00 21T18:00 9999",
    ]
    assert "temporary" not in found[0]
    told = {name.removeprefix("temporary_"): value for name, value in found[1].items() if name.startswith("temporary")}
    assert told == {
        "temporary": "TEMPO", "counts": True, "visibility_m": 300, "ceiling_ft": 100, "crosswind_kt": 10, "winds": ["240/10"],
    }  # fmt: skip
    assert found[0]["winds"] == ["240/10"]


def test_what_has_to_count_and_is_unknown_leaves_a_gap() -> None:
    report = read_report(Message(text=f"{CALM} TEMPO 2110/2114 0300 FG VV///", line=1), NEAR)
    assert [shown(each.cells)[:17] for each in rows_of(report, "LHR")] == ["21T06:00 21T10:00", "21T14:00 22T12:00"]


def test_a_report_takes_the_place_of_what_is_there_for_its_time() -> None:
    old = [
        {
            "station": "LHR",
            "from_utc": f"2026-11-21T{hour:02d}:00:00Z",
            "visibility_m": hour,
            "ceiling_ft": 900,
            "crosswind_kt": 1,
        }
        for hour in (0, 6, 12, 18)
    ]  # fmt: skip
    found = fed("TAF EGLL 210500Z 2108/2114 24010KT 4000 BKN030", {"weather": old})
    assert [shown(each) for each in found.put["weather"]] == [
        "21T06:00 21T08:00 6", "21T08:00 21T14:00 4000", "21T14:00 21T18:00 12",
    ]  # fmt: skip
    assert found.remove["weather"] == [("LHR", "2026-11-21T12:00:00Z")]


def test_the_report_issued_last_counts_in_whatever_order_they_come() -> None:
    newer, older = "TAF AMD EGLL 210700Z 2107/2212 24010KT 2000 BR BKN030", f"{CALM}"
    for text in (f"{newer}=\n{older}=", f"{older}=\n{newer}="):
        assert [shown(each) for each in fed(text).put["weather"]] == [
            "21T06:00 21T07:00 9999",
            "21T07:00 22T12:00 2000",
        ]


def test_an_observation_holds_for_an_hour_within_the_forecast() -> None:
    found = fed(f"{CALM}=\nMETAR EGLL 210820Z 24010KT 0400 FG VV001 05/05 Q1020=")
    assert [shown(each) for each in found.put["weather"]] == [
        "21T06:00 21T08:20 9999", "21T08:20 21T09:20 400", "21T09:20 22T12:00 9999",
    ]  # fmt: skip


def test_an_observation_without_a_value_takes_no_forecast_away() -> None:
    found = fed(f"{CALM}=\nMETAR EGLL 210820Z AUTO 24010KT //// ////// 05/05 Q1020=")
    assert [shown(each) for each in found.put["weather"]] == ["21T06:00 22T12:00 9999"]


def test_a_cancelled_forecast_leaves_a_gap_and_nil_changes_nothing() -> None:
    there = {"weather": list(fed(CALM).put["weather"])}
    gone = fed("TAF AMD EGLL 210700Z 2106/2212 CNL", there)
    assert (gone.put, gone.remove) == ({}, {"weather": [("LHR", "2026-11-21T06:00:00Z")]})
    nil = fed("TAF EGLL 211100Z NIL", there)
    assert (nil.put, nil.remove) == ({}, {})


def test_the_same_file_again_writes_nothing() -> None:
    there = {"weather": list(fed(CALM).put["weather"])}
    assert fed(CALM, there).put == {}


def test_crosswind_goes_by_the_runways_of_the_airport() -> None:
    airport = {"iata": "LHR", "runways": ["09L:90", "27R:270"]}
    (row,) = fed("TAF EGLL 210500Z 2106/2212 00030KT CAVOK", {"airports": [airport]}).put["weather"]
    assert row["crosswind_kt"] == 30
    (row,) = fed("TAF EGLL 210500Z 2106/2212 27030KT CAVOK", {"airports": [airport]}).put["weather"]
    assert row["crosswind_kt"] == 0


NOTICE = "A1234/26 NOTAMN\nQ) EGTT/QFALC/IV/NBO/A/000/999/5129N00028W005\nA) EGLL B) {} C) {}\n{}E) AD CLSD DUE WIP"


def test_a_notice_becomes_a_row_with_its_closed_times() -> None:
    text = NOTICE.format("2611212200", "2611230400", "D) 2200-0400\n")
    assert fed(text).put["notams"] == [
        {
            "station": "LHR", "notam_id": "A1234/26", "from_utc": "2026-11-21T22:00:00Z", "until_utc": "2026-11-23T04:00:00Z",
            "text": "AD CLSD DUE WIP", "closes": "aerodrome",
            "closed": ["2026-11-21T22:00:00Z/2026-11-22T04:00:00Z", "2026-11-22T22:00:00Z/2026-11-23T04:00:00Z"],
        }
    ]  # fmt: skip


def test_what_a_notice_replaces_or_cancels_is_removed() -> None:
    text = NOTICE.format("2611212200", "2611230400", "").replace("NOTAMN", "NOTAMR A1200/26")
    assert fed(text).remove["notams"] == [("LHR", "A1200/26")]


def test_what_is_left_out_is_named() -> None:
    region = NOTICE.format("2611212200", "2611230400", "").replace("A) EGLL", "A) EGTT")
    nowhere = "TAF ZZZZ 210500Z 2106/2212 CAVOK"
    for text, said in ((region, "is for a whole region"), (nowhere, "ZZZZ is not in the list of airports")):
        found = fed(text)
        assert found.put == {}
        assert said in found.warnings[0].reason
    assert "is none of METAR, TAF, notices" in fed("hello").faults[0].reason


def test_a_report_among_notices_is_named_and_not_swallowed() -> None:
    notice = NOTICE.format("2611212200", "2611230400", "")
    found = fed(f"{notice}\n\nMETAR EGLL 210820Z 24010KT 0400 FG VV001 05/05 Q1020=")
    assert "file of their own" in found.faults[0].reason
    assert not fed(f"{notice} TAF AND METAR NOT AVBL").faults
    moved = fed("MVT\nXY117/21.GABCD.LHR\nAD1150/1205\n\nMETAR EGLL 210820Z 24010KT 0400 FG VV001 05/05 Q1020=")
    assert any("file of their own" in each.reason for each in moved.faults)


def test_an_observation_without_a_value_is_named() -> None:
    said = [each.reason for each in fed("METAR EGLL 210820Z AUTO 24010KT 0100 FG VV/// 05/05 Q1020=").warnings]
    assert any("what is there for its time stays" in each for each in said)
    assert not fed("METAR EGLL 210820Z 24010KT 0400 FG VV001 05/05 Q1020=").warnings


def test_an_aerodrome_is_closed_by_a_notice_for_it_or_for_all_its_runways() -> None:
    day = "2026-11-21T{}:00:00Z/2026-11-21T{}:00:00Z"
    rows: list[Item] = [
        {"closes": "aerodrome", "closed": [day.format("01", "02")]},
        {"closes": "runway", "runways": ["09L", "27R"], "closed": [day.format("05", "09")]},
        {"closes": "runway", "runways": ["09R", "27L"], "closed": [day.format("08", "11")]},
        {"text": "TWY B CLSD"},
    ]
    start = times.minutes("2026-11-21T00:00:00Z")
    hours = [
        ((a - start) // 60, (b - start) // 60) for a, b in closures(rows, ["09L:90", "27R:270", "09R:90", "27L:270"])
    ]
    assert hours == [(1, 2), (8, 9)]
    assert len(closures(rows)) == 1


def test_minutes_in_a_closed_time_and_until_it_opens() -> None:
    closed = [(100, 200), (190, 260), (400, 500)]
    assert [closed_for(each, closed) for each in (99, 100, 150, 195, 260, 400)] == [0, 160, 110, 65, 0, 100]
    assert [closed_by(each, closed) for each in (99, 100, 150, 199, 200, 260, 499)] == [0, 1, 50, 9, 10, 0, 1]


@pytest.mark.parametrize("text", ["x", "2026-11-21T22:00:00Z", "2026-11-22T22:00:00Z/2026-11-21T22:00:00Z", "a/b"])
def test_a_closed_time_has_from_and_until(text: str) -> None:
    with pytest.raises(ValueError, match="is not a period; write it like"):
        closed_period(text)


def loaded(rows: Mapping[str, list[Item]], text: str) -> MemoryTables:
    """The sample after a file was loaded."""
    network = {name: list(items) for name, items in rows.items()}
    found = fed(text, network)
    assert found.faults == []
    for table in PACK.tables:
        gone = {*found.remove.get(table.name, ()), *map(table.key_of, found.put.get(table.name, ()))}
        kept = [each for each in network.get(table.name, ()) if table.key_of(each) not in gone]
        network[table.name] = [*kept, *found.put.get(table.name, ())]
    return MemoryTables(PACK.tables, network)


CASE: Mapping[str, Any] = {"flight": "EY17", "cause": Cause.ATC, "delay_minutes": 30}
"""Leaves the hub at 05:10 for London, where it arrives at 12:05 UTC."""


@pytest.mark.parametrize(
    ("group", "held"),
    [
        ("", False),
        ("TEMPO 2110/2114 0300 FG", True),
        ("TEMPO 2110/2114 0300 TSRA", False),
        ("PROB30 TEMPO 2110/2114 0300 FG", False),
        ("TEMPO 2116/2120 0300 FG", False),
        ("BECMG 2110/2112 0300 FG", True),
        ("BECMG 2112/2116 0300 FG", True),
    ],
)
def test_a_forecast_below_minima_at_times_holds_the_flight(
    decide: Decide, rows: Mapping[str, list[Item]], group: str, held: bool
) -> None:
    room = decide(loaded(rows, f"TAF EGLL 210300Z 2106/2212 24005KT 9999 NSC {group}".strip()), **CASE)
    soon = [
        each for each in room.options if each.fields["delay_minutes"] == 30 and each.fields["arrival_airport"] == "LHR"
    ]
    assert soon
    assert {each.fields["weather_ok"] for each in soon} == {not held}
    assert ("airport.weather" in room.violations(weather_ok=False)) is held


def test_a_gap_in_the_forecast_is_never_good_weather(decide: Decide, rows: Mapping[str, list[Item]]) -> None:
    room = decide(loaded(rows, "TAF EGLL 210300Z 2106/2212 24005KT //// NSC"), **CASE)
    assert room.chosen is None
    assert any(gap.item == "weather/LHR" for gap in room.gaps)


def test_a_notice_that_closes_the_destination_holds_the_flight(decide: Decide, rows: Mapping[str, list[Item]]) -> None:
    open_room = decide(**CASE)
    room = decide(loaded(rows, NOTICE.format("2611211130", "2611211400", "")), **CASE)
    for each, closed in ((open_room, False), (room, True)):
        soon = [
            each
            for each in each.options
            if each.fields["delay_minutes"] == 30 and each.fields["arrival_airport"] == "LHR"
        ]
        assert soon
        assert all((option.fields["curfew_violation_minutes"] > 0) is closed for option in soon)
    assert "airport.notice" in {each.id for each in room.constraints} - {each.id for each in open_room.constraints}
    chosen = room.chosen.fields
    assert chosen["cancelled"] or chosen["arrival_airport"] != "LHR" or chosen["delay_minutes"] >= 115
    assert any(each.fields["delay_minutes"] in range(115, 121) for each in room.options)


def test_a_night_closure_by_notice_leaves_the_day_alone(decide: Decide, rows: Mapping[str, list[Item]]) -> None:
    night = NOTICE.format("2611202200", "2611230330", "D) 2200-0330\n")
    room = decide(loaded(rows, night), **CASE)
    assert room.chosen.fields["delay_minutes"] == decide(**CASE).chosen.fields["delay_minutes"]
