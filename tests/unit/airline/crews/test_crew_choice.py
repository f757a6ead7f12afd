"""Which times of a crew the search looks at: the earliest, and later ones that leave more room."""

from __future__ import annotations

from packs.airline import times
from packs.airline.planning.crew_choice import patiently
from packs.airline.planning.crewing import CrewState


def crew(duty: int, rest: int = 60) -> CrewState:
    return CrewState(
        crew_id="C1",
        report_utc=times.minutes("2026-11-21T04:00:00Z"),
        available=True,
        qualified=True,
        duty_margin=duty,
        rest_margin=rest,
        cumulative_margin=None,
        reserve=True,
    )


def delays(found: list[tuple[int, CrewState]]) -> list[int]:
    return [delay for delay, _ in found]


def test_the_first_three_times_suffice_when_nothing_grows() -> None:
    assert delays(patiently((delay, crew(90 - delay)) for delay in range(0, 200, 5))) == [0, 5, 10]


def test_times_at_which_the_crew_is_not_legal_are_skipped() -> None:
    assert delays(patiently((delay, crew(delay - 40, rest=80)) for delay in range(0, 60, 5)))[:2] == [40, 45]


def test_later_times_count_while_the_duty_limit_grows() -> None:
    # A later report in the early morning has a longer limit: 20 minutes of room until 05:00, 70 after it.
    states = [(delay, crew(20 if delay < 60 else 70)) for delay in range(0, 200, 5)]
    assert delays(patiently(states)) == [0, 5, 10, 60]


def test_later_times_count_while_the_turnaround_is_short_and_no_longer_than_two_hours() -> None:
    assert delays(patiently(((delay, crew(60)) for delay in range(0, 200, 5)), ground=15)) == [0, 5, 10, 15, 20, 25, 30]
    slow = [(delay, crew(10, rest=delay // 10)) for delay in range(0, 500, 5)]
    assert max(delays(patiently(slow))) == 120
