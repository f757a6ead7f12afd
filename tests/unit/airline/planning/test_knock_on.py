"""What a late aircraft does to its later flights, and when airports are closed."""

from __future__ import annotations

import pytest
from airline_rows import at, flight
from hypothesis import given
from hypothesis import strategies as st
from packs.airline.planning.knock_on import curfew_violation, curfew_wait, propagate
from packs.airline.sample_data.rotations import outside_curfew

FRANKFURT = {"tz": "Europe/Berlin", "curfew_closed": True, "curfew_start": "23:00", "curfew_end": "05:00"}
LONDON = {"tz": "Europe/London", "curfew_closed": False, "curfew_start": "23:30", "curfew_end": "06:00"}

LINE = [flight("A", "AUH", "BAH", "10:00", "11:00"), flight("B", "BAH", "AUH", "12:30", "13:30")]


def test_delay_shrinks_by_the_slack_on_the_ground() -> None:
    late = propagate(arrival_utc=at("10:30"), line=LINE, turnaround_minutes=45, airports={})
    assert [each.delay_minutes for each in late] == [75, 30]
    assert late[-1].arrival_utc == at("14:00")


def test_an_aircraft_that_is_back_in_time_delays_nothing() -> None:
    assert propagate(arrival_utc=at("09:15"), line=LINE, turnaround_minutes=45, airports={}) == []


def test_knock_on_waits_for_a_closed_airport() -> None:
    evening = [flight("C", "FRA", "AUH", "21:30", "23:30", block_minutes=360)]
    late = propagate(arrival_utc=at("21:10"), line=evening, turnaround_minutes=75, airports={"FRA": FRANKFURT})
    assert late[0].departure_utc == at("04:00", "2026-11-22")


@given(first=st.integers(0, 600), more=st.integers(0, 300))
def test_a_later_arrival_never_shortens_a_later_delay(first: int, more: int) -> None:
    def total(minutes: int) -> int:
        late = propagate(arrival_utc=at("08:00") + minutes, line=LINE, turnaround_minutes=45, airports={})
        return sum(each.delay_minutes for each in late)

    assert total(first + more) >= total(first)


@pytest.mark.parametrize(
    ("moment", "wait"),
    [
        (at("22:00", "2026-11-21"), 360),  # 23:00 in winter
        (
            at("22:00", "2026-03-28"),
            360 - 60,
        ),  # the night that loses an hour: 23:00 winter time, opens 05:00 summer time
        (at("21:00", "2026-10-24"), 360 + 60),  # the night that gains one: 23:00 summer time
        (at("00:30", "2026-10-25"), 210),  # 02:30 for the first time
        (at("01:30", "2026-10-25"), 150),  # 02:30 again
    ],
)
def test_the_wait_ends_when_the_clock_at_the_airport_shows_the_opening(moment: int, wait: int) -> None:
    """Frankfurt opens at 05:00 whatever the clocks did in the night."""
    assert curfew_wait(moment, FRANKFURT) == wait
    assert curfew_violation(moment + wait, FRANKFURT) == 0
    assert curfew_violation(moment + wait - 1, FRANKFURT) > 0


def test_the_schedule_keeps_out_of_the_night_in_which_the_clock_changes() -> None:
    midnight = at("22:00", "2026-10-24")
    assert outside_curfew("FRA", "Europe/Berlin", midnight) == at("04:10", "2026-10-25")


def test_a_quota_period_is_not_a_closure() -> None:
    assert curfew_wait(at("23:45"), LONDON) == 0
    assert curfew_violation(at("23:45"), LONDON) == 0
    assert curfew_violation(at("22:30"), FRANKFURT) == 30
    assert curfew_violation(at("22:30"), None) == 0


@pytest.mark.parametrize("came", ["10:00", "19:00"])
def test_a_flight_planned_inside_a_closure_leaves_at_the_opening_whenever_its_aircraft_came(came: str) -> None:
    """23:30 in Frankfurt, which opens at 05:00; what the aircraft flies next is late by that alone."""
    night = [flight("C", "FRA", "AUH", "22:30", "23:30", block_minutes=360)]
    (late,) = propagate(arrival_utc=at(came), line=night, turnaround_minutes=75, airports={"FRA": FRANKFURT})
    assert (late.departure_utc, late.delay_minutes) == (at("04:00", "2026-11-22"), 330)
