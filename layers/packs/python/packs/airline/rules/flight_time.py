"""Flight duty and rest: Annex III (Part-ORO), Subpart FTL of Regulation (EU) No 965/2012, and CS FTL.1.

Crews of the network start at home base and return within 48 hours of reporting, so by Table 1 of ORO.FTL.105 they stay
acclimatised to home base: every start of duty is read on the clock of home base. Left out: commander's discretion
(ORO.FTL.205(f)), delayed reporting, reduced rest, recurrent extended recovery rest, disruptive schedules.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping

SOURCE_DUTY = "EU 965/2012 ORO.FTL.205(b)"
SOURCE_AUGMENTED = "EASA CS FTL.1.205(c)"
SOURCE_REST = "EU 965/2012 ORO.FTL.235"
SOURCE_CUMULATIVE = "EU 965/2012 ORO.FTL.210"
SOURCE_SPLIT = "EU 965/2012 ORO.FTL.220, CS FTL.1.220"
SOURCE_STANDBY = "EU 965/2012 ORO.FTL.225, CS FTL.1.225"

MAX_SECTORS = 10

# ORO.FTL.205(b)(1), Table 2: start of duty at reference time, limit in minutes for 1-2 sectors.
_STARTS = (0, 300, 315, 330, 345, 360, 810, 840, 870, 900, 930, 960, 990, 1020)
_LIMITS = (660, 720, 735, 750, 765, 780, 765, 750, 735, 720, 705, 690, 675, 660)
_MINUTES_PER_SECTOR = 30
_FLOOR = 540
_UNKNOWN = 660
"""ORO.FTL.205(b)(2), Table 3: limit for 1-2 sectors in an unknown state of acclimatisation."""

_AUGMENTED = {(3, 1): 960, (3, 2): 900, (3, 3): 840, (4, 1): 1020, (4, 2): 960, (4, 3): 900}

SPLIT_BREAK_MINUTES = 180
SPLIT_COUNTED_MINUTES = 360
SPLIT_AWAY_MINUTES = 30
"""CS FTL.1.220(a), (e)(2), (b): shortest break; what counts of it without suitable accommodation; least time around it."""

CUMULATIVE_MINUTES: Mapping[str, int] = {
    "duty_7_days_minutes": 60 * 60,
    "duty_14_days_minutes": 110 * 60,
    "duty_28_days_minutes": 190 * 60,
    "flight_28_days_minutes": 100 * 60,
    "flight_year_minutes": 900 * 60,
    "flight_12_months_minutes": 1000 * 60,
}
"""ORO.FTL.210(a)(1) to (3) duty; (b)(1) to (3) flight time in 28 days, a calendar year, 12 consecutive months."""

# ORO.FTL.105(1), Table 1: hours since reporting, by rows of time difference in hours; B, X and D as printed.
_STATES: tuple[tuple[float, str], ...] = ((4, "BDDDD"), (6, "BXDDD"), (9, "BXXDD"), (12, "BXXXD"))
_ELAPSED = (48, 72, 96, 120)


def acclimatisation(*, time_difference_hours: float, elapsed_hours: float) -> str:
    """State of acclimatisation by Table 1 of ORO.FTL.105.

    Args:
        time_difference_hours: Between reference time and local time where the next duty starts, 0 to 12.
        elapsed_hours: Since reporting at reference time.

    Returns:
        ``B``: to the time zone of departure; ``D``: to where the next duty starts; ``X``: unknown. Up to two hours of
        difference a crew member counts as acclimatised where the duty starts (``D``).

    Raises:
        ValueError: A difference that the table does not hold.
    """
    if not 0 <= time_difference_hours <= 12:
        raise ValueError(f"Table 1 holds differences of 0 to 12 hours, not {time_difference_hours}")
    if time_difference_hours <= 2:
        return "D"
    states = next(states for most, states in _STATES if time_difference_hours <= most)
    return states[bisect_right(_ELAPSED, elapsed_hours)]


def max_basic_duty_minutes(*, start_minute: int, sectors: int) -> int:
    """Maximum basic daily flight duty period of acclimatised crew, without extension.

    ORO.FTL.205(b)(1), Table 2: 13:00 for one or two sectors that start between 06:00 and 13:29, less towards the night,
    30 minutes less for each sector from the third on, never under 9:00.

    Args:
        start_minute: Start of duty in minutes since midnight at reference time, 0 to 1439.
        sectors: Number of sectors, 1 to 10.

    Raises:
        ValueError: A start or a number of sectors that the table does not hold.
    """
    if not 0 <= start_minute < 1440:
        raise ValueError(f"start_minute {start_minute} is not a minute of the day")
    if not 1 <= sectors <= MAX_SECTORS:
        raise ValueError(f"Table 2 holds 1 to {MAX_SECTORS} sectors, not {sectors}")
    return _less_sectors(_LIMITS[bisect_right(_STARTS, start_minute) - 1], sectors)


def max_unknown_duty_minutes(*, sectors: int) -> int:
    """Maximum daily flight duty period in an unknown state of acclimatisation: ORO.FTL.205(b)(2), Table 3.

    Raises:
        ValueError: A number of sectors that the table does not hold (it prints 1 to 8).
    """
    if not 1 <= sectors <= 8:
        raise ValueError(f"Table 3 holds 1 to 8 sectors, not {sectors}")
    return _less_sectors(_UNKNOWN, sectors)


def _less_sectors(limit: int, sectors: int) -> int:
    return max(_FLOOR, limit - _MINUTES_PER_SECTOR * max(0, sectors - 2))


def max_duty_minutes(
    *, start_minute: int, sectors: int, pilots: int = 2, rest_class: int = 1, longest_sector_minutes: int = 0
) -> int:
    """Maximum flight duty period with or without in-flight rest.

    CS FTL.1.205(c)(2): with one additional pilot 16, 15 or 14 hours for rest facilities of class 1, 2 or 3; with two 17,
    16 or 15 hours; at most three sectors. One hour more when there are at most two sectors of which one has more than
    nine hours of continuous flight. Without an additional pilot ORO.FTL.205(b)(1) applies.

    Args:
        start_minute: Start of duty in minutes since midnight at reference time.
        sectors: Number of sectors.
        pilots: Pilots on the flight.
        rest_class: Class of the in-flight rest facility, 1 (bunk) to 3 (seat).
        longest_sector_minutes: Flight time of the longest sector.
    """
    basic = max_basic_duty_minutes(start_minute=start_minute, sectors=sectors)
    extended = _AUGMENTED.get((min(pilots, 4), rest_class))
    if extended is None or sectors > 3:
        return basic
    long_sector = longest_sector_minutes > 540 and sectors <= 2
    return max(basic, extended + (60 if long_sector else 0))


def split_duty_extension_minutes(*, break_minutes: int, away_minutes: int, suitable: bool) -> int:
    """What a break on the ground adds to the flight duty limit: CS FTL.1.220.

    Half of the break, when at least three consecutive hours remain after post- and pre-flight duties and travelling; without
    suitable accommodation no more than six hours of it count. Not together with in-flight rest.

    Args:
        break_minutes: From the end of duty before the break to its start after it.
        away_minutes: Post- and pre-flight duties and travelling, at least 30.
        suitable: Whether suitable accommodation is given (a must from six hours on, and within 02:00 to 05:59).
    """
    rest = break_minutes - max(SPLIT_AWAY_MINUTES, away_minutes)
    if rest < SPLIT_BREAK_MINUTES:
        return 0
    return (rest if suitable else min(rest, SPLIT_COUNTED_MINUTES)) // 2


def airport_standby_duty_minutes(*, limit_minutes: int, standby_minutes: int) -> int:
    """Flight duty limit after a call from airport standby: less by all standby beyond four hours, CS FTL.1.225(a)(2)."""
    return limit_minutes - max(0, standby_minutes - 240)


def other_standby_duty_minutes(*, limit_minutes: int, standby_minutes: int, extended: bool = False) -> int:
    """Flight duty limit after a call from standby at home: less by all standby beyond six hours, CS FTL.1.225(b)(3).

    Beyond eight hours when the flight duty is extended by in-flight rest or split duty (``extended``).
    """
    return limit_minutes - max(0, standby_minutes - (480 if extended else 360))


def min_rest_minutes(*, preceding_duty_minutes: int, home_base: bool) -> int:
    """Minimum rest before a flight duty period.

    ORO.FTL.235(a)(1): at home base as long as the preceding duty, at least 12 hours. ORO.FTL.235(b): away from home base
    as long as the preceding duty, at least 10 hours.
    """
    return max(preceding_duty_minutes, 720 if home_base else 600)


def cumulative_margin_minutes(before: Mapping[str, int], *, duty_minutes: int, flight_minutes: int) -> int | None:
    """Least room that a duty leaves under the cumulative limits of ORO.FTL.210; negative when one is passed.

    Args:
        before: Totals before the duty, by the names of ``CUMULATIVE_MINUTES``; others are ignored.
        duty_minutes: The duty, report to release.
        flight_minutes: Its flight time.
    """
    margins = [
        limit - before[name] - (duty_minutes if name.startswith("duty") else flight_minutes)
        for name, limit in CUMULATIVE_MINUTES.items()
        if name in before
    ]
    return min(margins) if margins else None
