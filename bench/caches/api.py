"""A repeated report through the API of the local cloud: how long until the answer with the decision in it is there.

The report is sent no oftener than the stage allows: what it refuses (429) is sent again by the command's client after half a
second or more, and then that pause is what would be measured.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles
from typing import Any

from conclave.caches.versions import SETTLED_AFTER_SECONDS
from conclave.pack import load_pack

from bench.load import processor_seconds
from bench.report import ROOT
from cli.ports import Target
from cli.services import Services
from infra.stage import STAGES
from local.cloud import Cloud

PACK = "airline"
STAGE = "local"
PATIENCE_SECONDS = 180.0
PACE_SECONDS = 1.25 / STAGES[STAGE].limits.incidents_per_second
"""From one report to the next."""


def repeat(times: int) -> dict[str, Any]:
    """Reports an example of the sample of tomorrow, waits for its decision, and reports it again.

    Args:
        times: How often.

    Returns:
        ``given`` (answers with the decision in them), ``p50_ms`` and ``p95_ms`` of the time until an answer was there, and
        ``cloud_cpu_ms`` (processor time of the emulator and of all functions for each of them).

    Raises:
        CliError: The local cloud does not run.
        TimeoutError: The run did not end.
    """
    api, cloud = Services().api(Target(STAGE, PACK)), Cloud(ROOT).status().emulator
    body = {"text": load_pack(PACK).examples((datetime.now(UTC) + timedelta(days=1)).date().isoformat())[0]}
    time.sleep(SETTLED_AFTER_SECONDS)
    key = f"bench-{time.time_ns()}"
    run_id = api.submit(body, key)["run_id"]
    until = time.monotonic() + PATIENCE_SECONDS
    while api.run(run_id)["status"] == "running":
        if time.monotonic() > until:
            raise TimeoutError(f"{run_id} did not end within {PATIENCE_SECONDS:.0f} s")
        time.sleep(0.5)
    time.sleep(SETTLED_AFTER_SECONDS)
    taken, given, used = [], 0, processor_seconds(cloud)
    for _ in range(times):
        began = time.perf_counter()
        answer = api.submit(body, key)
        seconds = time.perf_counter() - began
        taken.append(seconds * 1_000)
        given += bool(answer["earlier"]["given"] and answer["decision"]["option_id"])
        time.sleep(max(0.0, PACE_SECONDS - seconds))
    return {
        "asked": times,
        "given": given,
        "p50_ms": round(median(taken), 1),
        "p95_ms": round(quantiles(taken, n=20, method="inclusive")[18], 1),
        "cloud_cpu_ms": round((processor_seconds(cloud) - used) / times * 1_000, 1),
    }
