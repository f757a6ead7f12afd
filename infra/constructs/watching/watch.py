"""The declaration of an alarm, and the metrics of ours that it may watch."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from conclave.figures import Metric
from constructs import Construct

from infra.function_settings import METRICS_NAMESPACE
from infra.stage import Contradiction

FIVE_MINUTES = Duration.minutes(5)
"""The period of nearly all alarms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """An alarm to be: it rings when the metric reaches the threshold once.

    Attributes:
        metric: What is watched; its period is the alarm's.
        threshold: From which value on it rings.
        meaning: What the person who is woken should know.
    """

    metric: cloudwatch.IMetric
    threshold: float
    meaning: str


def emitted(
    metric: Metric, *, service: str, period: Duration = FIVE_MINUTES, statistic: str = "Sum", **parts: str
) -> cloudwatch.Metric:
    """A metric of ours under some of its dimensions.

    Raises:
        Contradiction: No function emits it, or not under these dimensions: it would never ring, and show nothing.
    """
    if not metric.emitted_by:
        raise Contradiction(f"no function emits the metric {metric.name}, so it can be neither watched nor shown")
    if tuple(parts) not in metric.by:
        raise Contradiction(f"the metric {metric.name} is not kept under {tuple(parts) or 'all together'}")
    return cloudwatch.Metric(
        namespace=METRICS_NAMESPACE,
        metric_name=metric.name,
        dimensions_map={"service": service, **parts},
        statistic=statistic,
        period=period,
    )


def add_alarm(scope: Construct, id: str, watch: Watch, *, name: str, topic: sns.ITopic) -> cloudwatch.Alarm:
    """Adds an alarm of that name, which tells the topic."""
    alarm = cloudwatch.Alarm(
        scope,
        id,
        alarm_name=name,
        alarm_description=watch.meaning,
        metric=watch.metric,
        threshold=watch.threshold,
        evaluation_periods=1,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    alarm.add_alarm_action(actions.SnsAction(topic))
    return alarm
