"""A handler as a function: one folder under ``lambdas/``, one role, one log group, one alias."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from conclave.results import LIVE
from constructs import Construct

from infra.constructs.layers import ROOT, architecture, python_runtime
from infra.constructs.logs import Logs
from infra.constructs.network import Network
from infra.constructs.permissions import in_network, of_the_environment, to_dead_letters
from infra.stage import Stage

ALIAS = LIVE
"""The alias that the machine, the API and the rules invoke, and that is kept warm."""

HANDLERS = ROOT / "lambdas"


class HandlerFunction(Construct):
    """A function with everything that belongs to it, and no permission beyond writing its own log and its dead letters.

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
        logs: Logs,
        layers: Sequence[lambda_.ILayerVersion],
        environment: Mapping[str, str],
        memory_mb: int,
        timeout_seconds: int,
        dead_letters: sqs.IQueue,
        network: Network | None,
        keeps_versions: bool = False,
    ) -> None:
        """Makes the function.

        Args:
            scope: The stack.
            id: Logical id.
            name: Deployed name.
            verb: Folder under ``lambdas/`` that holds ``handler.py``.
            description: One line for the console.
            stage: Runtime, tracing, log days, reserved concurrency.
            logs: How its log is kept; the log's key encrypts the variables, too.
            layers: The layers, most general first.
            environment: The function's variables.
            memory_mb: Memory, MB; the share of a processor grows with it.
            timeout_seconds: Hard limit of one invocation, seconds.
            dead_letters: Where Lambda puts, in the function's name, events that an asynchronous invocation could not handle.
            network: The network that it lives in; None for the one of AWS, which reaches the internet.
            keeps_versions: Whether its versions outlive a deployment, since runs may be pinned to them.
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
        log = logs.group(self, "Log", name=f"/aws/lambda/{name}")
        log.grant_write(self.role)
        arn = f"arn:{Aws.PARTITION}:lambda:{Aws.REGION}:{Aws.ACCOUNT_ID}:function:{name}"
        self.role.add_to_policy(of_the_environment(logs.key, function_arn=arn))
        self.role.add_to_policy(to_dead_letters(logs.key))
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
            environment_encryption=logs.key,
            memory_size=memory_mb,
            timeout=Duration.seconds(timeout_seconds),
            tracing=lambda_.Tracing.ACTIVE if stage.tracing else lambda_.Tracing.DISABLED,
            log_group=log,
            logging_format=lambda_.LoggingFormat.JSON,
            application_log_level_v2=lambda_.ApplicationLogLevel(stage.log_level),
            reserved_concurrent_executions=stage.limits.reserved.get(verb),
            dead_letter_queue=dead_letters,
            recursive_loop=lambda_.RecursiveLoop.TERMINATE,
            current_version_options=lambda_.VersionOptions(removal_policy=RemovalPolicy.RETAIN)
            if keeps_versions
            else None,
        )
        if network is not None:
            self._join(network, function_arn=arn)
        self.alias = lambda_.Alias(self, "Live", alias_name=ALIAS, version=self.function.current_version)

    def _join(self, network: Network, *, function_arn: str) -> None:
        # By the property itself: the construct's own way attaches a managed policy to the role.
        for statement in in_network(function_arn=function_arn):
            self.role.add_to_policy(statement)
        plain = self.function.node.default_child
        if not isinstance(plain, lambda_.CfnFunction):
            raise TypeError("a function of the CDK has no function")
        plain.vpc_config = lambda_.CfnFunction.VpcConfigProperty(
            subnet_ids=list(network.subnets), security_group_ids=[network.functions.security_group_id]
        )


def _folder(verb: str) -> Path:
    return HANDLERS / verb


def grant(function: HandlerFunction, *statements: iam.PolicyStatement) -> None:
    """Lets a function do what the statements say."""
    for statement in statements:
        function.role.add_to_policy(statement)
