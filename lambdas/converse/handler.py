"""``converse``: a person asks about a run, and is answered with evidence. It writes its own conversation and nothing else."""

from __future__ import annotations

from typing import Any

import conclave.functions.loading as loading
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext
from conclave.adapters.http_responses import answer, answer_errors
from conclave.adapters.models.strands_model import StrandsModel
from conclave.api.asking.questions import answer_question, asked_in
from conclave.api.callers import person_of
from conclave.api.intake import parse_object
from conclave.clock import Deadline
from conclave.configuration.applied import inference_of
from conclave.configuration.declared import chain_of
from conclave.configuration.settings import PACKAGED, Settings
from conclave.conversation.asking import COUNSEL
from conclave.conversation.converse import Talk
from conclave.functions.observability import instruments
from conclave.functions.settings import MARGIN_SECONDS
from conclave.functions.wiring import Wiring
from conclave.pack import Agent, later
from conclave.routing.breakers import Breakers
from conclave.routing.chains import Route, routes

logger, tracer, figures = instruments()
app = APIGatewayRestResolver()
answer_errors(app, logger, "the question could not be answered; ask again in a moment")


def chain_on(wiring: Wiring, tier: str, under: Settings) -> tuple[Route, ...]:
    kind = COUNSEL.kind
    inference = inference_of(wiring.pack, under, kind)
    return routes().chain(kind, tier, wiring.prices.tiers, chain_of(under, kind, tier=tier), inference)


def model_of(wiring: Wiring, agent: Agent, under: Settings, breakers: Breakers | None = None) -> StrandsModel:
    settings = wiring.settings
    return StrandsModel(
        chain_on(wiring, agent.tier, under),
        settings.guardrail_id,
        settings.guardrail_version,
        settings.time_limit_seconds,
        under.limits.model_turns,
        under.limits.output_tokens,
        breakers,
    )


@app.post("/v1/runs/<run_id>/questions")
def post_question(run_id: str) -> Response[str]:
    event, wiring = app.current_event, Wiring.from_env()
    under = wiring.in_force.settings
    # Whoever tries a model for all is one question, not a run and all that is asked about it.
    breakers = wiring.breakers(app.lambda_context.aws_request_id)
    left = app.lambda_context.get_remaining_time_in_millis() / 1000 - MARGIN_SECONDS
    body = parse_object(event.body or "", event.headers.get("content-type", ""), encoded=bool(event.is_base64_encoded))
    talk = Talk(
        pack=wiring.pack,
        runs=wiring.context(run_id, breakers=breakers).runs,
        journal=wiring.journal,
        tables=wiring.tables,
        models=lambda agent: model_of(wiring, agent, under, breakers),
        prices=wiring.prices,
        spending=wiring.spending,
        ceilings=under.money,
        breakers=breakers,
        chain=lambda tier: [each.model for each in chain_on(wiring, tier, under)],
        observe=figures,
        clock=wiring.clock,
        strict=wiring.settings.strict,
    )
    deadline = Deadline(min(wiring.settings.time_limit_seconds, left), wiring.clock.monotonic)
    try:
        document = answer_question(run_id, asked_in(body), talk, deadline, by=person_of(event["requestContext"]))
    finally:  # a question without an answer has asked models, too
        figures.circuits(breakers.settle())
    said = {name: document[name] for name in ("turn", "kept", "struck", "tokens", "cached_tokens", "tier")}
    logger.info("question answered", run_id=run_id, **said)
    return answer(200, document)


def prepare() -> None:
    wiring = Wiring.from_env()
    wiring.prepare("dynamodb", "appconfigdata", spends=True)
    wiring.prices.require_all()
    model_of(wiring, COUNSEL, PACKAGED)
    later.load(wiring.pack.plan)


@loading.ready(prepare)
@logger.inject_lambda_context(correlation_id_path="requestContext.extendedRequestId", clear_state=True)
@tracer.traced
@figures.written
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
