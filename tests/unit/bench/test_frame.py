"""The bench of ``frame`` on two networks: which incidents it takes, and how it compares."""

from __future__ import annotations

import pytest

from bench.frame import PROBLEMS, Framed, compared, incidents

FLIGHTS = [
    {"number": f"EY{number}", "date": "2026-11-21", "departure_utc": f"2026-11-21T{number:02}:00:00Z"}
    for number in range(20)
]


def test_incidents_are_about_different_flights_spread_over_the_day_with_the_problems_in_turn() -> None:
    chosen = incidents([*FLIGHTS, {**FLIGHTS[0], "number": "EY99", "date": "2026-11-22"}], "2026-11-21", 10)
    assert [each["flight"] for each in chosen] == [f"EY{number}" for number in range(0, 20, 2)]
    assert [each["problems"] for each in chosen[:7]] == [[dict(each)] for each in PROBLEMS]


def test_more_incidents_than_flights_are_refused() -> None:
    with pytest.raises(SystemExit, match="20 flights leave on 2026-11-21"):
        incidents(FLIGHTS, "2026-11-21", 21)


def test_ratios_are_of_medians_and_of_mean_requests() -> None:
    small = [Framed(seconds=each, processor=0.1, requests=60) for each in (0.2, 0.4, 9.0)]
    large = [
        Framed(seconds=each, processor=0.3, requests=requests) for each, requests in ((0.6, 60), (0.5, 90), (0.7, 75))
    ]
    figures = compared(list(zip(small, large, strict=True)))
    assert (figures["ratio_seconds"], figures["ratio_processor_seconds"], figures["ratio_requests"]) == (1.5, 3.0, 1.25)
    assert (figures["small_longest_seconds"], figures["large_most_requests"]) == (9.0, 90)
