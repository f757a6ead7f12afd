"""The subset of the Amazon States Language that the phase machine uses, in virtual time.

It interprets the deployed definition itself, so the retries, limits and catches that are tried are the ones that are deployed.
JSONPath only; see https://states-language.net for the language and the Step Functions developer guide for the errors' names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from bench.simulation.scheduler import Scheduler, Task

State = Mapping[str, Any]
_NEVER_RETRIED = frozenset({"States.DataLimitExceeded", "States.Runtime"})


class StateFailed(Exception):
    """A state failed with an error's name."""

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


class ExecutionTimedOut(Exception):
    """The machine's own time limit is over."""


class LanguageUnknown(Exception):
    """The definition uses something that is not interpreted here; the simulation would prove something else."""


Invoke = Callable[[State, float], Any]
"""Performs a task of resolved parameters within seconds; raises ``StateFailed``."""

_KNOWN = {
    *("Type", "Comment", "Resource", "Parameters", "ResultSelector", "ResultPath", "TimeoutSeconds", "Retry", "Catch"),
    *("Next", "End", "Choices", "Default", "Branches", "Seconds", "Error", "Cause", "Result"),
}


class Execution:
    """One execution.

    Args:
        name: Its name, which is unique.
        definition: The machine.
        scheduler: The time.
        random: Draws the pauses.
        resources: What performs a task, by the end of its resource's name.
        tell: Takes a line for the trace.
    """

    def __init__(
        self,
        name: str,
        definition: State,
        *,
        scheduler: Scheduler,
        random: Random,
        resources: Mapping[str, Invoke],
        tell: Callable[[str], None],
    ) -> None:
        self.name = name
        self._definition = definition
        self._scheduler = scheduler
        self._random = random
        self._resources = resources
        self._tell = tell
        self._ends = scheduler.now + definition["TimeoutSeconds"]
        self._context = {"Execution": {"Id": f"execution/{name}", "Name": name}}

    def run(self, given: Any) -> str:
        """Runs to the end; answers ``SUCCEEDED``, ``FAILED`` or ``TIMED_OUT``."""
        try:
            self._machine(self._definition, given)
        except StateFailed as failed:
            self._tell(f"{self.name} failed: {failed.error}")
            return "FAILED"
        except ExecutionTimedOut:
            return "TIMED_OUT"
        return "SUCCEEDED"

    def _machine(self, machine: State, given: Any) -> Any:
        name, data = machine["StartAt"], given
        while name:
            state = machine["States"][name]
            if unknown := set(state) - _KNOWN:
                raise LanguageUnknown(f"{name}: {sorted(unknown)}")
            self._tell(f"{self.name} enters {name}")
            name, data = self._state(name, state, data)
        return data

    def _state(self, name: str, state: State, data: Any) -> tuple[str, Any]:
        """Performs a state; answers the next one's name, empty at the end, and the data."""
        kind = state["Type"]
        if kind == "Choice":
            return self._choose(state, data), data
        if kind == "Fail":
            raise StateFailed(state.get("Error", "Failed"))
        if kind == "Succeed":
            return "", data
        if kind == "Wait":
            self._pause(state["Seconds"])
            return state.get("Next", ""), data
        attempts: dict[int, int] = {}
        while True:
            try:
                result = self._result(name, kind, state, data)
                return state.get("Next", ""), _placed(data, state.get("ResultPath", "$"), result)
            except StateFailed as failed:
                self._tell(f"{self.name} {name}: {failed.error}")
                pause = self._next_pause(state, failed, attempts)
                if pause is None:
                    return self._caught(state, data, failed)
            self._pause(pause)

    def _result(self, name: str, kind: str, state: State, data: Any) -> Any:
        if kind == "Pass" and "Result" in state:
            return state["Result"]
        if kind == "Pass":
            return resolve(state["Parameters"], data, self._context) if "Parameters" in state else data
        if kind == "Parallel":
            return self._parallel(name, state, data)
        if kind != "Task":
            raise LanguageUnknown(f"{name}: {kind}")
        service = state["Resource"].rpartition(":states:::")[2]
        limit = min(state.get("TimeoutSeconds", 99_999_999), self._ends - self._scheduler.now)
        answer = self._resources[service](resolve(state["Parameters"], data, self._context), max(0.0, limit))
        self._require_time()
        return resolve(state["ResultSelector"], answer, self._context) if "ResultSelector" in state else answer

    def _parallel(self, name: str, state: State, data: Any) -> list[Any]:
        def branch(machine: State) -> Task:
            return self._scheduler.spawn(f"{self.name} {machine['StartAt']}", lambda: self._machine(machine, data))

        tasks = [branch(machine) for machine in state["Branches"]]
        for task in tasks:
            self._scheduler.wait(task, max(0.0, self._ends - self._scheduler.now))
            if not task.done:
                raise ExecutionTimedOut
            if task.error is not None:
                raise task.error
        return [task.result for task in tasks]

    def _choose(self, state: State, data: Any) -> str:
        for rule in state["Choices"]:
            if set(rule) != {"Variable", "BooleanEquals", "Next"}:
                raise LanguageUnknown(f"a rule with {sorted(rule)}")
            if _at(rule["Variable"], data) is rule["BooleanEquals"]:
                return str(rule["Next"])
        return str(state["Default"])

    def _next_pause(self, state: State, failed: StateFailed, attempts: dict[int, int]) -> float | None:
        """Seconds to wait before the next attempt; None when there is none."""
        for number, retrier in enumerate(state.get("Retry", ())):
            if not _matches(retrier["ErrorEquals"], failed.error):
                continue
            done = attempts.get(number, 0)
            if done >= retrier.get("MaxAttempts", 3) or failed.error in _NEVER_RETRIED:
                return None
            attempts[number] = done + 1
            pause = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** done
            pause = min(pause, retrier.get("MaxDelaySeconds", pause))
            return self._random.uniform(0, pause) if retrier.get("JitterStrategy") == "FULL" else float(pause)
        return None

    def _caught(self, state: State, data: Any, failed: StateFailed) -> tuple[str, Any]:
        for catcher in state.get("Catch", ()):
            if _matches(catcher["ErrorEquals"], failed.error):
                told = {"Error": failed.error, "Cause": failed.cause}
                return str(catcher["Next"]), _placed(data, catcher.get("ResultPath", "$"), told)
        raise failed

    def _pause(self, seconds: float) -> None:
        self._scheduler.sleep(min(seconds, max(0.0, self._ends - self._scheduler.now)))
        self._require_time()

    def _require_time(self) -> None:
        if self._scheduler.now >= self._ends:
            raise ExecutionTimedOut


