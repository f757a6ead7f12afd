"""``review``: once a day, judges a sample of yesterday's runs by the rules of quality. Reads only."""

from __future__ import annotations

from typing import Any

import conclave.functions.loading as loading
from aws_lambda_powertools.utilities.typing import LambdaContext
from conclave.functions.observability import instruments
from conclave.functions.wiring import Wiring
from conclave.quality.reviewing import Sample, review

logger, tracer, figures = instruments()


@loading.ready(lambda: Wiring.from_env().prepare("dynamodb"))
@logger.inject_lambda_context(clear_state=True)
@tracer.traced
@figures.written
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    wiring = Wiring.from_env()
    runs, band_days, fewest_days = wiring.settings.review
    found = review(
        pack=wiring.pack,
        runs=wiring.runs,
        journal=wiring.journal,
        clock=wiring.clock,
        sample=Sample(runs=runs, band_days=band_days, fewest_days=fewest_days),
        observe=figures,
        failed=lambda run_id, error: logger.error("run not judged", run_id=run_id, error=type(error).__name__),
    )
    told: dict[str, Any] = {
        "day": found.day.day,
        "runs": found.day.runs,
        "answers": found.day.answers,
        "sound": found.day.sound,
        "breaches": dict(found.day.breaches),
        "band_days": len(found.band),
        "drop": found.drop,
        "unread": found.unread,
    }
    logger.info("reviewed", **told)
    return told
