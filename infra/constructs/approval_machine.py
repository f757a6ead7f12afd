"""The machine of approvals: an execution for each run that people have to act on, beside the run's own, whose time is bounded.

It asks ``settle`` what to do: wait for people, for as long as they have, or publish. What people do wakes it, and so does the end
of their time; whatever woke it, ``settle`` looks at what is recorded, so that a token says nothing but "look now".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_stepfunctions as sfn
from conclave.pack import Pack
from conclave.results import Settled
from constructs import Construct

from infra.constructs.logs import Logs
from infra.constructs.phase_machine import IDS, SECONDS, STEP, choice, field_names, path, task
from infra.stage import Stage

State = dict[str, Any]

_LOOK_AGAIN = ["States.Timeout", "NothingToAsk"]
"""Time is over, or people had acted: not a failure, but a reason to look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The functions that the tasks invoke: ARNs of aliases."""

    hold: str
    settle: str
    publish: str


class ApprovalMachine(Construct):
    """The state machine.

    Attributes:
        machine: The state machine.
        role: What it may do; grants go here.
    """

    def __init__(
        self, scope: Construct, id: str, *, name: str, stage: Stage, pack: Pack, steps: Steps, logs: Logs
    ) -> None:
        super().__init__(scope, id)
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_name=name,
            comment=f"{pack.title}: approvals",
            definition_body=sfn.DefinitionBody.from_string(Stack.of(self).to_json_string(definition(pack, steps))),
            tracing_enabled=stage.tracing,
            logs=sfn.LogOptions(
                destination=logs.group(self, "Log", name=f"/aws/vendedlogs/states/{name}"),
                level=sfn.LogLevel[stage.machine_log_level],
                include_execution_data=False,
            ),
        )
        self.role = self.machine.role


def definition(pack: Pack, steps: Steps) -> State:
    """The machine in Amazon States Language (JSONPath)."""
    settled = "settled"
    return {
        "Comment": f"{pack.title}: people act on one decision",
        "StartAt": "Settle",
        "States": {
            "Settle": {
                **task(steps.settle, payload=IDS, result=field_names(Settled), timeout_seconds=SECONDS["settle"]),
                "Retry": STEP,
                "ResultPath": f"$.{settled}",
                "Next": "People?",
            },
            "People?": choice({path(settled, Settled, "again"): "Wait for people"}, otherwise="Publish"),
            "Wait for people": _wait(steps.hold, path(settled, Settled, "wait_seconds")),
            "Publish": {
                **task(
                    steps.publish,
                    payload={**IDS, "fence.$": path(settled, Settled, "fence")},
                    result=["run_id", "status"],
                    timeout_seconds=SECONDS["publish"],
                ),
                "Retry": STEP,
                "End": True,
            },
        },
    }


def _wait(hold: str, seconds: str) -> State:
    asks = task(hold, payload={**IDS, "token.$": "$$.Task.Token"}, result=[], timeout_seconds=0)
    return {
        "Type": "Task",
        "Resource": f"{asks['Resource']}.waitForTaskToken",
        "Parameters": asks["Parameters"],
        "TimeoutSecondsPath": seconds,
        "Retry": [{"ErrorEquals": _LOOK_AGAIN, "MaxAttempts": 0}, *STEP],
        "Catch": [{"ErrorEquals": _LOOK_AGAIN, "ResultPath": "$.woken", "Next": "Settle"}],
        "ResultPath": "$.woken",
        "Next": "Settle",
    }
