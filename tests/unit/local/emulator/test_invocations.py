from __future__ import annotations

import json
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

import pytest

from local.emulator.invocations import DIED, Ledger, noted


@dataclass
class Running:
    pid: int

    def poll(self) -> int | None:
        return None


@dataclass
class Worker:
    func_name: str = "frame"
    invocation: Any = None
    answers: list[dict[str, Any]] = field(default_factory=list)
    pid: int = 7
    _proc: Running | None = None


@dataclass
class Bench:
    """A worker whose methods leave notes, and the notes."""

    lines: StringIO = field(default_factory=StringIO)
    worker: Worker = field(default_factory=Worker)

    def __post_init__(self) -> None:
        self._spawn, self._invoke = noted(Ledger(self.lines), self._start, self._serve)

    def _start(self, worker: Worker) -> None:
        worker._proc = Running(worker.pid)
        worker.pid += 1

    def _serve(self, worker: Worker, event: Any) -> dict[str, Any]:
        if worker._proc is None:
            self._spawn(worker)
        answer = worker.answers.pop(0)
        if answer.get("error") == "raise":
            raise RuntimeError
        worker._proc = None if answer.get("error") else worker._proc
        return answer

    def invoke(self, answer: dict[str, Any]) -> None:
        self.worker.answers.append(answer)
        self._invoke(self.worker, {"run_id": "r"})

    def notes(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines.getvalue().splitlines()]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_first_invocation_begins_once_its_process_has_started(bench: Bench) -> None:
    bench.invoke({"status": "ok"})
    assert bench.notes() == [
        {"began": 1, "function": "frame", "pid": 7, "event": {"run_id": "r"}},
        {"ended": 1, "died": False},
    ]


def test_next_invocation_begins_in_the_same_process(bench: Bench) -> None:
    for _ in range(2):
        bench.invoke({"status": "ok"})
    assert [(each["began"], each["pid"]) for each in bench.notes() if "began" in each] == [(1, 7), (2, 7)]


def test_death_is_noted_and_the_next_invocation_has_another_process(bench: Bench) -> None:
    bench.invoke({"status": "error", "error": DIED})
    bench.invoke({"status": "error", "error": "Task timed out after 3.00 seconds"})
    assert [each["died"] for each in bench.notes() if "ended" in each] == [True, False]
    assert [each["pid"] for each in bench.notes() if "began" in each] == [7, 8]


def test_invocation_that_raises_is_over_too(bench: Bench) -> None:
    with pytest.raises(RuntimeError):
        bench.invoke({"error": "raise"})
    assert bench.notes()[-1] == {"ended": 1, "died": True}


def test_process_started_ahead_serves_no_invocation(bench: Bench) -> None:
    bench._spawn(bench.worker)
    assert bench.notes() == []
