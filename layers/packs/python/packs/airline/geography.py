"""Airports of the network and distances between them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

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


def distance_km(lat1: float, lon1: float, lat2: float, lon2: float) -> int:
    """Great circle distance in whole kilometres, on a sphere."""
    phi1, phi2 = radians(lat1), radians(lat2)
    a = sin((phi2 - phi1) / 2) ** 2 + cos(phi1) * cos(phi2) * sin(radians(lon2 - lon1) / 2) ** 2
    return round(2 * EARTH_RADIUS_KM * asin(sqrt(a)))
