"""``receive``: incidents reported on the bus, queued, become runs; a bad one goes to the dead letters, alone."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.parser import parse
from aws_lambda_powertools.utilities.parser.models import EventBridgeModel
from aws_lambda_powertools.utilities.typing import LambdaContext
from conclave.acceptance import accept_request
from conclave.observability import count, instruments
from conclave.wiring import Wiring

logger, tracer, metrics = instruments()
processor = BatchProcessor(event_type=EventType.SQS)


def accept_record(record: SQSRecord, lambda_context: LambdaContext | None = None) -> None:
    event = parse(event=record.json_body, model=EventBridgeModel)
    accepted = accept_request(
        event.detail,
        wiring=Wiring.from_env(),
        correlation_id=event.id,
        source=event.source,
        idempotency_key="",
        context=lambda_context,
    )
    count(metrics, "RunsDuplicate" if accepted.duplicate else "RunsAccepted")
    logger.info("incident accepted", run_id=accepted.run_id, correlation_id=event.id, duplicate=accepted.duplicate)


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    return process_partial_response(event=event, record_handler=accept_record, processor=processor, context=context)
