"""Aerodromes that notices close: times in UTC, beside the night closures, which are local.

A notice of the table ``notams`` has its closed times in ``closed`` (ICAO Annex 15: the times of a notice are UTC). An aerodrome
is closed as a whole when a notice closes it, or when the notices of a time close all of its runways that are on record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from packs.airline import times
from packs.airline.rules.airports.crosswind import closed_runways

SOURCE = "ICAO Annex 15 Chapter 6 (NOTAM); the notices of the aerodrome"


def closed_period(text: str) -> str:
    """The text, when it is a from and an until; raises ``ValueError`` otherwise."""
    try:
        start, end = (times.minutes(each) for each in text.split("/"))
    except ValueError:
        start = end = 0
    if start >= end:
        raise ValueError(f"{text!r} is not a period; write it like 2026-11-21T22:00:00Z/2026-11-22T03:30:00Z")
    return text


def closures(notices: Iterable[Mapping[str, Any]], runways: Iterable[str] = ()) -> tuple[tuple[int, int], ...]:
    """The times at which an aerodrome is closed, in order, in minutes; they may overlap.

    Args:
        notices: Rows of its notices.
        runways: Its runways as its record has them, ``09L:89``; a notice that closes one direction closes the runway.
    """
    notices = [each for each in notices if each.get("closed")]
    whole = [period for each in notices if each.get("closes") == "aerodrome" for period in _periods(each)]
    there = {each.partition(":")[0] for each in runways}
    shut = closed_runways(notices) if there else []
    if there:
        edges = sorted({edge for each in shut for edge in each[:2]})
        for start, end in pairwise(edges):
            gone = {name for first, last, names in shut if first <= start and end <= last for name in names}
            if there <= gone:
                whole.append((start, end))
    return tuple(sorted(whole))


def _periods(row: Mapping[str, Any]) -> list[tuple[int, int]]:
    cut = [each.split("/") for each in row["closed"]]
    return [(times.minutes(start), times.minutes(end)) for start, end in cut]


def with_closures(
    airports: Mapping[str, dict[str, Any]], notices: Mapping[str, Iterable[Mapping[str, Any]]]
) -> dict[str, dict[str, Any]]:
    """Records of airports with the times at which notices close them, ``closed_by_notice``, where there are any."""
    found = {iata: closures(notices.get(iata, ()), item.get("runways", ())) for iata, item in airports.items()}
    return {iata: item | {"closed_by_notice": found[iata]} if found[iata] else item for iata, item in airports.items()}


def closed_for(moment: int, closed: Iterable[tuple[int, int]]) -> int:
    """Minutes from a moment until an aerodrome opens again; 0 when it is open."""
    opens = moment
    for start, end in sorted(closed):
        if start <= opens < end:
            opens = end
    return opens - moment


def closed_by(moment: int, closed: Iterable[tuple[int, int]]) -> int:
    """Minutes from a moment to the nearest edge of a closed time, at least 1; 0 when it is open."""
    inside = [min(moment - start, end - moment) for start, end in closed if start <= moment < end]
    return max(1, max(inside)) if inside else 0
