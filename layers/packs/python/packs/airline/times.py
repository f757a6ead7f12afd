"""Times: ISO 8601 strings in UTC outside, aware datetimes inside, local time only where a rule or a person asks for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTES_PER_DAY = 1440


def parse(text: str) -> datetime:
    """Reads ``2026-11-21T06:35:00Z``; raises ``ValueError`` for anything that is not ISO 8601 with an offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no offset")
    return moment.astimezone(UTC)


def text(moment: datetime) -> str:
    """Writes an aware datetime as ``2026-11-21T06:35:00Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def shift(moment: str, minutes: float) -> str:
    """An ISO time moved by minutes."""
    return text(parse(moment) + timedelta(minutes=minutes))


def minutes_between(start: str, end: str) -> int:
    """Whole minutes from start to end; negative when end comes first."""
    return int((parse(end) - parse(start)).total_seconds() // 60)


def local(moment: str | datetime, zone: str) -> datetime:
    """The moment in an IANA time zone."""
    return (parse(moment) if isinstance(moment, str) else moment).astimezone(ZoneInfo(zone))


def local_text(moment: str | datetime, zone: str) -> str:
    """The moment as a person at the place reads it: ``2026-11-21 06:35+04:00``."""
    return local(moment, zone).isoformat(sep=" ", timespec="minutes")


def at_local(day: str, clock: str, zone: str) -> datetime:
    """The UTC moment of a local date (``2026-11-21``) and clock time (``09:10``).

    A clock time that a change to summer time skips is read with the offset before the change.
    """
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def minute_of_day(moment: datetime) -> int:
    """Minutes since midnight on the clock of the moment's own zone."""
    return moment.hour * 60 + moment.minute


def clock_minutes(clock: str) -> int:
    """``23:30`` as minutes since midnight."""
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)
