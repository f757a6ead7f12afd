"""cdk-nag: the rule packs that every AWS stage must pass, and every finding that is acknowledged, with its reason.

A regulated stage passes the packs of three regulations besides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from aws_cdk import Acknowledgment, App, Validations
from cdk_nag import AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks, ServerlessChecks

from infra.stage import Contradiction


class AcknowledgementUnused(Contradiction):
    """An acknowledgement is for a construct that does not exist; the message names it."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A finding that stays.

    Attributes:
        finding: Rule, with the finding in brackets where a rule has several; ``{data}`` stands for the name of the data stack,
            ``{prefix}`` for what the names of resources begin with.
        where: Pattern of the path of the constructs concerned; what is below them is included.
        reason: Why it stays.
    """

    finding: str
    where: str
    reason: str

    def at(self, path: str, *, prefix: str) -> str:
        """The finding as the rule names it for the construct of that path."""
        stack = path.partition("/")[0]
        named = self.finding.replace("{data}", stack.removesuffix("-engine") + "-data")
        return named.replace("{prefix}", prefix)

    @property
    def kind(self) -> str:
        """The rule, whatever it found."""
        return self.finding.partition("[")[0]


ACKNOWLEDGED = (
    Acknowledged(
        "AwsSolutions-IAM5[Resource::*]",
        "*-engine/*/Role/DefaultPolicy",
        "Tracing, streams, the machine's log: xray:Put*, ListStreams and logs:*LogDelivery know no resources. A test holds "
        "that nothing else is allowed on '*'.",
    ),
    Acknowledged(
        "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:*]",
        "*-engine/Api/LogRole",
        "API Gateway's one role of the account and region for the logs of all its APIs; the service names the groups itself.",
    ),
    *(
        Acknowledged(
            "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:appconfig:<AWS::Region>:<AWS::AccountId>:application/"
            f"<ConfigurationApplication01EF0941>/{below}/*]",
            where,
            "Versions and deployments of the configuration get their numbers when they are made.",
        )
        for where in ("*-engine/Configuration/Operators", "*-engine/Heed/Role/DefaultPolicy")
        for below in (
            "configurationprofile/<ConfigurationProfile9314DB0F>/hostedconfigurationversion",
            "environment/<ConfigurationEnvironment6C411C15>/deployment",
        )
    ),
    Acknowledged(
        "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:cloudformation:<AWS::Region>:<AWS::AccountId>:stack/<AWS::StackName>/*]",
        "*-engine/Configuration/Operators",
        "The stack's own name is given; what follows is the id that CloudFormation gives it when it is made.",
    ),
    Acknowledged(
        "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:lambda:<AWS::Region>:<AWS::AccountId>:function:{prefix}-agent-*:*]",
        "*-engine/PhaseMachine/Machine/Role/DefaultPolicy",
        "Versions of the agents' functions get their numbers when they are deployed; a run is pinned to a set of them.",
    ),
    Acknowledged(
        "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:cloudformation:<AWS::Region>:<AWS::AccountId>:stack/<AWS::StackName>/*]",
        "*-engine/RolloutOperators",
        "Who rolls versions out reads this stack alone, and its ARN ends in an id that the stack gets when it is made.",
    ),
    Acknowledged(
        "Serverless-SQSRedrivePolicy",
        "*-engine/Undelivered",
        "It is the dead-letter queue, and it has an alarm.",
    ),
)

ACKNOWLEDGED_SOCKET = (
    *(
        Acknowledged(
            "AwsSolutions-APIG4",
            f"*-engine/Socket/Api/{route}-Route",
            "API Gateway authorises a connection when it is opened, at $connect, and takes no authoriser for what comes over it.",
        )
        for route in ("$default", "$disconnect")
    ),
    *(
        Acknowledged(
            "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<SocketApiF12253BF>"
            "/live/POST/@connections/*]",
            where,
            "Connections get their ids when they are opened; sending to them is all that is allowed.",
        )
        for where in ("*-engine/Tell/Role/DefaultPolicy", "*-engine/Listen/Role/DefaultPolicy")
    ),
)
"""Besides the others, on stages whose clients may hold connections."""

_REGULATIONS = ("NIST.800.53.R5", "HIPAA.Security", "PCI.DSS.321")


def _of_each_regulation(rule: str, where: str, reason: str) -> tuple[Acknowledged, ...]:
    return tuple(Acknowledged(f"{regulation}-{rule}", where, reason) for regulation in _REGULATIONS)


_ONE_ROLE_ONE_POLICY = (
    "A role's policy is inline so that it can be attached to nobody else, and goes with its role; a test holds that each role "
    "has exactly the rights of the declared matrix."
)

ACKNOWLEDGED_REGULATED = (
    Acknowledged(
        "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ec2:<AWS::Region>:<AWS::AccountId>:*/*]",
        "*-engine/*/Role/DefaultPolicy",
        "Lambda joins a function to its network in the function's name, and the ids of interfaces are not known before. A "
        "denial in the same policy keeps the function's own code from all of it.",
    ),
    Acknowledged(
        "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:dynamodb:<AWS::Region>:<AWS::AccountId>:table/{prefix}-*/backup/*]",
        "*-data/Backups/Role/DefaultPolicy",
        "Backups of our tables get their ids when they are made.",
    ),
    *_of_each_regulation("IAMNoInlinePolicy", "*-engine/*/Role/DefaultPolicy", _ONE_ROLE_ONE_POLICY),
    *_of_each_regulation("IAMNoInlinePolicy", "*-engine/*/LogRole", _ONE_ROLE_ONE_POLICY),
    *_of_each_regulation("IAMNoInlinePolicy", "*-data/Backups/Role/DefaultPolicy", _ONE_ROLE_ONE_POLICY),
    *(
        Acknowledged(
            f"{regulation}-DynamoDBInBackupPlan",
            "*-data/CacheTable",
            "It holds copies of what stands in the pack's tables, for a day; a backup would keep people's data for longer.",
        )
        for regulation in ("NIST.800.53.R5", "HIPAA.Security")
    ),
    *_of_each_regulation(
        "APIGWCacheEnabledAndEncrypted",
        "*-engine/Api/Api/DeploymentStage.*",
        "Nothing is cached, so nothing lies in a cache unencrypted: answers about a run change while it runs.",
    ),
    *_of_each_regulation(
        "APIGWSSLEnabled",
        "*-engine/Api/Api/DeploymentStage.*",
        "A client certificate proves the gateway to an HTTP backend; this one invokes functions. Callers come by TLS only.",
    ),
    *_of_each_regulation(
        "S3BucketReplicationEnabled",
        "*-data/Anchor[As]*",
        "A copy in another region or account is that account's to set up; anchors are versioned and locked here, and an export "
        "of them proves the same anywhere.",
    ),
    *_of_each_regulation(
        "S3DefaultEncryptionKMS",
        "*-data/Anchor[As]*",
        "Anchors are signed hashes without content: a verifier needs no right on a key, nor that the key still exists. Access "
        "logs S3 encrypts with its own key only.",
    ),
    *_of_each_regulation(
        "VPCDefaultSecurityGroupClosed",
        "*-engine/Network/Vpc",
        "Nothing is in the default group: functions and endpoints have their own. Closing it takes a function with EC2 rights.",
    ),
)
"""Besides the others, on regulated stages."""

ACKNOWLEDGED_CONSOLE = (
    Acknowledged(
        "AwsSolutions-S1",
        "*-console/Log",
        "It is the bucket of the access logs; a log of the log would have one, too.",
    ),
    Acknowledged(
        "AwsSolutions-CFR1",
        "*-console/Distribution",
        "Duty managers travel: where they are allowed to be is not ours to say. The page holds no data; the API wants a token.",
    ),
    Acknowledged(
        "AwsSolutions-CFR2",
        "*-console/Distribution",
        "The firewall stands before the API, which every call passes; what is served without it is the same public page for all.",
    ),
    Acknowledged(
        "AwsSolutions-CFR4",
        "*-console/Distribution",
        "The certificate of *.cloudfront.net sets the least version of TLS; a name of one's own, with its certificate, sets 1.2.",
    ),
    Acknowledged(
        "AwsSolutions-SMG4",
        "*-console/Key",
        "The key counts requests against the quota and lets nobody in: the authoriser wants a token.",
    ),
)
"""Besides the others, where a stage has a console."""


def acknowledged(*, regulated: bool) -> tuple[Acknowledged, ...]:
    """The findings that are acknowledged on a stage."""
    return (*ACKNOWLEDGED, *(ACKNOWLEDGED_REGULATED if regulated else ACKNOWLEDGED_SOCKET))


def check(app: App, *, regulated: bool, prefix: str, known: Sequence[Acknowledged]) -> None:
    """Makes synthesis fail on every finding that is not acknowledged.

    Args:
        app: The app.
        regulated: Whether the packs of regulations run, too.
        prefix: What the names of resources begin with.
        known: What is acknowledged.

    Raises:
        AcknowledgementUnused: An acknowledgement names no construct.
    """
    packs = [AwsSolutionsChecks, ServerlessChecks]
    if regulated:
        packs += [NIST80053R5Checks, HIPAASecurityChecks, PCIDSS321Checks]
    Validations.of(app).add_plugins(*(pack(app) for pack in packs))
    constructs = {construct.node.path: construct for construct in app.node.find_all()}
    for each in known:
        concerned = [construct for path, construct in constructs.items() if fnmatchcase(path, each.where)]
        if not concerned:
            raise AcknowledgementUnused(f"{each.finding} is acknowledged for {each.where}, which does not exist")
        for construct in concerned:
            found = each.at(construct.node.path, prefix=prefix)
            Validations.of(construct).acknowledge(Acknowledgment(id=found, reason=each.reason))
