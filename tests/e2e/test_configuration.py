"""The configuration on the running local cloud: changed without a deploy, seen in the next run, taken back byte for byte."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from conclave.audit.canonical import canonical
from conclave.pack import load_pack
from conclave.routing.breakers import BREAKERS
from conclave.types import AgentKind

from bench.gateway import budget_notice

pytestmark = pytest.mark.e2e
CHANGED = ("models.business.tier=strong", "limits.model_turns=3", "flags.read_by_code=false")


def close_circuits(conclave: Any) -> None:
    """Forgets which models failed: until a run tries one whose circuit other tests opened, another one stands in for it."""
    dynamodb, runs = conclave.client("dynamodb"), "conclave-local-airline-runs"
    asked = {"KeyConditionExpression": "run_id = :id", "ExpressionAttributeValues": {":id": {"S": BREAKERS}}}
    for item in dynamodb.query(TableName=runs, **asked)["Items"]:
        dynamodb.delete_item(TableName=runs, Key={name: item[name] for name in ("run_id", "record")})


@pytest.fixture(autouse=True)
def as_packaged(conclave: Any) -> Iterator[None]:
    """Whatever a test leaves behind, those after it find the configuration as it is packaged."""
    close_circuits(conclave)
    before = conclave.json("config", "show")["version"]
    yield
    after = conclave.json("config", "show")
    if after["document"]:
        conclave.json("config", "rollback", "0", "--why", "a test left it changed")
    if after["version"] != before:
        conclave.settings_seen()


def undisturbed(run: Any) -> bool:
    """True if every agent was answered by its own model: a late call, or a breaker that another test opened, is no setting."""
    return not run["degraded"] and not any(each["stood_in"] or each["failure"] for each in run["agents"])


def asked(conclave: Any, sentence: str) -> Any:
    """The first run of at most four that nothing but settings has a part in."""
    for _ in range(4):
        run = conclave.ask(sentence)
        if undisturbed(run):
            return run
    pytest.fail(f"four runs in a row were disturbed: {run['degraded']}, {run['agents']}")


def stamps(conclave: Any) -> list[str]:
    stacks = conclave.client("cloudformation").describe_stacks()["Stacks"]
    return sorted(f"{each['StackName']} {each.get('LastUpdatedTime', each['CreationTime'])}" for each in stacks)


def told(run: Any) -> dict[str, Any]:
    """The parts of a run that settings can change: everything but ids, times and what they cost."""
    names = ("status", "settings", "reading", "options", "constraints", "gaps", "reasons", "decision", "degraded")
    agents = sorted([each["name"], each["phase"], each["model"], each["status"]] for each in run["agents"])
    return {**{name: run[name] for name in names}, "agents": agents}


def behaviour(run: Any) -> bytes:
    return canonical(told(run))


def business_models(run: Any) -> set[str]:
    kinds = {each.name: each.kind for each in load_pack("airline").agents}
    return {each["model"] for each in run["agents"] if kinds.get(each["name"]) is AgentKind.BUSINESS}


def test_a_change_takes_effect_on_the_next_run_without_a_deploy_and_a_rollback_takes_it_back(
    conclave: Any, day: str
) -> None:
    sentence = load_pack("airline").examples(day)[0]
    before, deployed = asked(conclave, sentence), stamps(conclave)
    assert (before["settings"]["source"], before["settings"]["fault"]) == ("hosted", "")
    assert before["reading"]["by"] == "code"

    change = conclave.json("config", "set", *CHANGED, "--why", "a test of the configuration")
    assert change["state"] == "COMPLETE"
    assert sorted(change["paths"]) == sorted(each.partition("=")[0] for each in CHANGED)
    conclave.settings_seen()
    changed = asked(conclave, sentence)
    assert changed["settings"]["version"] == change["version"] != before["settings"]["version"]
    assert changed["settings"]["settings"]["limits"]["model_turns"] == 3
    assert (changed["reading"]["by"], changed["reading"]["doubt"]) == ("model", "switched_off")
    assert business_models(changed).isdisjoint(business_models(before))

    shown = conclave.json("config", "show")
    assert (shown["version"], shown["change"], shown["faults"]) == (change["version"], change["change"], [])
    (newest, *_) = conclave.json("config", "history")["changes"]
    assert (newest["change"], newest["why"]) == (change["change"], "a test of the configuration")
    assert newest["by"].startswith("arn:aws:")

    back = conclave.json("config", "rollback", "--why", "the test is over")
    assert (back["state"], back["version"]) == ("COMPLETE", before["settings"]["version"])
    conclave.settings_seen()
    after = asked(conclave, sentence)
    assert after["settings"] == before["settings"]
    assert told(after) == told(before)
    assert behaviour(after) == behaviour(before)
    assert behaviour(changed) != behaviour(before)
    assert stamps(conclave) == deployed
    (last, *_) = conclave.json("config", "history")["changes"]
    assert (last["kind"], last["to"], last["why"]) == (
        "configuration_rolled_back",
        change["change"] - 1,
        "the test is over",
    )


REFUSED = {
    "limits.model_turns=99": "limits.model_turns can be a whole number from 2 to 8",
    "flags.guardrail=false": "there is no setting flags.guardrail",
    "money.run_usd=90000": "a ceiling is above a wider one",
}


def test_values_out_of_bounds_are_refused_and_nothing_is_changed(conclave: Any) -> None:
    before = conclave.json("config", "history")
    for assignment, said in REFUSED.items():
        refused = conclave.json("config", "set", assignment, "--why", "too much", code=2)
        assert said in refused["error"]["message"]
    assert conclave.json("config", "history") == before


def test_intake_closes_for_new_incidents_and_opens_again(conclave: Any, day: str) -> None:
    del day  # there has to be something that could be asked about
    conclave.json("config", "set", "intake=closed", "--why", "a test of intake")
    conclave.settings_seen()
    refused = conclave.json("ask", "EY999 is delayed", "--new", code=1)
    assert refused["error"]["code"] == "intake_closed"
    conclave.json("config", "rollback", "--why", "open again")
    conclave.settings_seen()
    assert conclave.json("config", "show")["document"] == {}
    assert conclave.json("ask", "EY999 is delayed", "--new")["status"] == "running"


def test_a_document_that_functions_refuse_is_said_in_the_run(conclave: Any, day: str) -> None:
    """The emulator's AppConfig takes what the validator of AWS would refuse: the functions' own check still holds."""
    outputs, client = conclave.outputs(), conclave.client("appconfig")
    application, profile = outputs["ConfigurationApplication"], outputs["ConfigurationProfile"]
    version = client.create_hosted_configuration_version(
        ApplicationId=application,
        ConfigurationProfileId=profile,
        Content=b'{"limits": {"model_turns": 1000}}',
        ContentType="application/json",
    )["VersionNumber"]
    client.start_deployment(
        ApplicationId=application,
        EnvironmentId=outputs["ConfigurationEnvironment"],
        ConfigurationProfileId=profile,
        ConfigurationVersion=str(version),
        DeploymentStrategyId=outputs["ConfigurationStrategy"],
    )
    conclave.settings_seen()
    run = conclave.ask(load_pack("airline").examples(day)[0])
    assert run["settings"]["fault"] == "invalid"
    assert run["settings"]["settings"]["limits"]["model_turns"] == 4
    shown = conclave.json("config", "show")
    assert shown["faults"] == ["limits.model_turns can be a whole number from 2 to 8"]
    assert shown["recorded"] is False
    conclave.json("config", "rollback", "0", "--why", "as packaged again")
    assert conclave.json("config", "show")["recorded"] is True


def spent(conclave: Any, usd: float) -> None:
    """Publishes what AWS Budgets would: nothing is billed here, so nobody else does."""
    topics = conclave.client("sns").list_topics()["Topics"]
    (topic,) = (each["TopicArn"] for each in topics if each["TopicArn"].endswith(":conclave-local-airline-budget"))
    text = budget_notice(usd, 50.0, account="000000000000", at=datetime.now(UTC))
    conclave.client("sns").publish(TopicArn=topic, Message=text)


def test_the_budget_makes_runs_frugal_then_stops_them_and_a_person_takes_it_back(
    conclave: Any, day: str, wait_until: Any
) -> None:
    sentence = load_pack("airline").examples(day)[0]
    month = f"{datetime.now(UTC):%Y-%m}"

    def set_to(level: str) -> Any:
        def look() -> Any:
            return conclave.json("config", "show")["document"] == {"money": {"budget": level, "budget_month": month}}

        return look

    spent(conclave, 41.2)
    wait_until(set_to("economy"))
    (newest, *_) = conclave.json("config", "history")["changes"]
    assert (newest["by"], newest["why"]) == ("budget", f"AWS Budgets: 41.20 USD of 50.00 USD are spent in {month}")
    conclave.settings_seen()
    assert asked(conclave, sentence)["money"]["economy"] is True

    spent(conclave, 50.0)
    wait_until(set_to("spent"))
    conclave.settings_seen()
    refused = conclave.json("ask", sentence, "--new", code=1)
    assert refused["error"]["code"] == "budget_spent"
    queue = conclave.client("sqs").get_queue_url(QueueName="conclave-local-airline-undelivered")["QueueUrl"]
    conclave.client("sqs").purge_queue(QueueUrl=queue)
    detail = json.dumps({"text": f"EY999 is delayed, by event {time.time_ns()}"})
    entry = {
        "Source": "test",
        "DetailType": "IncidentReported",
        "Detail": detail,
        "EventBusName": "conclave-local-airline",
    }
    conclave.client("events").put_events(Entries=[entry])

    def letter() -> Any:
        found = conclave.client("sqs").receive_message(
            QueueUrl=queue, MessageAttributeNames=["All"], VisibilityTimeout=0, MaxNumberOfMessages=10
        )
        said = [each["MessageAttributes"]["ErrorMessage"]["StringValue"] for each in found.get("Messages", ())]
        return [each for each in said if "budget_spent" in each]

    wait_until(letter)

    conclave.json("config", "set", "money.budget=normal", "--why", "the invoice was paid")
    spent(conclave, 50.0)
    conclave.settings_seen()
    assert conclave.json("config", "show")["document"]["money"]["budget"] == "normal"
    run = asked(conclave, sentence)
    assert (run["money"]["economy"], run["settings"]["settings"]["money"]["budget"]) == (False, "normal")
