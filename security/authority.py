"""The rights of every function: the whole declared matrix, written by hand and apart from the code that grants.

A test compares it with the policies of the synthesised templates, both ways; ``security/simulation.py`` lets an evaluator of IAM
that is not ours decide every cell of it, and those that must stay empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from conclave.pack import Agent, Pack

from security.templates import ACCOUNT, REGION, Templates, arn

Conditions = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """One cell of the matrix.

    Attributes:
        action: ``service:Action``.
        on: The resource, in a word of ``Places``.
        when: Under which condition, in a word that ``condition`` knows; empty for none.
        effect: ``Deny`` for what must not be, whatever else allows it.
    """

    action: str
    on: str
    when: str = ""
    effect: str = "Allow"


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of a policy, and what a request has to carry.

    Attributes:
        written: As policies write it.
        holds: Context of a request that may pass.
        fails: Contexts of requests that must not.
    """

    written: Conditions
    holds: Mapping[str, Any]
    fails: tuple[Mapping[str, Any], ...]


def _via_service(service: str) -> Condition:
    key = "kms:ViaService"
    name = f"{service}.{REGION}.amazonaws.com"
    return Condition({"StringEquals": {key: name}}, {key: name}, ({}, {key: f"s3.{REGION}.amazonaws.com"}))


def _own_environment(function: str) -> Condition:
    key = "kms:EncryptionContext:aws:lambda:FunctionArn"
    own, other = (arn("lambda", f"function:{name}") for name in (function, "somebody-else"))
    return Condition({"StringEquals": {key: own}}, {key: own}, ({}, {key: other}))


def _own_entries(function: str) -> Condition:
    key = "dynamodb:LeadingKeys"
    agent = function.rpartition("-agent-" if "-agent-" in function else "-")[2]
    return Condition(
        {"ForAllValues:StringLike": {key: [f"*#{agent}"]}, "Null": {key: "false"}},
        {key: [f"run-1#recommend#{agent}"]},
        (
            {key: ["run-1#recommend#somebody_else"]},
            {key: [f"run-1#recommend#{agent}", "run-1#recommend#somebody_else"]},
            {key: [f"run-1#{agent}#more"]},
            {},
        ),
    )


def _transaction(function: str) -> Condition:
    key = "dynamodb:EnclosingOperation"
    wanted = {"ForAnyValue:StringEquals": {key: ["TransactWriteItems"]}}
    return Condition(wanted, {key: ["TransactWriteItems"]}, ({}, {key: ["BatchWriteItem"]}))


def _guarded(function: str) -> Condition:
    key = "bedrock:GuardrailIdentifier"
    version = arn("bedrock", "guardrail/abcdef:1")
    others = (
        arn("bedrock", "guardrail/abcdef"),
        arn("bedrock", "guardrail/abcdef:DRAFT"),
        arn("bedrock", "guardrail/own:1"),
    )
    return Condition({"StringEquals": {key: version}}, {key: version}, ({}, *({key: other} for other in others)))


def _own_events(function: str) -> Condition:
    key = "events:source"
    written: Conditions = {"ForAllValues:StringEquals": {key: ["conclave"]}, "Null": {key: "false"}}
    return Condition(written, {key: ["conclave"]}, ({}, {key: ["aws.states"]}, {key: ["conclave", "shop"]}))


def _gifts(function: str) -> Condition:
    """Telling that a decision was given again: not that one was made."""
    source, kind = "events:source", "events:detail-type"
    good = {source: ["conclave"], kind: ["DecisionGiven"]}
    written: Conditions = {"ForAllValues:StringEquals": good, "Null": {source: "false", kind: "false"}}
    forged: tuple[Mapping[str, Any], ...] = (
        {},
        {source: ["conclave"]},
        {**good, kind: ["DecisionPublished"]},
        {**good, kind: ["DecisionGiven", "DecisionPublished"]},
        {**good, source: ["shop"]},
    )
    return Condition(written, good, forged)


def _own_chain(function: str, more: Conditions | None = None, chain: str = "configuration") -> Condition:
    """One chain of the audit, that of the configuration's changes or of rollouts; no run's."""
    key, enclosing = "dynamodb:LeadingKeys", "dynamodb:EnclosingOperation"
    own = {key: [chain]}
    written: Conditions = {"ForAllValues:StringEquals": own, "Null": {key: "false"}, **(more or {})}
    good = {**own, **({enclosing: ["TransactWriteItems"]} if more else {})}
    forged: tuple[Mapping[str, Any], ...] = ({}, {**good, key: ["run-1"]}, {**good, key: [chain, "run-1"]})
    return Condition(written, good, (*forged, own) if more else forged)


