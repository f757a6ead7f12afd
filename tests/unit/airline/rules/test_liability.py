"""Montreal Convention, delayed bags in the United States, animals that travel."""

from __future__ import annotations

import pytest
from packs.airline.rules import cargo
from packs.airline.rules.passengers import montreal, us_passengers
from packs.airline.times import minutes

LOADED = minutes("2026-11-21T00:00:00Z")


def test_the_limits_of_28_december_2024() -> None:
    limits = montreal.limits_on("2024-12-28")
    assert (limits.injury, limits.delay, limits.baggage, limits.cargo_per_kg) == (151_880, 6_303, 1_519, 26)


def test_the_limits_before() -> None:
    limits = montreal.limits_on("2024-12-27")
    assert (limits.injury, limits.delay, limits.baggage, limits.cargo_per_kg) == (128_821, 5_346, 1_288, 22)


def test_baggage_is_capped_unless_a_higher_interest_is_declared() -> None:
    assert montreal.baggage_liability_sdr(proven_damage_sdr=2000) == 1519
    assert montreal.baggage_liability_sdr(proven_damage_sdr=400) == 400
    assert montreal.baggage_liability_sdr(proven_damage_sdr=2000, declared_sdr=1800) == 1800


def test_injury_is_strict_up_to_the_limit() -> None:
    assert montreal.strict_injury_sdr(200_000) == 151_880
    assert montreal.strict_injury_sdr(1000) == 1000


@pytest.mark.parametrize(
    ("international", "flight_hours", "hours"), [(False, 3, 12), (False, 13, 12), (True, 12, 15), (True, 12.5, 30)]
)
def test_a_bag_is_significantly_delayed(international: bool, flight_hours: float, hours: int) -> None:
    def late(minutes: int) -> bool:
        return us_passengers.bag_significantly_delayed(
            minutes_after_arrival=minutes, international=international, flight_minutes=round(flight_hours * 60)
        )

    assert not late(hours * 60)
    assert late(hours * 60 + 1)


@pytest.mark.parametrize(("hours", "times"), [(0, 0), (8, 0), (8.5, 1), (16, 1), (17, 2)])
def test_dogs_and_cats_drink_every_eight_hours(hours: float, times: int) -> None:
    arrival = LOADED + int(hours * 60)
    assert cargo.waterings(species="dogs_cats", loaded_utc=LOADED, arrival_utc=arrival) == times
    assert cargo.waterings(species="poultry", loaded_utc=LOADED, arrival_utc=arrival) == 0


def test_chicks_arrive_within_72_hours_of_hatching() -> None:
    assert cargo.chicks_margin_minutes(hatched_utc=LOADED, arrival_utc=LOADED + 71 * 60) == 60
