"""Published tables, definitions and answers on flight duty and rest, by the pack's rule and by the evaluation's own.

Sources: [205] ORO.FTL.205 at understandingeasa2016ftl.wordpress.com; [1052] GM1 ORO.FTL.105(2) and the answer below it,
there; [105], [235] Regulation (EU) 965/2012, Annex III; [CAP 1266] the authority's guidance on acclimatisation at
esdocs.com/doc/470166; [M6] module 6 at vdocuments.mx; [CS 205] CS FTL.1.205 at regulatorylibrary.caa.co.uk and, like
[CS 235], in transcriptions of CS FTL.1 (github.com/jpeloille/CrewSizer, regulations.md; operators' tables of local nights);
[FAQ n] easa.europa.eu/faq/n; [EASA 2014] FTL FAQ at pdfslide.us; [117.n] 14 CFR at law.lawstack.com and ecfr.gov; [Q n]
far117understanding.com, flight duty time extensions.
"""

from __future__ import annotations

import pytest
from airline_rows import clock, place
from packs.airline import times
from packs.airline.rules.crew import flight_time, flight_time_us, time_zones, unforeseen, unforeseen_us
from packs.airline.times import clock_minutes

from evaluation.airline.rules import abroad, regulations, regulations_us


def hours(cell: str) -> int:
    """``12:30`` as minutes."""
    return clock_minutes(cell)


@pytest.mark.parametrize(
    ("start", "sectors", "limit"),
    [
        pytest.param("06:00", 1, "13:00", id="first minute of the longest day [205 Table 2]"),
        pytest.param("13:29", 2, "13:00", id="and its last [205 Table 2]"),
        pytest.param("13:30", 2, "12:45", id="the afternoon shortens it [205 Table 2]"),
        pytest.param("14:29", 3, "12:00", id="three sectors after two [205 Table 2]"),
        pytest.param("15:30", 4, "10:45", id="four sectors [205 Table 2]"),
        pytest.param("16:59", 5, "9:45", id="five sectors [205 Table 2]"),
        pytest.param("17:00", 1, "11:00", id="the night begins [205 Table 2]"),
        pytest.param("04:59", 6, "9:00", id="and ends; six sectors [205 Table 2]"),
        pytest.param("05:00", 7, "9:30", id="seven sectors [205 Table 2]"),
        pytest.param("05:15", 8, "9:15", id="eight sectors [205 Table 2]"),
        pytest.param("05:45", 9, "9:15", id="nine sectors [205 Table 2]"),
        pytest.param("10:00", 10, "9:00", id="ten sectors [205 Table 2]"),
        pytest.param("19:20", 2, "11:00", id="Bucharest 19:20, two sectors [answer at 1052]"),
        pytest.param("18:20", 2, "11:00", id="the same on Cologne's clock [answer at 1052]"),
        pytest.param(None, 2, "11:00", id="unknown state, two sectors [205 Table 3]"),
        pytest.param(None, 4, "10:00", id="unknown state, four sectors [205 Table 3]"),
        pytest.param(None, 8, "9:00", id="unknown state, eight sectors [205 Table 3]"),
        pytest.param(None, 9, "0:00", id="unknown state, no ninth sector [205 Table 3]"),
        pytest.param("10:00", 11, "0:00", id="no eleventh sector [205 Table 2]"),
    ],
)
def test_basic_flight_duty(start: str | None, sectors: int, limit: str) -> None:
    minute = None if start is None else hours(start)
    assert flight_time.max_duty_minutes(start_minute=minute, sectors=sectors) == hours(limit)
    found = regulations.flight_duty_limit(start=minute, sectors=sectors, pilots=2, rest_class=1, longest_sector=60)
    assert found == hours(limit)


@pytest.mark.parametrize(
    ("pilots", "rest_class", "longest", "limit"),
    [
        pytest.param(3, 3, "8:00", "14:00", id="one more pilot, a seat [CS 205(c)(2)]"),
        pytest.param(3, 2, "8:00", "15:00", id="one more pilot, a reclining seat apart [CS 205(c)(2)]"),
        pytest.param(3, 1, "8:00", "16:00", id="one more pilot, a bunk [CS 205(c)(2)]"),
        pytest.param(4, 3, "8:00", "15:00", id="two more pilots, a seat [CS 205(c)(2)]"),
        pytest.param(4, 2, "8:00", "16:00", id="two more pilots, a reclining seat apart [CS 205(c)(2)]"),
        pytest.param(4, 1, "8:00", "17:00", id="two more pilots, a bunk [CS 205(c)(2)]"),
        pytest.param(4, 1, "9:01", "18:00", id="an hour more with more than nine hours of flight [CS 205(c)(4)]"),
        pytest.param(4, 1, "9:00", "17:00", id="nine hours are not more than nine [CS 205(c)(4)]"),
    ],
)
def test_flight_duty_with_rest_in_flight(pilots: int, rest_class: int, longest: str, limit: str) -> None:
    asked = {"start_minute": 600, "sectors": 2, "longest_sector_minutes": hours(longest)}
    assert flight_time.max_duty_minutes(pilots=pilots, rest_class=rest_class, **asked) == hours(limit)
    found = regulations.flight_duty_limit(
        start=600, sectors=2, pilots=pilots, rest_class=rest_class, longest_sector=hours(longest)
    )
    assert found == hours(limit)


