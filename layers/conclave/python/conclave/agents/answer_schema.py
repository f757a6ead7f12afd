"""The typed answers of a model, as pydantic models with the run's own ids in them. Loaded by ``run_agent`` only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from conclave.types import Phase, Stance, Verdict
from conclave.untrusted.limits import JUSTIFICATION_CHARACTERS, MAX_OPTIONS, RATIONALE_CHARACTERS, REASON_CHARACTERS

UnitInterval = Annotated[float, Field(ge=0.0, le=1.0)]


_KEPT = 256
"""Types of answers that a process keeps; a run has one for each agent and phase."""


class _Answer(BaseModel):
    # Fields that nobody asked for are dropped: they are not a reason to lose an answer, and reach nothing.
    model_config = ConfigDict(extra="ignore")

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The schema without titles: they repeat the names, and a model pays for every word of it in every request."""
        if args or kwargs:
            return dict(_untitled(super().model_json_schema(*args, **kwargs)))
        return dict(json.loads(_schema_json(cls)))


@lru_cache(_KEPT)
def _schema_json(answer: type[_Answer]) -> str:
    return json.dumps(_untitled(super(_Answer, answer).model_json_schema()))


class AddedConstraint(_Answer):
    """A danger that a text in the facts points at and no listed constraint covers."""

    field: str
    operator: Literal["<=", "<", ">=", ">", "==", "!="]
    value: str | float | bool = Field(description="what the field is compared with")
    evidence_id: str = Field(description="id of the fact whose text says so")
    reason: str = Field(max_length=REASON_CHARACTERS)


def answer_type(phase: Phase, option_ids: Sequence[str], fields: Sequence[str]) -> type[BaseModel]:
    """The answer that is asked for in a phase, with option ids and field names as enumerations.

    Equal arguments give the same type: making one, and its schema, takes longer than the rest of a question.

    Args:
        phase: What is asked.
        option_ids: The ids that may be named.
        fields: The option fields that an added constraint may name.
    """
    return _answer_type(phase, tuple(option_ids), tuple(fields))


@lru_cache(_KEPT)
def _answer_type(phase: Phase, option_ids: tuple[str, ...], fields: tuple[str, ...]) -> type[BaseModel]:
    option = _one_of(option_ids)
    if phase is Phase.ARBITRATE:
        return create_model(
            "ChoiceAnswer",
            __base__=_Answer,
            __doc__="Your choice.",
            option_id=(option, Field(description="the option to carry out")),
            ranking=(list[option], Field(description="all options, best first", max_length=MAX_OPTIONS)),  # type: ignore[valid-type]
            justification=(str, Field(max_length=JUSTIFICATION_CHARACTERS)),
            confidence=(UnitInterval, ...),
        )
    score = create_model("Score", __base__=_Answer, option_id=(option, ...), score=(UnitInterval, ...))
    added = create_model("Constraint", __base__=AddedConstraint, field=(_one_of(fields), ...))
    columns: dict[str, Any] = {
        "verdict": (Literal[tuple(each.value for each in Verdict)], ...),
        "scores": (list[score], Field(description="one entry per option", max_length=MAX_OPTIONS)),  # type: ignore[valid-type]
        "constraints": (list[added], Field(default_factory=list, max_length=20)),  # type: ignore[valid-type]
        "confidence": (UnitInterval, ...),
        "rationale": (str, Field(max_length=RATIONALE_CHARACTERS)),
    }
    if phase is Phase.REVISE:
        columns["scores"] = (
            list[score],
            Field(description="changed scores", default_factory=list, max_length=MAX_OPTIONS),
        )  # type: ignore[valid-type]
        columns["stance"] = (Literal[tuple(each.value for each in Stance)], ...)
    name = "RevisionAnswer" if phase is Phase.REVISE else "AssessmentAnswer"
    return create_model(name, __base__=_Answer, __doc__="Your assessment.", **columns)


def _one_of(values: Sequence[str]) -> Any:
    return Literal[tuple(values)] if values else str


def _untitled(node: Any) -> Any:
    if isinstance(node, dict):
        # A property may be named "title"; the keyword of that name holds a text.
        return {key: _untitled(value) for key, value in node.items() if not (key == "title" and isinstance(value, str))}
    return [_untitled(each) for each in node] if isinstance(node, list) else node
