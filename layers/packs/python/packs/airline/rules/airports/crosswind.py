"""Crosswind at an aerodrome: of its best open runway in the worst of the winds.

Winds of reports are true (ICAO Annex 3, 4.1.5), designators of runways magnetic, so the headings are data: ``runways`` of
``airports``. A notice that closes one direction of a runway closes the runway (ICAO Annex 14: one strip, two directions).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import ceil, radians, sin
from typing import Any

from msgspec import Struct

from packs.airline import times
from packs.airline.bounds import FORECAST_HOURS

_WORD = re.compile(
    r"(?P<from>\d{1,3}|VRB)/(?P<speed>\d{1,3})(?:G(?P<gust>\d{1,3}))?(?:/(?P<low>\d{1,3})V(?P<high>\d{1,3}))?", re.ASCII
)
_OTHER_SIDE = {"L": "R", "R": "L"}


class Wind(Struct, frozen=True, kw_only=True):
    """Wind: true direction that it comes from (``None``: variable or unknown), mean and gust in knots (``None``: none, unknown).

    Attributes:
        between: The two true directions between which it varies, when the report gives them.
    """

    direction_deg: int | None = None
    speed_kt: int | None = None
    gust_kt: int | None = None
    between: tuple[int, int] | None = None


def crosswind_kt(winds: Sequence[Wind], runways: Sequence[int]) -> int | None:
    """The least crosswind, in knots, that a runway has in the worst of the winds, gusts included; ``None``: unknown.

    Args:
        winds: Winds of which any may blow.
        runways: True headings in degrees; without any, and for a wind without a direction, the whole wind counts.
    """
    if not winds or any(each.speed_kt is None for each in winds):
        return None
    headings: Sequence[int | None] = runways or [None]
    return min(max(_across(wind, heading) for wind in winds) for heading in headings)


def _across(wind: Wind, heading: int | None) -> int:
    force = max(wind.speed_kt or 0, wind.gust_kt or 0)
    if heading is None or wind.direction_deg is None:
        return force
    directions = [wind.direction_deg]
    if wind.between is not None:
        low, high = wind.between
        directions = [low + step for step in range((high - low) % 360 + 1)]
    return ceil(force * max(abs(sin(radians(each - heading))) for each in directions) - 1e-9)


def wind_word(wind: Wind) -> str:
    """A wind of a known speed as a word of a row, ``240/25G38`` or ``VRB/05/210V270``."""
    direction = "VRB" if wind.direction_deg is None else f"{wind.direction_deg:03d}"
    gust = "" if wind.gust_kt is None else f"G{wind.gust_kt}"
    between = "" if wind.between is None else f"/{wind.between[0]:03d}V{wind.between[1]:03d}"
    return f"{direction}/{wind.speed_kt or 0:02d}{gust}{between}"


def wind_of(text: str) -> Wind:
    """The wind of a word; raises ``ValueError`` for another form."""
    found = _WORD.fullmatch(text)
    if found is None or not all(int(found[name] or 0) <= 360 for name in ("low", "high")):
        raise ValueError(f"{text!r} is not a wind; write true direction and knots, like 240/25G38 or VRB/05")
    return Wind(
        direction_deg=None if found["from"] == "VRB" else int(found["from"]),
        speed_kt=int(found["speed"]),
        gust_kt=int(found["gust"]) if found["gust"] else None,
        between=(int(found["low"]), int(found["high"])) if found["low"] else None,
    )


def wind_text(text: str) -> str:
    """The text, when it is a wind; raises ``ValueError`` otherwise."""
    wind_of(text)
    return text


def other_direction(designator: str) -> str:
    """The designator of the same runway from its other end, ``27R`` of ``09L``."""
    number, side = int(designator[:2]), designator[2:]
    return f"{(number + 17) % 36 + 1:02d}{_OTHER_SIDE.get(side, side)}"


def closed_runways(notices: Iterable[Mapping[str, Any]]) -> list[tuple[int, int, frozenset[str]]]:
    """From and until, in minutes, of each time at which notices close runways, with their designators of both directions."""
    found = list[tuple[int, int, frozenset[str]]]()
    for row in notices:
        if row.get("closes") != "runway" or not row.get("runways"):
            continue
        names = frozenset(each for name in row["runways"] for each in (name, other_direction(name)))
        for period in row.get("closed", ()):
            start, _, end = period.partition("/")
            found.append((times.minutes(start), times.minutes(end), names))
    return found


def on_open_runways(
    forecast: Sequence[dict[str, Any]], airport: Mapping[str, Any] | None, notices: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """A forecast with the crosswind of the runways that are open, cut where notices close or open one.

    Rows without winds have a crosswind that somebody worked out, and stay. ``row_from_utc`` of a row that was cut is the begin of
    the whole one, ``runways_closed`` of a row at such a time are the designators on record that are closed.

    Args:
        forecast: Rows of its station, times in minutes.
        airport: Its record; without ``runways`` nothing is known of headings.
        notices: Rows of its notices.
    """
    headings = headings_of(airport)
    if not headings or not any(each.get("winds") for each in forecast):
        return list(forecast)
    shut = closed_runways(notices)
    return [part for row in forecast for part in (_parts(row, headings, shut) if row.get("winds") else (row,))]


def headings_of(airport: Mapping[str, Any] | None) -> dict[str, int]:
    """True headings of an airport's runways in degrees by their designators, from words like ``09L:89``."""
    words = airport.get("runways", ()) if airport else ()
    return {name: int(heading) for name, _, heading in (each.partition(":") for each in words)}


def _parts(
    row: dict[str, Any], headings: Mapping[str, int], shut: Sequence[tuple[int, int, frozenset[str]]]
) -> Iterator[dict[str, Any]]:
    begins = row["from_utc"]
    ends = row.get("until_utc", begins + FORECAST_HOURS * 60)
    edges = sorted({begins, ends, *(edge for each in shut for edge in each[:2] if begins < edge < ends)})
    for start, end in pairwise(edges):
        closed = {name for first, last, names in shut if first <= start and end <= last for name in names} & set(
            headings
        )
        usable = [heading for name, heading in headings.items() if name not in closed]
        yield _blown(row, usable) | {
            "from_utc": start,
            "until_utc": end,
            **({"row_from_utc": begins} if len(edges) > 2 else {}),
            **({"runways_closed": " ".join(sorted(closed))} if closed else {}),
        }


def _blown(row: dict[str, Any], headings: Sequence[int]) -> dict[str, Any]:
    """A row with its crosswinds on some runways. Without any the aerodrome is closed, and the whole wind counts."""
    found = dict(row)
    for prefix in ("", "temporary_"):
        winds = [wind_of(each) for each in row.get(f"{prefix}winds", ())]
        if (across := crosswind_kt(winds, headings)) is not None:
            found[f"{prefix}crosswind_kt"] = across
    return found
