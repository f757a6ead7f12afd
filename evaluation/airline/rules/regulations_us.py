"""14 CFR part 117, typed off its tables A, B and C: limits of a duty under the rules of the United States."""

from __future__ import annotations

from collections.abc import Sequence

# Table A: first start of the duty, hours of flight time of an unaugmented crew.
_TABLE_A = ((0, 8), (500, 9), (2000, 8))

# Table B: first start; hours of flight duty by 1, 2, 3, 4, 5, 6, 7 or more segments.
_TABLE_B = """
0000 9 9 9 9 9 9 9
0400 10 10 10 10 9 9 9
0500 12 12 12 12 11.5 11 10.5
0600 13 13 12 12 11.5 11 10.5
0700 14 14 13 13 12.5 12 11.5
1200 13 13 13 13 12.5 12 11.5
1300 12 12 12 12 11.5 11 10.5
1700 12 12 11 11 10 9 9
2200 11 11 10 10 9 9 9
2300 10 10 10 9 9 9 9
"""

# Table C: first start; class 1 with 3 and 4 pilots, class 2 with 3 and 4, class 3 with 3 and 4.
_TABLE_C = """
0000 15 17 14 15.5 13 13.5
0600 16 18.5 15 16.5 14 14.5
0700 17 19 16.5 18 15 15.5
1300 16 18.5 15 16.5 14 14.5
1700 15 17 14 15.5 13 13.5
"""
MOST_SEGMENTS_AUGMENTED = 3
"""117.17(d)."""
_AUGMENTED_FLIGHT_HOURS = {3: 13, 4: 17}
"""117.11(a)(2) and (3)."""
REST = 10 * 60
"""117.25(e)."""
CUMULATIVE = {
    "duty_7_days_minutes": 60 * 60,
    "duty_28_days_minutes": 190 * 60,
    "flight_28_days_minutes": 100 * 60,
}
"""117.23(b)(1), (c)(1) and (2): 168 and 672 consecutive hours."""


def _rows(table: str) -> list[tuple[int, Sequence[int]]]:
    lines = [line.split() for line in table.split("\n") if line]
    return [(int(cells[0]), [round(float(cell) * 60) for cell in cells[1:]]) for cells in lines]


_B, _C = _rows(_TABLE_B), _rows(_TABLE_C)


def _row(rows: Sequence[tuple[int, Sequence[int]]], start: int) -> Sequence[int]:
    clock = start // 60 * 100 + start % 60
    return [cells for first, cells in rows if first <= clock][-1]


def flight_duty_limit(
    *, start: int, sectors: int, pilots: int, rest_class: int, longest_sector: int, acclimated: bool = True
) -> int:
    """Longest flight duty period in minutes, 117.13 and 117.17; half an hour less when not acclimated, (b) of both.

    Without the rest of 117.17(c), two hours for who lands and an hour and a half for who monitors, Table B holds.

    Args:
        start: Start of duty, minutes since midnight at home base.
        sectors: Flight segments.
        pilots: Pilots on board.
        rest_class: In-flight rest facility, 1 to 3.
        longest_sector: Flight time of the longest sector in minutes.
        acclimated: Whether the crew is acclimated where it reports.
    """
    less = 0 if acclimated else 30
    if augmented(sectors=sectors, pilots=pilots) and longest_sector >= (120 if pilots > 3 else 120 + 90):
        return _row(_C, start)[2 * (rest_class - 1) + (pilots > 3)] - less
    return _row(_B, start)[min(sectors, 7) - 1] - less


def flight_time_limit(*, start: int, sectors: int, pilots: int) -> int:
    """Most flight time of the duty in minutes, 117.11."""
    if augmented(sectors=sectors, pilots=pilots):
        return _AUGMENTED_FLIGHT_HOURS[min(pilots, 4)] * 60
    clock = start // 60 * 100 + start % 60
    return [hours for first, hours in _TABLE_A if first <= clock][-1] * 60


def augmented(*, sectors: int, pilots: int) -> bool:
    """True if the rules of an augmented crew apply."""
    return pilots > 2 and sectors <= MOST_SEGMENTS_AUGMENTED
