"""Notices as offices write them: reasons behind a closure, runways that stay open, schedules without an end, other kinds."""

from __future__ import annotations

import pytest
from conclave.pack import Fed
from conclave.pack.tables import ScopedTables
from conclave.testing.tables import MemoryTables
from packs.airline import PACK, times
from packs.airline.feeds.kinds import NOTICES, kind_of
from packs.airline.feeds.loading import READS, feed
from packs.airline.feeds.notices.schedule import LONGEST_DAYS

NEAR = times.minutes("2026-11-21T06:00:00Z")
AERODROME, RUNWAY = "QFALC", "QMRLC"


def notice(text: str = "AD CLSD", code: str = AERODROME, schedule: str = "", begins: str = "2611210600",
           ends: str = "2611282359", place: str = "EGLL", number: str = "A1234/26 NOTAMN") -> str:  # fmt: skip
    item_d = f"D) {schedule}\n" if schedule else ""
    q_line = f"EGTT/{code}/IV/NBO/A/000/999/5129N00028W005"
    return f"({number}\nQ) {q_line}\nA) {place} B) {begins} C) {ends}\n{item_d}E) {text})"


def fed(text: str) -> Fed:
    return feed({"a.txt": text}, NEAR, ScopedTables(MemoryTables(PACK.tables, {}), READS))


def closed(text: str) -> list[str]:
    """The closed times of the only row; no finding is left."""
    found = fed(text)
    assert found.faults == [] == found.warnings
    (row,) = found.put["notams"]
    return [each.replace("2026-", "").replace(":00Z", "").replace("T", " ") for each in row.get("closed", [])]


@pytest.mark.parametrize(
    "text",
    ["AD CLSD SNOW REMOVAL IN PROGRESS", "AD CLSD WORK IN PROGRESS", "AD CLSD OVERNIGHT", "AD CLSD BECAUSE OF FLOODING",
     "AD CLSD FOR ALL TFC", "AD CLSD PERMANENTLY", "AD CLSD MIL EXERCISE", "AD CLSD EXC FOR EMERG AND AMBULANCE FLIGHTS",
     "AD CLSD\nSEE ITEM D) BELOW"],
)  # fmt: skip
def test_whatever_stands_behind_the_closure_closes_to_all(text: str) -> None:
    assert closed(notice(text)) == ["11-21 06:00/11-28 23:59"]


@pytest.mark.parametrize(
    "text",
    ["AD CLSD FOR VFR FLIGHTS", "AD CLSD FOR ACFT WITH WINGSPAN MORE THAN 65M", "AD CLSD TO ACFT ABV 5700KG",
     "AD CLSD FOR MIL ACFT", "AD CLSD HEL"],
)  # fmt: skip
def test_a_closure_to_some_only_closes_nothing(text: str) -> None:
    assert closed(notice(text)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RWY 09L/27R CLSD. RWY 09R/27L AVBL", ["09L", "27R"]),
        ("RWY 09L/27R CLSD EXC FOR TAXI. TWY B AVBL. RWY 09R/27L IN USE", ["09L", "27R"]),
        ("RWY 09L/27R NOT AVBL, RWY 09R/27L OPEN", ["09L", "27R"]),
        ("RWY 09L/27R AND RWY 09R/27L CLSD", ["09L", "27R", "09R", "27L"]),
        ("RWY 09L CLSD FOR TKOF. RWY 09L AVBL FOR LDG", ["09L"]),
        ("CLSD: RWY 09L/27R. AVBL: RWY 09R/27L", ["09L", "27R", "09R", "27L"]),
        ("RWY 5/23 CLSD", ["05", "23"]),
        ("RWY 8L/26R CLSD DUE 3000M WIP", ["08L", "26R"]),
    ],
)  # fmt: skip
def test_the_runways_that_are_closed(text: str, expected: list[str]) -> None:
    found = fed(notice(text, RUNWAY))
    assert found.faults == [] == found.warnings
    assert found.put["notams"][0]["runways"] == expected


def test_a_closed_runway_without_a_name_is_told() -> None:
    (doubt,) = fed(notice("CLSD DUE WIP", RUNWAY)).warnings
    assert "closes a runway that its text does not name" in doubt.reason


