"""``feedback``: a person says what came of a decision. It changes nothing of the decision."""

from __future__ import annotations

from typing import Any

import conclave.functions.loading as loading
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from conclave.adapters.event_bus import EventBridgeBus
from conclave.adapters.http_responses import answer, answer_errors
from conclave.api.approving.feedback import give_feedback, said_from
from conclave.api.approving.shown import said
from conclave.api.callers import Group, person_of, require_group
from conclave.api.intake import parse_object
from conclave.functions.observability import instruments
from conclave.functions.wiring import Wiring

logger, tracer, figures = instruments()
app = APIGatewayRestResolver()
answer_errors(app, logger, "the feedback could not be kept; send it again, it counts once")


@app.post("/v1/runs/<run_id>/feedback")
def post_feedback(run_id: str) -> Response[str]:
    event, wiring = app.current_event, Wiring.from_env()
    require_group(event["requestContext"], wiring.settings.group(Group.REPORTERS))
    body = parse_object(event.body or "", event.headers.get("content-type", ""), encoded=bool(event.is_base64_encoded))
    given = give_feedback(
        run_id,
        said_from(body),
        by=person_of(event["requestContext"]),
        pack=wiring.pack,
        runs=wiring.runs,
        bus=EventBridgeBus(wiring.events, wiring.settings.event_bus_name),
        clock=wiring.clock,
        observe=figures,
    )
    logger.info("feedback given", run_id=run_id, rating=given.rating)
    return answer(201, {"run_id": run_id, "feedback": said(given)})


@loading.ready(lambda: Wiring.from_env().prepare("dynamodb", "events"))
@logger.inject_lambda_context(correlation_id_path="requestContext.extendedRequestId", clear_state=True)
@tracer.traced
@figures.written
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
