"""The problems that a model read, held one by one against what code reads in the report."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from conclave.language.statements.statement import Reading, Statement
from conclave.language.statements.statuses import HYPOTHETICAL, WITHDRAWN
from conclave.pack import Unresolvable
from msgspec import structs

from packs.airline.models import Cause, Clock, Deferral, Problem, Status
from packs.airline.reading.words.causes import HAZARDS

CLOCKS = ("not_before", "not_after", "closed_from", "closed_until")
CAUSES = ", ".join(each.value for each in Cause)
_DANGERS = frozenset(each.lower() for each in HAZARDS)


def compared(
    problems: Sequence[Problem], reading: Reading, past: Collection[int], own: Collection[str] = ()
) -> tuple[tuple[Problem, ...], tuple[str, ...]]:
    """The problems of a report as text and model agree on them.

    Args:
        problems: As the model read them.
        reading: What code reads.
        past: Minutes that the text says are over.
        own: The airline's own words for what is wrong, in small letters: no model knows them, so code adds what they say.

    Returns:
        The problems, with what code reads for certain (zones, days, codes), and what of them the text has no known words for.

    Raises:
        Unresolvable: ``cause_unclear``, ``status_unclear``, ``delay_unclear``, ``time_unclear``, ``item_unclear`` or
            ``code_unclear``: they differ in something that a decision rests on.
    """
    left, agreed, added = dict(enumerate(problems)), dict(enumerate(problems)), list[Problem]()
    told: list[str] = []
    for statement in sorted(reading.statements, key=lambda each: (each.topic, each.general)):
        certain = statement.told.lower() in own
        index = _partner(statement, left, alone=len(reading.statements) == len(problems) == 1, certain=certain)
        if index is None and certain:
            added.append(_agreed(Problem(cause=Cause(statement.kind), **_figures(statement)), statement, past)[0])
            continue
        if index is None:
            told += _missed(statement)
            continue
        agreed[index], unknown = _agreed(left.pop(index), statement, past)
        told += unknown
    told += [f"{each.cause.value}: no known word says so" for each in left.values() if each != Problem()]
    return (*agreed.values(), *added), tuple(told)


def _figures(statement: Statement) -> dict[str, Any]:
    """The fields of a statement as a problem has them."""
    values = {name: value for name, value in statement.values.items() if name not in ("of", "item")}
    return {**values, "status": Status(statement.status), "item": Deferral(statement.values.get("item", ""))}


def _partner(statement: Statement, left: dict[int, Problem], *, alone: bool, certain: bool) -> int | None:
    """The problem that a statement is about: one of its cause, nearest in its other fields."""
    same = [index for index, each in left.items() if each.cause.value == statement.kind]
    if not same and _of_any_cause(statement):
        same = [
            index
            for index, each in left.items()
            if (each.status is Status.WITHDRAWN) == (statement.status == WITHDRAWN)
        ]
    if not same and certain:
        same = [index for index, each in left.items() if each.cause is Cause.OTHER]
    if not same and alone and statement.kind == Cause.TECHNICAL and statement.told.lower() in _DANGERS:
        same = list(left)
    return min(same, key=lambda index: _differences(left[index], statement), default=None)


def _of_any_cause(statement: Statement) -> bool:
    """True if a statement names no cause: figures alone, or a withdrawal of whatever was told before."""
    return statement.kind == Cause.OTHER and (statement.topic or statement.general)


def _differences(problem: Problem, statement: Statement) -> int:
    wanted = {name: value for name, value in statement.values.items() if name not in ("about", "of")}
    status = (problem.status is Status.WITHDRAWN) != (statement.status == WITHDRAWN)
    return status + sum(1 for name, value in wanted.items() if getattr(problem, name) != value)


def _missed(statement: Statement) -> list[str]:
    """A statement that no problem holds: what could change the decision is asked back, what is merely named is told."""
    if statement.status == WITHDRAWN and statement.general:
        raise Unresolvable(
            "status_unclear",
            f"'{statement.told}' withdraws something, and what it withdraws was not read; say what is over",
        )
    if statement.topic and not statement.values:
        return [statement.told]
    raise Unresolvable(
        "cause_unclear",
        f"the report also tells of '{statement.told}' ({statement.kind}); name all that is wrong, each with a cause: {CAUSES}",
    )


def _agreed(problem: Problem, statement: Statement, past: Collection[int]) -> tuple[Problem, list[str]]:
    told: list[str] = []
    cause = Cause(statement.kind) if not _of_any_cause(statement) else problem.cause
    _check_status(problem, statement)
    told += _check_minutes(problem, statement, past)
    mark = Deferral(statement.values.get("item", ""))
    if mark != problem.item:
        raise Unresolvable(
            "item_unclear",
            f"say whether '{statement.told}' is deferred under the MEL and the flight is dispatched with it",
        )
    code = str(statement.values.get("delay_code", ""))
    if problem.delay_code and problem.delay_code != code:
        raise Unresolvable(
            "code_unclear", f"the delay code {problem.delay_code} does not stand in the report; name the cause"
        )
    clocks = _clocks(problem, statement)
    about = problem.about or str(statement.values.get("about", ""))
    return structs.replace(problem, cause=cause, delay_code=code, about=about, **clocks), told


def _check_status(problem: Problem, statement: Statement) -> None:
    for status in (WITHDRAWN, HYPOTHETICAL):
        if (problem.status.value == status) != (statement.status == status):
            raise Unresolvable("status_unclear", f"say whether '{statement.told}' holds, is over, or only may happen")


def _check_minutes(problem: Problem, statement: Statement, past: Collection[int]) -> list[str]:
    told = int(statement.values.get("minutes", 0))
    if problem.minutes == told:
        return []
    if problem.minutes in past:
        raise Unresolvable(
            "delay_unclear",
            f"the {problem.minutes:,} minutes of the report are over; name the minutes until the flight can go",
        )
    if told and problem.minutes in {told - each for each in past}:
        return []  # what is left of a time that has begun
    if told or statement.status == WITHDRAWN:
        raise Unresolvable(
            "delay_unclear",
            f"the report can mean {problem.minutes:,} or {told:,} minutes for '{statement.told}'; name the minutes",
        )
    return [f"{problem.minutes} minutes: no known words say so"]


def _clocks(problem: Problem, statement: Statement) -> dict[str, Any]:
    """The times of a statement, when the problem holds the same hours and minutes, in whichever field and zone."""
    wanted = {name: str(statement.values.get(name, "")) for name in CLOCKS}
    read = {name: str(getattr(problem, name)) for name in CLOCKS}
    if sorted(map(_hour, wanted.values())) != sorted(map(_hour, read.values())):
        which = " and ".join(each for each in wanted.values() if each) or "no time"
        other = " and ".join(each for each in read.values() if each) or "no time"
        raise Unresolvable(
            "time_unclear",
            f"'{statement.told}' is told with {which}, and {other} was read; name each time and what it is for",
        )
    return {**wanted, "of": Clock(statement.values.get("of") or (Clock.OVER if any(wanted.values()) else problem.of))}


def _hour(told: str) -> str:
    return told.rpartition(" ")[2][:5]
