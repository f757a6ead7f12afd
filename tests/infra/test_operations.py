"""Alarms, budget, warm-up, guardrail, API: what watches, and what must not drift apart from the code."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk.assertions import Template
from conclave import figures
from conclave.configuration.schema import validator_schema
from conclave.results import WARM_UP
from msgspec import structs

from bench.alarms.__main__ import NAMED, cause_of, nothing
from infra.constructs.functions import ALIAS
from infra.constructs.guardrail import Guardrail, policy
from infra.constructs.layers import ROOT
from infra.engine_stack import MODELS
from infra.function_settings import METRICS_NAMESPACE
from infra.stage import Contradiction, WarmUp, find_stage


def alarm_id(alarm: Any) -> str:
    return str(re.sub(r"^conclave-[a-z]+-small-", "", alarm["AlarmName"]))


OF_THE_CONFIGURATION = {"SettingsNotHosted", "AgentsUnavailable"}
"""They stand in the engine's stack, which knows the topic by its name."""


def test_every_alarm_has_an_action_and_a_meaning(prod: Any) -> None:
    alarms = prod.of_type("AWS::CloudWatch::Alarm")
    topics = {id for id in prod.of_type("AWS::SNS::Topic") if not id.startswith("Budget")}
    single = {id for id in map(alarm_id, alarms.values()) if not re.search("-(errors|throttles|throttled)$", id)}
    assert single == {
        "RunsHalted", "RunsDegraded", "CostUsd", "AdversarialText", "GuardrailIntervened", "MachineFailed", "MachineTimedOut",
        "MachineAborted", "MachineThrottled", "OldestOpenRun", "Undelivered", "ApiErrors",
        *OF_THE_CONFIGURATION,
        "RunsSlow", "AgentsSlow", "ModelsSlow", "ModelErrors", "BreakerOpened", "BudgetHeeded", "BudgetUnreadable",
        "RunsExpired", "QualityDropped", "CandidateTakenBack",
    }  # fmt: skip
    several = 2 * len(prod.of_type("AWS::Lambda::Function")) + len(prod.of_type("AWS::DynamoDB::Table")) + 2
    assert len(alarms) == len(single) + several
    for id, alarm in alarms.items():
        if alarm_id(alarm) in OF_THE_CONFIGURATION:
            (action,) = alarm["AlarmActions"]
            assert action["Fn::Join"][1][-1] == ":conclave-prod-small", id
        else:
            assert {each["Ref"] for each in alarm["AlarmActions"]} == topics, id
        assert alarm["AlarmDescription"], id
        assert alarm["TreatMissingData"] == "notBreaching", id


def test_alarms_of_the_configuration_take_a_change_back_where_there_is_time(deployed: Any) -> None:
    for stage, watched in (("local", 0), ("dev", 2), ("prod", 2)):
        (environment,) = deployed(stage).of_type("AWS::AppConfig::Environment").values()
        assert len(environment.get("Monitors", ())) == watched, stage
    strategies = {
        each["Name"]: each for each in deployed("prod").of_type("AWS::AppConfig::DeploymentStrategy").values()
    }
    assert strategies["conclave-prod-small"]["DeploymentDurationInMinutes"] == 10
    undo = strategies["conclave-prod-small-undo"]
    assert (undo["DeploymentDurationInMinutes"], undo["FinalBakeTimeInMinutes"], undo["GrowthFactor"]) == (0, 0, 100)


def test_deployment_sets_nothing_so_that_it_never_undoes_what_operators_set(deployed: Any) -> None:
    for stage in ("local", "dev", "prod"):
        (version,) = deployed(stage).of_type("AWS::AppConfig::HostedConfigurationVersion").values()
        assert version["Content"] == "{}"
        (profile,) = deployed(stage).of_type("AWS::AppConfig::ConfigurationProfile").values()
        (validator,) = profile["Validators"]
        assert (validator["Type"], json.loads(validator["Content"])) == ("JSON_SCHEMA", validator_schema())


