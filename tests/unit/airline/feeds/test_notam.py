"""Notices. The texts are made up in the form of ICAO Annex 15 App. 3, with schedules after Doc 8126 and OPADD.

Each stands beside what it says; times are UTC.
"""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packs.airline import times
from packs.airline.feeds.notices.notam import Notam, in_force, read_notam, read_notams
from packs.airline.feeds.notices.sun import sunrise, sunset
from packs.airline.feeds.records import Message


def notice(*, code: str = "QFALC", begins: str = "2610041200", ends: str = "2610261800", schedule: str = "",
           text: str = "AD CLSD DUE WIP", head: str = "A1234/26 NOTAMN") -> str:  # fmt: skip
    item_d = f"\nD) {schedule}" if schedule else ""
    return f"{head}\nQ) EGTT/{code}/IV/NBO/A/000/999/5129N00028W005\nA) EGLL B) {begins} C) {ends}{item_d}\nE) {text}"


def read(text: str) -> Notam:
    return read_notam(Message(text=text, line=1))


def shown(moment: int | None) -> str:
    return "PERM" if moment is None else times.text(moment)[5:16].replace("T", " ")


def spans(found: Notam) -> list[str]:
    return [f"{shown(start)}-{shown(end)}" for start, end in found.periods]


SCHEDULES = [
    ("0700-1700", "2610041200", "2610061000", ["10-04 12:00-10-04 17:00", "10-05 07:00-10-05 17:00", "10-06 07:00-10-06 10:00"]),
    ("DLY 0700-1700", "2610040700", "2610051700", ["10-04 07:00-10-04 17:00", "10-05 07:00-10-05 17:00"]),
    ("2200-0330", "2610042200", "2610060330", ["10-04 22:00-10-05 03:30", "10-05 22:00-10-06 03:30"]),
    ("APR 03 07 AND 12 0730 TO 1500", "2604030730", "2604281500",
     ["04-03 07:30-04-03 15:00", "04-07 07:30-04-07 15:00", "04-12 07:30-04-12 15:00"]),
    ("04 05 09-10 2200-0330", "2610042200", "2610110330",
     ["10-04 22:00-10-05 03:30", "10-05 22:00-10-06 03:30", "10-09 22:00-10-10 03:30", "10-10 22:00-10-11 03:30"]),
    ("OCT 05 07 0800-1000", "2610050800", "2610071000", ["10-05 08:00-10-05 10:00", "10-07 08:00-10-07 10:00"]),
    ("OCT 30-NOV 01 0800-1000", "2610300800", "2611011000",
     ["10-30 08:00-10-30 10:00", "10-31 08:00-10-31 10:00", "11-01 08:00-11-01 10:00"]),
    ("30-01 0800-1000", "2610300800", "2611011000",
     ["10-30 08:00-10-30 10:00", "10-31 08:00-10-31 10:00", "11-01 08:00-11-01 10:00"]),
    ("OCT 05 0800-1000, NOV 03 0900-1100", "2610050800", "2611031100", ["10-05 08:00-10-05 10:00", "11-03 09:00-11-03 11:00"]),
    ("OCT 05 0800-1000, 07 1500-1600, NOV 03 0900-1100", "2610050800", "2611031100",
     ["10-05 08:00-10-05 10:00", "10-07 15:00-10-07 16:00", "11-03 09:00-11-03 11:00"]),
    ("05 1200-1500 1730-2030, 06 1830-2130", "2610051200", "2610062130",
     ["10-05 12:00-10-05 15:00", "10-05 17:30-10-05 20:30", "10-06 18:30-10-06 21:30"]),
    ("05 0800-1000 06 1100-1200", "2610050800", "2610061200", ["10-05 08:00-10-05 10:00", "10-06 11:00-10-06 12:00"]),
    ("05 0800-1000 AND 1200-1300", "2610050800", "2610051300", ["10-05 08:00-10-05 10:00", "10-05 12:00-10-05 13:00"]),
    ("DEC 31-JAN 02 0000-0600", "2612310000", "2701020600",
     ["12-31 00:00-12-31 06:00", "01-01 00:00-01-01 06:00", "01-02 00:00-01-02 06:00"]),
    ("31 2200-0400", "2612312200", "2701010400", ["12-31 22:00-01-01 04:00"]),
    # 5 October 2026 is a Monday
    ("MON 0800-1000", "2610050000", "2610122359", ["10-05 08:00-10-05 10:00", "10-12 08:00-10-12 10:00"]),
    ("MON-WED 0800-1000", "2610050000", "2610092359",
     ["10-05 08:00-10-05 10:00", "10-06 08:00-10-06 10:00", "10-07 08:00-10-07 10:00"]),
    ("MON TUE 0800-1000, FRI 1200-1300", "2610050000", "2610092359",
     ["10-05 08:00-10-05 10:00", "10-06 08:00-10-06 10:00", "10-09 12:00-10-09 13:00"]),
    ("SAT-MON 2300-0100", "2610100000", "2610130200",
     ["10-10 23:00-10-11 01:00", "10-11 23:00-10-12 01:00", "10-12 23:00-10-13 01:00"]),
    ("FRI 1700-MON 0600", "2610050000", "2610122359", ["10-09 17:00-10-12 06:00"]),
    ("05 1700-07 0600", "2610050000", "2610122359", ["10-05 17:00-10-07 06:00"]),
    ("OCT 30 1700-NOV 02 0600", "2610300000", "2611052359", ["10-30 17:00-11-02 06:00"]),
    ("05-07 H24", "2610050000", "2610072400", ["10-05 00:00-10-06 00:00", "10-06 00:00-10-07 00:00", "10-07 00:00-10-08 00:00"]),
    ("05 07", "2610050600", "2610071800", ["10-05 06:00-10-06 00:00", "10-07 00:00-10-07 18:00"]),
    ("05-09 0800-1000 EXC 06 08", "2610050800", "2610091000",
     ["10-05 08:00-10-05 10:00", "10-07 08:00-10-07 10:00", "10-09 08:00-10-09 10:00"]),
    ("DLY 2200-0400 EXC TUE", "2610051200", "2610081200", ["10-05 22:00-10-06 04:00", "10-07 22:00-10-08 04:00"]),
    ("MON-FRI 0800-1000, EXC WED", "2610060000", "2610081200", ["10-06 08:00-10-06 10:00", "10-08 08:00-10-08 10:00"]),
    ("0800-2400", "2610050800", "2610060000", ["10-05 08:00-10-06 00:00"]),
    # By the sun at London Heathrow
    ("SR-SS", "2610050000", "2610052359", ["10-05 06:07-10-05 17:33"]),
    ("05 SS-SR", "2610050000", "2610062359", ["10-05 17:33-10-06 06:09"]),
    ("SR MINUS30-SS PLUS30", "2610050000", "2610052359", ["10-05 05:37-10-05 18:03"]),
    ("0800-SS", "2610050000", "2610052359", ["10-05 08:00-10-05 17:33"]),
    ("HJ", "2610050000", "2610052359", ["10-05 06:07-10-05 17:33"]),
]  # fmt: skip


