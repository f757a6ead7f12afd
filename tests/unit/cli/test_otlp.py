"""A trace in the form that viewers of OpenTelemetry take."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from cli.errors import CliError
from cli.target.otlp import as_protobuf, request_of, send

RUN = {"run_id": "run-1"}


def span(id: str, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "id": id,
        "parent": id.rpartition("/")[0] or None,
        "name": id.rpartition("/")[2],
        "kind": kind,
        "start": "2026-11-21T06:00:00.250Z",
        "end": "2026-11-21T06:00:01.000Z",
        "status": "ok",
        "stop_reason": "",
        "error": "",
        "cost": 0.0,
        **more,
    }


def sent(*spans: dict[str, Any]) -> list[dict[str, Any]]:
    (resource,) = request_of({**RUN, "spans": spans}, service="conclave-dev-airline")["resourceSpans"]
    assert resource["resource"]["attributes"] == [
        {"key": "service.name", "value": {"stringValue": "conclave-dev-airline"}}
    ]
    (scope,) = resource["scopeSpans"]
    return list(scope["spans"])


def told(one: dict[str, Any]) -> dict[str, Any]:
    return {each["key"]: next(iter(each["value"].values())) for each in one["attributes"]}


def test_a_tree_keeps_its_times_and_parents() -> None:
    root, agent = sent(span("run", "run"), span("run/cargo", "agent", end=None))
    assert (len(root["traceId"]), len(root["spanId"]), "parentSpanId" in root) == (32, 16, False)
    assert (agent["traceId"], agent["parentSpanId"]) == (root["traceId"], root["spanId"])
    assert (root["startTimeUnixNano"], root["endTimeUnixNano"]) == ("1795240800250000000", "1795240801000000000")
    assert agent["endTimeUnixNano"] == agent["startTimeUnixNano"]
    assert (agent["name"], told(agent)["gen_ai.agent.name"]) == ("invoke_agent cargo", "cargo")
    assert sent(span("run", "run")) == sent(span("run", "run"))


def test_a_model_call_has_its_tokens_and_why_it_stopped() -> None:
    used = {"input_tokens": 900, "output_tokens": 90, "cache_read_tokens": 40, "cache_write_tokens": 0}
    (call,) = sent(span("run/model-1", "model", name="small", stop_reason="tool_use", **used, cost=0.25))
    facts = told(call)
    assert (facts["gen_ai.request.model"], facts["gen_ai.operation.name"]) == ("small", "chat")
    assert (facts["gen_ai.usage.input_tokens"], facts["gen_ai.usage.output_tokens"]) == ("900", "90")
    assert facts["gen_ai.response.finish_reasons"] == {"values": [{"stringValue": "tool_use"}]}
    assert (facts["conclave.cache_read_tokens"], facts["conclave.cost_usd"], facts["conclave.run_id"]) == (
        "40",
        0.25,
        "run-1",
    )


def test_an_error_is_marked_and_what_has_no_times_is_left_out() -> None:
    (failed,) = sent(
        span("run/model-1", "model", error="Throttled"), span("run/model-2", "model", start=None, end=None)
    )
    assert (failed["status"]["code"], told(failed)["error.type"]) == (2, "Throttled")


@pytest.mark.parametrize(
    ("url", "code"), [("localhost:4318", "usage"), ("http://127.0.0.1:1", "collector_unreachable")]
)
def test_what_cannot_be_sent_is_told_in_one_line(url: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*arguments: Any, **named: Any) -> Any:
        raise ConnectionRefusedError

    monkeypatch.setattr("urllib3.PoolManager.request", refused)
    with pytest.raises(CliError) as raised:
        send({}, url)
    assert raised.value.code == code


def test_what_is_sent_is_the_same_trace_in_protobuf() -> None:
    """Read back by the classes of OpenTelemetry's own definition, field by field as the JSON form has it."""
    spans = (span("run", "run"), span("run/model-1", "model", input_tokens=900, error="Throttled", cost=0.25))
    request = request_of({**RUN, "spans": spans}, service="conclave-dev-airline")
    read = ExportTraceServiceRequest.FromString(as_protobuf(request))
    root, call = read.resource_spans[0].scope_spans[0].spans
    told_root, told_call = sent(*spans)
    assert (root.trace_id.hex(), root.span_id.hex()) == (told_root["traceId"], told_root["spanId"])
    assert (call.trace_id, call.parent_span_id, root.parent_span_id) == (root.trace_id, root.span_id, b"")
    assert (str(call.start_time_unix_nano), call.kind) == (told_call["startTimeUnixNano"], told_call["kind"])
    facts = {each.key: each.value for each in call.attributes}
    assert facts.keys() == told(told_call).keys()
    assert (facts["gen_ai.usage.input_tokens"].int_value, facts["conclave.cost_usd"].double_value) == (900, 0.25)
    assert (call.status.code, call.status.message) == (2, "Throttled")
    assert read.resource_spans[0].resource.attributes[0].value.string_value == "conclave-dev-airline"


def test_it_goes_to_the_path_of_traces_as_protobuf(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def taken(_: Any, method: str, url: str, **named: Any) -> Any:
        asked.append((method, url, named["headers"]["Content-Type"], named["body"]))
        return SimpleNamespace(status=200)

    monkeypatch.setattr("urllib3.PoolManager.request", taken)
    request = request_of({**RUN, "spans": [span("run", "run")]}, service="s")
    send(request, "http://viewer:6006/")
    assert asked == [("POST", "http://viewer:6006/v1/traces", "application/x-protobuf", as_protobuf(request))]
