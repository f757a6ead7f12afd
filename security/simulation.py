"""An independent evaluator of IAM decides every cell of the declared matrix, and the cells that must stay empty.

The evaluator is ``@cloud-copilot/iam-simulate`` (npm, ``security/package-lock.json``). It gets the policies as they will be
deployed, the key, queue and bucket policies beside them and, on a regulated stage, the policies of the endpoints, and answers
requests one by one. It also knows which context keys and resources an action has, so a condition on a key that AWS never sends
for an action does not pass here.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from conclave.pack import Pack

from security.authority import CONDITIONS, Places, Right, condition, matrix
from security.templates import ACCOUNT, REGION, Role, Templates, arn

FOLDER = Path(__file__).parent
TIMEOUT_SECONDS = 150
_ALWAYS = {"aws:SecureTransport": "true", "aws:PrincipalAccount": ACCOUNT}
_CONCRETE = {
    "own log": "log-stream:1",
    "interfaces": "some-id",
    "network": "some-id",
    "versions": "1",
    "deployments": "1",
    "connections": "some-id",
}
_READING_STREAMS = frozenset(
    f"dynamodb:{each}" for each in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
)
"""Done by Lambda in the function's name, from its own network."""
_READING_SETTINGS = frozenset({"appconfig:StartConfigurationSession", "appconfig:GetLatestConfiguration"})
"""They pass AppConfig's other endpoint, though their names begin as all of AppConfig's."""

UNDECIDED = frozenset({"its own variables"})
"""Conditions on keys that the evaluator does not know for the action (``kms:EncryptionContext:...``): it refuses them always, so
only their refusals are compared. The template test compares their text."""

AMBIGUOUS = frozenset({("appconfig:GetHostedConfigurationVersion", each) for each in ("profile", "versions")})
"""Rights on places that are one within the other, which the evaluator cannot tell apart and so does not decide. The template test
compares their text."""

WITHOUT_REGION = "arn:aws:bedrock:::"
"""The model behind a global profile, as AWS documents it; the evaluator knows models with a region only."""

FORBIDDEN = (
    *(
        f"dynamodb:{each}"
        for each in ("BatchWriteItem", "DeleteItem", "DeleteTable", "PartiQLSelect", "PartiQLUpdate", "Scan")
    ),
    *(f"dynamodb:{each}" for each in ("UpdateItem", "UpdateTable", "UpdateTimeToLive", "UpdateContinuousBackups")),
    *(f"s3:{each}" for each in ("BypassGovernanceRetention", "DeleteObject", "DeleteObjectVersion", "GetObject")),
    *(f"s3:{each}" for each in ("PutObjectLegalHold", "PutObjectRetention")),
    *(f"kms:{each}" for each in ("CreateGrant", "DisableKey", "PutKeyPolicy", "ScheduleKeyDeletion", "Sign")),
    *(f"sqs:{each}" for each in ("DeleteMessage", "PurgeQueue", "ReceiveMessage", "SetQueueAttributes")),
    *(f"states:{each}" for each in ("DeleteStateMachine", "UpdateStateMachine")),
    *(f"events:{each}" for each in ("DeleteEventBus", "PutEvents")),
    *(f"bedrock:{each}" for each in ("DeleteGuardrail", "UpdateGuardrail")),
    *(f"lambda:{each}" for each in ("InvokeFunction", "UpdateFunctionCode", "UpdateFunctionConfiguration")),
    *(f"iam:{each}" for each in ("AttachRolePolicy", "PassRole", "PutRolePolicy")),
    "sts:AssumeRole",
)
"""The acts that nobody may do anywhere, besides every right of somebody else."""


@dataclass(frozen=True, slots=True)
class Case:
    """A request, and what has to come out.

    Attributes:
        why: What it shows, in the words of the matrix.
        request: The case as ``simulate.mjs`` reads it.
        wanted: ``Allowed``, ``ExplicitlyDenied``, or empty for any refusal.
    """

    why: str
    request: Mapping[str, Any]
    wanted: str


@dataclass(slots=True)
class Outcome:
    """The answer of the evaluator.

    Attributes:
        allowed: Cells that it allows, as they should be.
        refused: Requests that it refuses, as it should.
        beyond: Cells that the evaluator cannot judge; tests hold what the policy says of them.
        impossible: Requests that AWS does not know (the action has no such resource), so nobody can make them.
        wrong: Requests on which matrix and evaluator differ.
    """

    allowed: int = 0
    refused: int = 0
    impossible: int = 0
    beyond: int = 0
    wrong: list[str] = field(default_factory=list)


class SimulatorFailed(Exception):
    """The evaluator did not do its work; the message holds the last thing it said."""