@pytest.mark.parametrize(("schedule", "begins", "ends", "expected"), SCHEDULES)
def test_a_schedule_gives_periods_in_utc(schedule: str, begins: str, ends: str, expected: list[str]) -> None:
    found = read(notice(schedule=schedule, begins=begins, ends=ends))
    assert found.doubt == ""
    assert spans(found) == expected
    assert found.closed == found.periods


@pytest.mark.parametrize(
    ("schedule", "reason"),
    [
        ("ACT AS INSTRUCTED", "a word of no known form: 'ACT'"),
        ("MON-FRI EXC HOL 0800-1000", "a word of no known form: 'HOL'"),
        ("05 0870-1000", "a time that does not exist: 0870"),
        ("NOV 20 0800-1000", "days outside of items B and C"),
        ("35 0800-1000", "no period between items B and C"),
        ("28 0800-1000", "no period between items B and C"),
    ],
)
def test_an_unreadable_schedule_closes_from_b_to_c_with_a_warning(schedule: str, reason: str) -> None:
    read_all = read_notams(notice(schedule=schedule), "notams.txt")
    (found,) = read_all.records
    assert spans(found) == ["10-04 12:00-10-26 18:00"]
    assert found.closed == found.periods
    (warning,) = read_all.warnings
    assert (warning.file, warning.line) == ("notams.txt", 1)
    assert reason in warning.reason
    assert read_all.faults == ()


