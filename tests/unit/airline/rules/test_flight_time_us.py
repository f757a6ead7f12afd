from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packs.airline.rules.crew import flight_time_us as us
from packs.airline.times import clock_minutes

# 14 CFR part 117, as printed. Table B: start, then hours for 1 to 6 and 7 or more segments.
TABLE_B = """
00:00 03:59 9 9 9 9 9 9 9
04:00 04:59 10 10 10 10 9 9 9
05:00 05:59 12 12 12 12 11.5 11 10.5
06:00 06:59 13 13 12 12 11.5 11 10.5
07:00 11:59 14 14 13 13 12.5 12 11.5
12:00 12:59 13 13 13 13 12.5 12 11.5
13:00 16:59 12 12 12 12 11.5 11 10.5
17:00 21:59 12 12 11 11 10 9 9
22:00 22:59 11 11 10 10 9 9 9
23:00 23:59 10 10 10 9 9 9 9
"""
# Table C: start, then hours for class 1, 2, 3 rest facilities, each with 3 and 4 pilots.
TABLE_C = """
00:00 05:59 15 17 14 15.5 13 13.5
06:00 06:59 16 18.5 15 16.5 14 14.5
07:00 12:59 17 19 16.5 18 15 15.5
13:00 16:59 16 18.5 15 16.5 14 14.5
17:00 23:59 15 17 14 15.5 13 13.5
"""
TABLE_A = "00:00 04:59 8\n05:00 19:59 9\n20:00 23:59 8"


def rows(table: str) -> list[tuple[int, list[float]]]:
    found = []
    for line in table.strip().splitlines():
        first, last, *hours = line.split()
        found += [(clock_minutes(edge), [float(each) for each in hours]) for edge in (first, last)]
    return found


@pytest.mark.parametrize(("start", "hours"), rows(TABLE_A))
def test_flight_time_is_that_of_table_a(start: int, hours: list[float]) -> None:
    assert us.max_flight_minutes(start_minute=start) == hours[0] * 60


def test_flight_time_of_augmented_crews_is_thirteen_and_seventeen_hours() -> None:
    assert us.max_flight_minutes(start_minute=0, pilots=3) == 13 * 60
    assert us.max_flight_minutes(start_minute=0, pilots=4) == 17 * 60


@pytest.mark.parametrize(("start", "hours"), rows(TABLE_B))
def test_duty_is_that_of_table_b(start: int, hours: list[float]) -> None:
    for segments in range(1, 10):
        assert us.max_duty_minutes(start_minute=start, sectors=segments) == hours[min(segments, 7) - 1] * 60


@pytest.mark.parametrize(("start", "hours"), rows(TABLE_C))
def test_augmented_duty_is_that_of_table_c(start: int, hours: list[float]) -> None:
    cells = {(pilots, facility): hours[2 * facility - 2 + pilots - 3] for facility in (1, 2, 3) for pilots in (3, 4)}
    for (pilots, facility), limit in cells.items():
        found = us.max_duty_minutes(start_minute=start, sectors=1, pilots=pilots, rest_class=facility)
        assert found == limit * 60


def test_beyond_three_segments_table_b_applies() -> None:
    assert us.max_duty_minutes(start_minute=420, sectors=4, pilots=4) == 13 * 60


@given(start=st.integers(0, 1439), sectors=st.integers(1, 9), pilots=st.integers(2, 4))
def test_thirty_minutes_less_when_not_acclimated(start: int, sectors: int, pilots: int) -> None:
    limits = [
        us.max_duty_minutes(start_minute=start, sectors=sectors, pilots=pilots, acclimated=each)
        for each in (True, False)
    ]
    assert limits[0] - limits[1] == 30


@pytest.mark.parametrize(("start", "sectors"), [(-1, 1), (1440, 1), (0, 0)])
def test_what_the_tables_do_not_hold_is_refused(start: int, sectors: int) -> None:
    with pytest.raises(ValueError, match=r"minute of the day|no duty"):
        us.max_duty_minutes(start_minute=start, sectors=sectors)


def test_rest_and_cumulative_limits() -> None:
    assert us.min_rest_minutes() == 10 * 60
    assert us.weekly_rest_ok(30 * 60)
    assert not us.weekly_rest_ok(30 * 60 - 1)
    assert us.return_rest_minutes(degrees_of_longitude=61, away_minutes=168 * 60 + 1) == 56 * 60
    assert us.return_rest_minutes(degrees_of_longitude=60, away_minutes=168 * 60 + 1) == 10 * 60
    before = {"flight_28_days_minutes": 95 * 60, "duty_7_days_minutes": 50 * 60}
    assert us.cumulative_margin_minutes(before, duty_minutes=600, flight_minutes=300) == 0
    assert us.cumulative_margin_minutes(before, duty_minutes=601, flight_minutes=300) == -1
    assert us.cumulative_margin_minutes({}, duty_minutes=600, flight_minutes=300) is None
