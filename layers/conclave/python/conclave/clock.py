"""Time, injected: nothing in the engine asks the operating system for it elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Answers the current time in UTC."""


def system_clock() -> datetime:
    """The machine's time in UTC."""
    return datetime.now(UTC)


def timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds: ``2026-11-21T06:35:00.000Z``. Sorts like the time it names."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_timestamp(text: str) -> datetime:
    """The reverse of ``timestamp``; raises ``ValueError`` for anything that is not ISO 8601."""
    return datetime.fromisoformat(text)


def seconds_between(start: str, end: str) -> float:
    """Seconds from one timestamp to another, rounded to milliseconds."""
    return round((parse_timestamp(end) - parse_timestamp(start)).total_seconds(), 3)


class Deadline:
    """The time left for a piece of work; monotonic, so that a corrected wall clock cannot stretch it.

    Args:
        seconds: Time from now.
        monotonic: Source of monotonic seconds.
    """

    def __init__(self, seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._end = monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self._end - self._monotonic())
