"""The rights around the audit, asked of the deployed roles themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

pytestmark = pytest.mark.e2e
ITEM: Any = {"run_id": {"S": "nobody's"}, "sequence": {"S": "000001"}}
DIGEST = b"\0" * 32


@pytest.fixture(scope="module")
def acting_as(conclave: Any) -> Callable[[str, str], Any]:
    """A client of a service in the role of a function: ``acting_as("Collate", "dynamodb")``."""
    pages = conclave.client("iam").get_paginator("list_roles").paginate()
    roles = {role["RoleName"]: role["Arn"] for page in pages for role in page["Roles"]}

    def client(function: str, service: str) -> Any:
        (arn,) = (each for name, each in roles.items() if f"airline-engine-{function}Role" in name)
        keys = conclave.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        session: Any = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], "us-east-1")
        config = Config(proxies={}, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        return session.client(service, endpoint_url=conclave.endpoint, config=config)

    return client


@pytest.mark.parametrize("writer", ["Intake", "Frame", "Collate", "Publish", "CloseRun"])
def test_a_writer_can_only_add_within_a_transaction(conclave: Any, acting_as: Any, writer: str) -> None:
    table = conclave.outputs()["AuditTable"]
    dynamodb = acting_as(writer, "dynamodb")
    refused: list[Callable[[], Any]] = [
        lambda: dynamodb.put_item(TableName=table, Item=ITEM),
        lambda: dynamodb.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": ITEM}}]}),
        lambda: dynamodb.delete_item(TableName=table, Key=ITEM),
        lambda: dynamodb.transact_write_items(TransactItems=[{"Delete": {"TableName": table, "Key": ITEM}}]),
        lambda: dynamodb.update_item(TableName=table, Key=ITEM),
        lambda: dynamodb.get_item(TableName=table, Key=ITEM),
        lambda: dynamodb.scan(TableName=table),
    ]
    for act in refused:
        with pytest.raises(ClientError, match="AccessDenied"):
            act()
    put: Any = {"Put": {"TableName": table, "Item": ITEM}}
    dynamodb.transact_write_items(TransactItems=[put])
    conclave.client("dynamodb").delete_item(TableName=table, Key=ITEM)


@pytest.mark.parametrize("other", ["Publish", "Runs", "Collate"])
def test_only_anchor_signs_and_nobody_else_writes_anchors(conclave: Any, acting_as: Any, other: str) -> None:
    outputs = conclave.outputs()
    with pytest.raises(ClientError, match="AccessDenied"):
        acting_as(other, "kms").sign(
            KeyId=outputs["AnchorKeyArn"], Message=DIGEST, MessageType="DIGEST", SigningAlgorithm="ECDSA_SHA_256"
        )
    with pytest.raises(ClientError, match="AccessDenied"):
        acting_as(other, "s3").put_object(Bucket=outputs["AnchorsBucket"], Key="forged", Body=b"")


def test_anchor_writes_no_audit_and_deletes_no_anchor(conclave: Any, acting_as: Any) -> None:
    outputs = conclave.outputs()
    put: Any = {"Put": {"TableName": outputs["AuditTable"], "Item": ITEM}}
    with pytest.raises(ClientError, match="AccessDenied"):
        acting_as("Anchor", "dynamodb").transact_write_items(TransactItems=[put])
    with pytest.raises(ClientError, match="AccessDenied"):
        acting_as("Anchor", "s3").delete_object(Bucket=outputs["AnchorsBucket"], Key="any")
    for name in ("notes.txt", "run-1/000001.json", "else/000001.json"):
        with pytest.raises(ClientError, match="AccessDenied"):
            acting_as("Anchor", "s3").put_object(Bucket=outputs["AnchorsBucket"], Key=name, Body=b"")
