"""Airports of the network and distances between them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Any

EARTH_RADIUS_KM = 6371.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Airport:
    """An airport: IATA code, names, ISO country, IANA time zone, position in degrees."""

    iata: str
    name: str
    city: str
    country: str
    tz: str
    lat: float
    lon: float


@cache
def airports() -> Mapping[str, Airport]:
    """All airports of the network by IATA code (``airports.csv``)."""
    with (Path(__file__).parent / "airports.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["iata"]: Airport(
                iata=row["iata"],
                name=row["name"],
                city=row["city"],
                country=row["country"],
                tz=row["tz"],
                lat=float(row["lat"]),
                lon=float(row["lon"]),
            )
            for row in csv.DictReader(file)
        }


class Places:
    """Airports as a run knows them: by the loaded record where there is one, by the packaged list otherwise.

    Args:
        rows: Records of the table ``airports``.

    Attributes:
        farthest: What was worked out from the positions, by the ends of a route (``rules.etops``).
    """

    def __init__(self, rows: Iterable[Mapping[str, Any]] = ()) -> None:
        names = Airport.__dataclass_fields__
        loaded = [Airport(**{name: row[name] for name in names}) for row in rows]
        self._known = {**airports(), **{each.iata: each for each in loaded}}
        self.farthest: dict[tuple[str, str], int] = {}

    def __contains__(self, iata: str) -> bool:
        return iata in self._known

    def __len__(self) -> int:
        return len(self._known)

    def get(self, iata: str) -> Airport | None:
        """An airport; ``None`` for one that neither the table nor the list has."""
        return self._known.get(iata)

    def all(self) -> Iterable[Airport]:
        """All airports known."""
        return self._known.values()

    def km(self, one: str, other: str) -> int | None:
        """Great circle distance between two airports, km; ``None`` when one is unknown."""
        start, end = self.get(one), self.get(other)
        return None if start is None or end is None else distance_km(start.lat, start.lon, end.lat, end.lon)


def distance_km(lat1: float, lon1: float, lat2: float, lon2: float) -> int:
    """Great circle distance in whole kilometres, on a sphere."""
    phi1, phi2 = radians(lat1), radians(lat2)
    a = sin((phi2 - phi1) / 2) ** 2 + cos(phi1) * cos(phi2) * sin(radians(lon2 - lon1) / 2) ** 2
    return round(2 * EARTH_RADIUS_KM * asin(sqrt(a)))


PACKAGED = Places()
"""The packaged list alone, for the sample and where no record was read."""
