"""Reads templates as they are once they are deployed: intrinsic functions become the names and ARNs of a made-up account.

Only what policies refer to is known; anything else becomes ``<logical id>.<attribute>``, which matches nothing by accident.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ACCOUNT = "123456789012"
REGION = "us-east-1"
PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::URLSuffix": "amazonaws.com",
}


def arn(service: str, rest: str) -> str:
    """An ARN in the made-up account and region."""
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


_REF: Mapping[str, Callable[[str, Mapping[str, Any]], str]] = {
    "AWS::DynamoDB::Table": lambda id, properties: str(properties["TableName"]),
    "AWS::Events::EventBus": lambda id, properties: str(properties["Name"]),
    "AWS::Lambda::Function": lambda id, properties: str(properties["FunctionName"]),
    "AWS::Lambda::Alias": lambda id, properties: arn("lambda", f"function:{properties['FunctionName']}:live"),
    "AWS::Logs::LogGroup": lambda id, properties: str(properties["LogGroupName"]),
    "AWS::S3::Bucket": lambda id, properties: id.lower(),
    "AWS::StepFunctions::StateMachine": lambda id, properties: arn(
        "states", f"stateMachine:{properties['StateMachineName']}"
    ),
}
_ARN: Mapping[str, Callable[[str, Mapping[str, Any]], str]] = {
    "AWS::DynamoDB::Table": lambda id, properties: arn("dynamodb", f"table/{properties['TableName']}"),
    "AWS::Events::EventBus": lambda id, properties: arn("events", f"event-bus/{properties['Name']}"),
    "AWS::IAM::Role": lambda id, properties: f"arn:aws:iam::{ACCOUNT}:role/{id}",
    "AWS::KMS::Key": lambda id, properties: arn("kms", f"key/{id}"),
    "AWS::Lambda::Function": lambda id, properties: arn("lambda", f"function:{properties['FunctionName']}"),
    "AWS::Logs::LogGroup": lambda id, properties: arn("logs", f"log-group:{properties['LogGroupName']}:*"),
    "AWS::S3::Bucket": lambda id, properties: f"arn:aws:s3:::{id.lower()}",
    "AWS::SQS::Queue": lambda id, properties: arn("sqs", str(properties["QueueName"])),
}
_OTHER: Mapping[tuple[str, str], Callable[[str], str]] = {
    ("AWS::Bedrock::Guardrail", "GuardrailArn"): lambda id: arn("bedrock", "guardrail/abcdef"),
    ("AWS::Bedrock::GuardrailVersion", "Version"): lambda id: "1",
    ("AWS::DynamoDB::Table", "StreamArn"): lambda id: arn("dynamodb", f"table/{id}/stream/label"),
}


@dataclass(frozen=True, slots=True)
class Role:
    """A function's role.

    Attributes:
        function: Deployed name of the function.
        arn: ARN of the role.
        statements: What all of its policies say, in plain values.
    """

    function: str
    arn: str
    statements: Sequence[Mapping[str, Any]]


class Templates:
    """Templates that refer to each other.

    Args:
        templates: The parsed templates of one deployment.
    """

    def __init__(self, templates: Sequence[Mapping[str, Any]]) -> None:
        self._templates = templates
        self._exports = {
            str(self.plain(output["Export"]["Name"], template)): (output["Value"], template)
            for template in templates
            for output in template.get("Outputs", {}).values()
            if "Export" in output
        }

    def resources(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Logical ids and properties, in plain values, of all resources of a type."""
        for template in self._templates:
            for id, resource in template["Resources"].items():
                if resource["Type"] == kind:
                    yield id, self.plain(resource.get("Properties", {}), template)

    def arns(self, kind: str) -> dict[str, str]:
        """ARNs of all resources of a type, by logical id."""
        return {id: _ARN[kind](id, properties) for id, properties in self.resources(kind)}

    def roles(self) -> list[Role]:
        """The roles of all functions, in the order of the functions."""
        written: dict[str, list[Mapping[str, Any]]] = {}
        # What does not fit into a role's own policy, CDK puts into a managed one that names the role.
        policies = [*self.resources("AWS::IAM::Policy"), *self.resources("AWS::IAM::ManagedPolicy")]
        for _, policy in policies:
            for role in policy.get("Roles", ()):
                written.setdefault(role, []).extend(policy["PolicyDocument"]["Statement"])
        for id, role in self.resources("AWS::IAM::Role"):
            for policy in role.get("Policies", ()):
                written.setdefault(id, []).extend(policy["PolicyDocument"]["Statement"])
        return [
            Role(str(function["FunctionName"]), str(function["Role"]), written.get(function["Role"].split("/")[-1], []))
            for _, function in self.resources("AWS::Lambda::Function")
        ]

    def plain(self, value: Any, template: Mapping[str, Any]) -> Any:
        """A value of a template without intrinsic functions."""
        if isinstance(value, list):
            return [self.plain(each, template) for each in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name == "Ref":
                return self._ref(argument, template)
            if name == "Fn::GetAtt":
                return self._attribute(argument[0], argument[1], template)
            if name == "Fn::Join":
                return argument[0].join(str(self.plain(each, template)) for each in argument[1])
            if name == "Fn::ImportValue":
                exported, origin = self._exports[str(self.plain(argument, template))]
                return self.plain(exported, origin)
        return {key: self.plain(each, template) for key, each in value.items()}

    def _ref(self, id: str, template: Mapping[str, Any]) -> str:
        if id in PSEUDO:
            return PSEUDO[id]
        resource = template["Resources"].get(id)
        known = _REF.get(resource["Type"]) if resource else None
        if known is None:
            return id
        return known(id, self.plain(resource["Properties"], template))

    def _attribute(self, id: str, name: str, template: Mapping[str, Any]) -> str:
        resource = template["Resources"][id]
        kind = resource["Type"]
        if name == "Arn" and kind in _ARN:
            return _ARN[kind](id, self.plain(resource.get("Properties", {}), template))
        if (kind, name) in _OTHER:
            return _OTHER[kind, name](id)
        return f"{id}.{name}"
