"""The stack of everything that runs: layers, functions, phase machine, API, bus, guardrail."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from aws_cdk import Aws, CfnOutput, Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from conclave.pack import Agent, Pack
from conclave.types import AgentKind
from constructs import Construct

from infra import function_settings as given
from infra.constructs.approval_machine import ApprovalMachine, Steps
from infra.constructs.configuration import Configuration
from infra.constructs.edge.api import Api
from infra.constructs.edge.listening import Socket, add_notices
from infra.constructs.functions import HandlerFunction
from infra.constructs.guardrail import Guardrail, policy
from infra.constructs.layers import LAYERS, packages_layer, source_layer
from infra.constructs.logs import Logs
from infra.constructs.network import Network
from infra.constructs.permissions import (
    ANCHOR_NAMES,
    allow,
    executions_of,
    model_arns,
    on_admission,
    with_key,
)
from infra.constructs.phase_machine import SECONDS, PhaseMachine, Targets, agent_function_seconds
from infra.constructs.rules import add_rules
from infra.data_stack import DataStack
from infra.grants import add_grants, add_rollout_operators, verb_of
from infra.stage import Stage

MODELS = LAYERS / "conclave" / "python" / "conclave" / "agents" / "models.json"


class EngineStack(Stack):
    """The stateless half: it may be deleted and deployed again at any time.

    Attributes:
        configuration: What operators may change at run time.
        functions: Every function by verb; the agents' as ``agent-<name>``.
        machine: The phase machine.
        approvals: The machine of approvals.
        api: The API.
        socket: Where clients hold connections; None in a stage where they ask by themselves.
        bus: Incidents come in here, decisions go out.
        undelivered: Events that nobody could handle.
    """

    def __init__(self, scope: Construct, id: str, *, stage: Stage, pack: Pack, data: DataStack) -> None:
        super().__init__(
            scope,
            id,
            description=f"{pack.title} ({stage.name}): functions, phase machine, API",
            termination_protection=stage.retain,
            # CloudFormation takes 1 MB: a regulated stage comes near it, a third of that indentation.
            suppress_template_indentation=True,
        )
        self._stage, self._pack, self._data = stage, pack, data
        self._prefix = stage.prefix(pack)
        self._machine_arn = f"arn:{Aws.PARTITION}:states:{Aws.REGION}:{Aws.ACCOUNT_ID}:stateMachine:{self._prefix}"
        self._approvals_arn = f"{self._machine_arn}-approvals"
        self._tiers: Mapping[str, str] = json.loads(MODELS.read_text(encoding="utf-8"))["tiers"]
        self._logs = Logs(days=stage.log_days, key=data.key, masked=pack.masked)
        self.undelivered = sqs.Queue(
            self,
            "Undelivered",
            queue_name=data.undelivered_name,
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=data.key,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        self.bus = events.EventBus(
            self, "Bus", event_bus_name=self._prefix, kms_key=data.key, dead_letter_queue=self.undelivered
        )
        # Rules get this right from their targets; the bus does not, and loses what it cannot decrypt.
        self.undelivered.add_to_resource_policy(
            iam.PolicyStatement(
                sid="Bus",
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[self.undelivered.queue_arn],
                conditions={"ArnEquals": {"aws:SourceArn": self.bus.event_bus_arn}},
            )
        )
        # The topics of alarms and of the budget are made later, by the stack of operations, and bear the prefix in their names.
        self.undelivered.add_to_resource_policy(
            iam.PolicyStatement(
                sid="Notices",
                principals=[iam.ServicePrincipal("sns.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[self.undelivered.queue_arn],
                conditions={
                    "ArnEquals": {
                        "aws:SourceArn": [
                            f"arn:{Aws.PARTITION}:sns:{Aws.REGION}:{Aws.ACCOUNT_ID}:{each}"
                            for each in (self._prefix, stage.budget_topic(pack))
                        ]
                    }
                },
            )
        )
        self.guardrail = Guardrail(self, "Guardrail", name=self._prefix, policy=policy())
        self.network = (
            Network(self, "Network", name=self._prefix, logs=self._logs, zones=stage.zones) if stage.regulated else None
        )
        self.configuration = Configuration(self, "Configuration", name=self._prefix, stage=stage, data=data)
        self.socket = (
            Socket(self, "Socket", name=self._prefix, limits=stage.limits, logs=self._logs) if stage.pushes else None
        )
        self.functions = self._functions()
        aliases = {verb: function.alias for verb, function in self.functions.items()}
        self.machine = self._machine()
        self.approvals = self._approvals()
        self.api = Api(
            self,
            "Api",
            name=self._prefix,
            stage=stage,
            logs=self._logs,
            pack=pack,
            callers=data.callers,
            aliases=aliases,
        )
        add_rules(
            self,
            prefix=self._prefix,
            bus=self.bus,
            machine_arns=[self._machine_arn, self._approvals_arn],
            aliases=aliases,
            undelivered=self.undelivered,
            sweep_minutes=stage.limits.sweep_minutes,
            warmed=[function.alias for function in self.run_path],
        )
        if self.socket is not None:
            self.socket.stage.node.add_dependency(self.api.account)
            self.socket.serve(aliases["listen"])
        add_notices(self, runs=data.runs, journal=data.journal, tell=aliases["tell"], undelivered=self.undelivered)
        add_grants(
            self.functions,
            pack=pack,
            data=data,
            bus=self.bus,
            machine_arn=self._machine_arn,
            approvals_arn=self._approvals_arn,
            configuration=self.configuration,
            guardrail=self.guardrail,
            tiers=self._tiers,
            connections=self.socket.connections if self.socket else "",
        )
        add_rollout_operators(self, prefix=self._prefix, pack=pack, data=data)
        if self.network is not None:
            self.network.open(
                tables=f"{self._prefix}-*",
                anchors=data.anchors.arn_for_objects(ANCHOR_NAMES),
                models=sorted({arn for model in self._tiers.values() for arn in model_arns(model)}),
                guardrail=self.guardrail.arn,
                machines=[self._machine_arn, self._approvals_arn],
                executions=[executions_of(self._machine_arn), executions_of(self._approvals_arn)],
                approvals=self._approvals_arn,
                bus=self.bus.event_bus_arn,
                anchor_key=data.anchor_key.key_arn,
                key=data.key.key_arn,
                configuration=self.configuration.arn,
                changes=self.configuration.changed,
            )
        self._outputs()

    @property
    def run_path(self) -> list[HandlerFunction]:
        """The functions whose cold start a run would wait for."""
        return [function for verb, function in self.functions.items() if verb not in given.OFF_THE_PATH]

    @property
    def models(self) -> Sequence[str]:
        """Ids of the models, or of their inference profiles, that functions call; each once."""
        return sorted(set(self._tiers.values()))

    def _functions(self) -> dict[str, HandlerFunction]:
        runtime = self._stage.runtime
        conclave = source_layer(self, "ConclaveLayer", folder="conclave", packages=_engine(), runtime=runtime)
        packs = source_layer(
            self,
            "PacksLayer",
            folder="packs",
            packages=["packs/__init__.py", f"packs/{self._pack.name}"],
            runtime=runtime,
        )
        light = [packages_layer(self, "LightDepsLayer", folder="light_deps", runtime=runtime), conclave, packs]
        planning = [packages_layer(self, "FrameDepsLayer", folder="frame_deps", runtime=runtime), conclave, packs]
        heavy = [packages_layer(self, "AgentDepsLayer", folder="agent_deps", runtime=runtime), conclave, packs]
        talking = [packages_layer(self, "ConverseDepsLayer", folder="converse_deps", runtime=runtime), conclave, packs]
        guardrail = {
            "GUARDRAIL_ID": self.guardrail.guardrail_id,
            "GUARDRAIL_VERSION": self.guardrail.version,
        }
        bus = {"EVENT_BUS_NAME": self.bus.event_bus_name}
        spending = {"SPENDING_TABLE": self._data.spending.table_name}
        look_after = {
            **bus,
            **spending,
            "STATE_MACHINE_ARN": self._machine_arn,
            "APPROVAL_MACHINE_ARN": self._approvals_arn,
            "START_SECONDS": str(self._stage.limits.start_seconds),
        }
        thresholds = self._stage.thresholds
        reviews = {
            "REVIEW_RUNS": str(thresholds.reviewed),
            "REVIEW_DAYS": str(thresholds.band_days),
            "REVIEW_FEWEST_DAYS": str(thresholds.fewest_days),
        }
        wakes = {**bus, "APPROVAL_KEY_ARN": self._data.key.key_arn}
        anchors = {
            "ANCHORS_BUCKET": self._data.anchors.bucket_name,
            "ANCHOR_KEY_ARN": self._data.anchor_key.key_arn,
        }
        settings = self.configuration.variables
        events = {"EVENTS_TABLE": self._data.events.table_name}
        tells = events | ({"AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI": self.socket.endpoint} if self.socket else {})
        accept = {
            **spending,
            **settings,
            "IDEMPOTENCY_TABLE": self._data.idempotency.table_name,
            "STATE_MACHINE_ARN": self._machine_arn,
        }
        engine = {
            "intake": self._function(
                "intake", light, "Takes an incident, starts a run", given.API_SECONDS, accept | bus
            ),
            "fork": self._function(
                "fork",
                light,
                "Forks a run",
                given.API_SECONDS,
                bus | spending | settings | {"STATE_MACHINE_ARN": self._machine_arn},
            ),
            "gate": self._function(
                "gate",
                light,
                "Tries new versions before they decide",
                given.GATE_SECONDS,
                bus | spending | settings | {"STATE_MACHINE_ARN": self._machine_arn},
            ),
            "receive": self._function("receive", light, "Takes incidents from the bus", given.RECEIVE_SECONDS, accept),
            "runs": self._function("runs", light, "Answers about runs", given.API_SECONDS, events),
            "frame": self._function(
                "frame",
                planning,
                "Types the incident, plans the options",
                SECONDS["frame"],
                guardrail | settings | given.LOCKED_TIME_ZONES | {"CACHE_TABLE": self._data.cache.table_name},
            ),
            "collate": self._function("collate", light, "Unites what agents said", SECONDS["collate"], {}),
            "decide": self._function("decide", light, "Checks and scores the choice", SECONDS["decide"], {}),
            "publish": self._function(
                "publish", light, "Writes the decision, tells the bus", SECONDS["publish"], bus | spending
            ),
            "hold": self._function(
                "hold",
                light,
                "Holds a run until people have acted",
                SECONDS["hold"],
                wakes | spending | {"APPROVAL_MACHINE_ARN": self._approvals_arn},
            ),
            "settle": self._function(
                "settle", planning, "Checks again what people agreed to", SECONDS["settle"], given.LOCKED_TIME_ZONES
            ),
            "approve": self._function("approve", light, "Takes what people decide", given.API_SECONDS, wakes),
            "feedback": self._function("feedback", light, "Takes what came of a run", given.API_SECONDS, bus),
            "converse": self._function(
                "converse",
                talking,
                "Answers questions about a run",
                given.CONVERSE_SECONDS,
                guardrail
                | settings
                | spending
                | given.LOCKED_TIME_ZONES
                | {"TIME_LIMIT_SECONDS": str(given.ANSWERING_SECONDS)},
                memory_mb=given.AGENT_MEMORY_MB,
            ),
            "close_run": self._function(
                "close_run",
                light,
                "Halts a run whose machine failed",
                given.CLOSE_SECONDS,
                bus | spending | {"APPROVAL_MACHINE_ARN": self._approvals_arn},
            ),
            "sweep": self._function("sweep", light, "Looks after runs left open", given.SWEEP_SECONDS, look_after),
            "review": self._function("review", light, "Judges yesterday's answers", given.REVIEW_SECONDS, reviews),
            "consent": self._function("consent", light, "Takes a person's consent to a call", given.API_SECONDS, {}),
            "tell": self._function("tell", light, "Tells what is new of runs", given.TELL_SECONDS, tells),
            "erase": self._function("erase", light, "Erases the texts of a run", given.API_SECONDS, bus),
            "anchor": self._function(
                "anchor", light, "Signs and locks the head of an audit", given.ANCHOR_SECONDS, anchors
            ),
            "heed": self._function(
                "heed",
                light,
                "Heeds notices of the budget",
                given.HEED_SECONDS,
                settings | {"CONFIGURATION_AT_ONCE": self.configuration.undo},
            ),
        }
        if self._pack.feeds is not None:
            takes = accept | bus | given.LOCKED_TIME_ZONES
            engine["take"] = self._function("take", planning, "Takes what feeds send", given.TAKE_SECONDS, takes)
        if self.socket is not None:
            engine["listen"] = self._function("listen", light, "Lets clients hear of runs", given.API_SECONDS, tells)
        agents = {verb_of(agent): self._agent(agent, heavy, guardrail) for agent in self._pack.agents}
        return {**engine, **agents}

    def _function(
        self,
        verb: str,
        layers: Sequence[lambda_.ILayerVersion],
        description: str,
        seconds: int,
        environment: Mapping[str, str],
        memory_mb: int = given.MEMORY_MB,
    ) -> HandlerFunction:
        return HandlerFunction(
            self,
            verb.title().replace("_", ""),
            name=f"{self._prefix}-{verb}",
            verb=verb,
            description=description,
            stage=self._stage,
            logs=self._logs,
            layers=layers,
            environment={
                **given.environment(stage=self._stage, pack=self._pack, data=self._data, prefix=self._prefix),
                **environment,
            },
            memory_mb=memory_mb,
            timeout_seconds=seconds,
            dead_letters=self.undelivered,
            network=self.network,
        )

    def _agent(
        self, agent: Agent, layers: Sequence[lambda_.ILayerVersion], guardrail: Mapping[str, str]
    ) -> HandlerFunction:
        limit = self._pack.time_limit(agent)
        cache = {"CACHE_TABLE": self._data.cache.table_name} if agent.kind is AgentKind.BUSINESS else {}
        return HandlerFunction(
            self,
            f"Agent{agent.name.title().replace('_', '')}",
            name=f"{self._prefix}-{verb_of(agent)}",
            verb="run_agent",
            description=f"{agent.title} ({agent.kind})",
            stage=self._stage,
            logs=self._logs,
            layers=layers,
            environment={
                **given.environment(stage=self._stage, pack=self._pack, data=self._data, prefix=self._prefix),
                **guardrail,
                **given.LOCKED_TIME_ZONES,
                **cache,
                "AGENT": agent.name,
                "TIME_LIMIT_SECONDS": str(limit),
            },
            memory_mb=given.AGENT_MEMORY_MB,
            timeout_seconds=agent_function_seconds(agent, self._pack),
            dead_letters=self.undelivered,
            network=self.network,
            keeps_versions=True,
        )

    def _machine(self) -> PhaseMachine:
        arn = {verb: function.alias.function_arn for verb, function in self.functions.items()}
        steps = Targets(
            frame=arn["frame"],
            collate=arn["collate"],
            decide=arn["decide"],
            publish=arn["publish"],
            hold=arn["hold"],
            agents={agent.name: self.functions[verb_of(agent)].function.function_arn for agent in self._pack.agents},
        )
        machine = PhaseMachine(
            self,
            "PhaseMachine",
            name=self._prefix,
            stage=self._stage,
            pack=self._pack,
            targets=steps,
            runs_table=self._data.runs.table_name,
            logs=self._logs,
        )
        agents = f"arn:{Aws.PARTITION}:lambda:{Aws.REGION}:{Aws.ACCOUNT_ID}:function:{self._prefix}-agent-*:*"
        invoked = [steps.frame, steps.collate, steps.decide, steps.publish, steps.hold, agents]
        machine.role.add_to_principal_policy(allow(["lambda:InvokeFunction"], invoked))
        machine.role.add_to_principal_policy(on_admission(self._data.runs))
        machine.role.add_to_principal_policy(with_key(self._data.key, write=True))
        return machine

    def _approvals(self) -> ApprovalMachine:
        arn = {verb: self.functions[verb].alias.function_arn for verb in ("hold", "settle", "publish")}
        steps = Steps(hold=arn["hold"], settle=arn["settle"], publish=arn["publish"])
        machine = ApprovalMachine(
            self,
            "ApprovalMachine",
            name=f"{self._prefix}-approvals",
            stage=self._stage,
            pack=self._pack,
            steps=steps,
            logs=self._logs,
        )
        machine.role.add_to_principal_policy(allow(["lambda:InvokeFunction"], list(arn.values())))
        return machine

    def _outputs(self) -> None:
        callers = self._data.callers
        shown = {
            **(callers.outputs if callers else {}),
            "Authorisation": self._stage.authorisation.value,
            "ApiKeyId": self.api.key_id,
            "ApiUrl": self.api.url,
            "SocketUrl": self.socket.url if self.socket else "",
            "EventBusName": self.bus.event_bus_name,
            "StateMachineArn": self.machine.machine.state_machine_arn,
            "ApprovalMachineArn": self.approvals.machine.state_machine_arn,
            "RunsTable": self._data.runs.table_name,
            "JournalTable": self._data.journal.table_name,
            "AuditTable": self._data.audit.table_name,
            "AnchorsBucket": self._data.anchors.bucket_name,
            "AnchorKeyArn": self._data.anchor_key.key_arn,
            "TablePrefix": f"{self._prefix}-",
            "RunsAtOnce": str(self._stage.limits.runs_at_once),
            "GuardrailId": self.guardrail.guardrail_id,
            "GuardrailVersion": self.guardrail.version,
            "ConfigurationApplication": self.configuration.application,
            "ConfigurationEnvironment": self.configuration.environment,
            "ConfigurationProfile": self.configuration.profile,
            "ConfigurationStrategy": self.configuration.strategy,
            "ConfigurationUndo": self.configuration.undo,
            "PackagedSettings": json.dumps(self._stage.packaged_settings),
            "SettingsTried": str(self._stage.rollout.tried).lower(),
            "SettingsSeconds": str(self._stage.rollout.seen_seconds),
        }
        for name, value in shown.items():
            if value:
                CfnOutput(self, name, value=value)


def _engine() -> list[str]:
    """The parts of the engine that functions load: all but what stands in for stores and services in one process."""
    parts = (LAYERS / "conclave" / "python" / "conclave").iterdir()
    return sorted(f"conclave/{each.name}" for each in parts if each.name not in {"replaying", "testing", "__pycache__"})