@pytest.mark.parametrize(
    ("base", "reports", "elapsed", "utc", "read"),
    [
        pytest.param("HEL", "LHR", 20, "2026-11-21T08:00", "08:00", id="Helsinki, reports in London: London [1052(b)]"),
        pytest.param("LHR", "ATH", 20, "2026-11-21T08:00", "10:00", id="London, rested in Athens: Athens [CAP 1266]"),
        pytest.param("ATH", "KHI", 20, "2026-06-21T08:00", "13:00", id="Athens, then Karachi, two hours on [CAP 1266]"),
        pytest.param("CDG", "JED", 20, "2026-11-21T08:00", "11:00", id="Paris to Jeddah: still acclimatised [M6]"),
        pytest.param("CDG", "IKA", 20, "2026-11-21T08:00", "09:00", id="Paris to Tehran: two and a half hours [M6]"),
        pytest.param(
            "CGN", "OTP", 20, "2026-11-21T17:20", "19:20", id="Cologne, reports in Bucharest [answer at 1052]"
        ),
        pytest.param("AUH", "DEL", 20, "2026-11-21T08:30", "14:00", id="Abu Dhabi, Delhi: an hour and a half [105(1)]"),
        pytest.param("AUH", "BOM", 20, "2026-11-21T00:30", "06:00", id="Abu Dhabi, Bombay: the same [105(1)]"),
        pytest.param("LHR", "DXB", 47.9, "2026-11-21T08:00", "08:00", id="four hours within 48: home [105 Table 1]"),
        pytest.param("LHR", "DXB", 48, "2026-11-21T08:00", None, id="four hours after 48: unknown [105 Table 1]"),
        pytest.param("LHR", "DXB", 72, "2026-11-21T08:00", "12:00", id="four hours after 72: local [105 Table 1]"),
        pytest.param("LHR", "RUH", 48, "2026-11-21T08:00", "11:00", id="three hours after 48: local [105 Table 1]"),
        pytest.param("LHR", "SIN", 95, "2026-11-21T08:00", None, id="eight hours before 96: unknown [105 Table 1]"),
        pytest.param("LHR", "SIN", 96, "2026-11-21T08:00", "16:00", id="eight hours after 96: local [105 Table 1]"),
        pytest.param("LHR", "SYD", 119, "2026-11-21T08:00", None, id="eleven hours before 120: unknown [105 Table 1]"),
        pytest.param("LHR", "SYD", 120, "2026-11-21T08:00", "19:00", id="eleven hours after 120: local [105 Table 1]"),
    ],
)
def test_the_clock_that_a_duty_is_read_on(base: str, reports: str, elapsed: float, utc: str, read: str | None) -> None:
    report = times.minutes(f"{utc}:00Z")
    left = report - round(elapsed * 60)
    minute = None if read is None else hours(read)
    assert time_zones.reference_minute(report, clock(reports, base, base=base, left_base_utc=left)) == minute
    zones = {"home": place(base).tz, "reports": place(reports).tz, "released": place(base).tz}
    assert abroad.start_of_duty(report, abroad.Whereabouts(**zones, degrees=0.0, away_since=left)) == minute


NIGHTS = """
4:00 47:59 2
6:00 48:00 2
6:00 72:00 3
5:30 96:00 3
6:30 47:59 2
9:00 48:00 3
9:00 95:59 3
7:00 96:00 4
9:30 20:00 2
12:00 71:59 3
12:00 72:00 4
11:00 120:00 5
"""


