"""Memory, time and environment of the functions."""

from __future__ import annotations

import json

from conclave.pack import Pack
from conclave.recording.code_versions import code_versions

from infra.data_stack import DataStack
from infra.stage import Stage

METRICS_NAMESPACE = "Conclave"
AGENT_MEMORY_MB = 1024
MEMORY_MB = 512
API_SECONDS = 15
RECEIVE_SECONDS = 30
TAKE_SECONDS = 120
"""A feed of some hundred messages, and the runs that are worked out again."""
CLOSE_SECONDS = 30
SWEEP_SECONDS = 60
REVIEW_SECONDS = 600
"""Eight days of a hundred runs at most, four reads each."""
GATE_SECONDS = 120
"""A hundred runs of either side at most, two reads each."""
ROLLOUT_MINUTES = 5
"""How often the rollout of new versions is looked after."""
ANCHOR_SECONDS = 30
TELL_SECONDS = 30
CONVERSE_SECONDS = 29
"""As long as the API waits for an answer."""
ANSWERING_SECONDS = 22
"""Of that, for the models of a question; the rest is for a cold start, for reading the run and for writing the turn."""
HEED_SECONDS = 600
"""With its two repetitions longer than a change of the configuration is rolled out, which it has to wait for."""
LOCKED_TIME_ZONES = {"PYTHONTZPATH": "/opt/python/tzdata/zoneinfo"}
"""Functions that read local clocks use the locked package tzdata: the runtime's own copy is as old as the runtime. Read from
where layers are mounted; as a package it takes 50 times as long. Where they lie elsewhere, Python falls back to the package."""
OFF_THE_PATH = frozenset(
    {
        "runs",
        "close_run",
        "sweep",
        "review",
        "anchor",
        "consent",
        "erase",
        "heed",
        "hold",
        "settle",
        "approve",
        "feedback",
        "take",
        "fork",
        "gate",
        "tell",
        "listen",
        "converse",
    }
)
"""Functions whose cold start no run waits for."""


def environment(*, stage: Stage, pack: Pack, data: DataStack, prefix: str) -> dict[str, str]:
    """The environment that every function gets; ``prefix`` begins the names of its resources."""
    return {
        "CONCLAVE_STAGE": stage.name,
        "CONCLAVE_PACK": pack.name,
        "CONCLAVE_CODE": json.dumps(dict(code_versions(pack.folder))),
        "RUNS_TABLE": data.runs.table_name,
        "JOURNAL_TABLE": data.journal.table_name,
        "AUDIT_TABLE": data.audit.table_name,
        "TABLE_PREFIX": f"{prefix}-",
        "RUN_TTL_DAYS": str(stage.run_ttl_days),
        "LOG_LEVEL": stage.log_level,
        "POWERTOOLS_SERVICE_NAME": prefix,
        "SLOW_SECONDS": json.dumps(dict(stage.limits.slow_seconds)),
        "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
        "POWERTOOLS_TRACE_DISABLED": str(not stage.tracing).lower(),
        **({"OTLP_ENDPOINT": stage.otlp} if stage.otlp else {}),
    }