def test_our_alarms_watch_metrics_that_our_code_emits_under_our_service(prod: Any) -> None:
    ours = [each for each in prod.of_type("AWS::CloudWatch::Alarm").values() if each.get("Namespace") == "Conclave"]
    assert {each["MetricName"] for each in ours} == {
        "RunsHalted", "RunsDegraded", "CostUsd", "AdversarialText", "GuardrailIntervened", "OldestOpenRunSeconds",
        "SettingsNotHosted", "AgentUnavailable",
        "RunSeconds", "AgentSeconds", "ModelSeconds", "ModelErrors", "BreakerOpened", "BudgetHeeded", "BudgetUnreadable",
        "RunsExpired", "QualityDrop", "CandidatesTakenBack",
    }  # fmt: skip
    service = prod.function("publish")["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]
    assert all(each["Dimensions"] == [{"Name": "service", "Value": service}] for each in ours)


def test_a_metric_that_no_function_emits_is_neither_watched_nor_shown(prod: Any) -> None:
    """What functions emit is held against their code paths by tests/integration/functions/test_metrics.py."""
    monitoring = prod.stacks.operations.monitoring
    unheard = structs.replace(figures.RUNS_HALTED, emitted_by=())
    with pytest.raises(Contradiction, match="no function emits the metric RunsHalted"):
        monitoring._emitted(unheard)
    with pytest.raises(Contradiction, match="CostUsd is not kept under"):
        monitoring._emitted(figures.COST_USD, agent="cargo")


def shown_metrics(prod: Any) -> list[tuple[str, tuple[str, ...]]]:
    """Our metrics on the dashboard: name, and dimensions besides the service."""
    (dashboard,) = prod.of_type("AWS::CloudWatch::Dashboard").values()
    parts = dashboard["DashboardBody"]["Fn::Join"][1]
    body = json.loads("".join(each if isinstance(each, str) else "x" for each in parts))
    listed = [each for widget in body["widgets"] for each in widget["properties"].get("metrics", ())]
    return [
        (each[1], tuple(name for name in each[2:-1:2] if name != "service"))
        for each in listed
        if each[0] == METRICS_NAMESPACE
    ]


NOT_SHOWN = {
    "WaitedSeconds", "DecisionsGiven", "SettingsNotHosted", "BreakerClosed", "BudgetHeeded", "BudgetUnreadable",
    "Predicted", "Actual",
}  # fmt: skip
"""Metrics that alarms, the command or other graphs tell better."""


def test_the_dashboard_shows_listed_metrics_under_dimensions_that_they_have(prod: Any) -> None:
    shown = shown_metrics(prod)
    assert {name for name, _ in shown} >= figures.METRICS.keys() - NOT_SHOWN
    for name, parts in shown:
        assert figures.METRICS[name].emitted_by, name
        assert parts in figures.METRICS[name].by, name


def test_alarms_on_functions_watch_the_alias_that_is_invoked(prod: Any) -> None:
    watched = [
        each for each in prod.of_type("AWS::CloudWatch::Alarm").values() if each.get("Namespace") == "AWS/Lambda"
    ]
    resources = [
        dimension["Value"] for each in watched for dimension in each["Dimensions"] if dimension["Name"] == "Resource"
    ]
    assert len(resources) == len(watched)
    assert all(json.dumps(resource).rstrip('"}]').endswith(f":{ALIAS}") for resource in resources)


def test_runs_that_ended_badly_reach_close_run(prod: Any) -> None:
    (rule,) = (each for id, each in prod.of_type("AWS::Events::Rule").items() if id.startswith("RunEndedBadly"))
    assert rule["EventPattern"]["detail"]["status"] == ["FAILED", "TIMED_OUT", "ABORTED"]
    assert len(rule["EventPattern"]["detail"]["stateMachineArn"]) == 2
    assert "EventBusName" not in rule
    (target,) = rule["Targets"]
    assert target["Arn"]["Ref"].startswith("CloseRunLive")


def test_the_event_that_warms_up_reaches_what_a_run_waits_for_and_nothing_else(prod: Any) -> None:
    rules = [each for id, each in prod.of_type("AWS::Events::Rule").items() if id.startswith("WarmUp")]
    assert all(each["EventPattern"] == {"source": ["conclave"], "detail-type": ["WarmUp"]} for each in rules)
    assert all("EventBusName" in each and len(each["Targets"]) <= 5 for each in rules)
    targets = [target for rule in rules for target in rule["Targets"]]
    assert {target["Input"] for target in targets} == {json.dumps(dict(WARM_UP), separators=(",", ":"))}
    warm = prod.of_type("AWS::ApplicationAutoScaling::ScalableTarget")
    assert len({json.dumps(target["Arn"]) for target in targets}) == len(targets) == len(warm)


def test_open_runs_are_swept_on_the_schedule_of_the_stage(prod: Any) -> None:
    (rule,) = (each for id, each in prod.of_type("AWS::Events::Rule").items() if id.startswith("OpenRuns"))
    assert (rule["ScheduleExpression"], rule["State"]) == ("rate(1 minute)", "ENABLED")
    (target,) = rule["Targets"]
    assert target["Arn"]["Ref"].startswith("SweepLive")
    assert prod.function("sweep")["Environment"]["Variables"]["START_SECONDS"] == "900"


def test_the_gate_looks_every_five_minutes(prod: Any) -> None:
    (rule,) = (each for id, each in prod.of_type("AWS::Events::Rule").items() if id.startswith("NewVersions"))
    assert rule["ScheduleExpression"] == "rate(5 minutes)"
    (target,) = rule["Targets"]
    assert target["Arn"]["Ref"].startswith("GateLive")


def test_yesterday_is_reviewed_once_a_day_and_its_drop_rings(prod: Any) -> None:
    (rule,) = (each for id, each in prod.of_type("AWS::Events::Rule").items() if id.startswith("Yesterday"))
    assert (rule["ScheduleExpression"], rule["State"]) == ("cron(30 3 * * ? *)", "ENABLED")
    (target,) = rule["Targets"]
    assert target["Arn"]["Ref"].startswith("ReviewLive")
    variables = prod.function("review")["Environment"]["Variables"]
    assert [variables[f"REVIEW_{name}"] for name in ("RUNS", "DAYS", "FEWEST_DAYS")] == ["100", "7", "3"]
    (alarm,) = (each for each in prod.of_type("AWS::CloudWatch::Alarm").values() if alarm_id(each) == "QualityDropped")
    assert (alarm["MetricName"], alarm["Statistic"], alarm["Threshold"]) == ("QualityDrop", "Maximum", 3)


def test_the_age_of_the_oldest_open_run_rings_where_no_run_may_be(prod: Any) -> None:
    (alarm,) = (
        each
        for each in prod.of_type("AWS::CloudWatch::Alarm").values()
        if each.get("MetricName") == "OldestOpenRunSeconds"
    )
    limits = prod.stage.limits
    assert (alarm["Statistic"], alarm["Threshold"]) == ("Maximum", limits.start_seconds + limits.execution_seconds)


def test_whoever_is_asked_hears_of_it_by_the_topic_of_alarms_without_a_word_of_the_run(prod: Any) -> None:
    (rule,) = (each for id, each in prod.of_type("AWS::Events::Rule").items() if id.startswith("PeopleAsked"))
    assert rule["EventPattern"] == {"source": ["conclave"], "detail-type": ["ApprovalAsked"]}
    (target,) = rule["Targets"]
    assert json.dumps(target["Arn"]).endswith(':conclave-prod-small"]]}')
    assert set(target["InputTransformer"]["InputPathsMap"].values()) == {"$.detail.run_id", "$.detail.deadline"}
    assert "DeadLetterConfig" in target


def test_published_decisions_and_erasures_reach_anchor(prod: Any) -> None:
    (rule,) = (each for id, each in prod.of_type("AWS::Events::Rule").items() if id.startswith("DecisionPublished"))
    assert rule["EventPattern"] == {
        "source": ["conclave"],
        "detail-type": [
            "DecisionPublished",
            "DecisionGiven",
            "TextsErased",
            "ApprovalAsked",
            "ApprovalActed",
            "FeedbackGiven",
            "RunOutdated",
            "RunForked",
            "ForkEnded",
        ],
    }
    assert "EventBusName" in rule
    (target,) = rule["Targets"]
    assert target["Arn"]["Ref"].startswith("AnchorLive")


def test_every_alarm_has_a_row_in_the_runbook(prod: Any) -> None:
    runbook = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    section = runbook.partition("## Alarms")[2].partition("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    patterns = [re.sub("<[a-z]+>", ".+", re.escape(name)) for cell in cells for name in re.findall("`([^`]+)`", cell)]
    alarms = {alarm_id(each) for each in prod.of_type("AWS::CloudWatch::Alarm").values()}
    assert not {id for id in alarms if not any(re.fullmatch(pattern, id) for pattern in patterns)}
    assert not [pattern for pattern in patterns if not any(re.fullmatch(pattern, id) for id in alarms)]


def test_every_alarm_has_a_cause_that_makes_it_ring_on_the_local_cloud(prod: Any) -> None:
    """``python -m bench.alarms`` produces them."""
    alarms = {alarm_id(each) for each in prod.of_type("AWS::CloudWatch::Alarm").values()}
    assert not {name for name in alarms if cause_of(name) is nothing}
    assert not NAMED.keys() - alarms


def watched(deployed: Any, kind: str) -> dict[str, list[Any]]:
    """The metrics of each alarm that adds some up: name, and dimensions by name."""
    return {
        alarm_id(alarm): [(each["MetricStat"]["Metric"], alarm) for each in alarm["Metrics"] if "MetricStat" in each]
        for alarm in deployed.of_type("AWS::CloudWatch::Alarm").values()
        if alarm_id(alarm).startswith(f"{kind}-")
    }


def test_every_table_and_every_index_is_watched_for_throttling(prod: Any) -> None:
    found = watched(prod, "table")
    wanted = {
        (table["TableName"], index)
        for table in prod.of_type("AWS::DynamoDB::Table").values()
        for index in ("", *(each["IndexName"] for each in table.get("GlobalSecondaryIndexes", [])))
    }
    for kind in ("ReadThrottleEvents", "WriteThrottleEvents"):
        places = [
            {each["Name"]: each["Value"] for each in metric["Dimensions"]}
            for metrics in found.values()
            for metric, _ in metrics
            if (metric["Namespace"], metric["MetricName"]) == ("AWS/DynamoDB", kind)
        ]
        assert {(each["TableName"], each.get("GlobalSecondaryIndexName", "")) for each in places} == wanted
    for metrics in found.values():
        assert len(metrics) <= 10
        assert [each["Expression"] for each in metrics[0][1]["Metrics"] if "Expression" in each] == ["SUM(METRICS())"]


def test_every_model_is_watched_under_its_profile_and_its_own_id(prod: Any) -> None:
    tiers = json.loads(MODELS.read_text(encoding="utf-8"))["tiers"]
    found = watched(prod, "model")
    assert found.keys() == {f"model-{model}-throttled" for model in tiers.values()}
    for model in tiers.values():
        metrics = [metric for metric, _ in found[f"model-{model}-throttled"]]
        assert {(each["Namespace"], each["MetricName"]) for each in metrics} == {("AWS/Bedrock", "InvocationThrottles")}
        ids = {each["Value"] for metric in metrics for each in metric["Dimensions"]}
        assert ids == {model, model.removeprefix("global.")}


def test_the_dashboard_shows_suspicious_texts_and_throttling(prod: Any) -> None:
    (dashboard,) = prod.of_type("AWS::CloudWatch::Dashboard").values()
    body = json.dumps(dashboard["DashboardBody"])
    for name in (
        "AdversarialText",
        "GuardrailIntervened",
        "InvocationThrottles",
        "WriteThrottleEvents",
        "ExecutionThrottled",
    ):
        assert name in body, name


ADDRESSES = ("team@example.org", "night@example.org")


def test_another_address_changes_nothing_but_subscriptions(
    fresh: Any, pack: Any, tmp_path: Path, synthesise: Any
) -> None:
    """A notification of a budget cannot be changed, only replaced."""
    stage = find_stage("local")
    one = synthesise(stage, pack, out=tmp_path / "one", notify=ADDRESSES[:1])
    two = synthesise(stage, pack, out=tmp_path / "two", notify=ADDRESSES)
    assert one.of_type("AWS::Budgets::Budget") == two.of_type("AWS::Budgets::Budget")
    (budget,) = two.of_type("AWS::Budgets::Budget").values()
    assert "BudgetName" not in budget["Budget"]
    (people, acting) = sorted(two.of_type("AWS::SNS::Topic"), key=lambda id: id.startswith("Budget"))
    told = [
        (each["Notification"]["NotificationType"], each["Notification"]["Threshold"], each["Subscribers"])
        for each in budget["NotificationsWithSubscribers"]
    ]
    assert told == [
        ("ACTUAL", 80, [{"SubscriptionType": "SNS", "Address": {"Ref": acting}}]),
        ("ACTUAL", 100, [{"SubscriptionType": "SNS", "Address": {"Ref": acting}}]),
        ("FORECASTED", 100, [{"SubscriptionType": "SNS", "Address": {"Ref": people}}]),
    ]
    assert {each["Endpoint"] for each in mails(two).values()} == set(ADDRESSES)
    (kept,) = mails(one)
    assert kept in mails(two)


def mails(deployed: Any) -> dict[str, Any]:
    subscriptions = deployed.of_type("AWS::SNS::Subscription").items()
    return {id: each for id, each in subscriptions if each["Protocol"] == "email"}


def test_what_is_spent_of_the_budget_reaches_heed_alone_and_alarms_do_not(prod: Any) -> None:
    """A function that heard of alarms would hear of its own, and ring them again."""
    (subscription,) = (each for each in prod.of_type("AWS::SNS::Subscription").values() if each["Protocol"] == "lambda")
    topic = subscription["TopicArn"]["Ref"]
    assert prod.of_type("AWS::SNS::Topic")[topic]["TopicName"] == "conclave-prod-small-budget"
    (permission,) = (
        each for each in prod.of_type("AWS::Lambda::Permission").values() if each["Principal"] == "sns.amazonaws.com"
    )
    assert permission["SourceArn"] == {"Ref": topic}
    assert permission["FunctionName"] == subscription["Endpoint"]
    assert "HeedLive" in json.dumps(subscription["Endpoint"])
    assert not [each for each in prod.of_type("AWS::CloudWatch::Alarm").values() if topic in json.dumps(each)]
    (policy,) = (each for each in prod.of_type("AWS::SNS::TopicPolicy").values() if {"Ref": topic} in each["Topics"])
    publishing = [each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"]
    assert [each["Principal"]["Service"] for each in publishing] == ["budgets.amazonaws.com"]


def test_heed_outlasts_a_change_that_it_has_to_wait_for(prod: Any) -> None:
    """Lambda invokes a function that fails twice more, after one minute and after two."""
    rollout = prod.stage.rollout
    assert 3 * prod.function("heed")["Timeout"] > 60 * (rollout.minutes + rollout.bake_minutes)


def test_what_reaches_nobody_waits_with_the_dead_letters(fresh: Any, pack: Any) -> None:
    deployed = fresh(find_stage("local"), pack, notify=ADDRESSES)
    (queue,) = deployed.of_type("AWS::SQS::Queue")
    for subscription in deployed.of_type("AWS::SNS::Subscription").values():
        assert queue in json.dumps(subscription["RedrivePolicy"]["deadLetterTargetArn"])
    (policy,) = deployed.of_type("AWS::SQS::QueuePolicy").values()
    (sending,) = (each for each in policy["PolicyDocument"]["Statement"] if each.get("Sid") == "Notices")
    assert (sending["Action"], sending["Principal"]) == ("sqs:SendMessage", {"Service": "sns.amazonaws.com"})
    sources = [each["Fn::Join"][1][-1] for each in sending["Condition"]["ArnEquals"]["aws:SourceArn"]]
    topics = sorted(topic["TopicName"] for topic in deployed.of_type("AWS::SNS::Topic").values())
    assert [each.rpartition(":")[2] for each in sources] == topics


def test_cloudwatch_budgets_and_the_bus_may_publish_and_use_the_key(prod: Any) -> None:
    (topic,) = (each for id, each in prod.of_type("AWS::SNS::TopicPolicy").items() if not id.startswith("Budget"))
    publishing = [each for each in topic["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"]
    assert {each["Principal"]["Service"] for each in publishing} == {
        "cloudwatch.amazonaws.com",
        "budgets.amazonaws.com",
        "events.amazonaws.com",
    }
    (key,) = (each for each in prod.of_type("AWS::KMS::Key").values() if "KeySpec" not in each)
    (allowed,) = (each for each in key["KeyPolicy"]["Statement"] if each.get("Sid") == "Messages")
    assert {f"{each}.amazonaws.com" for each in ("cloudwatch", "budgets", "sns", "events")} == set(
        allowed["Principal"]["Service"]
    )
    assert set(allowed["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey*"}
    assert "Condition" not in allowed


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
