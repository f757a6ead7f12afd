"""Logger, metrics and tracer of a function: the only module that knows which libraries they come from."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from conclave.caches.memory import Tally
from conclave.types import Decision, RunStatus

Handler = TypeVar("Handler", bound=Callable[..., Any])


class TracerPort(Protocol):
    """The part of a tracer that handlers use."""

    def capture_lambda_handler(self, *, capture_response: bool) -> Callable[[Handler], Handler]:
        """Decorates a handler with a trace segment."""
        ...


class SilentTracer:
    """The tracer of a stage without tracing: loads nothing, records nothing."""

    def capture_lambda_handler(self, *, capture_response: bool) -> Callable[[Handler], Handler]:
        """See ``TracerPort``."""
        del capture_response
        return lambda handler: handler


def instruments() -> tuple[Logger, TracerPort, Metrics]:
    """Logger, tracer and metrics for a handler module; name, namespace and level come from the Powertools variables."""
    # Most invocations of most functions have nothing to count, which is not a reason for a warning in their logs.
    warnings.filterwarnings("ignore", message="No application metrics to publish")
    return Logger(log_uncaught_exceptions=False), _tracer(), Metrics()


def _tracer() -> TracerPort:
    if os.environ.get("POWERTOOLS_TRACE_DISABLED", "").lower() in {"1", "true"}:
        return SilentTracer()
    # X-Ray's SDK costs more at start than everything else together, so it is loaded where it is used.
    from aws_lambda_powertools import Tracer

    return Tracer()


def count(metrics: Metrics, name: str, value: float = 1.0) -> None:
    """Adds to a counting metric."""
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)


def count_reads(metrics: Metrics, tally: Tally) -> None:
    """Counts the reads of the data that this process, what another one left, or the tables answered."""
    for name, value in (("ReadsMemory", tally.memory), ("ReadsShared", tally.shared), ("ReadsData", tally.data)):
        count(metrics, name, float(value))


def count_age(metrics: Metrics, name: str, seconds: float) -> None:
    """Tells an age."""
    metrics.add_metric(name=name, unit=MetricUnit.Seconds, value=seconds)


_OUTCOMES = {
    RunStatus.DECIDED: "RunsDecided",
    RunStatus.APPROVAL_REQUIRED: "RunsApprovalRequired",
    RunStatus.HALTED: "RunsHalted",
}


def count_decision(metrics: Metrics, decision: Decision) -> None:
    """Counts an outcome, whether it was reached without an agent, and what the run cost."""
    count(metrics, _OUTCOMES[decision.status])
    count(metrics, "RunsDegraded", float(decision.degraded))
    metrics.add_metric(name="CostUsd", unit=MetricUnit.NoUnit, value=decision.usage.cost_usd)
