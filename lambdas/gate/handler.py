"""``gate``: tries new versions on forks of runs before they get a share of the runs, and looks at both sides then."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import conclave.functions.loading as loading
from aws_lambda_powertools.utilities.typing import LambdaContext
from conclave.adapters.event_bus import EventBridgeBus
from conclave.adapters.step_functions import StepFunctionsMachine
from conclave.api.forking.asked import ConfigurationAsked, ForkAsked
from conclave.api.forking.fork import fork_run
from conclave.api.gating.around import GATE, Around
from conclave.api.gating.gate import look_after
from conclave.codec import plain
from conclave.configuration.declared import rank_of
from conclave.functions.observability import instruments
from conclave.functions.wiring import Wiring
from conclave.types import Phase

logger, tracer, figures = instruments()


def begin(wiring: Wiring, case: str, name: str, document: Mapping[str, Any] | None) -> None:
    settings = wiring.settings
    asked = None if document is None else ConfigurationAsked(document=document, instead=True)
    fork_run(
        case,
        ForkAsked(start=Phase.RECOMMEND, configuration=asked),
        by=GATE,
        source=GATE,
        correlation_id=name,
        pack=wiring.pack,
        runs=wiring.runs,
        machine=StepFunctionsMachine(wiring.states, settings.state_machine_arn),
        bus=EventBridgeBus(wiring.events, settings.event_bus_name),
        spending=wiring.spending,
        clock=wiring.clock,
        in_force=wiring.in_force.settings,
        packaged=wiring.packaged,
        tiers=wiring.prices.tiers,
        stage=settings.stage,
        name=name,
    )


@loading.ready(lambda: Wiring.from_env().prepare("dynamodb", "stepfunctions", "appconfigdata", "events", spends=True))
@logger.inject_lambda_context(clear_state=True)
@tracer.traced
@figures.written
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    wiring = Wiring.from_env()
    found = look_after(
        Around(
            pack=wiring.pack,
            runs=wiring.runs,
            journal=wiring.journal,
            rollouts=wiring.rollouts,
            clock=wiring.clock,
            rank=rank_of(wiring.prices.tiers),
            observe=figures,
            begin=partial(begin, wiring),
        ),
        may_step=event.get("step") is not False,
    )
    told = {**dict(plain(found)), "findings": [each.line for each in found.findings]}
    logger.info("rollout looked after", **told)
    return told
