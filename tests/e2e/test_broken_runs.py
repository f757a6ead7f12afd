"""Runs on the deployed stacks whose functions die and whose models fail."""

from __future__ import annotations

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


@contextmanager
def failing(conclave: Any, agent: str, kind: str) -> Iterator[None]:
    """Every call of the agent's models goes wrong."""
    fault = {"kind": kind, "match": {"agent": agent}, "count": None}
    control = f"{conclave.bedrock_endpoint}/_control/faults"
    httpx.post(control, json=fault, trust_env=False).raise_for_status()
    try:
        yield
    finally:
        httpx.delete(control, trust_env=False).raise_for_status()


def test_without_business_agents_the_run_is_degraded_and_says_who_and_why(conclave: Any, day: str) -> None:
    """A process is killed, a function dies before it answers, a model is throttled: three agents of one run."""
    with (
        killed(conclave, "cargo"),
        crashing(conclave, "guest_experience"),
        failing(conclave, "finance", "throttle"),
    ):
        run = conclave.ask(f"Flight EY17 on {day} from AUH to LHR is AOG")
    lost = {"cargo", "guest_experience", "finance"}
    assert (run["status"], run["degraded"]) == ("decided", True)
    assert lost == {each["agent"] for each in run["reasons"] if each["code"] == "business_agent_unavailable"}
    rows = {row["name"]: row for row in run["agents"] if row["phase"] == "recommend" and row["status"] == "unavailable"}
    assert set(rows) == lost
    assert all(row["failure"]["error"] for row in rows.values())


def test_without_safety_agents_the_run_halts_and_says_who_and_why(conclave: Any, day: str) -> None:
    """A process is killed, a function dies before it answers, a model answers garbage: three agents of one run."""
    with (
        killed(conclave, "maintenance"),
        crashing(conclave, "crew_compliance"),
        failing(conclave, "regulatory", "malformed"),
    ):
        run = conclave.ask(f"Flight EY17 on {day} from AUH to LHR is AOG", code=3)
    assert (run["status"], run["degraded"], run["decision"]) == ("halted", False, None)
    lost = {each["agent"]: each["detail"] for each in run["reasons"] if each["code"] == "safety_agent_unavailable"}
    assert set(lost) == {"maintenance", "crew_compliance", "regulatory"}
    assert {detail.split(":")[0] for detail in lost.values()}.isdisjoint({"", "NoAnswer"})


def test_agents_whose_functions_die_once_are_asked_again(conclave: Any, day: str) -> None:
    with killed(conclave, "cargo", times=1), killed(conclave, "maintenance", times=1):
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
    assert wait_until(lambda: (shown := conclave.shown(run.run_id))["status"] == "decided" and shown)
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
    run = wait_until(lambda: (shown := conclave.shown(run_id))["status"] == "halted" and shown)
    assert [each["code"] for each in run["reasons"]] == ["execution_failed"]
    assert run["audit"]["entries"] == 2


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
