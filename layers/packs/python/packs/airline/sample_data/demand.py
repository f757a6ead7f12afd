"""Sample demand: bookings with connections over the hub, and cargo."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from functools import cache
from itertools import accumulate
from random import Random

from conclave.pack import Item

from packs.airline import times
from packs.airline.geography import Places
from packs.airline.sample_data.operator import FIGURES, HUB, TYPES

BOOKINGS_PER_FLIGHT = 40
"""In an ordinary month; a booking is a party."""
SEASON = {1: 1.02, 2: 0.96, 3: 1.03, 4: 1.05, 5: 0.97, 6: 1.06, 7: 1.12, 8: 1.11, 9: 1.0, 10: 1.02, 11: 1.0, 12: 1.1}
"""Demand by month against November."""
_HAULS = ((1_500, 0.72), (4_000, 0.95), (8_000, 1.08))
_LONGEST_HAUL = 1.25
DRAWN_AT_ONCE = 5_000
CONNECTING_PER_INBOUND = 26
LONGEST_CONNECTION_MINUTES = 330
LONGEST_DETOUR = 1.5
"""Times the direct distance that a connection over the hub may have; beyond it people fly another way."""
COLD_CHAIN_NUMBER = 17
ANIMALS_NUMBER = 623
"""A return flight from a station without an animal facility carries poultry close to the limit."""

_PARTY = (1, 2, 3, 4, 5, 6, 7, 8, 9)
_PARTY_WEIGHTS = tuple(accumulate((20, 27, 17, 16, 8, 6, 3, 2, 1)))
_TIERS = ("", "silver", "gold", "platinum")
_TIER_WEIGHTS = tuple(accumulate((80, 11, 6, 3)))
_REMARKS = (
    "wheelchair to aircraft door",
    "unaccompanied minor, 9 years",
    "surgery at destination tomorrow morning",
    "escorted medical case, oxygen ordered",
    "wedding party, wants to stay together",
)


def bookings(flights: Mapping[str, Item], date: str, random: Random) -> list[Item]:
    """Bookings that fit the seats, more in a strong month and on long flights; writes each flight's ``booked``."""
    count = round(len(flights) * BOOKINGS_PER_FLIGHT * SEASON[int(date[5:7])])
    free = {key: int(item["seats"] * random.uniform(0.66, 0.97)) for key, item in flights.items()}
    items: list[Item] = []
    _connecting(flights, free, random, items)
    _local(flights, free, count - len(items), random, items)
    for item in items:
        flights[item["flight_id"]]["booked"] += item["pax"]
        if "onward_flight_id" in item:
            flights[item["onward_flight_id"]]["booked"] += item["pax"]
    return items


def _booking(number: int, flight_id: str, onward: str, pax: int, random: Random) -> Item:
    item: Item = {"booking_id": f"B{number:05d}", "flight_id": flight_id, "pax": pax}
    item["tier"] = random.choices(_TIERS, cum_weights=_TIER_WEIGHTS)[0]
    if onward:
        item["onward_flight_id"] = onward
    if random.random() < 0.01:
        item["remark"] = random.choice(_REMARKS)
    return item


def _connecting(flights: Mapping[str, Item], free: dict[str, int], random: Random, items: list[Item]) -> None:
    outbound = sorted((item["departure_utc"], key) for key, item in flights.items() if item["origin"] == HUB)
    departures = [departure for departure, _ in outbound]
    for key, inbound in sorted(flights.items()):
        if inbound["destination"] != HUB:
            continue
        earliest = times.shift(inbound["arrival_utc"], FIGURES.connection_minutes + 10)
        latest = times.shift(inbound["arrival_utc"], LONGEST_CONNECTION_MINUTES)
        bank = [
            onward
            for _, onward in outbound[bisect_left(departures, earliest) : bisect_left(departures, latest)]
            if _on_the_way(inbound["origin"], flights[onward]["destination"])
        ]
        for _ in range(CONNECTING_PER_INBOUND if bank else 0):
            onward, pax = random.choice(bank), random.choices(_PARTY, cum_weights=_PARTY_WEIGHTS)[0]
            if min(free[key], free[onward]) < pax:
                continue
            free[key] -= pax
            free[onward] -= pax
            items.append(_booking(len(items) + 1, key, onward, pax, random))


