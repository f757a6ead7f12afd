"""``take``: texts of a feed go onto the tables, and runs that rest on what they change are marked; else a dead letter."""

from __future__ import annotations

from typing import Any

import conclave.functions.loading as loading
from aws_lambda_powertools.utilities.data_classes import EventBridgeEvent
from aws_lambda_powertools.utilities.typing import LambdaContext
from conclave.api.callers import source_on_bus
from conclave.feeds.receiving import received_in
from conclave.feeds.taking import FINDINGS, shown, take
from conclave.functions.feeding import RECEIVED, look_again, place_of, reporter
from conclave.functions.observability import instruments
from conclave.functions.wiring import Wiring
from conclave.pack import later

SPARE_MILLISECONDS = 20_000
"""Time for writing when no further run is worked out."""

logger, tracer, figures = instruments()


def prepare() -> None:
    wiring = Wiring.from_env()
    wiring.prepare("dynamodb", "events", "stepfunctions", "appconfigdata", spends=True)
    later.load(wiring.pack.plan, wiring.pack.feeds.read if wiring.pack.feeds else None)


@loading.ready(prepare)
@logger.inject_lambda_context(correlation_id_path="id", clear_state=True)
@tracer.traced
@figures.written
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    sent, wiring = EventBridgeEvent(event), Wiring.from_env()
    if sent.detail_type != RECEIVED:
        outdated = look_again(str(sent.detail["run_id"]), wiring, figures)
        logger.info("run looked at again", run_id=sent.detail["run_id"], outdated=outdated)
        return {"run_id": sent.detail["run_id"], "outdated": outdated}
    taken = take(
        received_in(sent.detail, event=sent.get_id, at=sent.time),
        place_of(wiring),
        report=reporter(wiring, source_on_bus(sent.source), sent.get_id, context, logger, figures),
        time_left=lambda: context.get_remaining_time_in_millis() > SPARE_MILLISECONDS,
        observe=figures,
    )
    for fault in taken.faults[:FINDINGS]:
        logger.warning("not read", feed=taken.key, **shown(fault))
    logger.info("feed taken", **taken.document | {"faults": len(taken.faults), "warnings": len(taken.warnings)})
    return taken.document | {"repeated": taken.repeated}
