"""The form of answers: what is let in, in which order and up to which length."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conclave.agents.answer_form import ANSWER, AnswerInvalid, answer_tool, checked
from conclave.types import Phase

IDS, FIELDS = ["O1", "O2"], ["cost", "title"]
ADDED = {"field": "cost", "operator": "<=", "value": 1.0, "evidence_id": "parts/P1", "reason": "the note says so"}
ASSESSED = {"verdict": "approve", "scores": [0.5, 1.0], "constraints": [ADDED], "confidence": 1.0, "rationale": "x"}
CHOSEN = {"option_id": "O1", "ranking": ["O1"], "justification": "x", "confidence": 0.5}


def assessed(phase: Phase = Phase.RECOMMEND, **cells: Any) -> dict[str, Any]:
    return checked(phase, IDS, FIELDS, ASSESSED | cells)


def chosen(**cells: Any) -> dict[str, Any]:
    return checked(Phase.ARBITRATE, IDS, (), CHOSEN | cells)


def test_an_answer_is_kept_as_it_was_given() -> None:
    assert assessed() == ASSESSED | {"stance": None}
    bare = {key: value for key, value in ASSESSED.items() if key != "constraints"}
    assert checked(Phase.RECOMMEND, IDS, FIELDS, bare)["constraints"] == []
    assert chosen() == CHOSEN


@pytest.mark.parametrize("value", [True, "A6-BAD", "12", 3.5])
def test_a_value_keeps_its_type(value: Any) -> None:
    (kept,) = assessed(constraints=[ADDED | {"value": value}])["constraints"]
    assert (kept["value"], type(kept["value"])) == (value, type(value))


@pytest.mark.parametrize(
    "cells",
    [
        {"verdict": "maybe"},
        {"verdict": "APPROVE"},
        {"scores": [0.5]},
        {"scores": [0.5, 0.5, 0.5]},
        {"scores": []},
        {"scores": {"O1": 0.5, "O2": 0.5}},
        {"scores": [{"option_id": "O1", "score": 0.5}, {"option_id": "O2", "score": 0.5}]},
        {"scores": [0.5, 1.001]},
        {"scores": [0.5, -0.001]},
        {"scores": [0.5, float("nan")]},
        {"scores": [0.5, None]},
        {"constraints": [ADDED | {"field": "ghost"}]},
        {"constraints": [ADDED | {"operator": "=<"}]},
        {"constraints": [ADDED | {"value": None}]},
        {"constraints": [ADDED | {"value": [1]}]},
        {"constraints": [{key: value for key, value in ADDED.items() if key != "evidence_id"}]},
        {"confidence": 2},
        {"confidence": -0.1},
        {"confidence": float("inf")},
        {"confidence": 10**400},
        {"rationale": None},
        {"stance": "whatever"},
    ],
)
def test_what_is_not_of_its_form_is_refused(cells: dict[str, Any]) -> None:
    with pytest.raises(AnswerInvalid):
        assessed(**cells)


@pytest.mark.parametrize("answer", [None, [], "approve", 7, {}])
def test_an_answer_is_an_object_with_what_is_required(answer: Any) -> None:
    for phase in Phase:
        with pytest.raises(AnswerInvalid):
            checked(phase, IDS, FIELDS, answer)


@pytest.mark.parametrize(
    ("name", "most", "item"),
    [("rationale", 400, "x"), ("constraints", 20, ADDED)],
)
def test_an_assessment_has_a_length(name: str, most: int, item: Any) -> None:
    def filled(count: int) -> Any:
        return item * count if isinstance(item, str) else [item] * count

    assert len(assessed(**{name: filled(most)})[name]) == most
    with pytest.raises(AnswerInvalid):
        assessed(**{name: filled(most + 1)})


def test_the_reason_of_a_constraint_has_a_length() -> None:
    assert assessed(constraints=[ADDED | {"reason": "x" * 200}])
    with pytest.raises(AnswerInvalid):
        assessed(constraints=[ADDED | {"reason": "x" * 201}])


def test_a_choice_has_a_length() -> None:
    assert chosen(justification="x" * 600, ranking=["O1"] * 100)
    for cells in ({"justification": "x" * 601}, {"ranking": ["O1"] * 101}):
        with pytest.raises(AnswerInvalid):
            chosen(**cells)


@pytest.mark.parametrize("cells", [{"option_id": "O9"}, {"option_id": "o1"}, {"ranking": ["O1", "O9"]}])
def test_only_options_of_the_run_are_chosen_and_ranked(cells: dict[str, Any]) -> None:
    with pytest.raises(AnswerInvalid):
        chosen(**cells)


def test_what_nobody_asked_for_is_dropped() -> None:
    assert assessed(approve_all=True, constraints=[ADDED | {"hard": False}]) == assessed()
    assert chosen(status="decided") == CHOSEN


def test_a_revision_says_its_stance_and_only_changes() -> None:
    with pytest.raises(AnswerInvalid, match="stance"):
        assessed(Phase.REVISE)
    assert assessed(Phase.REVISE, stance="confirm")["stance"] == "confirm"
    assert assessed(Phase.REVISE, stance="confirm", scores=[])["scores"] == []
    with pytest.raises(AnswerInvalid, match="2 numbers"):
        assessed(Phase.REVISE, stance="revise", scores=[0.5])


def test_what_is_wrong_is_told_without_the_words_of_the_model() -> None:
    secret = "CNRY-1"
    for cells in ({"verdict": secret}, {"scores": [secret]}, {"constraints": [ADDED | {"field": secret}]}):
        with pytest.raises(AnswerInvalid) as refused:
            assessed(**cells)
        assert secret not in str(refused.value)
        assert refused.value.__cause__ is None


def test_the_form_is_the_same_for_every_agent_and_run() -> None:
    first, again = (json.dumps(answer_tool(phase)) for phase in (Phase.RECOMMEND, Phase.REVISE))
    assert first == again
    for phase, kind in ((Phase.RECOMMEND, ASSESSED), (Phase.ARBITRATE, CHOSEN)):
        tool = answer_tool(phase)
        assert tool["name"] == ANSWER
        assert {*kind, *(("stance",) if kind is ASSESSED else ())} == set(tool["inputSchema"]["json"]["properties"])
        assert not any(each in json.dumps(tool) for each in [*IDS, *FIELDS])
