"""``heed``: a notice of the account's budget makes runs frugal, or stops new ones, by a change of the configuration."""

from __future__ import annotations

from typing import Any

import conclave.functions.loading as loading
from aws_lambda_powertools.utilities.typing import LambdaContext
from conclave.configuration.heeding import Heeding, heed
from conclave.figures import BUDGET_HEEDED, BUDGET_UNREADABLE
from conclave.functions.observability import instruments
from conclave.functions.wiring import Wiring

WAIT_SECONDS = 15
"""Between two looks at a change of somebody else that is being rolled out."""

logger, tracer, figures = instruments()


@loading.ready(lambda: Wiring.from_env().prepare("dynamodb", "appconfig"))
@logger.inject_lambda_context(clear_state=True)
@tracer.traced
@figures.written
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    wiring = Wiring.from_env()

    def wait() -> bool:
        if context.get_remaining_time_in_millis() < 2_000 * WAIT_SECONDS:
            return False
        wiring.clock.sleep(WAIT_SECONDS)
        return True

    try:
        (record,) = event["Records"]
        heeding = heed(
            record["Sns"]["Message"],
            wiring.configuration,
            account=context.invoked_function_arn.split(":")[4],
            clock=wiring.clock,
            wait=wait,
        )
    except Exception as error:
        figures(BUDGET_UNREADABLE, 1)
        logger.error("notice of the budget not heeded", error=type(error).__name__)
        raise
    figures(BUDGET_HEEDED, float(heeding is Heeding.CHANGED))
    logger.info("notice of the budget", heeding=heeding.value)
    return {"heeding": heeding.value}
