"""Regulation figures of the evaluation, typed off their sources a second time.

Nothing here comes from the pack's rules: where both are wrong in the same way, the source itself was misread twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

# ORO.FTL.205(b)(1), Table 2, as printed: first start of duty; 1-2, 3, 4, 5, 6, 7, 8, 9, 10 sectors.
_TABLE_2 = """
0600 13:00 12:30 12:00 11:30 11:00 10:30 10:00 09:30 09:00
1330 12:45 12:15 11:45 11:15 10:45 10:15 09:45 09:15 09:00
1400 12:30 12:00 11:30 11:00 10:30 10:00 09:30 09:00 09:00
1430 12:15 11:45 11:15 10:45 10:15 09:45 09:15 09:00 09:00
1500 12:00 11:30 11:00 10:30 10:00 09:30 09:00 09:00 09:00
1530 11:45 11:15 10:45 10:15 09:45 09:15 09:00 09:00 09:00
1600 11:30 11:00 10:30 10:00 09:30 09:00 09:00 09:00 09:00
1630 11:15 10:45 10:15 09:45 09:15 09:00 09:00 09:00 09:00
1700 11:00 10:30 10:00 09:30 09:00 09:00 09:00 09:00 09:00
0500 12:00 11:30 11:00 10:30 10:00 09:30 09:00 09:00 09:00
0515 12:15 11:45 11:15 10:45 10:15 09:45 09:15 09:00 09:00
0530 12:30 12:00 11:30 11:00 10:30 10:00 09:30 09:00 09:00
0545 12:45 12:15 11:45 11:15 10:45 10:15 09:45 09:15 09:00
"""

# ORO.FTL.205(b)(2), Table 3, as printed: unknown state of acclimatisation; 1-2, 3, 4, 5, 6, 7, 8 sectors.
_TABLE_3 = "11:00 10:30 10:00 09:30 09:00 09:00 09:00"

# CS FTL.1.205(c)(2): hours by class of the rest facility, for three and for four pilots.
_AUGMENTED_HOURS = {1: (16, 17), 2: (15, 16), 3: (14, 15)}
LONG_SECTOR_MINUTES = 9 * 60

ANIMAL_MINUTES: Mapping[str, int] = {"poultry": 12 * 60 - 1, "chicks": 24 * 60 - 1, "dogs_cats": 24 * 60}
"""Regulation (EC) 1/2005, Annex I, Chapter V: 2.1 less than 12 and 24 hours, 2.2 not more than 24."""
MEL_DAYS: Mapping[str, int] = {"B": 3, "C": 10, "D": 120}
"""CS-MMEL: consecutive calendar days without the day of discovery."""
SLOT_TOLERANCE = (-5, 10)
"""ATFCM: minutes around the calculated take-off time."""
MINIMA = {"ceiling_ft": 200, "visibility_m": 550}
"""Category I."""
TAKE_OFF_VISIBILITY = 400
"""Metres: below it a take-off is one in low visibility, which needs an approval of its own (SPA.LVO)."""
MAX_CROSSWIND_KT = 33
"""Operator's figure, docs/airline.md."""
TAXI_MINUTES = 15
"""Operator's figure: off blocks to take-off."""
DELIVERY_MINUTES = 90
"""Operator's figure: on blocks to temperature control."""


@cache
def _clock(cell: str) -> int:
    hours, _, rest = cell.partition(":")
    return int(hours) * 60 + int(rest)


def _table() -> list[tuple[int, Sequence[int]]]:
    rows = [line.split() for line in _TABLE_2.split("\n") if line]
    return sorted((int(row[0][:2]) * 60 + int(row[0][2:]), [_clock(cell) for cell in row[1:]]) for row in rows)


_ROWS = _table()
_UNKNOWN = [_clock(cell) for cell in _TABLE_3.split()]


