"""Extended range operations: how far a route leads from the nearest airport.

CAT.OP.MPA.140 of Regulation (EU) No 965/2012: without approval an aeroplane with two engines stays within 60 minutes at the
one-engine-inoperative cruising speed of an adequate aerodrome; with approval (SPA.ETOPS) within the approved diversion time.
Which aerodromes are adequate, and for which types, is the operator's to say (table ``alternates``); both ends of a route are.
Left out: opening hours and weather of the aerodromes, wind, fuel for the diversion.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import asin, atan2, cos, degrees, radians, sin, sqrt
from typing import Any

from packs.airline.geography import Place, distance_km

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
    return _farthest(route, [(_direction(each), each) for each in aerodromes])


def _farthest(route: Iterable[Position], known: Sequence[tuple[Direction, Position]]) -> int:
    return max(distance_km(*point, *_nearest(point, known)) for point in route)


Direction = tuple[float, float, float]


def _direction(position: Position) -> Direction:
    """A position as a vector of length one from the centre of the earth: the nearer of two has the larger product."""
    lat, lon = radians(position[0]), radians(position[1])
    return cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat)


def _nearest(point: Position, known: Sequence[tuple[Direction, Position]]) -> Position:
    x, y, z = _direction(point)
    return max(known, key=lambda each: x * each[0][0] + y * each[0][1] + z * each[0][2])[1]


class Adequate:
    """The aerodromes that an operator holds adequate for a diversion, and how far routes lead from them.

    Args:
        rows: Records of the table ``alternates``.
    """

    def __init__(self, rows: Iterable[Mapping[str, Any]] = ()) -> None:
        self._rows = list(rows)
        self._parted = any("types" in each for each in self._rows)
        self._known: dict[str, list[tuple[Direction, Position]]] = {}
        self._farthest: dict[tuple[Place, Place, str], int] = {}

    def __bool__(self) -> bool:
        """False if the operator names none: a diversion time then counts from both ends of the route alone."""
        return bool(self._rows)

    def of(self, kind: str) -> list[Mapping[str, Any]]:
        """Records of those that are adequate for an aircraft type."""
        return [each for each in self._rows if kind in each.get("types", (kind,))]

    def minutes(self, start: Place | None, end: Place | None, kind: str, one_engine_kmh: int) -> int | None:
        """Diversion time that a route needs with a type, rounded up; ``None`` when the place of an end is not known."""
        if start is None or end is None:
            return None
        key = (start, end, kind if self._parted else "")
        if key not in self._farthest:
            ends: tuple[Position, Position] = (start.lat, start.lon), (end.lat, end.lon)
            known = [*((_direction(each), each) for each in ends), *self._positions(kind)]
            self._farthest[key] = _farthest(points_between(*ends), known)
        return -(-self._farthest[key] * 60 // one_engine_kmh)

    def _positions(self, kind: str) -> list[tuple[Direction, Position]]:
        if kind not in self._known:
            places = [(each["lat"], each["lon"]) for each in self.of(kind)]
            self._known[kind] = [(_direction(each), each) for each in places]
        return self._known[kind]


def unjudged(needed: int | None, adequate: Adequate) -> bool:
    """True if a route needs an approval by its ends alone, and no aerodrome on the way is on record: nobody can tell."""
    return needed is None or (needed > WITHOUT_APPROVAL_MINUTES and not adequate)


def etops_margin_minutes(*, needed: int | None, approved: int) -> int | None:
    """Approved minus needed diversion time; ``None`` when 60 minutes are enough, which needs no approval."""
    return None if needed is None or needed <= WITHOUT_APPROVAL_MINUTES else approved - needed
