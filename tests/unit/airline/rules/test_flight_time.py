from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packs.airline.rules.crew.flight_time import max_basic_duty_minutes, max_duty_minutes, min_rest_minutes
from packs.airline.times import clock_minutes

# ORO.FTL.205(b)(1), Table 2, as printed: start of duty, then the limit for 1-2, 3, 4, 5, 6, 7, 8, 9, 10 sectors.
TABLE_2 = """
06:00 13:29 13:00 12:30 12:00 11:30 11:00 10:30 10:00 9:30 9:00
13:30 13:59 12:45 12:15 11:45 11:15 10:45 10:15 9:45 9:15 9:00
14:00 14:29 12:30 12:00 11:30 11:00 10:30 10:00 9:30 9:00 9:00
14:30 14:59 12:15 11:45 11:15 10:45 10:15 9:45 9:15 9:00 9:00
15:00 15:29 12:00 11:30 11:00 10:30 10:00 9:30 9:00 9:00 9:00
15:30 15:59 11:45 11:15 10:45 10:15 9:45 9:15 9:00 9:00 9:00
16:00 16:29 11:30 11:00 10:30 10:00 9:30 9:00 9:00 9:00 9:00
16:30 16:59 11:15 10:45 10:15 9:45 9:15 9:00 9:00 9:00 9:00
17:00 04:59 11:00 10:30 10:00 9:30 9:00 9:00 9:00 9:00 9:00
05:00 05:14 12:00 11:30 11:00 10:30 10:00 9:30 9:00 9:00 9:00
05:15 05:29 12:15 11:45 11:15 10:45 10:15 9:45 9:15 9:00 9:00
05:30 05:44 12:30 12:00 11:30 11:00 10:30 10:00 9:30 9:00 9:00
05:45 05:59 12:45 12:15 11:45 11:15 10:45 10:15 9:45 9:15 9:00
"""
STARTS = st.integers(0, 1439)
SECTORS = st.integers(1, 10)


def printed() -> list[tuple[int, int, int]]:
    cells = []
    for line in TABLE_2.strip().splitlines():
        first, last, *limits = (clock_minutes(cell) for cell in line.split())
        for sectors, limit in zip((2, 3, 4, 5, 6, 7, 8, 9, 10), limits, strict=True):
            cells += [(first, sectors, limit), (last, sectors, limit)]
    return cells


@pytest.mark.parametrize(("start", "sectors", "limit"), printed())
def test_limits_are_those_of_the_printed_table(start: int, sectors: int, limit: int) -> None:
    assert max_basic_duty_minutes(start_minute=start, sectors=sectors) == limit
    if sectors == 2:
        assert max_basic_duty_minutes(start_minute=start, sectors=1) == limit


@given(start=STARTS, sectors=SECTORS)
def test_limits_lie_between_nine_and_thirteen_hours(start: int, sectors: int) -> None:
    assert 540 <= max_basic_duty_minutes(start_minute=start, sectors=sectors) <= 780


@given(start=STARTS, sectors=st.integers(1, 9))
def test_another_sector_never_extends_the_duty(start: int, sectors: int) -> None:
    more = max_basic_duty_minutes(start_minute=start, sectors=sectors + 1)
    assert more <= max_basic_duty_minutes(start_minute=start, sectors=sectors)


@given(start=STARTS, sectors=SECTORS, rest_class=st.integers(1, 3))
def test_another_pilot_never_shortens_the_duty(start: int, sectors: int, rest_class: int) -> None:
    limits = [
        max_duty_minutes(start_minute=start, sectors=sectors, pilots=pilots, rest_class=rest_class)
        for pilots in (2, 3, 4)
    ]
    assert limits == sorted(limits)


@pytest.mark.parametrize(
    ("pilots", "rest_class", "hours"), [(3, 1, 16), (3, 2, 15), (3, 3, 14), (4, 1, 17), (4, 2, 16)]
)
def test_in_flight_rest_extends_to_the_figures_of_the_specification(pilots: int, rest_class: int, hours: int) -> None:
    assert max_duty_minutes(start_minute=600, sectors=2, pilots=pilots, rest_class=rest_class) == hours * 60


def test_a_sector_over_nine_hours_adds_one_hour() -> None:
    assert max_duty_minutes(start_minute=600, sectors=1, pilots=3, longest_sector_minutes=541) == 17 * 60
    assert max_duty_minutes(start_minute=600, sectors=1, pilots=3, longest_sector_minutes=540) == 16 * 60
    assert max_duty_minutes(start_minute=600, sectors=3, pilots=3, longest_sector_minutes=600) == 16 * 60


def test_in_flight_rest_is_limited_to_three_sectors() -> None:
    assert max_duty_minutes(start_minute=600, sectors=4, pilots=4) == 12 * 60


@pytest.mark.parametrize(("start", "sectors"), [(-1, 1), (1440, 1), (0, 0), (0, 11)])
def test_what_the_table_does_not_hold_is_refused(start: int, sectors: int) -> None:
    with pytest.raises(ValueError, match="not"):
        max_basic_duty_minutes(start_minute=start, sectors=sectors)


@given(duty=st.integers(0, 1200), home=st.booleans())
def test_rest_is_at_least_the_preceding_duty(duty: int, home: bool) -> None:
    rest = min_rest_minutes(preceding_duty_minutes=duty, home_base=home)
    assert rest == max(duty, 12 * 60 if home else 10 * 60)
