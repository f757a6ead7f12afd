"""``fork``: a run that goes on from a phase of another one, with changes, and decides for nobody."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import conclave.functions.loading as loading
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from conclave.adapters.event_bus import EventBridgeBus
from conclave.adapters.http_responses import answer, answer_errors
from conclave.adapters.step_functions import StepFunctionsMachine
from conclave.api.callers import Group, person_of, require_group, source_of
from conclave.api.forking.asked import asked_from
from conclave.api.forking.fork import fork_run
from conclave.api.intake import parse_object
from conclave.functions.observability import instruments
from conclave.functions.wiring import Wiring

logger, tracer, figures = instruments()
app = APIGatewayRestResolver()
answer_errors(app, logger, "the run could not be forked; send it again, it forks once")


@app.post("/v1/runs/<run_id>/forks")
def post_fork(run_id: str) -> Response[str]:
    event, wiring = app.current_event, Wiring.from_env()
    settings = wiring.settings
    require_group(event["requestContext"], settings.group(Group.FORKERS))
    body = parse_object(event.body or "", event.headers.get("content-type", ""), encoded=bool(event.is_base64_encoded))
    key = event.headers.get("idempotency-key", "")
    forked = fork_run(
        run_id,
        asked_from({**body, "idempotency_key": key} if key else body),
        by=person_of(event["requestContext"]),
        source=source_of(event["requestContext"]),
        correlation_id=event.request_context.extended_request_id or "",
        pack=wiring.pack,
        runs=wiring.runs,
        machine=StepFunctionsMachine(wiring.states, settings.state_machine_arn),
        bus=EventBridgeBus(wiring.events, settings.event_bus_name),
        spending=wiring.spending,
        clock=wiring.clock,
        in_force=wiring.in_force.settings,
        packaged=wiring.packaged,
        tiers=wiring.prices.tiers,
        stage=settings.stage,
    )
    logger.info("run forked", run_id=run_id, fork=forked.run_id, duplicate=forked.duplicate)
    return answer(HTTPStatus.ACCEPTED, {"run_id": forked.run_id, "of": run_id, "duplicate": forked.duplicate})


@loading.ready(lambda: Wiring.from_env().prepare("dynamodb", "stepfunctions", "appconfigdata", "events", spends=True))
@logger.inject_lambda_context(correlation_id_path="requestContext.extendedRequestId", clear_state=True)
@tracer.traced
@figures.written
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
