"""Sample offers of others: seats of other carriers, and aircraft with crew for lease at the hub."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import ceil
from random import Random

from conclave.pack import Item

from packs.airline import times
from packs.airline.sample_data.operator import HUB
from packs.airline.sample_data.rotations import outside_curfew
from packs.airline.sample_data.stations import airports

_CARRIERS = ("QR", "EK", "TK", "WY", "SV", "LH")
_BIG_ROUTE, _MOST_A_DAY = 3, 6
"""Own flights a day from which others fly a route for certain; their flights of a day at most."""
_FREE_SEATS = (0, 2, 4, 6, 9, 12, 18, 25, 40)
_CRUISE_KMH, _TAXI_AND_CLIMB_MINUTES = 840, 35
_FIRST_FARE_USD, _FARE_USD_PER_KM = 90, 0.08


def other_flights(flights: Mapping[str, Item], days: Sequence[str], random: Random) -> list[Item]:
    """Seats of other carriers on the routes of the network: some on every big route, now and then one on a small one."""
    planned = Counter(flight["route"] for flight in flights.values())
    distances = {flight["route"]: int(flight["distance_km"]) for flight in flights.values()}
    items: list[Item] = []
    for route, count in sorted(planned.items()):
        a_day = count // len(days)
        for day in days:
            most = min(_MOST_A_DAY, a_day - 1)
            for _ in range(random.randint(1, most) if a_day >= _BIG_ROUTE else random.choice((0, 0, 1))):
                items += _other_flight(len(items), route, day, distances[route], random)
    return items


def _other_flight(number: int, route: str, day: str, distance: int, random: Random) -> list[Item]:
    """A flight of another carrier; none when its airports are closed then."""
    origin, destination = route.split("-")
    leaves, carrier = random.randrange(5 * 60 + 30, 23 * 60 + 30, 5), random.choice(_CARRIERS)
    free, fare = random.choice(_FREE_SEATS), random.uniform(0.8, 1.7)
    departure = times.at_local(day, f"{leaves // 60:02d}:{leaves % 60:02d}", airports()[origin].tz)
    block = ceil((_TAXI_AND_CLIMB_MINUTES + distance / _CRUISE_KMH * 60) / 5) * 5
    departure = outside_curfew(destination, airports()[destination].tz, departure + block) - block
    if outside_curfew(origin, airports()[origin].tz, departure) != departure:
        return []
    flight = f"{carrier}{1_000 + number}"
    return [
        {
            "route": route,
            "other_id": f"{times.text(departure)}#{flight}",
            "carrier": carrier,
            "number": flight,
            "departure_utc": times.text(departure),
            "arrival_utc": times.text(departure + block),
            "seats_free": free,
            "fare_usd": round((_FIRST_FARE_USD + distance * _FARE_USD_PER_KM) * fare),
        }
    ]


_FOR_LEASE = (
    ("A320", (174, 180), 5_200, (5_600, 7_200), (3, 5)),
    ("A321", (200, 220), 5_900, (6_200, 7_900), (3, 5)),
    ("B789", (290, 320), 12_600, (13_500, 17_000), (5, 7)),
    ("B77W", (364, 396), 13_000, (16_500, 21_000), (5, 8)),
)
"""Type, seats, planning range in km, USD an hour, fewest hours that are charged."""
_LESSORS = ("Skylark Charter", "Meridian Air Lease", "Aurora Air Services", "Halcyon Wings")


def lease_offers(days: Sequence[str], random: Random) -> list[Item]:
    """One to three aircraft with crew a day at the hub; where there are several, the authority has not approved one."""
    items: list[Item] = []
    for day in days:
        count = random.randint(1, 3)
        items += [
            _lease(len(items) + each, day, approved=each > 0 or count == 1, random=random) for each in range(count)
        ]
    return items


def _lease(number: int, day: str, *, approved: bool, random: Random) -> Item:
    kind, seats, range_km, hourly, hours = random.choice(_FOR_LEASE)
    start = f"{day}T{random.randrange(0, 18):02d}:00:00Z"
    return {
        "station_day": f"{HUB}#{day}",
        "offer_id": f"L-{day}-{number + 1}",
        "operator": random.choice(_LESSORS),
        "tail": f"9H-L{chr(65 + number // 26)}{chr(65 + number % 26)}",
        "type": kind,
        "seats": random.randrange(seats[0], seats[1] + 1, 2),
        "range_km": range_km,
        "available_from_utc": start,
        "available_until_utc": times.shift(start, random.randrange(14, 40) * 60),
        "hourly_usd": random.randrange(hourly[0], hourly[1], 100),
        "minimum_hours": random.randint(*hours),
        "approved": approved,
    }
