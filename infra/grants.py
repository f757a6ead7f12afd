"""The rights of each function: every grant of the engine stands here, and nowhere else."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial

from aws_cdk import Aws
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from conclave.audit.chain import CONFIGURATION, ROLLOUT
from conclave.configuration.declared import reachable_tiers
from conclave.pack import FRAMER, TALKER, Agent, Pack
from conclave.results import LIVE
from conclave.rollout.acting import STAGE
from conclave.routing.chains import FRAMING, FRAMING_TIER, models_of
from conclave.types import AgentKind
from constructs import Construct

from infra.constructs.configuration import Configuration
from infra.constructs.functions import HandlerFunction, grant
from infra.constructs.guardrail import Guardrail
from infra.constructs.permissions import (
    ANCHOR_NAMES,
    allow,
    of_approvals,
    on_audit,
    on_bus,
    on_cache,
    on_chain,
    on_circuits,
    on_entries_of,
    on_erasure,
    on_executions,
    on_feeds,
    on_indexes,
    on_journal,
    on_model,
    on_reads,
    on_stream,
    on_table,
    with_key,
)
from infra.data_stack import DataStack


def add_grants(
    functions: Mapping[str, HandlerFunction],
    *,
    pack: Pack,
    data: DataStack,
    bus: events.IEventBus,
    machine_arn: str,
    approvals_arn: str,
    configuration: Configuration,
    guardrail: Guardrail,
    tiers: Mapping[str, str],
    connections: str,
) -> None:
    """Gives each function its rights.

    Args:
        functions: Every function by verb; the agents' as ``agent-<name>``.
        pack: Its agents, and what they read.
        data: Tables, key and anchors.
        bus: Decisions go out on it.
        machine_arn: ARN of the phase machine.
        approvals_arn: ARN of the machine of approvals.
        configuration: Read by who begins a run, changed by who heeds the budget.
        guardrail: No model answers without it.
        tiers: Id of each tier's model.
        connections: ARN of the connections of clients; empty in a stage without.
    """
    verb, models = functions, partial(_models, tiers, guardrail)
    write_run = on_table(data.runs, "PutItem", "UpdateItem")
    read_run = on_table(data.runs, "GetItem", "BatchGetItem")
    read_journal = on_table(data.journal, "BatchGetItem")
    append = on_audit(data.audit)
    amend = [
        on_table(data.runs, "GetItem", "BatchGetItem", "PutItem", "UpdateItem"),
        append,
        on_bus(bus, "conclave"),
        with_key(data.key, write=True),
    ]
    conclude = [*amend, on_table(data.spending, "UpdateItem")]
    accept = [
        on_table(data.runs, "GetItem", "PutItem", "UpdateItem"),
        append,
        on_table(data.idempotency, "GetItem", "PutItem", "UpdateItem", "DeleteItem"),
        on_table(data.spending, "BatchGetItem"),
        allow(["states:StartExecution"], [machine_arn]),
        configuration.readable,
        with_key(data.key, write=True),
    ]
    grant(verb["intake"], *accept, on_table(data.runs, "BatchGetItem"), on_bus(bus, "conclave", "DecisionGiven"))
    grant(verb["receive"], *accept)
    fork = [
        *amend,
        on_table(data.spending, "BatchGetItem"),
        allow(["states:StartExecution"], [machine_arn]),
        configuration.readable,
    ]
    grant(verb["fork"], *fork)
    grant(verb["gate"], *fork, on_indexes(data.runs, "by_day"), read_journal, on_chain(data.audit, ROLLOUT))
    grant(
        verb["runs"],
        read_run,
        on_table(data.audit, "Query"),
        on_indexes(data.runs, "by_status", "by_day"),
        read_journal,
        on_table(data.events, "GetItem"),
        with_key(data.key, write=False),
    )
    grant(
        verb["frame"],
        read_run,
        write_run,
        append,
        on_journal(data.journal, FRAMER),
        *on_reads(data.pack_tables, pack.framing_reads),
        *_on_cache(data, pack.framing_reads, write=True),
        *models(None, (FRAMING_TIER,), stream=False),
        configuration.readable,
        with_key(data.key, write=True),
    )
    for agent in pack.agents:
        grant(
            verb[verb_of(agent)],
            read_run,
            *on_reads(data.pack_tables, agent.reads),
            *(_on_cache(data, agent.reads, write=False) if agent.kind is AgentKind.BUSINESS else ()),
            on_journal(data.journal, agent.name),
            *models(agent.kind, agent.every_tier, stream=True),
            with_key(data.key, write=True),
        )
    grant(verb["consent"], on_table(data.runs, "GetItem"), write_run, append, with_key(data.key, write=True))
    grant(verb["erase"], *amend, read_journal, on_erasure(data.journal))
    grant(verb["collate"], read_run, read_journal, write_run, append, with_key(data.key, write=True))
    grant(verb["decide"], read_run, read_journal, write_run, append, with_key(data.key, write=True))
    grant(verb["publish"], *conclude)
    grant(
        verb["hold"],
        *conclude,
        allow(["states:StartExecution"], [approvals_arn]),
        of_approvals(data.key, "kms:Encrypt"),
    )
    grant(
        verb["settle"],
        read_run,
        write_run,
        append,
        *on_reads(data.pack_tables, _every_read(pack)),
        with_key(data.key, write=True),
    )
    grant(
        verb["approve"],
        *amend,
        allow(["states:SendTaskSuccess"], [approvals_arn]),
        of_approvals(data.key, "kms:Decrypt"),
    )
    grant(verb["feedback"], *amend)
    if pack.feeds is not None:
        grant(
            verb["take"],
            *accept,
            on_table(data.runs, "BatchGetItem"),
            on_indexes(data.runs, "by_status", "by_day"),
            on_bus(bus, "conclave"),
            *on_reads(data.pack_tables, _every_read(pack).union(pack.feeds.reads)),
            *on_feeds(data.pack_tables, pack.feed_tables),
        )
    look_at_run = [on_table(data.runs, "GetItem"), read_journal, with_key(data.key, write=True)]
    send = [allow(["execute-api:ManageConnections"], [connections])] if connections else []
    grant(
        verb["tell"],
        *look_at_run,
        *on_stream(data.runs),
        *on_stream(data.journal),
        on_table(data.events, "GetItem", "PutItem", "Query", "UpdateItem"),
        *send,
    )
    if connections:
        grant(verb["listen"], *look_at_run, on_table(data.events, "GetItem", "PutItem", "UpdateItem"), *send)
    grant(
        verb["converse"],
        read_run,
        read_journal,
        on_table(data.spending, "BatchGetItem", "UpdateItem"),
        on_circuits(data.runs),
        configuration.readable,
        *on_reads(data.pack_tables, _every_read(pack).union(*(agent.reads for agent in pack.agents))),
        on_journal(data.journal, TALKER),
        *models(AgentKind.BUSINESS, ("fast", "balanced", "strong"), stream=True),
        with_key(data.key, write=True),
    )
    grant(verb["close_run"], *conclude)
    grant(
        verb["sweep"],
        *conclude,
        on_indexes(data.runs, "by_status"),
        allow(["states:StartExecution"], [machine_arn, approvals_arn]),
        on_executions("DescribeExecution", machine_arn, approvals_arn),
    )
    grant(
        verb["review"],
        on_table(data.runs, "GetItem", "BatchGetItem"),
        on_indexes(data.runs, "by_day"),
        read_journal,
        with_key(data.key, write=False),
    )
    grant(
        verb["anchor"],
        on_table(data.audit, "Query"),
        allow(["kms:Sign"], [data.anchor_key.key_arn]),
        allow(["s3:PutObject"], [data.anchors.arn_for_objects(ANCHOR_NAMES)]),
        with_key(data.key, write=False),
    )
    grant(
        verb["heed"],
        *configuration.changed,
        *on_entries_of(data.audit, CONFIGURATION),
        with_key(data.key, write=True),
    )


def add_rollout_operators(scope: Construct, *, prefix: str, pack: Pack, data: DataStack) -> iam.ManagedPolicy:
    """The rights of who may roll new versions of agents out. Attached to nobody: the account's owner says who that is."""
    place = f"{Aws.REGION}:{Aws.ACCOUNT_ID}"
    record = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": STAGE}, "Null": {"dynamodb:LeadingKeys": "false"}}
    return iam.ManagedPolicy(
        scope,
        "RolloutOperators",
        managed_policy_name=f"{prefix}-rollout",
        description="May roll new versions of agents out and take them back, each act with its entry in the audit",
        statements=[
            allow(
                ["cloudformation:DescribeStacks"],
                [f"arn:{Aws.PARTITION}:cloudformation:{place}:stack/{Aws.STACK_NAME}/*"],
            ),
            allow(
                ["lambda:GetAlias"],
                [f"arn:{Aws.PARTITION}:lambda:{place}:function:{prefix}-{verb_of(agent)}" for agent in pack.agents],
            ),
            allow(["lambda:InvokeFunction"], [f"arn:{Aws.PARTITION}:lambda:{place}:function:{prefix}-gate:{LIVE}"]),
            allow(["dynamodb:GetItem", "dynamodb:PutItem"], [data.runs.table_arn], record),
            *on_entries_of(data.audit, ROLLOUT),
            with_key(data.key, write=True),
        ],
    )


def verb_of(agent: Agent) -> str:
    """The name of an agent's function among the functions."""
    return f"agent-{agent.name}"


def _every_read(pack: Pack) -> frozenset[str]:
    """What planning and all checks read."""
    checked = (read for agent in pack.agents for check in agent.checks for read in check.reads)
    return frozenset((*pack.plan_reads, *checked))


def _on_cache(data: DataStack, reads: Collection[str], *, write: bool) -> Sequence[iam.PolicyStatement]:
    return [on_cache(data.cache, reads, write=write)] if reads else []


def _models(
    known: Mapping[str, str],
    guardrail: Guardrail,
    kind: AgentKind | None,
    declared: Sequence[str],
    *,
    stream: bool,
) -> Sequence[iam.PolicyStatement]:
    """Every model that an agent of a kind, or framing, may come to ask: its tiers, those of settings, and stand-ins."""
    tiers = reachable_tiers(kind, declared=declared)
    return [
        statement
        for model in models_of(kind or FRAMING, tiers, known)
        for statement in on_model(
            model,
            guardrail_arn=guardrail.arn,
            guardrail_version_arn=guardrail.versioned_arn,
            stream=stream,
        )
    ]
