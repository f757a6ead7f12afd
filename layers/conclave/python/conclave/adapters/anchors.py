"""Anchors on AWS: a signing key of KMS, and a bucket under Object Lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_kms.client import KMSClient
    from mypy_boto3_s3.client import S3Client

_THERE_IS_ONE = "PreconditionFailed"
"""Unlike ``ConditionalRequestConflict``: then somebody else is writing, who may yet fail, and the function is repeated."""


class KmsSigner:
    """A key of KMS (ECC_NIST_P256). See ``conclave.audit.anchoring.Signer``."""

    def __init__(self, client: KMSClient, key: str) -> None:
        self._client = client
        self.key = key

    def sign(self, digest: bytes) -> bytes:
        """See ``Signer.sign``."""
        answer = self._client.sign(
            KeyId=self.key, Message=digest, MessageType="DIGEST", SigningAlgorithm="ECDSA_SHA_256"
        )
        return bytes(answer["Signature"])


class LockedBucket:
    """A bucket whose default retention locks every object. See ``conclave.audit.anchoring.Vault``."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def keep(self, name: str, content: bytes) -> bool:
        """See ``Vault.keep``."""
        try:
            self._client.put_object(
                Bucket=self._bucket, Key=name, Body=content, ContentType="application/json", IfNoneMatch="*"
            )
        except ClientError as error:
            if error.response["Error"].get("Code") == _THERE_IS_ONE:
                return False
            raise
        return True
