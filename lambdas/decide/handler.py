"""``decide``: the only way to an outcome. Pure code between two reads and a write."""

from __future__ import annotations

from typing import Any

import conclave.functions.loading as loading
from aws_lambda_powertools.utilities.typing import LambdaContext
from conclave.codec import convert, plain
from conclave.functions.observability import instruments
from conclave.functions.wiring import Wiring
from conclave.results import Branch
from conclave.steps.decide import perform_decide
from conclave.types import Failure

logger, tracer, figures = instruments()


@loading.ready(lambda: Wiring.from_env().prepare("dynamodb"))
@logger.inject_lambda_context(correlation_id_path="correlation_id", clear_state=True)
@tracer.traced
@figures.written
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    wiring = Wiring.from_env()
    arbiter, failure = event.get("arbiter"), event.get("failure")
    breakers = wiring.breakers(event["run_id"])
    decision, proposed = perform_decide(
        wiring.context(event["run_id"], event["fence"], breakers),
        arbiter=convert(arbiter, Branch) if arbiter else None,
        failure=Failure(error=failure["error"], cause=failure["state"]) if failure else None,
    )
    figures.circuits(breakers.settle())
    logger.info("decision proposed", run_id=event["run_id"], status=decision.status, option=decision.option_id)
    return dict(plain(proposed))