def _matches(names: list[str], error: str) -> bool:
    """``States.ALL`` means every error that may be caught; ``States.TaskFailed`` every one but a time-out."""
    wanted = set(names)
    everything = "States.ALL" in wanted and error not in _NEVER_RETRIED
    return error in wanted or everything or ("States.TaskFailed" in wanted and error != "States.Timeout")


def _at(path: str, data: Any) -> Any:
    for part in path.split(".")[1:]:
        if not isinstance(data, Mapping) or part not in data:
            raise StateFailed("States.Runtime", f"{path} is not there")
        data = data[part]
    return data


def resolve(template: Any, data: Any, context: Any) -> Any:
    """A payload template with its paths filled in."""
    if isinstance(template, list | tuple):
        return [resolve(each, data, context) for each in template]
    if not isinstance(template, Mapping):
        return template
    resolved = {}
    for name, value in template.items():
        if not name.endswith(".$"):
            resolved[name] = resolve(value, data, context)
        else:
            resolved[name[:-2]] = _expression(value, data, context)
    return resolved


def _expression(text: str, data: Any, context: Any) -> Any:
    if text.startswith("$$."):
        return _at(text[1:], context)
    if text.startswith("States.Array(") and text.endswith(")"):
        return [_expression(each.strip(), data, context) for each in text[13:-1].split(",")]
    if text.startswith("States.Format('") and text.endswith(")"):
        template, _, arguments = text[15:-1].partition("',")
        return template.format(*(_expression(each.strip(), data, context) for each in arguments.split(",")))
    if text == "$" or text.startswith("$."):
        return _at(text, data)
    raise LanguageUnknown(text)


def _placed(data: Any, path: str | None, result: Any) -> Any:
    if path is None:
        return data
    if path == "$":
        return result
    first, *rest = path.split(".")[1:]
    if rest:
        raise LanguageUnknown(path)
    return {**data, first: result}
