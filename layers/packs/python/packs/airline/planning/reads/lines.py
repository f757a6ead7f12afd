"""The flights and the open items of many aircraft, in as many requests whether the fleet is small or large.

A request for each aircraft grows with their number. Of more than a few, whole days of the schedule are read instead; and the open
items of all aircraft: the store leaves out what belongs to others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from conclave.pack import Item, Tables

from packs.airline import times
from packs.airline.bounds import FEW_TAILS, MEL_CATEGORIES

AHEAD_OF_UTC_MINUTES = 14 * 60
BEHIND_UTC_MINUTES = 12 * 60
"""Clocks on earth are as far ahead of UTC and as far behind it: a flight has the local date of where it departs."""


def lines_of(
    flight: Item, own: Sequence[Item], tails: Iterable[str], tables: Tables, *, until: int
) -> dict[str, list[Item]]:
    """The flights of aircraft, by tail, in order of departure.

    Args:
        flight: The disrupted flight.
        own: The flights of its aircraft, which are found as well.
        tails: Other aircraft.
        tables: Where ``flights/by_tail`` and ``flights/by_day`` may be read; their rows have times in minutes.
        until: Of the other aircraft, the flights that leave from the flight's departure until then are found (and some around).
    """
    others = sorted({*tails} - {flight["tail"]})
    found: dict[str, list[Item]] = {tail: [] for tail in others} | {flight["tail"]: list(own)}
    if 0 < len(others) <= FEW_TAILS:
        found |= tables.query("flights", others, "by_tail")
    elif others:
        days = _days(flight["departure_utc"] - BEHIND_UTC_MINUTES, until + AHEAD_OF_UTC_MINUTES)
        for flown in tables.query("flights", days, "by_day", {"tail": others}).values():
            for each in flown:
                found[each["tail"]].append(each)
    return {tail: sorted(line, key=lambda each: int(each["departure_utc"])) for tail, line in found.items()}


def _days(first: int, last: int) -> list[str]:
    start, end = (date.fromisoformat(times.day(moment)) for moment in (first, last))
    return [(start + timedelta(days=number)).isoformat() for number in range((end - start).days + 1)]


def open_items(tails: Iterable[str], tables: Tables) -> Mapping[str, list[Item]]:
    """The open items of aircraft under the MEL, by tail, in order of their ids; for who may read ``mel_items/by_category``."""
    found: dict[str, list[Item]] = {tail: [] for tail in tails}
    for items in tables.query("mel_items", MEL_CATEGORIES, "by_category", {"tail": sorted(found)}).values():
        for each in items:
            found[each["tail"]].append(each)
    return {tail: sorted(items, key=lambda each: str(each["item_id"])) for tail, items in found.items()}
