"""The legs of a schedule as flights of single days, with their times in UTC.

UTC comes from the variation that the file itself gives for each airport. On each day it is compared with the zone of the
airport, and a difference is told: the file was made before a clock change, or before a change of law.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta

from msgspec import Struct

from packs.airline import times
from packs.airline.feeds.calendar import moment
from packs.airline.feeds.records import Fault, Read
from packs.airline.feeds.timetable.ssim import Leg
from packs.airline.times import MINUTES_PER_DAY

SHORTEST_MINUTES, LONGEST_MINUTES = 10, 20 * 60
"""Block times that are believed: the shortest scheduled flight has about 10 minutes, the longest about 19 hours."""
MAX_FLIGHTS = 2_000_000

Zones = Callable[[str], str]
"""Answers the IANA zone of an airport; empty for one that nobody knows."""


class Flight(Struct, frozen=True, kw_only=True):
    """One leg on one day.

    Attributes:
        number: Flight number with its suffix.
        date: Its local day of departure, ISO; in UTC where the zone is not known.
        origin: Airport of departure.
        destination: Airport of arrival.
        departure_utc: Off blocks, in minutes.
        arrival_utc: On blocks.
        aircraft_type: IATA code of the type.
        service: Service type.
        sequence: Position in its itinerary.
        codeshare: Another airline flies it.
        operated_as: The flight that it is sold for.
        sold_as: Flights of other airlines that are sold on it.
        line: Line of its leg in the file.
    """

    number: str
    date: str
    origin: str
    destination: str
    departure_utc: int
    arrival_utc: int
    aircraft_type: str
    service: str
    sequence: int
    codeshare: bool
    operated_as: str
    sold_as: tuple[str, ...]
    line: int


def flights_of(legs: Iterable[Leg], file: str, zones: Zones, first: date, last: date) -> Read[Flight]:
    """The flights of legs on the days from ``first`` to ``last``, in order of their legs.

    Args:
        legs: Legs of a file.
        file: Its name, for faults and warnings.
        zones: Answers the zone of an airport.
        first: First day of the itinerary that is asked for, in the time mode of the file.
        last: Last day.

    Returns:
        The flights; a fault for each leg without a variation at an airport whose zone nobody knows, or whose times cannot be
        true; a warning for each leg whose variation is not its zone's on some day, or whose date variation was corrected.
    """
    found, faults, warnings = list[Flight](), list[Fault](), list[Fault]()
    for leg in legs:
        doubts = _Doubts()
        for day in days_of(leg, first, last):
            flight = _flight(leg, day, zones, doubts)
            if flight is not None:
                found.append(flight)
            if len(found) > MAX_FLIGHTS:
                much = f"gives more than {MAX_FLIGHTS:,} flights; ask for fewer days"
                return Read(records=(), faults=(Fault(file=file, line=leg.line, reason=much),))
        faults += [Fault(file=file, line=leg.line, reason=f"{leg.number}: {each}") for each in doubts.faults]
        warnings += [Fault(file=file, line=leg.line, reason=f"{leg.number}: {each}") for each in doubts.told()]
    return Read(records=tuple(found), faults=tuple(faults), warnings=tuple(warnings))


def days_of(leg: Leg, first: date, last: date) -> Iterator[date]:
    """The days of a leg's itinerary within its period and those asked for, in order. An open end is that of the file."""
    ends = min(leg.last or leg.until or last, last)
    day = max(leg.first, first)
    while day <= ends:
        weeks = ((day - leg.first).days + leg.first.weekday()) // 7
        if day.isoweekday() in leg.weekdays and not (leg.fortnightly and weeks % 2):
            yield day
        day += timedelta(days=1)


class _Doubts:
    """What is strange about a leg: told once for all its days."""

    def __init__(self) -> None:
        self.faults: dict[str, None] = {}
        self._days: dict[str, list[date]] = {}

    def add(self, text: str, day: date) -> None:
        self._days.setdefault(text, []).append(day)

    def told(self) -> list[str]:
        return [f"{text} on {len(days)} days from {days[0].isoformat()}" for text, days in self._days.items()]


def _flight(leg: Leg, day: date, zones: Zones, doubts: _Doubts) -> Flight | None:
    leaves = moment(day, leg.departure) + leg.departure_days * MINUTES_PER_DAY
    departure = _in_utc(leg, leg.origin, leaves, leg.departure_offset, zones, doubts)
    comes = moment(day, leg.arrival) + (leg.arrival_days or 0) * MINUTES_PER_DAY
    said = _in_utc(leg, leg.destination, comes, leg.arrival_offset, zones, doubts)
    if departure is None or said is None:
        return None
    if leg.arrival_days is None or not SHORTEST_MINUTES <= said - departure <= LONGEST_MINUTES:
        block = (said - departure) % MINUTES_PER_DAY
        if not SHORTEST_MINUTES <= block <= LONGEST_MINUTES:
            doubts.faults[f"a block time of {block} minutes cannot be true; correct its times or variations"] = None
            return None
        if leg.arrival_days is not None:
            doubts.add("arrives before it departs, or days later; its date variation was corrected", day)
        said = departure + block
    _hold(leg, leg.origin, departure, leg.departure_offset, zones, doubts, day)
    _hold(leg, leg.destination, said, leg.arrival_offset, zones, doubts, day)
    zone = zones(leg.origin)
    local_day = times.local(departure, zone).date() if zone else day
    return Flight(
        number=leg.number,
        date=local_day.isoformat(),
        origin=leg.origin,
        destination=leg.destination,
        departure_utc=departure,
        arrival_utc=said,
        aircraft_type=leg.aircraft_type,
        service=leg.service,
        sequence=leg.sequence,
        codeshare=leg.codeshare,
        operated_as=leg.operated_as,
        sold_as=leg.sold_as,
        line=leg.line,
    )


def _in_utc(leg: Leg, airport: str, written: int, offset: int | None, zones: Zones, doubts: _Doubts) -> int | None:
    """A time of the file in UTC; ``None`` where neither the file nor the zone tells the variation."""
    if not leg.local:
        return written
    if offset is None:
        zone = zones(airport)
        if not zone:
            doubts.faults[
                f"no variation from UTC at {airport}, and its time zone is not known; write the variation"
            ] = None
            return None
        clock = times.text(written)
        return times.at_local(clock[:10], clock[11:16], zone)
    return written - offset


def _hold(leg: Leg, airport: str, utc: int, offset: int | None, zones: Zones, doubts: _Doubts, day: date) -> None:
    """Holds the variation that the file gives against the zone, at the moment that the flight is there."""
    zone = zones(airport)
    if leg.local and offset is not None and zone and (true := times.offset_minutes(utc, zone)) != offset:
        doubts.add(f"the file says {_shown(offset)} from UTC at {airport}, {zone} has {_shown(true)}", day)


def _shown(offset: int) -> str:
    return f"{'-' if offset < 0 else '+'}{abs(offset) // 60:02d}{abs(offset) % 60:02d}"
