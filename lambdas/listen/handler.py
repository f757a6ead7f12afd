"""``listen``: lets clients hear of a run while it goes on. Gives tickets by the API, and serves the connections they open."""

from __future__ import annotations

from typing import Any

import conclave.functions.loading as loading
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from conclave.adapters.http_responses import answer, answer_errors
from conclave.api.intake import parse_object
from conclave.functions.listening import at_the_socket
from conclave.functions.observability import instruments
from conclave.functions.wiring import Wiring
from conclave.streaming.listeners import TICKET_SECONDS
from conclave.streaming.reading import invite

logger, tracer, figures = instruments()
app = APIGatewayRestResolver()
answer_errors(app, logger, "no ticket could be given; ask again in a moment, or ask for the run's events")


@app.post("/v1/runs/<run_id>/listeners")
def post_listener(run_id: str) -> Response[str]:
    event, wiring = app.current_event, Wiring.from_env()
    body = parse_object(event.body or "", event.headers.get("content-type", ""), encoded=bool(event.is_base64_encoded))
    ticket = invite(run_id, body, runs=wiring.runs, events=wiring.told, now=int(wiring.clock().timestamp()))
    return answer(201, {"run_id": run_id, "ticket": ticket, "seconds": TICKET_SECONDS})


@loading.ready(lambda: Wiring.from_env().prepare("dynamodb"))
@logger.inject_lambda_context(correlation_id_path="requestContext.extendedRequestId", clear_state=True)
@tracer.traced
@figures.written
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    serve = at_the_socket(event)
    return serve(event, Wiring.from_env()) if serve else app.resolve(event, context)
