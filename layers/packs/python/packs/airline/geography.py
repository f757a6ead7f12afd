"""Positions, countries and distances of airports: those of the loaded records, completed by a list of the world's airports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Any

from msgspec import Struct

EARTH_RADIUS_KM = 6371.0
WORLD = Path(__file__).parent / "world.csv"
"""IATA code, country, latitude, longitude, zone, ICAO location indicator: what ``make world`` writes from airportsdata."""


class Place(Struct, frozen=True, kw_only=True):
    """Where an airport is: IATA code, ISO country, IANA time zone (empty where nobody knows it), position in degrees."""

    iata: str
    country: str
    tz: str
    lat: float
    lon: float


@cache
def _world() -> str:
    """The lines of the list, which is searched and never parsed: a run asks for a few of its 8,000 airports."""
    return WORLD.read_text(encoding="utf-8")


@cache
def world_place(iata: str) -> Place | None:
    """An airport of the world's list; ``None`` when it has none of that code."""
    start = _world().find(f"\n{iata},") if len(iata) == 3 else -1
    if start < 0:
        return None
    code, country, lat, lon, zone, _ = _world()[start + 1 : _world().index("\n", start + 1)].split(",")
    return Place(iata=code, country=country, tz=zone, lat=float(lat), lon=float(lon))


def iata_of(indicator: str) -> str:
    """The IATA code of an airport by its ICAO location indicator (``EGLL``); empty when the world's list has none."""
    end = _world().find(f",{indicator}\n") if len(indicator) == 4 else -1
    return "" if end < 0 else _world()[_world().rindex("\n", 0, end) + 1 :][:3]


@cache
def iata_by_indicator() -> Mapping[str, str]:
    """IATA codes of all airports of the world's list by their ICAO location indicators; for who asks for many."""
    cells = (line.split(",") for line in _world().splitlines()[1:])
    return {each[5]: each[0] for each in cells if each[5]}


class Places:
    """Airports as a run knows them: by the loaded record where there is one, by the world's list otherwise.

    Args:
        rows: Records of the table ``airports``.
    """

    def __init__(self, rows: Iterable[Mapping[str, Any]] = ()) -> None:
        names = Place.__struct_fields__
        self._loaded = {str(row["iata"]): Place(**{name: row[name] for name in names}) for row in rows}

    def __contains__(self, iata: str) -> bool:
        return self.get(iata) is not None

    def get(self, iata: str) -> Place | None:
        """An airport; ``None`` for one that neither the table nor the list has."""
        return self._loaded.get(iata) or world_place(iata)

    def country(self, iata: str) -> str:
        """ISO code of an airport's country; empty for an airport that nobody knows."""
        found = self.get(iata)
        return found.country if found else ""

    def km(self, one: str, other: str) -> int | None:
        """Great circle distance between two airports, km; ``None`` when one is unknown."""
        start, end = self.get(one), self.get(other)
        return None if start is None or end is None else distance_km(start.lat, start.lon, end.lat, end.lon)


def distance_km(lat1: float, lon1: float, lat2: float, lon2: float) -> int:
    """Great circle distance in whole kilometres, on a sphere."""
    phi1, phi2 = radians(lat1), radians(lat2)
    a = sin((phi2 - phi1) / 2) ** 2 + cos(phi1) * cos(phi2) * sin(radians(lon2 - lon1) / 2) ** 2
    return round(2 * EARTH_RADIUS_KM * asin(sqrt(a)))