def _entering(function: str) -> Condition:
    return _own_chain(function, _transaction(function).written)


def _rollouts(function: str) -> Condition:
    return _own_chain(function, chain="rollout")


def _circuits(function: str) -> Condition:
    """The item of the circuits among the runs; no run."""
    key = "dynamodb:LeadingKeys"
    own = {key: ["BREAKERS"]}
    written: Conditions = {"ForAllValues:StringEquals": own, "Null": {key: "false"}}
    return Condition(written, own, ({}, {key: ["run-1"]}, {key: ["BREAKERS", "run-1"]}))


def _approvals(function: str) -> Condition:
    key = "kms:EncryptionContext:conclave"
    return Condition({"StringEquals": {key: "approval"}}, {key: "approval"}, ({}, {key: "anchor"}))


def _own_code(function: str) -> Condition:
    key = "lambda:SourceFunctionArn"
    own = arn("lambda", f"function:{function}")
    return Condition({"ArnEquals": {key: own}}, {key: own}, ({},))


OF_READS = "of its reads: "
"""Begins the word of a condition; the declared reads follow."""


def _bundles(word: str) -> Condition:
    """Taking and leaving what was read of the declared reads: the name of a bundle is what was read, and its form."""
    key = "dynamodb:LeadingKeys"
    reads = word.removeprefix(OF_READS).split()
    ways = [way for read in reads for way in ([read] if "/" in read else [read, f"{read}/"])]
    written = [f"{way}|m" for way in ways]
    good = [f"{reads[0]}|m"]
    return Condition(
        {"ForAllValues:StringEquals": {key: written}, "Null": {key: "false"}},
        {key: good},
        ({}, {key: ["another_table"]}, {key: [*good, "another_table"]}, {key: [reads[0]]}),
    )


def condition(word: str, function: str) -> Condition:
    """The condition of a word, for a function."""
    return _bundles(word) if word.startswith(OF_READS) else CONDITIONS[word](function)


CONDITIONS: Mapping[str, Callable[[str], Condition]] = {
    "for tables": lambda function: _via_service("dynamodb"),
    "for queues": lambda function: _via_service("sqs"),
    "its own variables": _own_environment,
    "its own entries": _own_entries,
    "in a transaction": _transaction,
    "behind the guardrail": _guarded,
    "as conclave": _own_events,
    "as conclave, of decisions given": _gifts,
    "by its own code": _own_code,
    "of the configuration": _own_chain,
    "of the configuration, in a transaction": _entering,
    "of rollouts": _rollouts,
    "for approvals": _approvals,
    "of circuits": _circuits,
}


def _rights_on(place: str, *actions: str, when: str = "") -> set[Right]:
    return {Right(action, place, when) for action in actions}


def _table(name: str, *actions: str, when: str = "") -> set[Right]:
    return _rights_on(name, *(f"dynamodb:{action}" for action in actions), when=when)


READ_KEY = _rights_on("key", "kms:Decrypt", "kms:DescribeKey", when="for tables")
WRITE_KEY = READ_KEY | _rights_on(
    "key", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo", when="for tables"
)
EVERY_FUNCTION = (
    _rights_on("own log", "logs:CreateLogStream", "logs:PutLogEvents")
    | _rights_on("*", "xray:PutTelemetryRecords", "xray:PutTraceSegments")
    | _rights_on("undelivered", "sqs:SendMessage")
    | _rights_on("key", "kms:Decrypt", "kms:GenerateDataKey", when="for queues")
    | _rights_on("key", "kms:Decrypt", when="its own variables")
)
"""Used by the Lambda service in the function's name: its log, its trace, its dead letters, its variables."""

