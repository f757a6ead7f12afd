from __future__ import annotations

import errno
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
from ministack.core import lambda_runtime
from ministack.services.cloudformation import provisioners as emulated

from local.emulator import workers
from local.emulator.asynchronous import dead_letter, notification
from local.emulator.coverage import table
from local.emulator.invocations import DIED
from local.emulator.leading_keys import leading_keys
from local.emulator.provisioners import HANDLERS, budget_from, math_alarm, policies_from
from local.emulator.runtime import _EMULATORS_ANSWER, _OUR_ANSWER, UnpackOnce, _surviving, error_named, prune
from local.emulator.watching.embedded import metrics_in


def test_every_handler_can_create_update_and_delete() -> None:
    assert all({"create", "update", "delete"} <= set(handler) for handler in HANDLERS.values())


def test_only_what_the_emulator_lacks_is_registered() -> None:
    known = set(HANDLERS) & set(emulated._RESOURCE_HANDLERS)
    assert known == {"AWS::CloudWatch::Alarm", "AWS::Lambda::Function"}


def test_policies_take_the_shape_of_the_answer() -> None:
    policies = policies_from(
        {
            "WordPolicyConfig": {"WordsConfig": [{"Text": "x"}], "ManagedWordListsConfig": [{"Type": "PROFANITY"}]},
            "ContentPolicyConfig": {"FiltersConfig": [], "ContentFiltersTierConfig": {"TierName": "CLASSIC"}},
        }
    )
    assert policies["WordPolicy"] == {"Words": [{"Text": "x"}], "ManagedWordLists": [{"Type": "PROFANITY"}]}
    assert policies["ContentPolicy"] == {"Filters": [], "Tier": {"TierName": "CLASSIC"}}
    assert policies["TopicPolicy"] is None


def test_a_budget_gets_a_name_and_amounts_as_text() -> None:
    budget = budget_from("Budget", {"Budget": {"BudgetLimit": {"Amount": 50, "Unit": "USD"}}}, "stack")
    assert budget == {"BudgetName": "stack-Budget", "BudgetLimit": {"Amount": "50", "Unit": "USD"}}


def test_a_dead_letter_is_the_event_itself_with_the_error_beside_it() -> None:
    letter = dead_letter({"detail": 1}, {"body": {"errorType": "Refused", "errorMessage": "text_empty"}})
    assert json.loads(letter["body"]) == {"detail": 1}
    assert letter["message_attributes"]["ErrorMessage"]["StringValue"] == "text_empty"


def test_a_math_alarm_says_that_it_is_not_evaluated() -> None:
    alarm = math_alarm("a", {"Metrics": [], "EvaluationPeriods": 1, "ComparisonOperator": "LessThanThreshold"}, "arn")
    assert "Recorded only" in alarm["StateReason"]


def test_an_archive_is_unpacked_once_and_then_linked(tmp_path: Path) -> None:
    archive = tmp_path / "layer.zip"
    cached = type("Cached", (UnpackOnce,), {"store": tmp_path / "store"})
    targets = [tmp_path / "one", tmp_path / "two"]
    for target in targets:
        target.mkdir()
        with zipfile.ZipFile(archive, "w") as written:
            written.writestr(zipfile.ZipInfo("python/word.py"), "WORD = 1\n")
        with cached(str(archive)) as opened:
            opened.extractall(target)
        assert not archive.exists(), "each worker would keep a copy of it"
    assert targets[0].resolve() == targets[1].resolve()
    assert (targets[0] / "python" / "word.py").read_text(encoding="utf-8") == "WORD = 1\n"
    assert len([each for each in (tmp_path / "store").iterdir() if each.is_dir()]) == 1


def test_errors_keep_their_names() -> None:
    raised = {"errorType": "ValueError", "errorMessage": "no", "stackTrace": ["line\n"], "requestId": "1"}
    answer = error_named({"body": {"__raised__": raised}, "log": "printed"})
    assert (answer["body"], answer["error"]) == (raised, True)
    assert answer["log"] == "printed\n[ERROR] ValueError: no\nline\n"
    assert error_named({"body": {"fine": 1}}) == {"body": {"fine": 1}}


