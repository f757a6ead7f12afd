"""The rules of the bus: who is invoked with which event, and where an event waits that nobody could take."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

DELIVERY_ATTEMPTS = 185
"""As often as EventBridge tries at most."""


def add_rules(
    scope: Construct,
    *,
    prefix: str,
    bus: events.IEventBus,
    machine_arn: str,
    aliases: Mapping[str, lambda_.IFunction],
    undelivered: sqs.IQueue,
    sweep_minutes: int,
) -> None:
    """Adds them.

    Args:
        scope: The stack; the rules' logical ids do not depend on this module.
        prefix: What the names of resources begin with.
        bus: Incidents come in here, decisions go out.
        machine_arn: The phase machine, whose failures close a run.
        aliases: The functions by verb: ``receive``, ``close_run``, ``anchor``, ``sweep``.
        undelivered: Where an event goes that was tried in vain.
        sweep_minutes: How often ``sweep`` looks after open runs.
    """

    def invokes(verb: str, *, hours: int) -> targets.LambdaFunction:
        return targets.LambdaFunction(
            aliases[verb],
            dead_letter_queue=undelivered,
            max_event_age=Duration.hours(hours),
            retry_attempts=DELIVERY_ATTEMPTS,
        )

    events.Rule(
        scope,
        "IncidentReported",
        rule_name=f"{prefix}-incident-reported",
        event_bus=bus,
        event_pattern=events.EventPattern(detail_type=["IncidentReported"]),
        targets=[invokes("receive", hours=24)],
    )
    events.Rule(
        scope,
        "RunEndedBadly",
        rule_name=f"{prefix}-run-ended-badly",
        event_pattern=events.EventPattern(
            source=["aws.states"],
            detail_type=["Step Functions Execution Status Change"],
            detail={"status": ["FAILED", "TIMED_OUT", "ABORTED"], "stateMachineArn": [machine_arn]},
        ),
        targets=[invokes("close_run", hours=1)],
    )
    events.Rule(
        scope,
        "OpenRuns",
        rule_name=f"{prefix}-open-runs",
        schedule=events.Schedule.rate(Duration.minutes(sweep_minutes)),
        targets=[invokes("sweep", hours=1)],
    )
    events.Rule(
        scope,
        "DecisionPublished",
        rule_name=f"{prefix}-decision-published",
        event_bus=bus,
        event_pattern=events.EventPattern(
            source=["conclave"], detail_type=["DecisionPublished", "DecisionGiven", "TextsErased"]
        ),
        targets=[invokes("anchor", hours=24)],
    )
