"""The stack that watches: dashboard, alarms, budget, and the schedule that keeps functions warm."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from aws_cdk import Aws, CfnOutput, Stack
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from conclave.money.budget import ECONOMY_PERCENT, SPENT_PERCENT
from conclave.pack import Pack
from constructs import Construct

from infra.constructs.warm_up import WarmFunctions
from infra.constructs.watching.monitoring import Monitoring
from infra.data_stack import DataStack
from infra.engine_stack import EngineStack
from infra.stage import Stage

FORECAST_PERCENT = 100


class OperationsStack(Stack):
    """Everything that tells people, and nothing that a run needs.

    Attributes:
        topic: Alarms arrive here, and what the budget expects; it tells people.
        budget_topic: What is spent of the budget arrives here; the function ``heed`` acts on it.
        monitoring: Dashboard and alarms.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        stage: Stage,
        pack: Pack,
        data: DataStack,
        engine: EngineStack,
        notify: Sequence[str],
    ) -> None:
        super().__init__(
            scope,
            id,
            description=f"{pack.title} ({stage.name}): dashboard, alarms, budget, warm-up",
            termination_protection=stage.retain,
        )
        self._prefix = stage.prefix(pack)
        self.topic = self._topic(data, engine.undelivered, notify)
        self.budget_topic = self._budget_topic(data, engine, stage.budget_topic(pack))
        self.monitoring = Monitoring(
            self,
            "Monitoring",
            name=self._prefix,
            stage=stage,
            pack=pack,
            engine=engine,
            data=data,
            topic=self.topic,
        )
        self._budget(stage)
        if stage.warm_up is not None:
            warm = WarmFunctions(
                self, "WarmUp", warm_up=stage.warm_up, functions=engine.run_path, runtime=stage.runtime
            )
            CfnOutput(self, "WarmUpMonthlyUsd", value=f"{warm.monthly_usd:.2f}", description=warm.explanation)
        CfnOutput(self, "DashboardName", value=self.monitoring.dashboard.dashboard_name)
        CfnOutput(self, "TopicArn", value=self.topic.topic_arn)

    def _topic(self, data: DataStack, undelivered: sqs.IQueue, notify: Sequence[str]) -> sns.Topic:
        topic = sns.Topic(self, "Topic", topic_name=self._prefix, master_key=data.key, enforce_ssl=True)
        _let_publish(topic, "cloudwatch", "budgets", "events")
        # What cannot be delivered to an address waits with the other dead letters, whose policy lets this topic in by its name.
        for address in notify:
            sns.CfnSubscription(
                self,
                f"Mail{sha256(address.lower().encode()).hexdigest()[:8]}",
                topic_arn=topic.topic_arn,
                protocol="email",
                endpoint=address,
                redrive_policy={"deadLetterTargetArn": undelivered.queue_arn},
            )
        return topic

    def _budget_topic(self, data: DataStack, engine: EngineStack, name: str) -> sns.Topic:
        topic = sns.Topic(self, "BudgetTopic", topic_name=name, master_key=data.key, enforce_ssl=True)
        _let_publish(topic, "budgets")
        heed = engine.functions["heed"].alias.function_arn
        sns.CfnSubscription(
            self,
            "Heed",
            topic_arn=topic.topic_arn,
            protocol="lambda",
            endpoint=heed,
            redrive_policy={"deadLetterTargetArn": engine.undelivered.queue_arn},
        )
        lambda_.CfnPermission(
            self,
            "HeedPermission",
            action="lambda:InvokeFunction",
            function_name=heed,
            principal="sns.amazonaws.com",
            source_arn=topic.topic_arn,
        )
        return topic

    def _budget(self, stage: Stage) -> None:
        # Of the whole account: Bedrock's on-demand use carries no tags, so a filter by tag would miss what costs most. It tells
        # topics only and has no fixed name: another subscriber or notification replaces a budget, and the name would be taken.
        notices = (
            ("ACTUAL", ECONOMY_PERCENT, self.budget_topic),
            ("ACTUAL", SPENT_PERCENT, self.budget_topic),
            ("FORECASTED", FORECAST_PERCENT, self.topic),
        )
        budgets.CfnBudget(
            self,
            "Budget",
            budget={
                "budgetType": "COST",
                "timeUnit": "MONTHLY",
                "budgetLimit": {"amount": stage.limits.monthly_usd, "unit": "USD"},
            },
            notifications_with_subscribers=[
                {
                    "notification": {
                        "notificationType": kind,
                        "comparisonOperator": "GREATER_THAN",
                        "threshold": percent,
                        "thresholdType": "PERCENTAGE",
                    },
                    "subscribers": [{"subscriptionType": "SNS", "address": topic.topic_arn}],
                }
                for kind, percent, topic in notices
            ],
        )


def _let_publish(topic: sns.Topic, *services: str) -> None:
    """Lets services of AWS publish for this account."""
    for service in services:
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid=service.title(),
                principals=[iam.ServicePrincipal(f"{service}.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            )
        )
