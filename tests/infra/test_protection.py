"""Nothing is lost, kept for ever or left in the clear: every resource of a kind is walked, so a new one cannot be forgotten."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

from infra.constructs.layers import ROOT
from infra.constructs.logs import MASKED
from infra.stage import find_stage

LAMBDAS = ROOT / "lambdas"
STATEFUL = ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::Cognito::UserPool")
"""Types that hold what cannot be made again."""

CAN_LOSE = re.compile(r"AWS::(Events|Lambda|Scheduler|Pipes|SNS|SQS|StepFunctions|Kinesis|IoT|S3)::")
DEALT_WITH = {
    "AWS::Events::EventBus": "its own dead letters",
    "AWS::Events::Rule": "dead letters of each target",
    "AWS::Lambda::EventSourceMapping": "repeats, then where it stands in the dead letters (a test)",
    "AWS::Lambda::Function": "dead letters",
    "AWS::Lambda::Alias": "invokes the function",
    "AWS::Lambda::Version": "invokes the function",
    "AWS::Lambda::Permission": "carries nothing",
    "AWS::Lambda::LayerVersion": "carries nothing",
    "AWS::S3::Bucket": "notifies nobody (a test)",
    "AWS::S3::BucketPolicy": "carries nothing",
    "AWS::SNS::Subscription": "dead letters (a test)",
    "AWS::SNS::Topic": "alarms and notices of the budget; dead letters of each subscription (a test)",
    "AWS::SNS::TopicPolicy": "carries nothing",
    "AWS::SQS::Queue": "the dead letters themselves",
    "AWS::SQS::QueuePolicy": "carries nothing",
    "AWS::StepFunctions::StateMachine": "status events, to close_run",
}


@pytest.fixture(scope="module")
def dead(prod: Any) -> str:
    (queue,) = (id for id in prod.of_type("AWS::SQS::Queue") if id.startswith("Undelivered"))
    return str(queue)


def test_no_kind_of_carrier_is_unknown_here(prod: Any) -> None:
    assert {each["Type"] for each in prod.resources.values() if CAN_LOSE.match(each["Type"])} == set(DEALT_WITH)


def carrying(deployed: Any) -> dict[str, Any]:
    """The rules whose events have to be handled: a warm-up is tried once."""
    return {id: rule for id, rule in deployed.of_type("AWS::Events::Rule").items() if not id.startswith("WarmUp")}


def test_every_target_of_every_rule_has_dead_letters_and_retries(prod: Any, dead: str) -> None:
    targets = [target for rule in carrying(prod).values() for target in rule["Targets"]]
    assert len(targets) == 9
    for target in targets:
        assert target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0] == dead
        assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] >= 3600
        assert target["RetryPolicy"]["MaximumRetryAttempts"] == 185


def test_every_function_and_the_bus_have_dead_letters(prod: Any, dead: str) -> None:
    for function in prod.of_type("AWS::Lambda::Function").values():
        assert function["DeadLetterConfig"]["TargetArn"]["Fn::GetAtt"][0] == dead, function["FunctionName"]
    for bus in prod.of_type("AWS::Events::EventBus").values():
        assert bus["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0] == dead


def test_what_the_streams_could_not_tell_stands_in_the_dead_letters_and_carries_keys_only(prod: Any, dead: str) -> None:
    mappings = prod.of_type("AWS::Lambda::EventSourceMapping")
    assert len(mappings) == 2
    for mapping in mappings.values():
        assert mapping["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0] == dead
        assert 0 < mapping["MaximumRetryAttempts"] < 10
        assert 0 < mapping["MaximumRecordAgeInSeconds"] <= 3600
        (pattern,) = (json.loads(each["Pattern"]) for each in mapping["FilterCriteria"]["Filters"])
        assert pattern["eventName"] == ["INSERT", "MODIFY"]
    views = [
        each["StreamSpecification"]["StreamViewType"]
        for each in prod.of_type("AWS::DynamoDB::Table").values()
        if "StreamSpecification" in each
    ]
    assert views == ["KEYS_ONLY"] * 2


def test_every_rule_may_put_into_the_dead_letters(prod: Any, dead: str) -> None:
    (policy,) = (each for each in prod.of_type("AWS::SQS::QueuePolicy").values() if each["Queues"] == [{"Ref": dead}])
    sending = [each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"]
    text = json.dumps(sending)
    for kind in ("AWS::Events::Rule", "AWS::Events::EventBus"):
        for id in prod.of_type(kind):
            assert f'"{id}"' in text, id
    assert {each["Action"] for each in sending} == {"sqs:SendMessage"}


def test_the_bus_may_look_at_its_key_and_use_it_for_itself_only(prod: Any) -> None:
    (key,) = (each for each in prod.of_type("AWS::KMS::Key").values() if "KeySpec" not in each)
    own = [each for each in key["KeyPolicy"]["Statement"] if each["Principal"] == {"Service": "events.amazonaws.com"}]
    (look,) = (each for each in own if "Condition" not in each)
    assert look["Action"] == "kms:DescribeKey"
    (use,) = (each for each in own if "event-bus:arn" in json.dumps(each.get("Condition", {})))
    assert {"kms:Decrypt", "kms:GenerateDataKey"} <= set(use["Action"])


def test_the_runbook_says_whose_every_dead_letter_is(prod: Any) -> None:
    runbook = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[A-Z][^|]*`) \| (`\w+`(?:, (?:or )?`\w+` [^|`]*`[^|`]*`)*) \|$", runbook, re.MULTILINE)
    written = {
        (kind, function.title().replace("_", ""))
        for kinds, functions in rows
        for kind in re.findall("`([^`]+)`", kinds)
        for function in re.findall(r"`(\w+)`", functions)
    }
    invoked = {
        (kind, target["Arn"]["Ref"].partition("Live")[0])
        for rule in carrying(prod).values()
        for target in rule["Targets"]
        if "topic" not in json.dumps(target["Arn"]).lower() and ":sns:" not in json.dumps(target["Arn"])
        for kind in rule.get("EventPattern", {"detail-type": ["Scheduled Event"]})["detail-type"]
    }
    assert written == invoked


def test_dead_letters_ring(prod: Any, dead: str) -> None:
    (alarm,) = (each for id, each in prod.of_type("AWS::CloudWatch::Alarm").items() if "Undelivered" in id)
    assert dead in json.dumps(alarm["Dimensions"])
    assert (alarm["Threshold"], alarm["EvaluationPeriods"]) == (1, 1)


def test_no_bucket_notifies_anybody(prod: Any) -> None:
    assert not [each for each in prod.of_type("AWS::S3::Bucket").values() if "NotificationConfiguration" in each]


def test_incidents_from_the_bus_reach_receive(prod: Any) -> None:
    (rule,) = (each for id, each in prod.of_type("AWS::Events::Rule").items() if id.startswith("IncidentReported"))
    (target,) = rule["Targets"]
    assert target["Arn"]["Ref"].startswith("ReceiveLive")
    assert "EventBusName" in rule


@pytest.mark.parametrize(("stage", "policy"), [("prod", "Retain"), ("local", "Delete")])
def test_what_holds_data_outlives_its_stack_in_prod(deployed: Any, stage: str, policy: str) -> None:
    resources = {id: each for id, each in deployed(stage).resources.items() if each["Type"] in STATEFUL}
    assert len({each["Type"] for each in resources.values()}) >= 3
    for id, each in resources.items():
        evidence = each["Type"] == "AWS::S3::Bucket"
        assert each["DeletionPolicy"] == each["UpdateReplacePolicy"] == ("Retain" if evidence else policy), id


def test_every_table_in_prod_refuses_deletion_and_can_be_restored(prod: Any) -> None:
    tables = prod.of_type("AWS::DynamoDB::Table")
    assert len(tables) == 7 + len(prod.pack.tables)
    for table in tables.values():
        assert table["DeletionProtectionEnabled"] is True
        assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True


def test_every_bucket_keeps_versions(prod: Any) -> None:
    for bucket in prod.of_type("AWS::S3::Bucket").values():
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}


def test_everything_that_takes_our_key_has_it(prod: Any) -> None:
    (key,) = (id for id, each in prod.of_type("AWS::KMS::Key").items() if "KeySpec" not in each)
    where = {
        "AWS::DynamoDB::Table": ("SSESpecification", "KMSMasterKeyId"),
        "AWS::Events::EventBus": ("KmsKeyIdentifier",),
        "AWS::Lambda::Function": ("KmsKeyArn",),
        "AWS::Logs::LogGroup": ("KmsKeyId",),
        "AWS::SNS::Topic": ("KmsMasterKeyId",),
        "AWS::SQS::Queue": ("KmsMasterKeyId",),
    }
    for kind, path in where.items():
        found = prod.of_type(kind)
        assert found, kind
        for id, value in found.items():
            for name in path:
                value = value[name]
            assert key in json.dumps(value), id


def test_every_log_ends_and_is_masked(deployed: Any) -> None:
    for stage in ("local", "dev", "prod"):
        groups = deployed(stage).of_type("AWS::Logs::LogGroup")
        assert len(groups) >= len(deployed(stage).of_type("AWS::Lambda::Function")) + 2
        for id, group in groups.items():
            assert group["RetentionInDays"] == find_stage(stage).log_days, id
            audit, masking = group["DataProtectionPolicy"]["Statement"]
            assert "Audit" in audit["Operation"]
            assert masking["Operation"] == {"Deidentify": {"MaskConfig": {}}}
            assert audit["DataIdentifier"] == masking["DataIdentifier"]
            assert len(masking["DataIdentifier"]) == len(MASKED) + len(deployed(stage).pack.masked)
            assert not audit["Operation"]["Audit"]["FindingsDestination"]


def test_a_pack_adds_what_leads_to_its_people(prod: Any) -> None:
    group = next(iter(prod.of_type("AWS::Logs::LogGroup").values()))
    own = group["DataProtectionPolicy"]["Configuration"]["CustomDataIdentifier"]
    assert own == [{"Name": "token", "Regex": "T[0-9]{4}"}]


def test_the_airline_masks_every_booking_of_its_sample() -> None:
    from conclave.pack import load_pack

    pack = load_pack("airline")
    pattern = re.compile(pack.masked["booking"])
    bookings = [item["booking_id"] for item in pack.sample("2026-11-21", 1)["bookings"]]
    assert bookings
    assert all(pattern.fullmatch(each) for each in bookings)
    assert not pattern.search("run-0a1b2c3d4e5f60718293a4b5")
    assert re.fullmatch(r"[A-Za-z0-9_#=@/;,\- ^$?\[\]{}|\\*+.]{1,200}", pack.masked["booking"])


@pytest.mark.parametrize("path", sorted(LAMBDAS.glob("*/handler.py")), ids=lambda path: path.parent.name)
def test_no_trace_and_no_log_keeps_what_a_function_is_asked_or_answers(path: Path) -> None:
    """Texts of a run are answers of ``runs``, and reports are events of ``intake`` and ``receive``."""
    (main,) = (each for each in ast.walk(ast.parse(path.read_text())) if getattr(each, "name", "") == "lambda_handler")
    assert isinstance(main, ast.FunctionDef)
    said = {ast.unparse(each) for each in main.decorator_list}
    assert "tracer.traced" in said
    assert not [each for each in said if "log_event" in each]


def test_no_variable_makes_functions_log_their_events(prod: Any) -> None:
    variables = [each["Environment"]["Variables"] for each in prod.of_type("AWS::Lambda::Function").values()]
    assert variables
    assert not {name for each in variables for name in each} & {
        "POWERTOOLS_LOGGER_LOG_EVENT",
        "POWERTOOLS_TRACER_CAPTURE_RESPONSE",
        "POWERTOOLS_DEV",
    }


def test_the_api_logs_neither_bodies_nor_tokens(prod: Any) -> None:
    (stage,) = prod.of_type("AWS::ApiGateway::Stage").values()
    assert not [each for each in stage["MethodSettings"] if each["DataTraceEnabled"]]
    written = stage["AccessLogSetting"]["Format"]
    assert not re.search(r"(?i)authoriz|input|body", written)
    # A caller may send the other id of a request: 128 characters of its own in a log.
    assert "$context.requestId" not in written
    assert json.loads(written)["requestId"] == "$context.extendedRequestId"
