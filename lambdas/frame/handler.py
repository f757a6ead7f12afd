"""``frame``: makes a typed incident, its facts and its options of what was reported."""

from __future__ import annotations

from functools import partial
from typing import Any

import conclave.functions.loading as loading
from aws_lambda_powertools.utilities.typing import LambdaContext
from conclave.adapters.models.bedrock import BedrockExtractor, BedrockScreen
from conclave.adapters.models.passing import OneRepeat
from conclave.agents.extraction import readable
from conclave.caches.memory import Tally
from conclave.clock import Deadline
from conclave.codec import plain
from conclave.configuration.applied import inference_of
from conclave.configuration.declared import chain_of, tier_of
from conclave.configuration.settings import Settings
from conclave.functions.observability import instruments
from conclave.functions.wiring import REPEAT_RESERVE_SECONDS, Wiring
from conclave.pack import later
from conclave.rollout.pinning import pinned
from conclave.routing.chains import FRAMING, FRAMING_TIER, Route, routes
from conclave.steps.frame import perform_frame
from conclave.types import Pin
from conclave.untrusted.detection import signs

logger, tracer, figures = instruments()


def chain_under(wiring: Wiring, under: Settings) -> tuple[Route, ...]:
    tier = tier_of(under, None, declared=FRAMING_TIER)
    inference = inference_of(wiring.pack, under, None)
    return routes().chain(FRAMING, tier, wiring.prices.tiers, chain_of(under, None, tier=tier), inference)


def _pinned(wiring: Wiring, run_id: str, before: Pin | None) -> Pin:
    return pinned(wiring.rollout, run_id, before)


def prepare() -> None:
    wiring = Wiring.from_env()
    wiring.prepare("dynamodb", "appconfigdata")
    wiring.prices.require_all()
    later.load(wiring.pack.resolve, wiring.pack.plan)


def prepare_for_texts() -> None:
    wiring = Wiring.from_env()
    wiring.prepare("bedrock-runtime")
    later.load(wiring.pack.read_plainly, wiring.pack.reread)
    signs("")


@loading.ready(prepare, prepare_for_texts)
@logger.inject_lambda_context(correlation_id_path="correlation_id", clear_state=True)
@tracer.traced
@figures.written
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    wiring = Wiring.from_env()
    settings = wiring.settings
    left = Deadline(context.get_remaining_time_in_millis() / 1000, wiring.clock.monotonic)
    repeat = OneRepeat(deadline=left, reserve_seconds=REPEAT_RESERVE_SECONDS, sleep=wiring.clock.sleep)
    breakers = wiring.breakers(event["run_id"])
    tally = Tally()
    cached = wiring.cached_tables(wiring.pack.framing_reads, tally)
    try:
        outcome = perform_frame(
            wiring.context(event["run_id"], breakers=breakers, pin=partial(_pinned, wiring, event["run_id"])),
            event["execution_arn"],
            tables=lambda under: cached if under.flags.shared_reads else wiring.tables,
            extractor=lambda under: BedrockExtractor(
                wiring.bedrock,
                chain_under(wiring, under),
                settings.guardrail_id,
                settings.guardrail_version,
                event["run_id"],
                repeat,
                readable=partial(readable, wiring.pack),
                breakers=breakers,
            ),
            screen=BedrockScreen(wiring.bedrock, settings.guardrail_id, settings.guardrail_version, repeat),
            prices=wiring.prices,
            guardrail=f"{settings.guardrail_id}:{settings.guardrail_version}",
            settings=wiring.in_force.kept,
            observe=figures,
        )
    finally:  # A framing that failed has read, too, and its failures are what breakers are for.
        cached.leave()
        figures.reads(tally)
        figures.circuits(breakers.settle())
    answer = dict(plain(outcome))
    logger.info("run framed", **answer)
    return answer
