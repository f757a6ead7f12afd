"""Logger, figures and tracer of a function: the only module that knows which libraries they come from."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from aws_lambda_powertools import Logger

from conclave.functions.recorder import Recorder
from conclave.functions.tracing import SilentTracer, TracerPort, XRayTracer


def instruments() -> tuple[Logger, TracerPort, Recorder]:
    """Logger, tracer and figures for a handler module; name, namespace and level come from the Powertools variables."""
    logger = Logger(log_uncaught_exceptions=False)
    service = os.environ.get("POWERTOOLS_SERVICE_NAME", "")

    def told_slow(name: str, seconds: float, parts: Mapping[str, str]) -> None:
        logger.warning("slow operation", operation=name, seconds=round(seconds, 3), parts=dict(parts))

    function = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "").removeprefix(f"{service}-")
    tracer = _tracer(service, function)
    figures = Recorder(
        service=service,
        namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", ""),
        function=function,
        slow=json.loads(os.environ.get("SLOW_SECONDS", "{}")),
        told_slow=told_slow,
        trace=tracer.timed,
    )
    return logger, tracer, figures


def _tracer(service: str, function: str) -> TracerPort:
    if endpoint := os.environ.get("OTLP_ENDPOINT", ""):
        from conclave.functions.otlp_tracer import OtlpTracer  # only where a deployment names a collector

        return OtlpTracer(endpoint, service, function)
    off = os.environ.get("POWERTOOLS_TRACE_DISABLED", "").lower() in {"1", "true"}
    daemon = os.environ.get("AWS_XRAY_DAEMON_ADDRESS", "")
    return XRayTracer(daemon) if daemon and not off else SilentTracer()
