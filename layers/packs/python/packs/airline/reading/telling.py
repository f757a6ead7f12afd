"""What a run tells of its report: pieces that stand in no field of the incident."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from conclave.language.statements.reading import read_statements

from packs.airline.models import Incident
from packs.airline.reading.mentions import Mentions, mentions
from packs.airline.reading.own_words import OwnWords

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
