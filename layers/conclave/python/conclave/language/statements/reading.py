"""What a text states: things of several kinds, each with its status, its figures, its times and whom it is about.

It knows no domain: ``Wording`` brings the words. A text is cut into clauses; a figure belongs to what its clause is about, or to
the nearest thing of its sentence. What belongs to nothing is handed back as ``loose``, so that nobody takes it for understood.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from msgspec import structs

from conclave.language.clock_times import unread_times
from conclave.language.durations import minutes
from conclave.language.reporters import without_reporters
from conclave.language.statements.clauses import Clause, Cut, inside
from conclave.language.statements.clock_roles import Placed, placed_clocks
from conclave.language.statements.finding import coded, kinds_in, mistyped, reasons_in, topics_that_count, unknown_codes
from conclave.language.statements.statement import Reading, Statement
from conclave.language.statements.statuses import (
    HYPOTHETICAL,
    REPORTED,
    RETRACTIONS,
    UPDATED,
    WITHDRAWN,
    Mark,
    status_marks,
)
from conclave.language.statements.wording import Wording
from conclave.language.text import Found, any_of

_DENIED = re.compile(r"\b(?:no|not|non|without|cannot be|can't be|kein\w*|pas de|nicht)\s+(?:\w+\s+)?$", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{4,}")
_MANY = 2
"""Unknown words of a clause that are too many to say that it was understood."""
_USED_UP = re.compile(
    r"[\s:]*(?:[\d-]+\s+)?(?:is\s+|was\s+|has\s+)?(?:exceeded|expired|overrun|not\s+(?:allowed|possible|available|applicable)|no-go)\b",
    re.IGNORECASE,
)
"""What stands behind a mark that does not hold: the deferral that is exceeded."""
_STRENGTH = (REPORTED, UPDATED, HYPOTHETICAL, WITHDRAWN)


def read_statements(text: str, wording: Wording, today: date | None) -> Reading:
    """Everything that a text states.

    Args:
        text: As ``Wording.plain`` left it.
        wording: The words of the domain.
        today: Day of receipt.
    """
    cut = Cut(text)
    said = without_reporters(text, **wording.reporters) if wording.reporters else text
    matters = kinds_in(said, wording.words, wording.urgent)
    codes = list(coded(text, wording))
    marks = status_marks(text, wording)
    over = any(each.alone for each in marks)
    topics = [each for each in kinds_in(said, wording.topics) if not inside(each, matters)]
    if not (matters or codes or topics or over):
        every = {kind: [*words, *wording.topics.get(kind, ())] for kind, words in wording.words.items()}
        matters = mistyped(said, every, wording.common)
    strong = [each for each in matters if each.value]
    reasons = reasons_in(strong, said, cut)
    strong = [each for each in strong if each not in reasons]
    clocks = placed_clocks(text, wording, today, strong, topics)
    lengths = [each for each in minutes(text, wording.jargon) if not inside(each, codes)]
    figures = [*lengths, *(each for each in clocks if each.role)]
    counted = topics_that_count(topics, [*strong, *codes], figures, cut, over=over)
    things = [_statement(each, cut) for each in strong] + codes
    things += [structs.replace(_statement(each, cut), topic=True) for each in counted]
    things = _with_status(things, marks, cut, wording)
    things, doubled = _with_figures(things, lengths, clocks, cut, wording)
    merged = _merged(sorted((_with_subject(each, cut, wording) for each in things), key=lambda each: each.start))
    loose = [cut.words(each) for each in topics if each not in counted and not _explained(each, merged, cut)]
    loose += [cut.words(each) for each in reasons]
    loose += [each.told for each in clocks if each.role in wording.other_roles]
    unplaced = [each.told for each in clocks if not each.role]
    if merged and all(each.status == WITHDRAWN for each in merged):
        loose, unplaced, doubled = [*loose, *unplaced, *doubled], [], []
    loose += _unknown_clauses(merged, cut, wording)
    return Reading(
        tuple(merged),
        tuple(dict.fromkeys(loose)),
        tuple(dict.fromkeys([*unread_times(text), *unknown_codes(text, wording), *unplaced, *doubled])),
        tuple((each.start, each.end) for each in clocks if each.clock.day and each.role),
    )


def _statement(found: Found, cut: Cut) -> Statement:
    return Statement(str(found.value), REPORTED, found.start, found.end, cut.words(found))


def _explained(topic: Found, things: Sequence[Statement], cut: Cut) -> bool:
    """True if a topic is what a statement speaks of: of its kind, or in its clause."""
    clause = cut.clause(topic.start)
    return any(each.kind == topic.value or clause.start <= each.start < clause.end for each in things)


def _unknown_clauses(things: Sequence[Statement], cut: Cut, wording: Wording) -> list[str]:
    """The clauses whose words are unknown, where nothing else says what is the matter: what they say was not read."""
    if things and not any(each.topic for each in things):
        return []
    merely = [cut.clause(each.start) for each in things if each.topic and each.kind != wording.default]
    found = []
    for clause in cut.clauses:
        words = [word.lower() for word in _WORD.findall(cut.text[clause.start : clause.end])]
        unknown = [word for word in words if word not in wording.vocabulary]
        if len(unknown) >= (_MANY if clause in merely else 1):
            found.append(cut.text[clause.start : clause.end].strip())
    return found


def _with_status(things: Sequence[Statement], marks: Sequence[Mark], cut: Cut, wording: Wording) -> list[Statement]:
    """The things with what is said of them: not any more, only if, changed; and a withdrawal of what the text does not name."""
    found = list(things)
    for mark in marks:
        reached = [index for index, each in enumerate(found) if _reached(mark, each, cut)]
        for index in reached:
            found[index] = structs.replace(found[index], status=_stronger(found[index].status, mark.status))
        if not reached and mark.status == WITHDRAWN and mark.alone:
            kind = mark.kind or wording.default
            found.append(Statement(kind, WITHDRAWN, mark.start, mark.end, cut.words(mark), general=True))
    return found


def _reached(mark: Mark, thing: Statement, cut: Cut) -> bool:
    clause, its = cut.clause(mark.start), cut.clause(thing.start)
    if mark.sentence and thing.start >= mark.start and its.sentence == clause.sentence:
        return True
    if mark.strong and thing.topic:
        return False
    if (
        mark.side == "before"
        and its.end < clause.start
        and its.sentence == clause.sentence
        and its == cut.before(clause)
    ):
        return _alone(mark, clause, cut)
    return mark.reaches(thing.start, thing.end, clause.start, clause.end, cut.text)


def _alone(mark: Mark, clause: Clause, cut: Cut) -> bool:
    """True if a clause says nothing else than that what the one before told is over: "weather marginal but ok"."""
    return not (cut.text[clause.start : mark.start] + cut.text[mark.end : clause.end]).strip()


def _stronger(before: str, told: str) -> str:
    return max(before, told, key=_STRENGTH.index)


def _with_figures(
    things: Sequence[Statement], lengths: Sequence[Found], clocks: Sequence[Placed], cut: Cut, wording: Wording
) -> tuple[list[Statement], list[str]]:
    """The things with the figures that belong to them; figures of nothing are a thing of no told kind.

    Returns:
        The things, and the figures that say the same of one of them a second time.
    """
    found, doubled = list(things), list[str]()
    for each in lengths:
        doubled += _give(found, each, {wording.named("minutes"): int(each.value)}, cut, wording)
    for clock in clocks:
        if clock.role and clock.role not in wording.other_roles:
            doubled += _give(found, clock, clock.values(wording), cut, wording)
    places = [place.span() for form in wording.place_forms for place in re.finditer(form, cut.text)]
    for mark, words in wording.marks.items():
        for match in re.finditer(any_of(words), cut.text, re.IGNORECASE):
            if any(start <= match.start() and match.end() <= end for start, end in places):
                continue
            if not _DENIED.search(cut.text[: match.start()]) and not _USED_UP.match(cut.text[match.end() :]):
                marked = Found(mark, match.start(), match.end())
                _give(found, marked, {wording.named("mark"): mark}, cut, wording, wording.mark_kinds.get(mark, ""))
    return found, doubled


def _give(
    things: list[Statement], figure: Any, values: Mapping[str, Any], cut: Cut, wording: Wording, kind: str = ""
) -> list[str]:
    """Gives values to the thing that they belong to, of a kind when that is told; answers their words when it has others."""
    live = [index for index, each in enumerate(things) if each.status != WITHDRAWN and kind in ("", each.kind)]
    words = cut.words(figure)
    if not live and things and not kind:
        return [words]
    if not live:
        things.append(
            Statement(kind or wording.default, REPORTED, figure.start, figure.end, words, dict(values), topic=True)
        )
        return []
    index = min(live, key=lambda one: _distance(things[one], figure.start, values, cut))
    thing = things[index]
    if _contradicts(thing, values):
        return [f"{thing.told} {words}"]
    things[index] = structs.replace(thing, values={**values, **thing.values})
    return []


def _contradicts(thing: Statement, values: Mapping[str, Any]) -> bool:
    return any(thing.values.get(name, value) != value for name, value in values.items())


def _distance(thing: Statement, place: int, values: Mapping[str, Any], cut: Cut) -> tuple[bool, bool, bool, bool, int]:
    """Sorts things by how likely a figure belongs to them: same clause, same sentence, not told yet, before it, near."""
    mine, its = cut.clause(place), cut.clause(thing.start)
    elsewhere = mine.start != its.start
    return (
        elsewhere,
        mine.sentence != its.sentence,
        _contradicts(thing, values),
        thing.start > place,
        abs(thing.start - place),
    )


def _with_subject(thing: Statement, cut: Cut, wording: Wording) -> Statement:
    """The thing with whom or what it is about, where its own clause says it."""
    clause = cut.clause(thing.start)
    words = cut.text[clause.start : max(clause.end, thing.end)]
    subject = wording.subject(words, thing.kind, thing.start - clause.start)
    return structs.replace(thing, values={**thing.values, wording.named("subject"): subject}) if subject else thing


def _merged(things: Sequence[Statement]) -> list[Statement]:
    """One statement of those of a kind that do not contradict each other; what is withdrawn in general is what stood before."""
    merged: list[Statement] = []
    for thing in things:
        index = next((at for at, each in enumerate(merged) if _same(each, thing)), None)
        if index is None:
            merged.append(thing)
            continue
        before = merged[index]
        status = _stronger(before.status, thing.status)
        merged[index] = structs.replace(before, status=status, values={**thing.values, **before.values})
    named = [each for each in merged if each.told.lower() not in RETRACTIONS]
    return (
        named if any(each.status == WITHDRAWN for each in named) else merged
    )  # "false alarm, no leak" withdraws the leak


def _same(first: Statement, second: Statement) -> bool:
    if first.kind != second.kind:
        return False
    if first.status == WITHDRAWN and second.status != WITHDRAWN and not second.values:
        return first.told.lower() == second.told.lower() and not second.topic  # "fine now, cancel the delay"
    if (first.status == WITHDRAWN) != (second.status == WITHDRAWN):
        return second.status == WITHDRAWN and (second.general or first.told.lower() == second.told.lower())
    if (first.status == HYPOTHETICAL) != (second.status == HYPOTHETICAL):
        return False
    return not _contradicts(first, second.values)
