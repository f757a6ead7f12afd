"""Clock times of reports become moments, also in nights when clocks change."""

from __future__ import annotations

import pytest
from packs.airline import times
from packs.airline.reported.moments import ClockImpossible, Reference, moment, moment_after, text


def against(zone: str, scheduled: str, received: str) -> Reference:
    return Reference(zone=zone, scheduled=times.minutes(f"{scheduled}:00Z"), received=times.minutes(f"{received}:00Z"))


LONDON = against("Europe/London", "2026-11-21T14:10", "2026-11-21T12:00")
DUBAI = against("Asia/Dubai", "2026-11-21T22:30", "2026-11-21T17:00")
TOKYO = against("Asia/Tokyo", "2026-11-22T02:00", "2026-11-21T16:00")


@pytest.mark.parametrize(
    ("written", "reference", "meant"),
    [
        ("16:40Z", LONDON, "2026-11-21 16:40Z"),
        ("18:30", DUBAI, "2026-11-21 14:30Z"),
        ("23:45L", DUBAI, "2026-11-21 19:45Z"),
        ("04:00L", DUBAI, "2026-11-22 00:00Z"),
        ("today+1 09:00L", DUBAI, "2026-11-22 05:00Z"),
        ("today+0 09:00L", DUBAI, "2026-11-21 05:00Z"),
        ("today+1 09:00", TOKYO, "2026-11-23 00:00Z"),  # at 01:00 in Tokyo it is the 22nd already
        ("2026-11-23 06:00Z", LONDON, "2026-11-23 06:00Z"),
        ("24:00L", LONDON, "2026-11-22 00:00Z"),
        ("2026-11-21 24:00Z", LONDON, "2026-11-22 00:00Z"),
    ],
)
def test_a_clock_is_one_of_its_zone_on_the_nearest_day(written: str, reference: Reference, meant: str) -> None:
    assert text(moment(written, reference, late=True)) == meant


def test_a_clock_long_over_means_the_next_one() -> None:
    soon = against("UTC", "2026-11-21T04:30", "2026-11-21T04:00")
    assert text(moment("17:30", soon, late=True)) == "2026-11-21 17:30Z"  # nearer to the schedule on the day before
    assert text(moment("03:30", soon, late=True)) == "2026-11-21 03:30Z"
    assert text(moment("00:59", soon, late=True)) == "2026-11-22 00:59Z"
    ahead = against("UTC", "2026-11-22T14:10", "2026-11-21T10:00")
    assert text(moment("14:40", ahead, late=True)) == "2026-11-22 14:40Z"


@pytest.mark.parametrize(
    ("written", "zone", "day", "early", "late"),
    [
        # London went back from 02:00 to 01:00 on 25 October 2026: 01:30 was shown twice.
        ("01:30", "Europe/London", "2026-10-25", "00:30", "01:30"),
        # It went forward from 01:00 to 02:00 on 29 March 2026: 01:30 was never shown.
        ("01:30", "Europe/London", "2026-03-29", "00:30", "01:30"),
        # New York went back on 1 November 2026, from 02:00 to 01:00.
        ("01:15", "America/New_York", "2026-11-01", "05:15", "06:15"),
        ("03:15", "America/New_York", "2026-11-01", "08:15", "08:15"),
    ],
)
def test_in_a_night_when_clocks_change_the_cautious_moment_counts(
    written: str, zone: str, day: str, early: str, late: str
) -> None:
    there = against(zone, f"{day}T04:00", f"{day}T00:00")
    assert text(moment(written, there, late=False)) == f"{day} {early}Z"
    assert text(moment(written, there, late=True)) == f"{day} {late}Z"


def test_the_end_of_a_time_is_after_its_start() -> None:
    start = times.minutes("2026-11-21T22:00:00Z")
    assert text(moment_after("05:00Z", start, LONDON, late=True)) == "2026-11-22 05:00Z"
    assert text(moment_after("23:00Z", start, LONDON, late=True)) == "2026-11-21 23:00Z"
    assert text(moment_after("today+2 05:00Z", start, LONDON, late=True)) == "2026-11-23 05:00Z"


@pytest.mark.parametrize("written", ["25:00Z", "24:30Z", "2026-02-30 10:00Z", "soon"])
def test_a_time_that_does_not_exist_is_told(written: str) -> None:
    with pytest.raises(ClockImpossible):
        moment(written, LONDON, late=True)
