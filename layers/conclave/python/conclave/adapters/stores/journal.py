"""The journal table: ``Journal`` on DynamoDB."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any, Self

from conclave.adapters.stores.bodies import body_as, body_in
from conclave.adapters.stores.dynamodb import (
    ATTEMPTS,
    READ_BATCH,
    WriteFailed,
    backoff_seconds,
    batch_get,
    chunks,
    to_item,
    transact,
)
from conclave.adapters.stores.run_store import SECONDS_PER_DAY
from conclave.records.journal import check_size

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

TRANSACTION = 100
"""Items in one transaction (a limit of DynamoDB)."""


class DynamoJournal:
    """The journal in DynamoDB. See ``conclave.records.journal.Journal``.

    Args:
        client: A DynamoDB client.
        table: Name of the journal table: partition key ``entry`` (``<run id>#<agent>``), sort key ``record``.
        ttl_days: Days after which entries expire.
        now_epoch: Seconds since the epoch, for the expiry.
        sleep: Waits for seconds.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        table: str,
        ttl_days: int,
        now_epoch: int,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._sleep = sleep
        self._table = table
        self._expires_at = now_epoch + ttl_days * SECONDS_PER_DAY

    def append(self, run_id: str, agent: str, entries: Mapping[str, bytes], fence: int) -> bool:
        """See ``Journal.append``: one transaction, for which the right to put items is enough."""
        puts: list[Any] = [
            {
                "Put": {
                    "TableName": self._table,
                    "Item": self._item(run_id, agent, record, data, fence),
                    "ConditionExpression": "attribute_not_exists(fence) OR fence < :fence",
                    "ExpressionAttributeValues": {":fence": {"N": str(fence)}},
                }
            }
            for record, data in entries.items()
        ]
        for attempt in range(ATTEMPTS):
            lost = transact(self._client, puts)
            if "ConditionalCheckFailed" in lost or not lost:
                return not lost
            self._sleep(backoff_seconds(attempt))
        raise WriteFailed(f"others keep writing entries of {agent} in {run_id}; try again")

    def replace(self, run_id: str, agent: str, entries: Mapping[str, bytes], fence: int) -> None:
        """See ``Journal.replace``."""
        for record, data in entries.items():
            self._client.put_item(TableName=self._table, Item=self._item(run_id, agent, record, data, fence))

    def _item(self, run_id: str, agent: str, record: str, data: bytes, fence: int) -> dict[str, Any]:
        check_size(record, data)
        entry = {"entry": f"{run_id}#{agent}", "record": record, **body_as(data), "fence": fence}
        return to_item({**entry, "expires_at": self._expires_at})

    def once(self, run_id: str, agent: str, record: str, data: bytes) -> bool:
        """See ``Journal.once``."""
        check_size(record, data)
        item = {"entry": f"{run_id}#{agent}", "record": record, **body_as(data), "expires_at": self._expires_at}
        try:
            self._client.put_item(
                TableName=self._table, Item=to_item(item), ConditionExpression="attribute_not_exists(entry)"
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def until(self, expires_at: int) -> Self:
        """See ``Journal.until``."""
        if not 0 < expires_at < self._expires_at:
            return self
        other = copy(self)
        other._expires_at = expires_at
        return other

    def remove(self, run_id: str, agents: Sequence[str], records: Sequence[str]) -> None:
        """See ``Journal.remove``: in transactions, the only way in which the role may delete."""
        deletes: list[Any] = [
            {
                "Delete": {
                    "TableName": self._table,
                    "Key": to_item({"entry": f"{run_id}#{agent}", "record": record}),
                }
            }
            for agent in agents
            for record in records
        ]
        for chunk in chunks(deletes, TRANSACTION):
            self._client.transact_write_items(TransactItems=chunk)

    def read(self, run_id: str, agents: Sequence[str], records: Sequence[str]) -> dict[tuple[str, str], bytes]:
        """See ``Journal.read``."""
        keys = [
            {"entry": {"S": f"{run_id}#{agent}"}, "record": {"S": record}} for agent in agents for record in records
        ]
        found: dict[tuple[str, str], bytes] = {}
        for chunk in chunks(keys, READ_BATCH):
            for item in batch_get(self._client, self._table, chunk, consistent=True):
                agent = item["entry"]["S"].rpartition("#")[2]
                found[agent, item["record"]["S"]] = body_in(item)
        return found
