"""What a person sees of a question while it is answered."""

from __future__ import annotations

import io
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from rich.console import Console

from cli.errors import CliError
from cli.screen.asking import following, step_line

STEPS = [
    {"ordinal": 9, "kind": "question", "state": "asked", "turn": 2},
    {"ordinal": 10, "kind": "question", "state": "called", "tool": "option", "turn": 2, "seconds": 0.25},
    {"ordinal": 11, "kind": "question", "state": "called", "tool": "ask_cargo", "turn": 2, "seconds": 1.5},
]


class Told:
    """An API that knows of one question of before, and the events of another that comes."""

    def __init__(self, steps: Sequence[dict[str, Any]] = STEPS) -> None:
        self.steps = list(steps)
        self.after, self.closed, self.shown = -1, False, threading.Event()

    def events(self, run_id: str, after: int, kinds: Sequence[str]) -> dict[str, Any]:
        assert (run_id, list(kinds)) == ("run-1", ["question"])
        return {"after": after, "events": [{"ordinal": 8}] if after < 8 else [], "over": True}

    def listen(self, after: int) -> Told:
        self.after = after
        return self

    def next(self, seconds: float) -> list[dict[str, Any]]:
        del seconds
        if not self.steps:
            self.shown.set()
        return [self.steps.pop(0)] if self.steps else []

    def close(self) -> None:
        self.closed = True


def lines(told: Any) -> list[str]:
    written = io.StringIO()
    with following(told, "run-1", told.listen, Console(file=written)):
        assert told.shown.wait(10)
    return written.getvalue().splitlines()


@pytest.mark.slow
def test_each_step_is_a_line_and_those_of_before_are_not_told_again() -> None:
    told = Told()
    shown = lines(told)
    assert shown == ["  question 2 asked", "  option was looked at (0.25 s)", "  cargo was asked (1.50 s)"]
    assert (told.after, told.closed) == (8, True)


def test_what_goes_wrong_with_it_is_nothing_to_the_question() -> None:
    class Gone(Told):
        def events(self, run_id: str, after: int, kinds: Sequence[str]) -> dict[str, Any]:
            self.shown.set()
            raise CliError("nobody answers")

    assert lines(Gone()) == []


@pytest.mark.parametrize(
    ("event", "line"),
    [
        ({"state": "answered", "turn": 3, "seconds": 2.0, "struck": 1}, "  question 3 answered (2.00 s), 1 struck"),
        ({"state": "unanswered", "turn": 3}, "  question 3 unanswered"),
    ],
)
def test_its_end_is_a_line_too(event: dict[str, Any], line: str) -> None:
    assert step_line(event) == line
