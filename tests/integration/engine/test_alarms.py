"""The adapter of alarms against moto, and against the history as CloudWatch writes it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cli.errors import CliError
from cli.ports import Alarm, Notice
from cli.target.alarms import CloudWatchAlarms

REGION = "eu-central-1"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        yield


def test_alarms_are_found_by_prefix_and_put_into_a_state(aws: None) -> None:
    cloudwatch, sns = boto3.client("cloudwatch", region_name=REGION), boto3.client("sns", region_name=REGION)
    topic = sns.create_topic(Name="conclave")["TopicArn"]
    for name, enabled in (("conclave-dev-airline-B", True), ("conclave-dev-airline-A", False), ("other", True)):
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            ActionsEnabled=enabled,
            AlarmActions=[topic],
            Namespace="conclave",
            MetricName="RunsHalted",
            Statistic="Sum",
            Period=300,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
        )
    alarms = CloudWatchAlarms(cloudwatch, sns)
    alarms.set("conclave-dev-airline-B", "ALARM", "a test")
    muted, ringing = alarms.named("conclave-dev-airline-")
    assert ringing == Alarm(name="conclave-dev-airline-B", state="ALARM", actions=(topic,))
    assert (muted.name, muted.actions) == ("conclave-dev-airline-A", ())


def test_a_topic_has_subscribers_or_is_missing(aws: None) -> None:
    sns = boto3.client("sns", region_name=REGION)
    alarms = CloudWatchAlarms(boto3.client("cloudwatch", region_name=REGION), sns)
    topic = sns.create_topic(Name="conclave")["TopicArn"]
    assert alarms.subscribers(topic) == (0, 0)
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="you@example.org")
    assert alarms.subscribers(topic) == (1, 0)
    with pytest.raises(CliError, match="no such topic"):
        alarms.subscribers(topic + "-gone")


def test_who_has_not_confirmed_is_told_apart() -> None:
    # moto confirms every subscription at once; SNS gives this word for an ARN until somebody follows the link.
    arns = ("PendingConfirmation", "arn:aws:sns:eu-central-1:000000000000:conclave:1", "PendingConfirmation")
    pages = [{"Subscriptions": [{"SubscriptionArn": each}]} for each in arns]

    class Sns:
        def get_paginator(self, operation: str) -> Any:
            return self

        def paginate(self, TopicArn: str) -> Any:
            return pages

    assert CloudWatchAlarms(None, Sns()).subscribers("topic") == (1, 2)


def test_notices_say_whether_the_action_took_them() -> None:
    at = datetime(2026, 11, 28, 9, tzinfo=UTC)
    history = ('{"actionState":"Succeeded"}', '{"actionState":"Failed"}', "no JSON", "[]", None)

    class CloudWatch:
        def describe_alarm_history(self, **asked: Any) -> Any:
            assert asked["HistoryItemType"] == "Action"
            return {
                "AlarmHistoryItems": [
                    {"Timestamp": at, "HistorySummary": "told"} | ({"HistoryData": data} if data else {})
                    for data in history
                ]
            }

    notices = CloudWatchAlarms(CloudWatch(), None).notices("alarm")
    assert notices[0] == Notice(at="2026-11-28T09:00:00+00:00", sent=True, detail="told")
    assert [notice.sent for notice in notices] == [True, False, False, False, False]
