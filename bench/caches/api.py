"""A repeated report through the API of the local cloud: how long until the answer with the decision in it is there."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles
from typing import Any

from conclave.caches.versions import SETTLED_AFTER_SECONDS
from conclave.pack import load_pack

from cli.ports import Target
from cli.services import Services

PACK = "airline"
PATIENCE_SECONDS = 180.0


def repeat(times: int) -> dict[str, Any]:
    """Reports an example of the sample of tomorrow, waits for its decision, and reports it again.

    Args:
        times: How often.

    Returns:
        ``given`` (answers with the decision in them), ``p50_ms`` and ``p95_ms``.

    Raises:
        CliError: The local cloud does not run.
        TimeoutError: The run did not end.
    """
    api = Services().api(Target("local", PACK))
    body = {"text": load_pack(PACK).examples((datetime.now(UTC) + timedelta(days=1)).date().isoformat())[0]}
    time.sleep(SETTLED_AFTER_SECONDS)
    key = f"bench-{time.time_ns()}"
    run_id = api.submit(body, key)["run_id"]
    until = time.monotonic() + PATIENCE_SECONDS
    while api.run(run_id)["status"] == "running":
        if time.monotonic() > until:
            raise TimeoutError(f"{run_id} did not end within {PATIENCE_SECONDS:.0f} s")
        time.sleep(0.5)
    taken, given = [], 0
    for _ in range(times):
        began = time.perf_counter()
        answer = api.submit(body, key)
        taken.append((time.perf_counter() - began) * 1_000)
        given += bool(answer["earlier"]["given"] and answer["decision"]["option_id"])
    return {
        "asked": times,
        "given": given,
        "p50_ms": round(median(taken), 1),
        "p95_ms": round(quantiles(taken, n=20, method="inclusive")[18], 1),
    }
