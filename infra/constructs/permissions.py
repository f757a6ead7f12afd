"""Policy statements, each for exactly the actions and resources named. Which function gets which stands in ``infra.grants``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aws_cdk import Aws
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from conclave.caches.tables import bundles_of
from conclave.records.admission import ADMISSION
from conclave.routing.breakers import BREAKERS

_GEOGRAPHIES = ("us.", "us-gov.", "eu.", "apac.", "jp.", "au.", "ca.")
_GLOBAL = "global."
_IN_TRANSACTIONS = {"ForAnyValue:StringEquals": {"dynamodb:EnclosingOperation": ["TransactWriteItems"]}}

PURPOSE = "approval"
"""In the encryption context of what wakes an execution; ``conclave.adapters.task_tokens`` has the same word."""


def allow(
    actions: Sequence[str], resources: Sequence[str], conditions: Mapping[str, Any] | None = None
) -> iam.PolicyStatement:
    """Allows the actions on the resources."""
    return iam.PolicyStatement(actions=list(actions), resources=list(resources), conditions=conditions)


def on_table(table: dynamodb.ITable, *actions: str) -> iam.PolicyStatement:
    """Allows DynamoDB actions (``GetItem``) on a table, and on none of its indexes."""
    return allow([f"dynamodb:{action}" for action in actions], [table.table_arn])


def on_indexes(table: dynamodb.ITable, *indexes: str) -> iam.PolicyStatement:
    """Allows queries of a table's indexes."""
    return allow(["dynamodb:Query"], [f"{table.table_arn}/index/{index}" for index in indexes])


def on_reads(tables: Mapping[str, dynamodb.Table], reads: Iterable[str]) -> list[iam.PolicyStatement]:
    """Allows what a pack's declared reads say and no more.

    Args:
        tables: The pack's tables by name.
        reads: Tables (``flights``: batch reads, queries by partition key) and indexes (``flights/by_tail``: queries).
    """
    named = [read.partition("/")[::2] for read in sorted(reads)]
    return [
        on_indexes(tables[table], index) if index else on_table(tables[table], "BatchGetItem", "Query")
        for table, index in named
    ]


