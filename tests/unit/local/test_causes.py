from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from local import cdk, stacks
from local.causes import cause, failed_resource
from local.settings import Settings

NOISE = "\nengine: Subprocess exited with error 1\n"


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("Bundling\nconclave: the pack airline has no arbiter" + NOISE, "conclave: the pack airline has no arbiter"),
        (
            "[Warning at /a] fine\n[Error at /Conclave-local/Bucket] AwsSolutions-S1: no access logs\n"
            "[Error at /Conclave-local/Queue] AwsSolutions-SQS3: no dead letters\nFound errors\n",
            "/Conclave-local/Bucket] AwsSolutions-S1: no access logs (and 1 more)",
        ),
        (
            "Traceback (most recent call last):\nerror: Failed to fetch boto3\n"
            "subprocess.CalledProcessError: Command '['uv']' returned non-zero exit status 2." + NOISE,
            "error: Failed to fetch boto3",
        ),
        (
            "10:00 | CREATE_FAILED | AWS::S3::Bucket | Anchors no such option\n❌  engine failed: it rolled back\n",
            "CREATE_FAILED | AWS::S3::Bucket | Anchors no such option",
        ),
        ("❌  engine failed: AccessDenied\nnote\n", "engine failed: AccessDenied"),
        (
            'Traceback (most recent call last):\n  File "app.py", line 1\ninfra.stage.StageUnknown: there is none'
            + NOISE,
            "infra.stage.StageUnknown: there is none",
        ),
        ("Error: connect ECONNREFUSED 127.0.0.1:4566\n", "the AWS emulator does not answer any more; run: conclave up"),
        ("OSError: [Errno 28] No space left on device\n", "the disk is full; free some space and run it again"),
        ("only this\n\n", "only this"),
        ("", "no output"),
    ],
)
def test_cause_is_told_and_noise_is_not(output: str, told: str) -> None:
    assert cause(output, 1) == told


@pytest.mark.parametrize(("returned", "signal"), [(-9, 9), (137, 9), (143, 15)])
def test_killed_command_is_told_by_its_signal(returned: int, signal: int) -> None:
    assert f"signal {signal}" in cause("deploying\n", returned)


def event(status: str, reason: str = "", kind: str = "AWS::S3::Bucket", name: str = "Anchors") -> dict[str, Any]:
    return {"ResourceStatus": status, "ResourceStatusReason": reason, "ResourceType": kind, "LogicalResourceId": name}


def test_first_failure_is_the_cause_and_not_what_was_cancelled_for_it() -> None:
    events = [
        event("ROLLBACK_COMPLETE", kind="AWS::CloudFormation::Stack"),
        event("CREATE_FAILED", "Resource creation cancelled", name="Other"),
        event("CREATE_FAILED", "later", name="Later"),
        event("CREATE_FAILED", "the name\nis taken"),
        event("CREATE_IN_PROGRESS", kind="AWS::CloudFormation::Stack"),
        event("CREATE_FAILED", "an older attempt"),
    ]
    assert failed_resource(events) == "Anchors (AWS::S3::Bucket): the name is taken"


def test_stack_without_failure_has_no_cause() -> None:
    assert failed_resource([event("CREATE_COMPLETE")]) == ""


class FakeFormation:
    """CloudFormation with stacks in certain states."""

    def __init__(self, **states: str) -> None:
        self._states = states

    def get_paginator(self, operation: str) -> FakeFormation:
        assert operation == "describe_stacks"
        return self

    def paginate(self) -> list[dict[str, Any]]:
        return [{"Stacks": [{"StackName": name, "StackStatus": state} for name, state in self._states.items()]}]

    def describe_stack_events(self, *, StackName: str) -> dict[str, Any]:
        state = self._states[StackName]
        return {"StackEvents": [event(state, "the name is taken" if state.endswith("FAILED") else "")]}


@pytest.mark.parametrize(
    ("states", "stood"),
    [
        ({"data": "CREATE_COMPLETE", "engine": "UPDATE_COMPLETE"}, True),
        ({"data": "CREATE_COMPLETE"}, False),
        ({"data": "CREATE_COMPLETE", "engine": "DELETE_COMPLETE"}, False),
        ({"data": "CREATE_COMPLETE", "engine": "UPDATE_ROLLBACK_COMPLETE"}, False),
    ],
)
def test_stacks_stand_only_if_all_are_there_and_good(states: dict[str, str], stood: bool) -> None:
    assert stacks.stand(FakeFormation(**states), ["data", "engine"]) is stood


def test_no_stacks_do_not_stand() -> None:
    assert not stacks.stand(FakeFormation(), [])


def test_failing_stack_is_named_with_its_resource() -> None:
    formation = FakeFormation(data="CREATE_COMPLETE", engine="CREATE_FAILED")
    assert stacks.failure(formation, ["data", "engine"]) == "engine: Anchors (AWS::S3::Bucket): the name is taken"


def test_stacks_are_those_of_the_synthesised_app(tmp_path: Path) -> None:
    settings = Settings(root=tmp_path)
    assert cdk.stack_names(settings, "airline") == []
    folder = cdk.assembly(settings, "airline")
    folder.mkdir(parents=True)
    stack = {"type": "aws:cloudformation:stack", "properties": {"stackName": "Conclave-local-airline-data"}}
    artifacts = {"data": stack, "data.assets": {"type": "cdk:asset-manifest"}, "engine": {**stack, "properties": {}}}
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}), encoding="utf-8")
    assert cdk.stack_names(settings, "airline") == ["Conclave-local-airline-data", "engine"]


@pytest.mark.parametrize(
    ("said", "reached"), [("conclave: no such pack\n", False), ("\u274c  engine failed: no\n", True)]
)
def test_older_failure_is_not_taken_for_one_of_synthesis(tmp_path: Path, said: str, reached: bool) -> None:
    log = tmp_path / "deploy.log"
    log.write_text(said, encoding="utf-8")
    assert cdk.reached_cloudformation(log) is reached
    assert not cdk.reached_cloudformation(None)
