"""New versions of an agent on the deployed stacks: they answer in no run before their gate, and in none after a rollback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from conclave.records.runs import TRIAL

from bench.alarms.scene import forget_rollout

pytestmark = pytest.mark.e2e
AGENT = "guest_experience"
DIES = {"AGENT": "nobody"}
WHY = ("--why", "a test of new versions")


@pytest.fixture
def adopted(conclave: Any) -> Iterator[Any]:
    """Runs stay on the versions of now; afterwards the cloud is as if nobody had ever rolled anything out."""
    done = conclave.run("rollout", "adopt", *WHY, "--json")
    assert done.returncode == 0, done.stderr
    yield json.loads(done.stdout)
    outputs = conclave.outputs()
    forget_rollout(conclave.client("dynamodb"), outputs["RunsTable"], outputs["AuditTable"])


@contextmanager
def release(conclave: Any, **variables_of: str) -> Iterator[str]:
    """A version of an agent's function with other variables is deployed: the alias stands for it."""
    functions, name = conclave.client("lambda"), f"conclave-local-airline-agent-{AGENT}"
    before = functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"]
    variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    changed = {"Variables": {**variables, **variables_of}}
    functions.update_function_configuration(FunctionName=name, Environment=changed)
    version = functions.publish_version(FunctionName=name)["Version"]
    functions.update_alias(FunctionName=name, Name="live", FunctionVersion=version)
    try:
        yield str(version)
    finally:
        functions.update_alias(FunctionName=name, Name="live", FunctionVersion=before)
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})


def test_a_deployed_version_answers_in_no_run_that_is_pinned_to_another(conclave: Any, day: str, adopted: Any) -> None:
    with release(conclave, **DIES) as version:
        run = conclave.ask(f"Flight EY17 on {day} from AUH to LHR is AOG")
        shown = json.loads(conclave.run("rollout", "status", "--json").stdout)
    assert (run["status"], run["degraded"]) == ("decided", False)
    assert shown["deployed"][AGENT] == version != shown["stable"][AGENT] == adopted["stable"][AGENT]


@pytest.fixture(scope="module")
def people(conclave: Any, day: str) -> set[str]:
    """The ids of runs that ended, so many that the gate has something to play."""
    done = conclave.asks([f"Flight EY17 on {day} from AUH to LHR is AOG, report {number}" for number in range(6)])
    return {json.loads(each.stdout)["run_id"] for each in done}


def test_the_gate_stops_a_version_that_dies_and_admits_one_that_does_the_same(
    conclave: Any, people: set[str], adopted: Any
) -> None:
    with release(conclave, **DIES):
        refused = conclave.run("rollout", "start", *WHY, "--json")
    assert refused.returncode == 3, refused.stderr
    stopped = json.loads(refused.stdout)
    assert {"lost_evidence", "degraded", "errors"} <= set(stopped["last"]["reasons"])
    assert stopped["stable"] == adopted["stable"]
    with release(conclave, RELEASE="the same") as version:
        # Both sides share two cores with whatever else runs here; what a version takes is judged where that is its own.
        admitted = conclave.run("rollout", "start", *WHY, "--threshold", "seconds=10", "--json")
        assert admitted.returncode == 0, admitted.stdout + admitted.stderr
        shown = json.loads(admitted.stdout)
        assert (shown["state"], shown["share"], shown["candidate"][AGENT]) == ("canary", 5, version)
        early = conclave.run("rollout", "promote", *WHY)
        assert early.returncode == 3
        assert "too_few" in early.stderr
        back = json.loads(conclave.run("rollout", "rollback", *WHY, "--json").stdout)
    assert (back["state"], back["stable"]) == ("steady", adopted["stable"])
    listed = {each["run_id"] for each in conclave.json("runs", "--limit", "1000")["runs"]}
    assert people <= listed
    assert not [each for each in listed if each.startswith(TRIAL)]


def test_a_change_of_the_configuration_passes_the_same_gate(conclave: Any, people: set[str], adopted: Any) -> None:
    dearer = conclave.run("config", "set", "models.business.tier=strong", "--try", *WHY, "--json")
    assert dearer.returncode == 3, dearer.stderr
    assert "nothing was changed: cost: " in dearer.stderr
    assert conclave.json("config", "show")["document"] == {}
    try:
        conclave.json("config", "set", "thresholds.choice.clear=0.11", "--try", *WHY)
    finally:
        conclave.json("config", "rollback", "0", *WHY)
    shown = conclave.json("rollout", "status")
    assert (shown["state"], shown["last"]["end"], shown["stable"]) == ("steady", "passed", adopted["stable"])
