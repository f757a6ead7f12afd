"""Accepting a request on the deployed parts: what ``intake`` and ``receive`` share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conclave.adapters.idempotency import accept_once
from conclave.adapters.step_functions import StepFunctionsMachine
from conclave.api.intake import Accepted, accept, parse_submission, refuse_while_closed, run_id_for, standing_of
from conclave.clock import timestamp
from conclave.functions.wiring import Wiring
from conclave.money.spending import Standing

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def accept_request(
    body: Any,
    *,
    wiring: Wiring,
    correlation_id: str,
    source: str,
    idempotency_key: str,
    context: LambdaContext | None,
    day: str = "",
    asked_by: str = "",
) -> Accepted:
    """Validates a request and turns it into a run, once.

    Args:
        body: The decoded request.
        wiring: The parts.
        correlation_id: Goes along with the run.
        source: Who reports.
        idempotency_key: The client's key, if it sent one beside the body.
        context: Of the invocation.
        asked_by: The person who reports; empty where it is a program, or nobody knows.
        day: UTC day of the report, where that is known and the same for each delivery; today otherwise.

    Raises:
        SubmissionInvalid: The request cannot become a run.
    """
    settings = wiring.settings
    submission = parse_submission(body, wiring.pack, day or timestamp(wiring.clock())[:10], idempotency_key)
    run_id = run_id_for(settings.stage, settings.pack, submission.key)

    def accepted() -> Accepted:
        now, under = timestamp(wiring.clock()), wiring.in_force.settings
        refuse_while_closed(run_id, under, wiring.runs)
        found = standing_of(run_id, wiring.spending, wiring.runs, now, money=under.money)
        return accept(
            submission,
            store=wiring.runs,
            machine=StepFunctionsMachine(wiring.states, settings.state_machine_arn),
            clock=wiring.clock,
            stage=settings.stage,
            pack=settings.pack,
            correlation_id=correlation_id,
            source=source,
            economy=found is Standing.FRUGAL,
            asked_by=asked_by,
        )

    return accept_once(
        run_id,
        submission.content,
        accepted,
        table=settings.idempotency_table,
        client=wiring.dynamodb,
        context=context,
    )
