"""Answers of the emulator that differ from those of AWS where Conclave depends on the difference."""

from __future__ import annotations

import json
from typing import Any

from ministack.services import stepfunctions


def install() -> None:
    """Replaces what differs. To be called before the emulator's ``main``."""
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
