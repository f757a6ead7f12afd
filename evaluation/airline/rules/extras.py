"""Rules that bind where the data has a record for them: diversion time, checks due, duty of the last weeks, noise quota."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import acos, asin, atan2, ceil, cos, degrees, radians, sin, sqrt
from typing import Any

from conclave.pack.tables import Item
from packs.airline.operators.air_operator import AircraftType

from evaluation.airline.rules.case import great_circle
from evaluation.airline.rules.clock import local_minute, minutes, text
from evaluation.data import Rows

SEGMENTS = 20
"""The great circle is looked at in its 21 equally spaced points."""
FREE_DIVERSION_MINUTES = 60
"""CAT.OP.MPA.140: nearer than this no approval is needed."""


def etops_margin(farthest: int, kind: AircraftType, items: Sequence[Item]) -> int | None:
    """Approved minus needed diversion time of a route, ``None`` when an airport is always within an hour.

    Args:
        farthest: Kilometres from its farthest point to the airport nearest to that point.
        kind: What flies it.
        items: Open deferred defects, some of which limit the diversion time.
    """
    needed: int = ceil(farthest * 60 / kind.one_engine_kmh)
    if needed <= FREE_DIVERSION_MINUTES:
        return None
    limits = [item["etops_minutes"] for item in items if "etops_minutes" in item]
    return int(min([kind.etops_minutes, *limits])) - needed


def farthest_kilometres(rows: Rows, carrier: str, origin: str, destination: str, aircraft_type: str) -> int:
    """The largest distance from a point of the route to the nearest of its ends and of the type's adequate aerodromes."""
    start, end = rows.item("airports", origin), rows.item("airports", destination)
    if start is None or end is None:
        return 0
    adequate = [
        each
        for each in rows.where("alternates", "carrier", carrier)
        if not each.get("types") or aircraft_type in each["types"]
    ]
    positions = tuple(sorted((each["lat"], each["lon"]) for each in (start, end, *adequate)))
    return _farthest((start["lat"], start["lon"]), (end["lat"], end["lon"]), positions)


@lru_cache(maxsize=2048)
def _farthest(start: tuple[float, float], end: tuple[float, float], airports: tuple[tuple[float, float], ...]) -> int:
    route = [_between(_vector(start), _vector(end), number / SEGMENTS) for number in range(SEGMENTS + 1)]
    return max(min(great_circle(point, _place(each)) for each in airports) for point in route)


def _place(position: tuple[float, float]) -> dict[str, float]:
    return {"lat": position[0], "lon": position[1]}


def _vector(position: tuple[float, float]) -> tuple[float, float, float]:
    lat, lon = radians(position[0]), radians(position[1])
    return cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat)


def _between(start: tuple[float, float, float], end: tuple[float, float, float], share: float) -> dict[str, float]:
    """The point at a share of the arc, by turning the start towards the end within their common plane."""
    product = max(-1.0, min(1.0, sum(a * b for a, b in zip(start, end, strict=True))))
    angle = acos(product) * share
    across = [b - product * a for a, b in zip(start, end, strict=True)]
    length = sqrt(sum(each * each for each in across)) or 1.0
    x, y, z = (cos(angle) * a + sin(angle) * c / length for a, c in zip(start, across, strict=True))
    return {"lat": degrees(asin(max(-1.0, min(1.0, z)))), "lon": degrees(atan2(y, x))}


def check_ok(aircraft: Mapping[str, Any], *, flown: int, cycles: int, last: int) -> bool:
    """True if no maintenance check falls due before so many minutes and flights, the last on blocks at ``last``."""
    return (
        aircraft.get("check_hours_left", flown) * 60 >= flown
        and aircraft.get("check_cycles_left", cycles) >= cycles
        and str(aircraft.get("check_due_date") or "9999") >= text(last)[:10]
    )


def repaired_by(aircraft: Mapping[str, Any]) -> int:
    """When parts, staff and hangar allow the repair to be done; 0 without a record."""
    waits = [
        minutes(aircraft[name]) for name in ("parts_at_utc", "staff_at_utc", "hangar_at_utc") if aircraft.get(name)
    ]
    return max(waits) + int(aircraft.get("repair_minutes", 0)) if waits else 0


_QUOTA_BANDS = ((81, 0.0), (84, 0.125), (87, 0.25), (90, 0.5), (93, 1.0), (96, 2.0), (99, 4.0), (102, 8.0))
"""Quota count below a noise level in EPNdB, notices under the Civil Aviation Act 1982 s.78; from 102 on it is 16."""


def quota_count(epndb: float) -> float:
    """Quota count of a movement by its certificated noise level."""
    return next((count for below, count in _QUOTA_BANDS if epndb < below), 16.0)


def quota_ok(airport: Item | None, moment: int, epndb: float) -> bool:
    """True if the night quota that is left covers a movement; also outside the night period and without a quota."""
    if airport is None or "night_quota_left" not in airport or not in_quota_period(airport, moment):
        return True
    return quota_count(epndb) <= float(airport["night_quota_left"])


def in_quota_period(airport: Item, moment: int) -> bool:
    """True if a moment lies in the night period of an airport that is not closed then."""
    if airport["curfew_closed"] or not (airport["curfew_start"] and airport["curfew_end"]):
        return False
    minute = local_minute(moment, airport["tz"])
    start, end = (int(airport[name][:2]) * 60 + int(airport[name][3:]) for name in ("curfew_start", "curfew_end"))
    return start <= minute or minute < end if start > end else start <= minute < end
