"""Reads a report without a model where it can be read in one way only: every word of it is known, and there are few.

The rule is narrow on purpose. A report passes when it names one flight, at most one day and one length, and one problem in a word
that is a problem wherever it stands, and when what is left are words that change nothing ("is", "the", "because of"). Whatever
else stands there (a "not", an "if", a second thing, a name, a clock, another language) leaves it to a model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from conclave.language.clock_times import clock_times
from conclave.language.dates import dates
from conclave.language.durations import minutes
from conclave.language.messages import message_of
from conclave.language.statements.clauses import inside
from conclave.language.statements.finding import kinds_in
from conclave.language.statements.reading import read_statements
from conclave.language.statements.statement import Statement
from conclave.language.statements.statuses import REPORTED
from conclave.language.text import Found, Jargon, normal
from conclave.pack import PlainReading, Tables, Unresolvable
from msgspec import Struct, structs

from packs.airline.codes import spellings
from packs.airline.models import Cause, Clock, Detail, Incident, Problem
from packs.airline.reading.mentions import Mentions, mentions
from packs.airline.reading.own_words import OwnWords, own_words
from packs.airline.reading.rereading import reread
from packs.airline.reading.words.general import JARGON

LONGEST = 160
"""Characters of a report that is read plainly: a longer one says more than one thing."""

_JARGON = Jargon.of(JARGON)
_FLIGHT = re.compile(
    r"(?<![\w-])(?i:(?:flight|flt)\s+)?(?P<letters>[A-Z][A-Z0-9]|[0-9][A-Z])\s?"
    r"(?P<digits>\d{1,4}(?:[A-Z](?![A-Z]))?)(?![\w/&:.-]*\d)"
)
_ON = re.compile(r"\s+(?:on\s+|of\s+)?", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}|today|tomorrow", re.IGNORECASE)
_ROUTE = re.compile(
    r"(?:(?<!\w)from\s+)?(?<![\w-])(?P<origin>[A-Z]{3})\s*(?:-|/|\bto\b)\s*(?P<destination>[A-Z]{3})(?![\w-])"
)
_HOURS = r"\d{1,2}(?:\.5)?\s?(?:h|hrs?|hours?)(?:\s?(?:and\s)?\d{1,2}\s?(?:mins?|minutes?))?"
_LENGTH = re.compile(rf"{_HOURS}|\d{{1,4}}\s?(?:mins?|minutes?)", re.IGNORECASE)
_CUE_BEFORE = re.compile(r"\b(?:needs?|takes?|delayed(?:\s+by)?|delay(?:\s+of)?|late\s+by)\s+$", re.IGNORECASE)
_CUE_BEHIND = re.compile(r"\s+(?:late|later|delay|to\s+(?:fix|repair)|of\s+repair|for\s+repairs?)\b", re.IGNORECASE)
_HELD_FOR = re.compile(r"\bfor\s+$", re.IGNORECASE)
_CLOCK = re.compile(r"(?:\d{4}|\d{2}:\d{2})\s?(?:Z|UTC)", re.IGNORECASE)
_BEFORE_CLOCK = re.compile(r"\b(?P<cue>CTOT|EDCT|ETR|(?:closed|clsd)\s+(?:until|till))[\s:]+$", re.IGNORECASE)
_CLOCKS = {"ctot": Cause.ATC, "edct": Cause.ATC, "etr": Cause.TECHNICAL, "closed": Cause.AIRPORT, "clsd": Cause.AIRPORT}
"""What a time behind such a word is about: a slot, the end of a repair, the end of a closure."""
_WAITS = re.compile(r"\b(?:waits|waiting)\s+for\s+(?:its|the)?\s*$", re.IGNORECASE)
_PHRASES = re.compile(
    r"\b(?:cannot\s+(?:leave|depart|go)|(?:waits|waiting)\s+for|due\s+to|because\s+of|needs?|takes?|delayed(?:\s+by)?|delay\s+of"
    r"|late\s+by)\b",
    re.IGNORECASE,
)
_WORDS = frozenset("is are has have the a an its it he she which with by of for on at and held".split())  # noqa: SIM905
"""Words that may be left: they change nothing of what the others say."""
_MARKS = ",.:;-"
_BARE = (Cause.ATC, Cause.LATE_INBOUND)
"""Causes whose length is how late the flight is, also without a word that says so."""
_HELD = (Cause.WEATHER, Cause.AIRPORT, Cause.ATC)
"""Causes that last "for" a time; an aircraft on ground for three hours may be so since, or until."""
_SAID_OF = (Cause.CREW, Cause.AIRPORT)
"""Causes of which it must be said who or what it is: "sick" can be a passenger, "closed" a door."""
_TOPICS = (Cause.CREW, Cause.ATC, Cause.CARGO)
"""Causes that a mere name tells, where the flight waits for it or is late by it."""
_FIGURES = {"minutes", "about", "delay_code", "not_before", "of", "closed_until"}


class _Doubt(Exception):
    """The report is left to a model; the message is a code that says why."""


def read_plainly(text: str, received: str, tables: Tables) -> PlainReading:
    """The incident that a report tells beyond doubt, or the doubt.

    A doubt is one of ``form``, ``flight``, ``day``, ``problem``, ``length``, ``clock``, ``words`` and ``second_reading``.

    Args:
        text: The report.
        received: When it came, ISO 8601 UTC.
        tables: Where ``packs.airline.reading.READS`` may be read.

    Raises:
        ReadFailed: A table could not be read.
    """
    try:
        return PlainReading(incident=_Report.of(text, received, tables).incident())
    except _Doubt as doubt:
        return PlainReading(doubt=str(doubt))


class _Report(Struct, frozen=True):
    """A report in plain words, and what is needed to read it."""

    text: str
    said: str
    received: str
    own: OwnWords
    tables: Tables

    @classmethod
    def of(cls, text: str, received: str, tables: Tables) -> _Report:
        """The report, if it is one short text: no telegram, no mail, nothing carried along."""
        said = normal(text)
        if len(said) > LONGEST:
            raise _Doubt("form")
        message, own = message_of(text), own_words(tables)
        if message.older or own.wording.plain(message.body) != said:
            raise _Doubt("form")
        return cls(text, said, received, own, tables)

    def incident(self) -> Incident:
        """What it tells."""
        today = date.fromisoformat(self.received[:10])
        named = mentions(self.said, self.own)
        flight = self._flight(named)
        route = _ROUTE.search(self.said)
        day = self._day(today, [flight, *([route] if route else [])])
        statement, words = self._statement(today)
        length, clock = self._length(statement), self._clock(statement, today)
        read = [flight, *words, *(each for each in (route, day, length, clock) if each is not None)]
        _require_known(_without(self.said, read))
        problem = Problem(
            **{**statement.values, "cause": Cause(statement.kind), "of": Clock(statement.values.get("of", "over"))}
        )
        plain = Incident(
            flight=named.flights[0],
            date=(day.relative or str(day.value)) if day else "",
            origin=route["origin"] if route else "",
            destination=route["destination"] if route else "",
            problems=(problem,),
        )
        return self._held(plain)

    def _flight(self, named: Mentions) -> re.Match[str]:
        """The place of the one flight, if nothing else of the kind is named."""
        others = (*named.beside, *named.tails, *named.other_tails, named.position, named.landed_at, *named.figures)
        found = list(_FLIGHT.finditer(self.said))
        known = [each for each in found if each["letters"] in named.carriers]
        if any(others) or len(named.flights) != 1 or len(known) != 1:
            raise _Doubt("flight")
        if spellings(known[0]["letters"] + known[0]["digits"])[0] != named.flights[0]:
            raise _Doubt("flight")
        return known[0]

    def _day(self, today: date, named: Sequence[re.Match[str]]) -> Found | None:
        """The one day, right behind the flight or its route: elsewhere it can be the day of the fog."""
        found = list(dates(self.said, today, _JARGON, every=True))
        if len(found) > 1 or any(not _DAY.fullmatch(self.said[each.start : each.end]) for each in found):
            raise _Doubt("day")
        if found and not any(_ON.fullmatch(self.said[each.end() : found[0].start]) for each in named):
            raise _Doubt("day")
        return found[0] if found else None

    def _statement(self, today: date) -> tuple[Statement, Sequence[Found]]:
        """The one problem, and the places of the words that name it."""
        wording = self.own.wording
        reading = read_statements(self.said, wording, today)
        matters = kinds_in(self.said, wording.words, wording.urgent)
        named = kinds_in(self.said, wording.topics)
        topics = [each for each in named if not inside(each, matters)]
        if len(reading.statements) != 1 or reading.loose or reading.open or reading.days:
            raise _Doubt("problem")
        (statement,) = reading.statements
        coded = [Found(statement.kind, statement.start, statement.end)] if "delay_code" in statement.values else []
        kinds = {each.value for each in (*matters, *topics, *coded)}
        if (
            kinds != {statement.kind}
            or statement.kind == Cause.OTHER
            or statement.status != REPORTED
            or statement.general
        ):
            raise _Doubt("problem")
        if not statement.values.keys() <= _FIGURES:
            raise _Doubt("problem")
        if statement.kind in _SAID_OF and not any(each.value == statement.kind for each in named):
            raise _Doubt("problem")
        if statement.topic and statement.kind not in _TOPICS:
            raise _Doubt("problem")
        if statement.topic and not (statement.values.get("minutes") or _WAITS.search(self.said[: statement.start])):
            raise _Doubt("problem")
        return statement, [*matters, *topics, *coded]

    def _length(self, statement: Statement) -> Found | None:
        """The one length, in figures, and with a word that says that it lies ahead."""
        found = list(minutes(self.said, _JARGON))
        told = 0 if "delay_code" in statement.values else int(statement.values.get("minutes", 0))
        if [int(each.value) for each in found] != ([told] if told else []):
            raise _Doubt("length")
        if not found:
            return None
        (length,) = found
        before, behind = self.said[: length.start], self.said[length.end :]
        cue_behind = _CUE_BEHIND.match(behind)
        cue = bool(_CUE_BEFORE.search(before) or cue_behind)
        held = bool(_HELD_FOR.search(before))
        ahead = (cue and not held) or (held and statement.kind in _HELD) or (not held and statement.kind in _BARE)
        if not ahead or not _LENGTH.fullmatch(self.said[length.start : length.end]):
            raise _Doubt("length")
        return structs.replace(length, end=length.end + (cue_behind.end() if cue_behind else 0))

    def _clock(self, statement: Statement, today: date) -> Found | None:
        """The one time of the clock, in UTC, behind a word that says what it is about; with its word."""
        found = list(clock_times(self.said, today, _JARGON))
        told = [name for name in ("not_before", "closed_until") if name in statement.values]
        if len(found) != len(told) or len(found) > 1:
            raise _Doubt("clock")
        if not found:
            return None
        (clock,) = found
        cue = _BEFORE_CLOCK.search(self.said[: clock.start])
        if cue is None or not _CLOCK.fullmatch(self.said[clock.start : clock.end]):
            raise _Doubt("clock")
        if _CLOCKS[cue["cue"].lower().split()[0]] != statement.kind or statement.values.get("minutes"):
            raise _Doubt("clock")
        return Found(clock.value, cue.start(), clock.end)

    def _held(self, plain: Incident) -> Incident:
        """What the second reading makes of it, which must leave it as it is and have nothing to tell or to ask."""
        try:
            again = reread(plain, self.text, self.received, self.tables)
        except Unresolvable as question:
            raise _Doubt("second_reading") from question
        same = _essence(again) == _essence(plain)
        if not same or again.not_understood or again.unclear:
            raise _Doubt("second_reading")
        return again


def _essence(incident: Incident) -> tuple[object, ...]:
    problems = [structs.replace(each, detail=Detail.NONE) for each in incident.problems]
    return incident.flight, incident.date, incident.origin, incident.destination, incident.position, problems


def _without(said: str, read: Iterable[re.Match[str] | Found]) -> str:
    """What is left of a text when the places that were read are taken out."""
    left = list(said)
    for each in read:
        start, end = each.span() if isinstance(each, re.Match) else (each.start, each.end)
        left[start:end] = "|" * (end - start)
    return "".join(left)


def _require_known(left: str) -> None:
    """Raises ``_Doubt`` when a word is left that could change the meaning of the others."""
    for word in _words(_PHRASES.sub(" ", left)):
        if word.lower() not in _WORDS:
            raise _Doubt("words")


def _words(left: str) -> Iterator[str]:
    for word in left.replace("|", " ").split():
        bare = word.strip(_MARKS)
        if bare:
            yield bare
