"""Paragraphs of 14 CFR part 117 around its tables; the tables are in test_flight_time_us."""

from __future__ import annotations

import pytest
from packs.airline.rules.crew import flight_time_us


@pytest.mark.parametrize(
    ("degrees", "rest_hours", "acclimated"),
    [(60, 10, True), (-60, 10, True), (61, 35, False), (61, 36, True), (-299, 10, False), (-301, 10, True)],
)
def test_a_theatre_or_thirty_six_hours_free_acclimate(degrees: float, rest_hours: int, acclimated: bool) -> None:
    found = flight_time_us.acclimated(degrees_of_longitude=degrees, rest_minutes=rest_hours * 60)
    assert found is acclimated


@pytest.mark.parametrize(("degrees", "hours", "rest"), [(61, 169, 56), (60, 169, 10), (61, 168, 10)])
def test_a_long_way_round_needs_56_hours_at_home(degrees: float, hours: int, rest: int) -> None:
    found = flight_time_us.return_rest_minutes(degrees_of_longitude=degrees, away_minutes=hours * 60)
    assert found == rest * 60


@pytest.mark.parametrize(
    ("name", "hours"),
    [
        ("flight_28_days_minutes", 100),
        ("flight_12_months_minutes", 1000),
        ("duty_7_days_minutes", 60),
        ("duty_28_days_minutes", 190),
    ],
)
def test_cumulative_limits_are_those_of_117_23(name: str, hours: int) -> None:
    used = 600 if name.startswith("duty") else 480
    margin = flight_time_us.cumulative_margin_minutes({name: hours * 60 - used}, duty_minutes=600, flight_minutes=480)
    assert margin == 0


def test_a_european_total_does_not_bind() -> None:
    before = {"duty_14_days_minutes": 10_000}
    assert flight_time_us.cumulative_margin_minutes(before, duty_minutes=600, flight_minutes=480) is None