def on_feeds(tables: Mapping[str, dynamodb.Table], written: Iterable[str]) -> list[iam.PolicyStatement]:
    """Allows changing the tables that feeds write, within transactions as the engine does it, and looking at what is there."""
    named = sorted(written)
    changing = ["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
    return [
        allow(["dynamodb:BatchGetItem"], [tables[name].table_arn for name in named]),
        allow(changing, [tables[name].table_arn for name in named], _IN_TRANSACTIONS),
    ]


def on_cache(cache: dynamodb.ITable, reads: Iterable[str], *, write: bool) -> iam.PolicyStatement:
    """Allows taking what others left of a function's own reads, and leaving it; a bundle's name says what was read.

    Args:
        cache: The cache table.
        reads: The declared reads of the function.
        write: Whether it leaves something, too.
    """
    own = [bundle for read in sorted(reads) for bundle in bundles_of(read)]
    actions = ["dynamodb:BatchGetItem", *(["dynamodb:BatchWriteItem"] if write else [])]
    return allow(actions, [cache.table_arn], _all_values("StringEquals", {"dynamodb:LeadingKeys": own}))


def on_admission(runs: dynamodb.ITable) -> iam.PolicyStatement:
    """Allows the phase machine to change who holds a place, one item of the runs table, and no other item of it."""
    return allow(
        ["dynamodb:UpdateItem"], [runs.table_arn], _all_values("StringEquals", {"dynamodb:LeadingKeys": ADMISSION})
    )


def on_audit(audit: dynamodb.ITable) -> iam.PolicyStatement:
    """Allows adding to the audit, and only within a transaction, as the engine does with the change that an entry records.

    IAM cannot demand the condition that keeps a put from replacing an entry; a replaced one no longer fits its anchor.
    """
    return allow(["dynamodb:PutItem"], [audit.table_arn], _IN_TRANSACTIONS)


def on_chain(audit: dynamodb.ITable, chain: str) -> iam.PolicyStatement:
    """Allows reading one chain of the audit, and no run's."""
    own = _all_values("StringEquals", {"dynamodb:LeadingKeys": chain})
    return allow(["dynamodb:Query"], [audit.table_arn], own)


def on_entries_of(audit: dynamodb.ITable, chain: str) -> list[iam.PolicyStatement]:
    """Allows reading one chain of the audit, and adding to it within a transaction; no run's."""
    own = _all_values("StringEquals", {"dynamodb:LeadingKeys": chain})
    return [
        on_chain(audit, chain),
        allow(["dynamodb:PutItem"], [audit.table_arn], {**own, **_IN_TRANSACTIONS}),
    ]


def on_circuits(runs: dynamodb.ITable) -> iam.PolicyStatement:
    """Allows telling others how models are doing; no run can be written by it."""
    return allow(
        ["dynamodb:UpdateItem"], [runs.table_arn], _all_values("StringEquals", {"dynamodb:LeadingKeys": BREAKERS})
    )


def on_journal(journal: dynamodb.ITable, agent: str) -> iam.PolicyStatement:
    """Allows an agent to add to its own entries of the journal, those whose partition key ends with its name."""
    return allow(
        ["dynamodb:PutItem"],
        [journal.table_arn],
        _all_values("StringLike", {"dynamodb:LeadingKeys": f"*#{agent}"}),
    )


RUN_IDS = f"run-{'?' * 24}"
"""Ids of runs, as far as IAM can tell them from other names."""
ANCHOR_NAMES = f"{RUN_IDS}/{'?' * 6}.json"
"""Names of anchors (run id, number of entries), as far as IAM can tell them from others; see ``conclave.audit.anchoring``."""


def on_erasure(journal: dynamodb.ITable) -> iam.PolicyStatement:
    """Allows removing entries of the journal, within transactions as the engine does it, and nothing else of deleting."""
    return allow(["dynamodb:DeleteItem"], [journal.table_arn], _IN_TRANSACTIONS)


def on_stream(table: dynamodb.ITable) -> list[iam.PolicyStatement]:
    """Allows Lambda to read a table's stream in the function's name: the keys of what was written.

    Lambda wants to list streams, too, before it takes the mapping; listing knows no resources.
    """
    reading = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
    return [
        allow(reading, [table.table_stream_arn or ""]),
        allow(["dynamodb:ListStreams"], ["*"]),
    ]


def on_executions(action: str, *machines: str) -> iam.PolicyStatement:
    """Allows an action (``DescribeExecution``) on the executions of machines that are runs.

    Args:
        action: What of Step Functions.
        machines: ARNs of the machines.
    """
    return allow([f"states:{action}"], [executions_of(machine) for machine in machines])


def executions_of(machine: str) -> str:
    """Pattern of the ARNs of a machine's executions that are runs."""
    return f"{machine.replace(':stateMachine:', ':execution:')}:{RUN_IDS}"


def on_bus(bus: events.IEventBus, source: str, detail_type: str = "") -> iam.PolicyStatement:
    """Allows putting events of one source on a bus; with ``detail_type``, of this kind only."""
    wanted = {"events:source": source, **({"events:detail-type": detail_type} if detail_type else {})}
    return allow(["events:PutEvents"], [bus.event_bus_arn], _all_values("StringEquals", wanted))


def _all_values(operator: str, wanted: Mapping[str, str | list[str]]) -> dict[str, Any]:
    """A condition on all values of keys that have several in a request. Without the second half none at all would do."""
    return {
        f"ForAllValues:{operator}": {key: [each] if isinstance(each, str) else each for key, each in wanted.items()},
        "Null": dict.fromkeys(wanted, "false"),
    }


def with_key(key: kms.IKey, *, write: bool) -> iam.PolicyStatement:
    """Allows DynamoDB to use the key on the caller's behalf; the caller itself can decrypt nothing."""
    writing = ["kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"] if write else []
    return allow(
        ["kms:Decrypt", "kms:DescribeKey", *writing],
        [key.key_arn],
        {"StringEquals": {"kms:ViaService": f"dynamodb.{Aws.REGION}.amazonaws.com"}},
    )


def of_approvals(key: kms.IKey, action: str) -> iam.PolicyStatement:
    """Allows an action with the key (``kms:Encrypt``) on what wakes an execution that waits for people, and on nothing else."""
    return allow([action], [key.key_arn], {"StringEquals": {"kms:EncryptionContext:conclave": PURPOSE}})


def of_the_environment(key: kms.IKey, *, function_arn: str) -> iam.PolicyStatement:
    """Allows Lambda to decrypt, in the function's name, the variables of this function and nothing else."""
    return allow(
        ["kms:Decrypt"], [key.key_arn], {"StringEquals": {"kms:EncryptionContext:aws:lambda:FunctionArn": function_arn}}
    )


def to_dead_letters(key: kms.IKey) -> iam.PolicyStatement:
    """Allows SQS to use the key for messages of the caller; ``sqs:SendMessage`` comes with the function's dead-letter queue."""
    return allow(
        ["kms:Decrypt", "kms:GenerateDataKey"],
        [key.key_arn],
        {"StringEquals": {"kms:ViaService": f"sqs.{Aws.REGION}.amazonaws.com"}},
    )


_INTERFACES = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:UnassignPrivateIpAddresses",
)
_LOOKING = ("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets")


