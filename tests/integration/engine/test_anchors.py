"""The adapters of anchors against moto: a signature that verifies, an object that is locked and stays."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from conclave.adapters.anchors import KmsSigner, LockedBucket
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from moto import mock_aws

from cli.target.audit_export import LockedAnchors
from verifier.anchors import PublicKey

REGION = "eu-central-1"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        yield


def locked_bucket() -> Any:
    client = boto3.client("s3", region_name=REGION)
    location: Any = {"LocationConstraint": REGION}
    client.create_bucket(Bucket="anchors", CreateBucketConfiguration=location, ObjectLockEnabledForBucket=True)
    rule: Any = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}
    client.put_object_lock_configuration(
        Bucket="anchors", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    return client


def test_what_is_signed_verifies_with_the_public_key_that_the_auditor_gets(aws: None) -> None:
    kms = boto3.client("kms", region_name=REGION)
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    digest = hashlib.sha256(b"head").digest()
    signature = KmsSigner(kms, key).sign(digest)
    name, der = LockedAnchors(boto3.client("s3", region_name=REGION), kms, "anchors", key).key()
    assert name == key
    # moto hashes a digest once more, which AWS and the local cloud do not: there the end-to-end test verifies.
    PublicKey.from_der(der).key.verify(signature, digest, ec.ECDSA(SHA256()))


def test_an_anchor_is_kept_once_and_every_version_is_read(aws: None) -> None:
    client = locked_bucket()
    bucket = LockedBucket(client, "anchors")
    assert bucket.keep("run-1/000006.json", b"first")
    assert not bucket.keep("run-1/000006.json", b"second")
    assert bucket.keep("run-2/000003.json", b"other")
    anchors = LockedAnchors(client, boto3.client("kms", region_name=REGION), "anchors", "key")
    assert anchors.names() == ["run-1/000006.json", "run-2/000003.json"]
    assert anchors.of("run-1") == [("run-1/000006.json", "first")]
    # Who may write objects can put another version on top; the one below stays and is read, too.
    client.put_object(Bucket="anchors", Key="run-1/000006.json", Body=b"forged")
    assert sorted(text for _, text in anchors.of("run-1")) == ["first", "forged"]
    client.delete_object(Bucket="anchors", Key="run-2/000003.json")
    assert "run-2/000003.json" in anchors.names()
    assert anchors.of("run-9") == []


def test_other_refusals_of_the_bucket_are_errors(aws: None) -> None:
    client = boto3.client("s3", region_name=REGION)
    with pytest.raises(client.exceptions.NoSuchBucket):
        LockedBucket(client, "nowhere").keep("run-1/000001.json", b"")


def test_an_anchor_that_lost_to_another_writer_is_written_again() -> None:
    """S3 answers a conflict while somebody else is at the same object; whether they will succeed, nobody knows yet."""

    class Contended:
        def put_object(self, **_: Any) -> None:
            raise ClientError({"Error": {"Code": "ConditionalRequestConflict", "Message": "try again"}}, "PutObject")

    client: Any = Contended()
    with pytest.raises(ClientError):
        LockedBucket(client, "anchors").keep("run-1/000001.json", b"")
