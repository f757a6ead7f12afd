"""``approve``: a person consents to one call of a dangerous tool. The call itself is made elsewhere, or not at all."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from conclave.adapters.http_responses import answer, answer_errors
from conclave.api.callers import Group, person_of, require_group
from conclave.api.consent import approve_call, call_from
from conclave.api.intake import parse_object
from conclave.functions.observability import instruments
from conclave.functions.wiring import Wiring

logger, tracer, metrics = instruments()
app = APIGatewayRestResolver()
answer_errors(app, logger, "the approval could not be stored; send it again")


@app.post("/v1/runs/<run_id>/approvals")
def post_approval(run_id: str) -> Response[str]:
    event, wiring = app.current_event, Wiring.from_env()
    require_group(event["requestContext"], wiring.settings.group(Group.APPROVERS))
    body = parse_object(event.body or "", event.headers.get("content-type", ""), encoded=bool(event.is_base64_encoded))
    approval = approve_call(
        run_id,
        call_from(body),
        by=person_of(event["requestContext"]),
        pack=wiring.pack,
        runs=wiring.runs,
        clock=wiring.clock,
    )
    logger.info("call approved", run_id=run_id, approval=approval.id)
    return answer(
        201,
        {
            "run_id": run_id,
            "binding": approval.binding,
            "approved_by": approval.approved_by,
            "expires_at": approval.expires_at,
        },
    )


@logger.inject_lambda_context(correlation_id_path="requestContext.extendedRequestId", clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
