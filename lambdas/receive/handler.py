"""``receive``: an incident reported on the bus becomes a run; what cannot is tried again by Lambda, then a dead letter."""

from __future__ import annotations

from typing import Any

import conclave.functions.loading as loading
from aws_lambda_powertools.utilities.data_classes import EventBridgeEvent
from aws_lambda_powertools.utilities.typing import LambdaContext
from conclave.api.callers import source_on_bus
from conclave.api.intake import SubmissionInvalid
from conclave.figures import RUNS_ACCEPTED, RUNS_DUPLICATE
from conclave.functions.acceptance import accept_request
from conclave.functions.observability import instruments
from conclave.functions.wiring import Wiring

logger, tracer, figures = instruments()


class ReportRefused(Exception):
    """The event cannot become a run; the message is the stable word for why, and no text of the event."""


@loading.ready(lambda: Wiring.from_env().prepare("dynamodb", "stepfunctions", "appconfigdata", spends=True))
@logger.inject_lambda_context(correlation_id_path="id", clear_state=True)
@tracer.traced
@figures.written
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    reported = EventBridgeEvent(event)
    try:
        accepted = accept_request(
            reported.detail,
            wiring=Wiring.from_env(),
            correlation_id=reported.get_id,
            source=source_on_bus(reported.source),
            idempotency_key="",
            context=context,
            # A delivery is repeated for a day: the time of the event stays the same, today does not.
            day=reported.time[:10],
        )
    except SubmissionInvalid as error:
        raise ReportRefused(error.code) from None
    figures(RUNS_DUPLICATE if accepted.duplicate else RUNS_ACCEPTED)
    logger.info("incident accepted", run_id=accepted.run_id, duplicate=accepted.duplicate)
    return {"run_id": accepted.run_id, "duplicate": accepted.duplicate}