SCHEDULES = [
    ("MON-FRI 0600-0800 1800-2000, SAT SUN 1000-1200", "2611270600", "2611282359",
     ["11-27 06:00/11-27 08:00", "11-27 18:00/11-27 20:00", "11-28 10:00/11-28 12:00"]),
    ("28-30 1000-1200 DEC 01 0500-0600", "2611281000", "2612031200",
     ["11-28 10:00/11-28 12:00", "11-29 10:00/11-29 12:00", "11-30 10:00/11-30 12:00", "12-01 05:00/12-01 06:00"]),
    ("DAILY 2300-0500", "2611270100", "2611290500",
     ["11-27 01:00/11-27 05:00", "11-27 23:00/11-28 05:00", "11-28 23:00/11-29 05:00"]),
    ("SS PLUS30-SR MINUS30", "2612211200", "2612221200", ["12-21 16:25/12-22 07:35"]),
    ("SAT H24, SUN 0000-1200", "2611210600", "2611222359", ["11-21 06:00/11-22 00", "11-22 00/11-22 12:00"]),
    ("21 0600-22 0600 24 0600-25 0600", "2611210600", "2611282359", ["11-21 06:00/11-22 06:00", "11-24 06:00/11-25 06:00"]),
    ("EVERY FRI 0300-1700", "2611210600", "2611282359", ["11-27 03:00/11-27 17:00"]),
    ("EVERY DAY 0300-0400", "2611210600", "2611222359", ["11-22 03:00/11-22 04:00"]),
    ("H24 EXC SUN", "2611210600", "2611231200", ["11-21 06:00/11-22 00", "11-23 00/11-23 12:00"]),
    ("0600-0800/1000-1200", "2611210600", "2611212359", ["11-21 06:00/11-21 08:00", "11-21 10:00/11-21 12:00"]),
]  # fmt: skip


@pytest.mark.parametrize(("schedule", "begins", "ends", "expected"), SCHEDULES)
def test_schedules(schedule: str, begins: str, ends: str, expected: list[str]) -> None:
    told = [each.replace(" 00:00", " 00") for each in closed(notice(schedule=schedule, begins=begins, ends=ends))]
    assert told == expected


def test_a_leap_day_and_the_night_after_it() -> None:
    text = notice(schedule="28 2200-29 0400, 29 2200-0400", begins="2802282200", ends="2803010400")
    assert fed(text).put["notams"][0]["closed"] == [
        "2028-02-28T22:00:00Z/2028-02-29T04:00:00Z", "2028-02-29T22:00:00Z/2028-03-01T04:00:00Z",
    ]  # fmt: skip


@pytest.mark.parametrize("schedule", ["31 32 0600-0800", "NOV 25 31 0600-0800"])
def test_a_day_that_does_not_exist_closes_from_b_to_c(schedule: str) -> None:
    found = fed(notice(schedule=schedule, begins="2611200600"))
    assert found.put["notams"][0]["closed"] == ["2026-11-20T06:00:00Z/2026-11-28T23:59:00Z"]
    assert "does not exist" in found.warnings[0].reason


@pytest.mark.parametrize(
    ("begins", "ends"), [("2001010000", "PERM"), ("2611200600", "PERM"), ("2001010000", "3001010000")]
)
def test_a_night_closure_without_an_end_closes_the_nights(begins: str, ends: str) -> None:
    found = fed(notice(schedule="2300-0500", begins=begins, ends=ends))
    periods = [[times.minutes(edge) for edge in each.split("/")] for each in found.put["notams"][0]["closed"]]
    nights, behind = periods[:-1], periods[-1]
    assert {end - start for start, end in nights[1:-1]} == {6 * 60}
    assert len(nights) >= LONGEST_DAYS - 1
    assert behind[0] >= NEAR + (LONGEST_DAYS - 2) * 24 * 60
    assert [each.reason.startswith("A1234/26: item D holds for long") for each in found.warnings] == [True]


@pytest.mark.parametrize(
    ("stranger", "what"),
    [
        ("METAR EGLL 210520Z 24008KT CAVOK=", "a report"),
        ("MVT\nEY17/21.A6BBB.AUH\nED210740", "a movement message"),
        ("ASM\nUTC\nCNL\nEY17/21NOV26", "a change of the schedule"),
    ],
)
def test_a_message_of_another_kind_is_named_with_its_line(stranger: str, what: str) -> None:
    text = f"{notice()}\n\n{stranger}\n"
    assert kind_of(text) == NOTICES
    (fault,) = fed(text).faults
    assert (fault.line, fault.reason.startswith(f"is {what} in a file of notices")) == (6, True)


@pytest.mark.parametrize("text", ["", "\ufeff", " \r\n\n"])
def test_an_empty_file_is_told(text: str) -> None:
    assert [each.reason for each in fed(text).faults] == ["is empty"]
