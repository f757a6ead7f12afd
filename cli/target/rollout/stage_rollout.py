"""The rollout of a stage: its record, its audit, and the versions that its alias stands for, with the caller's own rights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from conclave.adapters.rollout.dynamo_rollouts import DynamoRollouts
from conclave.pack import load_pack
from conclave.results import LIVE
from conclave.rollout.acting import RolloutContended

from cli.errors import CliError
from cli.target.account import asked_of_cloud

if TYPE_CHECKING:
    from conclave.audit.chain import NewEntry
    from conclave.rollout.record import Record

    from cli.ports import Document, Target
    from cli.target.account import Account

RIGHTS = "it takes the rights of the policy <prefix>-rollout; docs/operations.md, New versions of agents"


class StageRollout:
    """See ``cli.ports.StageRollouts``.

    Args:
        account: The account.
        outputs: Outputs of the engine's stack.
        target: Which deployment.
    """

    def __init__(self, account: Account, outputs: Mapping[str, str], target: Target) -> None:
        self._account, self._target, self._prefix = account, target, outputs["TablePrefix"]
        self._kept = DynamoRollouts(account.client("dynamodb"), outputs["RunsTable"], outputs["AuditTable"])

    def read(self) -> Record:
        """See ``Rollouts.read``."""
        with _asked("the record cannot be read"):
            return self._kept.read()

    def entries(self) -> list[bytes]:
        """See ``Rollouts.entries``."""
        with _asked("its audit cannot be read"):
            return self._kept.entries()

    def move(self, before: Record, after: Record, entry: NewEntry) -> None:
        """See ``Rollouts.move``."""
        try:
            with _asked("the record cannot be moved"):
                self._kept.move(before, after, entry)
        except RolloutContended as error:
            raise CliError(
                str(error), advice="conclave rollout status, then send it again", code="rollout_contended"
            ) from error

    def deployed(self) -> dict[str, str]:
        """See ``StageRollouts.deployed``."""
        functions = self._account.client("lambda")
        with _asked("the versions of the agents' functions cannot be read"):
            return {
                agent.name: str(
                    functions.get_alias(FunctionName=f"{self._prefix}agent-{agent.name}", Name=LIVE)["FunctionVersion"]
                )
                for agent in load_pack(self._target.pack).agents
            }

    def caller(self) -> str:
        """See ``StageRollouts.caller``."""
        with _asked("it is not known who asks"):
            return str(self._account.client("sts").get_caller_identity()["Arn"])

    def look(self, *, step: bool) -> Document:
        """See ``StageRollouts.look``."""
        functions = self._account.client("lambda")
        with _asked("the gate cannot be asked"):
            answer = functions.invoke(
                FunctionName=f"{self._prefix}gate", Qualifier=LIVE, Payload=json.dumps({"step": step})
            )
        told: Document = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            raise CliError(
                f"the gate failed: {told.get('errorType')}",
                advice="its log says why; it goes on from there when it is asked again",
                code="gate_failed",
            )
        return told


def _asked(otherwise: str) -> AbstractContextManager[None]:
    """Tells a refusal of AWS in one line."""
    return asked_of_cloud(
        f"the rollout: {otherwise}",
        rights=RIGHTS,
        look="conclave rollout status says how it stands",
        code="rollout_refused_by_cloud",
    )
