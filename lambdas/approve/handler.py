"""``approve``: a person approves, refuses or overrides what was decided about a run."""

from __future__ import annotations

from typing import Any

import conclave.functions.loading as loading
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from conclave.adapters.event_bus import EventBridgeBus
from conclave.adapters.http_responses import answer, answer_errors
from conclave.adapters.task_tokens import StepFunctionsWaker
from conclave.api.approving.acts import Person, act_on, asked_from
from conclave.api.approving.shown import shown
from conclave.api.callers import groups_of, person_of
from conclave.api.intake import parse_object
from conclave.functions.observability import instruments
from conclave.functions.wiring import Wiring

logger, tracer, figures = instruments()
app = APIGatewayRestResolver()
answer_errors(app, logger, "the act may not have reached whoever waits for it; send it again, it counts once")


@app.post("/v1/runs/<run_id>/approval")
def post_approval(run_id: str) -> Response[str]:
    event, wiring = app.current_event, Wiring.from_env()
    settings, caller = wiring.settings, event["requestContext"]
    body = parse_object(event.body or "", event.headers.get("content-type", ""), encoded=bool(event.is_base64_encoded))
    approval = act_on(
        run_id,
        asked_from(body),
        person=Person(person_of(caller), groups_of(caller, settings.table_prefix)),
        pack=wiring.pack,
        runs=wiring.runs,
        bus=EventBridgeBus(wiring.events, settings.event_bus_name),
        clock=wiring.clock,
        waker=StepFunctionsWaker(wiring.states, wiring.kms, settings.approval_key_arn),
    )
    logger.info("approval acted on", run_id=run_id, state=approval.state)
    return answer(200, {"run_id": run_id, "approval": shown(approval)})


@loading.ready(lambda: Wiring.from_env().prepare("dynamodb", "events", "kms", "stepfunctions"))
@logger.inject_lambda_context(correlation_id_path="requestContext.extendedRequestId", clear_state=True)
@tracer.traced
@figures.written
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
