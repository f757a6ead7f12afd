"""Extended range operations: how far a route leads from the nearest airport.

CAT.OP.MPA.140 of Regulation (EU) No 965/2012: without approval an aeroplane with two engines stays within 60 minutes at the
one-engine-inoperative cruising speed of an adequate aerodrome; with approval (SPA.ETOPS) within the approved diversion time.
Left out: adequacy by runway and hours, wind, fuel for the diversion.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import asin, atan2, cos, degrees, radians, sin, sqrt

from packs.airline.geography import PACKAGED, Places, distance_km

SOURCE = "EU 965/2012 CAT.OP.MPA.140, SPA.ETOPS.105"
WITHOUT_APPROVAL_MINUTES = 60
POINTS = 21
Position = tuple[float, float]


def threshold_minutes(*, seats: int, take_off_mass_kg: int) -> int:
    """Diversion time that an aeroplane with two turbine engines may have without approval, CAT.OP.MPA.140(a).

    60 minutes with 20 seats or more or from 45,360 kg on, 120 minutes for smaller jets.
    """
    small = seats <= 19 and take_off_mass_kg < 45_360
    return 120 if small else WITHOUT_APPROVAL_MINUTES


def take_off_alternate_minutes(*, engines: int, approved: int) -> int:
    """Longest distance of a take-off alternate, in minutes at the speed with one engine out: CAT.OP.MPA.180(a).

    AMC1 CAT.OP.MPA.182, which follows it, keeps the times and takes the speed of all engines for three engines or more.

    One hour for two engines, or the approved diversion time up to two hours; two hours for three engines or more.
    """
    return 120 if engines > 2 else min(120, max(WITHOUT_APPROVAL_MINUTES, approved))


def points_between(start: Position, end: Position, points: int = POINTS) -> list[Position]:
    """Equally spaced points of the great circle, both ends included. Positions are latitude and longitude in degrees."""
    lat1, lon1, lat2, lon2 = (radians(value) for value in (*start, *end))
    h = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    angle = 2 * asin(sqrt(h))
    if angle == 0:
        return [start] * points
    found = []
    for number in range(points):
        share = number / (points - 1)
        a, b = sin((1 - share) * angle) / sin(angle), sin(share * angle) / sin(angle)
        x = a * cos(lat1) * cos(lon1) + b * cos(lat2) * cos(lon2)
        y = a * cos(lat1) * sin(lon1) + b * cos(lat2) * sin(lon2)
        z = a * sin(lat1) + b * sin(lat2)
        found.append((degrees(atan2(z, sqrt(x * x + y * y))), degrees(atan2(y, x))))
    return found


def farthest_km(route: Iterable[Position], aerodromes: Iterable[Position]) -> int:
    """Largest distance from a point of the route to its nearest aerodrome, km."""
    known = list(aerodromes)
    return max(min(distance_km(*point, *each) for each in known) for point in route)


def _farthest_of(origin: str, destination: str, places: Places) -> int | None:
    start, end = places.get(origin), places.get(destination)
    if start is None or end is None:
        return None
    if (origin, destination) not in places.farthest:
        route = points_between((start.lat, start.lon), (end.lat, end.lon))
        found = farthest_km(route, [(each.lat, each.lon) for each in places.all()])
        places.farthest[origin, destination] = found
    return places.farthest[origin, destination]


def diversion_minutes(origin: str, destination: str, one_engine_kmh: int, places: Places = PACKAGED) -> int | None:
    """Diversion time that a route needs, rounded up; ``None`` when an end is not an airport of ``places``."""
    farthest = _farthest_of(origin, destination, places)
    return None if farthest is None else -(-farthest * 60 // one_engine_kmh)


def etops_margin_minutes(*, needed: int | None, approved: int) -> int | None:
    """Approved minus needed diversion time; ``None`` when 60 minutes are enough, which needs no approval."""
    return None if needed is None or needed <= WITHOUT_APPROVAL_MINUTES else approved - needed
