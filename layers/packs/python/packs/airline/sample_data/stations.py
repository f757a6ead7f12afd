"""The airports of the sample network (``airports.csv``, MIT: ``world.LICENSE.txt``), and what its airline diverts to."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from conclave.pack import Item
from msgspec import Struct

from packs.airline.geography import world_place
from packs.airline.sample_data.operator import CARRIER


class Airport(Struct, frozen=True, kw_only=True):
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
    """All airports of the network by IATA code."""
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


ON_THE_WAY = (
    "ADL", "ASP", "BAH", "BGO", "BGR", "BGW", "BME", "CCK", "CGP", "DAC", "DAR", "DRW", "EDI", "EVN", "GAN",
    "GOI", "HEL", "HRI", "IST", "IXZ", "JIB", "KEF", "KMG", "KNO", "LEA", "LED", "LHW", "MBA", "MLE", "MRU",
    "OSL", "PER", "PIK", "PLZ", "RUN", "SFJ", "SNN", "SUB", "SVX", "TBS", "TER", "TOS", "TRD", "TRV", "UPG",
    "URC", "XCH", "XIY", "YFB", "YHZ", "YQX", "YUL", "YVR", "YWG", "YYR", "YYT",
)  # fmt: skip
"""Aerodromes beside the network that airlines commonly name along the routes of the sample; nobody checked their runways."""


def alternates() -> list[Item]:
    """Aerodromes that the sample's airline holds adequate for all its types: its network, and those on the way."""
    names = sorted({*airports(), *ON_THE_WAY})
    places = {name: airports().get(name) or world_place(name) for name in names}
    return [
        {"carrier": CARRIER, "aerodrome": name, "lat": place.lat, "lon": place.lon}
        for name, place in places.items()
        if place is not None
    ]
