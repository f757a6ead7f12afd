"""Step Functions: starting an execution once per name, and asking what became of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from conclave.steps.executions import Execution

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.client import SFNClient

_UNDER_WAY = frozenset({"RUNNING", "PENDING_REDRIVE"})


class StepFunctionsMachine:
    """The deployed phase machine. See ``conclave.steps.sweep.Executions``."""

    def __init__(self, client: SFNClient, arn: str) -> None:
        self._client = client
        self._arn = arn

    def start(self, name: str, payload: Mapping[str, str]) -> bool:
        """See ``Machine.start``: Step Functions itself refuses a second execution of a name."""
        try:
            self._client.start_execution(
                stateMachineArn=self._arn, name=name, input=json.dumps(payload, sort_keys=True)
            )
        except self._client.exceptions.ExecutionAlreadyExists:
            return False
        return True

    def look(self, name: str) -> Execution:
        """See ``Executions.look``. An execution without an outcome is forgotten after 90 days, long after it was halted."""
        arn = f"{self._arn.replace(':stateMachine:', ':execution:')}:{name}"
        try:
            status = self._client.describe_execution(executionArn=arn)["status"]
        except self._client.exceptions.ExecutionDoesNotExist:
            return Execution.ABSENT
        return Execution.RUNNING if status in _UNDER_WAY else Execution.ENDED
