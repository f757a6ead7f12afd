"""A trace for viewers of OpenTelemetry: OTLP over HTTP in its JSON form, with the names that GenAI conventions have.

Made from a run's records when somebody asks for it, so that functions carry no exporter, reach no collector, and pay nothing.
Source of the form: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding, of the names:
https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cli.errors import CliError, ExitCode

Document = Mapping[str, Any]
PATH = "/v1/traces"
SECONDS = 10.0
_CLIENT, _INTERNAL = 3, 1
"""Kinds of spans: a call that leaves the process, and work within it."""
_ERROR = 2
_OPERATIONS = {"model": "chat", "tool": "execute_tool", "agent": "invoke_agent"}


def request_of(trace: Document, *, service: str) -> dict[str, Any]:
    """The trace as an OTLP request. Spans without times are left out; ids follow from the run's, so it may be sent again.

    Args:
        trace: As the API answers it.
        service: The name under which viewers list it: stage and pack.
    """
    run_id = str(trace["run_id"])
    spans = [_span(run_id, each) for each in trace["spans"] if each.get("start")]
    resource = {"attributes": [_attribute("service.name", service)]}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {"name": "conclave"}, "spans": spans}]}]}


def _span(run_id: str, span: Document) -> dict[str, Any]:
    kind, end = str(span["kind"]), span.get("end") or span["start"]
    operation = _OPERATIONS.get(kind, kind)
    told: dict[str, Any] = {
        "conclave.run_id": run_id,
        "conclave.kind": kind,
        "conclave.status": span["status"],
        "conclave.cost_usd": span["cost"],
        "conclave.cache_read_tokens": span.get("cache_read_tokens"),
        "conclave.cache_write_tokens": span.get("cache_write_tokens"),
    }
    if kind in _OPERATIONS:
        told["gen_ai.operation.name"] = operation
    if kind == "model":
        told |= {
            "gen_ai.provider.name": "aws.bedrock",
            "gen_ai.request.model": span["name"],
            "gen_ai.usage.input_tokens": span.get("input_tokens"),
            "gen_ai.usage.output_tokens": span.get("output_tokens"),
            "gen_ai.response.finish_reasons": [span["stop_reason"]] if span.get("stop_reason") else None,
        }
    elif kind in ("agent", "tool"):
        told[f"gen_ai.{kind}.name"] = span["name"]
    if span.get("error"):
        told["error.type"] = span["error"]
    made = {
        "traceId": _id(run_id, 32),
        "spanId": _id(f"{run_id}/{span['id']}", 16),
        "name": f"{operation} {span['name']}",
        "kind": _CLIENT if kind == "model" else _INTERNAL,
        "startTimeUnixNano": _nanoseconds(span["start"]),
        "endTimeUnixNano": _nanoseconds(end),
        "attributes": [_attribute(name, value) for name, value in told.items() if value is not None],
        "status": {"code": _ERROR, "message": span["error"]} if span.get("error") else {},
    }
    return made | ({"parentSpanId": _id(f"{run_id}/{span['parent']}", 16)} if span.get("parent") else {})


def _attribute(name: str, value: Any) -> dict[str, Any]:
    return {"key": name, "value": _value(value)}


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, list):
        return {"arrayValue": {"values": [_value(each) for each in value]}}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": str(value)}


def _id(text: str, characters: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:characters]


def _nanoseconds(moment: str) -> str:
    at = datetime.fromisoformat(moment.replace("Z", "+00:00"))
    return str(round(at.timestamp() * 1000) * 1_000_000)


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
    url = endpoint.rstrip("/").removesuffix(PATH) + PATH
    import urllib3
    from urllib3.exceptions import HTTPError

    try:
        answer = urllib3.PoolManager(timeout=SECONDS, retries=False).request("POST", url, json=request)
        if answer.status < 300:
            return
        why, code = f"{url} answered {answer.status}", "collector_refused"
    except (HTTPError, OSError, ValueError) as error:
        why, code = f"nobody takes traces at {url} ({type(error).__name__})", "collector_unreachable"
    raise CliError(
        why,
        advice="start a collector with an OTLP/HTTP receiver (JSON) there",
        code=code,
        exit_code=ExitCode.UNREACHABLE,
    )
