"""Runs on the deployed stacks whose functions die and whose models fail."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from conclave.adapters.stores.run_store import DynamoRunStore
from conclave.api.intake import run_id_for
from conclave.clock import system_clock, timestamp
from conclave.records.runs import Run
from conclave.types import RunStatus

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def day(conclave: Any) -> str:
    """The day that the sample lies around."""
    return str(conclave.json("seed")["date"])


@contextmanager
def killed(conclave: Any, agent: str, times: int = 2) -> Iterator[None]:
    """The process of the agent's function is killed while its model thinks, and again when it is asked once more."""
    fault = {"kind": "delay", "seconds": 3, "match": {"agent": agent}, "count": times}
    httpx.post(f"{conclave.bedrock_endpoint}/_control/faults", json=fault, trust_env=False).raise_for_status()
    stop = threading.Event()
    killer = threading.Thread(target=_kill_when_asked, args=(conclave, agent, times, stop))
    killer.start()
    try:
        yield
    finally:
        stop.set()
        killer.join()
        httpx.delete(f"{conclave.bedrock_endpoint}/_control/faults", trust_env=False).raise_for_status()


def _kill_when_asked(conclave: Any, agent: str, times: int, stop: threading.Event) -> None:
    before = len(_asked(conclave, agent))
    while times and not stop.wait(0.05):
        if (asked := len(_asked(conclave, agent))) > before:
            for pid in _workers(conclave, f"airline-agent-{agent}-"):
                os.kill(pid, signal.SIGKILL)
            before, times = asked, times - 1


def _asked(conclave: Any, agent: str) -> list[Any]:
    listed = httpx.get(f"{conclave.bedrock_endpoint}/_control/exchanges", trust_env=False).json()["exchanges"]
    return [each for each in listed if each["agent"] == agent]


def _workers(conclave: Any, name: str) -> list[int]:
    """Process ids of the function's workers in this cloud."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().decode()
        except OSError:
            continue
        if str(conclave.folder) in command and name in command:
            found.append(int(folder.name))
    return found


@contextmanager
def crashing(conclave: Any, agent: str) -> Iterator[None]:
    """The agent's function dies before it answers."""
    functions = conclave.client("lambda")
    name = f"conclave-local-airline-agent-{agent}"
    alias = functions.get_alias(FunctionName=name, Name="live")
    environment = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    functions.update_function_configuration(
        FunctionName=name, Environment={"Variables": {**environment, "AGENT": "nobody"}}
    )
    broken = functions.publish_version(FunctionName=name)["Version"]
    functions.update_alias(FunctionName=name, Name="live", FunctionVersion=broken)
    try:
        yield
    finally:
        functions.update_alias(FunctionName=name, Name="live", FunctionVersion=alias["FunctionVersion"])
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": environment})


@pytest.mark.parametrize("harm", [killed, crashing])
def test_without_a_business_agent_the_run_is_degraded(conclave: Any, day: str, harm: Any) -> None:
    with harm(conclave, "cargo"):
        run = conclave.ask(f"Flight EY17 on {day} from AUH to LHR is AOG")
    assert run["status"] == "decided"
    assert run["degraded"] is True
    assert ("business_agent_unavailable", "cargo") in [(each["code"], each["agent"]) for each in run["reasons"]]
    (row,) = [row for row in run["agents"] if row["name"] == "cargo" and row["phase"] == "recommend"]
    assert row["status"] == "unavailable"
    assert row["failure"]["error"]


@pytest.mark.parametrize("harm", [killed, crashing])
def test_without_a_safety_agent_the_run_halts_and_says_who_and_why(conclave: Any, day: str, harm: Any) -> None:
    with harm(conclave, "maintenance"):
        run = conclave.ask(f"Flight EY17 on {day} from AUH to LHR is AOG", code=3)
    assert run["status"] == "halted"
    (reason,) = [each for each in run["reasons"] if each["code"] == "safety_agent_unavailable"]
    assert reason["agent"] == "maintenance"
    assert reason["detail"].split(":")[0] not in {"", "NoAnswer"}
    assert run["decision"] is None


@pytest.mark.parametrize(
    ("kind", "agent", "status", "degraded"),
    [("throttle", "finance", "decided", True), ("malformed", "regulatory", "halted", False)],
)
def test_a_failing_model_is_typed(conclave: Any, day: str, kind: str, agent: str, status: str, degraded: bool) -> None:
    fault = {"kind": kind, "match": {"agent": agent}, "count": None}
    control = f"{conclave.bedrock_endpoint}/_control/faults"
    httpx.post(control, json=fault, trust_env=False).raise_for_status()
    try:
        run = conclave.ask(f"Flight EY17 on {day} from AUH to LHR is AOG", code={"decided": 0, "halted": 3}[status])
    finally:
        httpx.delete(control, trust_env=False).raise_for_status()
    assert (run["status"], run["degraded"]) == (status, degraded)
    failed = {row["name"]: row["failure"]["error"] for row in run["agents"] if row["failure"]}
    assert set(failed) == {agent}


