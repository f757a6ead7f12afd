"""Which feeds were taken: ``Keys`` on items of the runs table that expire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conclave.adapters.stores.dynamodb import to_item
from conclave.clock import Clock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

FEEDS = "FEEDS"
"""Partition key, in the table of runs, of the keys of feeds. No run has this id."""
KEPT_SECONDS = 172_800
"""Twice as long as EventBridge delivers an event again."""


class DynamoKeys:
    """Keys in DynamoDB. See ``conclave.feeds.taking.Keys``.

    Args:
        client: A DynamoDB client.
        table: Name of the runs table.
        clock: The time.
    """

    def __init__(self, client: DynamoDBClient, table: str, clock: Clock) -> None:
        self._client, self._table, self._clock = client, table, clock

    def known(self, key: str) -> bool:
        """See ``Keys.known``."""
        answer = self._client.get_item(TableName=self._table, Key=_key(key), ConsistentRead=True)
        return "Item" in answer

    def add(self, key: str) -> None:
        """See ``Keys.add``."""
        expires_at = int(self._clock().timestamp()) + KEPT_SECONDS
        self._client.put_item(TableName=self._table, Item={**_key(key), **to_item({"expires_at": expires_at})})


def _key(key: str) -> dict[str, Any]:
    return to_item({"run_id": FEEDS, "record": key})
