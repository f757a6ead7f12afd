"""Sunrise and sunset, for the schedules of notices.

Formulas of NOAA's solar calculator (general solar position calculations), with the sun's centre 0.833 degrees below the horizon.
Good to about two minutes below 65 degrees of latitude.
"""

from __future__ import annotations

from datetime import date
from math import acos, cos, degrees, pi, radians, sin, tan

from packs.airline.feeds.calendar import moment
from packs.airline.times import MINUTES_PER_DAY

HORIZON_DEG = 90.833


def sunrise(day: date, lat: float, lon: float) -> int | None:
    """The sunrise that lies on a UTC day, in minutes; ``None`` where the sun does not rise or set."""
    return _event(day, lat, lon, 1)


def sunset(day: date, lat: float, lon: float) -> int | None:
    """The sunset that lies on a UTC day, in minutes; ``None`` where the sun does not rise or set."""
    return _event(day, lat, lon, -1)


def _event(day: date, lat: float, lon: float, side: int) -> int | None:
    year = 2 * pi / 365 * (day.timetuple().tm_yday - 1)
    equation = 229.18 * (
        0.000075 + 0.001868 * cos(year) - 0.032077 * sin(year) - 0.014615 * cos(2 * year) - 0.040849 * sin(2 * year)
    )
    declination = (
        0.006918
        - 0.399912 * cos(year)
        + 0.070257 * sin(year)
        - 0.006758 * cos(2 * year)
        + 0.000907 * sin(2 * year)
        - 0.002697 * cos(3 * year)
        + 0.00148 * sin(3 * year)
    )
    here = radians(lat)
    angle = cos(radians(HORIZON_DEG)) / (cos(here) * cos(declination)) - tan(here) * tan(declination)
    if not -1 < angle < 1:
        return None
    minutes = 720 - 4 * (lon + side * degrees(acos(angle))) - equation
    return moment(day) + round(minutes) % MINUTES_PER_DAY
