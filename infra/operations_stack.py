"""The stack that watches: dashboard, alarms, budget, and the schedule that keeps functions warm."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from aws_cdk import Aws, CfnOutput, Stack
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from conclave.pack import Pack
from constructs import Construct

from infra.constructs.warm_up import WarmFunctions
from infra.constructs.watching.monitoring import Monitoring
from infra.data_stack import DataStack
from infra.engine_stack import EngineStack
from infra.stage import Stage

BUDGET_ACTUAL_PERCENT = 80
BUDGET_FORECAST_PERCENT = 100


class OperationsStack(Stack):
    """Everything that tells people, and nothing that a run needs.

    Attributes:
        topic: Alarms and budget notices arrive here.
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
        for service in ("cloudwatch", "budgets"):
            topic.add_to_resource_policy(
                iam.PolicyStatement(
                    sid=service.title(),
                    principals=[iam.ServicePrincipal(f"{service}.amazonaws.com")],
                    actions=["sns:Publish"],
                    resources=[topic.topic_arn],
                    conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
                )
            )
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

    def _budget(self, stage: Stage) -> None:
        # Of the whole account: Bedrock's on-demand use carries no tags, so a filter by tag would miss what costs most. It tells
        # the topic only and has no fixed name: another subscriber or notification replaces a budget, and the name would be taken.
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
                    "subscribers": [{"subscriptionType": "SNS", "address": self.topic.topic_arn}],
                }
                for kind, percent in (("ACTUAL", BUDGET_ACTUAL_PERCENT), ("FORECASTED", BUDGET_FORECAST_PERCENT))
            ],
        )
