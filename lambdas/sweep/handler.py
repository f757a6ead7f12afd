"""``sweep``: on a schedule, starts runs and waits for people that nobody started, and closes those that nobody closed."""

from __future__ import annotations

from typing import Any

import conclave.functions.loading as loading
from aws_lambda_powertools.utilities.typing import LambdaContext
from conclave.adapters.event_bus import EventBridgeBus
from conclave.adapters.step_functions import StepFunctionsMachine
from conclave.figures import OLDEST_OPEN_RUN_SECONDS
from conclave.functions.observability import instruments
from conclave.functions.wiring import Wiring
from conclave.steps.approving.look_after import look_after_approvals
from conclave.steps.sweep import Act, Patience, sweep

SPARE_MILLISECONDS = 10_000
"""Time for the run that is being looked after when no further one is begun."""

logger, tracer, figures = instruments()


@loading.ready(lambda: Wiring.from_env().prepare("dynamodb", "events", "stepfunctions", spends=True))
@logger.inject_lambda_context(clear_state=True)
@tracer.traced
@figures.written
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    wiring = Wiring.from_env()
    swept = sweep(
        pack=wiring.pack,
        runs=wiring.runs,
        executions=StepFunctionsMachine(wiring.states, wiring.settings.state_machine_arn),
        bus=EventBridgeBus(wiring.events, wiring.settings.event_bus_name),
        clock=wiring.clock,
        patience=Patience(
            start_seconds=wiring.settings.start_seconds,
            time_left=lambda: context.get_remaining_time_in_millis() > SPARE_MILLISECONDS,
        ),
        places=wiring.places,
        failed=lambda run_id, error: logger.error("run not swept", run_id=run_id, error=type(error).__name__),
        observe=figures,
    )
    waiting = look_after_approvals(
        pack=wiring.pack,
        runs=wiring.runs,
        executions=StepFunctionsMachine(wiring.states, wiring.settings.approval_machine_arn),
        bus=EventBridgeBus(wiring.events, wiring.settings.event_bus_name),
        clock=wiring.clock,
        time_left=lambda: context.get_remaining_time_in_millis() > SPARE_MILLISECONDS,
        failed=lambda run_id, error: logger.error("run not swept", run_id=run_id, error=type(error).__name__),
        observe=figures,
    )
    figures(OLDEST_OPEN_RUN_SECONDS, swept.oldest_seconds)
    done = {act.value: swept.count(act) + list(waiting.values()).count(act) for act in Act}
    logger.info("swept", runs=done, unseen=swept.unseen, oldest_seconds=swept.oldest_seconds)
    return {**done, "unseen": swept.unseen}
