"""Movement, diversion and load messages: where a flight is, why it is late, and what it carries.

Forms: IATA Airport Handling Manual, AHM 780 (MVT, MVA), AHM 781 (DIV), AHM 583 (LDM); elements as the Airport Data Dictionary of
Avinor lists them. All times are UTC. A time without its day is laid beside the flight: see ``Clock``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from packs.airline.codes import flight_number
from packs.airline.feeds.calendar import date_of, moment, nearest
from packs.airline.feeds.movements.loads import Load, loads_of
from packs.airline.feeds.movements.times import Clock, Delay, delays_of
from packs.airline.feeds.records import Fault, Message, Read, Unreadable, numbered, read_each

Schedule = Callable[[str, str], tuple[int, int] | None]
"""Answers scheduled off and on blocks, in minutes, of a flight number and an ISO date; ``None`` for an unknown flight."""


class Movement(Struct, frozen=True, kw_only=True):
    """A message about a flight; times in minutes, UTC, ``None`` where it says nothing.

    Attributes:
        kind: ``MVT``, ``DIV`` or ``LDM``.
        flight: Its number, ``BA117``.
        date: Its day in UTC, ISO.
        tail: Registration as the message writes it; empty without one.
        station: Airport that the message is about: of departure, of arrival; of a diversion the one that was planned.
        off_block_utc: AD: it has left its stand.
        airborne_utc: AD: it has taken off.
        landed_utc: AA or FR: it has touched down.
        on_block_utc: AA or FR: it stands.
        estimated_off_block_utc: ED.
        estimated_take_off_utc: EO.
        estimated_landing_utc: EA.
        estimated_on_block_utc: EB, or behind EA.
        next_information_utc: NI.
        returned_utc: RR: it is back at its stand without having flown.
        came_back: FR: it has landed where it left.
        destination: Airport of EA; of a diversion the airport that it goes to now.
        diverted: It goes to another airport than planned.
        terminates: It ends where it was diverted to.
        continues_to: Airport that it goes on to from there.
        delays: Codes with their minutes.
        reason: DR: code of a diversion's reason.
        passengers: PX: all passengers without infants.
        loads: Of a load message, by airport.
        remarks: SI lines, written by people.
        sent_utc: When it was sent, by its address line.
        corrects: It corrects a message before it.
        day_assumed: A time had no day, and neither schedule nor time of sending showed which one.
        unread: Lines of no known form.
        line: Where the message begins in its file.
    """

    kind: str
    flight: str
    date: str
    tail: str = ""
    station: str = ""
    off_block_utc: int | None = None
    airborne_utc: int | None = None
    landed_utc: int | None = None
    on_block_utc: int | None = None
    estimated_off_block_utc: int | None = None
    estimated_take_off_utc: int | None = None
    estimated_landing_utc: int | None = None
    estimated_on_block_utc: int | None = None
    next_information_utc: int | None = None
    returned_utc: int | None = None
    came_back: bool = False
    destination: str = ""
    diverted: bool = False
    terminates: bool = False
    continues_to: str = ""
    delays: tuple[Delay, ...] = ()
    reason: str = ""
    passengers: int | None = None
    loads: tuple[Load, ...] = ()
    remarks: tuple[str, ...] = ()
    sent_utc: int | None = None
    corrects: bool = False
    day_assumed: bool = False
    unread: tuple[str, ...] = ()
    line: int = 0


_KIND = re.compile(r"(?P<cor>(?:COR|REV) )?(?P<kind>MVT|MVA|DIV|LDM)(?: (?P<rest>\S.*))?")
_SENT = re.compile(r"\.[A-Z0-9]{7} (?:[A-Z]{2}/)?(\d{6})(?:\D.*)?")
_ADDRESSES = re.compile(r"Q[A-Z] [A-Z0-9]{7}")
_HANDLERS = re.compile(
    r"=.*|NNNN|ZCZC\b.*|-+|\.[A-Z0-9]{7}\b.*|Q[A-Z](?: [A-Z0-9]{7})+|(?:SS|DD|FF|GG|KK)(?: [A-Z]{8})+|\d{6} [A-Z]{8}"
)
"""Lines that message handlers leave around messages: addresses and origin in the forms of SITA and AFTN, begin and end."""
_STRAY = "stands in no message; its first line is MVT, MVA, DIV or LDM, and an empty line ends it"
_FLIGHT = re.compile(
    r"(?P<number>[A-Z0-9]{2} ?\d{1,4}[A-Z]?)/(?P<day>\d{1,2})(?:(?P<month>[A-Z]{3})(?:\d{2}\d?)?)? *"
    r"(?:\.(?P<tail>[A-Z0-9-]{2,10}) *)?"
    r"(?:\.(?P<station>[A-Z]{3}))?(?:\.(?P<more>.*))?"
)
_PLACE = re.compile(r"[A-Z]{3}")
_BY_INDICATOR = re.compile(r"[A-Z]{3} ?\d{1,4}[A-Z]?/\d.*")
"""A flight whose number begins with the three letters of an ICAO designator."""
_AT = r"(?:\d{6}|\d{4})"
_ELEMENTS: tuple[tuple[str, str], ...] = (
    ("AD", rf"AD ?(?P<off>{_AT})(?:/(?P<air>{_AT}))?(?: (?!DL|SI)[A-Z]{{3}}(?= |$))?"),
    ("AA", rf"AA ?(?P<land>{_AT})?(?:/(?P<on>{_AT}))?"),
    ("FR", rf"FR ?(?P<land>{_AT})?(?:/(?P<on>{_AT}))?"),
    ("RR", rf"RR ?(?P<at>{_AT})(?:/{_AT})?"),
    ("ED", rf"ED ?(?P<at>{_AT})"),
    ("EO", rf"EO ?(?P<at>{_AT})"),
    ("EA", rf"EA ?(?P<at>{_AT})(?:/(?P<on>{_AT}))?(?: ?(?P<place>[A-Z]{{3}}))?"),
    ("EB", rf"EB ?(?P<at>{_AT})"),
    ("NI", rf"NI ?(?P<at>{_AT})"),
    ("DL", r"E?DL ?(?P<codes>[A-Z0-9]{2,3}(?:/[A-Z0-9]{2,4})*)/*"),
    ("DLA", r"DLA ?[A-Z0-9/]*"),
    ("DR", r"DR ?(?P<code>[A-Z0-9]{2,4})"),
    ("PX", r"(?:PX|PAX) ?(?P<persons>\d{1,3}(?:[/+]\d{1,3})*)(?: ?\+ ?\d{1,2} ?INF| ?INF ?\d{1,2})?"),
    ("TERM", r"TERM"),
    ("CONT", r"CONT(?: ?(?P<place>[A-Z]{3}))?"),
    ("aside", r"EDL .*|(?:FLD|TOF|TOW|ZFW|CRT|CRC|LCR|MAP|EF|LF|WD|GI|FB|PA|RC|AC) ?\S.*"),
)  # fmt: skip
"""Elements and their forms; ``aside`` are known and not asked for: fuel, weights, crew."""
_COMPILED = tuple((name, re.compile(form + r"(?= |$)")) for name, form in _ELEMENTS)


def read_movements(text: str, file: str, near_utc: int, schedule: Schedule | None = None) -> Read[Movement]:
    """Reads all messages of a file.

    Args:
        text: Its text: messages one behind the other, with or without address lines.
        file: Its name, for the faults.
        near_utc: A moment near which they were sent, in minutes: it gives month and year.
        schedule: Answers when a flight is scheduled, so that times without a day find theirs.
    """
    outside = list[int]()
    sent = dict(_messages(text, outside))
    read = read_each(file, sent, lambda message: read_movement(message, near_utc, sent[message], schedule))
    strays = tuple(Fault(file=file, line=number, reason=_STRAY) for number in outside)
    return Read(records=read.records, faults=read.faults, warnings=(*read.warnings, *strays))


def _messages(text: str, outside: list[int]) -> Iterator[tuple[Message, str]]:
    """Messages and the day and time that their address line says they were sent (``291245``).

    Args:
        text: The text of a file.
        outside: Gets the first of the lines that stand in no message and are not those of message handlers.
    """
    before = True
    begun: list[str] = []
    first, sent, told = 0, "", ""
    for number, line in numbered(text):
        upper = line.upper().rstrip("=")
        if address := _SENT.fullmatch(upper):
            told = address[1]
        if _KIND.fullmatch(upper):
            if begun:
                yield Message(text="\n".join(begun), line=first), sent
            begun, first, sent, told = [upper], number, told, ""
        elif upper.startswith("=") and len(begun) == 1:
            continue  # what a message handler writes between the kind and the text
        elif begun and (
            upper == "NNNN"
            or upper.startswith("=")
            or address
            or _ADDRESSES.match(upper)
            or (not upper and len(begun) > 1)
        ):
            yield Message(text="\n".join(begun), line=first), sent
            begun = []
        elif begun and upper:
            begun.append(upper)
        elif upper and not _HANDLERS.fullmatch(upper):
            if before:
                outside.append(number)
            before = False
            continue
        before = True
    if begun:
        yield Message(text="\n".join(begun), line=first), sent


def read_movement(message: Message, near_utc: int, sent: str = "", schedule: Schedule | None = None) -> Movement:
    """Reads one message.

    Args:
        message: Its text, from the line with its kind on.
        near_utc: A moment near which it was sent, in minutes.
        sent: Day and time of its address line, ``291245``; empty without one.
        schedule: Answers when a flight is scheduled.

    Raises:
        Unreadable: It names no flight with its day, or a time that does not exist.
    """
    lines = [each for each in message.text.split("\n") if each]
    head = _KIND.fullmatch(lines[0])
    if head is None:
        raise Unreadable("is not a movement message; its first line is MVT, DIV or LDM")
    body = [head["rest"], *lines[1:]] if head["rest"] else lines[1:]
    flight = _FLIGHT.fullmatch(body[0]) if body else None
    if flight is None:
        if body and _BY_INDICATOR.fullmatch(body[0]):
            raise Unreadable(f"{body[0].partition('/')[0]} has an ICAO designator; write the two characters of IATA's")
        raise Unreadable("names no flight; write number, day, registration and airport, like XY117/29.GABCD.LHR")
    number, day = _number(flight["number"]), _day(flight["day"], flight["month"], near_utc)
    tail, station = flight["tail"] or "", flight["station"] or ""
    if not station and _PLACE.fullmatch(tail):
        tail, station = "", tail  # no registration has three letters
    date = date_of(day).isoformat()
    kind = "MVT" if head["kind"] == "MVA" else head["kind"]
    sent_utc = nearest(int(sent[:2]), int(sent[2:4]), int(sent[4:]), day) if sent else None
    common: dict[str, Any] = {
        "kind": kind,
        "flight": number,
        "date": date,
        "tail": tail,
        "station": station,
        "sent_utc": sent_utc,
        "corrects": bool(head["cor"]),
        "line": message.line,
    }
    if kind == "LDM":
        found, remarks, unread = loads_of(body[1:])
        return Movement(**common, loads=found, remarks=remarks, unread=unread)
    elements, codes, remarks, unread = _elements(body[1:])
    delays = tuple(each for match in codes for each in delays_of(match))
    clock = Clock(day, schedule(number, date) if schedule else None, sent_utc, delays)
    return Movement(**common, **_said(kind, elements, clock), remarks=remarks, unread=unread, day_assumed=clock.assumed)


def _number(text: str) -> str:
    try:
        return flight_number(text)
    except ValueError as error:
        raise Unreadable(str(error)) from error


def _day(text: str, month: str | None, near: int) -> int:
    """The midnight that begins a day of the month near a moment, of a month where one is named."""
    found = nearest(int(text), 12, 0, near, month or "")
    if found is None:
        raise Unreadable(f"the day {text}{month or ''} of the flight does not exist; correct it")
    return moment(date_of(found))


def _elements(
    lines: list[str],
) -> tuple[dict[str, re.Match[str]], list[re.Match[str]], tuple[str, ...], tuple[str, ...]]:
    """Elements by their letters, delay codes, remarks, and what is of no known form. Behind SI everything is a remark.

    Delay codes may stand in several lines; another element that comes again says something else, and is not read.
    """
    found: dict[str, re.Match[str]] = {}
    codes: dict[str, re.Match[str]] = {}
    remarks: list[str] = []
    unread: list[str] = []
    for line in lines:
        rest = " ".join(line.split())
        if remarks or re.match(r"SI(?: |$)", rest):
            remarks.append(rest.removeprefix("SI").strip())
            continue
        while rest:
            name, match = next(((name, match) for name, form in _COMPILED if (match := form.match(rest))), ("", None))
            if match is None:
                unread.append(rest)
                break
            if name == "DL":
                codes.setdefault(match["codes"], match)
            elif name not in ("aside", "DLA") and found.setdefault(name, match)[0] != match[0]:
                unread.append(match[0])
            rest = rest[match.end() :].strip()
    return found, list(codes.values()), tuple(each for each in remarks if each), tuple(unread)


def _said(kind: str, found: Mapping[str, re.Match[str]], clock: Clock) -> dict[str, Any]:
    """What the elements of a movement or a diversion say, by field."""
    departed, arrived, back, arrives = (found.get(name) for name in ("AD", "AA", "FR", "EA"))
    said: dict[str, Any] = {"delays": clock.delays}
    if departed:
        said["off_block_utc"] = clock.departs(departed["off"])
        said["airborne_utc"] = clock.after(departed["air"], said["off_block_utc"])
    for name, field in (("ED", "estimated_off_block_utc"), ("EO", "estimated_take_off_utc"), ("RR", "returned_utc")):
        if match := found.get(name):
            said[field] = clock.departs(match["at"])
    if landed := arrived or back:
        begins = said.get("airborne_utc")
        said["landed_utc"] = clock.arrives(landed["land"], begins, here=bool(back))
        said["on_block_utc"] = clock.after(landed["on"], said["landed_utc"]) or clock.arrives(landed["on"], begins)
        said["came_back"] = bool(back and not arrived)
    if arrives:
        begins = said.get("airborne_utc") or said.get("off_block_utc")
        said["estimated_landing_utc"] = clock.arrives(arrives["at"], begins)
        said["estimated_on_block_utc"] = clock.after(arrives["on"], said["estimated_landing_utc"])
        said["destination"] = arrives["place"] or ""
    if blocks := found.get("EB"):
        said["estimated_on_block_utc"] = clock.after(blocks["at"], said.get("estimated_landing_utc")) or clock.arrives(
            blocks["at"], said.get("landed_utc")
        )
    if told := found.get("NI"):
        said["next_information_utc"] = clock.departs(told["at"])
    if persons := found.get("PX"):
        said["passengers"] = sum(int(each) for each in re.findall(r"\d+", persons["persons"]))
    if kind == "DIV":
        onward = found.get("CONT")
        said |= {
            "diverted": True,
            "terminates": "TERM" in found,
            "continues_to": (onward["place"] or "") if onward else "",
        }
        said["reason"] = found["DR"]["code"] if "DR" in found else ""
    return said
