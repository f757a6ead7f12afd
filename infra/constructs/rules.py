"""The rules of the bus: who is invoked with which event, and where an event waits that nobody could take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import batched

from aws_cdk import Aws, Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from conclave.results import WARM_UP, WARM_UP_ASKED
from constructs import Construct

from infra.function_settings import ROLLOUT_MINUTES

DELIVERY_ATTEMPTS = 185
"""As often as EventBridge tries at most."""
TARGETS_OF_A_RULE = 5
"""More targets EventBridge takes for no rule."""


def add_rules(
    scope: Construct,
    *,
    prefix: str,
    bus: events.IEventBus,
    machine_arns: Sequence[str],
    aliases: Mapping[str, lambda_.IFunction],
    undelivered: sqs.IQueue,
    sweep_minutes: int,
    warmed: Sequence[lambda_.IFunction],
) -> None:
    """Adds them.

    Args:
        scope: The stack; the rules' logical ids do not depend on this module.
        prefix: What the names of resources begin with.
        bus: Incidents come in here, decisions go out.
        machine_arns: The machines whose failures close a run.
        aliases: The functions by verb: ``receive``, ``close_run``, ``anchor``, ``sweep``, ``review``, ``gate``, and ``take``
            where the pack has feeds.
        undelivered: Where an event goes that was tried in vain.
        sweep_minutes: How often ``sweep`` looks after open runs.
        warmed: The functions that the event ``WarmUp`` warms up.

    The topic of alarms, which is told when people are asked, is made later, by the stack of operations, and bears the prefix.
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
            detail={"status": ["FAILED", "TIMED_OUT", "ABORTED"], "stateMachineArn": list(machine_arns)},
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
        "Yesterday",
        rule_name=f"{prefix}-yesterday",
        schedule=events.Schedule.cron(minute="30", hour="3"),
        targets=[invokes("review", hours=20)],
    )
    events.Rule(
        scope,
        "NewVersions",
        rule_name=f"{prefix}-new-versions",
        schedule=events.Schedule.rate(Duration.minutes(ROLLOUT_MINUTES)),
        targets=[invokes("gate", hours=1)],
    )
    events.Rule(
        scope,
        "DecisionPublished",
        rule_name=f"{prefix}-decision-published",
        event_bus=bus,
        event_pattern=events.EventPattern(
            source=["conclave"],
            detail_type=[
                "DecisionPublished",
                "DecisionGiven",
                "TextsErased",
                "ApprovalAsked",
                "ApprovalActed",
                "FeedbackGiven",
                "RunOutdated",
                "RunForked",
                "ForkEnded",
            ],
        ),
        targets=[invokes("anchor", hours=24)],
    )
    if "take" in aliases:
        events.Rule(
            scope,
            "FeedReceived",
            rule_name=f"{prefix}-feed-received",
            event_bus=bus,
            event_pattern=events.EventPattern(detail_type=["FeedReceived"]),
            targets=[invokes("take", hours=24)],
        )
        # A feed changed something while it deliberated: such a run, and no other, is looked at once it has decided.
        events.Rule(
            scope,
            "RunOvertaken",
            rule_name=f"{prefix}-run-overtaken",
            event_bus=bus,
            event_pattern=events.EventPattern(source=["conclave"], detail_type=["RunOvertaken"]),
            targets=[invokes("take", hours=24)],
        )
    said = events.EventField.from_path
    events.Rule(
        scope,
        "PeopleAsked",
        rule_name=f"{prefix}-people-asked",
        event_bus=bus,
        event_pattern=events.EventPattern(source=["conclave"], detail_type=["ApprovalAsked"]),
        targets=[
            targets.SnsTopic(
                sns.Topic.from_topic_arn(
                    scope, "Notices", f"arn:{Aws.PARTITION}:sns:{Aws.REGION}:{Aws.ACCOUNT_ID}:{prefix}"
                ),
                message=events.RuleTargetInput.from_text(
                    f"{prefix}: the run {said('$.detail.run_id')} waits for people until {said('$.detail.deadline')}; "
                    "conclave approvals lists who is asked about what"
                ),
                dead_letter_queue=undelivered,
                retry_attempts=DELIVERY_ATTEMPTS,
                max_event_age=Duration.hours(24),
            )
        ],
    )
    # Tried once: a warm-up that comes late is of no use. That a function does not start is told by the dead letters.
    for number, some in enumerate(batched(warmed, TARGETS_OF_A_RULE), start=1):
        events.Rule(
            scope,
            f"WarmUp{number}",
            rule_name=f"{prefix}-warm-up-{number}",
            event_bus=bus,
            event_pattern=events.EventPattern(source=["conclave"], detail_type=[WARM_UP_ASKED]),
            targets=[
                targets.LambdaFunction(
                    alias,
                    event=events.RuleTargetInput.from_object(dict(WARM_UP)),
                    dead_letter_queue=undelivered,
                    max_event_age=Duration.minutes(1),
                    retry_attempts=0,
                )
                for alias in some
            ],
        )