@pytest.mark.parametrize(
    ("difference", "elapsed", "nights"),
    [pytest.param(*line.split(), id=f"{line} [CS 235(b)(3)(i)]") for line in NIGHTS.strip().splitlines()],
)
def test_local_nights_at_home_base(difference: str, elapsed: str, nights: str) -> None:
    """Released at noon in Abu Dhabi: the last night is over at 06:00 as many days later."""
    released = times.minutes("2026-11-21T08:00:00Z")
    until = times.minutes("2026-11-21T02:00:00Z") + int(nights) * 1440
    away, rotation = hours(difference), hours(elapsed)
    rest = time_zones.Rest(
        from_utc=released, duty_minutes=600, at_base=True, zone="Asia/Dubai",
        difference_minutes=away, rotation_minutes=rotation,
    )  # fmt: skip
    assert time_zones.rested_at(rest) == until
    worked = abroad.Worked(released=released, length=600, at_base=True, home="Asia/Dubai", away=away, rotation=rotation)
    assert abroad.fit_again(worked) == until


@pytest.mark.parametrize(
    ("at_base", "duty", "away", "extended", "rest"),
    [
        pytest.param(True, "8:00", "0:00", False, "12:00", id="twelve hours at home base [235(a)(1)]"),
        pytest.param(True, "13:10", "3:59", False, "13:10", id="or the duty; below four hours no nights [235(a)(1)]"),
        pytest.param(False, "8:00", "0:00", False, "10:00", id="ten hours away from it [235(b)]"),
        pytest.param(False, "11:30", "3:59", False, "11:30", id="or the duty [235(b)]"),
        pytest.param(False, "8:00", "4:00", False, "14:00", id="fourteen after four hours of difference [CS 235(b)(3)(ii)]"),
        pytest.param(False, "15:00", "4:00", False, "15:00", id="or the duty [CS 235(b)(3)(ii)]"),
        pytest.param(False, "13:30", "0:00", True, "14:00", id="fourteen after rest in flight [CS 205(c)]"),
        pytest.param(True, "13:30", "0:00", True, "14:00", id="at the destination, home base or not [CS 205(c)]"),
        pytest.param(False, "16:20", "0:00", True, "16:20", id="or the duty [CS 205(c)]"),
    ],
)  # fmt: skip
def test_shortest_rest(at_base: bool, duty: str, away: str, extended: bool, rest: str) -> None:
    released = times.minutes("2026-11-21T08:00:00Z")
    before = time_zones.Rest(
        from_utc=released, duty_minutes=hours(duty), at_base=at_base, zone="Asia/Dubai",
        difference_minutes=hours(away), extended=extended,
    )  # fmt: skip
    assert time_zones.rested_at(before) - released == hours(rest)
    worked = abroad.Worked(
        released=released, length=hours(duty), at_base=at_base, home="Asia/Dubai", away=hours(away), slept=extended
    )
    assert abroad.fit_again(worked) - released == hours(rest)


def table_2(moment: int) -> int:
    """The limit of two sectors from a minute of the day."""
    return flight_time.max_basic_duty_minutes(start_minute=moment % 1440, sectors=2)


@pytest.mark.parametrize(
    ("planned", "delayed", "limit"),
    [
        pytest.param("10:00", "13:59", "13:00", id="less than four hours: as originally planned [FAQ 47624]"),
        pytest.param("12:00", "15:59", "13:00", id="though the later start alone has less [FAQ 47624]"),
        pytest.param("12:00", "16:00", "11:30", id="four hours: the delayed time limits [FAQ 47624, CS 205(d)(1)(iv)]"),
        pytest.param("03:00", "09:00", "11:00", id="never longer by a delay [FAQ 47624]"),
    ],
)
def test_delayed_reporting(planned: str, delayed: str, limit: str) -> None:
    found = unforeseen.delayed_reporting(planned=hours(planned), delayed=hours(delayed), limit=table_2)
    assert found.limit_minutes == hours(limit)
    assert found.counts_from == hours(delayed)


@pytest.mark.parametrize(
    ("start", "augmented", "longest"),
    [
        pytest.param("19:20", False, "13:00", id="11:00 and two hours [answer at 1052]"),
        pytest.param("10:00", False, "15:00", id="the values of the table and two hours [EASA 2014]"),
        pytest.param("10:00", True, "16:00", id="three if the crew has been augmented [EASA 2014]"),
    ],
)
def test_commanders_discretion(start: str, augmented: bool, longest: str) -> None:
    assert table_2(hours(start)) + unforeseen.discretion_minutes(augmented=augmented) == hours(longest)


