"""Airports: night closures, ATFM slots, connections, weather minima."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from packs.airline import times


class Curfew(Struct, frozen=True, kw_only=True):
    """A night period at an airport, local time.

    Attributes:
        start: First closed minute (``23:00``).
        end: First open minute (``05:00``).
        closed: True when scheduled traffic is shut out; False when movements only count against a quota.
        source: Where it is published.
        late_take_off_until: First closed minute for a take-off that is planned before the period and late; empty: ``start``.
        late_landing_until: The same for a landing.
    """

    start: str
    end: str
    closed: bool
    source: str
    late_take_off_until: str = ""
    late_landing_until: str = ""


CURFEWS: Mapping[str, Curfew] = {
    "FRA": Curfew(
        start="23:00",
        end="05:00",
        closed=True,
        late_landing_until="00:00",
        source="Fraport, operating hours: none planned 23:00-05:00; landings planned before 23:00 until 24:00 without a permit",
    ),
    "GVA": Curfew(
        start="00:00",
        end="06:00",
        closed=True,
        late_take_off_until="00:30",
        late_landing_until="00:30",
        source="Geneve Aeroport, night-time movements (VIL Art. 39a): 06:00-24:00, late flights until 00:30",
    ),
    "KTM": Curfew(
        start="00:00",
        end="06:00",
        closed=True,
        source="Tribhuvan airport management: open 06:00-24:00 since 1 April 2025 (spotlightnepal.com, 31 March 2025)",
    ),
    "LHR": Curfew(
        start="23:30",
        end="06:00",
        closed=False,
        source="Heathrow night quota period 23:30-06:00 (Civil Aviation Act 1982 s.78 notice)",
    ),
    "MUC": Curfew(
        start="00:00",
        end="05:00",
        closed=True,
        source="Flughafen Muenchen, night flight: core time 00:00-05:00 for mail and survey flights only",
    ),
    "NRT": Curfew(
        start="00:00",
        end="06:00",
        closed=True,
        late_take_off_until="00:30",
        late_landing_until="00:30",
        source="Narita since winter 2019: 06:00-24:00 with half an hour in reserve (aerotime.aero 23942, traicy.com 2019-10-27)",
    ),
    "SYD": Curfew(
        start="23:00", end="06:00", closed=True, source="Sydney Airport Curfew Act 1995 s. 6, 7: 23:00-06:00"
    ),
    "ZRH": Curfew(
        start="23:00",
        end="06:00",
        closed=True,
        late_take_off_until="23:30",
        late_landing_until="23:30",
        source="Flughafen Zuerich, operating hours: late flights 23:00-23:30 without a permit (regulations of 2010)",
    ),
}

OPEN_AT_NIGHT: Mapping[str, str] = {
    "AMS": "no closure: a yearly number of movements 23:00-07:00 (schiphol.nl, fewer night flights; lvnl.nl)",
    "BRU": "no closure: 16,000 night slots a year, 23:00-06:00 (vrt.be, 24 May 2023)",
    "CDG": "no closure: take-offs 00:00-04:59 with a slot of that night only (arrete of 6 November 2003, Art. 1)",
    "HKG": "no closure: open around the clock (hkfilmblog.com 23816)",
    "ICN": "no closure: around the clock since 8 June 2022 (Transport Ministry, by Pulse)",
    "KWI": "no closure: around the clock since 7 March 2021 (airport affairs, by q8dailynews.com)",
    "MEL": "no closure: Melbourne Airport, open 24/7 (australianfrequentflyer.com.au, airport curfews)",
    "SIN": "no closure: around the clock (travoliners.com, airport opening hours)",
    "YYZ": "no closure: a yearly budget of movements 00:30-06:30 (torontopearson.com, night flights)",
}
"""Airports of the sample that a published text says do not close at night."""

NIGHT_UNKNOWN = "not known: no published text about its nights is at hand"
"""Source of the airports of the sample in neither list, looked up or not: they are taken to be open."""

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


def closed_period(airport: Mapping[str, Any], *, late: bool, lands: bool) -> tuple[str, str]:
    """First closed and first open minute for a movement, ``HH:MM``; the period begins later for a flight that is late."""
    until = airport.get("late_landing_until" if lands else "late_take_off_until", "") if late else ""
    return until or airport["curfew_start"], airport["curfew_end"]


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
    """True if a forecast allows a category I approach, and the crosswind a landing, also at times that a plan has to count."""
    return all(
        forecast[f"{when}ceiling_ft"] >= MIN_CEILING_FT
        and forecast[f"{when}visibility_m"] >= MIN_VISIBILITY_M
        and forecast[f"{when}crosswind_kt"] <= MAX_CROSSWIND_KT
        for when in _counted(forecast)
    )


def _counted(forecast: Mapping[str, Any]) -> tuple[str, ...]:
    """Prefixes of the columns that count: what prevails, and what comes at times if it has to be counted (AMC1 NCO.OP.160)."""
    return ("", "temporary_") if forecast.get("temporary_counts") else ("",)


TAKE_OFF_VISIBILITY_M = 400
"""AMC1 CAT.OP.MPA.110, Table 1.A: runway edge lights and centre line marking; below it a take-off needs approval (SPA.LVO)."""


def allows_take_off(forecast: Mapping[str, Any]) -> bool:
    """True if a forecast allows a take-off without approval for low visibility, and the crosswind, too."""
    return all(
        forecast[f"{when}visibility_m"] >= TAKE_OFF_VISIBILITY_M and forecast[f"{when}crosswind_kt"] <= MAX_CROSSWIND_KT
        for when in _counted(forecast)
    )
