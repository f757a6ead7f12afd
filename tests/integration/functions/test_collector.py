"""Traces for a collector of OpenTelemetry: the functions of a run send the spans that the run's own trace has."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from conclave.functions.observability import instruments
from conclave.functions.otlp_tracer import OtlpTracer
from handled import Context, answered, request

from cli.target.otlp import request_of


class Collector(ThreadingHTTPServer):
    """Takes spans, or refuses them."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.requests: list[dict[str, Any]] = []
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def spans(self) -> dict[str, dict[str, Any]]:
        return {
            each["spanId"]: each
            for sent in self.requests
            for resource in sent["resourceSpans"]
            for scope in resource["scopeSpans"]
            for each in scope["spans"]
        }


class Receiver(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        assert self.path == "/v1/traces"
        self.server.requests.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(self.server.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *told: Any) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as started:
        thread = threading.Thread(target=started.serve_forever, daemon=True)
        thread.start()
        yield started
        started.shutdown()


def facts(span: dict[str, Any]) -> dict[str, Any]:
    return {each["key"]: next(iter(each["value"].values())) for each in span["attributes"]}


@pytest.fixture
def told(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> Collector:
    monkeypatch.setenv("OTLP_ENDPOINT", collector.url)
    return collector


def test_functions_send_the_spans_of_the_run_and_their_own_below_it(
    told: Collector, cloud: Any, whole_run: Any
) -> None:
    run_id = whole_run({"text": "P101 is stuck"})["run_id"]
    sent = told.spans
    trace = answered(cloud("runs")(request("GET", f"/v1/runs/{run_id}/trace"), Context()))[1]
    own = [each for each in sent.values() if facts(each)["conclave.kind"] == "function"]
    of_records = request_of(trace, service="")["resourceSpans"][0]["scopeSpans"][0]["spans"]
    wanted = {each["spanId"]: each for each in of_records if facts(each)["conclave.kind"] != "wait"}
    # What functions send is what the trace of the records says, call by call.
    assert sent.keys() - {each["spanId"] for each in own} == wanted.keys()
    for id, each in wanted.items():
        same = ("name", "traceId", "parentSpanId", "kind")
        assert [sent[id].get(part) for part in same] == [each.get(part) for part in same]
    tokens = ("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "conclave.cost_usd")
    for each in of_records:
        if each["kind"] == 3:
            assert [facts(sent[each["spanId"]])[name] for name in tokens] == [facts(each)[name] for name in tokens]
    calls = [facts(each) for each in sent.values() if each["kind"] == 3]
    assert len(calls) == len([each for each in trace["spans"] if each["kind"] == "model"]) > 3
    assert {each["gen_ai.operation.name"] for each in calls} == {"chat"}
    (root,) = (each for each in sent.values() if facts(each)["conclave.kind"] == "run")
    of_the_run = [each for each in own if each["traceId"] == root["traceId"]]
    assert len(of_the_run) == 7
    assert {each["parentSpanId"] for each in of_the_run} == {root["spanId"]}
    assert "parentSpanId" not in root


def test_a_collector_that_takes_nothing_is_left_alone_for_a_while(
    collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    collector.status = 503
    tracer = OtlpTracer(collector.url, "service", "frame")

    def echoes(event: Any, context: Any) -> Any:
        del context
        return event

    handler = tracer.traced(echoes)
    for _ in range(3):
        assert handler({"run_id": "run-1"}, None) == {"run_id": "run-1"}
    assert len(collector.requests) == 1
    assert [each.message for each in caplog.records] == [
        "no trace for 60 seconds, the collector took none: it answered 503"
    ]


def test_a_function_works_without_its_collector_and_tells_its_failures(collector: Collector) -> None:
    def fails(event: Any, context: Any) -> None:
        raise ValueError("no")

    for url in (collector.url, "http://127.0.0.1:1"):
        with pytest.raises(ValueError, match="no"):
            OtlpTracer(url, "service", "frame").traced(fails)({"detail": {"name": "run-1"}}, None)
    (span,) = collector.spans.values()
    assert (span["name"], span["status"]["message"], facts(span)["conclave.run_id"]) == (
        "function frame",
        "ValueError",
        "run-1",
    )


def test_the_setting_chooses_the_tracer(told: Collector) -> None:
    _, tracer, _ = instruments()
    assert isinstance(tracer, OtlpTracer)
