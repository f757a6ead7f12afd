"""The condition key ``dynamodb:LeadingKeys``: which partition keys a request names.

The emulator does not know it, and a condition on a key that is not there holds: every agent could write into the journal of
every other one, which AWS refuses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ministack.core import iam_actions
from ministack.services import dynamodb

PartitionKey = Callable[[str], str]
_EQUALITY = re.compile(r"(#?[\w.-]+)\s*=\s*(:\w+)")
_WRITES = ("Put", "Update", "Delete", "ConditionCheck", "Get")


def leading_keys(request: Mapping[str, Any], partition_key: PartitionKey) -> list[str]:
    """The partition keys that a DynamoDB request reads or writes, as strings.

    Args:
        request: The request of any operation on items.
        partition_key: Name of the partition key attribute of a table.
    """
    return list(dict.fromkeys(_named(request, partition_key)))


def _named(request: Mapping[str, Any], partition_key: PartitionKey) -> Iterator[str]:
    table = str(request.get("TableName", ""))
    for part in ("Item", "Key"):
        yield from _text((request.get(part) or {}).get(partition_key(table)))
    match = _EQUALITY.search(str(request.get("KeyConditionExpression", "")))
    if match:
        yield from _text((request.get("ExpressionAttributeValues") or {}).get(match.group(2)))
    for name, batch in (request.get("RequestItems") or {}).items():
        entries = batch.get("Keys", ()) if isinstance(batch, dict) else [_written(each) for each in batch]
        for entry in entries:
            yield from _text(entry.get(partition_key(name)))
    for item in request.get("TransactItems") or ():
        for operation in _WRITES:
            if operation in item:
                yield from _named(item[operation], partition_key)


def _written(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """The item, or the key of one, that an entry of a batch write names."""
    item: Mapping[str, Any] = (
        (entry.get("PutRequest") or {}).get("Item") or (entry.get("DeleteRequest") or {}).get("Key") or {}
    )
    return item


def _text(value: Any) -> Iterator[str]:
    if isinstance(value, dict) and value:
        yield str(next(iter(value.values())))


def _partition_key(table: str) -> str:
    known = dynamodb._tables.get(table.rpartition("/")[2]) or {}
    return str(known.get("pk_name", ""))


def install() -> None:
    """Adds the key to what the emulator evaluates. To be called before its ``main``."""
    known = iam_actions.dynamodb_service_context

    def service_context(body: bytes) -> dict[str, Any]:
        context: dict[str, Any] = known(body)
        try:
            request = json.loads(body or b"{}")
        except ValueError:
            return context
        keys = leading_keys(request, _partition_key) if isinstance(request, dict) else []
        return {**context, "dynamodb:LeadingKeys": keys} if keys else context

    iam_actions.dynamodb_service_context = service_context
