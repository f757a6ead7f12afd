"""Workers that run the checks of an agent one after the other, each at the times at which it ran."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

from conclave.agents.checks import REPEATED_WITHIN_SECONDS, Executed, unfinished
from conclave.pack import Agent, Tool
from conclave.replaying.script import Script
from conclave.replaying.tables import ReplayedTables
from conclave.types import ToolCall


class ReplayedWorkers(Executor):
    """See ``conclave.agents.workers.Pool``; takes what ``run_checks`` submits. Checks run when they are submitted.

    Args:
        script: What the agent's checks were, and when.
        tables: What they read.
    """

    def __init__(self, script: Script, tables: ReplayedTables) -> None:
        self._calls = {call.name: call for call in script.checks}
        self._unfinished = script.unfinished
        self._tables = tables

    def submit(self, task: Callable[..., Any], agent: Agent, check: Tool, /, *given: Any, **named: Any) -> Future[Any]:  # type: ignore[override]
        """See ``Executor.submit``."""
        future: Future[Any] = Future()
        call = self._calls.get(check.name)
        if call is not None and check.name in self._unfinished:
            future.set_result(self._not_ended(agent, check, call))
            return future
        named["elapsed"] = _Watch(call, self._tables)
        try:
            future.set_result(task(agent, check, *given, **named))
        except Exception as error:  # whoever asks for the result gets it
            future.set_exception(error)
        return future

    @staticmethod
    def _not_ended(agent: Agent, check: Tool, call: ToolCall) -> Executed:
        return unfinished(agent, check, call.after_seconds or 0.0, call.duration_seconds)


class _Watch:
    """The seconds that a check measured: its begin, its end, and between them whether there was time to read once more."""

    def __init__(self, call: ToolCall | None, tables: ReplayedTables) -> None:
        self._begun = (call.after_seconds or 0.0) if call else 0.0
        self._ended = self._begun + (call.duration_seconds if call else 0.0)
        self._tables = tables
        self._looks = 0

    def __call__(self) -> float:
        self._looks += 1
        if self._looks == 1:
            self._tables.failing = False
            return self._begun
        if self._looks == 2 and self._tables.failing:
            return self._begun if self._tables.repeated else self._begun + 2 * REPEATED_WITHIN_SECONDS
        return self._ended
