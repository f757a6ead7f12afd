"""The typed answers of models: what is let in, and up to which length."""

from __future__ import annotations

from typing import Any

import pytest
from conclave.agents.answer_schema import answer_type
from conclave.types import Phase
from pydantic import ValidationError

RECOMMEND = answer_type(Phase.RECOMMEND, ["O1", "O2"], ["cost", "title"])
REVISE = answer_type(Phase.REVISE, ["O1", "O2"], ["cost"])
ARBITRATE = answer_type(Phase.ARBITRATE, ["O1", "O2"], [])

SCORE = {"option_id": "O1", "score": 0.5}
ADDED = {"field": "cost", "operator": "<=", "value": 1, "evidence_id": "parts/P1", "reason": "the note says so"}
ASSESSED = {"verdict": "approve", "scores": [SCORE], "constraints": [ADDED], "confidence": 1, "rationale": "x"}
CHOSEN = {"option_id": "O1", "ranking": ["O1"], "justification": "x", "confidence": 0.5}


def assessed(**cells: Any) -> dict[str, Any]:
    return RECOMMEND(**ASSESSED | cells).model_dump(mode="json")


def chosen(**cells: Any) -> dict[str, Any]:
    return ARBITRATE(**CHOSEN | cells).model_dump(mode="json")


def test_an_answer_is_kept_as_it_was_given() -> None:
    assert assessed() == ASSESSED
    assert assessed(constraints=[])["constraints"] == []
    assert RECOMMEND(**{key: value for key, value in ASSESSED.items() if key != "constraints"}) == RECOMMEND(
        **ASSESSED | {"constraints": []}
    )
    assert chosen() == CHOSEN


@pytest.mark.parametrize(
    "cells",
    [
        {"verdict": "maybe"},
        {"verdict": "APPROVE"},
        {"scores": [SCORE | {"option_id": "O9"}]},
        {"scores": [SCORE | {"score": 1.001}]},
        {"scores": [SCORE | {"score": -0.001}]},
        {"scores": [SCORE | {"score": float("nan")}]},
        {"scores": [{"option_id": "O1"}]},
        {"scores": [{"score": 0.5}]},
        {"constraints": [ADDED | {"field": "ghost"}]},
        {"constraints": [ADDED | {"operator": "=<"}]},
        {"constraints": [ADDED | {"value": None}]},
        {"constraints": [ADDED | {"value": [1]}]},
        {"constraints": [{key: value for key, value in ADDED.items() if key != "evidence_id"}]},
        {"confidence": 2},
        {"confidence": -0.1},
        {"confidence": float("inf")},
        {"rationale": None},
    ],
)
def test_what_is_not_of_its_type_is_refused(cells: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        assessed(**cells)


@pytest.mark.parametrize(
    ("name", "most", "item"),
    [
        ("rationale", 400, "x"),
        ("scores", 100, SCORE),
        ("constraints", 20, ADDED),
    ],
)
def test_an_assessment_has_a_length(name: str, most: int, item: Any) -> None:
    def filled(count: int) -> Any:
        return item * count if isinstance(item, str) else [item] * count

    assert len(assessed(**{name: filled(most)})[name]) == most
    with pytest.raises(ValidationError):
        assessed(**{name: filled(most + 1)})


def test_the_reason_of_a_constraint_has_a_length() -> None:
    assert assessed(constraints=[ADDED | {"reason": "x" * 200}])
    with pytest.raises(ValidationError):
        assessed(constraints=[ADDED | {"reason": "x" * 201}])


def test_a_choice_has_a_length() -> None:
    assert chosen(justification="x" * 600, ranking=["O1"] * 100)
    for cells in ({"justification": "x" * 601}, {"ranking": ["O1"] * 101}):
        with pytest.raises(ValidationError):
            chosen(**cells)


@pytest.mark.parametrize("cells", [{"option_id": "O9"}, {"option_id": "o1"}, {"ranking": ["O1", "O9"]}])
def test_only_options_of_the_run_are_chosen_and_ranked(cells: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        chosen(**cells)


def test_what_nobody_asked_for_is_dropped() -> None:
    assert (
        assessed(approve_all=True, scores=[SCORE | {"hard": False}], constraints=[ADDED | {"hard": False}]) == ASSESSED
    )
    assert chosen(status="decided") == CHOSEN


def test_a_revision_says_its_stance_and_nobody_else_does() -> None:
    with pytest.raises(ValidationError):
        REVISE(**ASSESSED)
    with pytest.raises(ValidationError):
        REVISE(**ASSESSED, stance="whatever")
    assert REVISE(**ASSESSED, stance="confirm").model_dump()["stance"] == "confirm"
    assert "stance" not in assessed(stance="confirm")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (
            RECOMMEND,
            {
                "Your assessment.",
                "one entry per option",
                "what the field is compared with",
                "id of the fact whose text says so",
            },
        ),
        (ARBITRATE, {"Your choice.", "the option to carry out", "all options, best first"}),
    ],
)
def test_the_schema_explains_itself_in_few_words(kind: Any, words: set[str]) -> None:
    schema = kind.model_json_schema()

    assert set(texts(schema, "description")) == words
    assert texts(schema, "title") == []


def test_a_field_may_be_called_title() -> None:
    schema = RECOMMEND.model_json_schema()

    assert schema["$defs"]["Constraint"]["properties"]["field"]["enum"] == ["cost", "title"]


def texts(node: Any, keyword: str) -> list[str]:
    if isinstance(node, dict):
        own = [node[keyword]] if isinstance(node.get(keyword), str) else []
        return own + [text for value in node.values() for text in texts(value, keyword)]
    return [text for each in node for text in texts(each, keyword)] if isinstance(node, list) else []
