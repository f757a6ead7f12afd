"""Limits that the emulator does not hold: the life of an execution, state transitions of an account, throughput of a table.

``TimeoutSeconds`` of a machine ends an execution as ``TIMED_OUT``. State transitions have AWS's own quota: what goes beyond it is
counted as ``ExecutionThrottled`` and enters its state later. A table with a maximum of request units (``OnDemandThroughput``)
refuses what goes beyond it within a second, and counts that; a request counts as one unit, however much it reads or writes.
"""

from __future__ import annotations

import contextvars
import heapq
import itertools
import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import dynamodb, stepfunctions

from local.emulator.watching.storing import count

TRANSITIONS = 800
"""Size of the bucket of state transitions, and its refill in a second, for Standard workflows in all but three regions:
https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html#service-limits-api-state-throttling"""
_STATES = ("_execute_pass", "_execute_task", "_execute_choice", "_execute_wait", "_execute_parallel", "_execute_map")
_READS = ("_get_item", "_batch_get_item", "_query")
_WRITES = ("_put_item", "_update_item", "_delete_item", "_batch_write_item", "_transact_write_items")


def install() -> None:
    """Holds all three. To be called before the emulator's ``main``, and after whatever else replaces their parts."""
    _end_executions(Deadlines())
    transitions = Transitions()
    for name in _STATES:
        setattr(stepfunctions, name, transitions.held(getattr(stepfunctions, name)))
    throughput = Throughput()
    for name in _READS:
        setattr(dynamodb, name, throughput.held(getattr(dynamodb, name), "Read"))
    for name in _WRITES:
        setattr(dynamodb, name, throughput.held(getattr(dynamodb, name), "Write"))


class Deadlines:
    """Calls that are made at their time, by one thread."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        threading.Thread(target=self._keep, daemon=True).start()

    def add(self, seconds: float, call: Callable[[], None]) -> None:
        """Makes a call after so many seconds."""
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._numbers), call))
            self._changed.notify()

    def _keep(self) -> None:
        while True:
            with self._changed:
                while not self._due or self._due[0][0] > time.monotonic():
                    self._changed.wait(self._due[0][0] - time.monotonic() if self._due else None)
                _, _, call = heapq.heappop(self._due)
            call()


def _end_executions(deadlines: Deadlines) -> None:
    run, fail = stepfunctions._run_execution, stepfunctions._fail_execution

    def run_bounded(arn: str) -> None:
        execution = stepfunctions._executions[arn]
        seconds = _machine(execution["stateMachineArn"]).get("TimeoutSeconds")
        if seconds is not None:
            context = contextvars.copy_context()
            deadlines.add(float(seconds), lambda: context.run(time_out, execution))
        run(arn)

    def fail_running(execution: dict[str, Any], error: str, cause: str) -> None:
        # What goes on in branches of an execution that has ended changes its end no more.
        if execution["status"] == "RUNNING":
            fail(execution, error, cause)

    stepfunctions._run_execution, stepfunctions._fail_execution = run_bounded, fail_running


def time_out(execution: dict[str, Any]) -> None:
    """Ends an execution that still runs, as AWS does when its time is over."""
    if execution["status"] != "RUNNING":
        return
    execution |= {"status": "TIMED_OUT", "stopDate": stepfunctions.now_iso()}
    stepfunctions._add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {}})
    stepfunctions._emit_execution_status_event(execution)


def _machine(arn: str) -> Mapping[str, Any]:
    text = (stepfunctions._state_machines.get(arn) or {}).get("definition") or "{}"
    definition: Mapping[str, Any] = json.loads(text) if isinstance(text, str) else text
    return definition


class Transitions:
    """The state transitions that are left to the account: a bucket that refills. The entry into a state is one, whatever follows.

    Retries of a state and the states that end a machine are not counted, which they are on AWS.

    Args:
        size: Of the bucket, and what comes back in a second.
    """

    def __init__(self, size: float = TRANSITIONS) -> None:
        self._size = self._left = size
        self._at = time.monotonic()
        self._lock = threading.Lock()

    def held(self, enter: Callable[..., Any]) -> Callable[..., Any]:
        """The handler of a state, which waits where no transition is left; its last argument is the context object."""

        def hold(*arguments: Any) -> Any:
            if wait := self.take():
                count("AWS/States", {"ExecutionThrottled": 1}, {"StateMachineArn": arguments[-1]["StateMachine"]["Id"]})
                time.sleep(wait)
            return enter(*arguments)

        return hold

    def take(self) -> float:
        """Takes a transition; the seconds until it may happen, 0 where one was left."""
        with self._lock:
            now = time.monotonic()
            self._left = min(self._size, self._left + (now - self._at) * self._size)
            self._at = now
            self._left -= 1
            return max(0.0, -self._left / self._size)


class Throughput:
    """The request units that tables have used in this second."""

    def __init__(self) -> None:
        self._used: dict[tuple[str, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
        self._lock = threading.Lock()

    def held(self, operation: Callable[[Any], Any], kind: str) -> Callable[[Any], Any]:
        """An operation that is refused beyond the maximum of ``Read`` or ``Write`` units of a table."""

        def hold(request: dict[str, Any]) -> Any:
            over = [table for table in tables_of(request) if not self._admits(table, kind)]
            if not over:
                return operation(request)
            for table in over:
                count("AWS/DynamoDB", {f"{kind}ThrottleEvents": 1, "ThrottledRequests": 1}, {"TableName": table})
            message = "Throughput exceeds the maximum OnDemandThroughput configured on table or index"
            return error_response_json("ThrottlingException", message, 400)

        return hold

    def _admits(self, table: str, kind: str) -> bool:
        limits = (dynamodb._tables.get(table) or {}).get("OnDemandThroughput") or {}
        most = int(limits.get(f"Max{kind}RequestUnits", -1) or -1)
        if most < 0:
            return True
        second = int(time.time())
        with self._lock:
            at, used = self._used[table, kind]
            used = used + 1 if at == second else 1
            self._used[table, kind] = (second, used)
        return used <= most


def tables_of(request: Mapping[str, Any]) -> list[str]:
    """Names of the tables that a request reads or writes, each once."""
    acts = [each for item in request.get("TransactItems", ()) for each in item.values()]
    named = [request.get("TableName", ""), *(each.get("TableName", "") for each in acts)]
    named += list(request.get("RequestItems", ()))
    return list(dict.fromkeys(name.rpartition("/")[2] for name in named if name))
