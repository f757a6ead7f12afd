"""Item D of a notice: on which days and at which times it holds, as periods in UTC.

Grammar after ICAO Doc 8126 (item D) and EUROCONTROL OPADD: entries with a comma between them; in each first days (``02 05-09``,
``OCT 28-NOV 03``, ``MON-FRI``, ``DLY``), then times (``0700-1700``, ``0730 TO 1500``, ``2200-0330`` over midnight, ``SR-SS``,
``SR MINUS30-SS PLUS30``, ``H24``), then days that are left out (``EXC WED``). A period belongs to the day that it begins on,
also where days are left out.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from msgspec import Struct

from packs.airline.feeds.calendar import MONTHS, clock_minutes, date_of, moment
from packs.airline.feeds.notices.sun import sunrise, sunset
from packs.airline.feeds.records import Unreadable
from packs.airline.times import MINUTES_PER_DAY

WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
LONGEST_DAYS = 400
"""Days whose periods are worked out at most; windows are no longer. What holds for longer goes into the AIP."""
MAX_PERIODS = 2000

_MONTH, _DAY, _WEEKDAY = "|".join(MONTHS), r"\d\d?(?!\d)", "|".join(WEEKDAYS)
_EVENT = r"(?:SR|SS)(?: ?(?:PLUS|MINUS|[-+](?=\d)) ?\d{1,3})?"
_POINT = rf"(?:\d{{4}}|{_EVENT})"
_UNTIL = r"(?: ?- ?| TO )"
_TOKENS = re.compile(
    rf"(?P<long>(?:(?:{_WEEKDAY})|(?:(?:{_MONTH}) )?{_DAY}) {_POINT} ?- ?(?:(?:{_WEEKDAY})|(?:(?:{_MONTH}) )?{_DAY}) {_POINT})"
    rf"|(?P<time>{_POINT}{_UNTIL}{_POINT}|H24|HJ|HN)"
    rf"|(?P<weekdays>(?:{_WEEKDAY})(?: ?(?:-|TO) ?(?:{_WEEKDAY}))?)"
    rf"|(?P<month>{_MONTH})"
    rf"|(?P<days>{_DAY}(?: ?- ?(?:(?:{_MONTH}) )?{_DAY})?)"
    r"|(?P<daily>DLY|DAILY|EVERY DAY)"
    r"|(?P<except>EXC|EXCEPT|EXCL)"
    r"|(?P<comma>,|;|/|\.|:)"
    r"|(?P<and>AND|&|EVERY)"
)


class Window(Struct, frozen=True, kw_only=True):
    """When a notice holds at all, in minutes, and where: position in degrees, ``None`` without one."""

    from_utc: int
    until_utc: int
    position: tuple[float, float] | None

    def days(self) -> Iterator[date]:
        """The days that a period may begin on: those of the window, and the one before it for a night."""
        first, last = date_of(self.from_utc) - timedelta(days=1), date_of(self.until_utc)
        for number in range(min((last - first).days, LONGEST_DAYS) + 1):
            yield first + timedelta(days=number)


class _Entry:
    """One entry as it is read: days, times, days that are left out, and spans from a day's time to another day's."""

    def __init__(self, month: int | None) -> None:
        self.month = month
        self.named: set[date] | None = None
        self.without: set[date] = set()
        self.times: list[str] = []
        self.spans: list[str] = []
        self.excepting = False

    def add(self, days: set[date]) -> None:
        if self.excepting:
            self.without |= days
        else:
            self.named = (self.named or set()) | days


def periods_of(schedule: str, window: Window) -> tuple[tuple[int, int], ...]:
    """The periods of a schedule within a window, in order, in minutes.

    Args:
        schedule: Item D.
        window: Items B and C, and the position of the Q line.

    Raises:
        Unreadable: The schedule has words of no known form, or none of its periods lies in the window.
    """
    found: list[tuple[int, int]] = []
    for entry in _entries(" ".join(schedule.upper().split()), window):
        found += _periods(entry, window)
        if len(found) > MAX_PERIODS:
            raise Unreadable(f"has more than {MAX_PERIODS:,} periods")
    cut = {(max(start, window.from_utc), min(end, window.until_utc)) for start, end in found}
    kept = tuple(sorted((start, end) for start, end in cut if start < end))
    if not kept:
        raise Unreadable("has no period between items B and C")
    return kept


def _entries(text: str, window: Window) -> list[_Entry]:
    entries = [_Entry(None)]
    at = 0
    while at < len(text):
        if text[at] == " ":
            at += 1
            continue
        found = _TOKENS.match(text, at)
        if found is None:
            raise Unreadable(f"has a word of no known form: {text[at:].split()[0][:20]!r}")
        at = found.end()
        entries = _taken(entries, found, window)
    return [each for each in entries if each.times or each.spans or each.named or each.without]


def _taken(entries: list[_Entry], found: re.Match[str], window: Window) -> list[_Entry]:
    """Enters one token; days behind times begin a new entry, which goes on in the same month."""
    entry, kind = entries[-1], found.lastgroup
    begins_anew = kind in ("weekdays", "month", "days", "daily", "long") and entry.times and not entry.excepting
    if kind == "comma" or begins_anew:
        if not (entry.times or entry.spans or kind != "comma"):
            return entries
        entry = _Entry(entry.month)
        entries.append(entry)
    match kind:
        case "long":
            entry.spans.append(found[0])
        case "time":
            entry.times.append(found[0])
        case "weekdays":
            entry.add(_weekdays(found[0], window))
        case "month":
            entry.month = MONTHS.index(found[0]) + 1
        case "days":
            entry.add(_days(found[0], entry, window))
        case "daily":
            entry.add(set(window.days()))
        case "except":
            if len(entries) > 1 and not (entry.named or entry.times or entry.spans):
                entries.pop()
            entries[-1].excepting = True
        case _:
            pass
    return entries


def _weekdays(text: str, window: Window) -> set[date]:
    names = re.findall(_WEEKDAY, text)
    first, last = WEEKDAYS.index(names[0]), WEEKDAYS.index(names[-1])
    held = {(first + step) % 7 for step in range((last - first) % 7 + 1)}
    return {each for each in window.days() if each.weekday() in held}


def _days(text: str, entry: _Entry, window: Window) -> set[date]:
    """The dates of a day or a range; without a month those of every month of the window."""
    numbers = [int(each) for each in re.findall(r"\d+", text)]
    last_month = re.search(_MONTH, text)
    days = list(window.days())
    if not all(
        1 <= each <= (monthrange(2000, entry.month)[1] if entry.month and not last_month else 31) for each in numbers
    ):
        raise Unreadable(f"has no period between items B and C: the day {text!r} does not exist")
    begins = [each for each in days if each.day == numbers[0] and entry.month in (None, each.month)]
    found: set[date] = set()
    for start in begins:
        ends = _end_of_range(start, numbers[-1], last_month[0] if last_month else "")
        found |= {each for each in days if start <= each <= ends}
    if last_month:
        entry.month = MONTHS.index(last_month[0]) + 1
    if not begins and not any(each.month == entry.month for each in days) and entry.month:
        raise Unreadable(f"has days outside of items B and C: {text!r}")
    return found


def _end_of_range(start: date, day: int, month: str) -> date:
    """The first date from a start on with a day of the month, and with a month where one is named."""
    if not 1 <= day <= 31:
        raise Unreadable(f"has a day that does not exist: {day}")
    for step in range(LONGEST_DAYS):
        each = start + timedelta(days=step)
        if each.day == day and (not month or MONTHS[each.month - 1] == month):
            return each
    raise Unreadable(f"has a day that does not exist: {day} {month}".rstrip())


def _periods(entry: _Entry, window: Window) -> Iterator[tuple[int, int]]:
    days = set(window.days()) if entry.named is None else entry.named
    if entry.named is None and entry.spans and not entry.times:
        days = set()
    for day in sorted(days - entry.without):
        for text in entry.times or ["H24"]:
            yield _period(text, day, window)
    for text in entry.spans:
        yield from _span(text, entry, window)


def _period(text: str, day: date, window: Window) -> tuple[int, int]:
    if text == "H24":
        return moment(day), moment(day) + MINUTES_PER_DAY
    text = {"HJ": "SR-SS", "HN": "SS-SR"}.get(text, text)
    start, end = re.fullmatch(rf"({_POINT}){_UNTIL}({_POINT})", text).groups()  # type: ignore[union-attr]
    begins = _point(start, day, window)
    ends = _point(end, day, window)
    return begins, ends if ends > begins else _point(end, day + timedelta(days=1), window)


def _point(text: str, day: date, window: Window) -> int:
    if text.isdigit():
        minutes = clock_minutes(int(text[:2]), int(text[2:]))
        if minutes is None:
            minutes = MINUTES_PER_DAY if text == "2359" else None
        if minutes is None:
            raise Unreadable(f"has a time that does not exist: {text}")
        return moment(day, minutes)
    if window.position is None:
        raise Unreadable("goes by the sun, and the Q line has no position")
    event = (sunrise if text.startswith("SR") else sunset)(day, *window.position)
    if event is None:
        raise Unreadable("goes by the sun, which does not rise or set there then")
    shift = re.search(r"\d+", text)
    sign = -1 if "MINUS" in text or "-" in text else 1
    return event + sign * (int(shift[0]) if shift else 0)


def _span(text: str, entry: _Entry, window: Window) -> Iterator[tuple[int, int]]:
    """Periods from a day's time to another day's: ``FRI 1700-MON 0700``, ``03 0600-05 1800``."""
    head, tail = re.fullmatch(rf"(.+? {_POINT}) ?- ?(.+? {_POINT})", text).groups()  # type: ignore[union-attr]
    (first, start), (last, end) = head.split(" ", 1), tail.split(" ", 1)
    if first in MONTHS:
        entry.month = MONTHS.index(first) + 1
        first, start = start.split(" ", 1)
    last_month = ""
    if last in MONTHS:
        last_month = last
        last, end = end.split(" ", 1)
    begins = _weekdays(first, window) if first in WEEKDAYS else _days(first, entry, window)
    for day in sorted(begins - entry.without):
        if last in WEEKDAYS:
            ends = day + timedelta(days=(WEEKDAYS.index(last) - day.weekday()) % 7 or 7)
        else:
            ends = _end_of_range(day, int(last), last_month)
        yield _point(start, day, window), _point(end, ends, window)
