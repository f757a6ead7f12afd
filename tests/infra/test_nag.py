"""The rule packs find nothing that is not acknowledged, and nothing is acknowledged that they do not find."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from infra.nag import ACKNOWLEDGED, Acknowledged, AcknowledgementUnused, check
from infra.stage import find_stage


@pytest.fixture(scope="module")
def findings(
    pack: Any, synthesise: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[str, str]]:
    """What the rule packs say when nothing is acknowledged: each finding with the path of its construct."""
    out = tmp_path_factory.mktemp("unacknowledged")
    with pytest.raises(RuntimeError, match="Validation"):
        synthesise(replace(find_stage("prod"), nag=False), pack, out=out, also=lambda app: check(app, acknowledged=()))
    reports = json.loads((out / "validation-report.json").read_text(encoding="utf-8"))["pluginReports"]
    return [
        (violation["ruleName"], construct["constructPath"])
        for report in reports
        for violation in report["violations"]
        for construct in violation["violatingConstructs"]
    ]


def covers(acknowledged: Acknowledged, finding: str, path: str) -> bool:
    parents = ["/".join(path.split("/")[:depth]) for depth in range(1, path.count("/") + 2)]
    return acknowledged.at(path) == finding and any(fnmatchcase(parent, acknowledged.where) for parent in parents)


def test_prod_passes_with_acknowledged_findings_only(prod: Any) -> None:
    report = json.loads(
        (Path(prod.stacks.data.node.root.outdir) / "validation-report.json").read_text(encoding="utf-8")
    )
    assert not [each for each in report["pluginReports"] if each["violations"]]


def test_the_rule_packs_do_run(findings: list[tuple[str, str]]) -> None:
    assert {rule.partition("-")[0] for rule, _ in findings} == {"AwsSolutions", "Serverless"}


def test_every_finding_is_acknowledged_with_a_reason(findings: list[tuple[str, str]]) -> None:
    assert not [each for each in findings if not any(covers(known, *each) for known in ACKNOWLEDGED)]
    assert all(len(known.reason) > 40 for known in ACKNOWLEDGED)


@pytest.mark.parametrize("known", ACKNOWLEDGED, ids=lambda known: known.finding.partition("[")[0])
def test_nothing_is_acknowledged_that_is_not_found(findings: list[tuple[str, str]], known: Acknowledged) -> None:
    assert any(covers(known, *each) for each in findings)


def test_an_acknowledgement_for_nothing_is_refused(pack: Any, synthesise: Callable[..., Any], tmp_path: Path) -> None:
    stale = (Acknowledged("AwsSolutions-S1", "*-engine/Bucket", "A bucket that is not there any more."),)
    with pytest.raises(AcknowledgementUnused, match=r"AwsSolutions-S1 is acknowledged for \*-engine/Bucket"):
        synthesise(find_stage("local"), pack, out=tmp_path, also=lambda app: check(app, acknowledged=stale))
