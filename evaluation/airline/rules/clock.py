"""Times as whole minutes since 1970 UTC, so that arithmetic is integer arithmetic."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo


@cache
def _zone(name: str) -> ZoneInfo:
    """A time zone; ``ZoneInfo`` itself keeps only the last eight."""
    return ZoneInfo(name)


@lru_cache(maxsize=200_000)
def minutes(stamp: str) -> int:
    """``2026-11-21T06:35:00Z`` as minutes."""
    return calendar.timegm(datetime.fromisoformat(stamp).astimezone(UTC).timetuple()) // 60


@lru_cache(maxsize=200_000)
def text(moment: int) -> str:
    """Minutes as ``2026-11-21T06:35:00Z``."""
    return datetime.fromtimestamp(moment * 60, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=200_000)
def local_minute(moment: int, zone: str) -> int:
    """Minutes since midnight on the wall clock of a zone."""
    there = datetime.fromtimestamp(moment * 60, UTC).astimezone(_zone(zone))
    return there.hour * 60 + there.minute


@lru_cache(maxsize=200_000)
def ahead_of_utc(moment: int, zone: str) -> int:
    """Minutes by which the wall clock of a zone is ahead of UTC."""
    shown = datetime.fromtimestamp(moment * 60, UTC).astimezone(_zone(zone)).replace(tzinfo=UTC)
    return calendar.timegm(shown.timetuple()) // 60 - moment


def local_day(moment: int, zone: str) -> date:
    """The date on the wall of a zone."""
    return datetime.fromtimestamp(moment * 60, UTC).astimezone(_zone(zone)).date()


def moment_at(day: date, minute: int, zone: str) -> int:
    """When the clock of a zone shows that many minutes since midnight on a date."""
    shown = datetime.combine(day, time(minute // 60, minute % 60), _zone(zone))
    return calendar.timegm(shown.astimezone(UTC).timetuple()) // 60


def until_shown(moment: int, zone: str, shown: int) -> int:
    """Minutes that pass until the wall clock of a zone has gone on by ``shown``, changes of the clock included."""
    before, after = (
        datetime.fromtimestamp(each * 60, UTC).astimezone(_zone(zone)).utcoffset() or timedelta()
        for each in (moment, moment + shown)
    )
    return shown - int((after - before).total_seconds()) // 60


@lru_cache(maxsize=200_000)
def local_text(moment: int, zone: str) -> str:
    """As a person there writes it: ``2026-11-21 06:35+04:00``."""
    there = datetime.fromtimestamp(moment * 60, UTC).astimezone(_zone(zone))
    offset = there.strftime("%z")
    return f"{there:%Y-%m-%d %H:%M}{offset[:3]}:{offset[3:]}"
