"""The causes of the alarms about the budget, on the local cloud: notices that its topic gets, as from AWS Budgets."""

from __future__ import annotations

import time

from conclave.audit.chain import CONFIGURATION
from conclave.clock import system_clock

from bench.alarms.causes import SETTLED_SECONDS, deploy_settings
from bench.alarms.scene import Scene, until
from bench.gateway import budget_notice

ACCOUNT = "000000000000"
"""That of the local cloud."""
GIVEN_UP_SECONDS = 60.0
"""So long at most a notice is handed to its function again; what that rings must not count for the next cause."""


def _forget_changes(scene: Scene) -> None:
    """Takes the changes of the configuration out of the audit: a level of the budget is heeded once a month."""
    dynamodb, table = scene.client("dynamodb"), f"{scene.prefix}-audit"
    found = dynamodb.query(
        TableName=table,
        KeyConditionExpression="run_id = :chain",
        ExpressionAttributeValues={":chain": {"S": CONFIGURATION}},
    )
    for each in found["Items"]:
        dynamodb.delete_item(TableName=table, Key={name: each[name] for name in ("run_id", "sequence")})


def _tell_budget(scene: Scene, text: str) -> None:
    sns = scene.client("sns")
    (arn,) = (
        each["TopicArn"]
        for page in sns.get_paginator("list_topics").paginate()
        for each in page["Topics"]
        if each["TopicArn"].endswith(f":{scene.prefix}-budget")
    )
    sns.publish(TopicArn=arn, Message=text)


def budget_nearly_spent(scene: Scene) -> None:
    """AWS Budgets tells its topic that 80 % of the month's budget are spent."""
    _forget_changes(scene)
    try:
        _tell_budget(scene, budget_notice(40.01, 50.0, account=ACCOUNT, at=system_clock()))
        time.sleep(2 * SETTLED_SECONDS)
    finally:
        _forget_changes(scene)
        deploy_settings(scene, b"{}")


def notice_that_nobody_understands(scene: Scene) -> None:
    """The topic of the budget gets something that is not a notice of it; it ends with the dead letters, after its repeats."""
    _tell_budget(scene, "the budget was exceeded")
    until(lambda: scene.letters() > 0, GIVEN_UP_SECONDS)
