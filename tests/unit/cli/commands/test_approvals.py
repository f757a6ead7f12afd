"""``approve``, ``refuse``, ``override`` and ``feedback``: what is asked of the API, and what is refused before it."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from cli.commands.people.approvals import ASKED_AT_ONCE
from cli.errors import CliError

CHOICES = {"O4": {"seen": "s4", "needs": []}, "O2": {"seen": "s2", "needs": []}}


@pytest.fixture
def waiting(room: Any, decided: Any) -> Any:
    """A run that waits for the duty manager."""
    approval = {
        "option_id": "O4",
        "choices": CHOICES,
        "groups": ["duty_managers", "directors"],
        "deadline": "2026-11-21T10:00:00.000Z",
    }
    run = {**decided, "run_id": "run-1", "status": "awaiting_approval", "approval": approval}
    room.api.states["run-1"] = [run]
    room.api.states["run-2"] = [{**decided, "run_id": "run-2", "approval": None}]
    return room


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (("approve",), {"act": "approve", "option_id": "O4", "seen": "s4"}),
        (("refuse",), {"act": "refuse", "option_id": "O4", "seen": "s4"}),
        (("override", "--option", "O2"), {"act": "override", "option_id": "O2", "seen": "s2"}),
        (("approve", "--seen", "older"), {"act": "approve", "option_id": "O4", "seen": "older"}),
    ],
)
def test_an_act_is_about_what_the_run_shows(waiting: Any, arguments: tuple[str, ...], asked: dict[str, str]) -> None:
    verb, *more = arguments
    result = waiting(verb, "run-1", "--reason", "because", *more)
    assert result.exit_code == 0, result.stderr
    assert waiting.api.asked == {"run_id": "run-1", "reason": "because", **asked}
    assert "approved" in result.stdout


@pytest.mark.parametrize(
    ("more", "person"),
    [((), ("mia", "duty_managers")), (("--group", "directors"), ("mia", "directors"))],
)
def test_on_the_laptop_somebody_else_acts_in_the_group_that_is_asked_first(
    waiting: Any, more: tuple[str, ...], person: tuple[str, str]
) -> None:
    assert waiting("approve", "run-1", "--reason", "r", "--as", "mia", *more).exit_code == 0
    assert waiting.person == person


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("approve", "run-1", "--reason", " "), "the reason is missing or too long"),
        (("refuse", "run-1", "--reason", "x" * 201), "the reason is missing or too long"),
        (("approve", "run-2", "--reason", "r"), "nobody is asked about run-2, which is decided"),
        (("approve", "run-9", "--reason", "r"), "there is no run"),
        (("approve", "run-1"), "--reason"),
        (("override", "run-1", "--reason", "r"), "--option"),
        (("feedback", "run-1"), "--done"),
        (("feedback", "run-1", "--done", "O4", "--actual", "cost"), "is not a field and a number"),
        (("feedback", "run-1", "--done", "O4", "--actual", "cost=nan"), "is not a field and a number"),
        (("feedback", "run-1", "--done", "O4", "--actual", "cost=1e13"), "is not a field and a number"),
        (("feedback", "run-1", "--done", "O4", "--actual", "=5"), "is not a field and a number"),
        (("feedback", "run-1", "--done", "O4", "--actual", "c=1", "--actual", "c=2"), "c is given twice"),
        (("feedback", "run-1", "--done", " "), "--done is empty"),
        (("feedback", "run-1", "--done", "O4", "--lesson", "x" * 601), "the lesson has 601 characters"),
        (("feedback", "run-1", "--done", "O4", "--rating", "6"), "--rating"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_sent(waiting: Any, arguments: tuple[str, ...], said: str) -> None:
    result = waiting(*arguments)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert said in result.stderr
    assert waiting.api.asked == {}


def test_what_came_of_a_run_is_said_with_numbers(waiting: Any) -> None:
    result = waiting(
        "feedback",
        "run-1",
        "--done",
        "O4",
        "--actual",
        "cost=12.5",
        "--rating",
        "3",
        "--lesson",
        "call first",
        "--json",
    )
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["feedback"]["actual"] == {"cost": 12.5}
    assert waiting.api.asked["lesson"] == "call first"


def test_a_run_that_waits_is_shown_with_who_may_act(waiting: Any) -> None:
    waiting.api.states["run-1"][0]["approval"]["state"] = "awaiting"
    shown = waiting("show", "run-1").stdout
    assert "duty_managers, directors may act on O4 until 2026-11-21T10:00" in " ".join(shown.split())
    assert "run-1  O4  duty_managers, directors until" in waiting("approvals").stdout


def test_more_runs_than_are_listed_are_said(waiting: Any) -> None:
    for number in range(100):
        waiting.api.states[f"run-a{number}"] = [{**waiting.api.states["run-1"][0], "run_id": f"run-a{number}"}]
    assert "more than 100 runs wait" in waiting("approvals").stdout
    listed = json.loads(waiting("approvals", "--json").stdout)
    assert (len(listed["runs"]), listed["next"]) == (100, "100")


def test_runs_that_wait_are_asked_about_several_at_once_in_their_order(waiting: Any) -> None:
    """Each answer waits until as many questions are under way: one after the other would never end."""
    together, asked, lock = threading.Barrier(ASKED_AT_ONCE, timeout=10), [], threading.Lock()
    one = waiting.api.states["run-1"][0]
    waiting.api.states = {f"run-{at}": [{**one, "run_id": f"run-{at}"}] for at in range(2 * ASKED_AT_ONCE)}
    answers = waiting.api.run

    def slow(run_id: str) -> Any:
        together.wait()
        with lock:
            asked.append(run_id)
            waiting.time.sleep(20.0)
            return answers(run_id)

    waiting.api.run = slow
    done = waiting("approvals", "--json")
    assert done.exit_code == 0, done.output
    assert [each["run_id"] for each in json.loads(done.stdout)["runs"]] == [*waiting.api.states]
    assert sorted(asked) == sorted(waiting.api.states)
    assert f"of {2 * ASKED_AT_ONCE} runs" in done.stderr


def test_a_run_that_cannot_be_read_is_one_line(waiting: Any) -> None:
    def refuse(run_id: str) -> Any:
        raise CliError("the API is throttling")

    waiting.api.run = refuse
    done = waiting("approvals")
    assert (done.exit_code, done.stderr.splitlines()) == (1, ["error: the API is throttling"])
