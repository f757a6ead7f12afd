"""ASM and SSM as what they change in the rows of ``flights``: times, terminals, seats, numbers, and whether they are cancelled.

Like a schedule, a message names no crew or passengers. So it adds no flight and changes no aircraft: such flights are told, see
``equipment``. Under a new number (FLT) a flight keeps its key, which bookings, duties and runs name. A cancelled flight stays on
record with ``cancelled``, so that RIN brings it back; plans and look-ups leave it out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from conclave.pack import Between, Item, Tables
from msgspec import Struct

from packs.airline import times
from packs.airline.feeds.calendar import moment, nearest
from packs.airline.feeds.changes import equipment
from packs.airline.feeds.changes.itineraries import Itinerary, day_of, itineraries_of, legs_between
from packs.airline.feeds.changes.lines import LegTimes, Point
from packs.airline.feeds.changes.messages import Change
from packs.airline.feeds.records import Fault, Unreadable
from packs.airline.feeds.timetable.flights import LONGEST_MINUTES, SHORTEST_MINUTES
from packs.airline.feeds.timetable.rows import zones_of
from packs.airline.times import MINUTES_PER_DAY

_RETIMES = frozenset(["NEW", "RPL", "TIM"])
_REINSTATES = frozenset(["NEW", "RIN", "RPL"])
_DAYS_AROUND = 3

Zones = Callable[[str], str]


class Changed(Struct, frozen=True, kw_only=True):
    """Rows of ``flights`` that messages change, by key, and what could not be done, or only with a doubt."""

    rows: Mapping[str, Item]
    faults: Sequence[Fault]
    warnings: Sequence[Fault]


def changed(changes: Sequence[tuple[str, Change]], tables: Tables, before: Mapping[str, Item]) -> Changed:
    """Lays messages on the flights on record in the order in which they come.

    Args:
        changes: What messages say, with the names of their files.
        tables: The tables.
        before: Rows that a schedule changes, by key; they count instead of those of the table.

    Raises:
        ReadFailed: A table could not be read.
    """
    if not changes:
        return Changed(rows={}, faults=(), warnings=())
    record = _Record(_on_record([each for _, each in changes], tables), before)
    places = {row[name] for row in record.all_rows() for name in ("origin", "destination")}
    zones = zones_of(tables, places)
    seats = _Seats(tables, record.all_rows())
    faults, warnings = list[Fault](), list[Fault]()
    for file, change in changes:
        try:
            for text in _lay(change, record, lambda place: zones.get(place, ""), seats):
                warnings.append(Fault(file=file, line=change.line, reason=f"{change.flight}: {text}"))
        except Unreadable as error:
            faults.append(Fault(file=file, line=change.line, reason=f"{change.flight}: {error}"))
    return Changed(rows=record.touched, faults=faults, warnings=warnings)


def _on_record(changes: Iterable[Change], tables: Tables) -> Mapping[str, Sequence[Item]]:
    """The rows of the flights that messages name, on the days that they speak of, by number."""
    told = list(changes)
    days = [each.day for each in told if each.day]
    periods = [period for each in told for period in (*each.periods, *((each.existing,) if each.existing else ()))]
    firsts, lasts = [*days, *(each.first for each in periods)], [*days, *(each.last or date.max for each in periods)]
    first = min(firsts) - timedelta(days=_DAYS_AROUND)
    last = max(lasts) + timedelta(days=_DAYS_AROUND) if max(lasts) < date.max else date.max
    only = {"date": Between(first.isoformat(), last.isoformat())}
    numbers = {name for each in told for name in (each.flight, each.renamed) if name}
    return tables.query("flights", sorted(numbers), "by_number", only)


class _Record:
    """The flights on record, each as it is after the messages before."""

    def __init__(self, found: Mapping[str, Sequence[Item]], before: Mapping[str, Item]) -> None:
        self._numbers = {number: [before.get(row["flight_id"], row) for row in rows] for number, rows in found.items()}
        self.touched: dict[str, Item] = {}

    def all_rows(self) -> Iterator[Item]:
        for rows in self._numbers.values():
            yield from rows

    def of(self, number: str) -> list[list[Item]]:
        """The itineraries of a number."""
        return itineraries_of(self._numbers.get(number, ()))

    def replace(self, row: Item, number: str) -> None:
        """Takes a row in the place of the one with its key, which has stood under a number."""
        rows = self._numbers[number]
        at = [each["flight_id"] for each in rows].index(row["flight_id"])
        if row["number"] == number:
            rows[at] = row
        else:
            del rows[at]
            self._numbers.setdefault(row["number"], []).append(row)
        self.touched[row["flight_id"]] = row


class _Seats:
    """Seats of the aircraft on record, read once."""

    def __init__(self, tables: Tables, rows: Iterable[Item]) -> None:
        tails = sorted({str(row["tail"]) for row in rows})
        self._known = (
            {str(tail): int(item["seats"]) for tail, item in tables.get("aircraft", tails).items.items()}
            if tails
            else {}
        )

    def most(self, row: Item) -> int | None:
        """Seats of the aircraft of a flight; ``None`` for one that is not on record."""
        return self._known.get(row["tail"])


def _lay(change: Change, record: _Record, zones: Zones, seats: _Seats) -> list[str]:
    """Enters one change for all its days, or none of it; answers doubts.

    Raises:
        Unreadable: It is not on record, or cannot be true.
    """
    flown = record.of(change.flight)
    if change.existing is not None:
        laid = list(_revised(change, flown))
    else:
        meant = [each for each in flown if change.on(day_of(each, local=change.local))]
        if change.renamed and _has_number(change, meant, record):
            return []
        if not meant:
            raise Unreadable(
                f"is not in flights {_when(change)}; a schedule names no aircraft, crew or passengers: add it in flights.csv"
            )
        laid = [pair for each in meant for pair in _after(change, each, zones, seats)]
    aircraft = dict.fromkeys(equipment.doubt_of(change, old) for old, _ in laid)
    rows = [(old, new) for old, new in laid if old != new]
    for old, new in rows:
        record.replace(new, old["number"])
    return [*_doubts(rows), *(each for each in aircraft if each)]


def _has_number(change: Change, meant: Sequence[Itinerary], record: _Record) -> bool:
    """FLT: true if it has been done before, so that only the new number is on record.

    Raises:
        Unreadable: Another flight has that number on one of the days, or it is one of another carrier.
    """
    there = {day_of(each, local=change.local) for each in record.of(change.renamed)}
    if not meant:
        return any(change.on(each) for each in there)
    if change.renamed[:2] != change.flight[:2]:
        raise Unreadable(f"would be {change.renamed}, a flight of another carrier; load it as CSV")
    if taken := sorted(there.intersection(day_of(each, local=change.local) for each in meant)):
        raise Unreadable(
            f"cannot be {change.renamed} on {taken[0].isoformat()}: another flight in flights has that number"
        )
    return False


def _when(change: Change) -> str:
    return f"on {change.day.isoformat()}" if change.day else "on any day of its period"


def _revised(change: Change, flown: Iterable[Itinerary]) -> Iterator[tuple[Item, Item]]:
    """REV: flights of the old period that are not in a new one are cancelled; those of a new one operate again."""
    operates = False
    for itinerary in flown:
        day = day_of(itinerary, local=change.local)
        in_new, in_old = change.on(day), bool(change.existing and change.existing.has(day))
        operates = operates or in_new or in_old
        for row in itinerary:
            if in_new:
                yield row, _reinstated(row)
            elif in_old:
                yield row, _cancelled(row)
    if not operates:
        raise Unreadable("is not in flights on any day of its periods; add it in flights.csv")


def _after(change: Change, itinerary: Itinerary, zones: Zones, seats: _Seats) -> Iterator[tuple[Item, Item]]:
    """The legs of an itinerary that a message is about, each with what it is afterwards."""
    legs = legs_between(itinerary, change.ends)
    if not legs:
        raise Unreadable(f"does not fly {'/'.join(change.ends)} on {itinerary[0]['date']}")
    if change.action == "CNL":
        yield from ((row, _cancelled(row)) for row in legs)
        return
    told = _times(change, itinerary, zones) if change.action in _RETIMES or change.legs else {}
    if change.action in ("NEW", "RPL") and len(told) < len(itinerary):
        raise Unreadable(f"has other airports on {itinerary[0]['date']}; load the flight as CSV")
    for row in legs:
        after = _reinstated(row) if change.action in _REINSTATES else row
        if row["flight_id"] in told and "off_block_utc" not in row:
            after = _retimed(after, *told[row["flight_id"]], zones)
        after = after | _terminals(change, row)
        if change.seats is not None:
            after = after | {"seats": _fitting(change.seats, seats.most(row), row)}
        yield row, after | ({"number": change.renamed} if change.renamed else {})


def _cancelled(row: Item) -> Item:
    if "off_block_utc" in row or "airborne_utc" in row:
        raise Unreadable(f"of {row['date']} has left; it is not cancelled")
    return {**row, "cancelled": True}


def _reinstated(row: Item) -> Item:
    return {name: value for name, value in row.items() if name != "cancelled"}


def _retimed(row: Item, departure: int, arrival: int, zones: Zones) -> Item:
    zone = zones(row["origin"])
    if zone and times.local(departure, zone).date().isoformat() != row["date"]:
        raise Unreadable(f"of {row['date']} would leave on another day; load it as CSV")
    said = {
        "departure_utc": times.text(departure),
        "arrival_utc": times.text(arrival),
        "block_minutes": arrival - departure,
    }
    return {**row, **said}


def _terminals(change: Change, row: Item) -> Item:
    said: dict[str, str] = {}
    for board, off, leaves, comes in change.terminals:
        if board == row["origin"] and leaves:
            said["departure_terminal"] = leaves
        if off == row["destination"] and comes:
            said["arrival_terminal"] = comes
    return said


def _fitting(seats: int, most: int | None, row: Item) -> int:
    if most is not None and seats > most:
        raise Unreadable(f"has {seats} seats, and {row['tail']} has {most}; load the aircraft that flies it as CSV")
    return seats


def _times(change: Change, itinerary: Itinerary, zones: Zones) -> dict[str, tuple[int, int]]:
    """Departure and arrival in minutes of the legs that a message has times of, by their keys.

    Raises:
        Unreadable: A leg is not on record that day, a zone is not known, or a block time cannot be true.
    """
    day = day_of(itinerary, local=change.local)
    by_ends = {(row["origin"], row["destination"]): row["flight_id"] for row in itinerary}
    found: dict[str, tuple[int, int]] = {}
    earliest: int | None = None
    for leg in change.legs:
        key = by_ends.get((leg.origin.airport, leg.destination.airport))
        if key is None:
            raise Unreadable(
                f"does not fly {leg.origin.airport}-{leg.destination.airport} on {day.isoformat()}; load the flight as CSV"
            )
        departure, arrival = _leg_times(leg, day, earliest, zones if change.local else None)
        found[key], earliest = (departure, arrival), arrival
    return found


def _leg_times(leg: LegTimes, day: date, earliest: int | None, zones: Zones | None) -> tuple[int, int]:
    departures = [_in_utc(leg.origin, each, zones) for each in _days(leg.origin, day, (0, 1, 2))]
    departure = next((each for each in departures if earliest is None or each >= earliest), None)
    if departure is None:
        raise Unreadable(f"leaves {leg.origin.airport} before it comes there; correct its times")
    arrivals = [_in_utc(leg.destination, each, zones) for each in _days(leg.destination, day, (-1, 0, 1, 2, 3))]
    for arrival in arrivals:
        if SHORTEST_MINUTES <= arrival - departure <= LONGEST_MINUTES:
            return departure, arrival
    raise Unreadable(
        f"{leg.origin.airport}-{leg.destination.airport} has a block time that cannot be true; correct its times"
    )


def _days(point: Point, day: date, otherwise: Sequence[int]) -> Sequence[date]:
    """The days on which a time of a leg may be: the one that the message names, or those around the day of the flight."""
    if point.day is not None:
        found = nearest(point.day, 12, 0, moment(day, MINUTES_PER_DAY // 2))
        if found is None:
            raise Unreadable(f"the day {point.day:02d} does not exist; correct it")
        return [date.fromisoformat(times.text(found)[:10])]
    if point.days is not None:
        return [day + timedelta(days=point.days)]
    return [day + timedelta(days=each) for each in otherwise]


def _in_utc(point: Point, day: date, zones: Zones | None) -> int:
    if zones is None:
        return moment(day, point.clock)
    zone = zones(point.airport)
    if not zone:
        raise Unreadable(f"the time zone of {point.airport} is not known; send the message in UTC")
    written = times.text(moment(day, point.clock))
    return times.at_local(written[:10], written[11:16], zone)


def _doubts(rows: Sequence[tuple[Item, Item]]) -> Iterator[str]:
    """What duties, stays and bookings do not know of."""
    moved = [
        old["flight_id"]
        for old, new in rows
        if old["departure_utc"] != new["departure_utc"] or old["arrival_utc"] != new["arrival_utc"]
    ]
    gone = [old["flight_id"] for old, new in rows if new.get("cancelled") and not old.get("cancelled")]
    for keys, what in ((moved, "have other times"), (gone, "are cancelled")):
        if keys:
            told = f"{', '.join(keys[:3])}{' ...' if len(keys) > 3 else ''}"
            yield f"{len(keys)} flights {what} ({told}); their duties, ground_times and slots stay: load these as CSV, too"
    booked = [new["flight_id"] for _, new in rows if new["booked"] > new["seats"]]
    if booked:
        yield f"more is booked than the seats that it has now: {', '.join(booked[:3])}"
