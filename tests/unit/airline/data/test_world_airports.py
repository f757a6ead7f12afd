"""The packed list of the world's airports: it says what its package says, and what was found wrong in it is set right."""

from __future__ import annotations

import subprocess
import sys

import pytest
from conclave.pack import read_country, read_zone
from packs.airline.geography import WORLD, Places, world_place
from world_airports import COUNTRIES, compact


def test_the_list_is_what_the_locked_package_gives() -> None:
    pytest.importorskip("airportsdata", reason="its newest release asks for Python 3.12")
    assert WORLD.read_text(encoding="utf-8") == compact(), "make world"


@pytest.mark.slow
def test_every_line_has_a_country_a_position_and_perhaps_a_zone() -> None:
    codes = [line.split(",")[0] for line in WORLD.read_text(encoding="utf-8").splitlines()[1:]]
    assert len(codes) == len(set(codes)) > 7_000
    for code in codes:
        place = world_place(code)
        assert place is not None
        assert read_country(place.country)
        assert not place.tz or read_zone(place.tz)
        assert abs(place.lat) <= 90
        assert abs(place.lon) <= 180


@pytest.mark.parametrize(
    ("iata", "country"), [("RUN", "RE"), ("PTP", "GP"), ("SJU", "US"), ("GVA", "CH"), *COUNTRIES.items()]
)
def test_territories_have_the_code_of_their_own(iata: str, country: str) -> None:
    assert Places().country(iata) == country


@pytest.mark.parametrize("iata", ["UUS", "CUU", "YCB"])
def test_a_zone_that_the_position_contradicts_is_not_given(iata: str) -> None:
    place = world_place(iata)
    assert place is not None
    assert place.tz == ""


def test_reading_the_list_costs_a_cold_start_little() -> None:
    program = (
        "import time; from packs.airline.geography import world_place; begin = time.perf_counter(); "
        "world_place('ZRH'); world_place('JFK'); print(time.perf_counter() - begin)"
    )
    taken = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert float(taken.stdout) < 0.05
