"""ASM and SSM: which flights on which days a message changes, and how.

A message has a time mode and sub-messages, each with an action and the flights that it is about. A sub-message that cannot be
read whole changes nothing, and the others go on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from packs.airline.feeds.changes import lines as form
from packs.airline.feeds.changes.lines import LegTimes, Period
from packs.airline.feeds.records import Fault, Message, Read, Unreadable, numbered

BEGINS = re.compile(r"(?:COR )?(?P<kind>ASM|SSM)")
_ENDS = re.compile(r"NNNN|\.[A-Z0-9]{7} .*|Q[A-Z] [A-Z0-9]{7}.*|=[A-Z ]+|(?:COR )?(?:MVT|MVA|DIV|LDM)")
_IGNORED = frozenset(["ACK", "NAC", "RSD"])
"""Answers to messages and requests: they change no flight."""
_NOT_READ = {
    "SKD": "takes the place of a whole schedule; load the schedule as SSIM chapter 7",
    "RRT": "changes the airports of a flight; load it as CSV with the aircraft and crew that fly it",
}
_WITHDRAWS = "XASM"
DEPARTURE_TERMINAL, ARRIVAL_TERMINAL = 99, 98


class Change(Struct, frozen=True, kw_only=True):
    """What a sub-message says of one flight.

    Attributes:
        kind: ``ASM`` or ``SSM``.
        action: ``NEW``, ``CNL``, ``TIM`` ...
        secondary: Actions that it has besides, ``RPL EQT/TIM``.
        reasons: Codes of its reasons, ``WEAT``.
        local: Days and times are those of each airport; otherwise UTC.
        withdraws: XASM: what ad hoc messages said before does not hold any more.
        flight: Flight number.
        renamed: FLT: the number that it has from now on.
        day: ASM: the day of the flight, which is that of its first leg.
        periods: SSM: when it operates; of REV the new ones.
        existing: REV: the period before.
        ends: Airports of the legs that it is about, in order; empty: all.
        aircraft_type: IATA code of the type; empty where it says nothing.
        registration: ASM: registration of the aircraft, with or without a hyphen; empty where it says nothing.
        seats: Seats of the configuration.
        legs: Legs with their times.
        terminals: Board and off point, terminal of departure and of arrival, empty where it says nothing.
        remarks: SI lines, written by people.
        line: Line of the flight in its file.
    """

    kind: str
    action: str
    secondary: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    local: bool = False
    withdraws: bool = False
    flight: str
    renamed: str = ""
    day: date | None = None
    periods: tuple[Period, ...] = ()
    existing: Period | None = None
    ends: tuple[str, ...] = ()
    aircraft_type: str = ""
    registration: str = ""
    seats: int | None = None
    legs: tuple[LegTimes, ...] = ()
    terminals: tuple[tuple[str, str, str, str], ...] = ()
    remarks: tuple[str, ...] = ()
    line: int = 0

    def on(self, day: date) -> bool:
        """True if it is about the flight of this day, in its time mode."""
        return day == self.day if self.day else any(each.has(day) for each in self.periods)


Line = tuple[int, str]


def read_changes(text: str, file: str, near_utc: int) -> Read[Change]:
    """Reads all messages of a file.

    Args:
        text: Its text: messages one behind the other, with or without address lines.
        file: Its name, for the faults.
        near_utc: A moment near which they were sent, in minutes: it gives months and years that they leave out.
    """
    found, faults = list[Change](), list[Fault]()
    for message in messages_of(text):
        heads = message.text.split("\n")
        try:
            for part in _parts(heads, message.line):
                _take(part, near_utc, file, found, faults)
        except Unreadable as error:
            faults.append(Fault(file=file, line=message.line, reason=str(error)))
    return Read(records=tuple(found), faults=tuple(faults))


def messages_of(text: str) -> Iterator[Message]:
    """The messages of a text, each from its line ASM or SSM on."""
    begun, first = list[str](), 0
    for number, line in numbered(text):
        upper = " ".join(line.upper().rstrip("=").split()) if not line.startswith("=") else line.upper()
        if upper.startswith("=") and len(begun) == 1:
            continue  # what a message handler writes between the kind and the text
        if begun and (_ENDS.fullmatch(upper) or BEGINS.fullmatch(upper)):
            yield Message(text="\n".join(begun), line=first)
            begun = []
        if BEGINS.fullmatch(upper):
            begun, first = [upper], number
        elif begun:
            begun.append(upper)
    if begun:
        yield Message(text="\n".join(begun), line=first)


class _Part(Struct):
    """A sub-message: kind and time mode of its message, its action line, and its lines with their numbers."""

    kind: str
    local: bool
    action: Line
    lines: list[Line]
    remarks: tuple[str, ...]


def _parts(heads: list[str], first: int) -> Iterator[_Part]:
    """The sub-messages of a message; raises ``Unreadable`` when it has no time mode or no action."""
    kind = heads[0].split()[-1]
    told = [(first + at, line) for at, line in enumerate(heads) if at and line]
    if not told or told[0][1] not in ("UTC", "LT"):
        raise Unreadable(f"has no time mode; write UTC or LT in the line behind {kind}")
    local = told.pop(0)[1] == "LT"
    if told and form.REFERENCE.fullmatch(told[0][1]):
        told.pop(0)
    at = next((number for number, line in enumerate(told) if re.match(r"SI(?: |$)", line[1])), len(told))
    remarks = tuple(each for each in (line.removeprefix("SI").strip() for _, line in told[at:]) if each)
    action: Line | None = None
    inside = list[Line]()
    for line in [*told[:at], (0, "//")]:
        if line[1] == "//":
            if action is not None:
                yield _Part(kind=kind, local=local, action=action, lines=inside, remarks=remarks)
            inside = []
        elif form.ACTION.fullmatch(line[1]):
            if action is not None and inside:
                yield _Part(kind=kind, local=local, action=action, lines=inside, remarks=remarks)
                inside = []
            action = line
        elif action is None:
            raise Unreadable(
                f"{line[1][:30]!r} stands where an action has to; write NEW, CNL, TIM or another one first"
            )
        else:
            inside.append(line)
    if action is None:
        raise Unreadable("has no action; write NEW, CNL, TIM or another one behind the time mode")


def _take(part: _Part, near: int, file: str, found: list[Change], faults: list[Fault]) -> None:
    """Enters what a sub-message says, or the reason why it cannot be read."""
    at, text = part.action
    action, *more = re.split(r"[ /]", text)
    try:
        if action in _IGNORED:
            return
        if action in _NOT_READ:
            raise Unreadable(f"{action} {_NOT_READ[action]}")
        if not part.lines:
            raise Unreadable(f"{action} names no flight; write it in the line behind")
        common = _Action(
            part=part,
            action=action,
            secondary=tuple(each for each in more if each in form.ACTIONS),
            reasons=tuple(each for each in more if each not in form.ACTIONS and each != _WITHDRAWS),
            withdraws=_WITHDRAWS in more,
        )
        changes = list[Change]()
        for group in _groups(part):
            at = group[0][0]
            changes += _changes(common, group, near)
        found += changes
    except _AtLine as error:
        faults.append(Fault(file=file, line=error.line, reason=str(error)))
    except Unreadable as error:
        faults.append(Fault(file=file, line=at, reason=str(error)))


class _Action(Struct):
    """A sub-message with the parts of its action line."""

    part: _Part
    action: str
    secondary: tuple[str, ...]
    reasons: tuple[str, ...]
    withdraws: bool


class _AtLine(Unreadable):
    """A line that cannot be read, with its number."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


