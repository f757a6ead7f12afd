"""``settle``: what people did becomes what is published, after facts, checks and ``decide`` have been gone through again."""

from __future__ import annotations

from typing import Any

import conclave.functions.loading as loading
from aws_lambda_powertools.utilities.typing import LambdaContext
from conclave.codec import plain
from conclave.functions.observability import instruments
from conclave.functions.wiring import Wiring
from conclave.steps.approving.settle import settle

logger, tracer, figures = instruments()


@loading.ready(lambda: Wiring.from_env().prepare("dynamodb"))
@logger.inject_lambda_context(correlation_id_path="correlation_id", clear_state=True)
@tracer.traced
@figures.written
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    wiring = Wiring.from_env()
    settled = settle(wiring.context(event["run_id"]), tables=lambda: wiring.tables)
    logger.info("approval settled", run_id=event["run_id"], again=settled.again, wait_seconds=settled.wait_seconds)
    return dict(plain(settled))
