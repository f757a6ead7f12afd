"""``intake``: a request to the API becomes a run, once. Nothing waits for the decision; one that still stands is given again."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import conclave.functions.loading as loading
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from conclave.adapters.event_bus import EventBridgeBus
from conclave.adapters.http_responses import answer, answer_errors
from conclave.api.callers import Group, asker_of, may_read_runs, require_group, source_of
from conclave.api.earlier import Asker, Earlier, begun, earlier_decision, told_here
from conclave.api.intake import Accepted, parse_body
from conclave.figures import DECISIONS_GIVEN, RUNS_ACCEPTED, RUNS_DUPLICATE
from conclave.functions.acceptance import accept_request
from conclave.functions.observability import instruments
from conclave.functions.wiring import Wiring

logger, tracer, figures = instruments()
app = APIGatewayRestResolver()
told = told_here()
answer_errors(app, logger, "the request could not be accepted; send it again, it starts once")


@app.post("/v1/incidents")
def post_incident() -> Response[str]:
    event, wiring = app.current_event, Wiring.from_env()
    asker = Asker(name=source_of(event["requestContext"]), reads_runs=may_read_runs(event["requestContext"]))
    require_group(event["requestContext"], wiring.settings.group(Group.REPORTERS))
    accepted = accept_request(
        parse_body(event.body or "", event.headers.get("content-type", ""), encoded=bool(event.is_base64_encoded)),
        wiring=wiring,
        # The gateway's own: a caller may send the other id of a request, and this one stands in logs, events and the audit.
        correlation_id=event.request_context.extended_request_id or "",
        source=asker.name,
        idempotency_key=event.headers.get("idempotency-key", ""),
        context=app.lambda_context,
        asked_by=asker_of(event["requestContext"]),
    )
    logger.info("incident accepted", run_id=accepted.run_id, duplicate=accepted.duplicate)
    figures(RUNS_DUPLICATE if accepted.duplicate else RUNS_ACCEPTED)
    earlier = _earlier(accepted, asker, wiring)
    figures(DECISIONS_GIVEN, float(earlier.why_not is None))
    status = HTTPStatus.ACCEPTED if earlier.why_not else HTTPStatus.OK
    return answer(status, {"run_id": accepted.run_id, "duplicate": accepted.duplicate, **earlier.answer})


def _earlier(accepted: Accepted, asker: Asker, wiring: Wiring) -> Earlier:
    if not accepted.duplicate:
        return begun(own_key=accepted.own_key)
    return earlier_decision(
        accepted.run_id,
        asker,
        pack=wiring.pack,
        runs=wiring.runs,
        versions=wiring.data_versions,
        bus=EventBridgeBus(wiring.events, wiring.settings.event_bus_name),
        clock=wiring.clock,
        fresh_seconds=wiring.in_force.settings.limits.reuse_seconds,
        told=told,
    )


@loading.ready(lambda: Wiring.from_env().prepare("dynamodb", "stepfunctions", "appconfigdata", spends=True))
@logger.inject_lambda_context(correlation_id_path="requestContext.extendedRequestId", clear_state=True)
@tracer.traced
@figures.written
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
