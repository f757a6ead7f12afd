"""A handler as a function: one folder under ``lambdas/``, one role, one log group, one alias."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.layers import ROOT, architecture, python_runtime
from infra.stage import Stage

ALIAS = "live"
"""The alias that the machine, the API and the rules invoke, and that is kept warm."""

HANDLERS = ROOT / "lambdas"


def log_group(
    scope: Construct, id: str, *, name: str, stage: Stage, key: kms.IKey, removal: RemovalPolicy
) -> logs.LogGroup:
    """A log group that ends: kept for the stage's days, encrypted with our key."""
    return logs.LogGroup(
        scope,
        id,
        log_group_name=name,
        retention=_retention(stage.log_days),
        encryption_key=key,
        removal_policy=removal,
    )


def _retention(days: int) -> logs.RetentionDays:
    return {
        1: logs.RetentionDays.ONE_DAY,
        7: logs.RetentionDays.ONE_WEEK,
        365: logs.RetentionDays.ONE_YEAR,
    }[days]


class HandlerFunction(Construct):
    """A function with everything that belongs to it, and no permission beyond writing its own log.

    Attributes:
        name: Its deployed name.
        role: Grants go here.
        function: The function, for metrics.
        alias: What everybody invokes.
        memory_mb: Memory, MB.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        verb: str,
        description: str,
        stage: Stage,
        key: kms.IKey,
        layers: Sequence[lambda_.ILayerVersion],
        environment: Mapping[str, str],
        memory_mb: int,
        timeout_seconds: int,
        dead_letters: sqs.IQueue | None,
    ) -> None:
        """Makes the function.

        Args:
            scope: The stack.
            id: Logical id.
            name: Deployed name.
            verb: Folder under ``lambdas/`` that holds ``handler.py``.
            description: One line for the console.
            stage: Runtime, tracing, log days, reserved concurrency.
            key: Encrypts the log.
            layers: The layers, most general first.
            environment: The function's variables.
            memory_mb: Memory, MB; the share of a processor grows with it.
            timeout_seconds: Hard limit of one invocation, seconds.
            dead_letters: Where events go that an asynchronous invocation could not handle; None for functions that are
                only invoked synchronously.
        """
        super().__init__(scope, id)
        self.name = name
        self.memory_mb = memory_mb
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"Role of {name}",
        )
        log = log_group(
            self,
            "Log",
            name=f"/aws/lambda/{name}",
            stage=stage,
            key=key,
            removal=RemovalPolicy.DESTROY,
        )
        log.grant_write(self.role)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=name,
            description=description,
            runtime=python_runtime(stage.runtime),
            architecture=architecture(stage.runtime),
            handler="handler.lambda_handler",
            code=lambda_.Code.from_asset(str(_folder(verb)), exclude=["__pycache__"]),
            layers=list(layers),
            role=self.role,
            environment=dict(environment),
            memory_size=memory_mb,
            timeout=Duration.seconds(timeout_seconds),
            tracing=lambda_.Tracing.ACTIVE if stage.tracing else lambda_.Tracing.DISABLED,
            log_group=log,
            logging_format=lambda_.LoggingFormat.JSON,
            application_log_level_v2=lambda_.ApplicationLogLevel(stage.log_level),
            reserved_concurrent_executions=stage.limits.reserved.get(verb),
            dead_letter_queue=dead_letters,
            recursive_loop=lambda_.RecursiveLoop.TERMINATE,
        )
        self.alias = lambda_.Alias(self, "Live", alias_name=ALIAS, version=self.function.current_version)


def _folder(verb: str) -> Path:
    return HANDLERS / verb