def in_network(*, function_arn: str) -> list[iam.PolicyStatement]:
    """Lets Lambda join a function to its network in the function's name, and keeps the function's own code from it.

    The ids of interfaces are not known at deployment, and Lambda's guide wants ``*/*`` for deleting them: with less, a function
    may not get into its network. The four actions know no other resources than interfaces and what these join. AWS documents
    the denial, too.
    """
    return [
        allow(_INTERFACES, [f"arn:{Aws.PARTITION}:ec2:{Aws.REGION}:{Aws.ACCOUNT_ID}:*/*"]),
        allow(_LOOKING, ["*"]),
        iam.PolicyStatement(
            effect=iam.Effect.DENY,
            actions=[*_INTERFACES, *_LOOKING],
            resources=["*"],
            conditions={"ArnEquals": {"lambda:SourceFunctionArn": function_arn}},
        ),
    ]


def on_model(model: str, *, guardrail_arn: str, guardrail_version_arn: str, stream: bool) -> list[iam.PolicyStatement]:
    """Allows one model, only through the guardrail.

    Args:
        model: Model id, or id of a cross-region inference profile (``global.anthropic...``).
        guardrail_arn: ARN of the guardrail.
        guardrail_version_arn: The same with the version that must be used.
        stream: Whether answers may be streamed.
    """
    actions = ["bedrock:InvokeModel"] + (["bedrock:InvokeModelWithResponseStream"] if stream else [])
    condition = {"StringEquals": {"bedrock:GuardrailIdentifier": guardrail_version_arn}}
    return [
        allow(actions, model_arns(model), condition),
        allow(["bedrock:ApplyGuardrail"], [guardrail_arn]),
    ]


def base_model(model: str) -> str:
    """Id of the model behind an inference profile; of a model, its own."""
    return model.removeprefix(_profile_prefix(model))


def _profile_prefix(model: str) -> str:
    return next((each for each in (_GLOBAL, *_GEOGRAPHIES) if model.startswith(each)), "")


def model_arns(model: str) -> list[str]:
    """ARNs that a call of the model is checked against: with a profile, the profile and the models behind it.

    A global profile's model has an ARN without a region besides the one of the caller's region; behind a geographic
    profile stand several regions, which AWS may extend.
    """
    prefix = _profile_prefix(model)
    base = f"foundation-model/{base_model(model)}"
    here = f"arn:{Aws.PARTITION}:bedrock:{Aws.REGION}::{base}"
    if not prefix:
        return [here]
    profile = f"arn:{Aws.PARTITION}:bedrock:{Aws.REGION}:{Aws.ACCOUNT_ID}:inference-profile/{model}"
    elsewhere = [f"arn:{Aws.PARTITION}:bedrock:::{base}"] if prefix == _GLOBAL else []
    return [profile, here, *elsewhere] if elsewhere else [profile, f"arn:{Aws.PARTITION}:bedrock:*::{base}"]
