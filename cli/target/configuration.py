"""The configuration of a stage on AppConfig, and the audit of its changes, with the caller's own rights."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from conclave.audit.chain import CONFIGURATION

from cli.errors import CliError, ExitCode
from cli.ports import Rollout
from cli.screen.format import one_line

if TYPE_CHECKING:
    from conclave.audit.chain import NewEntry

    from cli.target.account import Account

PAGE = 50
"""Deployments that are asked for at once; AppConfig answers no more."""
CONTENDED = "ConditionalCheckFailed"
RIGHTS = "it takes the rights of the policy <prefix>-configure; docs/operations.md, Configuration"


class AppConfigConfiguration:
    """See ``cli.ports.Configuration``.

    Args:
        account: The account.
        outputs: Outputs of the engine's stack.
    """

    def __init__(self, account: Account, outputs: Mapping[str, str]) -> None:
        self._account, self._outputs = account, outputs
        self._client = account.client("appconfig")
        self._place = {
            "ApplicationId": outputs["ConfigurationApplication"],
            "EnvironmentId": outputs["ConfigurationEnvironment"],
        }
        self._profile = {
            "ApplicationId": outputs["ConfigurationApplication"],
            "ConfigurationProfileId": outputs["ConfigurationProfile"],
        }

    def packaged(self) -> dict[str, Any]:
        """See ``Configuration.packaged``."""
        found: dict[str, Any] = json.loads(self._outputs["PackagedSettings"])
        return found

    def rollouts(self) -> list[Rollout]:
        """See ``Configuration.rollouts``."""
        with _asked("its deployments cannot be read"):
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
        """See ``Configuration.document``."""
        with _asked("what is deployed cannot be read"):
            content = self._client.get_hosted_configuration_version(**self._profile, VersionNumber=version)["Content"]
            return content if isinstance(content, bytes) else bytes(content.read())

    def entries(self) -> list[bytes]:
        """See ``Configuration.entries``."""
        with _asked("the audit of its changes cannot be read"):
            pages = self._dynamodb.get_paginator("query").paginate(
                TableName=self._outputs["AuditTable"],
                KeyConditionExpression="run_id = :chain",
                ExpressionAttributeValues={":chain": {"S": CONFIGURATION}},
                ConsistentRead=True,
            )
            return [bytes(item["body"]["B"]) for page in pages for item in page["Items"]]

    def enter(self, entry: NewEntry) -> None:
        """See ``Configuration.enter``."""
        item = {
            "run_id": {"S": CONFIGURATION},
            "sequence": {"S": f"{entry.entry.sequence:06d}"},
            "event": {"S": entry.entry.event},
            "body": {"B": entry.data},
        }
        put = {
            "TableName": self._outputs["AuditTable"],
            "Item": item,
            "ConditionExpression": "attribute_not_exists(run_id)",
        }
        from conclave.adapters.stores.dynamodb import transact

        with _asked("the change cannot be entered in the audit"):
            lost = transact(self._dynamodb, [{"Put": put}])
        if lost and CONTENDED not in lost:
            raise CliError(
                f"the audit is busy, and nothing was done: {', '.join(lost)}",
                advice="send it again in a minute",
                code="audit_busy",
                exit_code=ExitCode.UNREACHABLE,
            )
        if lost:
            raise CliError(
                "somebody else changed the configuration just now, and nothing of yours was done",
                advice="conclave config history, then change it again",
                code="configuration_contended",
            )

    def deploy(self, document: bytes, *, label: str, why: str, at_once: bool) -> int:
        """See ``Configuration.deploy``."""
        with _asked("it cannot be deployed"):
            version = self._client.create_hosted_configuration_version(
                **self._profile,
                Content=document,
                ContentType="application/json",
                Description=why,
                VersionLabel=label,
            )["VersionNumber"]
            begun = self._client.start_deployment(
                **self._place,
                ConfigurationProfileId=self._profile["ConfigurationProfileId"],
                ConfigurationVersion=str(version),
                DeploymentStrategyId=self._outputs["ConfigurationUndo" if at_once else "ConfigurationStrategy"],
                Description=why,
            )
        return int(begun["DeploymentNumber"])

    def stop(self, number: int) -> None:
        """See ``Configuration.stop``."""
        with _asked("what is being rolled out cannot be stopped"):
            self._client.stop_deployment(**self._place, DeploymentNumber=number, AllowRevert=True)

    def caller(self) -> str:
        """See ``Configuration.caller``."""
        with _asked("it is not known who asks"):
            return str(self._account.client("sts").get_caller_identity()["Arn"])

    @property
    def _dynamodb(self) -> Any:
        return self._account.client("dynamodb")


def _rollout(item: Mapping[str, Any]) -> Rollout:
    return Rollout(
        number=int(item["DeploymentNumber"]),
        state=item["State"],
        percent=float(item["PercentageComplete"]),
        version=int(item["ConfigurationVersion"]),
    )


@contextmanager
def _asked(otherwise: str) -> Iterator[None]:
    """Tells a refusal of AWS in one line."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        told = error.response.get("Error", {})
        raise CliError(
            f"the configuration: {otherwise}: {told.get('Code')}: {one_line(str(told.get('Message', '')))}",
            advice=RIGHTS if "Denied" in str(told.get("Code")) else "conclave config show says what is deployed",
            code="configuration_refused",
            exit_code=ExitCode.UNREACHABLE,
        ) from error
    except BotoCoreError as error:
        raise CliError(
            f"the configuration: {otherwise}: {one_line(str(error))}",
            advice="check network, credentials and region",
            code="unreachable",
            exit_code=ExitCode.UNREACHABLE,
        ) from error
