"""Finds what a text speaks of: words that say what is the matter, words that only name something, reasons, and codes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from conclave.language.spelling import close
from conclave.language.statements.clauses import Cut, inside
from conclave.language.statements.statement import Statement
from conclave.language.statements.statuses import REPORTED
from conclave.language.statements.wording import Wording
from conclave.language.text import Found, any_of

_BECAUSE = re.compile(
    r"\b(?:because of|because|due to|due|caused by|owing to|as a result of|resulting from|after|following|for|wegen|aufgrund|nach"
    r"|a cause de|a cause du|suite a|debido a|por|a causa di|a causa del|devido a)\s+(?:[\w'-]+\s+){0,2}$",
    re.IGNORECASE,
)
_WORD = r"[^\W\d_]+"


def kinds_in(text: str, words: Mapping[str, Sequence[str]], urgent: Sequence[str] = ()) -> list[Found]:
    """The words of kinds in a text, in its order: of those that overlap the longest, and of equals an urgent one."""
    first = re.compile(any_of(urgent), re.IGNORECASE) if urgent else None
    found = [
        Found(kind, match.start(), match.end())
        for kind, phrases in words.items()
        if phrases
        for match in re.finditer(any_of(phrases), text, re.IGNORECASE)
    ]
    kept: list[Found] = []
    for each in sorted(
        found, key=lambda one: (one.start - one.end, not (first and first.fullmatch(text[one.start : one.end])))
    ):
        if not inside(each, kept):
            kept.append(each)
    return sorted(kept, key=lambda each: each.start)


def mistyped(text: str, words: Mapping[str, Sequence[str]], common: Collection[str]) -> list[Found]:
    """Words that are almost one that says what is the matter, each when it can mean one kind only; common words are not."""
    meant = {phrase.lower(): kind for kind, phrases in words.items() if kind for phrase in phrases}
    found: list[Found] = []
    for form in (rf"{_WORD}[ -]{_WORD}", _WORD):
        for match in re.finditer(rf"\b(?=(?P<word>{form})\b)", text):
            kinds = {meant[each] for each in close(match["word"].lower(), meant)}
            each = Found(next(iter(kinds), ""), match.start("word"), match.end("word"))
            plain = match["word"].lower() not in common
            if len(kinds) == 1 and plain and not inside(each, found):
                found.append(each)
    return found


def reasons_in(strong: Sequence[Found], said: str, cut: Cut) -> list[Found]:
    """What is only named as the reason of something else that the clause tells before: the fog of "closed due to fog"."""
    found: list[Found] = []
    for index, each in enumerate(strong):
        clause = cut.clause(each.start)
        others = [
            one for one in strong[:index] if one.value != each.value and clause.start <= one.start and one not in found
        ]
        if others and _BECAUSE.search(said[others[-1].end : each.start]):
            found.append(each)
    return found


def topics_that_count(
    topics: Sequence[Found], told: Sequence[Any], figures: Sequence[Any], cut: Cut, *, over: bool
) -> list[Found]:
    """Topics ("crew", "slot") that are what is wrong: where nothing else is told at all, or where a figure stands beside one.

    Args:
        topics: What the text names.
        told: What it says of other things.
        figures: Its durations and times.
        cut: The text.
        over: True if it says that something is over.
    """
    taken = {cut.clause(each.start).start for each in told}
    others = [*told, *topics]
    lone = [
        each for each in topics if cut.clause(each.start).start not in taken and _figured(each, figures, cut, others)
    ]
    if told or over:
        return lone
    best = sorted(topics, key=lambda each: (each.start - each.end, each.start))[:1]
    return [*best, *(each for each in lone if each.value not in {one.value for one in best})]


def _figured(found: Found, figures: Sequence[Any], cut: Cut, told: Sequence[Any]) -> bool:
    """True if a figure stands in the clause of a topic, or alone in the next one."""
    clause, following = cut.clause(found.start), cut.following(found.start)
    places = [each.start for each in figures]
    if any(clause.start <= place < clause.end for place in places):
        return True
    if following is None or any(following.start <= each.start < following.end for each in told):
        return False
    return any(following.start <= place < following.end for place in places)


def coded(text: str, wording: Wording) -> Iterator[Statement]:
    """Codes that mean a kind, each with the time that stands behind it as hours and minutes."""
    for form in wording.code_forms:
        for match in re.finditer(form, text, re.IGNORECASE):
            parts = match.groupdict()
            code, length = str(parts["code"]).upper(), parts.get("length") or ""
            values: dict[str, Any] = {wording.named("code"): wording.code_names.get(code, code)}
            if length:
                values[wording.named("minutes")] = int(length[:-2]) * 60 + int(length[-2:])
            if code in wording.codes:
                yield Statement(wording.codes[code], REPORTED, match.start(), match.end(), match[0].strip(), values)


def unknown_codes(text: str, wording: Wording) -> list[str]:
    """Codes that mean nothing here: those of an airline's own."""
    found = [match for form in wording.code_forms for match in re.finditer(form, text, re.IGNORECASE)]
    return list(dict.fromkeys(match[0].strip() for match in found if match["code"].upper() not in wording.codes))
