"""Movement messages and schedules as rows of the flights on record, and late flights as incidents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import pytest
from conclave.pack import Fed
from conclave.pack.tables import Item, ScopedTables
from conclave.testing.tables import MemoryTables
from packs.airline import PACK, times
from packs.airline.feeds.columns import MOVED, delay_word
from packs.airline.feeds.loading import READS, feed
from packs.airline.layout import LAYOUT
from packs.airline.models import Cause, Incident
from packs.airline.tools import maintenance

NEAR = times.minutes("2026-11-21T06:00:00Z")
KEY = "EY17-2026-11-21"
"""Leaves Abu Dhabi at 05:10 for London, where it is at its stand at 12:05."""
Network = Mapping[str, list[Item]]
Moved = Callable[..., Item]


def fed(rows: Network, *texts: str) -> Fed:
    files = {f"{number}.txt": text for number, text in enumerate(texts)}
    return feed(files, NEAR, ScopedTables(MemoryTables(PACK.tables, rows), READS))


def row(rows: Network, key: str = KEY) -> Item:
    return next(each for each in rows["flights"] if each["flight_id"] == key)


@pytest.fixture
def moved(rows: Network) -> Moved:
    """What messages about EY17 put into its row, besides what was there."""

    def told(*bodies: str, station: str = "AUH", kind: str = "MVT") -> Item:
        tail = row(rows)["tail"].replace("-", "")
        found = fed(rows, "\n\n".join(f"{kind}\nEY017/21.{tail}.{station}\n{body}" for body in bodies))
        assert found.faults == [] == found.warnings
        if not found.put:
            return {}
        (changed,) = found.put["flights"]
        assert changed["flight_id"] == KEY
        before = row(rows)
        return {name: value for name, value in changed.items() if value != before.get(name)}

    return told


@pytest.mark.parametrize(
    ("bodies", "expected"),
    [
        (["AD0535/0549 EA1210 LHR\nDL81/0025\nPX200+3INF"],
         {"off_block_utc": "2026-11-21T05:35:00Z", "airborne_utc": "2026-11-21T05:49:00Z",
          "estimated_landing_utc": "2026-11-21T12:10:00Z", "delays": ["81:25"], "on_board": 200}),
        (["ED210740\nDL41"], {"estimated_off_block_utc": "2026-11-21T07:40:00Z", "delays": ["41"]}),
        (["ED210640\nDL41", "ED210740\nDL41/81/0130/0100"],
         {"estimated_off_block_utc": "2026-11-21T07:40:00Z", "delays": ["41:90", "81:60"]}),
        (["AD0535/0549", "RR0620"], {}),
        (["AD0535/0549", "FR210710/210715"],
         {"off_block_utc": "2026-11-21T05:35:00Z", "airborne_utc": "2026-11-21T05:49:00Z",
          "landed_utc": "2026-11-21T07:10:00Z", "on_block_utc": "2026-11-21T07:15:00Z", "diverted_to": "AUH"}),
    ],
)  # fmt: skip
def test_messages_change_the_row_of_their_flight(moved: Moved, bodies: Sequence[str], expected: Item) -> None:
    assert moved(*bodies) == expected


def test_an_arrival_a_diversion_and_a_load(moved: Moved) -> None:
    assert moved("AA1158/1206", station="LHR") == {
        "landed_utc": "2026-11-21T11:58:00Z", "on_block_utc": "2026-11-21T12:06:00Z",
    }  # fmt: skip
    assert moved("EA1150 BRU\nDR71", station="LHR", kind="DIV")["diverted_to"] == "BRU"
    assert moved("-LHR.180/10/2.T9500.1/5000.4/4500", kind="LDM") == {"on_board": 190, "deadload_kg": 9500}


def test_the_same_message_again_writes_nothing(rows: Network) -> None:
    text = f"MVT\nEY17/21.{row(rows)['tail']}.AUH\nED210740\nDL41"
    there = {**rows, "flights": [*fed(rows, text).put["flights"]]}
    again = fed(there, text)
    assert (again.put, [each.minutes for each in again.late]) == ({}, [150])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("EY9999/21.A6BBB.AUH", "EY9999 of 2026-11-21 is not in flights"),
        ("EY17/21.A6BBB.FRA", "EY17 of 2026-11-21 is AUH-LHR, and the message is from FRA"),
        ("EY17/14.A6BBB.AUH", "EY17 of 2026-11-14 is not in flights"),
    ],
)
def test_a_message_without_its_flight_is_named_and_the_rest_goes_in(rows: Network, line: str, said: str) -> None:
    found = fed(rows, f"MVT\n{line}\nED210740\n\nMVT\nEY17/21.{row(rows)['tail']}.AUH\nED210740")
    assert [(each.line, each.reason.startswith(said)) for each in found.faults] == [(1, True)]
    assert [each["flight_id"] for each in found.put["flights"]] == [KEY]


def test_another_registration_is_a_doubt(rows: Network) -> None:
    (doubt,) = fed(rows, "MVT\nEY17/21.A6XYZ.AUH\nED210740").warnings
    assert "is flown with A6XYZ, and flights says" in doubt.reason


@pytest.mark.parametrize(
    ("body", "minutes", "causes"),
    [
        ("ED210740\nDL41", 150, {"technical": 150}),
        ("ED210740\nDL41/81/0100/0130", 150, {"atc": 150, "technical": 60}),
        ("ED210640", 90, {"other": 90}),
        ("DL93/0145", 105, {"late_inbound": 105}),
        ("EO210625", 60, {"other": 60}),
        ("ED210510", 0, {}),
        ("AD0710/0722\nDL41/0200", 0, {}),
    ],
)
def test_a_flight_that_leaves_late_is_an_incident(
    rows: Network, body: str, minutes: int, causes: Mapping[str, int]
) -> None:
    late = fed(rows, f"MVT\nEY17/21.{row(rows)['tail']}.AUH\n{body}").late
    assert [each.minutes for each in late] == [minutes] * bool(minutes)
    for each in late:
        incident = msgspec.convert(each.incident, Incident)
        assert (incident.flight, incident.date, incident.origin) == ("EY17", "2026-11-21", "AUH")
        assert {problem.cause.value: problem.minutes for problem in incident.problems} == causes
        assert each.key == f"movement-{KEY}-{minutes}"


def test_a_reported_delay_changes_the_decision(rows: Network, decide: Callable[..., Any]) -> None:
    (late,) = fed(rows, f"MVT\nEY17/21.{row(rows)['tail']}.AUH\nED210740\nDL81").late
    (problem,) = late.incident["problems"]
    room = decide(flight="EY17", cause=Cause(problem["cause"]), delay_minutes=problem["minutes"])
    assert room.chosen.fields["delay_minutes"] >= 150 or room.chosen.fields["cancelled"]
    assert decide(flight="EY17", cause=Cause.ATC, delay_minutes=30).chosen.fields["delay_minutes"] < 150


def test_the_line_of_an_aircraft_shows_where_its_flights_are(rows: Network) -> None:
    assert set(maintenance._MOVED) < set(MOVED)
    assert set(MOVED) < {each.name for each in LAYOUT["flights"]}


@pytest.mark.parametrize("word", ["81", "81:25", "93A:5"])
def test_a_delay_has_its_code_and_minutes(word: str) -> None:
    assert delay_word(word) == word
    with pytest.raises(ValueError, match="is not a delay code; write it"):
        delay_word(word + ":x")


def leg(digits: str, ends: str, std: str, sta: str, kind: str = "789", disclosure: str = " ") -> str:
    """A leg every day in UTC."""
    line = (
        f"3 EY {digits:>4}0101J01NOV2630NOV261234567 {ends[:3]}{std}{std}+00003 {ends[3:]}{sta}{sta}+00004 {kind}"
    ).ljust(148)
    return (line + disclosure).ljust(192) + "00" + "000003"


def schedule(*legs: str) -> str:
    return "\n".join(["1AIRLINE STANDARD SCHEDULE DATA SET", "2UEY          01NOV2630NOV2615OCT26", *legs, "5 EY"])


def test_a_schedule_changes_times_and_terminals_of_the_flights_on_record(rows: Network) -> None:
    found = fed(rows, schedule(leg("17", "AUHLHR", "0540", "1220")))
    assert found.faults == []
    changed = {each["date"]: each for each in found.put["flights"]}
    assert set(changed) == {each["date"] for each in rows["flights"] if each["number"] == "EY17"}
    before = row(rows)
    assert changed["2026-11-21"] == before | {
        "departure_utc": "2026-11-21T05:40:00Z", "arrival_utc": "2026-11-21T12:20:00Z", "block_minutes": 400,
        "departure_terminal": "3", "arrival_terminal": "4",
    }  # fmt: skip
    assert "their duties, ground_times and slots stay" in found.warnings[-1].reason


def test_a_schedule_adds_no_flight_and_names_each_leg_that_is_not_on_record(rows: Network) -> None:
    found = fed(
        rows,
        schedule(
            leg("17", "AUHLHR", "0510", "1205"),
            leg("17", "AUHCDG", "0510", "1205"),
            leg("9999", "AUHLHR", "0510", "1205"),
        ),
    )
    assert [each.line for each in found.faults] == [4, 5]
    assert all("add it in flights.csv" in each.reason for each in found.faults)
    assert {each["number"] for each in found.put["flights"]} == {"EY17"}
    nothing = fed(rows, schedule(leg("9999", "AUHLHR", "0510", "1205")))
    assert (nothing.put, len(nothing.faults)) == ({}, 1)


def test_a_leg_that_contradicts_one_before_it_counts_and_is_named(rows: Network) -> None:
    first, second = leg("17", "AUHLHR", "0540", "1220"), leg("17", "AUHLHR", "0510", "1205")
    found = fed(rows, schedule(first, second))
    assert found.faults == []
    assert {each["departure_utc"][11:16] for each in found.put["flights"]} == {"05:10"}
    named = [each for each in found.warnings if "other times on" in each.reason]
    assert [(each.line, each.reason.endswith("than in line 3; those of this line count")) for each in named] == [
        (4, True)
    ]


def test_codeshares_and_flights_that_have_left_stay_as_they_are(rows: Network) -> None:
    assert fed(rows, schedule(leg("17", "AUHLHR", "0540", "1220", disclosure="L"))).put == {}
    left = [each | {"off_block_utc": each["departure_utc"]} for each in rows["flights"]]
    assert fed({**rows, "flights": left}, schedule(leg("17", "AUHLHR", "0540", "1220"))).put == {}


def test_messages_lie_beside_the_schedule_of_the_same_command(rows: Network) -> None:
    message = f"MVT\nEY17/21.{row(rows)['tail']}.AUH\nED210640"
    found = fed(rows, message, schedule(leg("17", "AUHLHR", "0610", "1305")))
    (changed,) = (each for each in found.put["flights"] if each["flight_id"] == KEY)
    assert changed["departure_utc"] == "2026-11-21T06:10:00Z"
    assert changed["estimated_off_block_utc"] == "2026-11-21T06:40:00Z"
    assert [each.minutes for each in found.late] == [30]
