"""Times of movement messages: a time without its day is laid beside its flight. Delay codes with their minutes."""

from __future__ import annotations

import re

from msgspec import Struct

from packs.airline.feeds.calendar import clock_minutes, nearest
from packs.airline.feeds.records import Unreadable
from packs.airline.times import MINUTES_PER_DAY

_DAYS_BEFORE, _DAYS_BEHIND = 2, 7
"""Days from that of a flight within which its times lie: local days and UTC, and the longest delays."""
_CODE, _DURATION = re.compile(r"[A-Z0-9]{2}[A-Z]?"), re.compile(r"\d{4}")


class Delay(Struct, frozen=True, kw_only=True):
    """A delay code of two characters with its subcode (``81``, ``93A``), and its minutes (``None`` where none stand)."""

    code: str
    minutes: int | None


def delays_of(found: re.Match[str]) -> tuple[Delay, ...]:
    """Delays of an element DL: codes first, then as many durations of hours and minutes, ``81/93/0010/0130``.

    Raises:
        Unreadable: A duration does not exist, or there are more durations than codes.
    """
    parts = found["codes"].split("/")
    codes = [each for each in parts if not _DURATION.fullmatch(each)]
    durations = [_minutes(each) for each in parts if _DURATION.fullmatch(each)]
    if len(durations) > len(codes) or not all(_CODE.fullmatch(each) for each in codes):
        raise Unreadable(
            f"{found[0][:40]!r} is not a delay; write its codes and then a time for each, like DL81/93/0010/0005"
        )
    times = [*durations, *[None] * (len(codes) - len(durations))]
    return tuple(Delay(code=code, minutes=minutes) for code, minutes in zip(codes, times, strict=True))


def _minutes(text: str) -> int:
    if int(text[2:]) > 59:
        raise Unreadable(f"{text} is not a duration; write hours and minutes, like 0130")
    return int(text[:2]) * 60 + int(text[2:])


class Clock:
    """Gives times without a day their day.

    A departure is the one nearest to the scheduled departure, or to the time that the message was sent; without both the one
    from which the delay leads back to the day of the flight; otherwise the one on that day. What follows another time comes
    after it, and an arrival alone is taken like a departure.

    Args:
        day: Begin of the flight's day, in minutes.
        scheduled: Its scheduled off and on blocks, if they are known.
        sent: When the message was sent, if it says so.
        delays: Its delays.
    """

    def __init__(
        self, day: int, scheduled: tuple[int, int] | None, sent: int | None, delays: tuple[Delay, ...]
    ) -> None:
        self.delays, self.assumed = delays, False
        self._day, self._scheduled, self._sent = day, scheduled, sent

    def departs(self, text: str) -> int:
        """When a departure is."""
        if len(text) == 6:
            return self._dated(text)
        at = _clock(text)
        near = self._scheduled[0] + self._late() if self._scheduled else self._sent
        if near is not None:
            return _nearest(at, near)
        late = self._late()
        led_back = [each for each in self._days(at) if late and 0 <= each - late - self._day < MINUTES_PER_DAY]
        self.assumed = self.assumed or not led_back
        return led_back[0] if led_back else self._day + at

    def arrives(self, text: str | None, begins: int | None, *, here: bool = False) -> int | None:
        """When an arrival is: after a time that the message gives, or nearest to the schedule. ``here``: where it left."""
        if text is None:
            return None
        if len(text) == 6:
            return self._dated(text)
        at = _clock(text)
        if begins is not None:
            return _first(at, begins)
        near = self._scheduled[1] + self._late() if self._scheduled and not here else self._sent
        if near is not None:
            return _nearest(at, near)
        self.assumed = True
        return self._day + at

    def after(self, text: str | None, begins: int | None) -> int | None:
        """When something is that comes after another time; ``None`` without a time, or without the other."""
        if text is None or begins is None:
            return None
        found = self._dated(text) if len(text) == 6 else _first(_clock(text), begins)
        if not 0 <= found - begins <= MINUTES_PER_DAY // 2:
            raise Unreadable(f"{text} lies before the time that it comes after; correct one of them")
        return found

    def _late(self) -> int:
        return sum(each.minutes or 0 for each in self.delays)

    def _days(self, at: int) -> list[int]:
        return [self._day + at + by * MINUTES_PER_DAY for by in (0, 1, 2, -1)]

    def _dated(self, text: str) -> int:
        found = nearest(int(text[:2]), int(text[2:4]), int(text[4:]), self._day)
        if found is None:
            raise Unreadable(f"{text} is not a day and time; write day, hour and minute, like 291150")
        if not -_DAYS_BEFORE <= (found - self._day) // MINUTES_PER_DAY <= _DAYS_BEHIND:
            raise Unreadable(f"{text} lies many days from the day of the flight; correct one of them")
        return found


def _clock(text: str) -> int:
    found = clock_minutes(int(text[:2]), int(text[2:]))
    if found is None:
        raise Unreadable(f"{text} is not a time; write hours and minutes, like 1150")
    return found


def _nearest(at: int, near: int) -> int:
    """The moment of a clock time that lies nearest to another moment."""
    by = (at - near) % MINUTES_PER_DAY
    return near + (by if by <= MINUTES_PER_DAY // 2 else by - MINUTES_PER_DAY)


def _first(at: int, begins: int) -> int:
    """The first moment of a clock time at or after another moment."""
    return begins + (at - begins) % MINUTES_PER_DAY