APPEND = _table("audit", "PutItem", when="in a transaction")
READ_RUN = _table("runs", "GetItem", "BatchGetItem")
WRITE_RUN = _table("runs", "PutItem", "UpdateItem") | APPEND | WRITE_KEY
READ_JOURNAL = _table("journal", "BatchGetItem")
AMEND = READ_RUN | WRITE_RUN | _rights_on("bus", "events:PutEvents", when="as conclave")
CONCLUDE = AMEND | _table("spending", "UpdateItem")
_READING_STREAMS = ("DescribeStream", "GetRecords", "GetShardIterator")
_READING_CHANGES = ("GetHostedConfigurationVersion", "ListDeployments")
_MAKING_CHANGES = ("CreateHostedConfigurationVersion", "StartDeployment")
CONFIGURED = _rights_on("configuration", "appconfig:StartConfigurationSession", "appconfig:GetLatestConfiguration")
HEED = (
    _rights_on("application", *(f"appconfig:{each}" for each in (*_READING_CHANGES, *_MAKING_CHANGES)))
    | _rights_on("profile", *(f"appconfig:{each}" for each in ("GetHostedConfigurationVersion", *_MAKING_CHANGES)))
    | _rights_on("versions", "appconfig:GetHostedConfigurationVersion")
    | _rights_on("environment", "appconfig:ListDeployments", "appconfig:StartDeployment")
    | _rights_on("deployments", "appconfig:StartDeployment")
    | _rights_on("at once", "appconfig:StartDeployment")
    | _table("audit", "Query", when="of the configuration")
    | _table("audit", "PutItem", when="of the configuration, in a transaction")
    | WRITE_KEY
)
ACCEPT = (
    CONFIGURED
    | _table("runs", "GetItem")
    | WRITE_RUN
    | _table("idempotency", "GetItem", "PutItem", "UpdateItem", "DeleteItem")
    | _table("spending", "BatchGetItem")
    | _rights_on("machine", "states:StartExecution")
)
SWEEP = (
    CONCLUDE
    | _table("runs/index/by_status", "Query")
    | _rights_on("machine", "states:StartExecution")
    | _rights_on("executions", "states:DescribeExecution")
    | _rights_on("approvals", "states:StartExecution")
    | _rights_on("executions of approvals", "states:DescribeExecution")
)
HOLD = (
    CONCLUDE | _rights_on("approvals", "states:StartExecution") | _rights_on("key", "kms:Encrypt", when="for approvals")
)
APPROVE = (
    AMEND | _rights_on("approvals", "states:SendTaskSuccess") | _rights_on("key", "kms:Decrypt", when="for approvals")
)
READ_STREAMS = {
    right
    for table in ("runs", "journal")
    for right in _rights_on(f"stream of {table}", *(f"dynamodb:{each}" for each in _READING_STREAMS))
    | _rights_on("*", "dynamodb:ListStreams")
}
SEND = _rights_on("connections", "execute-api:ManageConnections")
LISTEN = (
    _table("runs", "GetItem") | READ_JOURNAL | _table("events", "GetItem", "PutItem", "UpdateItem") | WRITE_KEY | SEND
)
MODELS_OF: Mapping[str, tuple[str, ...]] = {
    "safety": ("fast", "strong"),
    "business": ("fast", "strong"),
    "arbiter": ("fast", "strong"),
    "frame": ("fast", "strong"),
}
"""Tiers whose models an agent may call: its own, those that an operator can set, and who stands in. Of a safety agent on the
strong tier, only that one: nobody weaker stands in for it."""
FORK = AMEND | CONFIGURED | _table("spending", "BatchGetItem") | _rights_on("machine", "states:StartExecution")
GATE = FORK | READ_JOURNAL | _table("runs/index/by_day", "Query") | _table("audit", "Query", when="of rollouts")
ERASE = AMEND | READ_JOURNAL | _table("journal", "DeleteItem", when="in a transaction")
ANSWER = READ_RUN | READ_JOURNAL | READ_KEY | _table("audit", "Query") | _table("runs/index/by_status", "Query") | _table(
    "runs/index/by_day", "Query"
)  # fmt: skip
REVIEW = READ_RUN | READ_JOURNAL | READ_KEY | _table("runs/index/by_day", "Query")
ANCHOR = (
    _table("audit", "Query") | READ_KEY | _rights_on("anchor key", "kms:Sign") | _rights_on("anchors", "s3:PutObject")
)


_INTERFACES = tuple(
    f"ec2:{each}"
    for each in (
        "AssignPrivateIpAddresses",
        "CreateNetworkInterface",
        "DeleteNetworkInterface",
        "UnassignPrivateIpAddresses",
    )
)
_LOOKING = ("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets")
IN_A_NETWORK = (
    _rights_on("interfaces", *_INTERFACES)
    | _rights_on("*", *_LOOKING)
    | {Right(each, "*", "by its own code", "Deny") for each in (*_INTERFACES, *_LOOKING)}
)
"""Of every function of a regulated stage: Lambda joins it to its network; its own code may not."""


def _reads(declared: Iterable[str]) -> set[Right]:
    rights: set[Right] = set()
    for read in declared:
        table, _, index = read.partition("/")
        rights |= _table(f"{table}/index/{index}", "Query") if index else _table(table, "BatchGetItem", "Query")
    return rights


