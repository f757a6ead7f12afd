"""Schedules in the form of IATA SSIM chapter 7: records of 200 bytes, types 1 to 5, as legs with their periods of operation.

The columns of each type are one table. Byte positions are counted from 1, as in the manual.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from msgspec import Struct, structs

from packs.airline.feeds.calendar import MONTHS, clock_minutes
from packs.airline.feeds.records import Fault, Read, Unreadable, numbered

RECORD_BYTES = 200
_CODESHARE = frozenset("LZ")
"""Operating airline disclosure (byte 149) of a leg that another airline flies."""


class Leg(Struct, frozen=True, kw_only=True):
    """A leg with its period of operation, in the time mode of the file.

    Attributes:
        carrier: Designator.
        digits: Flight number without zeros before it.
        suffix: Operational suffix; empty without one.
        itinerary: Itinerary variation, two legs of the same number in the same period have different ones.
        sequence: Position of the leg in its itinerary, from 1.
        service: Service type, ``J`` for a scheduled passenger flight.
        first: First day of operation of the itinerary.
        last: Last day; ``None`` for an open end.
        weekdays: Days of operation, 1 is Monday.
        fortnightly: Only every second week, from the first day on.
        origin: Airport of departure.
        destination: Airport of arrival.
        departure: Off blocks, minutes after midnight in the time mode of the file.
        arrival: On blocks.
        departure_offset: Minutes by which local time is ahead of UTC there; ``None`` where the file says nothing.
        arrival_offset: The same at the destination.
        departure_days: Days of this departure after the day of the itinerary.
        arrival_days: Days of the arrival after it; ``None`` where the file says nothing.
        departure_terminal: Terminal.
        arrival_terminal: Terminal.
        aircraft_type: IATA code of the type.
        configuration: Configuration and version of the aircraft.
        onward: Number of the flight that its aircraft does next; empty without one.
        local: The file has local times; otherwise UTC.
        until: Last day that the file is valid for; ``None`` for an open end.
        codeshare: Another airline flies it.
        operated_as: The flight that it is sold for (DEI 50).
        sold_as: Flights of other airlines that are sold on it (DEI 10).
        line: Where it stands in its file.
    """

    carrier: str
    digits: str
    suffix: str = ""
    itinerary: str = ""
    sequence: int
    service: str = ""
    first: date
    last: date | None
    weekdays: frozenset[int]
    fortnightly: bool = False
    origin: str
    destination: str
    departure: int
    arrival: int
    departure_offset: int | None
    arrival_offset: int | None
    departure_days: int = 0
    arrival_days: int | None = None
    departure_terminal: str = ""
    arrival_terminal: str = ""
    aircraft_type: str = ""
    configuration: str = ""
    onward: str = ""
    local: bool = True
    until: date | None = None
    codeshare: bool = False
    operated_as: str = ""
    sold_as: tuple[str, ...] = ()
    line: int = 0

    @property
    def number(self) -> str:
        """The flight number with its suffix, ``XY117D``."""
        return f"{self.carrier}{self.digits}{self.suffix}"


def _word(text: str) -> str:
    return text.strip()


def _digits(text: str) -> str:
    if not text.strip().isdecimal() or not text.isascii() or not int(text):
        raise Unreadable(f"{text.strip()!r} is not a flight number; write its digits")
    return str(int(text))


def _whole(text: str) -> int:
    if not (text.isascii() and text.strip().isdecimal()):
        raise Unreadable(f"{text!r} is not a number")
    return int(text)


def _airport(text: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", text):
        raise Unreadable(f"{text.strip()!r} is not an airport; write its IATA code")
    return text


def _carrier(text: str) -> str:
    if not re.fullmatch(r"(?:[A-Z][A-Z0-9]|[0-9][A-Z])[A-Z ]?", text):
        raise Unreadable(f"{text.strip()!r} is not an airline; write its designator")
    return text.strip()


def _date(text: str) -> date | None:
    """A date like ``09JUN05``; ``None`` for an open end, ``00XXX00``."""
    if text in ("00XXX00", " " * 7):
        return None
    try:
        return date(2000 + int(text[5:7]), MONTHS.index(text[2:5]) + 1, int(text[:2]))
    except ValueError as error:
        raise Unreadable(f"{text!r} is not a date; write it like 09JUN05") from error


def _clock(text: str) -> int:
    found = clock_minutes(int(text[:2]), int(text[2:])) if re.fullmatch(r"\d{4}", text, re.ASCII) else None
    if found is None:
        raise Unreadable(f"{text.strip()!r} is not a time; write hours and minutes, like 0830")
    return found


def _offset(text: str) -> int | None:
    if not text.strip():
        return None
    found = re.fullmatch(r"([+-])(\d\d)([0-5]\d)", text, re.ASCII)
    if found is None or int(found[2]) > 15:
        raise Unreadable(f"{text.strip()!r} is not a variation from UTC; write it like +0400")
    return (int(found[2]) * 60 + int(found[3])) * (-1 if found[1] == "-" else 1)


def _weekdays(text: str) -> frozenset[int]:
    if not re.fullmatch(r"[1-7 ]{7}", text) or any(each not in (" ", str(at)) for at, each in enumerate(text, start=1)):
        raise Unreadable(f"{text!r} are not days of operation; write each day in its place, like 1 3 5 7")
    if not text.strip():
        raise Unreadable("has no day of operation; write at least one")
    return frozenset(int(each) for each in text if each != " ")


def _days(text: str) -> int | None:
    """A date variation: 0 to 7 days later, ``A`` or ``J`` the day before; ``None`` for a blank one."""
    if text == " ":
        return None
    if text not in "01234567AJ":
        raise Unreadable(f"{text!r} is not a date variation; write 0 to 7, or A for the day before")
    return -1 if text in "AJ" else int(text)


Column = tuple[str, int, int, Callable[[str], Any]]
_LEG: tuple[Column, ...] = (
    ("suffix", 2, 2, _word),
    ("carrier", 3, 5, _carrier),
    ("digits", 6, 9, _digits),
    ("itinerary", 10, 11, _word),
    ("sequence", 12, 13, _whole),
    ("service", 14, 14, _word),
    ("first", 15, 21, _date),
    ("last", 22, 28, _date),
    ("weekdays", 29, 35, _weekdays),
    ("rate", 36, 36, _word),
    ("origin", 37, 39, _airport),
    ("departure", 44, 47, _clock),
    ("departure_offset", 48, 52, _offset),
    ("departure_terminal", 53, 54, _word),
    ("destination", 55, 57, _airport),
    ("arrival", 58, 61, _clock),
    ("arrival_offset", 66, 70, _offset),
    ("arrival_terminal", 71, 72, _word),
    ("aircraft_type", 73, 75, _word),
    ("itinerary_more", 128, 128, _word),
    ("onward_carrier", 138, 140, _word),
    ("onward_digits", 141, 144, _word),
    ("disclosure", 149, 149, _word),
    ("configuration", 173, 192, _word),
    ("departure_days", 193, 193, _days),
    ("arrival_days", 194, 194, _days),
)
_CARRIER: tuple[Column, ...] = (("mode", 2, 2, _word), ("carrier", 3, 5, _carrier), ("until", 22, 28, _date))
_SEGMENT: tuple[Column, ...] = (
    ("suffix", 2, 2, _word),
    ("carrier", 3, 5, _carrier),
    ("digits", 6, 9, _digits),
    ("itinerary", 10, 11, _word),
    ("itinerary_more", 28, 28, _word),
    ("element", 31, 33, _whole),
    ("board", 34, 36, _word),
    ("off", 37, 39, _word),
    ("data", 40, 194, _word),
)
_SOLD_AS, _OPERATED_AS = 10, 50
"""Data elements: other airlines' flights on this one, and the flight that this one is sold for."""


