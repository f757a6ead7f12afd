"""Many runs of the real phase machine at once, on functions with AWS's limits: virtual time, no sockets, the same by seed.

The definition is interpreted as it is deployed (its states, retriers, catchers). A function takes a share of its time limit; one
that has no room answers ``Lambda.TooManyRequestsException``, as Lambda does when its reserved concurrency or the account's pool
is used up. DynamoDB is ``MemoryPlaces``, which keeps the contract of the real places.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any

from conclave.testing.places import MemoryPlaces

State = dict[str, Any]
Process = Generator[Any, Any, Any]

THROTTLED = "Lambda.TooManyRequestsException"
REFUSED = "DynamoDB.ConditionalCheckFailedException"
SHORTEST, LONGEST = 0.05, 0.5
"""Of its time limit, what a function takes: an assumption, wide enough for fast and slow models."""
CALL_SECONDS = 0.02


class Raised(Exception):
    """A state failed with this error."""


@dataclass(slots=True)
class Account:
    """Lambda's concurrency: what functions have reserved, and the pool of the others.

    Attributes:
        pool: Unreserved concurrent executions.
        reserved: Reserved concurrency by function; all others share the pool.
        busy: Executions under way by function, and in the pool under an empty name.
        most: The most of them at a time.
        throttled: Invocations that found no room.
    """

    pool: int
    reserved: Mapping[str, int] = field(default_factory=dict)
    busy: Counter[str] = field(default_factory=Counter)
    most: Counter[str] = field(default_factory=Counter)
    throttled: int = 0

    def enter(self, function: str) -> str:
        """Takes room for an invocation and answers where; raises where there is none."""
        name = function if function in self.reserved else ""
        if self.busy[name] >= self.reserved.get(name, self.pool):
            self.throttled += 1
            raise Raised(THROTTLED)
        self.busy[name] += 1
        self.most[name] = max(self.most[name], self.busy[name])
        return name

    def leave(self, name: str) -> None:
        """Gives the room back."""
        self.busy[name] -= 1


@dataclass(slots=True)
class Outcome:
    """How the runs ended.

    Attributes:
        ended: Runs by the state that led them to ``Decide``; ``lost`` where the execution itself failed.
        agents_lost: Branches that failed for want of room.
        waited: Longest wait for a place, seconds.
        seconds: When the last run ended.
        holding: Places still held.
        holders: The most places held at a time.
    """

    ended: Counter[str] = field(default_factory=Counter)
    agents_lost: int = 0
    waited: float = 0.0
    seconds: float = 0.0
    holding: int = 0
    holders: int = 0


class Burst:
    """Runs of a machine that arrive together.

    Args:
        definition: The machine in Amazon States Language.
        account: The functions' concurrency.
        seed: Of durations and jitter.
    """

    def __init__(self, definition: State, account: Account, seed: int) -> None:
        self._states: State = definition["States"]
        self._start: str = definition["StartAt"]
        self._account = account
        self._random = random.Random(seed)
        self._places = MemoryPlaces()
        self._queue: list[tuple[float, int, Process, Any]] = []
        self._order = 0
        self._now = 0.0
        self._outcome = Outcome()

    def run(self, runs: int, *, within_seconds: float) -> Outcome:
        """Lets so many runs arrive within some seconds, and answers how they ended."""
        for number in range(runs):
            self._resume(self._execution(f"run-{number}"), None, after=self._random.uniform(0, within_seconds))
        while self._queue:
            self._now, _, process, value = heappop(self._queue)
            self._step(process, value)
        self._outcome.seconds = self._now
        self._outcome.holding = len(self._places)
        return self._outcome

    def _resume(self, process: Process, value: Any, *, after: float) -> None:
        self._order += 1
        heappush(self._queue, (self._now + after, self._order, process, value))

    def _step(self, process: Process, value: Any) -> None:
        try:
            pause = process.send(value)
        except StopIteration:
            return
        self._resume(process, None, after=pause)

    def _execution(self, run_id: str) -> Process:
        began = self._now
        name, before, way = self._start, "", "lost"
        try:
            while name:
                if name == "Frame":
                    self._outcome.waited = max(self._outcome.waited, self._now - began)
                if name == "Decide":
                    way = before
                before, name = name, (yield from self._state(name, self._states, run_id))
        except Raised:
            way = "lost"
        self._outcome.ended[way] += 1

    def _state(self, name: str, states: State, run_id: str) -> Process:
        """Does a state and answers the name of the next; empty at the end."""
        state = states[name]
        if state["Type"] == "Choice":
            # The longest way: of no fork; somebody has news, and there is something to arbitrate.
            shorter = (".halt", ".recommended", ".revised")
            ways = [each["Next"] for each in state["Choices"] if not each["Variable"].endswith(shorter)]
            return ways[0]
        if state["Type"] == "Parallel":
            yield from self._together([self._branch(each, run_id) for each in state["Branches"]])
        elif state["Type"] == "Task":
            try:
                yield from self._retried(state, run_id)
            except Raised as error:
                self._outcome.agents_lost += "End" in state
                return _caught(state, str(error))
        return str(state.get("Next", ""))

    def _branch(self, branch: State, run_id: str) -> Process:
        name = branch["StartAt"]
        while name:
            name = yield from self._state(name, branch["States"], run_id)

    def _together(self, branches: list[Process]) -> Process:
        """Lets branches go on side by side, and comes back when the last one has ended."""
        ready = [(self._now, place) for place in range(len(branches))]
        while ready:
            moment, place = min(ready)
            ready.remove((moment, place))
            if moment > self._now:
                yield moment - self._now
            try:
                pause = next(branches[place])
            except StopIteration:
                continue
            ready.append((self._now + pause, place))

    def _retried(self, state: State, run_id: str) -> Process:
        left = [each["MaxAttempts"] for each in state.get("Retry", ())]
        while True:
            try:
                yield from self._task(state, run_id)
                return
            except Raised as error:
                known = [n for n, each in enumerate(state["Retry"]) if _knows(each, str(error))]
                if not known or not left[known[0]]:
                    raise
                yield self._pause(state["Retry"][known[0]], left[known[0]])
                left[known[0]] -= 1

    def _pause(self, retrier: State, left: int) -> float:
        done = retrier["MaxAttempts"] - left
        longest = min(
            retrier["IntervalSeconds"] * retrier["BackoffRate"] ** done, retrier.get("MaxDelaySeconds", 10**6)
        )
        return self._random.uniform(0, longest) if retrier.get("JitterStrategy") == "FULL" else float(longest)

    def _task(self, state: State, run_id: str) -> Process:
        if "dynamodb" in state["Resource"]:
            yield CALL_SECONDS
            self._ask(state["Parameters"], run_id)
            return
        room = self._account.enter(_invoked(state["Parameters"]))
        yield self._random.uniform(SHORTEST, LONGEST) * state["TimeoutSeconds"]
        self._account.leave(room)

    def _ask(self, parameters: State, run_id: str) -> None:
        if parameters["UpdateExpression"].startswith("DELETE"):
            self._places.release(run_id)
            return
        limit = int(parameters["ExpressionAttributeValues"][":limit"]["N"])
        if not self._places.take(run_id, limit):
            raise Raised(REFUSED)
        self._outcome.holders = max(self._outcome.holders, len(self._places))


def _invoked(parameters: State) -> str:
    """The function of a task, without the version that the run is pinned to."""
    named = parameters.get("FunctionName") or parameters["FunctionName.$"].removeprefix("States.Format('")
    return str(named).partition(":")[0]


def _knows(handler: State, error: str) -> bool:
    return bool({error, "States.ALL"} & set(handler["ErrorEquals"]))


def _caught(state: State, error: str) -> str:
    for catch in state.get("Catch", ()):
        if _knows(catch, error):
            return str(catch["Next"])
    raise Raised(error)


def without_admission(definition: State) -> State:
    """The same machine, which lets everybody in at once."""
    states: State = {name: dict(state) for name, state in definition["States"].items()}
    states["Publish"] = {**{key: each for key, each in states["Publish"].items() if key != "Next"}, "End": True}
    return {**definition, "StartAt": "Frame", "States": states}


def failures(outcome: Outcome) -> Iterator[str]:
    """The runs that ended for want of room, by the state that says so."""
    for name, number in sorted(outcome.ended.items()):
        if name not in {"Arbitrated", "Nothing to arbitrate"}:
            yield f"{name}: {number}"
