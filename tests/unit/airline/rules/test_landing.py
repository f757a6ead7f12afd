from __future__ import annotations

import pytest
from packs.airline.rules.airports import minima


@pytest.mark.parametrize(
    ("speed", "category"),
    [
        (90, "A"),
        (91, "B"),
        (120, "B"),
        (121, "C"),
        (140, "C"),
        (141, "D"),
        (165, "D"),
        (166, "E"),
        (210, "E"),
    ],
)
def test_aeroplane_categories_are_the_table_of_cat_op_mpa_320(speed: int, category: str) -> None:
    assert minima.aeroplane_category(speed) == category


def test_the_table_of_categories_ends() -> None:
    with pytest.raises(ValueError, match="210 kt"):
        minima.aeroplane_category(211)


@pytest.mark.parametrize(
    ("category", "height", "visibility"), [("A", 400, 1500), ("B", 500, 1600), ("C", 600, 2400), ("D", 700, 3600)]
)
def test_circling_minima_are_the_printed_table(category: str, height: int, visibility: int) -> None:
    assert minima.circling_landable(category=category, ceiling_ft=height, visibility_m=visibility)
    assert not minima.circling_landable(category=category, ceiling_ft=height - 1, visibility_m=visibility)
    assert not minima.circling_landable(category=category, ceiling_ft=height, visibility_m=visibility - 1)


def test_fifteen_per_cent_of_runway_remain() -> None:
    assert minima.landing_distance_ok(available_m=2300, needed_m=2000)
    assert not minima.landing_distance_ok(available_m=2299, needed_m=2000)
