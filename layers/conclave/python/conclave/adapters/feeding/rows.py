"""The tables that feeds write: ``Rows`` on DynamoDB, a partition at a time, in transactions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from conclave.adapters.stores.dynamodb import (
    ATTEMPTS,
    READ_BATCH,
    WriteFailed,
    backoff_seconds,
    batch_get,
    chunks,
    from_item,
    key_attributes,
    to_attribute,
    to_item,
    transact,
)
from conclave.caches.versions import DataVersions, writing
from conclave.clock import Timepiece, system_clock
from conclave.feeds.changes import Change, Moved
from conclave.pack.tables import Item, Key, Table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

TOGETHER = 100
"""Changes of one transaction (a limit of DynamoDB). A partition with more is written in several."""


class DynamoRows:
    """Rows in DynamoDB. See ``conclave.feeds.changes.Rows``.

    Args:
        client: A DynamoDB client.
        prefix: What stands before the pack's table names.
        versions: Gets a new version of whatever is written here.
        clock: The time.
    """

    def __init__(
        self, client: DynamoDBClient, prefix: str, versions: DataVersions, clock: Timepiece = system_clock
    ) -> None:
        self._client, self._prefix, self._versions, self._clock = client, prefix, versions, clock

    def there(self, table: Table, keys: Iterable[Key]) -> Mapping[Key, Item]:
        """See ``Rows.there``."""
        found: dict[Key, Item] = {}
        for chunk in chunks(dict.fromkeys(keys), READ_BATCH):
            named = [key_attributes(table, key) for key in chunk]
            read = batch_get(self._client, self._prefix + table.name, named, consistent=True, sleep=self._clock.sleep)
            found |= {table.key_of(item): item for item in map(from_item, read)}
        return found

    def write(self, table: Table, changes: Sequence[Change]) -> None:
        """See ``Rows.write``."""
        partitions: dict[str, list[Change]] = {}
        for change in changes:
            partitions.setdefault(change.key if isinstance(change.key, str) else change.key[0], []).append(change)
        with writing(self._versions, table.name, self._clock, partitions) as until:
            for together in _together(partitions.values()):
                self._transact(table, together, until)

    def _transact(self, table: Table, changes: Sequence[Change], until: float) -> None:
        name = self._prefix + table.name
        items = [_written(name, table, change) for change in changes]
        for attempt in range(ATTEMPTS):
            if self._clock.monotonic() > until:
                break
            lost = transact(self._client, items)
            if not lost:
                return
            if "ConditionalCheckFailed" in lost:
                raise Moved(f"an item of {table.name} was changed by somebody else")
            self._clock.sleep(backoff_seconds(attempt))
        raise WriteFailed(f"{len(changes)} items of {table.name} could not be written")


def _together(partitions: Iterable[Sequence[Change]]) -> Iterator[list[Change]]:
    """Changes that are written at once: whole partitions, as many as fit; of a larger one as many as fit at a time."""
    batch: list[Change] = []
    for partition in partitions:
        if batch and len(batch) + len(partition) > TOGETHER:
            yield batch
            batch = []
        for chunk in chunks(partition, TOGETHER):
            if len(batch) + len(chunk) > TOGETHER:
                yield batch
                batch = []
            batch += chunk
    if batch:
        yield batch


def _written(name: str, table: Table, change: Change) -> dict[str, Any]:
    key = key_attributes(table, change.key)
    if change.after is None:
        return {"Delete": {"TableName": name, "Key": key}}
    if change.before is None:
        return {
            "Put": {
                "TableName": name,
                "Item": to_item(change.after),
                "ConditionExpression": "attribute_not_exists(#key)",
                "ExpressionAttributeNames": {"#key": table.key},
            }
        }
    return {"Update": {"TableName": name, "Key": key, **_update(change.before, change.after)}}


def _update(before: Item, after: Item) -> dict[str, Any]:
    """What changes of an item, on the condition that exactly this is as it was."""
    names = sorted(name for name in before.keys() | after.keys() if _of(before, name) != _of(after, name))
    numbered = dict(enumerate(names))
    put = [f"#a{n} = :n{n}" for n, name in numbered.items() if name in after]
    gone = [f"#a{n}" for n, name in numbered.items() if name not in after]
    was = [f"#a{n} = :o{n}" if name in before else f"attribute_not_exists(#a{n})" for n, name in numbered.items()]
    parts = [f"SET {', '.join(put)}" if put else "", f"REMOVE {', '.join(gone)}" if gone else ""]
    return {
        "UpdateExpression": " ".join(filter(None, parts)),
        "ConditionExpression": " AND ".join(was),
        "ExpressionAttributeNames": {f"#a{n}": name for n, name in numbered.items()},
        "ExpressionAttributeValues": {
            **{f":n{n}": to_attribute(after[name]) for n, name in numbered.items() if name in after},
            **{f":o{n}": to_attribute(before[name]) for n, name in numbered.items() if name in before},
        },
    }


def _of(item: Item, name: str) -> tuple[bool, Any]:
    return name in item, item.get(name)
