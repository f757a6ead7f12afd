"""Reads the answers of models: everything in them is bounded, typed and held against what there is, or refused.

A model may be stricter than its checks and never milder, and no error carries what it wrote.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from msgspec import structs

from conclave.agents.answer_form import MAX_ADDED_CONSTRAINTS, AnswerInvalid
from conclave.agents.checks import Executed
from conclave.deliberation.constraints import unite, violations
from conclave.pack import Pack
from conclave.types import (
    JUDGED,
    AgentKind,
    Assessment,
    Choice,
    Constraint,
    Operator,
    Option,
    Stance,
    Value,
    Verdict,
)
from conclave.untrusted.limits import JUSTIFICATION_CHARACTERS, RATIONALE_CHARACTERS, REASON_CHARACTERS
from conclave.untrusted.plain_text import presentable

Answered = TypeVar("Answered")
Answer = Mapping[str, Any]
"""A model's answer as plain values."""

ID_CHARACTERS = 100
MAX_NUMBER = 1e12
"""No field of an option comes near it; beyond it JSON readers differ."""
_CODE = re.compile(r"[A-Za-z0-9:.+/#_-]{1,40}")
_TRUTHS = {"1": True, "1.0": True, "true": True, "yes": True, "0": False, "0.0": False, "false": False, "no": False}


def read_assessment(
    base: Assessment,
    answer: Answer,
    executed: Sequence[Executed],
    pack: Pack,
    options: Sequence[Option],
    shown: Sequence[str],
) -> Assessment:
    """The assessment of an agent whose model answered.

    Args:
        base: Who answers, in which phase; with verdict, scores and constraints of an earlier answer, of which all constraints
            stand, each score that is not given again, and a safety agent's verdict unless the new one is stricter.
        answer: The model's answer.
        executed: What the agent's checks and tools brought.
        pack: The domain.
        options: The options of the run.
        shown: Ids of those that the model saw, in the order in which it saw them.

    Raises:
        AnswerInvalid: The answer does not fit; in words of the engine.
    """
    return _read_safely(lambda: _assessed(base, answer, executed, pack, options, shown))


def read_choice(choice: Choice, answer: Answer, feasible: Sequence[Option]) -> Choice:
    """The choice of an arbiter whose model answered; raises ``AnswerInvalid``."""
    return _read_safely(lambda: _chosen(choice, answer, feasible))


def _read_safely(reading: Callable[[], Answered]) -> Answered:
    """Reads a model's answer. What does not fit is named by the engine: an error never carries what a model wrote."""
    try:
        return reading()
    except AnswerInvalid:
        raise
    except Exception as error:
        raise AnswerInvalid(f"the answer does not fit its type ({type(error).__name__})") from None


def _chosen(choice: Choice, answer: Answer, feasible: Sequence[Option]) -> Choice:
    """The arbiter's answer. The id is kept whatever it is, for ``decide`` to refuse; the ranking keeps what was offered."""
    known = [option.id for option in feasible]
    return structs.replace(
        choice,
        option_id=presentable(answer["option_id"], ID_CHARACTERS),
        ranking=tuple(dict.fromkeys(each for each in answer.get("ranking") or () if each in known)),
        justification=presentable(answer.get("justification"), JUSTIFICATION_CHARACTERS),
        confidence=_unit(answer.get("confidence", 0.0)),
    )


def _assessed(
    base: Assessment,
    answer: Answer,
    executed: Sequence[Executed],
    pack: Pack,
    options: Sequence[Option],
    shown: Sequence[str],
) -> Assessment:
    scores = _scores(answer, shown, standing=bool(base.scores))
    found = unite(*(each.result.constraints for each in executed))
    constraints = unite(base.constraints, found, _added_constraints(base, answer, executed, pack))
    verdict = Verdict(answer["verdict"])
    return structs.replace(
        base,
        verdict=_strictest(verdict, *_least_verdicts(base, options, constraints)),
        stance=Stance(answer["stance"]) if answer.get("stance") else None,
        scores={**base.scores, **scores},
        constraints=constraints,
        confidence=_unit(answer.get("confidence", 0.0)),
        rationale=presentable(answer.get("rationale"), RATIONALE_CHARACTERS),
    )


