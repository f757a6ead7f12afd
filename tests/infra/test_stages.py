"""Stages differ in values only; what holds data is kept in prod; every function gets what it reads."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from conclave.functions import settings
from msgspec import structs

from infra.concurrency import needed
from infra.constructs.layers import ROOT
from infra.constructs.phase_machine import ANSWER_SECONDS
from infra.stage import STAGES, StageUnknown, StageUnsuitable, TooManyAtOnce, adapted, find_stage

OF_AWS = {
    "AWS::ApiGateway::ApiKey",
    "AWS::ApiGateway::Authorizer",
    "AWS::ApiGateway::UsagePlan",
    "AWS::ApiGateway::UsagePlanKey",
    "AWS::Cognito::UserPool",
    "AWS::Cognito::UserPoolClient",
    "AWS::Cognito::UserPoolDomain",
    "AWS::Cognito::UserPoolGroup",
    "AWS::Cognito::UserPoolResourceServer",
    "AWS::WAFv2::LoggingConfiguration",
    "AWS::WAFv2::WebACL",
    "AWS::WAFv2::WebACLAssociation",
}
"""Who may call and how often: nobody but this machine reaches the local cloud."""
LISTED_DIFFERENCES = {
    "local": {"AWS::ApplicationAutoScaling::ScalableTarget", "AWS::Logs::LogGroup", *OF_AWS},
    "dev": {"AWS::ApplicationAutoScaling::ScalableTarget"},
}
"""Types of resources that exist in some stages only: nothing is kept warm outside prod, and the firewall has a log."""

EVIDENCE = "AWS::S3::Bucket"
COMMON = {
    "CONCLAVE_STAGE",
    "CONCLAVE_PACK",
    "CONCLAVE_CODE",
    "RUNS_TABLE",
    "JOURNAL_TABLE",
    "AUDIT_TABLE",
    "TABLE_PREFIX",
    "RUN_TTL_DAYS",
    "POWERTOOLS_SERVICE_NAME",
    "POWERTOOLS_METRICS_NAMESPACE",
    "POWERTOOLS_TRACE_DISABLED",
    "LOG_LEVEL",
    "SLOW_SECONDS",
}
GUARDRAIL = {"GUARDRAIL_ID", "GUARDRAIL_VERSION"}
CLOCKS = {"PYTHONTZPATH"}
CONFIGURED = {
    "CONFIGURATION_APPLICATION",
    "CONFIGURATION_ENVIRONMENT",
    "CONFIGURATION_PROFILE",
    "PACKAGED_SETTINGS",
    "SETTINGS_SECONDS",
}
ACCEPTING = {"IDEMPOTENCY_TABLE", "SPENDING_TABLE", "STATE_MACHINE_ARN", *CONFIGURED}
AGENT = {*GUARDRAIL, *CLOCKS, "AGENT", "TIME_LIMIT_SECONDS"}
ENVIRONMENT: dict[str, set[str]] = {
    "intake": ACCEPTING | {"EVENT_BUS_NAME"},
    "receive": ACCEPTING,
    "runs": {"EVENTS_TABLE"},
    "frame": GUARDRAIL | CLOCKS | CONFIGURED | {"CACHE_TABLE"},
    "collate": set(),
    "decide": set(),
    "publish": {"EVENT_BUS_NAME", "SPENDING_TABLE"},
    "close_run": {"EVENT_BUS_NAME", "SPENDING_TABLE", "APPROVAL_MACHINE_ARN"},
    "hold": {"EVENT_BUS_NAME", "SPENDING_TABLE", "APPROVAL_MACHINE_ARN", "APPROVAL_KEY_ARN"},
    "settle": CLOCKS,
    "approve": {"EVENT_BUS_NAME", "APPROVAL_KEY_ARN"},
    "feedback": {"EVENT_BUS_NAME"},
    "fork": {"EVENT_BUS_NAME", "SPENDING_TABLE", "STATE_MACHINE_ARN", *CONFIGURED},
    "gate": {"EVENT_BUS_NAME", "SPENDING_TABLE", "STATE_MACHINE_ARN", *CONFIGURED},
    "converse": {*GUARDRAIL, *CLOCKS, *CONFIGURED, "TIME_LIMIT_SECONDS", "SPENDING_TABLE"},
    "anchor": {"ANCHORS_BUCKET", "ANCHOR_KEY_ARN"},
    "take": {*ACCEPTING, *CLOCKS, "EVENT_BUS_NAME"},
    "tell": {"EVENTS_TABLE", "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"},
    "listen": {"EVENTS_TABLE", "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"},
    "consent": set(),
    "erase": {"EVENT_BUS_NAME"},
    "heed": CONFIGURED | {"CONFIGURATION_AT_ONCE"},
    "review": {"REVIEW_RUNS", "REVIEW_DAYS", "REVIEW_FEWEST_DAYS"},
    "agent-guard": AGENT,
    "agent-cost_watch": AGENT | {"CACHE_TABLE"},
    "agent-arbiter": AGENT,
}


def kinds(deployed: Any) -> Counter[tuple[str, str]]:
    # Names of versions carry a hash of what they snapshot, which is exactly what differs between stages.
    return Counter(
        (each["Type"], "" if each["Type"].endswith(("::Version", "::Deployment")) else re.sub(r"(?i)(prod|local|dev)", "", id))
        for id, each in deployed.resources.items()
    )  # fmt: skip


@pytest.mark.parametrize("stage", ["local", "dev"])
def test_stages_have_the_same_resources_but_for_those_listed(deployed: Any, prod: Any, stage: str) -> None:
    def stable(counted: Counter[tuple[str, str]]) -> Counter[str]:
        return Counter({kind: sum(n for (each, _), n in counted.items() if each == kind) for kind, _ in counted})

    other, here = stable(kinds(deployed(stage))), stable(kinds(prod))
    assert {kind for kind in here | other if here[kind] != other[kind]} <= LISTED_DIFFERENCES[stage]


@pytest.mark.parametrize(("stage", "mode", "days"), [("local", "GOVERNANCE", 1), ("prod", "COMPLIANCE", 2555)])
def test_anchors_are_locked_and_outlive_their_stack(deployed: Any, stage: str, mode: str, days: int) -> None:
    buckets = deployed(stage).of_type(EVIDENCE)
    (anchors,) = (each for each in buckets.values() if "ObjectLockConfiguration" in each)
    assert anchors["ObjectLockEnabled"] is True
    assert anchors["ObjectLockConfiguration"]["Rule"]["DefaultRetention"] == {"Mode": mode, "Days": days}
    assert anchors["VersioningConfiguration"] == {"Status": "Enabled"}
    assert anchors["LoggingConfiguration"]["DestinationBucketName"]["Ref"] in buckets
    assert {each["DeletionPolicy"] for each in deployed(stage).resources.values() if each["Type"] == EVIDENCE} == {
        "Retain"
    }
    for each in buckets.values():
        assert set(each["PublicAccessBlockConfiguration"].values()) == {True}
        assert "BucketName" not in each


def test_anchors_are_signed_by_a_key_that_can_only_sign(prod: Any) -> None:
    (signing,) = (each for each in prod.of_type("AWS::KMS::Key").values() if "KeySpec" in each)
    assert (signing["KeySpec"], signing["KeyUsage"]) == ("ECC_NIST_P256", "SIGN_VERIFY")


@pytest.mark.parametrize(("stage", "protected"), [("local", False), ("dev", False), ("prod", True)])
def test_stack_whose_data_stays_cannot_be_deleted_by_accident(deployed: Any, stage: str, protected: bool) -> None:
    stacks = deployed(stage).stacks
    assert {each.termination_protection for each in (stacks.data, stacks.engine, stacks.operations)} == {protected}


def test_tables_in_prod_are_encrypted_and_paid_by_request(prod: Any) -> None:
    for table in prod.of_type("AWS::DynamoDB::Table").values():
        assert table["SSESpecification"]["SSEType"] == "KMS"
        assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_tables_follow_from_declarations(prod: Any) -> None:
    tables = {each["TableName"]: each for each in prod.of_type("AWS::DynamoDB::Table").values()}
    assert set(tables) == {
        f"conclave-prod-small-{name}"
        for name in ("runs", "journal", "audit", "idempotency", "cache", "spending", "events", "things", "spare_parts")
    }
    parts = tables["conclave-prod-small-spare_parts"]
    assert parts["KeySchema"] == [
        {"AttributeName": "id", "KeyType": "HASH"},
        {"AttributeName": "depot", "KeyType": "RANGE"},
    ]
    assert [index["IndexName"] for index in parts["GlobalSecondaryIndexes"]] == ["by_depot"]
    assert "TimeToLiveSpecification" not in parts
    audit = tables["conclave-prod-small-audit"]
    assert [each["AttributeName"] for each in audit["KeySchema"]] == ["run_id", "sequence"]
    assert "TimeToLiveSpecification" not in audit
    runs = tables["conclave-prod-small-runs"]
    assert [index["IndexName"] for index in runs["GlobalSecondaryIndexes"]] == ["by_status", "by_day"]
    assert runs["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


@pytest.mark.parametrize("function", ENVIRONMENT)
def test_every_function_gets_exactly_its_variables(prod: Any, function: str) -> None:
    assert set(prod.function(function)["Environment"]["Variables"]) == COMMON | ENVIRONMENT[function]


def test_every_variable_that_settings_reads_is_given_to_some_function(prod: Any) -> None:
    text = Path(settings.__file__).read_text(encoding="utf-8")
    read = set(re.findall(r'_require\("(\w+)"\)', text))
    given = {
        name for each in prod.of_type("AWS::Lambda::Function").values() for name in each["Environment"]["Variables"]
    }
    assert read
    assert read <= given


def test_whoever_counts_costs_or_goes_by_them_gets_the_table_of_sums_and_says_at_its_start_that_it_needs_it(
    prod: Any,
) -> None:
    demand = {
        path.parent.name for path in (ROOT / "lambdas").glob("*/handler.py") if "spends=True" in path.read_text("utf-8")
    }
    prefix = f"{prod.stage.prefix(prod.pack)}-"
    given = {
        each["FunctionName"].removeprefix(prefix)
        for each in prod.of_type("AWS::Lambda::Function").values()
        if "SPENDING_TABLE" in each["Environment"]["Variables"]
    }
    assert demand == given == {
        "intake", "receive", "fork", "gate", "publish", "hold", "close_run", "sweep", "take", "converse"
    }  # fmt: skip


def test_every_handler_folder_is_a_function_and_the_other_way_round(prod: Any) -> None:
    folders = {path.parent.name for path in (ROOT / "lambdas").glob("*/handler.py")}
    prefix = f"{prod.stage.prefix(prod.pack)}-"
    names = {each["FunctionName"].removeprefix(prefix) for each in prod.of_type("AWS::Lambda::Function").values()}
    agents = {f"agent-{agent.name}" for agent in prod.pack.agents}
    assert names == (folders - {"run_agent"}) | agents


def test_an_agent_knows_its_name_and_its_limit(prod: Any) -> None:
    guard = prod.function("agent-guard")
    assert guard["Environment"]["Variables"]["AGENT"] == "guard"
    assert guard["Environment"]["Variables"]["TIME_LIMIT_SECONDS"] == "60"
    assert guard["Timeout"] == 60 + ANSWER_SECONDS


def test_only_agents_carry_the_heavy_layer_and_only_who_plans_the_solver(prod: Any) -> None:
    ids = {
        name: next(id for id in prod.of_type("AWS::Lambda::LayerVersion") if id.startswith(f"{name}DepsLayer"))
        for name in ("Agent", "Converse", "Frame", "Light")
    }
    for function in prod.of_type("AWS::Lambda::Function").values():
        layers = {each["Ref"] for each in function["Layers"]}
        name = function["FunctionName"]
        wanted = "Agent" if "-agent-" in name else "Frame" if name.endswith(("-frame", "-settle", "-take")) else "Light"
        wanted = "Converse" if name.endswith("-converse") else wanted
        assert set(ids.values()) & layers == {ids[wanted]}
        assert len(layers) == 3


def test_the_aws_stages_run_on_the_same_runtime(deployed: Any) -> None:
    for stage in ("dev", "prod"):
        for function in deployed(stage).of_type("AWS::Lambda::Function").values():
            assert function["Runtime"] == "python3.14"
            assert function["Architectures"] == ["arm64"]


def test_an_unknown_stage_is_refused_with_the_known_ones() -> None:
    with pytest.raises(StageUnknown, match="there is no stage 'staging'; choose one of: local, dev, prod"):
        find_stage("staging")


def test_functions_on_aws_ask_for_settings_no_sooner_than_they_are_answered() -> None:
    for stage in STAGES.values():
        hasty = replace(stage.rollout, seen_seconds=14)
        if not stage.on_aws:
            assert replace(stage, rollout=hasty).rollout.seen_seconds == 14
            continue
        with pytest.raises(
            StageUnsuitable, match=f"stage {stage.name} ask for settings every 14 s; .* every 15 s at most"
        ):
            replace(stage, rollout=hasty)


@pytest.mark.parametrize(("stage", "seconds"), [("local", "2"), ("dev", "15"), ("prod", "15")])
def test_functions_and_the_command_know_how_soon_a_change_is_seen(deployed: Any, stage: str, seconds: str) -> None:
    here = deployed(stage)
    assert here.function("frame")["Environment"]["Variables"]["SETTINGS_SECONDS"] == seconds
    assert here.engine["Outputs"]["SettingsSeconds"]["Value"] == seconds
    assert here.engine["Outputs"]["SettingsTried"]["Value"] == ("true" if here.stage.name == "prod" else "false")


def test_the_name_of_a_stage_is_its_key_and_no_value_is_shared_by_accident() -> None:
    assert all(name == stage.name for name, stage in STAGES.items())
    assert {field.name for field in fields(STAGES["prod"])} >= {"runtime", "limits", "warm_up", "retain", "on_aws"}


def test_more_runs_at_once_than_a_function_has_room_for_are_refused() -> None:
    prod = find_stage("prod")
    assert adapted(prod, regulated=True, user_pool_arn="", runs_at_once=20).limits.runs_at_once == 20
    with pytest.raises(
        TooManyAtOnce, match="21 runs at once, but frame has a reserved concurrency of 20; raise reserved"
    ):
        adapted(prod, regulated=True, user_pool_arn="", runs_at_once=21)
    assert adapted(prod, regulated=False, user_pool_arn="", runs_at_once=21).limits.runs_at_once == 21


def test_a_stage_reserves_nothing_unless_it_is_regulated() -> None:
    for stage in STAGES.values():
        assert stage.limits.reserved == {}
    assert adapted(find_stage("dev"), regulated=True, user_pool_arn="").limits.reserved["run_agent"] == 20


def test_what_is_kept_warm_is_what_the_need_counts(prod: Any) -> None:
    assert needed(prod.stage, prod.pack).warm == len(prod.of_type("AWS::ApplicationAutoScaling::ScalableTarget")) == 9


def test_a_regulated_stage_needs_what_its_functions_reserve(regulated: Any) -> None:
    reserved = [each["ReservedConcurrentExecutions"] for each in regulated.of_type("AWS::Lambda::Function").values()]
    need = needed(regulated.stage, regulated.pack)
    assert (need.reserved, need.shared, need.per_run) == (sum(reserved), 0, 0)


def test_a_plain_stage_reserves_no_concurrency_in_its_template(prod: Any) -> None:
    assert not [
        each for each in prod.of_type("AWS::Lambda::Function").values() if "ReservedConcurrentExecutions" in each
    ]
    need = needed(prod.stage, prod.pack)
    assert need.shared == 3 + prod.stage.limits.runs_at_once * len(prod.pack.specialists)


@pytest.mark.parametrize(("stage", "traced"), [("local", False), ("dev", True), ("prod", True)])
def test_functions_trace_where_the_stage_takes_traces(deployed: Any, stage: str, traced: bool) -> None:
    functions = deployed(stage).of_type("AWS::Lambda::Function").values()
    told = {
        (each["Environment"]["Variables"]["POWERTOOLS_TRACE_DISABLED"], each.get("TracingConfig", {}).get("Mode"))
        for each in functions
        if "CONCLAVE_STAGE" in each.get("Environment", {}).get("Variables", {})
    }
    assert told == {("false", "Active") if traced else ("true", None)}


def test_a_pack_without_feeds_has_no_function_that_takes_them(fresh: Any, pack: Any) -> None:
    without = fresh(find_stage("local"), structs.replace(pack, feeds=None))
    names = {each["FunctionName"] for each in without.of_type("AWS::Lambda::Function").values()}
    rules = {each["Name"] for each in without.of_type("AWS::Events::Rule").values()}
    assert "conclave-local-small-take" not in names
    assert "conclave-local-small-receive" in names
    assert not rules & {"conclave-local-small-feed-received", "conclave-local-small-run-overtaken"}


def test_feeds_and_runs_that_a_feed_overtook_reach_who_takes_them(prod: Any) -> None:
    rules = {
        each["Name"].removeprefix("conclave-prod-small-"): each for each in prod.of_type("AWS::Events::Rule").values()
    }
    assert rules["feed-received"]["EventPattern"] == {"detail-type": ["FeedReceived"]}
    overtaken = {"source": ["conclave"], "detail-type": ["RunOvertaken"]}
    assert rules["run-overtaken"]["EventPattern"] == overtaken
    for name in ("feed-received", "run-overtaken"):
        (target,) = rules[name]["Targets"]
        assert "Take" in json.dumps(target["Arn"])
        assert target["DeadLetterConfig"]
    assert "RunOutdated" in rules["decision-published"]["EventPattern"]["detail-type"]