def _columns(line: str, table: tuple[Column, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, first, last, reads in table:
        try:
            found[name] = reads(line[first - 1 : last])
        except Unreadable as error:
            raise Unreadable(f"bytes {first} to {last}: {error}") from error
    return found


class _File:
    """What is read so far: the carrier record that legs stand under, and the legs."""

    def __init__(self) -> None:
        self.carrier: Mapping[str, Any] = {}
        self.legs: list[Leg] = []
        self.ended = False

    def take(self, line: str, number: int) -> None:
        kind = line[0]
        if kind == "2":
            self.carrier = _columns(line, _CARRIER)
            if self.carrier["mode"] not in ("L", "U"):
                raise Unreadable(
                    f"byte 2: {self.carrier['mode']!r} is not a time mode; write L for local times, U for UTC"
                )
        elif kind == "3":
            self.legs.append(self._leg(line, number))
        elif kind == "4":
            self._add_segment(_columns(line, _SEGMENT))
        elif kind == "5":
            self.ended = True
        elif kind != "1" and line.strip("0 "):
            raise Unreadable(f"{kind!r} is not a record type; a line begins with 1 to 5")

    def _leg(self, line: str, number: int) -> Leg:
        if not self.carrier:
            raise Unreadable("stands before a carrier record (type 2), which says whether times are local or UTC")
        cells = _columns(line, _LEG)
        if cells["first"] is None:
            raise Unreadable("bytes 15 to 21: the period of operation has no begin")
        if cells["last"] is not None and cells["last"] < cells["first"]:
            raise Unreadable("bytes 15 to 28: the period of operation ends before it begins")
        rate, disclosure = cells.pop("rate"), cells.pop("disclosure")
        if rate not in ("", "1", "2"):
            raise Unreadable(
                f"byte 36: {rate!r} is not a frequency rate; leave it blank, or write 2 for every second week"
            )
        cells["itinerary"] += cells.pop("itinerary_more")
        cells["onward"] = _onward(cells.pop("onward_carrier"), cells.pop("onward_digits"))
        cells["departure_days"] = cells["departure_days"] or 0
        return Leg(
            **cells,
            fortnightly=rate == "2",
            codeshare=disclosure in _CODESHARE if disclosure else False,
            local=self.carrier["mode"] == "L",
            until=self.carrier["until"],
            line=number,
        )

    def _add_segment(self, cells: Mapping[str, Any]) -> None:
        """Enters a data element of a segment at the leg of the same flight and itinerary that it speaks of."""
        names = ("suffix", "carrier", "digits")
        for at in range(len(self.legs) - 1, -1, -1):
            leg = self.legs[at]
            if any(getattr(leg, name) != cells[name] for name in names):
                break
            if leg.itinerary != cells["itinerary"] + cells["itinerary_more"] or leg.origin != cells["board"]:
                continue
            flights = tuple(re.sub(r"\s", "", each) for each in cells["data"].split("/") if each.strip())
            if cells["element"] == _SOLD_AS:
                self.legs[at] = structs.replace(leg, sold_as=flights)
            elif cells["element"] == _OPERATED_AS and flights:
                self.legs[at] = structs.replace(leg, operated_as=flights[0], codeshare=True)


def _onward(carrier: str, digits: str) -> str:
    return f"{carrier}{int(digits)}" if digits.isdecimal() and digits.isascii() else ""


def read_legs(text: str, file: str) -> Read[Leg]:
    """Reads all legs of a file.

    Args:
        text: Its text. Lines may lack the blanks at their end.
        file: Its name, for the faults.

    Returns:
        The legs, a fault for each line that could not be read, and a warning for a file that seems to be cut.
    """
    found, faults = _File(), list[Fault]()
    last = 0
    for number, line in numbered(text):
        if not line:
            continue
        last = number
        try:
            if len(line) > RECORD_BYTES:
                raise Unreadable(f"has {len(line)} bytes; a record has {RECORD_BYTES}")
            found.take(line.ljust(RECORD_BYTES), number)
        except Unreadable as error:
            faults.append(Fault(file=file, line=number, reason=str(error)))
    cut = Fault(file=file, line=last, reason="has no trailer (record type 5): it may be cut; ask for it again")
    return Read(records=tuple(found.legs), faults=tuple(faults), warnings=() if found.ended else (cut,))
