"""Logger, figures and tracer of a function: the only module that knows which libraries they come from."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from aws_lambda_powertools import Logger

from conclave.figures import Timed
from conclave.functions.recorder import Recorder

Handler = TypeVar("Handler", bound=Callable[..., Any])


class TracerPort(Protocol):
    """The part of a tracer that handlers use."""

    def capture_lambda_handler(self, *, capture_response: bool) -> Callable[[Handler], Handler]:
        """Decorates a handler with a trace segment."""
        ...

    def timed(self, part: Timed) -> None:
        """Adds a part of the handler's work, and the parts within it, at the times that it had."""
        ...


class SilentTracer:
    """The tracer of a stage without tracing: loads nothing, records nothing."""

    def capture_lambda_handler(self, *, capture_response: bool) -> Callable[[Handler], Handler]:
        """See ``TracerPort``."""
        del capture_response
        return lambda handler: handler

    def timed(self, part: Timed) -> None:
        """See ``TracerPort``."""
        del part


class XRayTracer:
    """X-Ray through Powertools. Its SDK costs more at start than everything else together, so it is loaded where it is used."""

    def __init__(self) -> None:
        from aws_lambda_powertools import Tracer

        self._tracer = Tracer()

    def capture_lambda_handler(self, *, capture_response: bool) -> Callable[[Handler], Handler]:
        """See ``TracerPort``."""
        decorated: Callable[[Handler], Handler] = self._tracer.capture_lambda_handler(capture_response=capture_response)
        return decorated

    def timed(self, part: Timed) -> None:
        """See ``TracerPort``. Ids and codes become annotations, by which X-Ray finds traces."""
        provider: Any = self._tracer.provider
        made = provider.begin_subsegment(name=f"{part.kind} {part.name}")
        if made is None:
            return
        made.start_time = part.start
        for name, value in part.facts.items():
            made.put_annotation(name, value)
        if part.error:
            made.put_annotation("error_name", part.error)
            made.add_error_flag()
        for each in part.within:
            self.timed(each)
        provider.end_subsegment(end_time=part.end)


def instruments() -> tuple[Logger, TracerPort, Recorder]:
    """Logger, tracer and figures for a handler module; name, namespace and level come from the Powertools variables."""
    logger = Logger(log_uncaught_exceptions=False)
    service = os.environ.get("POWERTOOLS_SERVICE_NAME", "")

    def told_slow(name: str, seconds: float, parts: Mapping[str, str]) -> None:
        logger.warning("slow operation", operation=name, seconds=round(seconds, 3), parts=dict(parts))

    tracer = _tracer()
    figures = Recorder(
        service=service,
        namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", ""),
        function=os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "").removeprefix(f"{service}-"),
        slow=json.loads(os.environ.get("SLOW_SECONDS", "{}")),
        told_slow=told_slow,
        trace=tracer.timed,
    )
    return logger, tracer, figures


def _tracer() -> TracerPort:
    if os.environ.get("POWERTOOLS_TRACE_DISABLED", "").lower() in {"1", "true"}:
        return SilentTracer()
    return XRayTracer()
