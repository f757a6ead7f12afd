"""Cancellation notice, care, refunds, tarmac delays, liability, repairs, dangerous goods."""

from __future__ import annotations

from typing import Any

import pytest
from packs.airline import times
from packs.airline.rules import cargo
from packs.airline.rules.aircraft import maintenance_checks
from packs.airline.rules.passengers import montreal, us_passengers
from packs.airline.rules.passengers.care import cancellation_excused, care_owed

DAY = 1440


@pytest.mark.parametrize(
    ("notice", "early", "late", "excused"),
    [
        (14 * DAY, 9999, 9999, True),
        (14 * DAY - 1, 120, 239, True),
        (14 * DAY - 1, 121, 0, False),
        (7 * DAY, 120, 240, False),
        (7 * DAY - 1, 60, 119, True),
        (7 * DAY - 1, 61, 0, False),
        (0, 0, 120, False),
    ],
)
def test_notice_and_rerouting_excuse_as_article_five_says(notice: int, early: int, late: int, excused: bool) -> None:
    assert (
        cancellation_excused(notice_minutes=notice, departs_earlier_minutes=early, arrives_later_minutes=late)
        is excused
    )


@pytest.mark.parametrize(("distance", "least"), [(1500, 120), (1501, 180), (3500, 180), (3501, 240)])
def test_care_begins_at_the_threshold_of_the_distance(distance: int, least: int) -> None:
    assert care_owed(distance_km=distance, departure_delay_minutes=least - 1, next_day=True) == ()
    assert care_owed(distance_km=distance, departure_delay_minutes=least, next_day=False) == ("meals", "calls")


def test_care_grows_with_the_wait() -> None:
    assert care_owed(distance_km=1500, departure_delay_minutes=119, next_day=False) == ()
    assert care_owed(distance_km=1500, departure_delay_minutes=120, next_day=False) == ("meals", "calls")
    assert care_owed(distance_km=5000, departure_delay_minutes=300, next_day=True) == (
        "meals", "calls", "hotel", "transfer", "refund",
    )  # fmt: skip


@pytest.mark.parametrize(("international", "minutes"), [(False, 180), (True, 240)])
def test_tarmac_limits(international: bool, minutes: int) -> None:
    assert us_passengers.tarmac_limit_minutes(international=international) == minutes
    assert us_passengers.tarmac_duties(minutes - 1, international=international) == ("food_and_water",)
    assert us_passengers.tarmac_duties(minutes, international=international) == ("food_and_water", "deplaning")
    assert us_passengers.tarmac_duties(119, international=international) == ()


@pytest.mark.parametrize(("international", "minutes"), [(False, 180), (True, 360)])
def test_a_significant_change_gives_the_fare_back(international: bool, minutes: int) -> None:
    def due(**cells: Any) -> bool:
        return us_passengers.refund_due(**({"cancelled": False, "international": international} | cells))

    assert due(arrives_later_minutes=minutes)
    assert due(departs_earlier_minutes=minutes)
    assert not due(arrives_later_minutes=minutes - 1, departs_earlier_minutes=minutes - 1)
    assert due(cancelled=True)
    assert due(other_airport=True)
    assert due(more_connections=True)
    assert due(downgraded=True)


def test_liability_is_capped_and_ends_with_all_measures_taken() -> None:
    assert montreal.delay_liability_sdr(proven_damage_sdr=9000, all_measures_taken=False) == 6303
    assert montreal.delay_liability_sdr(proven_damage_sdr=500, all_measures_taken=False) == 500
    assert montreal.delay_liability_sdr(proven_damage_sdr=500, all_measures_taken=True) == 0
    assert montreal.cargo_liability_sdr(proven_damage_sdr=9000, weight_kg=100) == 2600
    assert montreal.cargo_liability_sdr(proven_damage_sdr=9000, weight_kg=100, declared_sdr=8000) == 8000


def test_dangerous_goods_for_freighters_do_not_fly_with_passengers() -> None:
    goods = {"kind": "dangerous_goods", "un_number": "UN3480"}
    assert cargo.may_fly_with_passengers(goods | {"cargo_aircraft_only": False})
    assert not cargo.may_fly_with_passengers(goods | {"cargo_aircraft_only": True})
    assert cargo.may_fly_with_passengers({"kind": "general"})


@pytest.mark.parametrize(
    ("record", "ok"),
    [
        ({}, True),
        ({"check_hours_left": 10}, True),
        ({"check_hours_left": 9.9}, False),
        ({"check_cycles_left": 2}, True),
        ({"check_cycles_left": 1}, False),
        ({"check_due_date": "2026-11-21"}, True),
        ({"check_due_date": "2026-11-20"}, False),
    ],
)
def test_a_check_falls_due_by_hours_flights_or_date(record: dict[str, Any], ok: bool) -> None:
    found = maintenance_checks.check_ok(
        record, flight_minutes=600, cycles=2, last_arrival_utc=times.minutes("2026-11-21T22:00:00Z")
    )
    assert found is ok


def test_a_repair_waits_for_parts_staff_and_hangar() -> None:
    record = times.in_minutes(
        {
            "parts_at_utc": "2026-11-21T10:00:00Z", "staff_at_utc": "2026-11-21T08:00:00Z", "repair_minutes": 90,
        }
    )  # fmt: skip
    assert maintenance_checks.repair_ready_utc(record) == times.minutes("2026-11-21T11:30:00Z")
    assert maintenance_checks.repair_ready_utc({}) == times.LONG_AGO
