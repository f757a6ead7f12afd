"""Paragraphs of 14 CFR part 117 around its tables; the tables are in test_flight_time_us."""

from __future__ import annotations

import pytest
from packs.airline.rules.crew import flight_time_us


def test_thirty_six_hours_acclimate_to_a_theater() -> None:
    assert flight_time_us.acclimated_by_rest(36 * 60)
    assert not flight_time_us.acclimated_by_rest(36 * 60 - 1)


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