def test_a_schedule_by_the_sun_needs_a_position_and_a_sun() -> None:
    without = notice(schedule="SR-SS").replace("5129N00028W005", "")
    assert "no position" in read(without).doubt
    polar = notice(schedule="SR-SS", begins="2612210000", ends="2612222359").replace("5129N00028W", "7815N01528E")
    assert "does not rise or set" in read(polar).doubt


@pytest.mark.parametrize(
    ("day", "lat", "lon", "rises", "sets"),
    [
        ("2026-12-21", 51.51, -0.13, "08:04", "15:53"),  # London
        ("2026-06-21", 40.71, -74.01, "09:25", "00:31"),  # New York: sets on the next UTC day
        ("2026-12-21", -33.87, 151.21, "18:41", "09:05"),  # Sydney: rose on the UTC day before
        ("2026-03-20", 0.0, 0.0, "06:04", "18:11"),  # equator
    ],
)
def test_the_sun_rises_and_sets_as_almanacs_say_to_three_minutes(
    day: str, lat: float, lon: float, rises: str, sets: str
) -> None:
    for found, clock in ((sunrise, rises), (sunset, sets)):
        moment = found(date.fromisoformat(day), lat, lon)
        assert moment is not None
        assert abs(moment % 1440 - times.clock_minutes(clock)) <= 3
        assert times.text(moment)[:10] == day


EFFECTS = [
    ("QFALC", "AD CLSD DUE WIP", "aerodrome_closed", ()),
    ("QFALC", "AD UNAVAILABLE DUE CRANE OPS", "aerodrome_closed", ()),
    ("QFAAU", "AD NOT AVBL", "aerodrome_closed", ()),
    ("QFALC", "LONDON HEATHROW CLOSED", "aerodrome_closed", ()),
    ("QFALC", "AD CLSD TO ALL TFC EXC HOSP FLIGHTS", "aerodrome_closed", ()),
    ("QFALC", "AD CLSD TO VFR FLIGHTS", "limited", ()),
    ("QFALC", "AP CLSD V-22 VTOL", "limited", ()),
    ("QFALT", "AD LTD DUE TO STAFF SHORTAGE", "", ()),
    ("QMRLC", "RWY 09L/27R CLSD DUE WIP", "runway_closed", ("09L", "27R")),
    ("QMRLC", "RUNWAY 18 AND 36 CLOSED", "runway_closed", ("18", "36")),
    ("QMRLC", "CLSD FOR MAINT", "runway_closed", ()),
    ("QMRLC", "RWY 09L CLSD TO LDG OF CODE F ACFT", "limited", ()),
    ("QXXXX", "RWY 04L/22R CLSD", "runway_closed", ("04L", "22R")),
    ("QXXXX", "AD AP CLSD", "aerodrome_closed", ()),
    ("QXXXX", "AD AP CLSD TO NONSKED TRANSIENT ACFT", "", ()),
    ("QMXLC", "TWY B CLSD BTN B4 AND RWY 09L", "", ()),
    ("QICAS", "ILS RWY 27R U/S", "", ()),
    ("QOBCE", "CRANE ERECTED NEAR RWY 27R, CLSD ROAD", "", ()),
]


