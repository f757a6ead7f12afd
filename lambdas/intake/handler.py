"""``intake``: a request to the API becomes a run, once. Nothing waits for the decision."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response, content_types
from aws_lambda_powertools.utilities.typing import LambdaContext
from conclave.acceptance import accept_request
from conclave.callers import source_of
from conclave.intake import SubmissionInvalid, parse_body
from conclave.observability import count, instruments
from conclave.wiring import Wiring

logger, tracer, metrics = instruments()
app = APIGatewayRestResolver()


@app.post("/v1/incidents")
def post_incident() -> Response[str]:
    event = app.current_event
    accepted = accept_request(
        parse_body(event.body or "", event.headers.get("content-type", ""), encoded=bool(event.is_base64_encoded)),
        wiring=Wiring.from_env(),
        correlation_id=event.request_context.request_id or "",
        source=source_of(app.current_event["requestContext"]),
        idempotency_key=event.headers.get("idempotency-key", ""),
        context=app.lambda_context,
    )
    logger.info("incident accepted", run_id=accepted.run_id, duplicate=accepted.duplicate)
    count(metrics, "RunsDuplicate" if accepted.duplicate else "RunsAccepted")
    return _answer(202, {"run_id": accepted.run_id, "status": "running", "duplicate": accepted.duplicate})


@app.exception_handler(SubmissionInvalid)
def refuse(error: SubmissionInvalid) -> Response[str]:
    return _answer(error.status, {"error": {"code": error.code, "message": error.message}})


@app.exception_handler(Exception)
def fail(error: Exception) -> Response[str]:
    logger.exception("intake failed", exc_info=error)
    message = "the request could not be accepted; send it again, it starts once"
    return _answer(HTTPStatus.SERVICE_UNAVAILABLE, {"error": {"code": "unavailable", "message": message}})


def _answer(status: int, body: dict[str, Any]) -> Response[str]:
    return Response(status_code=status, content_type=content_types.APPLICATION_JSON, body=json.dumps(body))


@logger.inject_lambda_context(correlation_id_path="requestContext.requestId", clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
