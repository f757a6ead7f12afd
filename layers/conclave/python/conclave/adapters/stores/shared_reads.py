"""What functions leave for one another of what they read: ``Shared`` on a table whose items expire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from conclave.adapters.stores.dynamodb import READ_BATCH, WRITE_BATCH, batch_get, chunks, to_item
from conclave.clock import Timepiece, system_clock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

MOST_BUNDLE_BYTES = 131_072
"""A larger bundle is not left: an item may have 400 KB, and each KB that is written costs five times what reading 4 KB does."""
SECONDS = 86_400
"""Age at which a bundle expires, whatever its version."""


class DynamoSharedReads:
    """Bundles in DynamoDB. See ``conclave.caches.tables.Shared``.

    Args:
        client: A DynamoDB client.
        table: Name of the cache table.
        clock: The time.
    """

    def __init__(self, client: DynamoDBClient, table: str, clock: Timepiece = system_clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def get(self, names: Sequence[str]) -> Mapping[str, bytes]:
        """See ``Shared.get``: one request for a hundred bundles. What has expired and is not removed yet is not there."""
        now, found = self._clock().timestamp(), {}
        for chunk in chunks(names, READ_BATCH):
            keys = [to_item({"bundle": name}) for name in chunk]
            for item in batch_get(self._client, self._table, keys, sleep=self._clock.sleep):
                if int(item["expires_at"]["N"]) > now:
                    found[item["bundle"]["S"]] = bytes(item["body"]["B"])
        return found

    def put(self, bundles: Mapping[str, bytes]) -> None:
        """See ``Shared.put``: asked once, and not again for what is left unprocessed."""
        expires_at = int(self._clock().timestamp()) + SECONDS
        small = {name: body for name, body in bundles.items() if len(body) <= MOST_BUNDLE_BYTES}
        for chunk in chunks(small.items(), WRITE_BATCH):
            items = [to_item({"bundle": name, "body": body, "expires_at": expires_at}) for name, body in chunk]
            requests = [{"PutRequest": {"Item": item}} for item in items]
            with suppress(ClientError, BotoCoreError):
                self._client.batch_write_item(RequestItems={self._table: requests})  # type: ignore[dict-item]
