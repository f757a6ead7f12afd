"""The rule packs find nothing that is not acknowledged, and nothing is acknowledged that they do not find."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from infra.nag import (
    ACKNOWLEDGED,
    ACKNOWLEDGED_REGULATED,
    ACKNOWLEDGED_SOCKET,
    Acknowledged,
    AcknowledgementUnused,
    acknowledged,
    check,
)
from infra.stage import adapted, find_stage

PREFIX = "conclave-prod-small"
KINDS = {
    "AwsSolutions-IAM5",
    "Serverless-SQSRedrivePolicy",
}
"""What is left on ``dev`` and ``prod``. A kind more is a decision, not a habit."""
REGULATED_KINDS = {
    f"{regulation}-{rule}"
    for regulation in ("NIST.800.53.R5", "HIPAA.Security", "PCI.DSS.321")
    for rule in (
        "APIGWCacheEnabledAndEncrypted",
        "APIGWSSLEnabled",
        "IAMNoInlinePolicy",
        "S3BucketReplicationEnabled",
        "S3DefaultEncryptionKMS",
        "VPCDefaultSecurityGroupClosed",
    )
}
Findings = list[tuple[str, str]]


@pytest.fixture(scope="module")
def findings(
    pack: Any, synthesise: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Mapping[bool, Findings]:
    """What the rule packs say when nothing is acknowledged: each finding with the path of its construct."""
    return {
        regulated: _found(pack, synthesise, tmp_path_factory.mktemp("nag"), regulated) for regulated in (False, True)
    }


def _found(pack: Any, synthesise: Callable[..., Any], out: Path, regulated: bool) -> Findings:
    stage = replace(adapted(find_stage("prod"), regulated=regulated, user_pool_arn=""), on_aws=False)
    with pytest.raises(RuntimeError, match="Validation"):
        synthesise(stage, pack, out=out, also=partial(check, regulated=regulated, prefix=PREFIX, known=()))
    reports = json.loads((out / "validation-report.json").read_text(encoding="utf-8"))["pluginReports"]
    return [
        (violation["ruleName"], construct["constructPath"])
        for report in reports
        for violation in report["violations"]
        for construct in violation["violatingConstructs"]
    ]


def covers(known: Acknowledged, finding: str, path: str) -> bool:
    parents = ["/".join(path.split("/")[:depth]) for depth in range(1, path.count("/") + 2)]
    return known.at(path, prefix=PREFIX) == finding and any(fnmatchcase(parent, known.where) for parent in parents)


@pytest.mark.parametrize("stage", ["dev", "prod", "dev regulated", "prod regulated"])
def test_a_stage_passes_with_acknowledged_findings_only(deployed: Any, stage: str) -> None:
    outdir = Path(deployed(stage).stacks.data.node.root.outdir)
    report = json.loads((outdir / "validation-report.json").read_text(encoding="utf-8"))
    assert not [each for each in report["pluginReports"] if each["violations"]]


def test_synthesis_of_a_regulated_stage_runs_the_packs_of_regulations(
    monkeypatch: pytest.MonkeyPatch, pack: Any, synthesise: Callable[..., Any], tmp_path: Path
) -> None:
    monkeypatch.setattr("infra.nag.acknowledged", lambda *, regulated: ACKNOWLEDGED)
    stage = adapted(find_stage("prod"), regulated=True, user_pool_arn="")
    with pytest.raises(RuntimeError, match=r"NIST\.800\.53\.R5"):
        synthesise(stage, pack, out=tmp_path)


def test_the_kinds_that_are_acknowledged_are_these_and_no_more() -> None:
    assert {known.kind for known in ACKNOWLEDGED} == KINDS
    assert {known.kind for known in ACKNOWLEDGED_REGULATED} == REGULATED_KINDS | {
        "AwsSolutions-IAM5",
        "NIST.800.53.R5-DynamoDBInBackupPlan",
        "HIPAA.Security-DynamoDBInBackupPlan",
    }


def test_the_rule_packs_do_run(findings: Mapping[bool, Findings]) -> None:
    assert {rule.partition("-")[0] for rule, _ in findings[False]} == {"AwsSolutions", "Serverless"}
    assert {rule.partition("-")[0] for rule, _ in findings[True]} == {
        "AwsSolutions",
        "Serverless",
        "NIST.800.53.R5",
        "HIPAA.Security",
        "PCI.DSS.321",
    }


@pytest.mark.parametrize("regulated", [False, True])
def test_every_finding_is_acknowledged_with_a_reason(findings: Mapping[bool, Findings], regulated: bool) -> None:
    known = acknowledged(regulated=regulated)
    assert not [each for each in findings[regulated] if not any(covers(one, *each) for one in known)]
    assert all(len(each.reason) > 40 for each in known)


@pytest.mark.parametrize(
    "known",
    [*acknowledged(regulated=True), *ACKNOWLEDGED_SOCKET],
    ids=lambda known: f"{known.kind} {known.where}".replace("/", "|"),
)
def test_nothing_is_acknowledged_that_is_not_found(findings: Mapping[bool, Findings], known: Acknowledged) -> None:
    assert any(covers(known, *each) for each in findings[known in ACKNOWLEDGED_REGULATED])


def test_an_acknowledgement_for_nothing_is_refused(pack: Any, synthesise: Callable[..., Any], tmp_path: Path) -> None:
    stale = (Acknowledged("AwsSolutions-S1", "*-engine/Bucket", "A bucket that is not there any more."),)
    looking = partial(check, regulated=False, prefix=PREFIX, known=stale)
    with pytest.raises(AcknowledgementUnused, match=r"AwsSolutions-S1 is acknowledged for \*-engine/Bucket"):
        synthesise(find_stage("local"), pack, out=tmp_path, also=looking)
