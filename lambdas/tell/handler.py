"""``tell``: what the steps and agents of runs wrote becomes events, numbered once and sent to whoever listens."""

from __future__ import annotations

from typing import Any

import conclave.functions.loading as loading
from aws_lambda_powertools.utilities.typing import LambdaContext
from conclave.adapters.streaming.notices import written_in
from conclave.functions.observability import instruments
from conclave.functions.wiring import Wiring
from conclave.streaming.telling import tell

logger, tracer, figures = instruments()


@loading.ready(lambda: Wiring.from_env().prepare("dynamodb"))
@logger.inject_lambda_context(clear_state=True)
@tracer.traced
@figures.written
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    wiring = Wiring.from_env()
    told = {
        run_id: len(
            tell(
                run_id,
                entries,
                pack=wiring.pack,
                runs=wiring.runs,
                journal=wiring.journal,
                events=wiring.told,
                connections=wiring.connections,
                clock=wiring.clock,
                observe=figures,
            )
        )
        for run_id, entries in written_in(event).items()
    }
    logger.debug("events told", told=told)
    return {"told": told}
