"""Notices in the ICAO form: when and where they hold, and which aerodromes and runways they close.

Form: ICAO Annex 15 App. 3 (NOTAM format), Doc 8126; codes of the Q line: Doc 8400 (PANS-ABC). All times are UTC, estimated ones
(EST) as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from packs.airline.feeds.calendar import written
from packs.airline.feeds.notices.schedule import LONGEST_DAYS, Window, periods_of
from packs.airline.feeds.records import Fault, Message, Read, Unreadable, numbered, read_each
from packs.airline.times import MINUTES_PER_DAY

CLOSING = frozenset(["LC", "AU", "AW", "AS"])
"""Conditions that take an aerodrome or a runway away: closed, not available, completely withdrawn, unserviceable."""
AERODROME, RUNWAY, HOURS = "FA", "MR", "AH"
"""Subjects aerodrome and runway, and the condition that hours of service are now others."""


class Notam(Struct, frozen=True, kw_only=True):
    """A notice; times in minutes, UTC.

    Attributes:
        number: ``A1234/26``.
        kind: ``N`` new, ``R`` replaces another, ``C`` cancels another.
        replaces: The notice that it replaces or cancels.
        fir: Region of the Q line.
        subject: Second and third letter of its code, ``FA``.
        condition: Fourth and fifth letter, ``LC``.
        scope: ``A`` aerodrome, ``E`` en route, ``W`` warning, and both.
        position: Latitude and longitude in degrees; ``None`` without one.
        radius_nm: Radius around it; ``None`` without one.
        places: Location indicators of item A.
        region_wide: Item A names a region and no aerodrome.
        from_utc: Item B.
        until_utc: Item C; ``None`` for a permanent notice.
        estimated: The end is an estimate: it holds until a notice replaces or cancels it.
        periods: From and until of each time that it holds, after item D. Without item D one, from B to C.
        effect: ``aerodrome_closed``, ``runway_closed``, ``hours`` (hours of service are others),
            ``limited`` (closed to some only, its text says to whom), or empty.
        closed: From and until of each time that the aerodrome or the runways are closed; of other hours the times outside them.
        runways: Designators of the runways that it closes; empty when its text names none.
        text: Item E.
        lower: Item F.
        upper: Item G.
        doubt: The reason why a schedule could not be read, or not to its end. One of item D: the notice holds from B to C; one of
            other hours: nothing is closed by it, and its text is for people.
        line: Where it begins in its file.
    """

    number: str
    kind: str
    replaces: str = ""
    fir: str = ""
    subject: str = ""
    condition: str = ""
    scope: str = ""
    position: tuple[float, float] | None = None
    radius_nm: int | None = None
    places: tuple[str, ...] = ()
    region_wide: bool = False
    from_utc: int
    until_utc: int | None
    estimated: bool = False
    periods: tuple[tuple[int, int | None], ...] = ()
    effect: str = ""
    closed: tuple[tuple[int, int | None], ...] = ()
    runways: tuple[str, ...] = ()
    text: str = ""
    lower: str = ""
    upper: str = ""
    doubt: str = ""
    line: int = 0


_NUMBER = r"(?:[A-Z]{1,2}\d{1,4}/\d{2}|\d{1,2}/\d{3,4})"
_BEGINS = re.compile(rf"\(?\s*(?P<number>{_NUMBER})\s+NOTAM(?P<kind>[NRC])(?:\s+(?P<replaces>{_NUMBER}))?(?=\s|$)")
_ITEMS = re.compile(
    r"(?:Q\)(?P<Q>.*?)\s)?A\)(?P<A>.*?)\sB\)(?P<B>.*?)(?:\sC\)(?P<C>.*?))?(?:\sD\)(?P<D>.*?))?"
    r"(?:\sE\)(?P<E>.*?))?(?:\s+F\)(?P<F>[^)]*?))?(?:\s+G\)(?P<G>[^)]*?))?\s*\)?\s*(?:SOURCE:.*|CREATED:.*)?",
    re.DOTALL,
)
_CODE = re.compile(r"Q([A-Z]{2})([A-Z]{2})")
_POSITION = re.compile(r"(\d\d)(\d\d)(?:\d\d)?([NS])(\d{3})(\d\d)(?:\d\d)?([EW])(\d{3})?")
_TIME = re.compile(r"(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)\s*(EST)?(?: ?(?:UTC|Z))?")
_CLOSED_TEXT = re.compile(
    r"^(?:[A-Z]{4} )?(?P<what>(?:AD|AP|AERODROME|AIRPORT|ARPT)(?: AP)?|(?:RWY|RUNWAY)S? ?(?P<runways>[\dLCR/ ,]+?)) "
    r"(?:IS )?(?:CLSD|CLOSED|UNAVAILABLE|NOT AVBL|NOT AVAILABLE)\b(?P<whom>.*)"
)
_USERS = (
    r"VFR|IFR|HEL|HELICOPTERS?|GLD|GLIDERS?|TRANSIENT|NON-?SKED|NON-?SCHED\w*|GA|GENERAL AVIATION|ULM"
    r"|(?:TRG|TRAINING|MIL|MILITARY|CIV|CIVIL) (?:FLTS?|FLIGHTS?|ACFT|TFC)"
    r"|ULTRALIGHTS?|MICROLIGHTS?|VTOL|[A-Z]-\d\d?|CODE [A-F]|(?:ACFT|AIRCRAFT)"
    r" (?:WITH|OVER|ABV|ABOVE|MORE|EXCEEDING|HEAVIER|LARGER|GREATER|OF|CODE|CAT|WINGSPAN|MTOW|HAVING)"
)
_FOR_SOME = re.compile(rf" (?:TO (?!ALL\b)|(?:FOR )?(?:{_USERS})\b)")
"""What follows the word that closes when only some are shut out: ``CLSD TO VFR FLIGHTS``, ``CLSD V-22 VTOL``. Anything else that
follows (a reason, a time, a word that is not known) closes to all."""
_HOURS = re.compile(r"(?:\b(?:MON|TUE|WED|THU|FRI|SAT|SUN|DLY|DAILY|H24)\b|\d{4} ?- ?\d{4}\b).*")
_RUNWAYS = re.compile(r"(?:RWY|RUNWAY)S?\s*((?:\d{1,2}[LCR]?(?!\d))(?:\s*(?:/|,|AND|-)\s*\d{1,2}[LCR]?(?!\d))*)")
_SHUT = re.compile(r"\b(?:CLSD|CLOSED|UNAVBL|UNAVAILABLE|U/S|NOT (?:AVBL|AVAILABLE|USABLE))\b")
_OPEN = re.compile(r"\b(?:AVBL|AVAILABLE|OPN|OPEN|IN USE|USABLE)\b")


_GOES_ON = (
    f"holds for long: its times are worked out for {LONGEST_DAYS} days and all closed behind them; load it again before"
)


def read_notams(text: str, file: str, near_utc: int | None = None) -> Read[Notam]:
    """Reads all notices of a file.

    Args:
        text: Its text: notices one behind the other; what stands before the first is left out.
        file: Its name, for the faults.
        near_utc: A moment near which they are read, in minutes; without it item B of each is that moment.

    Returns:
        The notices, faults, and a warning for each schedule that could not be read.
    """
    read = read_each(file, _messages(text), lambda message: read_notam(message, near_utc))
    doubts = [
        Fault(file=file, line=each.line, reason=f"{each.number}: {reason}")
        for each in read.records
        for reason in _doubts(each)
    ]
    if not read.records and not read.faults and text.strip():
        nothing = Fault(file=file, line=1, reason="holds no notice; one begins like A1234/26 NOTAMN")
        return Read(records=(), faults=(nothing,))
    return Read(records=read.records, faults=read.faults, warnings=tuple(doubts))


def _doubts(notam: Notam) -> Iterator[str]:
    if notam.doubt and notam.effect == "hours":
        yield f"its text {notam.doubt}; it closes nothing for rules"
    elif notam.doubt == _GOES_ON:
        yield f"item D {notam.doubt}"
    elif notam.doubt:
        yield f"item D {notam.doubt}; it holds from B to C all the time"
    if notam.effect == "runway_closed" and not notam.runways:
        yield "closes a runway that its text does not name like RWY 09L/27R; it closes nothing for rules"


def _messages(text: str) -> Iterator[Message]:
    begun: list[str] = []
    first = 0
    for number, line in numbered(text):
        upper = line.upper()
        if _BEGINS.match(upper) or (upper.startswith("Q)") and any(each.startswith("Q)") for each in begun)):
            if begun:
                yield Message(text="\n".join(begun), line=first)
            begun, first = [upper], number
        elif begun:
            begun.append(upper)
    if begun:
        yield Message(text="\n".join(begun), line=first)


def read_notam(message: Message, near_utc: int | None = None) -> Notam:
    """Reads one notice, see ``read_notams``.

    Raises:
        Unreadable: Its number, item A or item B is missing, or a time does not exist.
    """
    head = _BEGINS.match(message.text)
    if head is None:
        raise Unreadable("has no number; a notice begins like A1234/26 NOTAMN")
    number, kind = head["number"], head["kind"]
    rest = message.text[head.end() :].strip()
    items = _ITEMS.fullmatch(rest.replace("\nNNNN", ""))
    if items is None:
        raise Unreadable(f"{number}: items A) and B) are missing; write the notice as issued, with Q) A) B) C) E)")
    begins = _moment(number, "B", items["B"])
    until, estimated = _end(number, kind, items["C"], begins)
    places = tuple(re.findall(r"\b[A-Z][A-Z0-9]{3}\b", items["A"]))
    if not places:
        raise Unreadable(
            f"{number}: item A {items['A'].strip()[:20]!r} names no place; write its ICAO indicator, like EGLL"
        )
    line = _q_line(items["Q"] or "")
    text = (items["E"] or "").strip()
    window = Window(from_utc=begins, until_utc=begins if until is None else until, position=line.position)
    periods, doubt = _held(items["D"], window, until, begins if near_utc is None else near_utc)
    effect, runways = ("", ()) if kind == "C" else _effect(line, text)
    closed = periods if effect.endswith("closed") else ()
    if effect == "hours":
        closed, doubt = _outside(text, window)
    return Notam(
        number=number,
        kind=kind,
        replaces=head["replaces"] or "",
        places=places,
        region_wide=all(each == line.fir or each.endswith("XX") for each in places),
        from_utc=begins,
        until_utc=until,
        estimated=estimated,
        periods=periods,
        doubt=doubt,
        effect=effect,
        closed=closed,
        runways=runways,
        text=text,
        lower=(items["F"] or "").strip(),
        upper=(items["G"] or "").strip(),
        line=message.line,
        fir=line.fir,
        subject=line.subject,
        condition=line.condition,
        scope=line.scope,
        position=line.position,
        radius_nm=line.radius_nm,
    )


class _QLine(Struct, frozen=True, kw_only=True):
    fir: str = ""
    subject: str = ""
    condition: str = ""
    scope: str = ""
    position: tuple[float, float] | None = None
    radius_nm: int | None = None


def _q_line(text: str) -> _QLine:
    """The parts of ``EGTT/QMRLC/IV/NBO/A/000/999/5128N00027W005``; what is missing or of another form is left empty."""
    cells = [each.strip() for each in text.split("/")]
    cells += [""] * (8 - len(cells))
    code, place = _CODE.fullmatch(cells[1]), _POSITION.fullmatch(cells[7].replace(" ", ""))
    return _QLine(
        fir=cells[0],
        subject=code[1] if code else "",
        condition=code[2] if code else "",
        scope=cells[4],
        position=_degrees(place) if place else None,
        radius_nm=int(place[7]) if place and place[7] else None,
    )


def _degrees(place: re.Match[str]) -> tuple[float, float] | None:
    """A position of degrees and minutes (seconds are left out) in degrees, south and west negative."""
    lat, lon = int(place[1]) + int(place[2]) / 60, int(place[4]) + int(place[5]) / 60
    if lat > 90 or lon > 180:
        return None
    return (-lat if place[3] == "S" else lat), (-lon if place[6] == "W" else lon)


def _moment(number: str, item: str, text: str) -> int:
    found = _TIME.fullmatch(text.strip())
    at = written(2000 + int(found[1]), *(int(found[part]) for part in (2, 3, 4, 5))) if found else None
    if at is None:
        raise Unreadable(f"{number}: item {item} {text.strip()[:20]!r} is not a time; write it like 2611292200")
    return at


def _end(number: str, kind: str, text: str | None, begins: int) -> tuple[int | None, bool]:
    """Item C and whether it is an estimate; ``None`` for a permanent notice. A cancellation ends where it begins."""
    if kind == "C" and not (text or "").strip():
        return begins, False
    words = (text or "").split()
    if words[:1] in (["PERM"], ["UFN"]):
        return None, words[0] == "UFN"
    until = _moment(number, "C", " ".join(words))
    if until < begins:
        raise Unreadable(f"{number}: item C lies before item B; correct one of them")
    return until, "EST" in words[-1] or "EST" in words


def _held(
    schedule: str | None, window: Window, until: int | None, near: int
) -> tuple[tuple[tuple[int, int | None], ...], str]:
    """The times that a notice holds, and the reason why its schedule could not be read, or not to its end."""
    always = ((window.from_utc, until),)
    if not (schedule or "").strip():
        return always, ""
    start = max(window.from_utc, near - MINUTES_PER_DAY)
    known = start + LONGEST_DAYS * MINUTES_PER_DAY
    goes_on = until is None or known < until
    try:
        if not goes_on:
            return periods_of(schedule or "", window), ""
        told = periods_of(schedule or "", Window(from_utc=start, until_utc=known, position=window.position))
    except Unreadable as error:
        return always, str(error)
    return (*told, (known, until)), _GOES_ON


def _effect(line: _QLine, text: str) -> tuple[str, tuple[str, ...]]:
    """What a notice does, and the runways that it closes: by its code, or by the first words of its text."""
    said = _CLOSED_TEXT.match(" ".join(text.split()))
    some = bool(said and _FOR_SOME.match(said["whom"]))
    if line.subject == AERODROME and line.condition == HOURS:
        return "hours", ()
    if line.subject == AERODROME and line.condition in CLOSING:
        return ("limited" if some else "aerodrome_closed"), ()
    if line.subject == RUNWAY and line.condition in CLOSING:
        return ("limited", ()) if some else ("runway_closed", _runways(text))
    if said is None or some:
        return "", ()
    return ("runway_closed", _runways(said["what"])) if said["runways"] else ("aerodrome_closed", ())


def _runways(text: str) -> tuple[str, ...]:
    """The runways that a text closes, ``05`` for ``5``: without those that it says to be open beside them."""
    named = list(_RUNWAYS.finditer(text))
    ends = [*(each.start() for each in named[1:]), len(text)]
    behind = [(each[1], text[each.end() : end]) for each, end in zip(named, ends, strict=False)]
    if any(_SHUT.search(said) for _, said in behind):
        behind = [(names, said) for names, said in behind if _SHUT.search(said) or not _OPEN.search(said)]
    found = [each for names, _ in behind for each in re.findall(r"\d+[LCR]?", names)]
    return tuple(dict.fromkeys(each.zfill(3 if each[-1].isalpha() else 2) for each in found))


def _outside(text: str, window: Window) -> tuple[tuple[tuple[int, int | None], ...], str]:
    """The times outside the hours of service that a text gives, and the reason why they could not be read."""
    lines = [each.strip(" .:") for each in text.split("\n")]
    schedules = [found[0] for each in lines if (found := _HOURS.search(each))]
    try:
        if not schedules:
            raise Unreadable("has no hours of a known form")
        if window.until_utc - window.from_utc > LONGEST_DAYS * MINUTES_PER_DAY:
            raise Unreadable(f"has hours for more than {LONGEST_DAYS} days")
        hours = sorted(each for schedule in schedules for each in periods_of(schedule, window))
    except Unreadable as error:
        return (), str(error)
    edges = [window.from_utc, *(edge for each in hours for edge in each), window.until_utc]
    gaps = [(edges[at], edges[at + 1]) for at in range(0, len(edges), 2)]
    return tuple((start, end) for start, end in gaps if start < end), ""


def in_force(notams: Iterable[Notam]) -> list[Notam]:
    """The notices that no other of them replaces or cancels, without the cancellations; of one number the last counts."""
    latest = {each.number: each for each in notams}
    gone = {each.replaces for each in latest.values() if each.replaces}
    return [each for number, each in latest.items() if number not in gone and each.kind != "C"]
