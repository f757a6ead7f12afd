"""The trace of a run, sent to a viewer of OpenTelemetry: made from its records when somebody asks for it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from conclave import otlp
from conclave.clock import parse_timestamp

from cli.errors import CliError, ExitCode

Document = Mapping[str, Any]
SECONDS = 10.0
PROTOBUF = "application/x-protobuf"
_IDS = frozenset({"traceId", "spanId", "parentSpanId"})
_FACTS = (
    "status",
    "cache_read_tokens",
    "cache_write_tokens",
)


def request_of(trace: Document, *, service: str) -> dict[str, Any]:
    """The trace as an OTLP request. Spans without times are left out; ids follow from the run's, so it may be sent again.

    Args:
        trace: As the API answers it.
        service: The name under which viewers list it: stage and pack.
    """
    run_id = str(trace["run_id"])
    return otlp.request([_span(run_id, each) for each in trace["spans"] if each.get("start")], service=service)


def _span(run_id: str, told: Document) -> dict[str, Any]:
    kind = str(told["kind"])
    facts = {name: told.get(name) for name in _FACTS} | {"cost_usd": told["cost"]}
    if kind == "model":
        facts |= {name: told.get(name) for name in ("input_tokens", "output_tokens", "stop_reason")}
    start, end = (parse_timestamp(each).timestamp() for each in (told["start"], told.get("end") or told["start"]))
    return otlp.span(
        run_id,
        str(told["id"]),
        kind=kind,
        name=str(told["name"]),
        times=(start, end),
        facts=facts,
        error=str(told.get("error") or ""),
    )


def as_protobuf(request: Document) -> bytes:
    """A request of ``conclave.otlp`` in protobuf, which viewers take that do not take JSON.

    Ids are hexadecimal in OTLP's JSON and base64 in that of protobuf; all else is the same
    (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
    """
    from google.protobuf.json_format import ParseDict
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    parsed = ParseDict(_with_ids(request), ExportTraceServiceRequest())
    return bytes(parsed.SerializeToString())


def _with_ids(part: Any) -> Any:
    if isinstance(part, list):
        return [_with_ids(each) for each in part]
    if not isinstance(part, Mapping):
        return part
    return {
        name: base64.b64encode(bytes.fromhex(value)).decode() if name in _IDS else _with_ids(value)
        for name, value in part.items()
    }


def send(request: Document, endpoint: str) -> None:
    """Sends a request to a collector or viewer.

    Args:
        request: See ``request_of``.
        endpoint: Its base URL (``http://localhost:4318``).

    Raises:
        CliError: The URL is none, nobody answers, or the request was refused.
    """
    if not endpoint.startswith(("http://", "https://")):
        raise CliError(
            "that is not a URL of a collector",
            advice="write it like http://localhost:4318",
            code="usage",
            exit_code=ExitCode.BAD_INPUT,
        )
    url = endpoint.rstrip("/").removesuffix(otlp.PATH) + otlp.PATH
    import urllib3
    from urllib3.exceptions import HTTPError

    pool = urllib3.PoolManager(timeout=SECONDS, retries=False)
    try:
        answer = pool.request("POST", url, body=as_protobuf(request), headers={"Content-Type": PROTOBUF})
        if answer.status < 300:
            return
        why, code = f"{url} answered {answer.status}", "collector_refused"
    except (HTTPError, OSError, ValueError) as error:
        why, code = f"nobody takes traces at {url} ({type(error).__name__})", "collector_unreachable"
    raise CliError(
        why,
        advice="start a collector or viewer with an OTLP/HTTP receiver there",
        code=code,
        exit_code=ExitCode.UNREACHABLE,
    )
