"""What a run tells of its report: pieces that stand in no field of the incident."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from conclave.language.dates import dates
from conclave.language.statements.reading import read_statements
from conclave.language.statements.statement import Reading
from conclave.language.text import Jargon

from packs.airline.models import Incident
from packs.airline.reading.mentions import Mentions, mentions
from packs.airline.reading.own_words import OwnWords
from packs.airline.reading.words.general import JARGON

MOST_TOLD = 8
LONGEST_TOLD = 80


def beside(incident: Incident, named: Mentions) -> Iterator[str]:
    """What a report names that stands in no field of its incident."""
    yield from (f"flight {each}" for each in named.beside)
    held = {incident.origin, incident.destination, incident.landed_at, *_subjects(incident)}
    yield from (_airport(code) for code in named.airports if code not in held)
    yield from (
        each for each in (*named.tails, *named.other_tails) if each not in held and _bare(each) != _bare(incident.tail)
    )
    yield from named.figures


def _subjects(incident: Incident) -> Iterator[str]:
    """What the problems are about, whole and word by word: "LHR 27R" names an airport and a runway."""
    for each in incident.problems:
        yield from (each.about, *each.about.split())


_NUMBER = re.compile(r"(?<![\w.:/,+-])\d{1,3}\+?(?![\w:/]|[.,-]\d)")
_NAMES = re.compile(
    r"(?:\b(?:code|dly|dl|delay|no|nr|row|rows|gate|stand|bay|terminal|door|engine|eng|rwy|runway|cat|category|pos|position|seat|seats|seq|item|version"
    r"|step|level|part|page|and|class|desk|ext|chapter|ata|mel|line|belt|zone|number|flight|ver|v|phase|pack|hyd|system|sys|bleed|tank)"
    r"[.\s#:]*)$",
    re.IGNORECASE,
)


def bare_numbers(text: str, reading: Reading, named: Mentions, places: Sequence[tuple[int, int]]) -> Iterator[str]:
    """Small numbers without a unit that no field holds, with the words around them: "pickup 30 late"."""
    known = {*named.figures, *(re.sub(r"^..0*", "", each) for each in (*named.flights, *named.beside))}
    for match in _NUMBER.finditer(text):
        inside = any(start <= match.start() < end for start, end in places)
        around = " ".join([*text[: match.start()].split()[-1:], match[0], *text[match.end() :].split()[:1]])
        held = any(match[0].lstrip("0") in each.split() for each in (*known, *reading.loose))
        if not inside and not held and not _NAMES.search(text[: match.start()]):
            yield around


def other_days(text: str, today: date, reading: Reading) -> Iterator[str]:
    """Days on which something else happens, and that no time of a problem has."""
    jargon = Jargon.of(JARGON)
    own = {each.start for each in dates(text, today, jargon)}
    for each in dates(text, today, jargon, every=True):
        timed = any(start <= each.start < end for start, end in reading.days)
        if each.start not in own and not timed:
            yield text[max(0, text.rfind(" ", 0, max(0, each.start - 1))) : each.end].strip()


def without_route(told: Iterable[str], *airports: str) -> tuple[str, ...]:
    """What is told, without the airports of the flight that was found: they say nothing of their own."""
    return tuple(each for each in told if each not in map(_airport, airports))


def _airport(code: str) -> str:
    return f"airport {code}"


def _bare(tail: str) -> str:
    return tail.replace("-", "")


def older_message(older: str, own: OwnWords, today: date) -> Iterator[str]:
    """An older message that is carried along, where it says anything of its own."""
    plain = own.wording.plain(older)
    if plain and (read_statements(plain, own.wording, today).statements or mentions(plain, own).flights):
        yield f"older message: {plain}"


def bounded(pieces: Iterable[str]) -> tuple[str, ...]:
    """Pieces of a text, each once, and cut to what there is room for."""
    kept = list(dict.fromkeys(each[:LONGEST_TOLD] for each in pieces if each.strip()))
    return tuple(kept if len(kept) <= MOST_TOLD else [*kept[: MOST_TOLD - 1], f"and {len(kept) - MOST_TOLD + 1} more"])
