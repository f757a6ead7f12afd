"""Commander's discretion and delayed reporting in Europe; extensions and reserve in the United States."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packs.airline.rules.crew import flight_time_us, unforeseen, unforeseen_us
from packs.airline.rules.crew.flight_time import max_basic_duty_minutes

DAY = 1440


def limit_at(moment: int) -> int:
    """Table 2 of ORO.FTL.205(b)(1) for two sectors, midnight at 0."""
    return max_basic_duty_minutes(start_minute=moment % DAY, sectors=2)


def test_a_commander_adds_two_hours_or_three_with_an_augmented_crew() -> None:
    assert unforeseen.discretion_minutes(augmented=False) == 120
    assert unforeseen.discretion_minutes(augmented=True) == 180


def test_discretion_is_what_passes_the_limit() -> None:
    assert unforeseen.discretion_needed(limit_minutes=780, duty_minutes=870) == 90
    assert unforeseen.discretion_needed(limit_minutes=780, duty_minutes=780) == 0


def test_rest_is_reduced_to_ten_hours_at_most() -> None:
    assert unforeseen.rest_after_discretion(rest_minutes=840) == 600
    assert unforeseen.rest_after_discretion(rest_minutes=590) == 590


@pytest.mark.parametrize(("more", "less", "told"), [(60, 0, False), (61, 0, True), (0, 60, False), (30, 61, True)])
def test_the_authority_hears_of_more_than_an_hour(more: int, less: int, told: bool) -> None:
    assert unforeseen.authority_is_told(increase_minutes=more, reduction_minutes=less) is told


@pytest.mark.parametrize(
    ("hours_late", "limit"),
    [
        (3, 780),  # less than four hours: the limit of 12:00 stays, though 15:00 has 12:00 hours
        (3.99, 780),
        (4, 690),  # the more limiting of 12:00 and 16:00
        (9, 660),
    ],
)
def test_delayed_reporting_never_lengthens_a_duty(hours_late: float, limit: int) -> None:
    found = unforeseen.delayed_reporting(planned=720, delayed=720 + round(hours_late * 60), limit=limit_at)
    assert found.limit_minutes == limit
    assert found.counts_from == 720 + round(hours_late * 60)
    assert not found.as_rest


def test_the_planned_time_may_be_the_more_limiting_one() -> None:
    found = unforeseen.delayed_reporting(planned=240, delayed=600, limit=limit_at)
    assert found.limit_minutes == 660  # 04:00 has 11:00 hours, 10:00 has 13:00


def test_a_delay_of_ten_hours_is_a_rest() -> None:
    found = unforeseen.delayed_reporting(planned=240, delayed=840, limit=limit_at)
    assert found == unforeseen.DelayedDuty(counts_from=840, limit_minutes=750, as_rest=True)
    assert not unforeseen.delayed_reporting(planned=240, delayed=839, limit=limit_at).as_rest


@pytest.mark.parametrize(("told_again", "counts_from"), [(500, 560), (530, 590), (540, 600), (599, 600)])
def test_a_second_call_lets_duty_count_after_an_hour(told_again: int, counts_from: int) -> None:
    found = unforeseen.delayed_reporting(planned=480, delayed=600, amended=1200, told_again=told_again, limit=limit_at)
    assert found.counts_from == counts_from
    assert found.limit_minutes == 660  # twelve hours in all, but in two calls: not a rest
    assert not found.as_rest


def test_a_delayed_report_is_not_before_the_planned_one() -> None:
    with pytest.raises(ValueError, match="not before"):
        unforeseen.delayed_reporting(planned=600, delayed=599, limit=limit_at)
    with pytest.raises(ValueError, match="second call"):
        unforeseen.delayed_reporting(planned=600, delayed=660, amended=720, limit=limit_at)


@given(planned=st.integers(0, DAY - 1), late=st.integers(0, 599))
def test_a_delayed_duty_has_at_most_the_planned_limit(planned: int, late: int) -> None:
    found = unforeseen.delayed_reporting(planned=planned, delayed=planned + late, limit=limit_at)
    assert found.limit_minutes <= limit_at(planned)


@pytest.mark.parametrize(
    ("room", "before", "minutes"),
    [(None, False, 120), (500, False, 120), (75, False, 75), (-10, False, 0), (500, True, 30), (20, True, 20)],
)
def test_both_extend_a_duty_by_two_hours_before_take_off(room: int | None, before: bool, minutes: int) -> None:
    assert unforeseen_us.extension_minutes(cumulative_room_minutes=room, extended_before=before) == minutes
    assert unforeseen_us.AGREED_BY == ("pilot in command", "certificate holder")


def test_after_take_off_a_duty_goes_on_to_the_landing_once() -> None:
    assert unforeseen_us.may_land(beyond_minutes=300, extended_before=False)
    assert not unforeseen_us.may_land(beyond_minutes=31, extended_before=True)
    assert unforeseen_us.may_land(beyond_minutes=30, extended_before=True)


def test_more_than_half_an_hour_is_reported() -> None:
    assert not unforeseen_us.is_reported(beyond_minutes=30)
    assert unforeseen_us.is_reported(beyond_minutes=31)
    assert unforeseen_us.is_reported(beyond_minutes=0, cumulative_passed=True)


@pytest.mark.parametrize(
    ("limit", "waited", "augmented", "minutes"),
    [
        (14 * 60, 0, False, 14 * 60),
        (14 * 60, 2 * 60, False, 14 * 60),
        (14 * 60, 4 * 60, False, 12 * 60),  # sixteen hours in all
        (9 * 60, 6 * 60, False, 7 * 60),  # thirteen: nine and four
        (17 * 60, 6 * 60, True, 15 * 60),  # twenty-one: augmented, the sixteen hours do not bind
    ],
)
def test_short_call_reserve_and_duty_are_bounded_together(
    limit: int, waited: int, augmented: bool, minutes: int
) -> None:
    found = unforeseen_us.short_call_duty_minutes(limit_minutes=limit, waited_minutes=waited, augmented=augmented)
    assert found == minutes


@pytest.mark.parametrize(
    ("start", "duty", "notice"),
    [(23 * 60, 600, 720), (23 * 60, 180, 0), (23 * 60, 181, 720), (180, 600, 0), (360, 600, 0), (600, 1000, 720)],
)
def test_a_duty_into_the_night_has_twelve_hours_of_notice(start: int, duty: int, notice: int) -> None:
    assert unforeseen_us.long_call_notice_minutes(start_minute=start, duty_minutes=duty) == notice


def test_a_long_deadhead_is_rested_as_long() -> None:
    rest, limit = flight_time_us.min_rest_minutes(), 13 * 60
    assert unforeseen_us.deadhead_rest_minutes(deadhead_minutes=14 * 60, limit_minutes=limit, rest_minutes=rest) == 840
    assert unforeseen_us.deadhead_rest_minutes(deadhead_minutes=13 * 60, limit_minutes=limit, rest_minutes=rest) == 600
