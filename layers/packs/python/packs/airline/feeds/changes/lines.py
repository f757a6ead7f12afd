"""The lines of ASM and SSM, one form each, and what they say.

Forms: IATA SSIM (March 2011) chapters 4 and 5, whose table of ASM elements 1library.net shows in part, and Avinor's pages on SSM
and ASM; recorded messages of an airline (nuitParser) have the same forms.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

from msgspec import Struct

from packs.airline.codes import flight_number
from packs.airline.feeds.calendar import MONTHS, clock_minutes, date_of
from packs.airline.feeds.records import Unreadable

ACTIONS = ("NEW", "CNL", "RIN", "RPL", "ADM", "CON", "EQT", "FLT", "RRT", "TIM", "REV", "SKD", "RSD", "ACK", "NAC")
OPEN_END = "00XXX00"

_FLIGHT = r"(?P<number>(?:[A-Z][A-Z0-9]|[0-9][A-Z])\d{1,4}[A-Z]?)"
_DAY = r"\d{1,2}(?:[A-Z]{3}(?:\d{2})?)?"
_ELEMENTS = r"(?P<elements>(?: \d{1,3}/\S+)*)"
_PERIOD = (
    r"(?P<first>\d{2}[A-Z]{3}(?:\d{2})?) (?P<last>\d{2}[A-Z]{3}(?:\d{2})?) (?P<days>[1-7]{1,7})(?:/W(?P<rate>[12]))?"
)

ACTION = re.compile(rf"(?P<action>{'|'.join(ACTIONS)})(?P<more>(?:[ /][A-Z]{{3,4}})*)")
REFERENCE = re.compile(r"\d{2}[A-Z]{3}\d{5}[CE]\d{3}(?:/.*)?")
AD_HOC = re.compile(
    rf"{_FLIGHT}/(?P<day>{_DAY})(?: (?P<ends>[A-Z]{{3}}(?:/[A-Z]{{3}})+))?"
    rf"(?: (?P<renamed>(?:[A-Z][A-Z0-9]|[0-9][A-Z])\d{{1,4}}[A-Z]?)/(?P<renamed_day>{_DAY}))?{_ELEMENTS}"
)
STANDARD = re.compile(
    rf"{_FLIGHT}(?: (?P<ends>[A-Z]{{3}}(?:/[A-Z]{{3}})+))?(?: (?P<existing>{re.sub(r'[?]P<[a-z]+>', '?:', _PERIOD)}))?{_ELEMENTS}"
)
PERIOD = re.compile(_PERIOD + _ELEMENTS)
RENAMED = re.compile(_FLIGHT + _ELEMENTS)
EQUIPMENT = re.compile(r"[A-Z] (?P<type>[A-Z0-9]{3})(?P<more>(?: \S+)*)")
_POINT = r"(?P<{0}>[A-Z]{{3}})(?P<{0}_day>\d{{2}})?(?P<{0}_at>\d{{4}})(?:/(?P<{0}_var>M?\d))?(?:/\d{{4}})?"
LEG = re.compile(f"{_POINT.format('origin')} {_POINT.format('destination')}{_ELEMENTS}")
SEGMENT = re.compile(r"(?P<board>[A-Z]{3})/?(?P<off>[A-Z]{3})(?P<elements>(?: \d{1,3}/\S+)+)")
ASIDE = re.compile(r"\d{1,3}/\S+(?: \d{1,3}/\S+)*")
_CABIN = re.compile(r"[A-Z](\d{1,3})")
_CONFIGURATION = re.compile(r"[A-Z]{0,10}\.?(?P<seats>(?:[A-Z]\d{1,3})+)(?:VV.*)?")
_REGISTRATION = re.compile(r"[A-Z0-9]{1,4}-?[A-Z0-9]{1,5}")
_ELEMENT = re.compile(r"(\d{1,3})/(\S+)")


class Period(Struct, frozen=True, kw_only=True):
    """Days of operation: first and last day (``None``: open end), weekdays (1 is Monday), and whether only every second week."""

    first: date
    last: date | None
    weekdays: frozenset[int]
    fortnightly: bool = False

    def has(self, day: date) -> bool:
        """True if a flight of the period is on this day."""
        if day < self.first or (self.last is not None and day > self.last) or day.isoweekday() not in self.weekdays:
            return False
        weeks = ((day - self.first).days + self.first.weekday()) // 7
        return not (self.fortnightly and weeks % 2)


class Point(Struct, frozen=True, kw_only=True):
    """One end of a leg: airport, minutes after midnight, day of the month, and days after the day of the flight, where told."""

    airport: str
    clock: int
    day: int | None = None
    days: int | None = None


class LegTimes(Struct, frozen=True, kw_only=True):
    """A leg with its times in the time mode of the message."""

    origin: Point
    destination: Point


def number_of(text: str) -> str:
    """A flight number in its normal form; raises ``Unreadable``."""
    try:
        return flight_number(text)
    except ValueError as error:
        raise Unreadable(str(error)) from error


def day_of(text: str, near_utc: int) -> date:
    """A date like ``12``, ``12MAY`` or ``12MAY26``; without month or year it is the one nearest to a moment."""
    near = date_of(near_utc)
    day, month, year = int(text[:2]), text[2:5], text[5:7]
    if month and month not in MONTHS:
        raise Unreadable(f"{text!r} is not a date; write it like 12MAY26")
    months = [MONTHS.index(month) + 1] if month else list(range(1, 13))
    years = [2000 + int(year)] if year else [near.year - 1, near.year, near.year + 1]
    found = [date(a, b, day) for a in years for b in months if 1 <= day <= monthrange(a, b)[1]]
    if not found:
        raise Unreadable(f"{text!r} is not a date; write it like 12MAY26")
    return min(found, key=lambda each: abs((each - near).days))


def period_of(found: re.Match[str], near_utc: int) -> Period:
    """A period of operation, ``04SEP26 11SEP26 1234`` or with ``/W2`` behind it.

    Raises:
        Unreadable: A date does not exist, it ends before it begins, or a weekday stands twice.
    """
    first = day_of(found["first"], near_utc)
    last = None if found["last"] == OPEN_END else day_of(found["last"], near_utc)
    if last is not None and last < first:
        raise Unreadable(f"{found[0]!r} ends before it begins")
    if len(set(found["days"])) < len(found["days"]):
        raise Unreadable(f"{found['days']!r} are not days of operation; write each once, like 1357")
    weekdays = frozenset(map(int, found["days"]))
    return Period(first=first, last=last, weekdays=weekdays, fortnightly=found["rate"] == "2")


def leg_of(found: re.Match[str]) -> LegTimes:
    """A leg, ``ORY1810 CMN2115``.

    In ASM with days of the month (``ORY051810``), in SSM with days after the flight's (``/1``, ``/M1``), or with neither.
    """
    return LegTimes(origin=_point(found, "origin"), destination=_point(found, "destination"))


def _point(found: re.Match[str], name: str) -> Point:
    clock = clock_minutes(int(found[f"{name}_at"][:2]), int(found[f"{name}_at"][2:]))
    if clock is None:
        raise Unreadable(f"{found[f'{name}_at']} is not a time; write hours and minutes, like 0830")
    days = found[f"{name}_var"]
    return Point(
        airport=found[name],
        clock=clock,
        day=int(found[f"{name}_day"]) if found[f"{name}_day"] else None,
        days=None if days is None else int(days.replace("M", "-")),
    )


def seats_of(more: str) -> int | None:
    """Seats of an aircraft's configuration, ``FCYML.F012Y114`` or ``J24Y275``; ``None`` where there is none."""
    for word in more.split():
        if found := _CONFIGURATION.fullmatch(word):
            return sum(map(int, _CABIN.findall(found["seats"])))
    return None


def registration_of(more: str) -> str:
    """The registration behind the configuration of an aircraft, ``.J12Y147 CNRNZ 4/AT``; empty where there is none."""
    words = [word for word in more.split() if "/" not in word]
    found = words[-1] if len(words) > 1 else ""
    return found if _REGISTRATION.fullmatch(found) and not _CONFIGURATION.fullmatch(found) else ""


def elements_of(text: str) -> dict[int, str]:
    """Data elements by their identifiers, ``99/1 98/4``."""
    return {int(number): value for number, value in _ELEMENT.findall(text)}
