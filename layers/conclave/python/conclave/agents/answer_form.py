"""The form of answers: two schemas that never change, and the check of what a model filled in.

A model pays for every word of a schema in every request, so it holds neither ids nor names of fields: code checks them anyway. An
answer scores the options by their place: the first number is the first option's that the prompt shows. One number too few or too
many is an answer outside its form.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct, field

from conclave.codec import readable
from conclave.types import Operator, Phase, Stance, Verdict
from conclave.untrusted.limits import JUSTIFICATION_CHARACTERS, MAX_OPTIONS, RATIONALE_CHARACTERS, REASON_CHARACTERS

ANSWER = "answer"
"""Name of the tool through which a model answers."""
MAX_ADDED_CONSTRAINTS = 20

ASSESSMENT: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "verdict": {"enum": [each.value for each in Verdict]},
        "scores": {
            "type": "array",
            "items": {"type": "number"},
        },
        "confidence": {"type": "number"},
        "rationale": {"type": "string"},
        "constraints": {
            "type": "array",
            "items": {"type": "object"},
            "description": "field, operator, value, evidence_id (of the fact), reason",
        },
        "stance": {"enum": [each.value for each in Stance]},
    },
    "required": ["verdict", "scores", "confidence", "rationale"],
}
"""The schema of an assessment, in either phase."""

CHOICE: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "option_id": {"type": "string"},
        "ranking": {"type": "array", "items": {"type": "string"}, "description": "all option ids, best first"},
        "justification": {"type": "string"},
        "confidence": {"type": "number"},
    },
    "required": ["option_id", "ranking", "justification", "confidence"],
}
"""The schema of the arbiter's answer."""

_Share = Annotated[float, Meta(ge=0.0, le=1.0)]


class AnswerInvalid(Exception):
    """The model gave no answer of the asked form, even after one repair."""


class _Added(Struct, frozen=True):
    field: str
    operator: Operator
    value: str | float | bool
    evidence_id: str
    reason: Annotated[str, Meta(max_length=REASON_CHARACTERS)]


class _Assessment(Struct, frozen=True):
    verdict: Verdict
    scores: Annotated[list[_Share], Meta(max_length=MAX_OPTIONS)]
    confidence: _Share
    rationale: Annotated[str, Meta(max_length=RATIONALE_CHARACTERS)]
    constraints: Annotated[list[_Added], Meta(max_length=MAX_ADDED_CONSTRAINTS)] = field(default_factory=list)
    stance: Stance | None = None


class _Choice(Struct, frozen=True):
    option_id: str
    ranking: Annotated[list[str], Meta(max_length=MAX_OPTIONS)]
    justification: Annotated[str, Meta(max_length=JUSTIFICATION_CHARACTERS)]
    confidence: _Share


class Form(Struct, frozen=True, kw_only=True):
    """The form of an answer.

    Attributes:
        spec: The tool through which a model answers, as Converse takes it; its name is ``ANSWER``.
        check: Holds what a model filled in against the form and returns it as plain values; raises ``AnswerInvalid``.
    """

    spec: Mapping[str, Any]
    check: Callable[[Any], dict[str, Any]]


def form_of(phase: Phase, option_ids: Sequence[str], fields: Collection[str]) -> Form:
    """The form of an answer in a phase of a run; arguments as in ``checked``."""
    return Form(spec=answer_tool(phase), check=lambda answer: checked(phase, option_ids, fields, answer))


def answer_tool(phase: Phase) -> dict[str, Any]:
    """The tool through which a model answers in a phase, as Converse takes it."""
    schema = CHOICE if phase is Phase.ARBITRATE else ASSESSMENT
    return {"name": ANSWER, "description": "Your answer.", "inputSchema": {"json": schema}}


def checked(phase: Phase, option_ids: Sequence[str], fields: Collection[str], answer: Any) -> dict[str, Any]:
    """An answer as plain values, held against its form. Fields that nobody asked for are dropped.

    Args:
        phase: What was asked.
        option_ids: The options in the order in which they were shown.
        fields: The option fields that an added constraint may name.
        answer: What the model filled in.

    Raises:
        AnswerInvalid: With what to mend, in words of the engine.
    """
    kind = _Choice if phase is Phase.ARBITRATE else _Assessment
    try:
        found: Any = msgspec.convert(answer, readable(kind), strict=False)
    except (msgspec.ValidationError, ValueError, OverflowError, RecursionError, UnicodeError):
        raise AnswerInvalid("the answer does not fit its form: names, types and limits are those of the tool") from None
    if isinstance(found, _Choice):
        _require_known((found.option_id, *found.ranking), option_ids)
    else:
        _require_complete(found, phase, option_ids, fields)
    return dict(msgspec.to_builtins(found))


def _require_known(named: Collection[str], option_ids: Collection[str]) -> None:
    if not set(named) <= set(option_ids):
        raise AnswerInvalid("the answer names an option that was not offered")


def _require_complete(found: _Assessment, phase: Phase, option_ids: Sequence[str], fields: Collection[str]) -> None:
    kept = phase is Phase.REVISE and not found.scores
    if len(found.scores) != len(option_ids) and not kept:
        raise AnswerInvalid(f"scores must be {len(option_ids)} numbers, one for each option in their order")
    if phase is Phase.REVISE and found.stance is None:
        raise AnswerInvalid("stance is missing")
    if any(each.field not in fields for each in found.constraints):
        raise AnswerInvalid("an added constraint names a field that the options do not show")
