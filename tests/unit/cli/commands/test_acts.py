"""``consent`` and ``erase``: what is asked of the API, and what is refused before it."""

from __future__ import annotations

import json
from typing import Any

import pytest

BINDING = "ab" * 32
CALL = {"name": "shut_valve", "binding": BINDING, "arguments": {"valve": "V1\x1b[2J"}}


@pytest.fixture
def refused(room: Any, decided: Any) -> Any:
    """A run in which an agent was refused a dangerous call, twice the same."""
    agent = {
        **decided["agents"][0],
        "name": "buyer",
        "phase": "recommend",
        "tool_calls": [{"name": "look"}, CALL, CALL],
    }
    room.api.states["run-1"] = [{**decided, "run_id": "run-1", "agents": [agent]}]
    return room


def test_a_refused_call_is_consented_to_as_the_run_shows_it(refused: Any) -> None:
    result = refused("consent", "run-1", BINDING[:12], "--minutes", "5", "--yes")
    assert result.exit_code == 0, result.stderr
    assert refused.api.asked == {
        "consent": "run-1",
        "agent": "buyer",
        "phase": "recommend",
        "tool": "shut_valve",
        "arguments": CALL["arguments"],
        "binding": BINDING,
        "minutes": 5,
        "key": "fresh",
    }
    assert "shut_valve" in result.stdout
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize("binding", ["cd", "", "b"])
def test_a_binding_that_no_call_has_is_refused(refused: Any, binding: str) -> None:
    result = refused("consent", "run-1", binding, "--yes")
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert refused.api.asked == {}


def test_without_a_word_nothing_is_done(refused: Any) -> None:
    for arguments in (("consent", "run-1", BINDING), ("erase", "run-1", "--reason", "r")):
        result = refused(*arguments)
        assert result.exit_code == 2
        assert "--yes" in result.stderr
    assert refused.api.asked == {}


def test_texts_are_erased_and_show_says_so(refused: Any) -> None:
    result = refused("erase", "run-1", "--reason", "request 17", "--yes", "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["texts"] == "erased"
    assert refused.api.asked == {"erase": "run-1", "reason": "request 17"}
    assert "Texts erased at 2026-11-21T07:00" in refused("show", "run-1").stdout


def test_texts_are_told_without_repainting_the_terminal(refused: Any) -> None:
    text = {"kind": "model", "hash": "abc", "request": '{"x":"a\x1b[2Jb"}', "answer": ""}
    refused.api.states["run-1"][0]["kept"] = [text]
    shown = refused("texts", "run-1", "buyer", "recommend")
    assert refused.api.asked == {"agent": "buyer", "phase": "recommend"}
    assert "no answer" in shown.stdout
    assert "1 more" in shown.stdout
    assert "\x1b" not in shown.stdout
    refused.api.states["run-1"][0].update(kept=[], texts="erased")
    assert "erased" in refused("texts", "run-1", "buyer", "recommend").stdout


def test_an_erasure_that_is_not_complete_says_what_to_do(refused: Any) -> None:
    refused.api.states["run-1"][0].update(texts="erasing", texts_erased_at=None)
    assert "erase it again" in " ".join(refused("show", "run-1").stdout.split())


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201])
def test_an_erasure_needs_a_reason(refused: Any, reason: str) -> None:
    result = refused("erase", "run-1", "--reason", reason, "--yes")
    assert result.exit_code == 2
    assert refused.api.asked == {}


def test_of_an_unknown_run_nothing_is_erased(room: Any) -> None:
    result = room("erase", "run-9", "--reason", "r", "--yes")
    assert result.exit_code == 2
    assert "run-9" in result.stderr


def test_chat_asks_about_a_run_and_shows_answer_evidence_and_what_was_paid(room: Any, decided: Any) -> None:
    room.api.states["run-1"] = [{**decided, "run_id": "run-1"}]
    result = room("chat", "run-1", " why not O4? ")
    assert result.exit_code == 0, result.stderr
    assert room.api.asked == {"run_id": "run-1", "question": "why not O4?"}
    for part in (
        "It breaks a rule.",
        "violations/O4/crew.duty",
        "5,321 tokens",
        "1 sentence was struck",
        "weather",
        "breaks a hard constraint: O4",
    ):
        assert part in result.stdout
    assert "no model was asked again" in room("chat", "run-1", "why not O4, again?").stdout


def test_a_question_without_quotes_is_one_question(room: Any, decided: Any) -> None:
    room.api.states["run-1"] = [{**decided, "run_id": "run-1"}]
    assert room("chat", "run-1", "why", "not", "O4?").exit_code == 0
    assert room.api.asked == {"run_id": "run-1", "question": "why not O4?"}


def test_chat_gives_the_whole_answer_as_json(room: Any, decided: Any) -> None:
    room.api.states["run-1"] = [{**decided, "run_id": "run-1"}]
    answered = json.loads(room("chat", "run-1", "why not O4?", "--json").stdout)
    assert {"answer", "evidence", "tokens", "cached_tokens"} <= answered.keys()


@pytest.mark.parametrize("question", [" ", "x" * 601])
def test_chat_refuses_what_the_api_would_not_take(room: Any, question: str) -> None:
    result = room("chat", "run-1", question)
    assert result.exit_code == 2
    assert "a question has 1 to 600 characters" in result.stderr