def _flight_form(kind: str) -> re.Pattern[str]:
    return form.AD_HOC if kind == "ASM" else form.STANDARD


def _groups(part: _Part) -> Iterator[list[Line]]:
    """Flights that stand one behind the other, with the lines about all of them."""
    group, only_flights, renames = list[Line](), True, False
    for line in part.lines:
        names = bool(_flight_form(part.kind).fullmatch(line[1])) and not renames
        if names and not only_flights:
            yield group
            group, only_flights = [], True
        group.append(line)
        only_flights = only_flights and names
        renames = _is_rename_next(part, line[1])
    yield group


def _is_rename_next(part: _Part, line: str) -> bool:
    """True if the flight in the line behind this one is the new number of the flight before: behind the period of an SSM FLT."""
    return part.kind == "SSM" and part.action[1].startswith("FLT") and bool(form.PERIOD.fullmatch(line))


def _changes(common: _Action, group: list[Line], near: int) -> Iterator[Change]:
    """What a group says of each of its flights."""
    flights, said = list[Line](), _Said()
    renames = common.action == "FLT" and common.part.kind == "SSM"
    for number, line in group:
        try:
            if _flight_form(common.part.kind).fullmatch(line) and not (renames and said.periods):
                flights.append((number, line))
            else:
                said.take(line, common.part.kind, near)
        except Unreadable as error:
            raise _AtLine(number, str(error)) from error
    if not flights:
        raise _AtLine(group[0][0], f"{group[0][1][:40]!r} is not a flight; {_how(common.part.kind)}")
    for number, line in flights:
        try:
            yield _change(common, line, number, said, near)
        except Unreadable as error:
            raise _AtLine(number, str(error)) from error


