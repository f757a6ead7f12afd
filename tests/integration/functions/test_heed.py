"""``heed`` as deployed: a notice of the budget changes the configuration at once, with its entry in the audit, or rings."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from conclave.audit.chain import CONFIGURATION
from conclave.configuration.changes import changes_in
from conclave.configuration.heeding import ConfigurationUnderWay
from conclave.money.budget import NoticeUnreadable
from configured import AppConfigData
from handled import PREFIX, REGION, Context, answered, event, handler, request

from bench.gateway import budget_notice, on_topic

ACCOUNT = "123456789012"


def told(spent: float, account: str = ACCOUNT) -> Any:
    return on_topic(budget_notice(spent, 50.0, account=account, at=datetime.now(UTC)))


def audit() -> list[bytes]:
    found = boto3.client("dynamodb", region_name=REGION).query(
        TableName=f"{PREFIX}audit",
        KeyConditionExpression="run_id = :chain",
        ExpressionAttributeValues={":chain": {"S": CONFIGURATION}},
    )
    return [each["body"]["B"] for each in found["Items"]]


def test_a_notice_becomes_a_change_and_the_next_report_is_refused(cloud: Any, configured: AppConfigData) -> None:
    heed = cloud("heed")
    configured.document = {"limits": {"model_turns": 3}}
    assert heed(told(41.2), Context()) == {"heeding": "changed"}
    assert heed(told(50.0), Context()) == {"heeding": "changed"}
    assert heed(told(50.0), Context()) == {"heeding": "stands"}
    month = f"{datetime.now(UTC):%Y-%m}"
    document = {"limits": {"model_turns": 3}, "money": {"budget": "spent", "budget_month": month}}
    deployed: Any = configured.document
    assert json.loads(deployed) == document
    assert configured.strategies == ["at-once", "at-once"]
    changes = changes_in(audit())
    assert [(each.number, each.by, each.document) for each in changes][-1] == (2, "budget", document)
    status, answer = answered(handler("intake")(request("POST", "/v1/incidents", {"text": "P101 is stuck"}), Context()))
    assert (status, answer["error"]["code"]) == (503, "budget_spent")
    assert "\n" not in answer["error"]["message"]
    with pytest.raises(Exception, match="budget_spent"):
        handler("receive")(event({"text": "P102 is stuck"}), Context())


def test_a_report_of_an_economical_month_becomes_a_frugal_run(cloud: Any) -> None:
    assert cloud("heed")(told(41.2), Context()) == {"heeding": "changed"}
    _, answer = answered(handler("intake")(request("POST", "/v1/incidents", {"text": "P101 is stuck"}), Context()))
    run = boto3.client("dynamodb", region_name=REGION).get_item(
        TableName=f"{PREFIX}runs", Key={"run_id": {"S": answer["run_id"]}, "record": {"S": "META"}}
    )["Item"]
    assert run["economy"] == {"BOOL": True}


@pytest.mark.parametrize("sent", [{}, on_topic("ALARM: x"), told(50.0, account="999999999999")])
def test_what_is_no_notice_of_this_account_is_counted_and_raised(
    cloud: Any, configured: AppConfigData, capsys: pytest.CaptureFixture[str], sent: Any
) -> None:
    heed = cloud("heed")
    with pytest.raises((NoticeUnreadable, KeyError)):
        heed(sent, Context())
    assert '"BudgetUnreadable":[1.0]' in capsys.readouterr().out
    assert (configured.document, audit()) == ({}, [])


def test_a_change_that_is_rolled_out_for_longer_than_the_function_lives_is_counted_and_raised(
    cloud: Any, configured: AppConfigData, capsys: pytest.CaptureFixture[str]
) -> None:
    heed = cloud("heed")
    configured.state = "DEPLOYING"

    class LittleTime(Context):
        @staticmethod
        def get_remaining_time_in_millis() -> int:
            return 29_000

    with pytest.raises(ConfigurationUnderWay):
        heed(told(50.0), LittleTime())
    assert '"BudgetUnreadable":[1.0]' in capsys.readouterr().out
    assert audit() == []


def test_a_notice_of_the_month_before_changes_nothing(cloud: Any, configured: AppConfigData) -> None:
    before = datetime.now(UTC).replace(day=1) - timedelta(days=1)
    sent = on_topic(budget_notice(50.0, 50.0, account=ACCOUNT, at=before))
    assert cloud("heed")(sent, Context()) == {"heeding": "past"}
    assert (configured.document, configured.strategies) == ({}, [])
