"""``erase``: takes the texts of a run away. Its audit stays whole, and says who did it and why."""

from __future__ import annotations

from typing import Any

import conclave.functions.loading as loading
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from conclave.adapters.event_bus import EventBridgeBus
from conclave.adapters.http_responses import answer, answer_errors
from conclave.api.callers import Group, person_of, require_group
from conclave.api.erasure import erase_texts
from conclave.api.intake import parse_object
from conclave.functions.observability import instruments
from conclave.functions.wiring import Wiring

logger, tracer, figures = instruments()
app = APIGatewayRestResolver()
answer_errors(app, logger, "the erasure is not complete; send it again, it goes on from there")


@app.post("/v1/runs/<run_id>/erasure")
def post_erasure(run_id: str) -> Response[str]:
    event, wiring = app.current_event, Wiring.from_env()
    require_group(event["requestContext"], wiring.settings.group(Group.ERASERS))
    body = parse_object(event.body or "", event.headers.get("content-type", ""), encoded=bool(event.is_base64_encoded))
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
    return answer(200, {"run_id": run_id, "texts": run.texts.value, "erased_at": run.texts_erased_at})


@loading.ready(lambda: Wiring.from_env().prepare("dynamodb", "events"))
@logger.inject_lambda_context(correlation_id_path="requestContext.extendedRequestId", clear_state=True)
@tracer.traced
@figures.written
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
