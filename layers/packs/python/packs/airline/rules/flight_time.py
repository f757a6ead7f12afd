"""Flight duty and rest: Annex III (Part-ORO), Subpart FTL of Regulation (EU) No 965/2012, and CS FTL.1.

Crews of the network start at home base and return within 48 hours of reporting, so by Table 1 of ORO.FTL.105 they stay
acclimatised to home base: every start of duty is read on the clock of home base. Left out: commander's discretion
(ORO.FTL.205(f)), delayed reporting, split duty, standby reductions, cumulative limits.
"""

from __future__ import annotations

from bisect import bisect_right

SOURCE_DUTY = "EU 965/2012 ORO.FTL.205(b)"
SOURCE_AUGMENTED = "EASA CS FTL.1.205(c)"
SOURCE_REST = "EU 965/2012 ORO.FTL.235"

MAX_SECTORS = 10

# ORO.FTL.205(b)(1), Table 2: start of duty at reference time, limit in minutes for 1-2 sectors.
_STARTS = (0, 300, 315, 330, 345, 360, 810, 840, 870, 900, 930, 960, 990, 1020)
_LIMITS = (660, 720, 735, 750, 765, 780, 765, 750, 735, 720, 705, 690, 675, 660)
_MINUTES_PER_SECTOR = 30
_FLOOR = 540

_AUGMENTED = {(3, 1): 960, (3, 2): 900, (3, 3): 840, (4, 1): 1020, (4, 2): 960, (4, 3): 900}


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
    base = _LIMITS[bisect_right(_STARTS, start_minute) - 1]
    return max(_FLOOR, base - _MINUTES_PER_SECTOR * max(0, sectors - 2))


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


def min_rest_minutes(*, preceding_duty_minutes: int, home_base: bool) -> int:
    """Minimum rest before a flight duty period.

    ORO.FTL.235(a)(1): at home base as long as the preceding duty, at least 12 hours. ORO.FTL.235(b): away from home base
    as long as the preceding duty, at least 10 hours.
    """
    return max(preceding_duty_minutes, 720 if home_base else 600)
