"""Clock times of a report as moments: which day and which zone they mean, once the flight is known.

A clock is written in a report as ``16:40Z``, ``09:00L``, ``today+1 09:00`` or ``18:30``; a moment is written into a resolved
incident as ``2026-11-21 16:40Z``. Z is UTC; every other clock is local to the airport that it is about. ``today`` is the day of
receipt there. A clock without a day is the one nearest to the scheduled movement that it is about, but not one that was over more
than three hours before the receipt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from packs.airline import times

JUST_PASSED_MINUTES = 180
"""A clock that was over longer than this before the receipt means another day."""
_WRITTEN = re.compile(
    r"^(?:(?:today(?P<offset>[+-]\d{1,2})|(?P<day>\d{4}-\d{2}-\d{2})) )?(?P<clock>\d{2}:\d{2})(?P<zone>[ZL]?)$"
)
_DAYS = range(-2, 4)


class ClockImpossible(Exception):
    """No clock shows such a time, or no calendar such a day; the message names it."""


class Reference(Struct, frozen=True, kw_only=True):
    """The things that a clock is read against.

    Attributes:
        zone: IANA time zone of the airport that it is about.
        scheduled: The scheduled movement that it is about, in minutes.
        received: Receipt of the report, in minutes.
    """

    zone: str
    scheduled: int
    received: int


def moment(written: str, reference: Reference, *, late: bool) -> int:
    """The moment that a clock of a report means, in minutes.

    Args:
        written: As the report has it.
        reference: What it is read against.
        late: Of two moments that it can mean in a night when clocks change, the later; for a latest time the earlier is taken.

    Raises:
        ClockImpossible: There is no such time.
    """
    found = _WRITTEN.match(written)
    if found is None:
        raise ClockImpossible(written)
    zone = "UTC" if found["zone"] == "Z" else reference.zone
    if found["day"] or found["offset"]:
        return _at(_told_day(found["day"], found["offset"], reference), found["clock"], zone, late=late)
    return _nearest(found["clock"], zone, reference, late=late)


def moment_after(written: str, start: int, reference: Reference, *, late: bool) -> int:
    """The same for the end of a time that begins at ``start``: without a day the first such clock after it."""
    found = _WRITTEN.match(written)
    if found is None or found["day"] or found["offset"]:
        return moment(written, reference, late=late)
    zone = "UTC" if found["zone"] == "Z" else reference.zone
    return next(each for each in _on_days(found["clock"], zone, start, late=late) if each > start)


def text(minutes: int) -> str:
    """Writes a moment as a resolved incident has it: ``2026-11-21 16:40Z``."""
    return times.text(minutes)[:16].replace("T", " ") + "Z"


def minutes(written: str) -> int:
    """Reads what ``text`` wrote."""
    return times.minutes(f"{written[:10]}T{written[11:16]}:00Z")


def _told_day(day: str | None, offset: str | None, reference: Reference) -> date:
    if day is None:
        return times.local(reference.received, reference.zone).date() + timedelta(days=int(offset or 0))
    try:
        return date.fromisoformat(day)
    except ValueError as error:
        raise ClockImpossible(day) from error


def _nearest(clock: str, zone: str, reference: Reference, *, late: bool) -> int:
    floor = reference.received - JUST_PASSED_MINUTES
    near = [
        *_on_days(clock, zone, reference.scheduled, late=late),
        *_on_days(clock, zone, reference.received, late=late),
    ]
    possible = [each for each in near if each >= floor]
    return min(possible, key=lambda each: (abs(each - reference.scheduled), each))


def _on_days(clock: str, zone: str, around: int, *, late: bool) -> Iterable[int]:
    """The clock on the days around a moment, in order."""
    day = times.local(around, zone).date()
    return [_at(day + timedelta(days=offset), clock, zone, late=late) for offset in _DAYS]


def _at(day: date, clock: str, zone: str, *, late: bool) -> int:
    """A clock time on a day; 24:00 is the end of it."""
    hour, minute = (int(part) for part in clock.split(":"))
    if (hour, minute) == (24, 0):
        day, hour = day + timedelta(days=1), 0
    try:
        shown = datetime.combine(day, time(hour, minute), ZoneInfo(zone))
    except ValueError as error:
        raise ClockImpossible(clock) from error
    both = [times.minutes(shown.replace(fold=fold).astimezone(UTC).isoformat()) for fold in (0, 1)]
    return max(both) if late else min(both)
