"""CloudWatch's alarms and the subscriptions of SNS, read with the caller's own rights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cli.errors import CliError, ExitCode
from cli.ports import Alarm, Notice

PENDING = "PendingConfirmation"
"""The word that SNS gives instead of the ARN of a subscription that nobody has confirmed."""


class CloudWatchAlarms:
    """See ``Alarms``.

    Args:
        cloudwatch: A client of CloudWatch.
        sns: A client of SNS.
    """

    def __init__(self, cloudwatch: Any, sns: Any) -> None:
        self._cloudwatch = cloudwatch
        self._sns = sns

    def named(self, prefix: str) -> list[Alarm]:
        """See ``Alarms.named``."""
        pages = self._cloudwatch.get_paginator("describe_alarms").paginate(AlarmNamePrefix=prefix)
        alarms = [_alarm(each) for page in pages for each in page.get("MetricAlarms", ())]
        return sorted(alarms, key=lambda alarm: alarm.name)

    def set(self, name: str, state: str, reason: str) -> None:
        """See ``Alarms.set``."""
        self._cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason=reason)

    def notices(self, name: str) -> list[Notice]:
        """See ``Alarms.notices``."""
        answer = self._cloudwatch.describe_alarm_history(
            AlarmName=name, HistoryItemType="Action", MaxRecords=100, ScanBy="TimestampDescending"
        )
        return [_notice(each) for each in answer["AlarmHistoryItems"]]

    def subscribers(self, topic: str) -> tuple[int, int]:
        """See ``Alarms.subscribers``."""
        from botocore.exceptions import ClientError

        try:
            pages = self._sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
            arns = [str(each["SubscriptionArn"]) for page in pages for each in page["Subscriptions"]]
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"NotFound", "NotFoundException"}:
                raise
            raise CliError(
                f"the alarms tell the topic {topic}, and there is no such topic",
                advice="deploy the operations stack again",
                code="topic_missing",
                exit_code=ExitCode.UNREACHABLE,
            ) from error
        waiting = arns.count(PENDING)
        return len(arns) - waiting, waiting


def _alarm(alarm: Mapping[str, Any]) -> Alarm:
    actions = alarm.get("AlarmActions", ()) if alarm.get("ActionsEnabled", True) else ()
    return Alarm(name=alarm["AlarmName"], state=alarm["StateValue"], actions=tuple(actions))


def _notice(item: Mapping[str, Any]) -> Notice:
    """A notice. ``actionState`` in the history's data says how it went; the summary says it for people."""
    try:
        data = json.loads(item.get("HistoryData") or "{}")
    except ValueError:
        data = {}
    return Notice(
        at=item["Timestamp"].isoformat(),
        sent=isinstance(data, dict) and data.get("actionState") == "Succeeded",
        detail=str(item.get("HistorySummary", "")),
    )
