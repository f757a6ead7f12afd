"""``publish``: the only function that writes a decision. No model is near."""

from __future__ import annotations

from typing import Any

import conclave.functions.loading as loading
from aws_lambda_powertools.utilities.typing import LambdaContext
from conclave.adapters.event_bus import EventBridgeBus
from conclave.functions.observability import instruments
from conclave.functions.wiring import Wiring
from conclave.steps.publish import publish

logger, tracer, figures = instruments()


@loading.ready(lambda: Wiring.from_env().prepare("dynamodb", "events", spends=True))
@logger.inject_lambda_context(correlation_id_path="correlation_id", clear_state=True)
@tracer.traced
@figures.written
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    wiring = Wiring.from_env()
    decision = publish(
        event["run_id"],
        event["fence"],
        pack=wiring.pack,
        runs=wiring.runs,
        bus=EventBridgeBus(wiring.events, wiring.settings.event_bus_name),
        clock=wiring.clock,
        observe=figures,
    )
    logger.info("decision published", run_id=event["run_id"], status=decision.status, option=decision.option_id)
    return {"run_id": event["run_id"], "status": decision.status.value}