@pytest.mark.parametrize(
    ("rank", "name"), [(workers.EVENT_RANK, "Runtime.ExitError"), (workers.EVENT_RANK + 1, "Lambda.Unknown")]
)
def test_killed_worker_is_told_as_aws_tells_it(rank: int, name: str) -> None:
    token = workers.rank.set(rank)
    answer = error_named(
        {"body": {"errorType": "Runtime.HandlerError", "errorMessage": "Worker process died"}, "error": True}
    )
    workers.rank.reset(token)
    assert (answer["error"], answer["body"]["errorType"]) == (True, name)


@pytest.mark.parametrize("raised", [True, False])
def test_worker_that_ends_before_it_reads_its_event_has_died(raised: bool) -> None:
    def invoke(worker: object) -> dict[str, Any]:
        if raised:
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")
        return {"status": "error", "error": "[Errno 32] Broken pipe", "cold_start": False}

    assert _surviving(invoke)(None)["error"] == DIED


def test_failing_start_is_an_answer() -> None:
    def invoke(worker: object) -> dict[str, Any]:
        raise RuntimeError("Worker init failed: no")

    assert _surviving(invoke)(None) == {
        "status": "error",
        "error": "Worker init failed: no",
        "trace": "Worker init failed: no",
    }


def test_the_emulators_worker_is_the_one_we_know() -> None:
    script = lambda_runtime._PYTHON_WORKER_SCRIPT
    assert script.count(_EMULATORS_ANSWER) == 1
    compile(script.replace(_EMULATORS_ANSWER, _OUR_ANSWER), "worker", "exec")


@pytest.mark.parametrize("kind", ["emulated", "approximated", "recorded", "absent"])
def test_coverage_names_something_of_every_kind(kind: str) -> None:
    assert table()[kind]


def test_embedded_metrics_become_data() -> None:
    entry = {
        "_aws": {
            "Timestamp": 1795223848544,
            "CloudWatchMetrics": [
                {
                    "Namespace": "Conclave",
                    "Dimensions": [["service"], []],
                    "Metrics": [{"Name": "Runs", "Unit": "Count"}],
                }
            ],
        },
        "service": "room",
        "Runs": [1.0],
    }
    ((namespace, data),) = metrics_in(f'plain\n{json.dumps(entry)}\n{{"CloudWatchMetrics"')
    assert namespace == "Conclave"
    assert [each["Dimensions"] for each in data] == [[{"Name": "service", "Value": "room"}], []]
    assert data[0]["Values"] == [1.0]
    assert data[0]["Timestamp"] == 1795223848.544


@pytest.mark.parametrize(
    ("request_", "keys"),
    [
        ({"TableName": "t", "Item": {"id": {"S": "a"}}}, ["a"]),
        ({"TableName": "t", "Key": {"id": {"S": "a"}, "other": {"S": "b"}}}, ["a"]),
        (
            {
                "TableName": "t",
                "KeyConditionExpression": "#k = :v AND begins_with(s, :w)",
                "ExpressionAttributeValues": {":v": {"S": "a"}, ":w": {"S": "b"}},
            },
            ["a"],
        ),
        ({"RequestItems": {"t": {"Keys": [{"id": {"S": "a"}}, {"id": {"S": "b"}}]}}}, ["a", "b"]),
        (
            {
                "RequestItems": {
                    "t": [{"PutRequest": {"Item": {"id": {"S": "a"}}}}, {"DeleteRequest": {"Key": {"id": {"S": "b"}}}}]
                }
            },
            ["a", "b"],
        ),
        ({"TransactItems": [{"Put": {"TableName": "t", "Item": {"id": {"S": "a"}}}}]}, ["a"]),
        ({"TableName": "t"}, []),
    ],
)
def test_partition_keys_of_requests(request_: dict[str, Any], keys: list[str]) -> None:
    assert leading_keys(request_, lambda table: "id") == keys


def test_old_archives_are_removed(tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    os.utime(tmp_path / "old", (1, 1))
    prune(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["new"]


def test_a_function_gets_a_message_of_a_topic_as_lambda_delivers_it() -> None:
    envelope = json.dumps({"Type": "Notification", "TopicArn": "arn:t", "Message": "AWS Budget Notification ..."})
    assert notification("arn:t:1", envelope) == {
        "EventVersion": "1.0",
        "EventSubscriptionArn": "arn:t:1",
        "EventSource": "aws:sns",
        "Sns": json.loads(envelope),
    }
