"""Moments from the days and hours that messages have: month and year come from a moment nearby.

Moments are minutes since 1970-01-01T00:00Z, as everywhere in the pack.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from packs.airline.times import MINUTES_PER_DAY

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_EPOCH = date(1970, 1, 1)
_FIRST_YEAR, _LAST_YEAR = 1970, 2200


def moment(day: date, clock: int = 0) -> int:
    """The moment of a date and so many minutes after its midnight, UTC."""
    return (day - _EPOCH).days * MINUTES_PER_DAY + clock


def date_of(at: int) -> date:
    """The date of a moment, UTC."""
    return _EPOCH + timedelta(days=at // MINUTES_PER_DAY)


def written(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int | None:
    """A moment written out in full; hour 24 is the midnight that ends the day. ``None`` for one that does not exist."""
    clock = clock_minutes(hour, minute)
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return None if clock is None or not _FIRST_YEAR <= year <= _LAST_YEAR else moment(found, clock)


def clock_minutes(hour: int, minute: int = 0) -> int | None:
    """Minutes since midnight; 24:00 is the end of the day. ``None`` for a time that does not exist."""
    if not 0 <= minute < 60 or not (0 <= hour < 24 or (hour == 24 and minute == 0)):
        return None
    return hour * 60 + minute


def nearest(day: int, hour: int, minute: int, near: int, month: str = "") -> int | None:
    """The moment with this day of the month and this time that lies nearest to another; ``None`` when there is none.

    A month (``NOV``) may be named.
    """
    clock = clock_minutes(hour, minute)
    if clock is None:
        return None
    days = _days(day, date_of(near), range(-6, 7) if month else range(-2, 3))
    found = [moment(each, clock) for each in days if month in ("", MONTHS[each.month - 1])]
    return min(found, key=lambda each: abs(each - near), default=None)


def following(day: int, hour: int, minute: int, start: int) -> int | None:
    """The first moment with this day of the month and this time at or after another; ``None`` when there is none."""
    clock = clock_minutes(hour, minute)
    if clock is None:
        return None
    found = [moment(each, clock) for each in _days(day, date_of(start), range(-1, 4))]
    return min((each for each in found if each >= start), default=None)


def _days(day: int, near: date, months: range) -> list[date]:
    """The dates with a day of the month in months around a date; a month without that day is left out."""
    numbers = [near.year * 12 + near.month - 1 + by for by in months]
    places = [(number // 12, number % 12 + 1) for number in numbers if _FIRST_YEAR <= number // 12 <= _LAST_YEAR]
    return [date(year, month, day) for year, month in places if 1 <= day <= monthrange(year, month)[1]]
