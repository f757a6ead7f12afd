"""``hold``: after ``decide``, a run waits for people: it is held, and what wakes the waiting execution is kept, encrypted."""

from __future__ import annotations

from typing import Any

import conclave.functions.loading as loading
from aws_lambda_powertools.utilities.typing import LambdaContext
from conclave.adapters.event_bus import EventBridgeBus
from conclave.adapters.step_functions import StepFunctionsMachine
from conclave.adapters.task_tokens import KmsSealer
from conclave.functions.observability import instruments
from conclave.functions.wiring import Wiring
from conclave.steps.approving.hold import open_approval, wait_for_people
from conclave.steps.executions import start

logger, tracer, figures = instruments()


@loading.ready(lambda: Wiring.from_env().prepare("dynamodb", "events", "kms", "stepfunctions", spends=True))
@logger.inject_lambda_context(correlation_id_path="correlation_id", clear_state=True)
@tracer.traced
@figures.written
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    wiring = Wiring.from_env()
    run_id = event["run_id"]
    if "token" in event:
        approval = wait_for_people(
            wiring.context(run_id),
            event["token"],
            sealer=KmsSealer(wiring.kms, wiring.settings.approval_key_arn),
            bus=EventBridgeBus(wiring.events, wiring.settings.event_bus_name),
        )
        logger.info("people asked", run_id=run_id, groups=approval.groups, deadline=approval.deadline)
        return {"run_id": run_id}
    run = open_approval(wiring.context(run_id, event["fence"]), observe=figures)
    start(run, StepFunctionsMachine(wiring.states, wiring.settings.approval_machine_arn))
    logger.info("run held for people", run_id=run_id)
    return {"run_id": run_id}
