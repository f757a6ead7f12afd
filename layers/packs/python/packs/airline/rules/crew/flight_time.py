"""Flight duty and rest: Annex III (Part-ORO), Subpart FTL of Regulation (EU) No 965/2012, and CS FTL.1.

What depends on time zones stands in ``time_zones``, what may be done about unforeseen events in ``unforeseen``. Left out:
reduced rest, disruptive schedules.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping

SOURCE_ACCLIMATISATION = "EU 965/2012 ORO.FTL.105(1), Table 1"
SOURCE_DUTY = "EU 965/2012 ORO.FTL.205(b)"
SOURCE_EXTENDED = "EASA CS FTL.1.205(b)"
SOURCE_AUGMENTED = "EASA CS FTL.1.205(c)"
SOURCE_REST = "EU 965/2012 ORO.FTL.235"
SOURCE_CUMULATIVE = "EU 965/2012 ORO.FTL.210"
SOURCE_SPLIT = "EU 965/2012 ORO.FTL.220, CS FTL.1.220"
SOURCE_STANDBY = "EU 965/2012 ORO.FTL.225, CS FTL.1.225"
SOURCE_RESERVE = "EU 965/2012 ORO.FTL.105, ORO.FTL.230, CS FTL.1.230"

MAX_SECTORS = 10

# ORO.FTL.205(b)(1), Table 2: start of duty at reference time, limit in minutes for 1-2 sectors.
_STARTS = (0, 300, 315, 330, 345, 360, 810, 840, 870, 900, 930, 960, 990, 1020)
_LIMITS = (660, 720, 735, 750, 765, 780, 765, 750, 735, 720, 705, 690, 675, 660)
_MINUTES_PER_SECTOR = 30
_FLOOR = 540

# ORO.FTL.205(b)(2) and (3), Tables 3 and 4: limit for 1-2 sectors in an unknown state of acclimatisation.
_UNKNOWN = 660
_UNKNOWN_MANAGED = 720
_UNKNOWN_SECTORS = 8

# CS FTL.1.205(b): start of duty at reference time, limit for 1-2 sectors, most sectors; no sectors: not allowed.
_EXTENDED = (
    (0, 0, 0),
    (375, 795, 5),
    (390, 810, 5),
    (405, 825, 5),
    (420, 840, 5),
    (810, 825, 4),
    (840, 810, 4),
    (870, 795, 4),
    (900, 780, 4),
    (930, 765, 2),
    (960, 750, 2),
    (990, 735, 2),
    (1020, 720, 2),
    (1050, 705, 2),
    (1080, 690, 2),
    (1110, 675, 2),
    (1140, 0, 0),
)

_AUGMENTED = {(3, 1): 960, (3, 2): 900, (3, 3): 840, (4, 1): 1020, (4, 2): 960, (4, 3): 900}

_IN_FLIGHT_REST = {3: 330, 4: 210}
"""CS FTL.1.205(c)(1)(ii): two consecutive hours for each pilot at control during landing, 90 minutes for each other, one pilot
of three or two of four at a time: what a flight must last at least."""

SPLIT_BREAK_MINUTES = 180
SPLIT_COUNTED_MINUTES = 360
SPLIT_AWAY_MINUTES = 30
"""CS FTL.1.220(a), (e)(2), (b): shortest break; what counts of it without suitable accommodation; least time around it."""

STANDBY_MINUTES = 960
STANDBY_SHARE_OF_DUTY = 0.25
AIRPORT_STANDBY_AND_DUTY_MINUTES = 960
"""CS FTL.1.225(b)(1), (b)(3), (a)(2)(ii): longest standby at home; what of it is duty for ORO.FTL.210; airport standby and
flight duty together."""

RESERVE_NOTICE_MINUTES = 600
"""ORO.FTL.105, definition of reserve: notified at least ten hours ahead of the duty."""

CUMULATIVE_MINUTES: Mapping[str, int] = {
    "duty_7_days_minutes": 60 * 60,
    "duty_14_days_minutes": 110 * 60,
    "duty_28_days_minutes": 190 * 60,
    "flight_28_days_minutes": 100 * 60,
    "flight_year_minutes": 900 * 60,
    "flight_12_months_minutes": 1000 * 60,
}
"""ORO.FTL.210(a)(1) to (3) duty; (b)(1) to (3) flight time in 28 days, a calendar year, 12 consecutive months."""

# ORO.FTL.105(1), Table 1: rows by time difference ("< 4", then "<= 6", "<= 9", "<= 12" hours), columns by hours since
# reporting; B, X and D as printed.
_ROWS = ("BDDDD", "BXDDD", "BXXDD", "BXXXD")
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
    row = (
        0 if time_difference_hours < 4 else 1 if time_difference_hours <= 6 else 2 if time_difference_hours <= 9 else 3
    )
    return _ROWS[row][bisect_right(_ELAPSED, elapsed_hours)]


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


def max_unknown_duty_minutes(*, sectors: int, fatigue_managed: bool = False) -> int:
    """Maximum daily flight duty period in an unknown state of acclimatisation: ORO.FTL.205(b)(2) and (3), Tables 3 and 4.

    Args:
        sectors: Number of sectors, 1 to 8.
        fatigue_managed: Whether the operator has implemented fatigue risk management, which Table 4 asks for.

    Raises:
        ValueError: A number of sectors that the tables do not hold.
    """
    if not 1 <= sectors <= _UNKNOWN_SECTORS:
        raise ValueError(f"Tables 3 and 4 hold 1 to {_UNKNOWN_SECTORS} sectors, not {sectors}")
    return _less_sectors(_UNKNOWN_MANAGED if fatigue_managed else _UNKNOWN, sectors)


def basic_duty_minutes(*, start_minute: int | None, sectors: int) -> int:
    """Maximum daily flight duty period without extension: Table 2 by the start, Table 3 when the state is unknown.

    More sectors than the table holds are not allowed: 0.

    Args:
        start_minute: Start of duty in minutes since midnight at reference time; ``None`` in an unknown state of acclimatisation.
        sectors: Number of sectors.
    """
    if sectors > (MAX_SECTORS if start_minute is not None else _UNKNOWN_SECTORS):
        return 0
    if start_minute is None:
        return max_unknown_duty_minutes(sectors=sectors)
    return max_basic_duty_minutes(start_minute=start_minute, sectors=sectors)


def max_extended_duty_minutes(*, start_minute: int, sectors: int) -> int | None:
    """Maximum daily flight duty period with a planned extension without in-flight rest: CS FTL.1.205(b).

    At most twice in seven days and with more rest around it (ORO.FTL.205(d)), which the caller has to see to.

    Returns:
        The limit, or ``None`` where the table prints that no extension is allowed.
    """
    _, limit, most = next(row for row in reversed(_EXTENDED) if row[0] <= start_minute)
    return _less_sectors(limit, sectors) if 1 <= sectors <= most else None


def _less_sectors(limit: int, sectors: int) -> int:
    return max(_FLOOR, limit - _MINUTES_PER_SECTOR * max(0, sectors - 2))


def max_duty_minutes(
    *, start_minute: int | None, sectors: int, pilots: int = 2, rest_class: int = 1, longest_sector_minutes: int = 0
) -> int:
    """Maximum flight duty period with or without in-flight rest.

    CS FTL.1.205(c)(2): with one additional pilot 16, 15 or 14 hours for rest facilities of class 1, 2 or 3; with two 17,
    16 or 15 hours; at most three sectors. One hour more when there are at most two sectors of which one has more than
    nine hours of continuous flight. Without an additional pilot ORO.FTL.205(b)(1) applies. That all can rest in flight
    (``rests_in_flight``) the caller has to see to.

    Args:
        start_minute: Start of duty in minutes since midnight at reference time; ``None`` in an unknown state of acclimatisation.
        sectors: Number of sectors.
        pilots: Pilots on the flight.
        rest_class: Class of the in-flight rest facility, 1 (bunk) to 3 (seat).
        longest_sector_minutes: Flight time of the longest sector.
    """
    basic = basic_duty_minutes(start_minute=start_minute, sectors=sectors)
    extended = _AUGMENTED.get((min(pilots, 4), rest_class))
    if extended is None or sectors > 3:
        return basic
    long_sector = longest_sector_minutes > 540 and sectors <= 2
    return max(basic, extended + (60 if long_sector else 0))


def rests_in_flight(*, pilots: int, longest_sector_minutes: int) -> bool:
    """True if a flight is long enough for all of a larger crew to rest in turn, without which its duty is not extended.

    CS FTL.1.205(c)(1)(ii). Only the cruise counts; what climb and descent take is left out.

    Args:
        pilots: Pilots on the flight.
        longest_sector_minutes: Flight time of the longest sector.
    """
    needed = _IN_FLIGHT_REST.get(min(pilots, 4))
    return needed is not None and longest_sector_minutes >= needed


def split_duty_extension_minutes(
    *, break_minutes: int, away_minutes: int, suitable: bool, circadian_low_minutes: int = 0
) -> int:
    """Minutes that a break on the ground adds to the flight duty limit: CS FTL.1.220.

    Half of the break, when at least three consecutive hours remain after post- and pre-flight duties and travelling. Without
    suitable accommodation neither what exceeds six hours nor what lies between 02:00 and 05:59 counts. Not together with
    in-flight rest.

    Args:
        break_minutes: From the end of duty before the break to its start after it.
        away_minutes: Post- and pre-flight duties and travelling; at least 30 are taken.
        suitable: Whether suitable accommodation is given (a must from six hours on, and within 02:00 to 05:59).
        circadian_low_minutes: Part of the break between 02:00 and 05:59.
    """
    rest = break_minutes - max(SPLIT_AWAY_MINUTES, away_minutes)
    if rest < SPLIT_BREAK_MINUTES:
        return 0
    counted = rest if suitable else max(0, min(rest, SPLIT_COUNTED_MINUTES) - circadian_low_minutes)
    return counted // 2


def airport_standby_duty_minutes(*, limit_minutes: int, standby_minutes: int, in_flight_rest: bool = False) -> int:
    """Flight duty limit after a call from airport standby: CS FTL.1.225(a)(2).

    Less by all standby beyond four hours; standby and flight duty together at most 16 hours, unless the flight duty is
    extended by in-flight rest (ORO.FTL.205(e)).
    """
    reduced = limit_minutes - max(0, standby_minutes - 240)
    return reduced if in_flight_rest else min(reduced, AIRPORT_STANDBY_AND_DUTY_MINUTES - standby_minutes)


def counted_standby_minutes(*, start_minute: int, standby_minutes: int, contacted_minutes: int) -> int:
    """Standby at home that reduces the flight duty limit: CS FTL.1.225(b)(9).

    Where standby starts between 23:00 and 07:00, the time in that night does not count until the crew member is contacted.

    Args:
        start_minute: Start of standby, minutes since midnight, local.
        standby_minutes: From there to reporting.
        contacted_minutes: From there to the call.
    """
    night_left = (420 - start_minute) % 1440
    uncounted = min(contacted_minutes, night_left, standby_minutes) if 0 < night_left <= 480 else 0
    return standby_minutes - uncounted


def other_standby_duty_minutes(*, limit_minutes: int, standby_minutes: int, extended: bool = False) -> int:
    """Flight duty limit after a call from standby at home: less by what exceeds six hours, CS FTL.1.225(b)(6) and (7).

    Eight hours when the flight duty is extended by in-flight rest or split duty (``extended``), (b)(8).
    """
    return limit_minutes - max(0, standby_minutes - (480 if extended else 360))


def reserve_may_fly(*, notice_minutes: int) -> bool:
    """True if a crew member on reserve may be given the duty: notice of ten hours; the duty counts from reporting."""
    return notice_minutes >= RESERVE_NOTICE_MINUTES


def recovery_rest_ok(*, rest_minutes: int, local_nights: int, since_last_minutes: int) -> bool:
    """True if a rest is a recurrent extended recovery rest in time: ORO.FTL.235(d).

    Args:
        rest_minutes: At least 36 hours.
        local_nights: Local nights in it, at least two.
        since_last_minutes: From the end of the last one to the start of this one, at most 168 hours.
    """
    return rest_minutes >= 36 * 60 and local_nights >= 2 and since_last_minutes <= 168 * 60


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

    Returns:
        Minutes, or ``None`` when no total is known.
    """
    return cumulative_room(CUMULATIVE_MINUTES, before, duty_minutes=duty_minutes, flight_minutes=flight_minutes)


def cumulative_room(
    limits: Mapping[str, int], before: Mapping[str, int], *, duty_minutes: int, flight_minutes: int
) -> int | None:
    """Least room under any set of cumulative limits; those named ``duty...`` take the duty, the others the flight time."""
    margins = [
        limit - before[name] - (duty_minutes if name.startswith("duty") else flight_minutes)
        for name, limit in limits.items()
        if name in before
    ]
    return min(margins) if margins else None