@pytest.mark.parametrize(
    ("start", "segments", "limit"),
    [
        pytest.param("00:00", 1, 9, id="0000-0359, one segment [117.13 Table B]"),
        pytest.param("04:30", 5, 9, id="0400-0459, five [117.13 Table B]"),
        pytest.param("05:00", 2, 12, id="0500-0559, two [117.13 Table B]"),
        pytest.param("06:59", 3, 12, id="0600-0659, three [117.13 Table B]"),
        pytest.param("07:00", 1, 14, id="0700-1159, one [117.13 Table B]"),
        pytest.param("11:59", 5, 12.5, id="0700-1159, five [117.13 Table B]"),
        pytest.param("12:30", 4, 13, id="1200-1259, four [117.13 Table B]"),
        pytest.param("13:00", 6, 11, id="1300-1659, six [117.13 Table B]"),
        pytest.param("17:00", 3, 11, id="1700-2159, three [117.13 Table B]"),
        pytest.param("22:15", 2, 11, id="2200-2259, two [117.13 Table B]"),
        pytest.param("23:59", 4, 9, id="2300-2359, four [117.13 Table B]"),
    ],
)
def test_united_states_flight_duty(start: str, segments: int, limit: float) -> None:
    minute = hours(start)
    assert flight_time_us.max_duty_minutes(start_minute=minute, sectors=segments) == limit * 60
    away = flight_time_us.max_duty_minutes(start_minute=minute, sectors=segments, acclimated=False)
    assert away == limit * 60 - 30  # 117.13(b)(1)
    for acclimated, expected in ((True, limit * 60), (False, limit * 60 - 30)):
        found = regulations_us.flight_duty_limit(
            start=minute, sectors=segments, pilots=2, rest_class=1, longest_sector=60, acclimated=acclimated
        )
        assert found == expected


@pytest.mark.parametrize(
    ("start", "pilots", "rest_class", "limit"),
    [
        pytest.param("05:59", 3, 1, 15, id="0000-0559, three pilots, class 1 [117.17 Table C]"),
        pytest.param("06:30", 4, 1, 18.5, id="0600-0659, four, class 1 [117.17 Table C]"),
        pytest.param("07:00", 3, 2, 16.5, id="0700-1259, three, class 2 [117.17 Table C]"),
        pytest.param("12:59", 4, 2, 18, id="0700-1259, four, class 2 [117.17 Table C]"),
        pytest.param("13:00", 3, 3, 14, id="1300-1659, three, class 3 [117.17 Table C]"),
        pytest.param("17:00", 4, 3, 13.5, id="1700-2359, four, class 3 [117.17 Table C]"),
    ],
)
def test_united_states_augmented_flight_duty(start: str, pilots: int, rest_class: int, limit: float) -> None:
    limit_minutes = flight_time_us.max_duty_minutes(
        start_minute=hours(start), sectors=2, pilots=pilots, rest_class=rest_class
    )
    assert limit_minutes == limit * 60
    found = regulations_us.flight_duty_limit(
        start=hours(start), sectors=2, pilots=pilots, rest_class=rest_class, longest_sector=600
    )
    assert found == limit * 60


@pytest.mark.parametrize(
    ("asked", "room", "before", "allowed"),
    [
        pytest.param(121, 600, False, False, id="more than two hours, known before take-off: no [Q 36]"),
        pytest.param(120, 600, False, True, id="two hours [117.19(a)(1)]"),
        pytest.param(90, 60, False, False, id="over the cumulative limits: no [Q 37]"),
        pytest.param(45, 600, False, True, id="more than 30 minutes, both concur [Q 38]"),
        pytest.param(31, 600, True, False, id="more than 30 minutes a second time [117.19(a)(2)]"),
        pytest.param(30, 600, True, True, id="30 minutes a second time [117.19(a)(2)]"),
    ],
)
def test_united_states_extensions(asked: int, room: int, before: bool, allowed: bool) -> None:
    most = unforeseen_us.extension_minutes(cumulative_room_minutes=room, extended_before=before)
    assert (asked <= most) is allowed


@pytest.mark.parametrize(
    ("limit", "waited", "augmented", "longest"),
    [
        pytest.param(9, 4, False, 9, id="Table B and four hours [117.21(c)(3)]"),
        pytest.param(9, 5, False, 8, id="an hour more of waiting takes one [117.21(c)(3)]"),
        pytest.param(14, 3, False, 13, id="the lesser: sixteen hours [117.21(c)(3)]"),
        pytest.param(17, 6, True, 15, id="Table C and four hours [117.21(c)(4)]"),
    ],
)
def test_united_states_short_call_reserve(limit: int, waited: int, augmented: bool, longest: int) -> None:
    found = unforeseen_us.short_call_duty_minutes(
        limit_minutes=limit * 60, waited_minutes=waited * 60, augmented=augmented
    )
    assert found == longest * 60
