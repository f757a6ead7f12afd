"""Answers of the emulator that differ from those of AWS where Conclave depends on the difference."""

from __future__ import annotations

import json
from threading import RLock
from typing import Any

from ministack.core import iam_evaluator
from ministack.services import dynamodb, stepfunctions


def install() -> None:
    """Replaces what differs. To be called before the emulator's ``main``."""
    _answer_repeated_starts()
    _trust_the_loopback_interface()
    _update_one_item_at_a_time()


def _update_one_item_at_a_time() -> None:
    """Makes UpdateItem atomic, as it is on AWS: executions call it from threads of their own, and it reads before it writes."""
    update, one_at_a_time = dynamodb._update_item, RLock()

    def update_item(request: dict[str, Any]) -> Any:
        with one_at_a_time:
            return update(request)

    dynamodb._update_item = update_item


def _trust_the_loopback_interface() -> None:
    """Counts plain HTTP as ``aws:SecureTransport``: nothing here leaves the machine, and policies demand it on AWS."""
    resolve = iam_evaluator._resolve_condition_key

    def resolve_key(key: str, context: Any) -> Any:
        return "true" if key.lower() == "aws:securetransport" else resolve(key, context)

    iam_evaluator._resolve_condition_key = resolve_key


def _answer_repeated_starts() -> None:
    start = stepfunctions._start_execution

    def start_execution(request: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        """StartExecution repeated with the same name and input answers the running execution, as AWS does."""
        answer: tuple[int, dict[str, str], bytes] = start(request)
        status, _, body = answer
        if status != 400 or json.loads(body).get("__type") != "ExecutionAlreadyExists":
            return answer
        machine = str(request.get("stateMachineArn", "")).replace(":stateMachine:", ":execution:")
        running = stepfunctions._executions.get(f"{machine}:{request.get('name')}")
        if not running or running["status"] != "RUNNING" or running["input"] != request.get("input", "{}"):
            return answer
        started = {"executionArn": running["executionArn"], "startDate": running["startDate"]}
        repeated: tuple[int, dict[str, str], bytes] = stepfunctions.json_response(started)
        return repeated

    stepfunctions._start_execution = start_execution
