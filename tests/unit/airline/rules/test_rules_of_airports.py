"""Slots, minima, noise, connections, diversion time."""

from __future__ import annotations

from typing import Any

import pytest
from packs.airline.geography import Places
from packs.airline.rules.aircraft import etops
from packs.airline.rules.airports import minima, noise, slots
from packs.airline.rules.passengers import connections

from evaluation.airline.rules.case import Case


@pytest.mark.parametrize(
    ("level", "count"),
    [
        (80.9, 0.0), (81.0, 0.125), (83.9, 0.125), (84.0, 0.25), (87.0, 0.5), (90.0, 1.0), (92.9, 1.0), (93.0, 2.0),
        (96.0, 4.0), (99.0, 8.0), (101.9, 8.0), (102.0, 16.0),
    ],
)  # fmt: skip
def test_quota_count_doubles_every_three_decibels(level: float, count: float) -> None:
    assert noise.quota_count(level) == count


def test_landings_count_nine_decibels_less_and_take_offs_the_mean() -> None:
    assert noise.landing_level_epndb(99.0) == 90.0
    assert noise.take_off_level_epndb(94.0, 98.0) == 96.0


def test_a_dispensation_lifts_the_quota() -> None:
    assert noise.fits_quota(1.0, None)
    assert noise.fits_quota(1.0, 1.0)
    assert not noise.fits_quota(1.0, 0.5)
    assert noise.fits_quota(1.0, 0.5, dispensed=True)


def test_a_take_off_window_is_five_before_to_ten_after() -> None:
    assert slots.take_off_window(600) == (595, 610)


@pytest.mark.parametrize(
    ("ready", "held", "expected"), [(590, 700, 600), (611, 700, 640), (600, 600, None), (660, 640, None)]
)
def test_an_earlier_slot_is_taken_when_the_flight_can_make_it(ready: int, held: int, expected: int | None) -> None:
    assert slots.improvement(ready_minute=ready, offers=[640, 600], held=held) == expected


def test_eighty_per_cent_keep_a_series() -> None:
    assert slots.keeps_series(slots=30, operated=24)
    assert not slots.keeps_series(slots=30, operated=23)
    assert slots.keeps_series(slots=30, operated=20, justified=4)
    assert not slots.keeps_series(slots=4, operated=4)
    assert slots.cancellations_left(slots=30, not_operated=5) == 1
    assert slots.cancellations_left(slots=30, not_operated=7) == -1


def forecast(**cells: Any) -> dict[str, Any]:
    return {"ceiling_ft": 200, "visibility_m": 550, "crosswind_kt": 33} | cells


@pytest.mark.parametrize(("category", "height", "visual_range"), [(1, 200, 550), (2, 100, 300), (3, 0, 75)])
def test_minima_by_category(category: int, height: int, visual_range: int) -> None:
    lowest = forecast(ceiling_ft=height, visibility_m=visual_range)
    assert minima.landable(lowest, category=category)
    assert not minima.landable(lowest | {"visibility_m": visual_range - 1}, category=category)
    assert category == 1 or not minima.landable(lowest, category=category - 1)


def test_the_worst_of_aerodrome_aircraft_and_crew_counts() -> None:
    assert minima.approach_category(aerodrome=3, aircraft=2, crew=1) == 1


def test_a_contaminated_runway_lowers_the_crosswind_limit() -> None:
    assert minima.landable(forecast(crosswind_kt=25, runway_condition=4))
    assert not minima.landable(forecast(crosswind_kt=26, runway_condition=4))
    assert not minima.landable(forecast(crosswind_kt=0, runway_condition=0))


def test_an_alternate_is_needed_unless_weather_runways_and_time_allow() -> None:
    good: dict[str, Any] = {"ceiling_ft": 2000, "visibility_m": 5000, "flight_minutes": 360, "separate_runways": True}
    assert not minima.alternate_needed(**good)
    for cells in (
        {"ceiling_ft": 1999}, {"visibility_m": 4999}, {"flight_minutes": 361}, {"separate_runways": False},
    ):  # fmt: skip
        assert minima.alternate_needed(**(good | cells))


COUNTRIES = {"LHR": "GB", "BOM": "IN", "DXB": "AE", "AUH": "AE"}


@pytest.mark.parametrize(
    ("origin", "destination", "terminals", "minutes"),
    [
        ("LHR", "BOM", ("A", "A"), 50),
        ("LHR", "BOM", ("A", "C"), 75),
        ("LHR", "BOM", ("A", ""), 50),
        ("DXB", "BOM", ("", ""), 60),  # none is filed for DI: the airport's own
        ("LHR", "DXB", ("A", "C"), 90),
        ("DXB", "DXB", ("", ""), 20),
    ],
)
def test_the_most_specific_connection_time_holds(
    origin: str, destination: str, terminals: tuple[str, str], minutes: int
) -> None:
    airport = {
        "country": "AE", "connection_minutes": 60, "connection_ii_minutes": 50, "connection_id_minutes": 65,
        "connection_dd_minutes": 20, "terminal_change_minutes": 25,
    }  # fmt: skip
    arriving = {"origin": origin, "destination": "AUH", "arrival_terminal": terminals[0]}
    onward = {"destination": destination, "departure_terminal": terminals[1]}
    asked: Any = {"country": lambda iata: COUNTRIES[iata], "otherwise": 45}
    assert connections.minimum_minutes(airport, arriving, onward, **asked) == minutes
    assert connections.minimum_minutes(None, arriving, onward, **asked) == 45
    case = Case.__new__(Case)
    case._airports = {
        "AUH": airport,
        **{iata: {"country": country} for iata, country in COUNTRIES.items() if iata != "AUH"},
    }
    assert case.change(arriving, onward) == minutes


def test_points_of_a_great_circle_are_equally_spaced() -> None:
    quarter = etops.points_between((0.0, 0.0), (0.0, 90.0), points=4)
    assert [round(lon) for _, lon in quarter] == [0, 30, 60, 90]
    assert etops.points_between((1.0, 1.0), (1.0, 1.0), points=2) == [(1.0, 1.0)] * 2
    assert etops.farthest_km(quarter, [(0.0, 0.0)]) == pytest.approx(10_008, abs=5)


def test_diversion_time_counts_beyond_an_hour_only() -> None:
    assert etops.etops_margin_minutes(needed=60, approved=120) is None
    assert etops.etops_margin_minutes(needed=61, approved=120) == 59
    assert etops.etops_margin_minutes(needed=None, approved=120) is None
    nowhere, adequate = Places(), etops.Adequate()
    assert adequate.minutes(nowhere.get("AUH"), nowhere.get("XXX"), "B789", 700) is None
    over_the_ocean = adequate.minutes(nowhere.get("AUH"), nowhere.get("SEZ"), "B789", 700)
    assert over_the_ocean is not None
    assert over_the_ocean > 60