def flight_duty_limit(*, start: int | None, sectors: int, pilots: int, rest_class: int, longest_sector: int) -> int:
    """Longest flight duty period in minutes, without commander's discretion.

    Args:
        start: Start of duty, minutes since midnight at reference time; ``None`` when the state of acclimatisation is unknown.
        sectors: Sectors flown, at most 10, or 8 in an unknown state.
        pilots: Pilots on board.
        rest_class: In-flight rest facility, 1 to 3.
        longest_sector: Flight time of the longest sector in minutes.
    """
    row: Sequence[int] = _UNKNOWN if start is None else _ROWS[-1][1]  # before 05:00 the row of 17:00 goes on
    for first, cells in _ROWS:
        if start is not None and first <= start:
            row = cells
    basic = row[max(0, sectors - 2)] if sectors - 2 < len(row) else 0  # the tables hold no more sectors
    if sectors > 3 or not rested_in_turn(pilots=pilots, longest_sector=longest_sector):
        return basic
    augmented = _AUGMENTED_HOURS[rest_class][pilots > 3] * 60
    if sectors <= 2 and longest_sector > LONG_SECTOR_MINUTES:
        augmented += 60
    return max(basic, augmented)


def rested_in_turn(*, pilots: int, longest_sector: int) -> bool:
    """True if all pilots can rest in flight, CS FTL.1.205(c)(1)(ii).

    The two who land rest two hours each and the others an hour and a half, one of three or two of four at a time.
    """
    if pilots < 3:
        return False
    return longest_sector >= (120 + 120 + 90 if pilots == 3 else 120 + 90)


CUMULATIVE = {
    "duty_7_days_minutes": 60 * 60,
    "duty_14_days_minutes": 110 * 60,
    "duty_28_days_minutes": 190 * 60,
    "flight_28_days_minutes": 100 * 60,
}
"""ORO.FTL.210(a) and (b)(1)."""
STANDBY_WITHOUT_REDUCTION, STANDBY_AND_DUTY = 4 * 60, 16 * 60
"""CS FTL.1.225(a)(2): airport standby beyond the first takes off the flight duty limit; the second bounds their sum."""
SPLIT_SHORTEST, SPLIT_LONGEST, SPLIT_OVERHEAD = 180, 360, 60
"""ORO.FTL.220 and CS FTL.1.220: minutes of a break that extends the duty by half of it; what counts off for the way."""


def split_extension(waiting: int) -> int:
    """Minutes that a wait of the crew adds to its flight duty limit; 0 when the break in it is too short."""
    pause = min(waiting - SPLIT_OVERHEAD, SPLIT_LONGEST)
    return pause // 2 if pause >= SPLIT_SHORTEST else 0


def read_when_late(planned: int, told: int) -> tuple[int, ...]:
    """Reporting times of which the most limiting sets the flight duty of a crew that was told to come later: CS FTL.1.205(d).

    Less than four hours later the planned one, then both; a delay of ten hours is a rest, after which the new one counts alone.
    """
    later = told - planned
    return (planned,) if later < 240 else (planned, told) if later < 600 else (told,)


def mel_state(items: Sequence[Mapping[str, Any]], day: str, flights: int = 1) -> tuple[bool, int | None]:
    """True if the open items allow so many flights until a day, and the whole days left on the tightest with relief."""
    present, dispatch, left = {item["ata"] for item in items}, True, []
    for item in items:
        if not item["relief"] or any(other in present for other in item["not_with"]):
            dispatch = False
        interval = item.get("interval_days") if item["category"] == "A" else MEL_DAYS[item["category"]]
        allowed = item.get("flights_left") if item["category"] == "A" else None
        if (interval is None and allowed is None) or (allowed is not None and allowed < flights):
            dispatch = False
        if interval is None:
            continue
        if item["relief"]:
            ends = date.fromisoformat(item["discovered"]) + timedelta(days=interval)
            left.append((ends - date.fromisoformat(day)).days)
    return dispatch and all(days >= 0 for days in left), min(left, default=None)


def closed_minutes(minute: int, start: str, end: str) -> int:
    """Minutes from a local minute in a closed period to the nearer edge of the period; 0 outside."""
    since = (minute - _clock(start)) % 1440
    left = (_clock(end) - minute) % 1440 or 1440
    if since + left > 1440 or since + left != (_clock(end) - _clock(start)) % 1440:
        return 0
    return max(1, min(since, left))


def minutes_to_open(minute: int, start: str, end: str) -> int:
    """Minutes until a closed period ends; 0 outside it."""
    return (_clock(end) - minute) % 1440 if closed_minutes(minute, start, end) else 0


def care_from(distance: float) -> int:
    """Minutes of waiting from which Art. 6 owes care."""
    return 120 if distance <= 1500 else 180 if distance <= 3500 else 240
