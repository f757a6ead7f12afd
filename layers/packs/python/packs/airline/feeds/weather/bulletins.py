"""Files of METAR and TAF cut into reports, each with the moment near which it was issued and what a heading calls it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from packs.airline.feeds.calendar import written
from packs.airline.feeds.records import Message, numbered


class Dated(Struct, frozen=True, kw_only=True):
    """A report's text, a moment near its issue in minutes, and its kind by a heading (``TAF``; empty without one)."""

    message: Message
    near_utc: int
    kind: str


_HEADING = re.compile(r"(?P<kind>SA|SP|FT|FC)[A-Z]{2}\d{2} [A-Z]{4} \d{6}(?: (?:AA|CC|RR)[A-Z])?")
_HANDLERS = re.compile(
    r"ZCZC\b.*|NNNN|(?:SS|DD|FF|GG|KK)(?: [A-Z]{8})+|\d{6} [A-Z]{8}|Q[A-Z](?: [A-Z0-9]{7})+|\.[A-Z0-9]{7}(?: .*)?"
)
"""What message handlers leave around a bulletin: begin and end, addresses and origin in the forms of AFTN and of SITA."""
_KIND_ALONE = re.compile(r"(?P<kind>METAR|SPECI|TAF)(?: (?:AMD|COR))?")
_BEGINS = re.compile(r"(?:METAR|SPECI|TAF)\b|[A-Z][A-Z0-9]{3} \d{6}Z\b|[A-Z][A-Z0-9]{3} NIL\b")
_DATE = re.compile(r"(\d{4})[/-](\d\d)[/-](\d\d)[ T](\d\d):(\d\d)(?::\d\d)?Z?")
_OF_HEADING = {"SA": "METAR", "SP": "SPECI", "FT": "TAF", "FC": "TAF"}


def reports_of(text: str, near_utc: int) -> Iterator[Dated]:
    """The reports of a file: an equals sign, an empty line, a heading or the beginning of the next ends one."""
    begun: list[str] = []
    first, kind, near = 0, "", near_utc
    for number, raw in numbered(text):
        line = raw.upper()
        if not line or _is_heading(line):
            yield from _ended(begun, first, near, kind)
            near, kind = _heading(line, near, kind)
            continue
        for part in re.findall(r"[^=]+=?|=", line):
            if _BEGINS.match(part.strip()) or not begun:
                yield from _ended(begun, first, near, kind)
                first = number
            if stripped := part.strip("= "):
                begun.append(stripped)
            if part.endswith("="):
                yield from _ended(begun, first, near, kind)
    yield from _ended(begun, first, near, kind)


def _ended(begun: list[str], first: int, near: int, kind: str) -> Iterator[Dated]:
    if begun:
        yield Dated(message=Message(text=" ".join(begun), line=first), near_utc=near, kind=kind)
        begun.clear()


def _is_heading(line: str) -> bool:
    return any(form.fullmatch(line) for form in (_HEADING, _KIND_ALONE, _DATE, _HANDLERS))


def _heading(line: str, near: int, kind: str) -> tuple[int, str]:
    """The moment and the kind for what follows a heading; an empty line ends what the heading before it says of the kind."""
    if found := _DATE.fullmatch(line):
        year, month, day, hour, minute = map(int, found.groups())
        at = written(year, month, day, hour, minute)
        return (near if at is None else at), kind
    if found := _HEADING.fullmatch(line):
        return near, _OF_HEADING[found["kind"]]
    if _HANDLERS.fullmatch(line):
        return near, ""
    return near, line.split()[0] if line else kind
