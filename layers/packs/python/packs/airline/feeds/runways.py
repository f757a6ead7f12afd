"""Runways with their true headings, from a file in the form of OurAirports' ``runways.csv``.

A file of all the world's runways is taken as it is: only airports on record get theirs. Runways that the file calls closed, and
those without a number (water, helipads), are left out.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping

from conclave.pack import Item, Tables
from msgspec import Struct

from packs.airline.feeds.records import MAX_LINES, Fault
from packs.airline.geography import iata_by_indicator

NAMED = frozenset(["airport_ident", "closed", "le_ident", "le_heading_degT", "he_ident", "he_heading_degT"])
_DESIGNATOR = re.compile(r"(?P<number>\d{1,2})(?P<side>[LCR]?)")


class Runways(Struct, frozen=True, kw_only=True):
    """Records of airports with their runways, runways read, lines that could not be read, and doubts."""

    rows: list[Item]
    read: int
    faults: list[Fault]
    warnings: list[Fault]


def read_runways(text: str, file: str, tables: Tables) -> Runways:
    """Reads a file of runways and lays it on the airports on record.

    Args:
        text: Its text, comma-separated with a line of column names.
        file: Its name, for the faults.
        tables: The tables.

    Raises:
        ReadFailed: A table could not be read.
    """
    lines = csv.DictReader(text.lstrip("\ufeff").splitlines()[:MAX_LINES])
    if missing := sorted(NAMED - set(lines.fieldnames or ())):
        reason = f"lacks the columns {', '.join(missing)}; take runways.csv of OurAirports as it is"
        return Runways(rows=[], read=0, faults=[Fault(file=file, line=1, reason=reason)], warnings=[])
    by_airport: dict[str, list[tuple[int, Mapping[str, str]]]] = {}
    indicators = iata_by_indicator()
    for number, line in enumerate(lines, start=2):
        if place := indicators.get((line["airport_ident"] or "").strip()):
            by_airport.setdefault(place, []).append((number, line))
    there = tables.get("airports", sorted(by_airport)).items if by_airport else {}
    rows, faults, warnings, read = list[Item](), list[Fault](), list[Fault](), 0
    for iata, airport in there.items():
        words = list[str]()
        for number, runway in by_airport[str(iata)]:
            try:
                ends = dict(_ends(runway))
            except ValueError as error:
                faults.append(Fault(file=file, line=number, reason=f"{iata}: {error}"))
                continue
            read += 1
            if "" in ends.values():
                warnings.append(
                    Fault(file=file, line=number, reason=f"{iata}: {'/'.join(ends)} has no heading; it is left out")
                )
            else:
                words += [f"{name}:{heading}" for name, heading in ends.items()]
        if words and sorted(words) != sorted(airport.get("runways", ())):
            rows.append({**airport, "runways": sorted(words)})
    return Runways(rows=rows, read=read, faults=faults, warnings=warnings)


def _ends(line: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Designators of both directions of a runway and their true headings in whole degrees, empty where neither is told.

    Raises:
        ValueError: A heading is not one.
    """
    if (line["closed"] or "").strip() == "1":
        return
    names = [_DESIGNATOR.fullmatch((line[f"{end}_ident"] or "").strip()) for end in ("le", "he")]
    told = [_heading((line[f"{end}_heading_degT"] or "").strip()) for end in ("le", "he")]
    for name, own, other in zip(names, told, reversed(told), strict=True):
        if name is None or not 1 <= int(name["number"]) <= 36:
            continue
        heading = own if own is not None else None if other is None else (other + 180) % 360
        yield f"{int(name['number']):02d}{name['side']}", "" if heading is None else str(round(heading) % 360)


def _heading(text: str) -> float | None:
    if not text:
        return None
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found <= 360:
        raise ValueError(f"{text!r} is not a true heading; write degrees from 0 to 360")
    return found
