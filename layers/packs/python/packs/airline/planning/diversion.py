"""Landing near the destination: which airports, how far, and the flight as it would be flown there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from typing import Any

from conclave.pack import Item
from msgspec import Struct

from packs.airline.bounds import DIVERSION_CANDIDATES
from packs.airline.geography import Places, distance_km
from packs.airline.operators.air_operator import AirOperator

IATA_LETTERS = 3


class Alternate(Struct, frozen=True, kw_only=True):
    """An airport near a destination.

    Attributes:
        iata: Its code.
        from_origin_km: Great circle distance that the flight has to it.
        block_minutes: Block time to it with the planned type.
        transfer_minutes: By bus from there to the destination.
        forecast: Its forecast, in order of time.
    """

    iata: str
    from_origin_km: int
    block_minutes: int
    transfer_minutes: int
    forecast: Sequence[Item]


def nearest(operator: AirOperator, flight: Item, places: Places, adequate: Iterable[Mapping[str, Any]]) -> list[str]:
    """The aerodromes nearest to the destination of a flight out of the hub, ties by code.

    Args:
        operator: Whose hubs and figures count.
        flight: The flight.
        places: Airports and their positions.
        adequate: Records of the aerodromes that its type may divert to. One with an ICAO code is only for the way: nothing
            else is known of it.
    """
    origin, there = flight["origin"], places.get(flight["destination"])
    if origin not in operator.hubs or there is None:
        return []
    near = sorted(
        (distance_km(there.lat, there.lon, each["lat"], each["lon"]), str(each["aerodrome"]))
        for each in adequate
        if len(each["aerodrome"]) == IATA_LETTERS and each["aerodrome"] not in (origin, there.iata)
    )
    return [iata for km, iata in near if km <= operator.figures.diversion_radius_km][:DIVERSION_CANDIDATES]


def alternate(operator: AirOperator, flight: Item, iata: str, forecast: Sequence[Item], places: Places) -> Alternate:
    """An airport as an alternate for a flight; all three are known in ``places``.

    Raises:
        KeyError: One of them is not.
    """
    origin, there = flight["origin"], flight["destination"]
    direct, diverted, back = places.km(origin, there), places.km(origin, iata), places.km(iata, there)
    if direct is None or diverted is None or back is None:
        raise KeyError(iata)
    figures = operator.figures
    longer = (diverted - direct) / operator.types[flight["type"]].cruise_kmh * 60
    return Alternate(
        iata=iata,
        from_origin_km=diverted,
        block_minutes=flight["block_minutes"] + round(longer),
        transfer_minutes=figures.ground_transfer_minutes + ceil(figures.ground_transfer_minutes_per_km * back),
        forecast=forecast,
    )


def flown_to(flight: Item, place: Alternate) -> Item:
    """The flight as it would be flown to an alternate."""
    return flight | {
        "destination": place.iata,
        "distance_km": place.from_origin_km,
        "block_minutes": place.block_minutes,
        "arrival_utc": flight["departure_utc"] + place.block_minutes,
    }


def leaving_from(flights: Sequence[Item], flight: Item, place: Alternate) -> list[Item]:
    """Flights after a diverted one: the next leaves from the alternate when it would have left from the destination.

    It takes as much longer from there as the flight took to get there, and never less than planned.
    """
    after = [each for each in flights if each["departure_utc"] > flight["departure_utc"]]
    if not after or after[0]["origin"] != flight["destination"]:
        return list(flights)
    longer = max(0, place.block_minutes - flight["block_minutes"])
    moved = after[0] | {
        "origin": place.iata,
        "block_minutes": after[0]["block_minutes"] + longer,
        "arrival_utc": after[0]["arrival_utc"] + longer,
    }
    return [moved if each is after[0] else each for each in flights]
