"""``close_run``: an execution ended badly, so its place is given back and its run halted. No run stays open for ever."""

from __future__ import annotations

from typing import Any

import conclave.functions.loading as loading
from aws_lambda_powertools.utilities.typing import LambdaContext
from conclave.adapters.event_bus import EventBridgeBus
from conclave.functions.observability import instruments
from conclave.functions.wiring import Wiring
from conclave.steps.close_run import close
from conclave.types import RunStatus

logger, tracer, figures = instruments()


@loading.ready(lambda: Wiring.from_env().prepare("dynamodb", "events", spends=True))
@logger.inject_lambda_context(clear_state=True)
@tracer.traced
@figures.written
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    wiring = Wiring.from_env()
    detail = event["detail"]
    run_id = detail["name"]
    wiring.places.release(run_id)
    of_approvals = detail.get("stateMachineArn") == wiring.settings.approval_machine_arn
    if not of_approvals and wiring.runs.get(run_id).status is RunStatus.AWAITING_APPROVAL:
        logger.warning("run left to the execution that waits for people", run_id=run_id, execution=detail["status"])
        return {"run_id": run_id, "status": RunStatus.AWAITING_APPROVAL.value}
    decision = close(
        run_id,
        f"the execution ended as {detail['status']}",
        pack=wiring.pack,
        runs=wiring.runs,
        bus=EventBridgeBus(wiring.events, wiring.settings.event_bus_name),
        clock=wiring.clock,
        observe=figures,
    )
    logger.warning("run closed", run_id=run_id, status=decision.status, execution=detail["status"])
    return {"run_id": run_id, "status": decision.status.value}
