"""The trace of a function's work: segments that X-Ray's daemon takes as datagrams, as Lambda has it beside each function.

The SDK of X-Ray, which Powertools' tracer stands on, takes longer to load than all else together and ends in February 2027. What
is sent here is its document: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
"""

from __future__ import annotations

import functools
import json
import os
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from conclave.figures import Timed

Handler = TypeVar("Handler", bound=Callable[..., Any])

_HEADER = b'{"format":"json","version":1}\n'
_UNNAMED = "unnamed"


class TracerPort(Protocol):
    """The part of a tracer that handlers use."""

    def traced(self, handler: Handler) -> Handler:
        """Decorates a handler: each of its invocations is a part of the trace."""
        ...

    def timed(self, part: Timed) -> None:
        """Adds a part of the handler's work, and the parts within it, at the times that it had."""
        ...


class SilentTracer:
    """The tracer of a stage without tracing: records nothing."""

    def traced(self, handler: Handler) -> Handler:
        """See ``TracerPort``."""
        return handler

    def timed(self, part: Timed) -> None:
        """See ``TracerPort``."""
        del part


class XRayTracer:
    """Sends parts of the trace that Lambda began, where it is sampled. What cannot be sent is lost, and nothing else.

    Args:
        daemon: Host and port of X-Ray's daemon.
        header: The trace of the invocation under way, as Lambda gives it: ``Root=...;Parent=...;Sampled=1``.
    """

    def __init__(self, daemon: str, header: Callable[[], str] = lambda: os.environ.get("_X_AMZN_TRACE_ID", "")) -> None:
        host, _, port = daemon.rpartition(":")
        self._address, self._header = (host, int(port)), header
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._trace = self._within = ""

    def traced(self, handler: Handler) -> Handler:
        """See ``TracerPort``."""

        @functools.wraps(handler)
        def observed(*arguments: Any, **named: Any) -> Any:
            parts = dict(each.partition("=")[::2] for each in self._header().split(";"))
            if parts.get("Sampled") != "1" or not parts.get("Root") or not parts.get("Parent"):
                self._trace = ""
                return handler(*arguments, **named)
            self._trace, self._within = parts["Root"], _id()
            begun, error = time.time(), ""
            try:
                return handler(*arguments, **named)
            except BaseException as failure:
                error = type(failure).__name__
                raise
            finally:
                name = f"## {getattr(handler, '__name__', _UNNAMED)}"
                self._send(self._within, parts["Parent"], name, (begun, time.time()), {}, error, fault=True)

        return observed  # type: ignore[return-value]

    def timed(self, part: Timed) -> None:
        """See ``TracerPort``. Ids, codes and numbers become annotations, by which X-Ray finds traces.

        A run and its phases are left out: X-Ray has the machine's own segments for them.
        """
        if self._trace and part.kind != "run":
            self._add(part, self._within)

    def _add(self, part: Timed, within: str) -> None:
        own = _id()
        self._send(own, within, f"{part.kind} {part.name}", (part.start, part.end), part.facts, part.error)
        for each in part.within:
            self._add(each, own)

    def _send(
        self,
        own: str,
        within: str,
        name: str,
        times: tuple[float, float],
        facts: Mapping[str, str | int | float],
        error: str,
        *,
        fault: bool = False,
    ) -> None:
        document = {
            "type": "subsegment",
            "id": own,
            "trace_id": self._trace,
            "parent_id": within,
            "name": name,
            "start_time": times[0],
            "end_time": times[1],
            "annotations": {**facts, **({"error_name": error} if error else {})},
            **({"fault" if fault else "error": True} if error else {}),
        }
        try:
            self._socket.sendto(_HEADER + json.dumps(document, separators=(",", ":")).encode(), self._address)
        except OSError:
            return


def _id() -> str:
    return os.urandom(8).hex()
