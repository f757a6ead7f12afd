"""Alarms, budget, warm-up, guardrail, API: what watches, and what must not drift apart from the code."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk.assertions import Template

from infra.constructs.functions import ALIAS
from infra.constructs.guardrail import Guardrail, policy
from infra.constructs.layers import ROOT
from infra.constructs.monitoring import EMITTED
from infra.stage import WarmUp, find_stage


def emitting_code() -> str:
    folders = (ROOT / "lambdas", ROOT / "layers" / "conclave")
    return "\n".join(path.read_text(encoding="utf-8") for folder in folders for path in folder.rglob("*.py"))


def test_every_alarm_has_an_action_and_a_meaning(prod: Any) -> None:
    alarms = prod.of_type("AWS::CloudWatch::Alarm")
    topics = set(prod.of_type("AWS::SNS::Topic"))
    assert len(alarms) == 8 + 2 * len(prod.of_type("AWS::Lambda::Function"))
    for id, alarm in alarms.items():
        assert {each["Ref"] for each in alarm["AlarmActions"]} == topics, id
        assert alarm["AlarmDescription"], id
        assert alarm["TreatMissingData"] == "notBreaching", id


def test_our_alarms_watch_metrics_that_our_code_emits_under_our_service(prod: Any) -> None:
    ours = [each for each in prod.of_type("AWS::CloudWatch::Alarm").values() if each["Namespace"] == "Conclave"]
    assert {each["MetricName"] for each in ours} == {"RunsHalted", "RunsDegraded", "CostUsd", "OldestOpenRunSeconds"}
    service = prod.function("publish")["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]
    assert all(each["Dimensions"] == [{"Name": "service", "Value": service}] for each in ours)


@pytest.mark.parametrize("name", EMITTED)
def test_each_metric_that_is_shown_or_watched_is_emitted(name: str) -> None:
    assert f'"{name}"' in emitting_code()


def test_alarms_on_functions_watch_the_alias_that_is_invoked(prod: Any) -> None:
    watched = [each for each in prod.of_type("AWS::CloudWatch::Alarm").values() if each["Namespace"] == "AWS/Lambda"]
    resources = [
        dimension["Value"] for each in watched for dimension in each["Dimensions"] if dimension["Name"] == "Resource"
    ]
    assert len(resources) == len(watched)
    assert all(json.dumps(resource).rstrip('"}]').endswith(f":{ALIAS}") for resource in resources)


def test_runs_that_ended_badly_reach_close_run(prod: Any) -> None:
    (rule,) = (each for id, each in prod.of_type("AWS::Events::Rule").items() if id.startswith("RunEndedBadly"))
    assert rule["EventPattern"]["detail"]["status"] == ["FAILED", "TIMED_OUT", "ABORTED"]
    assert "EventBusName" not in rule
    (target,) = rule["Targets"]
    assert target["Arn"]["Ref"].startswith("CloseRunLive")


def test_open_runs_are_swept_on_the_schedule_of_the_stage(prod: Any) -> None:
    (rule,) = (each for id, each in prod.of_type("AWS::Events::Rule").items() if id.startswith("OpenRuns"))
    assert (rule["ScheduleExpression"], rule["State"]) == ("rate(1 minute)", "ENABLED")
    (target,) = rule["Targets"]
    assert target["Arn"]["Ref"].startswith("SweepLive")
    assert prod.function("sweep")["Environment"]["Variables"]["START_SECONDS"] == "900"


def test_the_age_of_the_oldest_open_run_rings_where_no_run_may_be(prod: Any) -> None:
    (alarm,) = (
        each for each in prod.of_type("AWS::CloudWatch::Alarm").values() if each["MetricName"] == "OldestOpenRunSeconds"
    )
    limits = prod.stage.limits
    assert (alarm["Statistic"], alarm["Threshold"]) == ("Maximum", limits.start_seconds + limits.run_seconds)


def test_published_decisions_and_erasures_reach_anchor(prod: Any) -> None:
    (rule,) = (each for id, each in prod.of_type("AWS::Events::Rule").items() if id.startswith("DecisionPublished"))
    assert rule["EventPattern"] == {"source": ["conclave"], "detail-type": ["DecisionPublished", "TextsErased"]}
    assert "EventBusName" in rule
    (target,) = rule["Targets"]
    assert target["Arn"]["Ref"].startswith("AnchorLive")


def test_the_budget_tells_the_topic_and_who_is_named(fresh: Any, pack: Any) -> None:
    deployed = fresh(find_stage("local"), pack, notify="team@example.org")
    (budget,) = deployed.of_type("AWS::Budgets::Budget").values()
    for notification in budget["NotificationsWithSubscribers"]:
        assert [each["SubscriptionType"] for each in notification["Subscribers"]] == ["SNS", "EMAIL"]
    (subscription,) = deployed.of_type("AWS::SNS::Subscription").values()
    assert subscription["Endpoint"] == "team@example.org"


def test_cloudwatch_and_budgets_may_publish_and_use_the_key(prod: Any) -> None:
    (topic,) = prod.of_type("AWS::SNS::TopicPolicy").values()
    publishing = [each for each in topic["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"]
    assert {each["Principal"]["Service"] for each in publishing} == {
        "cloudwatch.amazonaws.com",
        "budgets.amazonaws.com",
    }
    (key,) = (each for each in prod.of_type("AWS::KMS::Key").values() if "KeySpec" not in each)
    (allowed,) = (each for each in key["KeyPolicy"]["Statement"] if each.get("Sid") == "Notifications")
    assert set(allowed["Principal"]["Service"]) == {"cloudwatch.amazonaws.com", "budgets.amazonaws.com"}


def test_only_prod_is_kept_warm_on_the_alias_that_is_invoked(deployed: Any, prod: Any) -> None:
    kind = "AWS::ApplicationAutoScaling::ScalableTarget"
    assert not deployed("local").of_type(kind)
    assert not deployed("dev").of_type(kind)
    warm = prod.of_type(kind)
    aliases = {
        f"function:{prod.resources[each['FunctionName']['Ref']]['Properties']['FunctionName']}:{each['Name']}"
        for each in prod.of_type("AWS::Lambda::Alias").values()
    }
    assert {each["ResourceId"] for each in warm.values()} <= aliases
    assert len(warm) == len(prod.pack.agents) + 6
    for target in warm.values():
        up, down = target["ScheduledActions"]
        assert (up["Schedule"], down["Schedule"]) == ("cron(0 6 ? * MON-FRI *)", "cron(0 20 ? * MON-FRI *)")
        assert up["ScalableTargetAction"]["MinCapacity"] == 1
        assert down["ScalableTargetAction"] == {"MinCapacity": 0, "MaxCapacity": 0}


def test_the_price_of_keeping_warm_is_an_output_with_its_source(prod: Any) -> None:
    output = prod.operations["Outputs"]["WarmUpMonthlyUsd"]
    gigabytes = 3 * 1.0 + 6 * 0.5
    assert float(output["Value"]) == pytest.approx(gigabytes * 14 * 365.25 / 7 * 5 / 12 * 3600 * 0.0000033334, abs=0.01)
    assert "https://aws.amazon.com/lambda/pricing/" in output["Description"]


def test_warm_hours_are_a_value_of_the_stage(fresh: Any, pack: Any) -> None:
    stage = replace(find_stage("local"), warm_up=WarmUp(units=3, start="07:30", end="18:00", time_zone="Europe/Lisbon"))
    target = next(iter(fresh(stage, pack).of_type("AWS::ApplicationAutoScaling::ScalableTarget").values()))
    up = target["ScheduledActions"][0]
    assert (up["Schedule"], up["Timezone"]) == ("cron(30 7 ? * MON-FRI *)", "Europe/Lisbon")
    assert target["MaxCapacity"] == 3


def versions(given: dict[str, Any]) -> set[str]:
    stack = Stack(App(), "Alone")
    Guardrail(stack, "Guardrail", name="alone", policy=given)
    return set(Template.from_stack(stack).find_resources("AWS::Bedrock::GuardrailVersion"))


def test_a_guardrail_version_rolls_when_the_policy_changes_and_only_then() -> None:
    stricter = policy()
    stricter["content"][-1]["inputStrength"] = "HIGH"
    assert versions(policy()) == versions(policy())
    assert not versions(policy()) & versions(stricter)


def test_the_guardrail_looks_for_prompt_attacks_in_and_personal_data_out(prod: Any) -> None:
    (guardrail,) = prod.of_type("AWS::Bedrock::Guardrail").values()
    filters = {each["Type"]: each for each in guardrail["ContentPolicyConfig"]["FiltersConfig"]}
    assert filters["PROMPT_ATTACK"] == {"Type": "PROMPT_ATTACK", "InputStrength": "HIGH", "OutputStrength": "NONE"}
    for entity in guardrail["SensitiveInformationPolicyConfig"]["PiiEntitiesConfig"]:
        assert (entity["InputEnabled"], entity["OutputEnabled"]) == (False, True)


def test_outputs_that_the_command_line_looks_for(prod: Any) -> None:
    wanted = {
        "ApiUrl", "EventBusName", "StateMachineArn", "RunsTable", "JournalTable", "TablePrefix", "GuardrailId",
        "GuardrailVersion", "AuditTable", "AnchorsBucket", "AnchorKeyArn",
    }  # fmt: skip
    assert wanted <= set(prod.engine["Outputs"])
    assert "DashboardName" in prod.operations["Outputs"]
