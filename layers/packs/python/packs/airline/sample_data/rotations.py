"""Flights and aircraft: rotations out of the hub and back, flown by tails that connect in space and time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from conclave.pack import Item
from msgspec import Struct, structs

from packs.airline import times
from packs.airline.geography import distance_km
from packs.airline.rules.airports.limits import CURFEWS, minutes_to_opening
from packs.airline.sample_data.operator import CARRIER, HUB, HUB_ZONE, TYPES
from packs.airline.sample_data.stations import airports
from packs.airline.sample_data.timetable import timetable

MOST_DAYS = 31
GROUND_BUFFER_MINUTES = 25
TAXI_AND_CLIMB_MINUTES = 35

_TAIL_PREFIX = {"A320": "A6-E", "A321": "A6-F", "A359": "A6-X", "B789": "A6-B", "B77W": "A6-W"}
_SPARES = {"A320": 2, "A321": 1, "A359": 1, "B789": 2, "B77W": 1}
"""Aircraft beyond the lines of flying, by type."""


class Rotation(Struct, frozen=True, kw_only=True):
    """A flight out of the hub and back on the same aircraft. Times are minutes."""

    number: int
    day: str
    destination: str
    type: str
    distance_km: int
    block_minutes: int
    departure: int
    arrival: int
    return_departure: int
    return_arrival: int
    tail: str = ""

    @property
    def out_id(self) -> str:
        """Key of the outbound flight."""
        return f"{CARRIER}{self.number}-{self.day}"

    @property
    def back_id(self) -> str:
        """Key of the return flight; its date is the local one at the destination."""
        day = times.local(self.return_departure, airports()[self.destination].tz).date()
        return f"{CARRIER}{self.number + 1}-{day}"


def days_around(date: str, days: int = 3) -> tuple[str, ...]:
    """As many days with the date in their middle (of an even number: the earlier middle)."""
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(f"{days} days are not between 1 and {MOST_DAYS}")
    first = dt.date.fromisoformat(date) - dt.timedelta(days=(days - 1) // 2)
    return tuple((first + dt.timedelta(days=offset)).isoformat() for offset in range(days))


def rotations(days: Sequence[str], flights: int) -> list[Rotation]:
    """All rotations of the days, by departure, with a tail each."""
    planned = _one_return_a_day([_rotation(row, day) for day in days for row in timetable(flights)])
    return _assign_tails(sorted(planned, key=lambda each: (each.departure, each.number)))


def _rotation(row: Mapping[str, str], day: str) -> Rotation:
    hub, there = airports()[HUB], airports()[row["destination"]]
    kind = TYPES[row["type"]]
    distance = distance_km(hub.lat, hub.lon, there.lat, there.lon)
    block = ceil((TAXI_AND_CLIMB_MINUTES + distance / kind.cruise_kmh * 60) / 5) * 5
    departure = times.at_local(day, row["departure_local"], HUB_ZONE)
    arrival = outside_curfew(there.iata, there.tz, departure + block)
    departure = arrival - block
    leaves = outside_curfew(there.iata, there.tz, arrival + kind.turnaround_minutes + GROUND_BUFFER_MINUTES)
    return Rotation(
        number=int(row["number"]),
        day=day,
        destination=there.iata,
        type=row["type"],
        distance_km=distance,
        block_minutes=block,
        departure=departure,
        arrival=arrival,
        return_departure=leaves,
        return_arrival=leaves + block,
    )


def _one_return_a_day(planned: Sequence[Rotation]) -> list[Rotation]:
    """When clocks go back, a return of after midnight comes to leave before it, on the date of the one before: it waits."""
    seen: set[str] = set()
    found = []
    for rotation in planned:
        if rotation.back_id in seen:
            zone = airports()[rotation.destination].tz
            tomorrow = times.local(rotation.return_departure, zone).date() + dt.timedelta(days=1)
            wait = times.at_local(tomorrow.isoformat(), "00:05", zone) - rotation.return_departure
            rotation = structs.replace(
                rotation,
                return_departure=rotation.return_departure + wait,
                return_arrival=rotation.return_arrival + wait,
            )
        seen.add(rotation.back_id)
        found.append(rotation)
    return found


def outside_curfew(iata: str, zone: str, moment: int) -> int:
    """A moment, or ten minutes after the night period of an airport that it lies in."""
    curfew = CURFEWS.get(iata)
    if curfew is None:
        return moment
    wait = minutes_to_opening(times.local_minute(moment, zone), curfew.start, curfew.end)
    return times.on_the_clock(moment, wait + 10, zone) if wait else moment


def _assign_tails(planned: Sequence[Rotation]) -> list[Rotation]:
    """Gives each rotation the aircraft that came back last among those that are ready, or a new one."""
    ready: dict[str, list[tuple[int, str]]] = {kind: [] for kind in TYPES}
    count = dict.fromkeys(TYPES, 0)
    assigned = []
    for rotation in planned:
        waiting = [each for each in ready[rotation.type] if each[0] <= rotation.departure]
        if waiting:
            chosen = max(waiting)
            ready[rotation.type].remove(chosen)
            tail = chosen[1]
        else:
            tail = _tail(rotation.type, count[rotation.type])
            count[rotation.type] += 1
        turnaround = TYPES[rotation.type].turnaround_minutes + GROUND_BUFFER_MINUTES
        ready[rotation.type].append((rotation.return_arrival + turnaround, tail))
        assigned.append(structs.replace(rotation, tail=tail))
    return assigned


def _tail(kind: str, number: int) -> str:
    return f"{_TAIL_PREFIX[kind]}{chr(65 + number // 26)}{chr(65 + number % 26)}"


def fleet(planned: Sequence[Rotation], scale: int = 1) -> list[Item]:
    """All aircraft: those of the lines of flying, then the spares of each type, whose tails end in S and a number.

    Args:
        planned: All rotations with their tails.
        scale: How many times the spares of the ordinary network there are.
    """
    line = sorted({(rotation.type, rotation.tail) for rotation in planned})
    spares = [
        (kind, f"{_TAIL_PREFIX[kind]}S{number}")
        for kind, many in _SPARES.items()
        for number in range(1, many * scale + 1)
    ]
    return [_aircraft(kind, tail, spare=(kind, tail) in spares) for kind, tail in (*line, *spares)]


def _aircraft(kind: str, tail: str, *, spare: bool) -> Item:
    item: Item = {
        "tail": tail,
        "type": kind,
        "rating": TYPES[kind].rating,
        "seats": TYPES[kind].seats,
        "range_km": TYPES[kind].range_km,
        "spare": spare,
        "serviceable": True,
        "note": "",
    }
    if spare and tail == "A6-XS1":
        item |= {"serviceable": False, "note": "C-check input, hangar 3, no release planned within 72 hours"}
    return item


def flights_and_ground(
    planned: Sequence[Rotation], aircraft: Sequence[Item], days: Sequence[str]
) -> tuple[dict[str, Item], list[Item]]:
    """Flight items by key, and where every tail stands between its flights."""
    flights: dict[str, Item] = {}
    for rotation in planned:
        there = rotation.destination
        flights[rotation.out_id] = _flight(
            rotation, rotation.out_id, (HUB, there), (rotation.departure, rotation.arrival), rotation.number
        )
        flights[rotation.back_id] = _flight(
            rotation,
            rotation.back_id,
            (there, HUB),
            (rotation.return_departure, rotation.return_arrival),
            rotation.number + 1,
        )
    return flights, _ground_times(flights, aircraft, days)


def _flight(rotation: Rotation, key: str, route: tuple[str, str], span: tuple[int, int], number: int) -> Item:
    return {
        "flight_id": key,
        "number": f"{CARRIER}{number}",
        "date": key[-10:],
        "origin": route[0],
        "destination": route[1],
        "route": f"{route[0]}-{route[1]}",
        "departure_utc": times.text(span[0]),
        "arrival_utc": times.text(span[1]),
        "block_minutes": rotation.block_minutes,
        "distance_km": rotation.distance_km,
        "tail": rotation.tail,
        "type": rotation.type,
        "duty_id": "",
        "seats": TYPES[rotation.type].seats,
        "booked": 0,
    }


def _ground_times(flights: Mapping[str, Item], aircraft: Sequence[Item], days: Sequence[str]) -> list[Item]:
    first = times.at_local(days[0], "00:00", HUB_ZONE) - 6 * 60
    last = times.at_local(days[-1], "00:00", HUB_ZONE) + 2 * times.MINUTES_PER_DAY
    lines: dict[str, list[Item]] = {item["tail"]: [] for item in aircraft}
    for flight in sorted(flights.values(), key=lambda item: str(item["departure_utc"])):
        lines[flight["tail"]].append(flight)
    kinds = {item["tail"]: item["type"] for item in aircraft}
    return [
        item
        for tail, line in lines.items()
        for station, start, end, onward in _stays(line, times.text(first), times.text(last))
        for item in _by_day(station, start, end, {"tail": tail, "type": kinds[tail], "next_flight_id": onward})
    ]


def _stays(line: Sequence[Item], first: str, last: str) -> list[tuple[str, str, str, str]]:
    arrivals = [(HUB, first), *((flight["destination"], flight["arrival_utc"]) for flight in line)]
    departures = [*((flight["departure_utc"], flight["flight_id"]) for flight in line), (last, "")]
    return [
        (station, start, end, onward)
        for (station, start), (end, onward) in zip(arrivals, departures, strict=True)
        if start < end
    ]


def _by_day(station: str, start: str, end: str, rest: Mapping[str, Any]) -> list[Item]:
    day, items = dt.date.fromisoformat(start[:10]), []
    while day.isoformat() <= end[:10]:
        items.append(
            {
                "station_day": f"{station}#{day}",
                "slot": f"{start}#{rest['tail']}",
                "from_utc": start,
                "until_utc": end,
                **rest,
            }
        )
        day += dt.timedelta(days=1)
    return items
