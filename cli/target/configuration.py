"""The configuration of a stage on AppConfig, and the audit of its changes, with the caller's own rights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from conclave.adapters.app_config.configuration_changes import AppConfigChanges, Places
from conclave.configuration.changing import AuditBusy, ChangeContended, Rollout

from cli.errors import CliError, ExitCode
from cli.target.account import asked_of_cloud

if TYPE_CHECKING:
    from conclave.audit.chain import NewEntry

    from cli.target.account import Account

RIGHTS = "it takes the rights of the policy <prefix>-configure; docs/operations.md, Configuration"


class AppConfigConfiguration:
    """See ``cli.ports.Configuration``.

    Args:
        account: The account.
        outputs: Outputs of the engine's stack.
    """

    def __init__(self, account: Account, outputs: Mapping[str, str]) -> None:
        self._account, self._seen_seconds = account, int(outputs["SettingsSeconds"])
        self._tried = outputs.get("SettingsTried") == "true"
        self._changes = AppConfigChanges(
            account.client("appconfig"),
            account.client("dynamodb"),
            Places(
                application=outputs["ConfigurationApplication"],
                environment=outputs["ConfigurationEnvironment"],
                profile=outputs["ConfigurationProfile"],
                strategy=outputs["ConfigurationStrategy"],
                at_once=outputs["ConfigurationUndo"],
                audit_table=outputs["AuditTable"],
            ),
            json.loads(outputs["PackagedSettings"]),
        )

    def packaged(self) -> dict[str, Any]:
        """See ``Configuration.packaged``."""
        return self._changes.packaged()

    def seen_seconds(self) -> int:
        """See ``Configuration.seen_seconds``."""
        return self._seen_seconds

    def tried(self) -> bool:
        """See ``Configuration.tried``."""
        return self._tried

    def rollouts(self) -> list[Rollout]:
        """See ``Configuration.rollouts``."""
        with _asked("its deployments cannot be read"):
            return self._changes.rollouts()

    def document(self, version: int) -> bytes:
        """See ``Configuration.document``."""
        with _asked("what is deployed cannot be read"):
            return self._changes.document(version)

    def entries(self) -> list[bytes]:
        """See ``Configuration.entries``."""
        with _asked("the audit of its changes cannot be read"):
            return self._changes.entries()

    def enter(self, entry: NewEntry) -> None:
        """See ``Configuration.enter``."""
        try:
            with _asked("the change cannot be entered in the audit"):
                self._changes.enter(entry)
        except ChangeContended as error:
            raise CliError(
                str(error),
                advice="conclave config history, then change it again",
                code="configuration_contended",
            ) from error
        except AuditBusy as error:
            raise CliError(
                str(error),
                advice="send it again in a minute",
                code="audit_busy",
                exit_code=ExitCode.UNREACHABLE,
            ) from error

    def deploy(self, document: bytes, *, label: str, why: str, at_once: bool) -> int:
        """See ``Configuration.deploy``."""
        with _asked("it cannot be deployed"):
            return self._changes.deploy(document, label=label, why=why, at_once=at_once)

    def stop(self, number: int) -> None:
        """See ``Configuration.stop``."""
        with _asked("what is being rolled out cannot be stopped"):
            self._changes.stop(number)

    def caller(self) -> str:
        """See ``Configuration.caller``."""
        with _asked("it is not known who asks"):
            return str(self._account.client("sts").get_caller_identity()["Arn"])


def _asked(otherwise: str) -> AbstractContextManager[None]:
    """Tells a refusal of AWS in one line."""
    return asked_of_cloud(
        f"the configuration: {otherwise}",
        rights=RIGHTS,
        look="conclave config show says what is deployed",
        code="configuration_refused",
    )
