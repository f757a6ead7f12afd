"""The record of a rollout: ``Rollouts`` on one item of the runs table, and its chain in the table of audits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conclave.adapters.stores.dynamodb import to_item, transact
from conclave.audit.chain import ROLLOUT
from conclave.codec import decode, encode
from conclave.rollout.acting import RECORD, STAGE, RolloutContended
from conclave.rollout.record import NONE, Record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

    from conclave.audit.chain import NewEntry


class DynamoRollouts:
    """See ``conclave.rollout.acting.Rollouts``. Errors of AWS come as they are.

    Args:
        client: A DynamoDB client.
        table: Name of the runs table.
        audit_table: Name of the table of audits; empty for who only reads the record.
    """

    def __init__(self, client: DynamoDBClient, table: str, audit_table: str = "") -> None:
        self._client, self._table, self._audit_table = client, table, audit_table
        self._key = to_item({"run_id": STAGE, "record": RECORD})

    def read(self) -> Record:
        """See ``Rollouts.read``."""
        answer = self._client.get_item(TableName=self._table, Key=self._key, ConsistentRead=True)
        item = answer.get("Item")
        return decode(bytes(item["body"]["B"]), Record) if item else NONE

    def entries(self) -> list[bytes]:
        """See ``Rollouts.entries``."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._audit_table,
            KeyConditionExpression="run_id = :chain",
            ExpressionAttributeValues={":chain": {"S": ROLLOUT}},
            ConsistentRead=True,
        )
        return [bytes(item["body"]["B"]) for page in pages for item in page["Items"]]

    def move(self, before: Record, after: Record, entry: NewEntry) -> None:
        """See ``Rollouts.move``."""
        record: dict[str, Any] = {
            "TableName": self._table,
            "Item": {**self._key, "revision": {"N": str(after.revision)}, "body": {"B": encode(after)}},
            "ConditionExpression": "attribute_not_exists(run_id)",
        }
        if before.revision:
            record["ConditionExpression"] = "revision = :before"
            record["ExpressionAttributeValues"] = {":before": {"N": str(before.revision)}}
        told = {
            "TableName": self._audit_table,
            "Item": {
                "run_id": {"S": ROLLOUT},
                "sequence": {"S": f"{entry.entry.sequence:06d}"},
                "event": {"S": entry.entry.event},
                "body": {"B": entry.data},
            },
            "ConditionExpression": "attribute_not_exists(run_id)",
        }
        if transact(self._client, [{"Put": record}, {"Put": told}]):
            raise RolloutContended("somebody else moved the rollout just now, and nothing of yours was done")
