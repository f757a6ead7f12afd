"""The token of the execution that waits for people: encrypted by KMS with the run's id, and handed back to Step Functions."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_kms.client import KMSClient
    from mypy_boto3_stepfunctions.client import SFNClient

PURPOSE = "approval"
"""Stands in the encryption context, and in the policies of who may encrypt and who may decrypt."""


def _context(run_id: str) -> dict[str, str]:
    return {"conclave": PURPOSE, "run_id": run_id}


class KmsSealer:
    """Encrypts a token for a run. See ``conclave.steps.approving.hold.Sealer``."""

    def __init__(self, client: KMSClient, key_arn: str) -> None:
        self._client = client
        self._key = key_arn

    def seal(self, text: str, run_id: str) -> str:
        """See ``Sealer.seal``."""
        answer = self._client.encrypt(KeyId=self._key, Plaintext=text.encode(), EncryptionContext=_context(run_id))
        return base64.b64encode(answer["CiphertextBlob"]).decode()


class StepFunctionsWaker:
    """Wakes the execution that waits. See ``conclave.api.approving.acts.Waker``."""

    def __init__(self, states: SFNClient, client: KMSClient, key_arn: str) -> None:
        self._states = states
        self._client = client
        self._key = key_arn

    def wake(self, sealed: str, run_id: str) -> bool:
        """See ``Waker.wake``."""
        token = self._client.decrypt(
            CiphertextBlob=base64.b64decode(sealed), KeyId=self._key, EncryptionContext=_context(run_id)
        )["Plaintext"].decode()
        gone = self._states.exceptions
        try:
            self._states.send_task_success(taskToken=token, output="{}")
        except (gone.TaskTimedOut, gone.TaskDoesNotExist, gone.InvalidToken):
            return False
        return True
