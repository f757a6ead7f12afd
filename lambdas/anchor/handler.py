"""``anchor``: signs the head of a run's audit and locks it away. Its role writes no audit; those who write one cannot sign."""

from __future__ import annotations

from typing import Any

import conclave.functions.loading as loading
from aws_lambda_powertools.utilities.typing import LambdaContext
from conclave.adapters.anchors import KmsSigner, LockedBucket
from conclave.audit.anchoring import anchor
from conclave.functions.observability import instruments
from conclave.functions.wiring import Wiring

logger, tracer, figures = instruments()


@loading.ready(lambda: Wiring.from_env().prepare("dynamodb", "kms", "s3"))
@logger.inject_lambda_context(correlation_id_path="detail.correlation_id", clear_state=True)
@tracer.traced
@figures.written
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    wiring = Wiring.from_env()
    detail = event["detail"]
    statement = anchor(
        detail["run_id"],
        detail["audit"],
        audits=wiring.runs,
        signer=KmsSigner(wiring.kms, wiring.settings.anchor_key_arn),
        vault=LockedBucket(wiring.s3, wiring.settings.anchors_bucket),
        clock=wiring.clock,
    )
    logger.info("audit anchored", run_id=statement.run_id, entries=statement.entries)
    return {"run_id": statement.run_id, "entries": statement.entries, "head": statement.head}