def _cache(reads: Iterable[str], *actions: str) -> set[Right]:
    return _table("cache", *actions, when=OF_READS + " ".join(sorted(reads))) if reads else set()


def _models(tier: str, *more: str) -> set[Right]:
    return _rights_on(f"{tier} model", "bedrock:InvokeModel", *more, when="behind the guardrail") | _rights_on(
        "guardrail", "bedrock:ApplyGuardrail"
    )


def _agent(agent: Agent) -> set[Right]:
    return (
        READ_RUN
        | _table("journal", "PutItem", when="its own entries")
        | WRITE_KEY
        | _reads(agent.reads)
        | (_cache(agent.reads, "BatchGetItem") if agent.kind == "business" else set())
        | {right for tier in MODELS_OF[agent.kind] for right in _models(tier, "bedrock:InvokeModelWithResponseStream")}
    )


def _take(pack: Pack) -> set[Right]:
    """What takes feeds: it accepts incidents, reads what settling reads and what feeds read, and writes the tables of feeds."""
    checked = [read for agent in pack.agents for check in agent.checks for read in check.reads]
    feeds = pack.feeds
    written = {right for table in pack.feed_tables for right in _on_feed(table)}
    return (
        ACCEPT
        | READ_RUN
        | _table("runs/index/by_status", "Query")
        | _table("runs/index/by_day", "Query")
        | _rights_on("bus", "events:PutEvents", when="as conclave")
        | _reads([*pack.plan_reads, *checked, *(feeds.reads if feeds else ())])
        | written
    )


def _on_feed(table: str) -> set[Right]:
    return _table(table, "BatchGetItem") | _table(table, "DeleteItem", "PutItem", "UpdateItem", when="in a transaction")


def matrix(pack: Pack, *, regulated: bool) -> dict[str, set[Right]]:
    """Every right of every function, by the function's name after the prefix.

    Args:
        pack: The pack whose declarations say what agents read.
        regulated: Whether functions live in a private network.
    """
    everywhere = EVERY_FUNCTION | (IN_A_NETWORK if regulated else set())
    own = {
        "intake": ACCEPT | READ_RUN | _rights_on("bus", "events:PutEvents", when="as conclave, of decisions given"),
        "receive": ACCEPT,
        "runs": ANSWER | _table("events", "GetItem"),
        "frame": READ_RUN
        | WRITE_RUN
        | _table("journal", "PutItem", when="its own entries")
        | _reads([*pack.reread_reads, *pack.resolve_reads, *pack.plan_reads])
        | _cache({*pack.reread_reads, *pack.resolve_reads, *pack.plan_reads}, "BatchGetItem", "BatchWriteItem")
        | CONFIGURED
        | {right for tier in MODELS_OF["frame"] for right in _models(tier)},
        "collate": READ_RUN | READ_JOURNAL | WRITE_RUN,
        "decide": READ_RUN | READ_JOURNAL | WRITE_RUN,
        "publish": CONCLUDE,
        "close_run": CONCLUDE,
        "sweep": SWEEP,
        "review": REVIEW,
        "anchor": ANCHOR,
        "consent": _table("runs", "GetItem") | WRITE_RUN,
        "erase": ERASE,
        "heed": HEED,
        "hold": HOLD,
        "settle": READ_RUN
        | WRITE_RUN
        | _reads(
            [*pack.plan_reads, *(read for agent in pack.agents for check in agent.checks for read in check.reads)]
        ),
        "approve": APPROVE,
        "tell": _table("runs", "GetItem")
        | READ_JOURNAL
        | READ_STREAMS
        | _table("events", "GetItem", "PutItem", "Query", "UpdateItem")
        | WRITE_KEY
        | (set() if regulated else SEND),
        **({} if regulated else {"listen": LISTEN}),
        "converse": READ_RUN
        | READ_JOURNAL
        | CONFIGURED
        | _table("spending", "BatchGetItem", "UpdateItem")
        | _table("runs", "UpdateItem", when="of circuits")
        | _table("journal", "PutItem", when="its own entries")
        | WRITE_KEY
        | _reads(
            [
                *pack.plan_reads,
                *(read for agent in pack.agents for tool in (*agent.checks, *agent.tools) for read in tool.reads),
            ]
        )
        | {right for tier in MODELS_OF["business"] for right in _models(tier, "bedrock:InvokeModelWithResponseStream")},
        "feedback": AMEND,
        **({} if pack.feeds is None else {"take": _take(pack)}),
        "fork": FORK,
        "gate": GATE,
        **{f"agent-{agent.name}": _agent(agent) for agent in pack.agents},
    }
    return {function: rights | everywhere for function, rights in own.items()}


