"""Spans in OTLP's JSON form with the names of OpenTelemetry's GenAI conventions, which Strands' own spans have, too. Pure.

Functions send them where a deployment says so, and ``conclave trace --otlp`` sends those of a whole run. Ids follow from the
run's and from the place of a span in it, so spans of several functions are one tree, and what is sent twice is the same span.

Sources: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding,
https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

PATH = "/v1/traces"
ROOT = "run"
"""Path of the run's own span; all others begin with it."""
_CLIENT, _INTERNAL = 3, 1
"""Kinds of spans: a call that leaves the process, and work within it."""
_ERROR = 2
_OPERATIONS = {"model": "chat", "tool": "execute_tool", "agent": "invoke_agent"}
_NAMES = {
    "model": "gen_ai.request.model",
    **{name: f"gen_ai.usage.{name}" for name in ("input_tokens", "output_tokens")},
    "agent": "gen_ai.agent.name",
}
"""Facts that have a name in the conventions; others are told as ``conclave.<name>``."""


def span(
    run_id: str,
    path: str,
    *,
    kind: str,
    name: str,
    times: tuple[float, float],
    facts: Mapping[str, str | int | float | None],
    error: str = "",
) -> dict[str, Any]:
    """One span.

    Args:
        run_id: Of the run; gives the trace its id.
        path: Its place in the run (``run/recommend/cargo/model-1``); what stands before the last slash is its parent.
        kind: ``run``, ``phase``, ``agent``, ``model``, ``tool``, or any other word.
        name: What people call it: an agent, a model, a tool.
        times: Beginning and end, seconds since the epoch.
        facts: What is known of it; a fact that is None is left out.
        error: Name of the error, where there was one.
    """
    operation = _OPERATIONS.get(kind, kind)
    known = {key: value for key, value in facts.items() if value is not None}
    told: dict[str, Any] = {"conclave.run_id": run_id, "conclave.kind": kind}
    if stopped := known.pop("stop_reason", None):
        told["gen_ai.response.finish_reasons"] = [stopped]
    told |= {_NAMES.get(key, f"conclave.{key}"): value for key, value in known.items() if key != "run_id"}
    if kind in _OPERATIONS:
        told |= {"gen_ai.operation.name": operation}
    if kind == "model":
        told |= {"gen_ai.provider.name": "aws.bedrock", "gen_ai.request.model": name}
    elif kind in ("agent", "tool"):
        told[f"gen_ai.{kind}.name"] = name
    if error:
        told["error.type"] = error
    parent = path.rpartition("/")[0]
    made = {
        "traceId": _id(run_id, 32),
        "spanId": _id(f"{run_id}/{path}", 16),
        "name": f"{operation} {name}",
        "kind": _CLIENT if kind == "model" else _INTERNAL,
        "startTimeUnixNano": _nanoseconds(times[0]),
        "endTimeUnixNano": _nanoseconds(times[1]),
        "attributes": [{"key": key, "value": _value(value)} for key, value in told.items()],
        "status": {"code": _ERROR, "message": error} if error else {},
    }
    return made | ({"parentSpanId": _id(f"{run_id}/{parent}", 16)} if parent else {})


def request(spans: Sequence[Mapping[str, Any]], *, service: str) -> dict[str, Any]:
    """Spans as an OTLP request; ``service`` is the name under which viewers list them."""
    resource = {"attributes": [{"key": "service.name", "value": _value(service)}]}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {"name": "conclave"}, "spans": spans}]}]}


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, list):
        return {"arrayValue": {"values": [_value(each) for each in value]}}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": str(value)}


def _id(text: str, characters: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:characters]


def _nanoseconds(moment: float) -> str:
    return str(round(moment * 1_000_000) * 1000)