class Deployment:
    """A deployment as the evaluator gets it.

    Args:
        templates: Its templates.
        pack: Its pack.
        prefix: What the names of its resources begin with.
        tiers: Model id by tier.
        regulated: Whether functions live in a private network.
    """

    def __init__(
        self, templates: Templates, pack: Pack, *, prefix: str, tiers: Mapping[str, str], regulated: bool
    ) -> None:
        self._places = Places(templates, prefix=prefix, tiers=tiers)
        self._prefix = prefix
        self._matrix = matrix(pack, regulated=regulated)
        self._roles = templates.roles()
        self.documents: dict[str, Any] = {
            role.function: {"Version": "2012-10-17", "Statement": list(role.statements)} for role in self._roles
        }
        self._own = self._resource_policies(templates)
        self._endpoints = self._endpoint_policies(templates)

    def _resource_policies(self, templates: Templates) -> dict[str, str]:
        found: dict[str, Any] = {
            arn("kms", f"key/{id}"): key["KeyPolicy"] for id, key in templates.resources("AWS::KMS::Key")
        }
        for _, policy in templates.resources("AWS::SQS::QueuePolicy"):
            found[arn("sqs", f"{self._prefix}-undelivered")] = policy["PolicyDocument"]
        for _, policy in templates.resources("AWS::S3::BucketPolicy"):
            found[f"arn:aws:s3:::{policy['Bucket']}"] = policy["PolicyDocument"]
        self.documents.update({f"of {place}": document for place, document in found.items()})
        return {place: f"of {place}" for place in found}

    def _endpoint_policies(self, templates: Templates) -> dict[str, str]:
        services = {"bedrock-runtime": "bedrock"}
        named = {}
        for _, endpoint in templates.resources("AWS::EC2::VPCEndpoint"):
            service = endpoint["ServiceName"].rpartition(".")[2]
            named[services.get(service, service)] = f"endpoint of {service}"
            self.documents[f"endpoint of {service}"] = endpoint["PolicyDocument"]
        return named

    def cases(self) -> Iterator[Case]:
        """Every request to decide."""
        for role in self._roles:
            rights = self._matrix[role.function.removeprefix(f"{self._prefix}-")]
            for right in sorted(rights):
                yield from self._denied(role, right) if right.effect == "Deny" else self._granted(role, right)
            own = {
                (right.action, place)
                for right in rights
                if right.effect == "Allow"
                for place in self._requested(right.on, role)
            }
            yield from self._empty(role, own)

    def _granted(self, role: Role, right: Right) -> Iterator[Case]:
        held = condition(right.when, role.function) if right.when else None
        for place in self._requested(right.on, role):
            undecided = right.when in UNDECIDED or (right.action, right.on) in AMBIGUOUS
            if not undecided and not place.startswith(WITHOUT_REGION):
                holds = held.holds if held else {}
                yield self._case(role, right.action, place, holds, "Allowed", right.when)
            for context in held.fails if held else ():
                yield self._case(role, right.action, place, context, "", f"not {right.when} {json.dumps(context)}")

    def _denied(self, role: Role, right: Right) -> Iterator[Case]:
        place = "*" if right.action.startswith("ec2:Describe") else arn("ec2", "network-interface/some-id")
        context = condition(right.when, role.function).holds
        yield self._case(role, right.action, place, context, "ExplicitlyDenied", right.when)

    def _empty(self, role: Role, own: set[tuple[str, str]]) -> Iterator[Case]:
        """The rights of others and those of nobody, under every condition that this function could ever fulfil."""
        others = {
            (each.action, each.on) for rights in self._matrix.values() for each in rights if each.effect == "Allow"
        }
        actions = sorted({action for action, _ in others} | set(FORBIDDEN))
        for action in actions:
            service = action.partition(":")[0]
            for place in self._everywhere(role):
                if (action, place) in own or place.split(":")[2] != service:
                    continue
                # Only KMS asks by way of which service it is called.
                for context in list(self._generous(role.function))[: 2 if service == "kms" else 1]:
                    yield self._case(role, action, place, context, "", "an empty cell")

    def _everywhere(self, role: Role) -> list[str]:
        words = [word for word in self._places if word != "*"]
        return sorted({place for word in words for place in self._requested(word, role)} | set(self._foreign()))

    def _foreign(self) -> Iterator[str]:
        other = next(role.function for role in self._roles)
        yield arn("dynamodb", "table/somebody-elses")
        yield arn("sqs", "somebody-elses")
        yield arn("events", "event-bus/default")
        yield arn("states", "stateMachine:somebody-elses")
        yield arn("logs", "log-group:/aws/lambda/somebody-elses:log-stream:1")
        yield arn("lambda", f"function:{other}")
        yield arn("kms", "key/somebody-elses")
        yield "arn:aws:s3:::somebody-elses/object"
        yield from self._misnamed()
        yield f"arn:aws:bedrock:{REGION}::foundation-model/somebody.elses"
        yield f"arn:aws:iam::{ACCOUNT}:role/somebody-elses"
        yield from (role.arn for role in self._roles[:2])

    def _misnamed(self) -> Iterator[str]:
        """Objects in the bucket of the anchors that no anchor is called."""
        for place in self._places.of("anchors", ""):
            bucket = place.partition("/")[0]
            yield from (f"{bucket}/{name}" for name in ("notes.txt", "run-1/000001.json", "else/000001.json"))

    def _generous(self, function: str) -> Iterator[Mapping[str, Any]]:
        holding: dict[str, Any] = {}
        for make in (make for word, make in CONDITIONS.items() if word not in {"for queues", "by its own code"}):
            holding |= make(function).holds
        yield holding
        yield {**holding, **CONDITIONS["for queues"](function).holds}

    def _requested(self, word: str, role: Role) -> list[str]:
        """Concrete ARNs of requests, where the policy has a pattern."""
        return [
            f"{place.removesuffix('*')}{_CONCRETE[word]}" if word in _CONCRETE else place.replace("?", "0")
            for place in self._places.of(word, role.function)
        ]

    def _case(self, role: Role, action: str, place: str, context: Mapping[str, Any], wanted: str, why: str) -> Case:
        bucket = place.rpartition("/")[0] if place.startswith("arn:aws:s3:::") else place
        while bucket.startswith("arn:aws:s3:::") and "/" in bucket:
            bucket = bucket.rpartition("/")[0]
        service = "appconfigdata" if action in _READING_SETTINGS else action.partition(":")[0]
        # What Lambda does in the function's name, and what DynamoDB and SQS ask of KMS, passes no endpoint of ours.
        called = service in self._endpoints and not (service == "kms" and action != "kms:Sign")
        called = called and action not in _READING_STREAMS
        return Case(
            why=f"{role.function}: {action} on {place} ({why or 'no condition'})",
            request={
                "principal": role.arn,
                "action": action,
                "resource": place,
                "context": {**_ALWAYS, **context},
                "identity": [role.function],
                "own": self._own.get(bucket, ""),
                "endpoint": self._endpoints[service] if called else "",
            },
            wanted=wanted,
        )


