"""What a time of the clock means where it stands: not before, not after, from when to when, or nothing for what is stated."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from msgspec import Struct, structs

from conclave.language.clock_times import ClockTime, clock_times
from conclave.language.statements.wording import Wording
from conclave.language.text import Found, any_of

_UNTIL = (
    "until", "till", "til", "up to", "thru", "through", "bis", "jusqu'a", "jusqu'au", "hasta", "hasta las", "fino alle",
    "fino a", "ate", "ate as", "\u062d\u062a\u0649",
)  # fmt: skip
_AFTER = (
    "after", "beyond", "past", "later than", "nach", "apres", "despues de", "despues de las", "dopo le", "dopo",
    "depois das", "depois de",
)  # fmt: skip
_FROM = (
    "from", "as from", "as of", "with effect from", "wef", "starting", "starts", "starting at", "ab", "von", "a partir de",
    "des", "desde", "desde las", "dalle", "a partir das", "between",
)  # fmt: skip
_NOT_BEFORE = (
    "not before", "no earlier than", "not earlier than", "earliest", "nicht vor", "fruhestens", "pas avant", "au plus tot",
    "no antes de", "no antes de las", "non prima delle", "nao antes das",
)  # fmt: skip
_NOT_AFTER = (
    "not later than", "no later than", "not after", "latest", "at the latest", "nlt", "must depart by", "must go by",
    "must be airborne by", "must leave by", "must depart before", "must be off by", "spatestens", "au plus tard",
    "a mas tardar", "al piu tardi", "has to leave by", "has to depart by", "needs to leave by", "need to be airborne by",
    "needs to depart by",
)  # fmt: skip
_BY = (
    "by",
    "before",
    "around",
    "about",
    "vor",
    "gegen",
    "um",
    "avant",
    "vers",
    "antes de",
    "sobre las",
    "prima delle",
    "entro le",
)
_IF = re.compile(any_of(("if", "in case", "unless", "wenn", "falls", "si", "se")), re.IGNORECASE)
_FILLER = re.compile(
    r"[\s:=,(~-]*(?:(?:is|are|of|at|on|now|to be|approx\w*|around|about|ca|circa|est|estimated|expected|the|um|a|las|alle|ist|"
    r"est a|time|set|for|new|currently|then|again|le|el|planned|given|only|earliest|by|late|updated)\b[\s.:=~]*){0,4}",
    re.IGNORECASE,
)
_HELD_BACK = re.compile(r"\b(?:not|cannot|can't|cant|won't|no|unable|nicht|kein\w*|pas|non|nao|sin)\b", re.IGNORECASE)
_BEFORE = re.compile(r"\b(?:before|vor|avant|antes|prima)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[.;!?](?=\s)")


class Placed(Struct, frozen=True):
    """A time and what it means.

    Attributes:
        clock: The time.
        role: The field that it belongs to, or one of the wording's other roles; empty when that is not told.
        about: What the time is about (the end of the matter, or a movement).
        told: The words, with what stands before the time.
    """

    clock: ClockTime
    role: str
    about: str
    told: str

    @property
    def start(self) -> int:
        """Where the time begins."""
        return self.clock.start

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.clock.end

    def values(self, wording: Wording) -> dict[str, Any]:
        """The fields of a statement that it gives."""
        return {self.role: self.clock.told} | ({wording.named("about"): self.about} if self.about else {})


def placed_clocks(
    text: str, wording: Wording, today: date | None, things: Sequence[Found], topics: Sequence[Found] = ()
) -> list[Placed]:
    """The times of a text with what they mean.

    Args:
        text: As ``text.normal`` left it.
        wording: Words of the domain.
        today: Day of receipt.
        things: What the text is about, by kind: a closure has a time from when, a repair has none.
        topics: What it merely names, by kind: the time of a slot is about taking off.
    """
    placed: list[Placed] = []
    for clock in clock_times(text, today, wording.jargon):
        last = placed[-1] if placed else None
        if clock.until and last and last.clock.since:
            placed[-1:] = _pair(last, clock, wording, text, things)
            continue
        role, about, words = _role(clock, text, wording, things)
        if role == "not_before" and not about:
            about = wording.usual.get(_kind_near(clock, text, [*things, *topics]), "")
        if role or clock.sure:
            told = text[max(0, clock.start - len(words)) : clock.end].strip()
            placed.append(Placed(_in_utc(clock, words, wording), role, about, told))
    return placed


def _in_utc(clock: ClockTime, words: str, wording: Wording) -> ClockTime:
    told = len(clock.value) > 5 or not wording.utc_form or not wording.utc_form.search(words)
    return clock if told else structs.replace(clock, value=f"{clock.value}Z")


def _pair(first: Placed, clock: ClockTime, wording: Wording, text: str, things: Sequence[Found]) -> list[Placed]:
    """Both times of a pair: from when to when, or the later one where something is over between them."""
    kind = _kind_near(first.clock, text, things)
    told = text[first.clock.start - max(0, len(first.told) - (first.clock.end - first.clock.start)) : clock.end].strip()
    if kind in wording.windows:
        begin, end = wording.windows[kind]
        return [structs.replace(first, role=begin, about="", told=told), Placed(clock, end, "", told)]
    return [Placed(clock, first.role, first.about, told)]


def _role(clock: ClockTime, text: str, wording: Wording, things: Sequence[Found]) -> tuple[str, str, str]:
    """Role of a time, what it is about, and the words that say so."""
    before = text[max(0, clock.start - 60) : clock.start]
    relation, words = _relation(before)
    rest = before[: len(before) - len(words)]
    cue = _cue(before, wording) or (_cue(rest, wording) if relation in ("until", "not_before", "by", "from") else None)
    kind = _kind_near(clock, text, things)
    held_back = relation == "by" and bool(_HELD_BACK.search(rest[-30:])) and not _conditional(clock, text)
    if held_back and _BEFORE.search(words):
        return "not_before", _verb(rest, wording), words
    if cue and not (cue[0] in wording.other_roles and relation):
        return cue[0], cue[1], before[len(before) - cue[2] - (0 if _cue(before, wording) else len(words)) :]
    if not relation:
        return "", "", ""
    told = words
    about = _verb(rest, wording)
    if relation == "not_after" or (relation in ("after", "by") and _conditional(clock, text)):
        return "not_after", about or "off_blocks", told
    if kind in wording.windows and not about and relation in ("until", "after", "from"):
        begin, end = wording.windows[kind]
        return (end if relation == "until" else begin), "", told
    return "not_before", about, told


def _relation(before: str) -> tuple[str, str]:
    for name, words in _RELATIONS:
        match = re.search(rf"(?:{any_of(words)})(?P<rest>.*)$", before, re.IGNORECASE | re.DOTALL)
        while match and not _FILLER.fullmatch(match["rest"]):
            match = re.compile(rf"(?:{any_of(words)})(?P<rest>.*)$", re.IGNORECASE | re.DOTALL).search(
                before, match.start() + 1
            )
        if match:
            return name, match[0]
    return "", ""


_RELATIONS = (
    ("not_before", _NOT_BEFORE),
    ("not_after", _NOT_AFTER),
    ("until", _UNTIL),
    ("after", _AFTER),
    ("from", _FROM),
    ("by", _BY),
)


def _cue(before: str, wording: Wording) -> tuple[str, str, int] | None:
    """The cue that stands right before a time: role, what it is about, and its length; of several the longest."""
    best: tuple[str, str, int] | None = None
    for role, about, form in wording.cue_forms:
        match = form.search(before)
        while match and not _FILLER.fullmatch(match["rest"]):
            match = form.search(before, match.start() + 1)
        if match and (best is None or len(match[0]) > best[2]):
            best = (role, about, len(match[0]))
    return best


def _verb(rest: str, wording: Wording) -> str:
    near = rest[-25:]
    found = [(match.end(), about) for about, form in wording.about_forms for match in form.finditer(near)]
    return max(found)[1] if found else ""


def _sentence(place: int, text: str) -> tuple[int, int]:
    start = max((each.end() for each in _SENTENCE.finditer(text, 0, place)), default=0)
    end = _SENTENCE.search(text, place)
    return start, end.start() if end else len(text)


def _conditional(clock: ClockTime, text: str) -> bool:
    start, _ = _sentence(clock.start, text)
    return bool(_IF.search(text[start : clock.start]))


def _kind_near(clock: ClockTime, text: str, things: Sequence[Found]) -> str:
    """The kind of the thing of the same sentence that is nearest to a time."""
    start, end = _sentence(clock.start, text)
    near = [each for each in things if start <= each.start < end]
    nearest = min(near, key=lambda each: abs(each.start - clock.start), default=None)
    return str(nearest.value) if nearest else ""