def _scores(answer: Answer, shown: Sequence[str], *, standing: bool) -> dict[str, float]:
    """The scores by option; none where those of an earlier answer stand."""
    given = list(answer["scores"])
    if not given and standing:
        return {}
    if len(given) != len(shown):
        raise AnswerInvalid(f"{len(given)} scores are not one for each of {len(shown)} options")
    return {option_id: _unit(score) for option_id, score in zip(shown, given, strict=True)}


def _least_verdicts(
    base: Assessment, options: Sequence[Option], constraints: Sequence[Constraint]
) -> Iterator[Verdict]:
    """What a safety agent's constraints give, and what it said before; its model can be stricter, never milder."""
    if base.kind is AgentKind.SAFETY:
        yield _derived_verdict(options, constraints)
        yield base.verdict or Verdict.APPROVE


def _derived_verdict(options: Sequence[Option], constraints: Sequence[Constraint]) -> Verdict:
    broken = [bool(violations(option, constraints)) for option in options]
    if broken and all(broken):
        return Verdict.REJECT
    return Verdict.CAUTION if any(broken) else Verdict.APPROVE


def _strictest(*verdicts: Verdict) -> Verdict:
    order = list(Verdict)
    return max(verdicts, key=order.index)


def _added_constraints(
    base: Assessment, answer: Answer, executed: Sequence[Executed], pack: Pack
) -> tuple[Constraint, ...]:
    """Constraints that the model added: hard from a safety agent, soft from a business agent."""
    fields = {each.name: each for each in pack.fields}
    evidence = {fact.id for each in executed for fact in each.result.facts}
    added = []
    rows = list(answer.get("constraints") or ())
    if len(rows) > MAX_ADDED_CONSTRAINTS:
        raise AnswerInvalid(f"{len(rows)} added constraints are more than {MAX_ADDED_CONSTRAINTS}")
    for row in rows:
        declared = fields.get(row["field"])
        if declared is None:
            raise AnswerInvalid("an added constraint names a field that no option has")
        operator = Operator(row["operator"])
        value = _typed(row["value"], declared.type)
        added.append(
            Constraint(
                id=f"{JUDGED}{base.agent}:{declared.name}",
                field=declared.name,
                operator=operator,
                value=value,
                unit=declared.unit,
                hard=base.kind is AgentKind.SAFETY,
                source=f"judgement of {base.agent}",
                evidence_id=row["evidence_id"] if row.get("evidence_id") in evidence else "",
                reason=presentable(row.get("reason"), REASON_CHARACTERS),
                agent=base.agent,
            )
        )
    return tuple(added)


def _typed(value: Any, kind: type) -> Value:
    """The value as the field's type; one that is missing, not finite, or too long to compare with is refused."""
    try:
        if not isinstance(value, str | int | float):
            raise TypeError
        if kind is bool:
            return _TRUTHS[str(value).strip().lower()]
        if kind is str:
            return _code(str(value))
        number = float(value)
        if not math.isfinite(number) or abs(number) > MAX_NUMBER:
            raise ValueError
        return int(value) if kind is int else number
    except (KeyError, TypeError, ValueError, OverflowError):
        raise AnswerInvalid(f"an added constraint compares with a value that is not a {kind.__name__}") from None


def _code(text: str) -> str:
    """A name, a tail, a time. A sentence is refused: constraints reach other agents, prose of a model must not."""
    if not _CODE.fullmatch(text):
        raise ValueError
    return text


def _unit(value: Any) -> float:
    number = float(value)
    return min(1.0, max(0.0, number)) if number == number else 0.0  # NaN is not a score
