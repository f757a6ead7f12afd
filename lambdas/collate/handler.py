"""``collate``: unites what the agents of a phase said. Pure code between two reads and a write."""

from __future__ import annotations

from typing import Any

import conclave.functions.loading as loading
from aws_lambda_powertools.utilities.typing import LambdaContext
from conclave.codec import convert, plain
from conclave.functions.observability import instruments
from conclave.functions.wiring import Wiring
from conclave.records.reported import report_collation
from conclave.records.runs import TRIAL
from conclave.results import Branch
from conclave.steps.collate import perform_collate
from conclave.types import Phase

logger, tracer, figures = instruments()


@loading.ready(lambda: Wiring.from_env().prepare("dynamodb"))
@logger.inject_lambda_context(correlation_id_path="correlation_id", clear_state=True)
@tracer.traced
@figures.written
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    wiring = Wiring.from_env()
    breakers = wiring.breakers(event["run_id"])
    collation, route = perform_collate(
        wiring.context(event["run_id"], event["fence"], breakers),
        Phase(event["phase"]),
        [convert(branch, Branch) for branch in event["branches"]],
    )
    if not event["run_id"].startswith(TRIAL):
        report_collation(collation, figures)
    figures.circuits(breakers.settle())
    logger.info("phase collated", run_id=event["run_id"], phase=event["phase"], halt=route.halt)
    return dict(plain(route))
