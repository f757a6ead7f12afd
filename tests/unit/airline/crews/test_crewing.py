"""When a crew is legal: duty, rest, standby, cumulative limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airline_rows import OPERATOR, at, clock
from conclave.pack.tables import Item
from packs.airline.planning.crewing import CrewState, Leg, best_first, called_out, legal, rested, rostered, stood_down
from packs.airline.rules.crew.duty_regime import regime


def leg(departure: str, arrival: str, minutes: int = 120) -> Leg:
    return Leg(departure_utc=at(departure), arrival_utc=at(arrival), block_minutes=minutes)


def duty(**cells: Any) -> Item:
    return {
        "crew_id": "C1",
        "rating": "A320",
        "pilots": 2,
        "rest_class": 1,
        "report_utc": at("04:00"),
        "previous_end_utc": at("12:00", "2026-11-20"),
        "previous_duty_minutes": 600,
        "starts_at_base": True,
        "ends_at_base": True,
        "next_report_utc": "",
    } | cells


def test_duty_margin_runs_from_the_planned_report() -> None:
    # Report 08:00 at home base, two sectors: limit 13:00; on blocks 10 hours later.
    state = rostered(
        OPERATOR,
        duty(),
        None,
        clock(),
        legs=[leg("05:00", "09:00"), leg("10:00", "14:00")],
        rating="A320",
        available=True,
    )
    assert state.duty_margin == 180
    assert state.rest_margin == 16 * 60 - 12 * 60
    assert legal(state)


def test_a_crew_without_rest_before_its_next_duty_flies_this_one() -> None:
    follows = duty(next_report_utc=at("02:00", "2026-11-22"))
    state = rostered(
        OPERATOR,
        follows,
        None,
        clock(),
        legs=[leg("05:00", "09:00"), leg("10:00", "14:00")],
        rating="A320",
        available=True,
    )
    # Released 14:30 UTC, duty 10:30, rest 12 hours needed, 11:30 there.
    assert (state.next_rest_margin, state.next_duty_lost) == (-30, True)
    assert legal(state)


def test_a_crew_without_the_rating_or_unfit_is_not_legal() -> None:
    legs = [leg("05:00", "09:00")]
    assert not legal(rostered(OPERATOR, duty(), None, clock(), legs=legs, rating="B777", available=True))
    assert not legal(rostered(OPERATOR, duty(), None, clock(), legs=legs, rating="A320", available=False))


def test_a_crew_sent_to_rest_reports_after_its_minimum_rest() -> None:
    # Reported 04:00, sent to rest 16:00: twelve hours of duty are longer than the ten hours of rest away from base.
    assert rested_at("16:00") == at("04:00", "2026-11-22")
    assert rested_at("05:00") == at("15:00")
    assert rested_at("05:00", zone="Europe/London") == at("19:00")  # CS FTL.1.235(b)(3)(ii): flown over four hours
    legs = [leg("17:00", "21:00")]
    state = after_rest(legs)
    assert state.rest_margin == 60
    assert state.duty_margin == 11 * 60 - 5 * 60
    assert legal(state)


def rested_at(clock_time: str, zone: str = "Asia/Dubai") -> int:
    return regime("easa").rested_at(stood_down(duty(), clock(), at_utc=at(clock_time), zone=zone))


def after_rest(legs: Sequence[Leg], **cells: Any) -> CrewState:
    return rested(
        OPERATOR,
        duty(**cells),
        None,
        clock(),
        rest=stood_down(duty(), clock(), at_utc=at("05:00"), zone="Asia/Dubai"),
        flown_minutes=50,
        report_utc=at("16:00"),
        legs=legs,
        rating="A320",
    )


def test_what_a_crew_worked_before_its_rest_counts_towards_the_cumulative_limits() -> None:
    legs = [leg("17:00", "21:00", 240)]
    # Reported 04:00, stood down 05:00; then 16:00 to 21:30: six and a half hours of duty. ORO.FTL.210(a)(1): 60 in 7 days.
    assert after_rest(legs, duty_7_days_minutes=50 * 60).cumulative_margin == 60 * 60 - 50 * 60 - 390
    # 50 minutes flown before the rest, 240 after it. ORO.FTL.210(b)(1): 100 hours of flight time in 28 days.
    assert after_rest(legs, flight_28_days_minutes=90 * 60).cumulative_margin == 100 * 60 - 90 * 60 - 290


def test_a_reserve_reports_within_its_standby() -> None:
    crew = duty(standby_start_utc=at("04:00"), standby_end_utc=at("08:00"))
    early = called_out(OPERATOR, crew, clock(), legs=[leg("04:30", "08:00")], kind="A320")
    ready = called_out(OPERATOR, crew, clock(), legs=[leg("05:00", "08:00")], kind="A320")
    assert not early.available
    assert legal(ready)
    assert best_first([early, ready])[0] == ready