@cache
def _on_the_way(origin: str, destination: str) -> bool:
    """True if people fly by the hub: by at most half more than the direct way."""
    ways = ((origin, destination), (origin, HUB), (HUB, destination))
    direct, first, second = (Places().km(*ends) or 0 for ends in ways)
    return first + second <= LONGEST_DETOUR * direct


def _local(flights: Mapping[str, Item], free: dict[str, int], count: int, random: Random, items: list[Item]) -> None:
    """Spreads the remaining bookings over the free seats while there are any; parties shrink where seats run out."""
    keys = sorted(free)
    while count > 0 and (weights := [max(free[key], 0) * _appeal(flights[key]) for key in keys]) and any(weights):
        for key in random.choices(keys, weights, k=min(count, DRAWN_AT_ONCE)):
            pax = min(random.choices(_PARTY, cum_weights=_PARTY_WEIGHTS)[0], free[key])
            if pax > 0:
                free[key] -= pax
                count -= 1
                items.append(_booking(len(items) + 1, key, "", pax, random))


def _appeal(flight: Item) -> float:
    """Weight for the sales of a flight, by its distance."""
    return next((share for most, share in _HAULS if flight["distance_km"] <= most), _LONGEST_HAUL)


_KINDS = ("general", "cold_chain", "dangerous_goods", "live_animals")
_KIND_WEIGHTS = (60, 19, 14, 7)


def shipments(flights: Mapping[str, Item], random: Random) -> list[Item]:
    """Cargo in the holds: up to three shipments on a widebody, one on a narrowbody."""
    items: list[Item] = []
    for key, flight in sorted(flights.items()):
        for _ in range(random.randint(1, 3) if TYPES[flight["type"]].wide else random.randint(0, 1)):
            kind = random.choices(_KINDS, _KIND_WEIGHTS)[0]
            items.append(_shipment(len(items) + 1, key, flight, kind, random))
        number = int(flight["number"][2:])
        if number == COLD_CHAIN_NUMBER:
            items.append(
                _shipment(len(items) + 1, key, flight, "cold_chain", random)
                | {
                    "qualified_until_utc": times.shift(flight["arrival_utc"], 90 + 150),
                    "life_saving": True,
                    "remark": "vaccines +2 to +8 C, passive boxes; consignee: no re-icing possible en route",
                }
            )
        if number == ANIMALS_NUMBER:
            items.append(
                _shipment(len(items) + 1, key, flight, "live_animals", random)
                | {
                    "species": "poultry",
                    "loaded_utc": times.shift(flight["arrival_utc"], -(720 - 60)),
                    "remark": "breeding stock, 40 crates; no feed or water possible in the hold",
                }
            )
    return items


def _shipment(number: int, key: str, flight: Item, kind: str, random: Random) -> Item:
    item: Item = {
        "awb": f"607-{number:07d}{number % 7}",
        "flight_id": key,
        "kind": kind,
        "weight_kg": random.randrange(40, 3200, 20),
        "remark": "",
    }
    if kind == "cold_chain":
        item |= {
            "qualified_until_utc": times.shift(flight["arrival_utc"], random.randrange(420, 3000, 15)),
            "life_saving": False,
        }
    if kind == "live_animals":
        item |= {
            "species": random.choice(("dogs_cats", "chicks")),
            "loaded_utc": times.shift(flight["departure_utc"], -90),
        }
    if kind == "dangerous_goods":
        item |= {"un_number": random.choice(("UN1845", "UN3480", "UN1263")), "cargo_aircraft_only": False}
    return item
