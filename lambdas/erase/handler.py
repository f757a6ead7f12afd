"""``erase``: takes the texts of a run away. Its audit stays whole, and says who did it and why."""

from __future__ import annotations

import json
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response, content_types
from aws_lambda_powertools.utilities.typing import LambdaContext
from conclave.adapters.event_bus import EventBridgeBus
from conclave.callers import CallerUnknown, person_of
from conclave.erasure import ErasureInvalid, RunUnfinished, erase_texts
from conclave.intake import SubmissionInvalid, parse_object
from conclave.observability import instruments
from conclave.runs import RunNotFound
from conclave.wiring import Wiring

logger, tracer, metrics = instruments()
app = APIGatewayRestResolver()


@app.post("/v1/runs/<run_id>/erasure")
def post_erasure(run_id: str) -> Response[str]:
    event = app.current_event
    body = parse_object(event.body or "", event.headers.get("content-type", ""), encoded=bool(event.is_base64_encoded))
    wiring = Wiring.from_env()
    run = erase_texts(
        run_id,
        by=person_of(event["requestContext"]),
        reason=body.get("reason"),
        pack=wiring.pack,
        runs=wiring.runs,
        journal=wiring.journal,
        bus=EventBridgeBus(wiring.events, wiring.settings.event_bus_name),
        clock=wiring.clock,
    )
    logger.info("texts erased", run_id=run_id)
    return _answer(200, {"run_id": run_id, "texts": run.texts.value, "erased_at": run.texts_erased_at})


@app.exception_handler(RunNotFound)
def not_found(error: RunNotFound) -> Response[str]:
    del error  # it repeats the path, which anybody may have written
    return _refuse(404, "run_not_found", "no such run; list runs with GET /v1/runs")


@app.exception_handler(SubmissionInvalid)
def refuse_body(error: SubmissionInvalid) -> Response[str]:
    return _refuse(error.status, error.code, error.message)


@app.exception_handler([RunUnfinished, ErasureInvalid, CallerUnknown])
def refuse(error: Exception) -> Response[str]:
    status, code = {
        RunUnfinished: (409, "run_unfinished"),
        ErasureInvalid: (400, "reason_missing"),
        CallerUnknown: (403, "caller_unknown"),
    }[type(error)]
    return _refuse(status, code, str(error))


@app.exception_handler(Exception)
def fail(error: Exception) -> Response[str]:
    logger.exception("erasure failed", exc_info=error)
    return _refuse(503, "unavailable", "the erasure is not complete; send it again, it goes on from there")


def _refuse(status: int, code: str, message: str) -> Response[str]:
    return _answer(status, {"error": {"code": code, "message": message}})


def _answer(status: int, body: dict[str, Any]) -> Response[str]:
    return Response(status_code=status, content_type=content_types.APPLICATION_JSON, body=json.dumps(body))


@logger.inject_lambda_context(correlation_id_path="requestContext.requestId", clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