def loosened(deployment: Deployment, function: str) -> dict[str, Any]:
    """The policy of a function with three mistakes: the guardrail is optional, scans are allowed, the run cannot be read."""
    statements = [
        {**each, "Condition": {}} if "bedrock:InvokeModel" in each["Action"] else each
        for each in deployment.documents[function]["Statement"]
        if "dynamodb:BatchGetItem" not in each["Action"]
    ]
    return {
        "Version": "2012-10-17",
        "Statement": [*statements, {"Effect": "Allow", "Action": "dynamodb:Scan", "Resource": "*"}],
    }


MISTAKES = {
    "a model without the guardrail": "*: bedrock:InvokeModelWithResponseStream on * (not behind the guardrail *: Allowed,*",
    "scans": "*: dynamodb:Scan on * (an empty cell): Allowed,*",
    "a run that cannot be read": "*: dynamodb:BatchGetItem on *-runs (no condition): ImplicitlyDenied,*",
}
"""The ways to loosen a role, and how the outcome says so."""


def unnoticed(outcome: Outcome) -> list[str]:
    """The mistakes of a loosened role that the evaluator let pass."""
    return [name for name, said in MISTAKES.items() if not any(fnmatchcase(wrong, said) for wrong in outcome.wrong)]


def decide(deployment: Deployment, node: Path, *, only: str = "") -> Outcome:
    """Lets the evaluator decide all cases.

    Args:
        deployment: What is judged.
        node: The program of Node.
        only: A function, to decide its cases only.

    Raises:
        SimulatorFailed: It is not installed, or broke.
    """
    cases = [case for case in deployment.cases() if only in ("", case.request["identity"][0])]
    sent = json.dumps(
        {"account": ACCOUNT, "documents": deployment.documents, "cases": [dict(case.request) for case in cases]}
    )
    try:
        done = subprocess.run(
            [str(node), "simulate.mjs"],
            cwd=FOLDER,
            input=sent,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SimulatorFailed(f"{node}: {type(error).__name__}") from error
    if done.returncode:
        raise SimulatorFailed(done.stderr.strip()[-600:])
    return judged(cases, json.loads(done.stdout))


def _beyond(case: Case) -> bool:
    """Whether the evaluator knows too little of AWS for a request that should be allowed.

    It knows no resource of ``SendTaskSuccess``, which AWS decides on the machine that gave the token (the CDK's
    ``grant_task_response`` grants it so), and it passes over context keys whose name has a part of the caller's own.
    """
    request = case.request
    return request.get("action") == "states:SendTaskSuccess" or any(
        name.startswith("kms:EncryptionContext:") for name in request.get("context", ())
    )


def judged(cases: Sequence[Case], answers: Sequence[str]) -> Outcome:
    """Compares answers with what was wanted. A request that AWS does not know is only good where a refusal was wanted."""
    outcome = Outcome()
    for case, answer in zip(cases, answers, strict=True):
        if answer.startswith("error: ") and not case.wanted:
            outcome.impossible += 1
        elif case.wanted == "Allowed" and answer != "Allowed" and _beyond(case):
            outcome.beyond += 1
        elif answer == "Allowed" and case.wanted == "Allowed":
            outcome.allowed += 1
        elif answer == case.wanted or (not case.wanted and answer.endswith("Denied")):
            outcome.refused += 1
        else:
            outcome.wrong.append(f"{case.why}: {answer}, but {case.wanted or 'a refusal'} is declared")
    return outcome