@pytest.mark.parametrize("agent", ["cargo", "maintenance"])
def test_an_agent_whose_function_dies_once_is_asked_again(conclave: Any, day: str, agent: str) -> None:
    with killed(conclave, agent, times=1):
        run = conclave.ask(f"Flight EY17 on {day} from AUH to LHR is AOG")
    assert (run["status"], run["degraded"]) == ("decided", False)


def test_a_run_whose_acceptance_died_is_swept(conclave: Any, day: str, wait_until: Any) -> None:
    """Its record stands and nobody started it, as when ``intake`` is killed between the two."""
    outputs, now = conclave.outputs(), timestamp(system_clock())
    run = Run(
        run_id=run_id_for("local", "airline", now),
        status=RunStatus.RUNNING,
        pack="airline",
        created_at=now,
        updated_at=now,
        correlation_id="swept",
        text=f"Flight EY17 on {day} from AUH to LHR is AOG",
    )
    DynamoRunStore(conclave.client("dynamodb"), outputs["RunsTable"], outputs["AuditTable"], ttl_days=1).create(run)
    assert conclave.run("verify", run.run_id).returncode == 7
    conclave.client("lambda").invoke(FunctionName="conclave-local-airline-sweep:live", Payload=b"{}")
    assert wait_until(lambda: (shown := _show(conclave, run.run_id))["status"] == "decided" and shown)
    (rule,) = conclave.client("events").list_rules(NamePrefix="conclave-local-airline-open-runs")["Rules"]
    assert (rule["ScheduleExpression"], rule["State"]) == ("rate(1 minute)", "ENABLED")


def test_an_execution_that_dies_leaves_a_halted_run(conclave: Any, day: str, wait_until: Any) -> None:
    fault = {"kind": "delay", "seconds": 8, "match": {"agent": "frame"}, "count": 1}
    httpx.post(f"{conclave.bedrock_endpoint}/_control/faults", json=fault, trust_env=False).raise_for_status()
    # A word that code does not read, so that a model frames the report.
    text = f"Good morning, flight EY17 on {day} from AUH to LHR is AOG"
    run_id = conclave.json("ask", text, "--new")["run_id"]
    arn = conclave.outputs()["StateMachineArn"].replace(":stateMachine:", ":execution:") + f":{run_id}"
    conclave.client("stepfunctions").stop_execution(executionArn=arn, cause="pulled")
    run = wait_until(lambda: (shown := _show(conclave, run_id))["status"] == "halted" and shown)
    assert [each["code"] for each in run["reasons"]] == ["execution_failed"]
    assert run["audit"]["entries"] == 2


def _show(conclave: Any, run_id: str) -> Any:
    return json.loads(conclave.run("show", run_id, "--json").stdout)


SMALL = "global.anthropic.claude-haiku-5-5"


@pytest.mark.parametrize(
    ("who", "fault", "because"),
    [
        ("maintenance", {"kind": "throttle"}, "throttled"),
        ("finance", {"kind": "error", "code": "ResourceNotFoundException"}, "absent"),
        ("network", {"kind": "malformed"}, "unusable_answer"),
    ],
)
def test_another_model_answers_for_one_that_fails(
    conclave: Any, day: str, who: str, fault: dict[str, Any], because: str
) -> None:
    control = f"{conclave.bedrock_endpoint}/_control/faults"
    asked = {**fault, "count": None, "match": {"agent": who, "model": SMALL}}
    httpx.post(control, json=asked, trust_env=False).raise_for_status()
    try:
        run = conclave.ask(f"Flight EY17 on {day} from AUH to LHR is AOG")
    finally:
        httpx.delete(control, trust_env=False).raise_for_status()
    assert run["status"] in ("decided", "awaiting_approval")
    stood_in = {each["name"]: each["stood_in"] for each in run["agents"] if each["stood_in"]}
    assert stood_in[who]["because"] == because
    assert stood_in[who]["wanted"] == SMALL
    assert "model_stood_in" in {reason["code"] for reason in run["reasons"] if reason["agent"] == who}
    shown = conclave.run("show", run["run_id"])
    assert "answered in place of" in " ".join(shown.stdout.split())
