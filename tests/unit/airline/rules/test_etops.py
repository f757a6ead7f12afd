from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packs.airline.geography import distance_km, world_place
from packs.airline.rules.aircraft import etops
from packs.airline.sample_data.operator import TYPES
from packs.airline.sample_data.stations import airports, alternates

POSITIONS = st.tuples(st.floats(-80, 80), st.floats(-80, 80))


@pytest.mark.parametrize(
    ("seats", "mass", "minutes"), [(20, 10_000, 60), (19, 45_360, 60), (19, 45_359, 120), (300, 250_000, 60)]
)
def test_the_threshold_without_approval(seats: int, mass: int, minutes: int) -> None:
    assert etops.threshold_minutes(seats=seats, take_off_mass_kg=mass) == minutes


@pytest.mark.parametrize(
    ("engines", "approved", "minutes"), [(2, 0, 60), (2, 90, 90), (2, 180, 120), (3, 0, 120), (4, 0, 120)]
)
def test_the_take_off_alternate(engines: int, approved: int, minutes: int) -> None:
    assert etops.take_off_alternate_minutes(engines=engines, approved=approved) == minutes


@given(start=POSITIONS, end=POSITIONS)
def test_points_lie_evenly_on_the_great_circle(start: etops.Position, end: etops.Position) -> None:
    points = etops.points_between(start, end)
    legs = [distance_km(*one, *other) for one, other in pairwise(points)]
    assert len(points) == etops.POINTS
    assert max(legs) - min(legs) <= 2
    assert sum(legs) == pytest.approx(distance_km(*start, *end), abs=etops.POINTS)


def test_a_route_to_itself_is_one_point() -> None:
    assert etops.points_between((10.0, 20.0), (10.0, 20.0), 3) == [(10.0, 20.0)] * 3


def test_a_quarter_of_the_equator_is_halfway_from_both_ends() -> None:
    route = etops.points_between((0.0, 0.0), (0.0, 90.0))
    assert etops.farthest_km(route, [(0.0, 0.0), (0.0, 90.0)]) == distance_km(0, 0, 0, 45)


def test_diversion_time_is_distance_by_one_engine_speed_rounded_up() -> None:
    hub, there = world_place("AUH"), world_place("SYD")
    assert hub is not None
    assert there is not None
    rows = [{"aerodrome": each.iata, "lat": each.lat, "lon": each.lon} for each in airports().values()]
    route = etops.points_between((hub.lat, hub.lon), (there.lat, there.lon))
    farthest = etops.farthest_km(route, [(each.lat, each.lon) for each in airports().values()])
    needed = etops.Adequate(rows).minutes(hub, there, "B789", 700)
    assert needed is not None
    assert (needed - 1) * 700 < farthest * 60 <= needed * 700
    assert etops.Adequate(rows).minutes(hub, hub, "B789", 700) == 0
    assert etops.Adequate(rows).minutes(hub, None, "B789", 700) is None


def test_new_york_is_88_minutes_from_real_aerodromes_and_184_from_those_of_the_network() -> None:
    hub, there = world_place("AUH"), world_place("JFK")
    network = [each for each in alternates() if each["aerodrome"] in airports()]
    speed = TYPES["B789"].one_engine_kmh
    assert etops.Adequate(network).minutes(hub, there, "B789", speed) == 184
    assert etops.Adequate(alternates()).minutes(hub, there, "B789", speed) == 88


def test_an_aerodrome_counts_for_the_types_that_it_is_adequate_for() -> None:
    start, end = world_place("KEF"), world_place("BGR")
    rows = [{"aerodrome": "YYR", "lat": 53.3192, "lon": -60.4258, "types": ["A320"]}]
    narrow, wide = (etops.Adequate(rows).minutes(start, end, kind, 700) for kind in ("A320", "B77W"))
    assert narrow is not None
    assert wide is not None
    assert narrow < wide == etops.Adequate().minutes(start, end, "B77W", 700)


def test_nobody_can_tell_a_long_way_without_aerodromes_on_record() -> None:
    known = etops.Adequate([{"aerodrome": "YYR", "lat": 53.3, "lon": -60.4}])
    assert etops.unjudged(61, etops.Adequate())
    assert etops.unjudged(None, known)
    assert not etops.unjudged(60, etops.Adequate())
    assert not etops.unjudged(400, known)


@pytest.mark.parametrize(
    ("needed", "approved", "margin"), [(None, 180, None), (60, 0, None), (61, 0, -61), (150, 180, 30), (181, 180, -1)]
)
def test_sixty_minutes_need_no_approval(needed: int | None, approved: int, margin: int | None) -> None:
    assert etops.etops_margin_minutes(needed=needed, approved=approved) == margin
