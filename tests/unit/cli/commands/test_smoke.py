"""``conclave smoke``: what it proves of a deployment, what each failure says, and what is skipped then."""

from __future__ import annotations

import json
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conclave.pack import load_pack
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bench.audit import Export
from cli.errors import CliError, ExitCode
from cli.ports import Alarm

RUN = "run-000000"
STEPS = ["stacks", "sign-in", "incident", "audit", "alarm", "cost"]


@pytest.fixture
def deployed(room: Any, decided: dict[str, Any]) -> Any:
    """A deployment whose next run is decided, audited and anchored."""
    export = Export.make(1, Random(3))
    room.api.next_run = RUN
    room.api.states = {RUN: [{**decided, "run_id": RUN, "degraded": False}]}
    room.api.audits = {RUN: [each.data.decode() for each in export.runs[RUN]]}
    room.anchors.kept = {RUN: export.block(RUN)[-1:]}
    form = PublicFormat.SubjectPublicKeyInfo
    room.anchors.public_key = export.private.public_key().public_bytes(Encoding.DER, form)
    return room


def proof(room: Any, *more: str, stage: str = "dev", code: int = 0) -> dict[str, Any]:
    done = room("smoke", "--stage", stage, "--json", *more)
    assert done.exit_code == code, done.stdout + done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    assert [step["name"] for step in document["steps"]] == STEPS
    assert document["ok"] is (code == 0)
    return document | {step["name"]: step for step in document["steps"]}


def outcomes(document: dict[str, Any]) -> list[str]:
    return [step["outcome"] for step in document["steps"]]


def test_a_working_deployment_is_proved_step_by_step(deployed: Any) -> None:
    found = proof(deployed)
    assert outcomes(found) == ["ok"] * 6
    assert found["run"] == {"run_id": RUN, "status": "decided"}
    assert "6 entries proved against 1 anchor" in found["audit"]["found"]
    assert found["cost"]["found"].startswith("$0.0121 for 24,810 input and 2,410 output tokens in 11 model calls")
    assert "Lambda" in found["cost"]["advice"]


def test_the_incident_is_the_typed_one_of_the_pack_under_a_fresh_key(deployed: Any) -> None:
    proof(deployed)
    typed = load_pack("airline").typed_example("2026-11-22")
    assert deployed.api.submitted == [({"incident": dict(typed)}, "fresh")]


def test_an_own_incident_is_sent_under_a_fresh_key_too(deployed: Any, tmp_path: Any) -> None:
    file = tmp_path / "own.json"
    file.write_text(json.dumps({"incident": {"flight": "EY9"}, "idempotency_key": "old"}), encoding="utf-8")
    proof(deployed, "--incident", str(file))
    assert deployed.api.submitted == [({"incident": {"flight": "EY9"}}, "fresh")]


def test_the_alarm_rings_and_is_put_back(deployed: Any) -> None:
    found = proof(deployed)
    name = "conclave-dev-airline-RunsHalted"
    assert deployed.alarms.changes == [(name, "ALARM"), (name, "INSUFFICIENT_DATA")]
    assert "1 confirmed subscription" in found["alarm"]["found"]


def test_an_alarm_that_rings_already_is_left_alone(deployed: Any) -> None:
    name = "conclave-dev-airline-RunsHalted"
    deployed.alarms.alarms[name] = replace(deployed.alarms.alarms[name], state="ALARM")
    proof(deployed)
    assert {each for each, _ in deployed.alarms.changes} == {"conclave-dev-airline-ApiErrors"}


@pytest.mark.parametrize(
    ("change", "code", "word"),
    [
        ({"takes_notices": False}, 1, "alarm_untold"),
        ({"takes_notices": None}, 1, "alarm_silent"),
        ({"people": (0, 1)}, 6, "nobody_subscribed"),
        ({"people": (0, 0)}, 6, "nobody_subscribed"),
        ({"alarms": {}}, 5, "alarm_missing"),
    ],
)
def test_an_alarm_that_nobody_hears_fails(deployed: Any, change: dict[str, Any], code: int, word: str) -> None:
    for name, value in change.items():
        setattr(deployed.alarms, name, value)
    found = proof(deployed, code=code)
    assert found["alarm"]["code"] == word
    assert outcomes(found) == ["ok", "ok", "ok", "ok", "failed", "ok"]
    rang = deployed.alarms.changes
    assert not rang or rang[-1][1] == "INSUFFICIENT_DATA"


def test_alarms_without_an_action_are_named(deployed: Any) -> None:
    deployed.alarms.alarms["conclave-dev-airline-Mute"] = Alarm(
        name="conclave-dev-airline-Mute", state="OK", actions=()
    )
    assert "conclave-dev-airline-Mute" in proof(deployed, code=6)["alarm"]["found"]


def test_nothing_is_tried_where_nothing_is_deployed(deployed: Any) -> None:
    deployed.cloud.outputs = lambda target: (_ for _ in ()).throw(
        CliError("not deployed", advice="cdk deploy", code="not_deployed", exit_code=ExitCode.UNREACHABLE)
    )
    found = proof(deployed, code=5)
    assert outcomes(found) == ["failed", *["skipped"] * 5]
    assert found["stacks"]["advice"] == "cdk deploy"
    assert not deployed.api.submitted
    assert not deployed.alarms.changes