def _how(kind: str) -> str:
    return "write number and day, like XY117/12MAY26" if kind == "ASM" else "write its number, like XY117"


def _change(common: _Action, line: str, number: int, said: _Said, near: int) -> Change:
    found = _flight_form(common.part.kind).fullmatch(line)
    if found is None:
        raise Unreadable(f"{line[:40]!r} is not a flight; {_how(common.part.kind)}")
    ad_hoc = common.part.kind == "ASM"
    day = form.day_of(found["day"], near) if ad_hoc else None
    renamed = (found["renamed"] or "" if ad_hoc else said.renamed) if common.action == "FLT" else ""
    if ad_hoc and renamed and form.day_of(found["renamed_day"], near) != day:
        raise Unreadable("FLT moves it to another day; load it as CSV")
    if common.action == "FLT" and not renamed:
        raise Unreadable("FLT names no new flight; write it behind the old one")
    existing = None if ad_hoc or not found["existing"] else form.PERIOD.fullmatch(found["existing"])
    if common.action == "REV" and existing is None:
        raise Unreadable("REV names no existing period; write it behind the flight number")
    if not ad_hoc and not said.periods:
        raise Unreadable("has no period of operation; write it behind the flight, like 04SEP26 11SEP26 1234")
    if common.action in ("NEW", "RPL", "TIM") and not said.legs:
        raise Unreadable(f"{common.action} has no leg with times; write it like LHR0730 CDG0945")
    ends = tuple(found["ends"].split("/")) if found["ends"] else ()
    return Change(
        kind=common.part.kind,
        action=common.action,
        secondary=common.secondary,
        reasons=common.reasons,
        local=common.part.local,
        withdraws=common.withdraws,
        flight=form.number_of(found["number"]),
        renamed=form.number_of(renamed) if renamed else "",
        day=day,
        periods=tuple(said.periods),
        existing=form.period_of(existing, near) if existing else None,
        ends=ends,
        aircraft_type=said.aircraft_type,
        registration=said.registration if ad_hoc else "",
        seats=said.seats,
        legs=tuple(said.legs),
        terminals=tuple(said.terminals),
        remarks=common.part.remarks,
        line=number,
    )


class _Said:
    """What the lines behind flights say of them."""

    def __init__(self) -> None:
        self.periods: list[Period] = []
        self.legs: list[LegTimes] = []
        self.terminals: list[tuple[str, str, str, str]] = []
        self.renamed, self.aircraft_type, self.registration = "", "", ""
        self.seats: int | None = None

    def take(self, line: str, kind: str, near: int) -> None:
        """Enters a line; raises ``Unreadable`` when it has no known form."""
        if kind == "SSM" and (found := form.PERIOD.fullmatch(line)):
            if self.legs or self.aircraft_type:
                raise Unreadable("is a period behind legs or equipment; begin a sub-message of its own with //")
            self.periods.append(form.period_of(found, near))
        elif found := form.LEG.fullmatch(line):
            self._add_leg(form.leg_of(found), form.elements_of(found["elements"]))
        elif found := form.EQUIPMENT.fullmatch(line):
            if self.aircraft_type and self.aircraft_type != found["type"]:
                raise Unreadable("names a second type of aircraft; load a change of aircraft on the way as CSV")
            self.aircraft_type, self.seats = found["type"], form.seats_of(found["more"])
            self.registration = form.registration_of(found["more"])
        elif kind == "SSM" and self.periods and (found := form.RENAMED.fullmatch(line)):
            self.renamed = found["number"]
        elif found := form.SEGMENT.fullmatch(line):
            self._add_terminals(found["board"], found["off"], form.elements_of(found["elements"]))
        elif not form.ASIDE.fullmatch(line):
            raise Unreadable(f"{line[:40]!r} is a line of no known form; nothing of its sub-message was taken")

    def _add_leg(self, leg: LegTimes, elements: dict[int, str]) -> None:
        if self.legs and self.legs[-1].destination.airport != leg.origin.airport:
            raise Unreadable(
                f"leaves {leg.origin.airport}, and the leg before comes to {self.legs[-1].destination.airport}"
            )
        self.legs.append(leg)
        self._add_terminals(leg.origin.airport, leg.destination.airport, elements)

    def _add_terminals(self, board: str, off: str, elements: dict[int, str]) -> None:
        leaves, comes = elements.get(DEPARTURE_TERMINAL, ""), elements.get(ARRIVAL_TERMINAL, "")
        if leaves or comes:
            self.terminals.append((board, off, leaves, comes))
