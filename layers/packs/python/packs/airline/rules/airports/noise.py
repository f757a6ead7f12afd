"""Noise quotas at night: the quota count system of the London airports.

Notice under section 78 of the Civil Aviation Act 1982 (Heathrow, Gatwick, Stansted): in the night quota period, 23:30 to 06:00
local time, each movement takes its quota count from the season's quota. Take-offs count by the mean of flyover and sideline
level, landings by the approach level minus 9 EPNdB. Left out: movement limits, carry-over of quota.
"""

from __future__ import annotations

from bisect import bisect_right

SOURCE = "Heathrow night quota period 23:30-06:00 (Civil Aviation Act 1982 s.78 notice)"
LANDING_OFFSET_EPNDB = 9.0
CHAPTER_2_EPNDB = 1.75
PERIOD_STARTS, PERIOD_ENDS = 1410, 360
"""Night quota period in minutes since local midnight: 23:30 to 06:00."""

_FLOORS = (81.0, 84.0, 87.0, 90.0, 93.0, 96.0, 99.0, 102.0)
_COUNTS = (0.0, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)


def quota_count(level_epndb: float) -> float:
    """Quota count of a classification level: 0.125 from 81.0 EPNdB, doubled every 3 dB, 16 above 101.9."""
    return _COUNTS[bisect_right(_FLOORS, level_epndb)]


def landing_level_epndb(approach_epndb: float) -> float:
    """Classification level of a landing from the certificated approach level."""
    return approach_epndb - LANDING_OFFSET_EPNDB


def take_off_level_epndb(flyover_epndb: float, sideline_epndb: float, *, chapter_2: bool = False) -> float:
    """Classification level of a take-off from the certificated flyover and sideline levels; 1.75 more for chapter 2."""
    return (flyover_epndb + sideline_epndb) / 2 + (CHAPTER_2_EPNDB if chapter_2 else 0.0)


def in_quota_period(local_minute: int) -> bool:
    """True if a movement at this minute of the local day counts against the night quota."""
    return local_minute >= PERIOD_STARTS or local_minute < PERIOD_ENDS


def fits_quota(count: float, quota_left: float | None, *, dispensed: bool = False) -> bool:
    """True if a movement may use the quota.

    A dispensation (section 78(5): emergencies, relief flights, delays that would cause serious hardship or congestion) lets a
    movement be disregarded; only the airport or the Secretary of State gives it, so the caller must have it in writing.
    """
    return dispensed or quota_left is None or count <= quota_left
