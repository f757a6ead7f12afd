"""Provisioned concurrency by the clock, on the alias that is invoked, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_applicationautoscaling as scaling
from constructs import Construct

from infra.constructs.functions import ALIAS, HandlerFunction
from infra.stage import Runtime, WarmUp

WEEKDAYS_PER_MONTH = 365.25 / 7 * 5 / 12


@dataclass(frozen=True, slots=True)
class Price:
    """Provisioned concurrency in us-east-1 while nothing is invoked: list price, US dollars per GB-second.

    Dated data: compare with the source before relying on it. The figures are those of the offer file AWSLambda of the AWS Price
    List API on that day, as a public project quotes them; they have not changed since ``2025-11-01``.
    """

    as_of: str
    source: str
    usd_per_gb_second: dict[str, float]


PRICE = Price(
    as_of="2026-10-05",
    source="https://aws.amazon.com/lambda/pricing/",
    usd_per_gb_second={"arm64": 0.0000033334, "x86_64": 0.0000041667},
)


class WarmFunctions(Construct):
    """Keeps functions warm on weekdays between two times of day.

    Attributes:
        monthly_usd: What the warm environments cost in a month, US dollars, invocations apart.
        explanation: The same in words, with date and source of the price.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        warm_up: WarmUp,
        functions: Sequence[HandlerFunction],
        runtime: Runtime,
    ) -> None:
        """Makes one scalable target with two scheduled actions per function.

        Args:
            scope: The stack.
            id: Logical id.
            warm_up: How many environments, and when.
            functions: The functions; their alias is what everybody invokes.
            runtime: Its architecture sets the price.
        """
        super().__init__(scope, id)
        for function in functions:
            scaling.CfnScalableTarget(
                self,
                function.node.id,
                service_namespace="lambda",
                scalable_dimension="lambda:function:ProvisionedConcurrency",
                resource_id=f"function:{function.name}:{ALIAS}",
                min_capacity=0,
                max_capacity=warm_up.units,
                scheduled_actions=[
                    _action("warm", warm_up.start, warm_up.units, warm_up.time_zone),
                    _action("cool", warm_up.end, 0, warm_up.time_zone),
                ],
            )
        gigabytes = sum(function.memory_mb for function in functions) / 1024
        hours = _hours(warm_up.start, warm_up.end) * WEEKDAYS_PER_MONTH
        price = PRICE.usd_per_gb_second[runtime.architecture]
        self.monthly_usd = gigabytes * warm_up.units * hours * 3600 * price
        self.explanation = (
            f"{warm_up.units} x {gigabytes:.1f} GB for {hours:.0f} h a month at {price} USD per GB-second "
            f"({PRICE.as_of}, {PRICE.source})"
        )


def _action(name: str, time: str, units: int, time_zone: str) -> scaling.CfnScalableTarget.ScheduledActionProperty:
    hour, minute = time.split(":")
    return scaling.CfnScalableTarget.ScheduledActionProperty(
        scheduled_action_name=name,
        schedule=f"cron({int(minute)} {int(hour)} ? * MON-FRI *)",
        timezone=time_zone,
        scalable_target_action=scaling.CfnScalableTarget.ScalableTargetActionProperty(
            min_capacity=units, max_capacity=units
        ),
    )


def _hours(start: str, end: str) -> float:
    first, last = (int(hour) + int(minute) / 60 for hour, minute in (time.split(":") for time in (start, end)))
    return last - first
