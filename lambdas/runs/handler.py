"""``runs``: answers what is known of a run, and lists runs by status or day. Reads only."""

from __future__ import annotations

from typing import Any

import conclave.functions.loading as loading
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from conclave.adapters.http_responses import answer, answer_errors
from conclave.api.callers import Group, require_group
from conclave.api.documents import audit_document, run_document
from conclave.api.queries import list_runs, recording_document, texts_document
from conclave.api.trace import trace_document
from conclave.api.views.picture import picture_document
from conclave.functions.observability import instruments
from conclave.functions.wiring import Wiring
from conclave.streaming.reading import events_document

logger, tracer, figures = instruments()
app = APIGatewayRestResolver()
answer_errors(app, logger, "the answer could not be read; ask again in a moment")


@app.get("/v1/runs")
def get_runs() -> Response[str]:
    wiring = Wiring.from_env()
    return answer(200, list_runs(app.current_event.query_string_parameters or {}, wiring.runs, wiring.clock))


@app.get("/v1/runs/<run_id>")
def get_run(run_id: str) -> Response[str]:
    wiring = Wiring.from_env()
    settings = wiring.settings
    document = run_document(
        run_id, pack=wiring.pack, runs=wiring.runs, journal=wiring.journal, stage=settings.stage, clock=wiring.clock
    )
    return answer(200, document)


@app.get("/v1/runs/<run_id>/audit")
def get_audit(run_id: str) -> Response[str]:
    return answer(200, audit_document(run_id, runs=Wiring.from_env().runs))


@app.get("/v1/runs/<run_id>/trace")
def get_trace(run_id: str) -> Response[str]:
    wiring = Wiring.from_env()
    document = trace_document(run_id, pack=wiring.pack, runs=wiring.runs, journal=wiring.journal, clock=wiring.clock)
    return answer(200, document)


@app.get("/v1/runs/<run_id>/picture")
def get_picture(run_id: str) -> Response[str]:
    wiring = Wiring.from_env()
    return answer(200, picture_document(run_id, pack=wiring.pack, runs=wiring.runs))


@app.get("/v1/runs/<run_id>/events")
def get_events(run_id: str) -> Response[str]:
    wiring = Wiring.from_env()
    asked = app.current_event.query_string_parameters or {}
    document = events_document(
        run_id, asked, pack=wiring.pack, runs=wiring.runs, journal=wiring.journal, events=wiring.told
    )
    return answer(200, document)


@app.get("/v1/runs/<run_id>/texts")
def get_texts(run_id: str) -> Response[str]:
    wiring = Wiring.from_env()
    require_group(app.current_event["requestContext"], wiring.settings.group(Group.ERASERS))
    asked = app.current_event.query_string_parameters or {}
    return answer(200, texts_document(run_id, asked, pack=wiring.pack, runs=wiring.runs, journal=wiring.journal))


@app.get("/v1/runs/<run_id>/recording")
def get_recording(run_id: str) -> Response[str]:
    wiring = Wiring.from_env()
    require_group(app.current_event["requestContext"], wiring.settings.group(Group.ERASERS))
    asked = app.current_event.query_string_parameters or {}
    return answer(200, recording_document(run_id, asked, pack=wiring.pack, runs=wiring.runs, journal=wiring.journal))


@loading.ready(lambda: Wiring.from_env().prepare("dynamodb"))
@logger.inject_lambda_context(correlation_id_path="requestContext.extendedRequestId", clear_state=True)
@tracer.traced
@figures.written
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
