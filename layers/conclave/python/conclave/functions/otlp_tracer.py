"""The trace of a function's work for a collector of OpenTelemetry, where a deployment names one: OTLP over HTTP, in JSON.

OpenTelemetry's SDK, on which Strands' own spans stand, is in no layer: it takes longer to load than all of seeing may. The spans
have the names that Strands gives them; they are sent once, when the invocation is over.
"""

from __future__ import annotations

import functools
import json
import logging
import os
import time
from collections.abc import Mapping
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

from conclave import otlp
from conclave.figures import Timed
from conclave.functions.tracing import Handler

TIMEOUT = urllib3.Timeout(connect=0.25, read=1.0)
QUIET_SECONDS = 60.0
"""So long nothing is sent after a collector did not take something: a collector that is down must not slow functions down."""
_logger = logging.getLogger(__name__)
_HEADERS = {"content-type": "application/json"}


class OtlpTracer:
    """Sends the spans of each invocation. What cannot be sent is lost, and nothing else. See ``TracerPort``.

    Args:
        endpoint: Base URL of the collector (``http://localhost:4318``).
        service: The name under which viewers list the spans.
        function: The verb of this function, with the agent's name for an agent's.
    """

    def __init__(self, endpoint: str, service: str, function: str) -> None:
        self._url = endpoint.rstrip("/").removesuffix(otlp.PATH) + otlp.PATH
        self._service, self._function = service, function
        self._pool = urllib3.PoolManager(timeout=TIMEOUT, retries=False)
        self._spans: list[dict[str, Any]] = []
        self._quiet_until = 0.0

    def traced(self, handler: Handler) -> Handler:
        """See ``TracerPort``. An invocation for a run is a span below that run's, any other one a trace of its own."""

        @functools.wraps(handler)
        def observed(*arguments: Any, **named: Any) -> Any:
            begun, error = time.time(), ""
            try:
                return handler(*arguments, **named)
            except BaseException as failure:
                error = type(failure).__name__
                raise
            finally:
                run_id, own = _run_of(arguments[0] if arguments else {}), os.urandom(8).hex()
                self._add(
                    run_id or own,
                    f"{otlp.ROOT}/{own}" if run_id else own,
                    Timed(
                        path="",
                        name=self._function,
                        kind="function",
                        start=begun,
                        end=time.time(),
                        facts={},
                        error=error,
                    ),
                )
                self._send()

        return observed  # type: ignore[return-value]

    def timed(self, part: Timed) -> None:
        """See ``TracerPort``."""
        self._add(str(part.facts["run_id"]), part.path, part)
        for each in part.within:
            self.timed(each)

    def _add(self, run_id: str, path: str, part: Timed) -> None:
        times = (part.start, part.end)
        made = otlp.span(run_id, path, kind=part.kind, name=part.name, times=times, facts=part.facts, error=part.error)
        self._spans.append(made)

    def _send(self) -> None:
        spans, self._spans = self._spans, []
        if time.monotonic() < self._quiet_until:
            return
        body = json.dumps(otlp.request(spans, service=self._service), separators=(",", ":"))
        try:
            answer = self._pool.request("POST", self._url, body=body.encode(), headers=_HEADERS)
            trouble = "" if answer.status < 300 else f"it answered {answer.status}"
        except (HTTPError, OSError) as error:
            trouble = type(error).__name__
        if trouble:
            self._quiet_until = time.monotonic() + QUIET_SECONDS
            _logger.warning("no trace for %s seconds, the collector took none: %s", round(QUIET_SECONDS), trouble)


def _run_of(event: Any) -> str:
    """The run that an event of the machine, of a state or of the bus is about; empty for any other event."""
    if not isinstance(event, Mapping):
        return ""
    detail = event.get("detail")
    of_bus = detail.get("run_id") or detail.get("name") if isinstance(detail, Mapping) else ""
    return str(event.get("run_id") or of_bus or "")