class Places:
    """The resources of a deployment by the words of the matrix.

    Args:
        templates: The deployment.
        prefix: What the names of its resources begin with.
        tiers: Model id by tier.
    """

    def __init__(self, templates: Templates, *, prefix: str, tiers: Mapping[str, str]) -> None:
        self._prefix = prefix
        tables = {each.rpartition(f"{prefix}-")[2]: [each] for each in templates.arns("AWS::DynamoDB::Table").values()}
        indexes = {
            f"{table['TableName'].removeprefix(f'{prefix}-')}/index/{index['IndexName']}": [
                arn("dynamodb", f"table/{table['TableName']}/index/{index['IndexName']}")
            ]
            for _, table in templates.resources("AWS::DynamoDB::Table")
            for index in table.get("GlobalSecondaryIndexes", ())
        }
        keys = {
            "anchor key" if "KeySpec" in key else "key": [arn("kms", f"key/{id}")]
            for id, key in templates.resources("AWS::KMS::Key")
        }
        anchors = [
            f"arn:aws:s3:::{id.lower()}/run-{'?' * 24}/{'?' * 6}.json"
            for id, bucket in templates.resources("AWS::S3::Bucket")
            if "ObjectLockConfiguration" in bucket
        ]
        (application,) = (id for id, _ in templates.resources("AWS::AppConfig::Application"))
        (profile,) = (id for id, _ in templates.resources("AWS::AppConfig::ConfigurationProfile"))
        (environment,) = (id for id, _ in templates.resources("AWS::AppConfig::Environment"))
        (at_once,) = (
            id
            for id, each in templates.resources("AWS::AppConfig::DeploymentStrategy")
            if each["Name"].endswith("-undo")
        )
        app = f"application/{application}"
        self._known: dict[str, list[str]] = {
            **tables,
            **indexes,
            **keys,
            "anchors": anchors,
            "bus": [arn("events", f"event-bus/{prefix}")],
            "machine": [arn("states", f"stateMachine:{prefix}")],
            "executions": [arn("states", f"execution:{prefix}:run-{'?' * 24}")],
            "approvals": [arn("states", f"stateMachine:{prefix}-approvals")],
            "executions of approvals": [arn("states", f"execution:{prefix}-approvals:run-{'?' * 24}")],
            "configuration": [arn("appconfig", f"{app}/environment/{environment}/configuration/{profile}")],
            "application": [arn("appconfig", app)],
            "profile": [arn("appconfig", f"{app}/configurationprofile/{profile}")],
            "versions": [arn("appconfig", f"{app}/configurationprofile/{profile}/hostedconfigurationversion/*")],
            "environment": [arn("appconfig", f"{app}/environment/{environment}")],
            "deployments": [arn("appconfig", f"{app}/environment/{environment}/deployment/*")],
            "at once": [arn("appconfig", f"deploymentstrategy/{at_once}")],
            "undelivered": [arn("sqs", f"{prefix}-undelivered")],
            **_streams(templates, prefix),
            "connections": [
                arn("execute-api", f"{id}/live/POST/@connections/*")
                for id, each in templates.resources("AWS::ApiGatewayV2::Api")
            ],
            "guardrail": [arn("bedrock", "guardrail/abcdef")],
            "interfaces": [arn("ec2", "*/*")],
            "*": ["*"],
            **{f"{tier} model": _model_arns(model) for tier, model in tiers.items()},
        }

    def __iter__(self) -> Any:
        return iter(self._known)

    def of(self, word: str, function: str) -> list[str]:
        """The ARNs that a word stands for, as a policy of that function writes them."""
        if word == "own log":
            return [arn("logs", f"log-group:/aws/lambda/{function}:*")]
        return self._known[word]


def _streams(templates: Templates, prefix: str) -> dict[str, list[str]]:
    """The stream of each table that has one, and all streams that the table may come to have."""
    found: dict[str, list[str]] = {}
    for id, table in templates.resources("AWS::DynamoDB::Table"):
        if "StreamSpecification" in table:
            name = table["TableName"].removeprefix(f"{prefix}-")
            found[f"stream of {name}"] = [arn("dynamodb", f"table/{id}/stream/label")]
            found[f"streams of {name}"] = [arn("dynamodb", f"table/{table['TableName']}/stream/*")]
    return found


def _model_arns(model: str) -> list[str]:
    base = f"foundation-model/{model.removeprefix('global.')}"
    profile = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:inference-profile/{model}"
    return [profile, f"arn:aws:bedrock:{REGION}::{base}", f"arn:aws:bedrock:::{base}"]
