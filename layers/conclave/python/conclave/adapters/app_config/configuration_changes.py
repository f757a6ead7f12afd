"""The configuration on AppConfig's control plane, and the audit of its changes on DynamoDB: ``Deployed``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from conclave.adapters.stores.dynamodb import transact
from conclave.audit.chain import CONFIGURATION
from conclave.configuration.changing import AuditBusy, ChangeContended, Rollout

if TYPE_CHECKING:
    from conclave.audit.chain import NewEntry

PAGE = 50
"""Deployments that are asked for at once; AppConfig answers no more."""
CONTENDED = "ConditionalCheckFailed"


class Places(Struct, frozen=True, kw_only=True):
    """The ids and names under which the configuration of a stage is found.

    Attributes:
        application: Id of AppConfig's application.
        environment: Id of its environment.
        profile: Id of its configuration profile.
        strategy: Id of the strategy by which changes are rolled out; empty for who deploys at once only.
        at_once: Id of the strategy that deploys at once.
        audit_table: Name of the table of audits.
    """

    application: str
    environment: str
    profile: str
    strategy: str
    at_once: str
    audit_table: str


class AppConfigChanges:
    """See ``conclave.configuration.changing.Deployed``. Errors of AWS come as they are.

    Args:
        appconfig: A client of AppConfig.
        dynamodb: A client of DynamoDB.
        places: Where the configuration stands.
        packaged: What the stage sets.
    """

    def __init__(self, appconfig: Any, dynamodb: Any, places: Places, packaged: Mapping[str, Any]) -> None:
        self._client, self._dynamodb, self._places, self._packaged = appconfig, dynamodb, places, packaged
        self._place = {"ApplicationId": places.application, "EnvironmentId": places.environment}
        self._profile = {"ApplicationId": places.application, "ConfigurationProfileId": places.profile}

    def packaged(self) -> dict[str, Any]:
        """See ``Deployed.packaged``."""
        return dict(self._packaged)

    def rollouts(self) -> list[Rollout]:
        """See ``Deployed.rollouts``."""
        found: list[Rollout] = []
        pages = self._client.get_paginator("list_deployments").paginate(
            **self._place, PaginationConfig={"PageSize": PAGE}
        )
        for page in pages:  # newest first
            found += map(_rollout, page["Items"])
            if any(each.state == "COMPLETE" for each in found):
                break
        return sorted(found, key=lambda each: each.number, reverse=True)

    def document(self, version: int) -> bytes:
        """See ``Deployed.document``."""
        content = self._client.get_hosted_configuration_version(**self._profile, VersionNumber=version)["Content"]
        return content if isinstance(content, bytes) else bytes(content.read())

    def entries(self) -> list[bytes]:
        """See ``Deployed.entries``."""
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._places.audit_table,
            KeyConditionExpression="run_id = :chain",
            ExpressionAttributeValues={":chain": {"S": CONFIGURATION}},
            ConsistentRead=True,
        )
        return [bytes(item["body"]["B"]) for page in pages for item in page["Items"]]

    def enter(self, entry: NewEntry) -> None:
        """See ``Deployed.enter``."""
        item = {
            "run_id": {"S": CONFIGURATION},
            "sequence": {"S": f"{entry.entry.sequence:06d}"},
            "event": {"S": entry.entry.event},
            "body": {"B": entry.data},
        }
        put = {
            "TableName": self._places.audit_table,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(run_id)",
        }
        lost = transact(self._dynamodb, [{"Put": put}])
        if CONTENDED in lost:
            raise ChangeContended("somebody else changed the configuration just now, and nothing of yours was done")
        if lost:
            raise AuditBusy(f"the audit is busy, and nothing was done: {', '.join(lost)}")

    def deploy(self, document: bytes, *, label: str, why: str, at_once: bool) -> int:
        """See ``Deployed.deploy``."""
        version = self._client.create_hosted_configuration_version(
            **self._profile,
            Content=document,
            ContentType="application/json",
            Description=why,
            VersionLabel=label,
        )["VersionNumber"]
        begun = self._client.start_deployment(
            **self._place,
            ConfigurationProfileId=self._places.profile,
            ConfigurationVersion=str(version),
            DeploymentStrategyId=self._places.at_once if at_once else self._places.strategy,
            Description=why,
        )
        return int(begun["DeploymentNumber"])

    def stop(self, number: int) -> None:
        """Takes back a deployment that is under way."""
        self._client.stop_deployment(**self._place, DeploymentNumber=number, AllowRevert=True)


def _rollout(item: Mapping[str, Any]) -> Rollout:
    return Rollout(
        number=int(item["DeploymentNumber"]),
        state=item["State"],
        percent=float(item["PercentageComplete"]),
        version=int(item["ConfigurationVersion"]),
    )
