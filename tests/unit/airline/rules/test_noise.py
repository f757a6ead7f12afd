from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packs.airline.rules.airports import noise
from packs.airline.times import clock_minutes

# The printed bands: first and last level, quota count.
BANDS = [
    (60.0, 80.9, 0.0),
    (81.0, 83.9, 0.125),
    (84.0, 86.9, 0.25),
    (87.0, 89.9, 0.5),
    (90.0, 92.9, 1.0),
    (93.0, 95.9, 2.0),
    (96.0, 98.9, 4.0),
    (99.0, 101.9, 8.0),
    (102.0, 120.0, 16.0),
]


@pytest.mark.parametrize(("first", "last", "count"), BANDS)
def test_quota_counts_are_the_printed_bands(first: float, last: float, count: float) -> None:
    assert noise.quota_count(first) == noise.quota_count(last) == count


@given(level=st.floats(81, 98.9))
def test_three_decibels_double_the_count(level: float) -> None:
    assert noise.quota_count(level + 3) == pytest.approx(2 * noise.quota_count(level), rel=1)
    assert noise.quota_count(level + 3) >= noise.quota_count(level)


def test_levels_come_from_the_certificate() -> None:
    assert noise.landing_level_epndb(102.0) == 93.0
    assert noise.take_off_level_epndb(94.0, 96.0) == 95.0
    assert noise.take_off_level_epndb(94.0, 96.0, chapter_2=True) == 96.75


@pytest.mark.parametrize(("clock", "inside"), [("23:29", False), ("23:30", True), ("05:59", True), ("06:00", False)])
def test_the_night_quota_period(clock: str, inside: bool) -> None:
    assert noise.in_quota_period(clock_minutes(clock)) is inside


def test_a_movement_fits_what_is_left_or_is_dispensed() -> None:
    assert noise.fits_quota(2.0, 2.0)
    assert not noise.fits_quota(2.0, 1.9)
    assert noise.fits_quota(2.0, None)
    assert noise.fits_quota(2.0, 0.0, dispensed=True)