@pytest.mark.parametrize(("code", "text", "effect", "runways"), EFFECTS)
def test_the_code_or_the_first_words_say_what_is_closed(
    code: str, text: str, effect: str, runways: tuple[str, ...]
) -> None:
    found = read(notice(code=code, text=text))
    assert (found.effect, found.runways) == (effect, runways)
    assert bool(found.closed) == effect.endswith("closed")
    assert found.text == text


def test_other_hours_of_service_close_the_time_outside_them() -> None:
    text = "HOURS OF SERVICE: DLY 0600-2200\nREF AIP AD 2.3"
    found = read(notice(code="QFAAH", begins="2610050000", ends="2610062400", text=text))
    assert found.effect == "hours"
    assert [f"{shown(start)}-{shown(end)}" for start, end in found.closed] == [
        "10-05 00:00-10-05 06:00", "10-05 22:00-10-06 06:00", "10-06 22:00-10-07 00:00",
    ]  # fmt: skip


def test_other_hours_that_cannot_be_read_close_nothing_and_warn() -> None:
    read_all = read_notams(notice(code="QFAAH", text="AS REQUESTED FROM THE TOWER"), "notams.txt")
    assert read_all.records[0].closed == ()
    assert "no hours of a known form" in read_all.warnings[0].reason


def test_an_estimated_end_is_utc() -> None:
    found = read(notice(ends="2610261800EST"))
    assert (shown(found.until_utc), found.estimated) == ("10-26 18:00", True)
    assert read(notice(ends="2610261800 EST")).estimated


def test_a_permanent_notice_has_no_end() -> None:
    found = read(notice(ends="PERM"))
    assert (found.until_utc, found.estimated) == (None, False)
    assert spans(found) == ["10-04 12:00-PERM"]


def test_hour_24_of_item_c_is_the_end_of_the_day() -> None:
    assert shown(read(notice(ends="2610312400")).until_utc) == "11-01 00:00"


@pytest.mark.parametrize(
    ("written", "position", "radius"),
    [
        ("5129N00028W005", (51 + 29 / 60, -28 / 60), 5),
        ("3357S15111E025", (-(33 + 57 / 60), 151 + 11 / 60), 25),
        ("2119N15755W", (21 + 19 / 60, -(157 + 55 / 60)), None),
        ("512900N0002800W005", (51 + 29 / 60, -28 / 60), 5),
        ("9929N00028W005", None, 5),
        ("", None, None),
    ],
)
def test_positions_are_degrees_and_minutes(
    written: str, position: tuple[float, float] | None, radius: int | None
) -> None:
    found = read(notice().replace("5129N00028W005", written))
    assert found.position == (pytest.approx(position) if position else None)
    assert found.radius_nm == radius


def test_items_f_and_g_are_limits() -> None:
    found = read(notice(text="RESTRICTED AREA ACTIVE\nF) SFC G) FL100"))
    assert (found.text, found.lower, found.upper) == ("RESTRICTED AREA ACTIVE", "SFC", "FL100")


def test_letters_with_a_bracket_inside_the_text_are_text() -> None:
    text = "PROCEDURES: A) CALL TOWER D) WAIT\n1) THEN TAXI"
    assert read(notice(text=text)).text == text


@pytest.mark.parametrize(
    ("places", "region"),
    [("EGTT", True), ("EGTT EGPX", False), ("EGLL", False), ("EGLL EGKK", False), ("XXXX", True), ("EGXX", True)],
)
def test_a_notice_for_a_region_names_no_aerodrome(places: str, region: bool) -> None:
    found = read(notice().replace("A) EGLL", f"A) {places}"))
    assert found.region_wide == region
    assert found.places == tuple(places.split())


