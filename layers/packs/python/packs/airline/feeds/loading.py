"""Files of an operations centre as rows of the tables: which kind a file is, what it says, and what it takes the place of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conclave.pack import Fed, Item, Key, Tables

from packs.airline import times
from packs.airline.feeds.kinds import CHANGES, MOVEMENTS, NOTICES, RUNWAYS, TIMETABLE, WEATHER, kind_of, strangers_in
from packs.airline.feeds.moves import moves_of
from packs.airline.feeds.notices.notam import Notam, in_force, read_notams
from packs.airline.feeds.notices.rows import gone_keys, row_of
from packs.airline.feeds.records import MAX_LINES, Fault
from packs.airline.feeds.runways import read_runways
from packs.airline.feeds.weather.reports import Report, read_reports
from packs.airline.feeds.weather.rows import Row, merged, rows_of
from packs.airline.geography import iata_of
from packs.airline.rules.airports.crosswind import headings_of

_TOO_LONG = f"a file has at most {MAX_LINES:,} lines; split it"
_HOLDS = {NOTICES: "notices", MOVEMENTS: "movements", CHANGES: "changes of the schedule"}
_UNKNOWN = (
    "is none of METAR, TAF, notices (NOTAM), movements (MVT, DIV, LDM), schedules (SSIM chapter 7), their changes (ASM, SSM) and "
    "runways (OurAirports): none of its first lines begins like one"
)


_SILENT = "an observation without wind, visibility or ceiling; what is there for its time stays"
_SILENT_FORECAST = "a forecast without wind, visibility or ceiling; its time is a gap"
READS = ("aircraft", "airports", "flights", "flights/by_number", "weather")
"""What is read beside the texts."""


def read(texts: Mapping[str, str], near: str, tables: Tables) -> Fed:
    """Reads texts of any kind, see ``conclave.pack.Feeds.read``."""
    return feed(texts, times.minutes(near), tables)


def feed(files: Mapping[str, str], near_utc: int, tables: Tables) -> Fed:
    """Reads files of any kind, all that can be read of them.

    Args:
        files: Texts by the names of their files.
        near_utc: A moment near which reports were issued, in minutes: it gives month and year.
        tables: The tables as they are: what is there for other times stays.

    Raises:
        ReadFailed: A table could not be read.
    """
    faults, warnings = list[Fault](), list[Fault]()
    reports, notams = list[tuple[str, Report]](), list[tuple[str, Notam]]()
    airports, runways = dict[Key, Item](), 0
    flown = {name: text for name, text in files.items() if kind_of(text) in (MOVEMENTS, TIMETABLE, CHANGES)}
    for name, text in files.items():
        kind = kind_of(text)
        if text.count("\n") > MAX_LINES:
            faults.append(Fault(file=name, line=MAX_LINES + 1, reason=f"is not read from here on: {_TOO_LONG}"))
        if kind == WEATHER:
            read = read_reports(text, name, near_utc)
            reports += [(name, each) for each in read.records]
            faults, warnings = [*faults, *read.faults], [*warnings, *read.warnings]
        elif kind == NOTICES:
            found = read_notams(text, name, near_utc)
            notams += [(name, each) for each in found.records]
            faults, warnings = [*faults, *found.faults], [*warnings, *found.warnings]
        elif kind == RUNWAYS:
            laid = read_runways(text, name, tables)
            airports |= {row["iata"]: row for row in laid.rows}
            faults, warnings = [*faults, *laid.faults], [*warnings, *laid.warnings]
            runways += laid.read
        elif name not in flown:
            faults.append(Fault(file=name, line=1, reason=_UNKNOWN if text.strip("\ufeff \t\r\n") else "is empty"))
        if kind in (NOTICES, MOVEMENTS, CHANGES):
            faults += _among(name, text, kind)
    moves = moves_of(flown, near_utc, tables)
    faults, warnings = [*faults, *moves.faults], [*warnings, *moves.warnings]
    stations = _stations({place for _, each in notams for place in each.places} | {each.station for _, each in reports})
    warnings += _unread(reports)
    warnings += _silent(reports, stations)
    warnings += _nowhere(reports, notams, stations)
    weather, gone = _weather([each for _, each in reports], stations, airports, tables)
    rows = [
        row_of(each, stations[place])
        for each in in_force(each for _, each in notams)
        for place in each.places
        if place in stations
    ]
    put = (("airports", list(airports.values())), ("flights", moves.rows), ("weather", weather), ("notams", rows))
    return Fed(
        put={name: found for name, found in put if found},
        remove={
            name: keys
            for name, keys in (("weather", gone), ("notams", gone_keys((each for _, each in notams), stations)))
            if keys
        },
        read={
            name: number
            for name, number in ((WEATHER, len(reports)), (NOTICES, len(notams)), (RUNWAYS, runways))
            if number
        }
        | dict(moves.read),
        faults=faults,
        warnings=warnings,
        late=moves.late,
    )


def _stations(places: set[str]) -> dict[str, str]:
    """IATA codes by ICAO indicators, of those that have one."""
    return {place: iata for place in places if (iata := iata_of(place))}


def _unread(reports: Sequence[tuple[str, Report]]) -> list[Fault]:
    """Groups of no known form, and what cannot be meant so."""
    told = [
        (name, each, reason)
        for name, each in reports
        for reason in (each.doubt, f"groups of no known form: {' '.join(each.unread)[:80]}" if each.unread else "")
        if reason
    ]
    return [Fault(file=name, line=each.line, reason=f"{each.station}: {reason}") for name, each, reason in told]


def _among(name: str, text: str, kind: str) -> list[Fault]:
    """Messages of another kind than their file; nothing of them is read."""
    return [
        Fault(
            file=name,
            line=number,
            reason=f"is {what} in a file of {_HOLDS[kind]}; put such messages into a file of their own",
        )
        for number, what in strangers_in(text, kind)
    ]


def _silent(reports: Sequence[tuple[str, Report]], stations: Mapping[str, str]) -> list[Fault]:
    """Reports that lack a value all the time, so that no row is theirs."""
    return [
        Fault(
            file=name, line=each.line, reason=f"{each.station}: {_SILENT_FORECAST if each.kind == 'TAF' else _SILENT}"
        )
        for name, each in reports
        if not each.missing and not each.cancelled and each.station in stations
        if next(rows_of(each, stations[each.station]), None) is None
    ]


def _nowhere(
    reports: Sequence[tuple[str, Report]], notams: Sequence[tuple[str, Notam]], stations: Mapping[str, str]
) -> list[Fault]:
    """Reports of places that the world's list does not have, and notices for whole regions: no row is theirs."""
    found = [
        Fault(file=name, line=each.line, reason=f"{each.station} is not in the list of airports; it is left out")
        for name, each in reports
        if each.station not in stations
    ]
    for name, notam in notams:
        missing = [place for place in notam.places if place not in stations]
        if notam.region_wide:
            text = f"{notam.number} is for a whole region; it closes no aerodrome, and no rule reads it"
            found.append(Fault(file=name, line=notam.line, reason=text))
        elif missing:
            text = f"{notam.number}: {' '.join(missing)[:40]} is not in the list of airports; it is left out"
            found.append(Fault(file=name, line=notam.line, reason=text))
    return found


def _weather(
    reports: Sequence[Report], stations: Mapping[str, str], with_runways: Mapping[Key, Item], tables: Tables
) -> tuple[list[Item], list[Key]]:
    """Rows to write and keys to remove: each report takes the place of what is there for its time."""
    by_station: dict[str, list[Report]] = {}
    for each in reports:
        if each.station in stations and not each.missing:
            by_station.setdefault(stations[each.station], []).append(each)
    if not by_station:
        return [], []
    names = sorted(by_station)
    airports: dict[Key, Item] = {**tables.get("airports", names).items, **with_runways}
    there = tables.query("weather", names)
    put, gone = list[Item](), list[Key]()
    for station in names:
        headings = list(headings_of(airports.get(station)).values())
        fresh: list[tuple[Report, list[Row]]] = [
            (each, list(rows_of(each, station, headings))) for each in by_station[station]
        ]
        rows = merged(there[station], fresh)
        kept = {each["from_utc"] for each in rows}
        known = {each["from_utc"]: each for each in there[station]}
        put += [each for each in rows if known.get(each["from_utc"]) != each]
        gone += [(station, each["from_utc"]) for each in there[station] if each["from_utc"] not in kept]
    return put, gone
