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
from conclave.functions.observability import instruments
from conclave.functions.wiring import REPEAT_RESERVE_SECONDS, Wiring
from conclave.pack import later
from conclave.routing.chains import FRAMING, FRAMING_TIER, routes
from conclave.steps.frame import perform_frame

logger, tracer, figures = instruments()


@logger.inject_lambda_context(correlation_id_path="correlation_id", clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@figures.written
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    wiring = Wiring.from_env()
    settings = wiring.settings
    left = Deadline(context.get_remaining_time_in_millis() / 1000, wiring.clock.monotonic)
    repeat = OneRepeat(deadline=left, reserve_seconds=REPEAT_RESERVE_SECONDS, sleep=wiring.clock.sleep)
    breakers = wiring.breakers()
    extractor = BedrockExtractor(
        wiring.bedrock,
        routes().chain(FRAMING, FRAMING_TIER, wiring.prices.tiers),
        settings.guardrail_id,
        settings.guardrail_version,
        event["run_id"],
        repeat,
        readable=partial(readable, wiring.pack),
        breakers=breakers,
    )
    tally = Tally()
    tables = wiring.cached_tables(wiring.pack.framing_reads, tally)
    outcome = perform_frame(
        wiring.context(event["run_id"], breakers=breakers),
        event["execution_arn"],
        tables=tables,
        extractor=extractor,
        screen=BedrockScreen(wiring.bedrock, settings.guardrail_id, settings.guardrail_version, repeat),
        prices=wiring.prices,
        guardrail=f"{settings.guardrail_id}:{settings.guardrail_version}",
        observe=figures,
    )
    tables.leave()
    figures.reads(tally)
    figures.circuits(breakers.settle())
    answer = dict(plain(outcome))
    logger.info("run framed", **answer)
    return answer


def prepare() -> None:
    wiring = Wiring.from_env()
    wiring.prepare("dynamodb")
    later.load(wiring.pack.resolve, wiring.pack.plan)


def prepare_for_texts() -> None:
    wiring = Wiring.from_env()
    wiring.prepare("bedrock-runtime")
    _ = wiring.prices
    later.load(wiring.pack.read_plainly, wiring.pack.reread)


loading.ready(prepare, prepare_for_texts)