def test_a_stack_that_failed_is_named(deployed: Any) -> None:
    deployed.cloud.stacks = lambda target: [{"name": "Conclave-dev-airline-data", "status": "ROLLBACK_COMPLETE"}]
    assert "Conclave-dev-airline-data is ROLLBACK_COMPLETE" in proof(deployed, code=5)["stacks"]["found"]


def test_without_a_token_the_alarm_is_tried_all_the_same(deployed: Any) -> None:
    def refuse(**_: Any) -> Any:
        raise CliError(
            "this stage wants a token",
            advice="export CONCLAVE_TOKEN",
            code="credential_missing",
            exit_code=ExitCode.SETUP,
        )

    deployed.api.runs = refuse
    found = proof(deployed, code=6)
    assert outcomes(found) == ["ok", "failed", "skipped", "skipped", "ok", "skipped"]
    assert (found["sign-in"]["found"], found["sign-in"]["advice"]) == (
        "this stage wants a token",
        "export CONCLAVE_TOKEN",
    )
    assert found["incident"]["found"] == "needs sign-in"
    assert found["run"] is None


@pytest.mark.parametrize(
    ("change", "code", "word"),
    [
        (
            {"status": "halted", "reasons": [{"code": "constraint_unsatisfied", "detail": "none"}]},
            3,
            "constraint_unsatisfied",
        ),
        (
            {"status": "halted", "reasons": [{"code": "incident_flight_unknown", "detail": "EY17"}]},
            2,
            "incident_flight_unknown",
        ),
        ({"degraded": True}, 1, "degraded"),
    ],
)
def test_a_run_that_proves_too_little_fails(deployed: Any, change: dict[str, Any], code: int, word: str) -> None:
    deployed.api.states[RUN][0].update(change)
    found = proof(deployed, code=code)
    assert found["incident"]["code"] == word
    assert outcomes(found) == ["ok", "ok", "failed", "ok", "ok", "ok"]


def test_a_decision_that_needs_approval_is_a_decision(deployed: Any) -> None:
    deployed.api.states[RUN][0]["status"] = "approval_required"
    assert "approval required" in proof(deployed)["incident"]["found"]


def test_a_run_that_does_not_end_leaves_nothing_to_verify(deployed: Any) -> None:
    deployed.api.states[RUN][0]["status"] = "running"
    found = proof(deployed, "--timeout", "3", code=7)
    assert outcomes(found) == ["ok", "ok", "failed", "skipped", "ok", "skipped"]
    assert found["audit"]["found"] == "needs a run that ended"


def test_a_tampered_audit_fails(deployed: Any) -> None:
    entries = deployed.api.audits[RUN]
    entries[3] = entries[3].replace('"fence":1', '"fence":2')
    found = proof(deployed, code=1)
    assert found["audit"]["code"] == "audit_broken"
    assert "entry 4" in found["audit"]["found"]


def test_an_audit_is_waited_for_until_it_is_anchored(deployed: Any) -> None:
    kept, deployed.anchors.kept = deployed.anchors.kept, {}
    looks = iter(range(100))
    of = deployed.anchors.of

    def later(run_id: str) -> Any:
        if next(looks) == 3:
            deployed.anchors.kept = kept
        return of(run_id)

    deployed.anchors.of = later
    assert proof(deployed)["audit"]["seconds"] == 3.0
    deployed.anchors.of, deployed.anchors.kept = of, {}
    assert "not anchored" in proof(deployed, code=1)["audit"]["found"]


def test_a_refusal_of_aws_is_one_line(deployed: Any) -> None:
    def refuse(prefix: str) -> Any:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no\nway"}}, "DescribeAlarms")

    deployed.alarms.named = refuse
    found = proof(deployed, code=5)["alarm"]
    assert found["code"] == "cloud_refused"
    assert "AccessDenied" in found["found"]
    assert "\n" not in found["found"]


def test_a_run_without_usage_measures_nothing(deployed: Any) -> None:
    deployed.api.states[RUN][0]["totals"] = {"model_calls": 0}
    assert proof(deployed, code=1)["cost"]["code"] == "usage_missing"


def test_prod_asks_before_anything_happens(deployed: Any) -> None:
    refused = deployed("smoke", "--stage", "prod")
    assert refused.exit_code == ExitCode.BAD_INPUT
    assert "--yes" in refused.stderr
    assert not deployed.api.submitted
    deployed.alarms = type(deployed.alarms)("conclave-prod-airline")
    proof(deployed, "--yes", stage="prod")


def test_the_local_cloud_says_what_it_cannot_prove(deployed: Any) -> None:
    deployed.alarms = type(deployed.alarms)("conclave-local-airline")
    deployed.alarms.people = (0, 0)
    found = proof(deployed, stage="local")
    assert "no history of notices; nobody is subscribed" in found["alarm"]["found"]
    assert "nothing was paid" in found["cost"]["advice"]


def test_a_person_reads_a_table(deployed: Any) -> None:
    deployed.api.states[RUN][0]["totals"] = {}
    done = deployed("smoke", "--stage", "dev")
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    assert lines[0].split()[:2] == ["ok", "stacks"]
    assert any(line.startswith("failed  cost") for line in lines)
