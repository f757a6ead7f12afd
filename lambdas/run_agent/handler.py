"""``run_agent``: one agent answers in one phase. Deployed once per agent, each with a role of its own."""

from __future__ import annotations

from functools import partial
from typing import Any

import conclave.functions.loading as loading
from aws_lambda_powertools.utilities.typing import LambdaContext
from conclave.adapters.models.strands_model import StrandsModel
from conclave.caches.memory import Tally
from conclave.clock import Deadline
from conclave.codec import plain
from conclave.configuration.applied import inference_of
from conclave.configuration.declared import chain_of
from conclave.configuration.settings import PACKAGED, Settings
from conclave.functions.observability import instruments
from conclave.functions.settings import MARGIN_SECONDS
from conclave.functions.wiring import Wiring
from conclave.pack import Agent, later
from conclave.routing.breakers import Breakers
from conclave.routing.chains import routes
from conclave.steps.run_agent import perform_agent
from conclave.types import Phase

logger, tracer, figures = instruments()


def model_of(wiring: Wiring, agent: Agent, under: Settings, breakers: Breakers | None = None) -> StrandsModel:
    settings, limits = wiring.settings, under.limits
    stand_ins = chain_of(under, agent.kind, tier=agent.tier)
    inference = inference_of(wiring.pack, under, agent.kind)
    return StrandsModel(
        routes().chain(agent.kind, agent.tier, wiring.prices.tiers, stand_ins, inference),
        settings.guardrail_id,
        settings.guardrail_version,
        settings.time_limit_seconds,
        limits.model_turns,
        limits.output_tokens,
        breakers,
    )


def prepare() -> None:
    wiring = Wiring.from_env()
    wiring.prepare("dynamodb")
    wiring.prices.require_all()
    agent = wiring.pack.agent(wiring.settings.agent)
    model_of(wiring, agent, PACKAGED)
    later.load(agent.checks)


def prepare_tools() -> None:
    wiring = Wiring.from_env()
    later.load(wiring.pack.agent(wiring.settings.agent).tools)


@loading.ready(prepare, prepare_tools)
@logger.inject_lambda_context(correlation_id_path="correlation_id", clear_state=True)
@tracer.traced
@figures.written
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    wiring = Wiring.from_env()
    settings = wiring.settings
    # From the beginning of the invocation. A cold start that runs into it takes from the agent's time, not from the margin.
    left = context.get_remaining_time_in_millis() / 1000 - MARGIN_SECONDS
    deadline = Deadline(min(settings.time_limit_seconds, left), wiring.clock.monotonic)
    agent = wiring.pack.agent(settings.agent)
    tally, breakers = Tally(), wiring.breakers(event["run_id"], agent)
    branch = perform_agent(
        wiring.context(event["run_id"], event["fence"], breakers),
        Phase(event["phase"]),
        agent_name=agent.name,
        tables=lambda under: wiring.tables_of(agent, tally, shared=under.flags.shared_reads),
        models=partial(model_of, wiring, breakers=breakers),
        prices=wiring.prices,
        deadline=deadline,
        observe=figures,
    )
    figures.reads(tally)
    logger.info("agent answered", run_id=event["run_id"], phase=branch.phase, status=branch.status)
    return dict(plain(branch))
