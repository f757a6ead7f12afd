"""``approve``: a person consents to one call of a dangerous tool. The call itself is made elsewhere, or not at all."""

from __future__ import annotations

import json
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response, content_types
from aws_lambda_powertools.utilities.typing import LambdaContext
from conclave.approving import ApprovalRefused, approve_call, call_from
from conclave.callers import CallerUnknown, person_of
from conclave.intake import SubmissionInvalid, parse_object
from conclave.observability import instruments
from conclave.runs import RunNotFound
from conclave.wiring import Wiring

logger, tracer, metrics = instruments()
app = APIGatewayRestResolver()


@app.post("/v1/runs/<run_id>/approvals")
def post_approval(run_id: str) -> Response[str]:
    event = app.current_event
    body = parse_object(event.body or "", event.headers.get("content-type", ""), encoded=bool(event.is_base64_encoded))
    wiring = Wiring.from_env()
    approval = approve_call(
        run_id,
        call_from(body),
        by=person_of(event["requestContext"]),
        pack=wiring.pack,
        runs=wiring.runs,
        clock=wiring.clock,
    )
    logger.info("call approved", run_id=run_id, approval=approval.id)
    answer = {"run_id": run_id, "binding": approval.binding, "approved_by": approval.approved_by}
    return _answer(201, {**answer, "expires_at": approval.expires_at})


@app.exception_handler(RunNotFound)
def not_found(error: RunNotFound) -> Response[str]:
    del error  # it repeats the path, which anybody may have written
    return _refuse(404, "run_not_found", "no such run; list runs with GET /v1/runs")


@app.exception_handler([ApprovalRefused, SubmissionInvalid])
def refuse(error: ApprovalRefused | SubmissionInvalid) -> Response[str]:
    return _refuse(error.status, error.code, error.message)


@app.exception_handler(CallerUnknown)
def unknown(error: CallerUnknown) -> Response[str]:
    return _refuse(403, "caller_unknown", str(error))


@app.exception_handler(Exception)
def fail(error: Exception) -> Response[str]:
    logger.exception("approval failed", exc_info=error)
    return _refuse(503, "unavailable", "the approval could not be stored; send it again")


def _refuse(status: int, code: str, message: str) -> Response[str]:
    return _answer(status, {"error": {"code": code, "message": message}})


def _answer(status: int, body: dict[str, Any]) -> Response[str]:
    return Response(status_code=status, content_type=content_types.APPLICATION_JSON, body=json.dumps(body))


@logger.inject_lambda_context(correlation_id_path="requestContext.requestId", clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
