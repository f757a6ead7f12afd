"""What an operator sees of the functions: outcome and cost counted, one correlation id in each log, a trace, the model asked."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from conclave.audit.chain import Act
from conclave.codec import encode
from conclave.functions import wiring
from conclave.pack import load_pack
from conclave.records.runs import PROPOSAL
from conclave.types import AgentKind, Decision, RunStatus, Usage
from handled import Context, answered, request
from msgspec import structs
from stand_in import StandIn

SMALL = "global.anthropic.claude-haiku-5-5"
LARGE = "global.anthropic.claude-sonnet-5-5"
TRACED = """
from conclave.figures import Timed
from conclave.functions.observability import instruments

_, tracer, figures = instruments()

@tracer.traced
def traced(event, context):
    of, path = {"run_id": "run-1"}, "run/recommend/cargo"
    tool = Timed(path=f"{path}/tool-1", name="reads", kind="tool", start=101.0, end=101.5, facts=of)
    facts = {**of, "model": "m", "stop_reason": "tool_use", "input_tokens": 7}
    model = Timed(
        path=f"{path}/model-1", name="m", kind="model", start=102.0, end=104.5, facts=facts, error="Throttled"
    )
    figures.timed(Timed(path=path, name="cargo", kind="agent", start=100.0, end=105.0, facts=of, within=[tool, model]))
    return event

traced({}, None)
"""


def written(output: str) -> list[dict[str, Any]]:
    """What a function wrote: each line is one JSON object, of its log or of its metrics."""
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


def counted(output: str) -> dict[str, list[float]]:
    """The values of the metrics that a function wrote, by name."""
    return {
        metric["Name"]: each[metric["Name"]]
        for each in written(output)
        if "_aws" in each
        for group in each["_aws"]["CloudWatchMetrics"]
        for metric in group["Metrics"]
    }


@pytest.mark.parametrize(
    ("status", "metric"),
    [
        (RunStatus.DECIDED, "RunsDecided"),
        (RunStatus.HALTED, "RunsHalted"),
    ],
)
def test_a_published_decision_is_counted_with_its_cost(
    cloud: Any,
    framed: Callable[[Any], dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
    status: RunStatus,
    metric: str,
) -> None:
    event = framed({"incident": {"parcel": "P101"}})
    decision = Decision(
        status=status,
        reasons=(),
        option_id="" if status is RunStatus.HALTED else "O1",
        degraded=True,
        usage=Usage(model_calls=3, cost_usd=0.25),
    )
    act = Act(event="decision_proposed", at="2026-11-21T06:00:00.000Z", body={})
    wiring.Wiring.from_env().runs.write(event["run_id"], {PROPOSAL: encode(decision)}, event["fence"], act)
    capsys.readouterr()
    cloud("publish")(event, Context())
    told = counted(capsys.readouterr().out)
    assert told.keys() == {
        *(
            metric,
            "RunsDegraded",
            "CostUsd",
            "RunSeconds",
            "WaitedSeconds",
            "PhaseSeconds",
            "ColdStarts",
            "StartSeconds",
        )
    }
    assert (told[metric], told["RunsDegraded"], told["CostUsd"]) == ([1.0], [1.0], [0.25])


def test_every_log_of_a_run_has_its_correlation_id(
    whole_run: Callable[[Any], dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert whole_run({"incident": {"parcel": "P101"}})["status"] == "decided"
    logs = [each for each in written(capsys.readouterr().out) if "_aws" not in each]
    told = [(each["message"], each.get("correlation_id")) for each in logs]
    assert told.pop(0) == ("incident accepted", "ext-1")
    steps = ["run framed", *["agent answered"] * 2, "phase collated", "agent answered"]
    assert told == [(step, "corr-7") for step in (*steps, "decision proposed", "decision published")]


def test_a_run_is_traced_to_the_token_and_the_cent(
    cloud: Any, whole_run: Callable[[Any], dict[str, Any]], models: StandIn
) -> None:
    run_id = whole_run({"text": "P101 is stuck"})["run_id"]
    status, trace = answered(cloud("runs")(request("GET", f"/v1/runs/{run_id}/trace"), Context()))
    _, run = answered(cloud("runs")(request("GET", f"/v1/runs/{run_id}"), Context()))
    assert status == 200
    calls = [each for each in trace["spans"] if each["kind"] == "model"]
    assert len(calls) == run["totals"]["model_calls"] == len([each for each in models.exchanges() if each["model"]])
    assert {each["stop_reason"] for each in calls} == {"tool_use"}
    assert sum(each["tokens"] for each in trace["spans"]) == (
        run["totals"]["input_tokens"] + run["totals"]["output_tokens"]
    )
    assert sum(each["cost"] for each in trace["spans"]) == pytest.approx(run["totals"]["cost_usd"], abs=1e-9)
    assert answered(cloud("runs")(request("GET", "/v1/runs/run-x/trace"), Context()))[0] == 404


def test_each_function_asks_the_model_of_its_agent(
    whole_run: Callable[[Any], dict[str, Any]], models: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = load_pack("example")
    agents = [structs.replace(each, tier="strong") if each.kind is AgentKind.ARBITER else each for each in pack.agents]
    monkeypatch.setattr(wiring, "pack", lambda name: structs.replace(pack, agents=agents))
    whole_run({"text": "P101 is stuck"})
    asked = {(each["agent"] or "frame", each["model"]) for each in models.exchanges() if each["model"]}
    assert asked == {("frame", SMALL), ("quality", SMALL), ("service", SMALL), ("lead", LARGE)}


def test_a_traced_function_sends_its_segment() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.settimeout(30)
        environment = {
            **os.environ,
            "AWS_XRAY_DAEMON_ADDRESS": f"127.0.0.1:{daemon.getsockname()[1]}",
            "LAMBDA_TASK_ROOT": "/var/task",
            "POWERTOOLS_SERVICE_NAME": "conclave-test",
            "POWERTOOLS_TRACE_DISABLED": "false",
            "_X_AMZN_TRACE_ID": "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
        }
        subprocess.run([sys.executable, "-c", TRACED], env=environment, check=True, timeout=60)
        sent = [json.loads(daemon.recv(65_536).partition(b"\n")[2]) for _ in range(4)]
    agent, tool, model, handler = sent
    assert handler["name"] == "## traced"
    assert {each["trace_id"] for each in sent} == {"1-5759e988-bd862e3fe1be46a994272793"}
    assert [each["parent_id"] for each in (tool, model, agent)] == [agent["id"], agent["id"], handler["id"]]
    assert handler["parent_id"] == "53995c3f42cd8ad8"
    assert (agent["name"], agent["start_time"], agent["end_time"]) == ("agent cargo", 100.0, 105.0)
    assert (tool["name"], tool["end_time"]) == ("tool reads", 101.5)
    assert (model["name"], model["start_time"], model["end_time"]) == ("model m", 102.0, 104.5)
    assert model["annotations"] == {
        "run_id": "run-1",
        "model": "m",
        "stop_reason": "tool_use",
        "input_tokens": 7,
        "error_name": "Throttled",
    }
    assert model["error"] is True