def test_a_notice_that_was_replaced_or_cancelled_is_not_in_force() -> None:
    first, second = notice(head="A0001/26 NOTAMN"), notice(head="A0002/26 NOTAMN")
    replacing = notice(head="A0003/26 NOTAMR A0001/26", ends="2610301800")
    cancelling = (
        "A0004/26 NOTAMC A0002/26\nQ) EGTT/QFALC/IV/NBO/A/000/999/5129N00028W005\nA) EGLL B) 2610051000\nE) AD OPEN"
    )
    read_all = read_notams("\n\n".join([first, second, replacing, cancelling]), "notams.txt")
    assert [each.kind for each in read_all.records] == ["N", "N", "R", "C"]
    assert [each.number for each in in_force(read_all.records)] == ["A0003/26"]
    assert read_all.records[3].closed == ()


def test_what_stands_before_a_notice_and_brackets_around_it_are_left_out() -> None:
    text = "GG EGLLZPZX\n291200 EUECYIYN\n(" + notice() + ")\n"
    read_all = read_notams(text, "notams.txt")
    assert [(each.number, each.line) for each in read_all.records] == [("A1234/26", 3)]
    assert read_all.faults == ()


def test_one_line_and_small_letters_are_read() -> None:
    (found,) = read_notams(notice().lower().replace("\n", " "), "notams.txt").records
    assert found.effect == "aerodrome_closed"


def test_numbers_of_the_united_states_are_read() -> None:
    assert read(notice(head="10/206 NOTAMN")).number == "10/206"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (notice(begins="2613041200"), 1, "A1234/26: item B '2613041200' is not a time"),
        (notice(ends="2610311270"), 1, "item C '2610311270' is not a time"),
        (notice(ends="2609261800"), 1, "item C lies before item B"),
        (notice(ends=""), 1, "item C '' is not a time"),
        (notice().replace("A) EGLL", "A) HEATHROW"), 1, "names no place"),
        ("A1234/26 NOTAMN\nE) AD CLSD", 1, "items A) and B) are missing"),
        ("nothing of this kind", 1, "holds no notice"),
        (notice() + "\n\n" + notice().split("\n", 1)[1], 6, "has no number"),
    ],
)
def test_what_cannot_be_read_is_a_fault_with_file_line_and_reason(text: str, line: int, reason: str) -> None:
    (fault,) = read_notams(text, "notams.txt").faults
    assert (fault.file, fault.line) == ("notams.txt", line)
    assert reason in fault.reason


PIECES = """
A1234/26 NOTAMN NOTAMR NOTAMC A0001/26 Q) EGTT/QFALC/IV/NBO/A/000/999/5129N00028W005 QFAAH A) EGLL B) 2610041200 C) 2610261800
PERM EST D) E) F) G) MON-FRI EXC OCT NOV 05 30-01 0700-1700 2200-0330 SR-SS SS HJ H24 FRI 1700-MON 0600 , AD CLSD RWY 09L/27R
"""
WORDS = st.sampled_from([*PIECES.split(), "\n"])


@given(st.one_of(st.text(), st.lists(st.one_of(WORDS, st.text(max_size=8)), max_size=30).map(" ".join)))
@example("A1234/26 NOTAMN\nA) EGLL B) 0001010000 C) 9912312359\nD) SR-SS\nE)")
def test_any_text_is_read_or_named(text: str) -> None:
    read_all = read_notams(text, "notams.txt")
    assert read_all.records or read_all.faults or not text.strip()
    for found in read_all.records:
        assert all(end is None or start <= end for start, end in found.periods)


@given(st.lists(WORDS, max_size=12).map(" ".join))
def test_any_schedule_is_read_within_b_and_c_or_doubted(schedule: str) -> None:
    found = read(notice(schedule=schedule.replace(")", "").replace("\n", " ")))
    assert found.doubt or all(
        found.from_utc <= start < end <= (found.until_utc or 0) for start, end in found.periods if end is not None
    )
