"""AppConfig: the document that operators may change at run time, who checks it, and how a change is rolled out and taken back.

The template holds an empty document, which sets nothing: the settings are then as packaged. So no deployment replaces what
operators have set, and a new release brings its own values for everything that they have not.
"""

from __future__ import annotations

import json

from aws_cdk import Aws
from aws_cdk import aws_appconfig as appconfig
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from conclave import figures
from conclave.audit.chain import CONFIGURATION
from conclave.configuration.faults import faults
from conclave.configuration.schema import validator_schema
from constructs import Construct

from infra.constructs.permissions import allow, on_entries_of, with_key
from infra.constructs.watching.watch import Watch, add_alarm, emitted
from infra.data_stack import DataStack
from infra.stage import Contradiction, Stage

EMPTY = "{}"
UNAVAILABLE_AGENTS = 3
"""Agents without an answer within five minutes, while a change is rolled out, that take it back."""


class Configuration(Construct):
    """The hosted configuration of a stage.

    Attributes:
        application: Id of the application.
        alarms: What takes a change back, by name.
        environment: Id of the environment.
        profile: Id of the configuration profile.
        strategy: Id of the strategy by which changes are rolled out.
        undo: Id of the strategy by which one is taken back: at once and without baking, so that there is nothing to
            watch, as the alarm that asked for it may still ring. That AppConfig takes it then is not proved on AWS.
        operators: The rights of who may change it. Attached to nobody: the account's owner says who that is.
    """

    def __init__(self, scope: Construct, id: str, *, name: str, stage: Stage, data: DataStack) -> None:
        """Makes it.

        Args:
            scope: The stack.
            id: Logical id.
            name: Deployed name, and what those of its alarms begin with.
            stage: How changes are rolled out, and what the stage sets itself.
            data: Has the audit in which changes are entered.

        Raises:
            Contradiction: What the stage sets is not valid.
        """
        super().__init__(scope, id)
        if found := faults(dict(stage.packaged_settings)):
            raise Contradiction(f"stage {stage.name} sets what it cannot: {'; '.join(found)}")
        self._name, self._stage = name, stage
        self.alarms = self._alarms()
        self.application = appconfig.CfnApplication(
            self, "Application", name=name, description="What operators may change at run time"
        ).ref
        self.profile = appconfig.CfnConfigurationProfile(
            self,
            "Profile",
            application_id=self.application,
            name="settings",
            location_uri="hosted",
            type="AWS.Freeform",
            validators=[
                appconfig.CfnConfigurationProfile.ValidatorsProperty(
                    type="JSON_SCHEMA", content=json.dumps(validator_schema(), sort_keys=True)
                )
            ],
        ).ref
        monitors = self._monitors()
        self.environment = appconfig.CfnEnvironment(
            self,
            "Environment",
            application_id=self.application,
            name=stage.name,
            # AppConfig watches while it rolls out and bakes. A stage with neither has nothing to watch, so it names no alarm: one
            # that rings could only stand in the way of a change.
            monitors=monitors if stage.rollout.watched else None,
        ).ref
        self.strategy = appconfig.CfnDeploymentStrategy(
            self,
            "Strategy",
            name=name,
            replicate_to="NONE",
            growth_type="LINEAR",
            deployment_duration_in_minutes=stage.rollout.minutes,
            growth_factor=stage.rollout.percent,
            final_bake_time_in_minutes=stage.rollout.bake_minutes,
        ).ref
        self.undo = appconfig.CfnDeploymentStrategy(
            self,
            "Undo",
            name=f"{name}-undo",
            replicate_to="NONE",
            growth_type="LINEAR",
            deployment_duration_in_minutes=0,
            growth_factor=100,
            final_bake_time_in_minutes=0,
        ).ref
        self._begin()
        self.operators = self._operators(data)

    @property
    def variables(self) -> dict[str, str]:
        """The variables of a function that reads settings."""
        return {
            "CONFIGURATION_APPLICATION": self.application,
            "CONFIGURATION_ENVIRONMENT": self.environment,
            "CONFIGURATION_PROFILE": self.profile,
            "PACKAGED_SETTINGS": json.dumps(self._stage.packaged_settings),
            "SETTINGS_SECONDS": str(self._stage.rollout.seen_seconds),
        }

    @property
    def arn(self) -> str:
        """ARN of the configuration, as functions read it."""
        return f"{self._application_arn}/environment/{self.environment}/configuration/{self.profile}"

    @property
    def readable(self) -> iam.PolicyStatement:
        """Allows reading what is deployed."""
        return allow(["appconfig:StartConfigurationSession", "appconfig:GetLatestConfiguration"], [self.arn])

    @property
    def _application_arn(self) -> str:
        return f"arn:{Aws.PARTITION}:appconfig:{Aws.REGION}:{Aws.ACCOUNT_ID}:application/{self.application}"

    @property
    def changed(self) -> list[iam.PolicyStatement]:
        """Allows changing it at once; the entry of the change in the audit is another right."""
        deployments = f"{self._environment_arn}/deployment/*"
        return [
            allow(
                ["appconfig:GetHostedConfigurationVersion"],
                [self._application_arn, self._profile_arn, f"{self._profile_arn}/hostedconfigurationversion/*"],
            ),
            allow(["appconfig:CreateHostedConfigurationVersion"], [self._application_arn, self._profile_arn]),
            allow(["appconfig:ListDeployments"], [self._application_arn, self._environment_arn]),
            allow(
                ["appconfig:StartDeployment"],
                [
                    self._application_arn,
                    self._environment_arn,
                    self._profile_arn,
                    self._strategy_arn(self.undo),
                    deployments,
                ],
            ),
        ]

    @property
    def _profile_arn(self) -> str:
        return f"{self._application_arn}/configurationprofile/{self.profile}"

    @property
    def _environment_arn(self) -> str:
        return f"{self._application_arn}/environment/{self.environment}"

    @staticmethod
    def _strategy_arn(strategy: str) -> str:
        return f"arn:{Aws.PARTITION}:appconfig:{Aws.REGION}:{Aws.ACCOUNT_ID}:deploymentstrategy/{strategy}"

    def _begin(self) -> None:
        """The empty document, and its deployment."""
        document = appconfig.CfnHostedConfigurationVersion(
            self,
            "AsPackaged",
            application_id=self.application,
            configuration_profile_id=self.profile,
            content=EMPTY,
            content_type="application/json",
            description="Sets nothing: everything is as packaged",
        )
        appconfig.CfnDeployment(
            self,
            "FirstDeployment",
            application_id=self.application,
            environment_id=self.environment,
            configuration_profile_id=self.profile,
            configuration_version=document.ref,
            deployment_strategy_id="AppConfig.AllAtOnce",
        )

    def _alarms(self) -> dict[str, cloudwatch.Alarm]:
        """What takes a change back while it is rolled out: functions that refuse it, and agents that stop answering."""
        watches = {
            "SettingsNotHosted": Watch(
                metric=emitted(figures.SETTINGS_NOT_HOSTED, service=self._name),
                threshold=1,
                meaning="Runs begin under other settings than the deployed ones: these are invalid, or cannot be read.",
            ),
            "AgentsUnavailable": Watch(
                metric=emitted(figures.AGENT_UNAVAILABLE, service=self._name),
                threshold=UNAVAILABLE_AGENTS,
                meaning="Several agents gave no answer. A change of the configuration that is being rolled out is taken back.",
            ),
        }
        # It is made later, by the stack of operations, and bears the prefix as its name.
        arn = f"arn:{Aws.PARTITION}:sns:{Aws.REGION}:{Aws.ACCOUNT_ID}:{self._name}"
        topic = sns.Topic.from_topic_arn(self, "Topic", arn)
        return {
            alarm: add_alarm(self, alarm, watch, name=f"{self._name}-{alarm}", topic=topic)
            for alarm, watch in watches.items()
        }

    def _monitors(self) -> list[appconfig.CfnEnvironment.MonitorsProperty]:
        """The alarms, as AppConfig watches them."""
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "appconfig.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
            ),
            description=f"AppConfig looks at the alarms of {self._name}",
        )
        role.add_to_policy(allow(["cloudwatch:DescribeAlarms"], [alarm.alarm_arn for alarm in self.alarms.values()]))
        return [
            appconfig.CfnEnvironment.MonitorsProperty(alarm_arn=alarm.alarm_arn, alarm_role_arn=role.role_arn)
            for alarm in self.alarms.values()
        ]

    def _operators(self, data: DataStack) -> iam.ManagedPolicy:
        environment = self._environment_arn
        return iam.ManagedPolicy(
            self,
            "Operators",
            managed_policy_name=f"{self._name}-configure",
            description="May change what is configured at run time, each change with its entry in the audit",
            statements=[
                # The command finds the configuration by the outputs of this stack.
                allow(
                    ["cloudformation:DescribeStacks"],
                    [f"arn:{Aws.PARTITION}:cloudformation:{Aws.REGION}:{Aws.ACCOUNT_ID}:stack/{Aws.STACK_NAME}/*"],
                ),
                *self.changed,
                allow(["appconfig:StartDeployment"], [self._strategy_arn(self.strategy)]),
                allow(
                    ["appconfig:StopDeployment"], [self._application_arn, environment, f"{environment}/deployment/*"]
                ),
                *on_entries_of(data.audit, CONFIGURATION),
                with_key(data.key, write=True),
            ],
        )
