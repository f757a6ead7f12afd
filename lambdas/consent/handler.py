"""``consent``: a person consents to one call of a dangerous tool. The call itself is made elsewhere, or not at all."""

from __future__ import annotations

from typing import Any

import conclave.functions.loading as loading
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from conclave.adapters.http_responses import answer, answer_errors
from conclave.api.callers import Group, person_of, require_group
from conclave.api.consent import call_from, give_consent
from conclave.api.intake import parse_object
from conclave.functions.observability import instruments
from conclave.functions.wiring import Wiring

logger, tracer, figures = instruments()
app = APIGatewayRestResolver()
answer_errors(app, logger, "the consent could not be stored; send it again")


@app.post("/v1/runs/<run_id>/consents")
def post_consent(run_id: str) -> Response[str]:
    event, wiring = app.current_event, Wiring.from_env()
    require_group(event["requestContext"], wiring.settings.group(Group.CONSENTERS))
    body = parse_object(event.body or "", event.headers.get("content-type", ""), encoded=bool(event.is_base64_encoded))
    consent = give_consent(
        run_id,
        call_from(body),
        by=person_of(event["requestContext"]),
        pack=wiring.pack,
        runs=wiring.runs,
        clock=wiring.clock,
    )
    logger.info("call consented to", run_id=run_id, consent=consent.id)
    return answer(
        201,
        {
            "run_id": run_id,
            "binding": consent.binding,
            "given_by": consent.given_by,
            "expires_at": consent.expires_at,
        },
    )


@loading.ready(lambda: Wiring.from_env().prepare("dynamodb"))
@logger.inject_lambda_context(correlation_id_path="requestContext.extendedRequestId", clear_state=True)
@tracer.traced
@figures.written
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
