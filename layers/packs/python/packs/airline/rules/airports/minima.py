"""Landing minima: by approach category, crosswind by runway state.

CAT.OP.MPA.110 and SPA.LVO of Regulation (EU) No 965/2012 with Annex I (definitions). The better category needs the aerodrome, the
aircraft and the crew; the worst of the three counts. Crosswind limits by runway condition code (ICAO Doc 9981, Regulation (EU)
139/2014 ADR.OPS.B.037) are the operator's: no regulation gives them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from typing import Any

SOURCE = "EU 965/2012 CAT.OP.MPA.110, SPA.LVO.100, Annex I"

MINIMA: Mapping[int, tuple[int, int]] = {1: (200, 550), 2: (100, 300), 3: (0, 75)}
"""Approach category: least decision height in feet, least runway visual range in metres."""

CROSSWIND_KT: Mapping[int, int] = {6: 33, 5: 33, 4: 25, 3: 20, 2: 15, 1: 10}
"""Operator assumption: crosswind limit in knots by runway condition code; 6 is dry, 0 allows no landing."""


_CATEGORY_SPEEDS_KT = (91, 121, 141, 166)

CIRCLING: Mapping[str, tuple[int, int]] = {"A": (400, 1500), "B": (500, 1600), "C": (600, 2400), "D": (700, 3600)}
"""Aeroplane category: least descent height in feet, least visibility in metres for a circling approach (AMC to
CAT.OP.MPA.110; the aerodrome's chart may ask for more)."""

LANDING_DISTANCE_PERCENT = 115


def aeroplane_category(threshold_speed_kt: int) -> str:
    """Category A to E by indicated airspeed at threshold at maximum landing mass, CAT.OP.MPA.320.

    A below 91 kt, B to 120, C to 140, D to 165, E to 210.

    Raises:
        ValueError: Faster than the table holds.
    """
    if threshold_speed_kt > 210:
        raise ValueError(f"Table 1 ends at 210 kt, not {threshold_speed_kt}")
    return "ABCDE"[bisect_right(_CATEGORY_SPEEDS_KT, threshold_speed_kt)]


def circling_landable(*, category: str, ceiling_ft: int, visibility_m: int) -> bool:
    """True if a circling approach is possible for the aeroplane category, ``A`` to ``D``."""
    height, visibility = CIRCLING[category]
    return ceiling_ft >= height and visibility_m >= visibility


def landing_distance_ok(*, available_m: int, needed_m: int) -> bool:
    """True if the runway is long enough at the time of arrival, CAT.OP.MPA.303: 115 % of the landing distance.

    The needed distance is the manufacturer's for the reported runway condition.
    """
    return 100 * available_m >= LANDING_DISTANCE_PERCENT * needed_m


def approach_category(*, aerodrome: int, aircraft: int, crew: int) -> int:
    """The category that may be flown: the lowest of the three."""
    return min(aerodrome, aircraft, crew)


def landable(forecast: Mapping[str, Any], *, category: int = 1) -> bool:
    """True if a forecast is at or above minima and the crosswind within the limit of the runway's state.

    Args:
        forecast: ``ceiling_ft``, ``visibility_m``, ``crosswind_kt``, optionally ``runway_condition`` (6 when absent).
        category: Approach category, 1 to 3.
    """
    height, visual_range = MINIMA[category]
    crosswind = CROSSWIND_KT.get(forecast.get("runway_condition", 6))
    return bool(
        forecast["ceiling_ft"] >= height
        and forecast["visibility_m"] >= visual_range
        and crosswind is not None
        and forecast["crosswind_kt"] <= crosswind
    )


def alternate_needed(*, ceiling_ft: int, visibility_m: int, flight_minutes: int, separate_runways: bool) -> bool:
    """True if a destination alternate is needed, CAT.OP.MPA.182 (basic fuel scheme).

    None is needed for a flight of at most six hours to an aerodrome with two separate runways where, from one hour before to
    one hour after arrival, the ceiling is at least 2,000 ft (or 500 ft above the circling height, which is left out, if that is
    more) and the visibility at least 5 km.
    """
    clear = ceiling_ft >= 2000 and visibility_m >= 5000
    return not (clear and separate_runways and flight_minutes <= 360)
