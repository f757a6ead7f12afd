"""Schedules as what they change in the rows of ``flights``: times and terminals of the flights that are on record.

A schedule names no registration, no crew and no passengers, and a flight without them cannot be decided about. So it adds no
flight: those that are not on record are told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from conclave.pack import Item, Tables
from msgspec import Struct

from packs.airline import times
from packs.airline.codes import spellings
from packs.airline.feeds.records import Fault
from packs.airline.feeds.timetable.flights import Flight, flights_of
from packs.airline.feeds.timetable.ssim import Leg
from packs.airline.geography import world_place


class Planned(Struct, frozen=True, kw_only=True):
    """Rows of ``flights`` that a schedule changes, by key, and what could not be done with its legs, or only with a doubt."""

    rows: Mapping[str, Item]
    faults: Sequence[Fault]
    warnings: Sequence[Fault]


def planned(legs: Sequence[Leg], file: str, tables: Tables) -> Planned:
    """Lays the legs of a schedule on the flights on record, on the days of which there are flights.

    Args:
        legs: The legs of a file.
        file: Its name.
        tables: The tables.

    Raises:
        ReadFailed: A table could not be read.
    """
    operated = [each for each in legs if not each.codeshare]
    numbers = sorted({spellings(each.number)[0] for each in operated})
    there = (
        [row for found in tables.query("flights", numbers, "by_number").values() for row in found] if numbers else []
    )
    if not there:
        return Planned(rows={}, faults=_unknown(operated, file), warnings=())
    days = [date.fromisoformat(each["date"]) for each in there]
    zones = zones_of(tables, {place for each in operated for place in (each.origin, each.destination)})
    read = flights_of(
        operated, file, lambda place: zones.get(place, ""), min(days) - timedelta(days=1), max(days) + timedelta(days=1)
    )
    known = {(each["number"], each["date"], each["origin"], each["destination"]): each for each in there}
    terminals = {each.line: (each.departure_terminal, each.arrival_terminal) for each in operated}
    there_by_key = {each["flight_id"]: each for each in there}
    rows: dict[str, Item] = {}
    absent: dict[int, list[Flight]] = {}
    laid, twice = dict[str, Flight](), dict[int, tuple[Flight, Flight]]()
    for flight in read.records:
        row = known.get((spellings(flight.number)[0], flight.date, flight.origin, flight.destination))
        if row is None:
            absent.setdefault(flight.line, []).append(flight)
            continue
        before = laid.setdefault(row["flight_id"], flight)
        if (before.departure_utc, before.arrival_utc) != (flight.departure_utc, flight.arrival_utc):
            twice.setdefault(flight.line, (before, flight))
        rows[row["flight_id"]] = row if "off_block_utc" in row else _after(row, flight, terminals[flight.line])
    rows = {key: row for key, row in rows.items() if row != there_by_key[key]}
    within = {each.isoformat() for each in days}
    missing = [
        Fault(file=file, line=line, reason=_absent(held))
        for line, found in absent.items()
        if (held := [each for each in found if each.date in within])
    ]
    return Planned(
        rows=rows,
        faults=[*read.faults, *missing],
        warnings=[*read.warnings, *_twice(twice.values(), file), *_moved(rows.values(), known.values(), file)],
    )


def zones_of(tables: Tables, places: set[str]) -> dict[str, str]:
    """Zones of airports: by their records, otherwise by the world's list.

    Raises:
        ReadFailed: A table could not be read.
    """
    records = tables.get("airports", sorted(places)).items
    listed = {place: found.tz for place in places if (found := world_place(place)) is not None}
    return listed | {str(place): str(row["tz"]) for place, row in records.items()}


def _after(row: Item, flight: Flight, terminals: tuple[str, str]) -> Item:
    said: Item = {
        "departure_utc": times.text(flight.departure_utc),
        "arrival_utc": times.text(flight.arrival_utc),
        "block_minutes": flight.arrival_utc - flight.departure_utc,
    }
    ends = zip(("departure_terminal", "arrival_terminal"), terminals, strict=True)
    return {**row, **said, **{name: terminal for name, terminal in ends if terminal}}


def _absent(found: Sequence[Flight]) -> str:
    days = f"{len(found)} days from {found[0].date}" if len(found) > 1 else found[0].date
    return (
        f"{found[0].number} {found[0].origin}-{found[0].destination} is not in flights on {days}; a schedule names no aircraft, "
        "crew or passengers: add it in flights.csv"
    )


def _twice(pairs: Iterable[tuple[Flight, Flight]], file: str) -> list[Fault]:
    """Legs that give a day of a flight other times than a leg before them."""
    return [
        Fault(
            file=file,
            line=second.line,
            reason=f"{second.number} has other times on {second.date} than in line {first.line}; those of this line count",
        )
        for first, second in pairs
    ]


def _unknown(legs: Iterable[Leg], file: str) -> list[Fault]:
    names: dict[str, int] = {}
    for each in legs:
        names.setdefault(each.number, each.line)
    return [
        Fault(file=file, line=line, reason=f"{name} is not in flights on any day; add it in flights.csv")
        for name, line in names.items()
    ]


def _moved(changed: Iterable[Item], before: Iterable[Item], file: str) -> list[Fault]:
    """That flights leave or come at other times, which duties and stays of the aircraft do not know of."""
    known = {each["flight_id"]: each for each in before}
    moved = [
        each["flight_id"]
        for each in changed
        if any(each[name] != known[each["flight_id"]][name] for name in ("departure_utc", "arrival_utc"))
    ]
    if not moved:
        return []
    told = f"{', '.join(moved[:3])}{' ...' if len(moved) > 3 else ''}"
    text = f"{len(moved)} flights have other times ({told}); their duties, ground_times and slots stay: load these as CSV, too"
    return [Fault(file=file, line=1, reason=text)]
