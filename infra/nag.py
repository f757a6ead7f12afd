"""cdk-nag: the rule packs that every AWS stage must pass, and every finding that is acknowledged, with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from aws_cdk import Acknowledgment, App, Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks


class AcknowledgementUnused(Exception):
    """An acknowledgement is for a construct that does not exist; the message names it."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A finding that stays.

    Attributes:
        finding: Rule, with the finding in brackets where a rule has several; ``{data}`` stands for the name of the data stack.
        where: Pattern of the path of the constructs concerned; what is below them is included.
        reason: Why it stays.
    """

    finding: str
    where: str
    reason: str

    def at(self, path: str) -> str:
        """The finding as the rule names it for the construct of that path."""
        stack = path.partition("/")[0]
        return self.finding.replace("{data}", stack.removesuffix("-engine") + "-data")


ACKNOWLEDGED = (
    Acknowledged(
        "AwsSolutions-IAM5[Resource::*]",
        "*-engine/*/Role/DefaultPolicy",
        "Tracing and the delivery of the machine's log: xray:Put* and logs:*LogDelivery know no resources. A test holds "
        "that nothing else is allowed on '*'.",
    ),
    Acknowledged(
        "AwsSolutions-IAM5[Resource::{data}:ExportsOutputFnGetAttAnchorsE78985FDArnBC8F3FC9/*]",
        "*-engine/Anchor/Role/DefaultPolicy",
        "Each run has a file of its own in the bucket of the anchors, so their names are not known at deployment. The one "
        "action is s3:PutObject, in a bucket that keeps every version under Object Lock.",
    ),
    Acknowledged(
        "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:*]",
        "*-engine/Api/LogRole",
        "API Gateway's one role of the account and region for the logs of all its APIs; the service names the groups itself.",
    ),
    Acknowledged(
        "AwsSolutions-L1",
        "*-engine/*/Function",
        "Python 3.13 is what the lock, the tests and the local cloud run; the runtime moves with them.",
    ),
    Acknowledged(
        "Serverless-LambdaLatestVersion",
        "*-engine/*/Function",
        "Python 3.13 is what the lock, the tests and the local cloud run; the runtime moves with them.",
    ),
    Acknowledged(
        "Serverless-SQSRedrivePolicy",
        "*-engine/Undelivered",
        "It is the dead-letter queue, and it has an alarm.",
    ),
)


def check(app: App, acknowledged: Sequence[Acknowledged] = ACKNOWLEDGED) -> None:
    """Makes synthesis fail on every finding that is not acknowledged.

    Raises:
        AcknowledgementUnused: An acknowledgement names no construct.
    """
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))
    constructs = {construct.node.path: construct for construct in app.node.find_all()}
    for each in acknowledged:
        concerned = [construct for path, construct in constructs.items() if fnmatchcase(path, each.where)]
        if not concerned:
            raise AcknowledgementUnused(f"{each.finding} is acknowledged for {each.where}, which does not exist")
        for construct in concerned:
            found = each.at(construct.node.path)
            Validations.of(construct).acknowledge(Acknowledgment(id=found, reason=each.reason))
