"""The gate: what stays is pinned and narrow, and neither a finding nor a reason passes unseen."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from infra.engine_stack import MODELS
from security.gate import ROOT, Acknowledged, Finding, acknowledged, acknowledged_kinds, judge
from security.packages import written_twice
from security.simulation import MISTAKES, Case, Deployment, Outcome, judged, loosened, unnoticed
from security.templates import Templates

KINDS = {
    "bandit": {"B101", "B105", "B106", "B107", "B311", "B404", "B603"},
    "cfn-guard": {
        "api_gw_v2_authorization_type_configured_check",
        "kms_create_grant_aws_service_check",
        "lambda_function_public_access_prohibited_check",
        "lambda_inside_vpc_check",
        "s3_bucket_default_encryption_kms_check",
        "s3_bucket_logging_enabled_check",
        "s3_bucket_object_lock_enabled_check",
        "s3_event_notifications_enabled_check",
        "s3_lifecycle_policy_check",
        "s3_version_lifecycle_policy_check",
        "sqs_dlq_check",
        "sqs_queue_encrypted_check",
    },
    "cfn-lint": {"ES1007", "ES6000", "W3005", "W6001", "WS1002"},
    "checkov": {"CKV_AWS_115", "CKV_AWS_117", "CKV_AWS_120", "CKV_AWS_18", "CKV_AWS_192"},
    "dependencies": {"two write one file"},
    "detect-secrets": {"Base64 High Entropy String", "Hex High Entropy String", "Secret Keyword"},
}


def test_the_kinds_that_stay_are_these_and_no_more() -> None:
    found = acknowledged()
    assert {tool: {each.finding for each in found if each.tool == tool} for tool in KINDS} == KINDS
    assert {each.tool for each in found} == set(KINDS)
    counted = acknowledged_kinds()
    assert {tool: counted[tool] for tool in KINDS} == {tool: len(kinds) for tool, kinds in KINDS.items()}
    assert (counted["cdk-nag"], counted["cdk-nag, regulated besides"]) == (3, 20)


def test_nothing_is_acknowledged_everywhere() -> None:
    for each in acknowledged():
        assert each.where.strip("*/"), each
        assert len(each.reason) > 20 or each.reason.startswith("See "), each


def test_a_finding_without_a_reason_and_a_reason_without_a_finding_are_told() -> None:
    known = [Acknowledged("t", "A", "x/*", "because"), Acknowledged("t", "B", "x/*", "because")]
    found = [Finding("t", "A", "x/1"), Finding("t", "A", "y/1"), Finding("u", "A", "x/1")]
    assert judge(found, known) == ([found[1], found[2]], [known[1]])


def install(environment: Path, package: str, *files: str) -> None:
    record = environment / "lib" / "python3.13" / "site-packages" / f"{package}-1.0.dist-info" / "RECORD"
    record.parent.mkdir(parents=True)
    record.write_text("".join(f"{each},sha256=x,1\n" for each in files), encoding="utf-8")


def test_packages_that_overwrite_each_other_are_named(tmp_path: Path) -> None:
    install(tmp_path, "fork", "tool/scan.py", "tool/gate.py")
    assert written_twice(tmp_path) == {}
    install(tmp_path, "tool", "tool/scan.py", "tool/cli.py")
    assert written_twice(tmp_path) == {("fork", "tool"): 1}


def test_the_lock_of_the_scanners_has_one_detector_of_secrets() -> None:
    locked = re.findall(r"^([\w.-]+)==", (ROOT / "requirements-security.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert [each for each in locked if each.endswith("detect-secrets")] == ["bc-detect-secrets"]


def test_the_one_gate_includes_the_security_gate() -> None:
    # Printed, not run; nested makes print theirs, too.
    asked = ["make", "-n", "-o", ".venv/.complete", "test"]
    printed = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    checks = ["ruff format --check", "mypy", "lint-imports", "security.gate", "coverage report --fail-under=95"]
    tests = ["tests/unit", "tests/simulation", "tests/integration", "tests/infra", "tests/e2e"]
    assert [step for step in (*checks, *tests) if step not in printed] == []


@pytest.mark.parametrize(
    ("wanted", "answer", "good"),
    [
        ("Allowed", "Allowed", True),
        ("Allowed", "ImplicitlyDenied", False),
        ("Allowed", "error: no.resource.types", False),
        ("", "ImplicitlyDenied", True),
        ("", "ExplicitlyDenied", True),
        ("", "Allowed", False),
        ("", "error: no.resource.types", True),
        ("ExplicitlyDenied", "ExplicitlyDenied", True),
        ("ExplicitlyDenied", "ImplicitlyDenied", False),
    ],
)
def test_what_the_evaluator_says_is_compared(wanted: str, answer: str, good: bool) -> None:
    assert (not judged([Case("it", {}, wanted)], [answer]).wrong) is good


def evaluated(deployed: Any) -> Deployment:
    return Deployment(
        Templates([deployed.data, deployed.engine, deployed.operations]),
        deployed.pack,
        prefix=deployed.stage.prefix(deployed.pack),
        tiers=json.loads(MODELS.read_text(encoding="utf-8"))["tiers"],
        regulated=deployed.stage.regulated,
    )


def test_every_function_has_cells_to_allow_and_to_refuse(prod: Any) -> None:
    cases = list(evaluated(prod).cases())
    for function in (each["FunctionName"] for each in prod.of_type("AWS::Lambda::Function").values()):
        own = [case for case in cases if case.request["identity"] == [function]]
        assert len([case for case in own if case.wanted == "Allowed"]) > 10, function
        assert len([case for case in own if not case.wanted]) > 100, function
    guarded = [case for case in cases if "not behind the guardrail" in case.why]
    assert guarded
    assert not any(case.wanted for case in guarded)
    assert [case for case in cases if "not its own entries" in case.why]


def test_a_regulated_stage_is_judged_with_its_endpoints_and_denials(regulated: Any) -> None:
    deployment = evaluated(regulated)
    cases = list(deployment.cases())
    assert {case.request["endpoint"] for case in cases} == {
        "",
        *(f"endpoint of {each}" for each in ("dynamodb", "s3", "bedrock-runtime", "states", "events", "kms")),
        *(f"endpoint of {each}" for each in ("appconfig", "appconfigdata")),
    }
    assert [case for case in cases if case.wanted == "ExplicitlyDenied"]


def test_each_mistake_has_to_be_noticed() -> None:
    on = "arn:aws:dynamodb:us-east-1:123456789012:table/conclave-prod-small"
    said = {
        "a model without the guardrail": "f: bedrock:InvokeModelWithResponseStream on arn:aws:bedrock:us-east-1::"
        'foundation-model/m (not behind the guardrail {"k": "v"}): Allowed, but a refusal is declared',
        "scans": f"f: dynamodb:Scan on {on}-things (an empty cell): Allowed, but a refusal is declared",
        "a run that cannot be read": f"f: dynamodb:BatchGetItem on {on}-runs (no condition): ImplicitlyDenied, but Allowed "
        "is declared",
    }
    assert said.keys() == MISTAKES.keys()
    assert unnoticed(Outcome(wrong=list(said.values()))) == []
    for name in said:
        others = [each for other, each in said.items() if other != name]
        assert unnoticed(Outcome(wrong=others * 3)) == [name]


def test_the_loosened_role_of_the_self_check_is_loose(prod: Any) -> None:
    deployment = evaluated(prod)
    policy = json.dumps(loosened(deployment, "conclave-prod-small-agent-guard"))
    assert "dynamodb:Scan" in policy
    assert "bedrock:GuardrailIdentifier" not in policy
    assert "BatchGetItem" not in policy


def test_cells_beyond_the_evaluator_are_counted_apart_and_only_those() -> None:
    token: dict[str, Any] = {"action": "states:SendTaskSuccess", "context": {}}
    named: dict[str, Any] = {"action": "kms:Decrypt", "context": {"kms:EncryptionContext:conclave": "approval"}}
    other: dict[str, Any] = {"action": "kms:Sign", "context": {}}
    cases = [Case(why="", request=request, wanted="Allowed") for request in (token, named, other)]
    outcome = judged(cases, ["error: must.use.wildcard", "ImplicitlyDenied", "ImplicitlyDenied"])
    assert (outcome.beyond, len(outcome.wrong)) == (2, 1)
