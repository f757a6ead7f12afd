"""The first and the last state of the phase machine: it takes a place for its run, and gives it back.

A semaphore in one item of DynamoDB, which the machine asks itself, as in AWS's own example ("Controlling concurrency in
distributed systems using AWS Step Functions"). Here the item holds a set of run ids, so both states may be repeated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aws_cdk import Aws
from conclave.records.admission import ADMISSION, HOLDERS

State = dict[str, Any]

PAUSE_SECONDS = 5
"""Longest pause between two attempts to get a place. Each is drawn anew, and does not grow: who waits long is not put back."""
CALL_SECONDS = 10
"""Time limit of one attempt."""
REFUSED = "DynamoDB.ConditionalCheckFailedException"
"""The error of an attempt that found no place free."""
_BUSY = (
    "DynamoDB.ProvisionedThroughputExceededException",
    "DynamoDB.ThrottlingException",
    "DynamoDB.RequestLimitExceeded",
)
"""The errors of an attempt that came when many others asked."""

_AN_ATTEMPT_TAKES_SECONDS = 1
_ANY_ERROR: State = {
    "ErrorEquals": ["States.ALL"],
    "IntervalSeconds": 1,
    "MaxAttempts": 5,
    "BackoffRate": 2,
    "MaxDelaySeconds": 10,
    "JitterStrategy": "FULL",
}
_KEY: State = {"run_id": {"S": ADMISSION}, "record": {"S": HOLDERS}}
_RUN: State = {"SS.$": "States.Array($.run_id)"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """The limits on the runs that a machine lets in.

    Attributes:
        table: Name of the table that the item is in: partition key ``run_id``, sort key ``record``.
        runs_at_once: How many runs hold a place at most.
        waiting_seconds: How long a run waits for one at most.
    """

    table: str
    runs_at_once: int
    waiting_seconds: int


def take_place(admission: Admission, *, then: str, refused: str, failed: str) -> State:
    """The state that takes a place for its run, or waits for one.

    Args:
        admission: How many are let in.
        then: The state after it.
        refused: The state of a run that waited in vain.
        failed: The state of a run that could not ask.
    """
    attempts = admission.waiting_seconds // (PAUSE_SECONDS + _AN_ATTEMPT_TAKES_SECONDS)
    return {
        **_update(
            admission,
            UpdateExpression="ADD holders :run",
            ConditionExpression="attribute_not_exists(holders) OR size(holders) < :limit OR contains(holders, :id)",
            ExpressionAttributeValues={
                ":run": _RUN,
                ":id": {"S.$": "$.run_id"},
                ":limit": {"N": str(admission.runs_at_once)},
            },
        ),
        "Retry": [
            {
                "ErrorEquals": [REFUSED, *_BUSY],
                "IntervalSeconds": PAUSE_SECONDS,
                "MaxAttempts": attempts,
                "BackoffRate": 1,
                "JitterStrategy": "FULL",
            },
            _ANY_ERROR,
        ],
        "Catch": [
            {"ErrorEquals": [REFUSED, *_BUSY], "ResultPath": "$.failure", "Next": refused},
            {"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": failed},
        ],
        "Next": then,
    }


def give_place_back(admission: Admission) -> State:
    """The last state. Where it fails the execution fails, and whoever closes the run gives the place back."""
    update = _update(admission, UpdateExpression="DELETE holders :run", ExpressionAttributeValues={":run": _RUN})
    return {**update, "Retry": [_ANY_ERROR], "End": True}


def _update(admission: Admission, **expressions: Any) -> State:
    return {
        "Type": "Task",
        "Resource": f"arn:{Aws.PARTITION}:states:::dynamodb:updateItem",
        "Parameters": {"TableName": admission.table, "Key": _KEY, **expressions},
        # What DynamoDB answers is nobody's business. A ResultPath of null would say so, but the CDK drops nulls on the way.
        "ResultSelector": {"done": True},
        "ResultPath": "$.place",
        "TimeoutSeconds": CALL_SECONDS,
    }
