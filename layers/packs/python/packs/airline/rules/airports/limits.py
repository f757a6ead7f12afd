"""Airports: night closures, ATFM slots, connections, weather minima."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from packs.airline import times


@dataclass(frozen=True, slots=True, kw_only=True)
class Curfew:
    """A night period at an airport, local time.

    Attributes:
        start: First closed minute (``23:00``).
        end: First open minute (``05:00``).
        closed: True when scheduled traffic is shut out; False when movements only count against a quota.
        source: Where it is published.
    """

    start: str
    end: str
    closed: bool
    source: str


CURFEWS: Mapping[str, Curfew] = {
    "FRA": Curfew(
        start="23:00",
        end="05:00",
        closed=True,
        source="Planfeststellungsbeschluss Frankfurt: no scheduled movements 23:00-05:00 (Fraport operating hours)",
    ),
    "ZRH": Curfew(
        start="23:30",
        end="06:00",
        closed=True,
        source="Betriebsreglement Zurich since 29 July 2010: closed 23:00-06:00, delayed flights until 23:30",
    ),
    "SYD": Curfew(start="23:00", end="06:00", closed=True, source="Sydney Airport Curfew Act 1995: 23:00-06:00"),
    "LHR": Curfew(
        start="23:30",
        end="06:00",
        closed=False,
        source="Heathrow night quota period 23:30-06:00 (Civil Aviation Act 1982 s.78 notice)",
    ),
}

SLOT_SOURCE = "Regulation (EU) 255/2010 (departure slots); EUROCONTROL ATFCM Users Manual (tolerance -5/+10 min)"
SLOT_EARLY_MINUTES = 5
SLOT_LATE_MINUTES = 10
TAXI_MINUTES = 15
"""Operator assumption: off blocks to take-off. Slots are take-off times."""

WEATHER_SOURCE = "EU 965/2012 Annex I, category I approach: decision height 200 ft, RVR 550 m"
MIN_CEILING_FT = 200
MIN_VISIBILITY_M = 550
MAX_CROSSWIND_KT = 33
"""Operator assumption."""


def has_night(airport: Mapping[str, Any]) -> bool:
    """True if the night period of an airport is on record."""
    return bool(airport["curfew_start"] and airport["curfew_end"])


def curfew_violation_minutes(moment_local_minute: int, start: str, end: str) -> int:
    """Minutes from a moment to the nearest edge of a closed period, 0 outside it.

    Args:
        moment_local_minute: Minutes since local midnight.
        start: First closed minute, ``HH:MM``.
        end: First open minute, ``HH:MM``.
    """
    opens = times.clock_minutes(end)
    closes = times.clock_minutes(start)
    length = (opens - closes) % times.MINUTES_PER_DAY
    inside = (moment_local_minute - closes) % times.MINUTES_PER_DAY
    if inside >= length:
        return 0
    return max(1, min(inside, length - inside))


def minutes_to_opening(moment_local_minute: int, start: str, end: str) -> int:
    """Minutes from a moment inside a closed period to its end, 0 outside it."""
    if not curfew_violation_minutes(moment_local_minute, start, end):
        return 0
    return (times.clock_minutes(end) - moment_local_minute) % times.MINUTES_PER_DAY


def slot_fits(take_off_utc: int, slots_utc: Iterable[int]) -> bool:
    """True if a take-off lies in the window of a slot: 5 minutes before to 10 minutes after its calculated time."""
    return any(-SLOT_EARLY_MINUTES <= take_off_utc - slot <= SLOT_LATE_MINUTES for slot in slots_utc)


def earliest_off_blocks(slot_utc: int) -> int:
    """Off-blocks time that makes the calculated take-off time."""
    return slot_utc - TAXI_MINUTES


def connects(arrival_utc: int, departure_utc: int, connection_minutes: int) -> bool:
    """True if a passenger makes an onward flight with the minimum connection time of the airport (operator figure)."""
    return departure_utc - arrival_utc >= connection_minutes


def above_minima(forecast: Mapping[str, Any]) -> bool:
    """True if a forecast allows a category I approach, and the crosswind a landing."""
    return bool(
        forecast["ceiling_ft"] >= MIN_CEILING_FT
        and forecast["visibility_m"] >= MIN_VISIBILITY_M
        and forecast["crosswind_kt"] <= MAX_CROSSWIND_KT
    )
