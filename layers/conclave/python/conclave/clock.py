"""Time, injected: nothing in the engine asks the operating system for it elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

Clock = Callable[[], datetime]
"""Answers the current time in UTC."""

Sleep = Callable[[float], None]
"""Waits for seconds."""

Monotonic = Callable[[], float]
"""Answers seconds that never go back; only differences mean something."""


class Timepiece(Protocol):
    """A ``Clock`` that also measures: whoever measures work or waits for something takes one of these."""

    def __call__(self) -> datetime:
        """The current time in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Waits."""
        ...


class SystemClock:
    """The machine's time. With ``at``, a wall clock that stands still there: for work on a day of the past.

    Args:
        at: What the wall clock shows; the machine's own time if it is None. What is measured is real either way.
    """

    def __init__(self, at: datetime | None = None) -> None:
        self._at = at

    def __call__(self) -> datetime:
        """The time in UTC."""
        return self._at or datetime.now(UTC)

    @staticmethod
    def monotonic() -> float:
        """The machine's monotonic seconds."""
        return time.monotonic()

    @staticmethod
    def sleep(seconds: float) -> None:
        """Waits."""
        time.sleep(seconds)


system_clock = SystemClock()
"""The machine's time."""


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

    Attributes:
        monotonic: The same, for whoever measures parts of that work.
    """

    def __init__(self, seconds: float, monotonic: Monotonic = system_clock.monotonic) -> None:
        self.monotonic = monotonic
        self._end = monotonic() + seconds

    def at_most(self, seconds: float) -> Deadline:
        """This one, or the one that many seconds from now, whichever comes first."""
        return self if self.remaining() <= seconds else Deadline(seconds, self.monotonic)

    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self._end - self.monotonic())
