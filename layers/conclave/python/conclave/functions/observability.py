"""Logger, figures and tracer of a function: the only module that knows which libraries they come from."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from aws_lambda_powertools import Logger

from conclave.functions.recorder import Recorder

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


def instruments() -> tuple[Logger, TracerPort, Recorder]:
    """Logger, tracer and figures for a handler module; name, namespace and level come from the Powertools variables."""
    logger = Logger(log_uncaught_exceptions=False)
    service = os.environ.get("POWERTOOLS_SERVICE_NAME", "")

    def told_slow(name: str, seconds: float, parts: Mapping[str, str]) -> None:
        logger.warning("slow operation", operation=name, seconds=round(seconds, 3), parts=dict(parts))

    figures = Recorder(
        service=service,
        namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", ""),
        function=os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "").removeprefix(f"{service}-"),
        slow=json.loads(os.environ.get("SLOW_SECONDS", "{}")),
        told_slow=told_slow,
    )
    return logger, _tracer(), figures


def _tracer() -> TracerPort:
    if os.environ.get("POWERTOOLS_TRACE_DISABLED", "").lower() in {"1", "true"}:
        return SilentTracer()
    # X-Ray's SDK costs more at start than everything else together, so it is loaded where it is used.
    from aws_lambda_powertools import Tracer

    return Tracer()
