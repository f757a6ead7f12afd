"""The versions of the pack's tables: ``DataVersions`` on items of the runs table, which every function may read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from conclave.adapters.stores.dynamodb import batch_get, to_item
from conclave.caches.versions import SLICES, VERSIONS, Version

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_SLICES = {f"s{number}": number for number in range(SLICES)}
"""Slices by the names of their attributes."""


class DynamoDataVersions:
    """Versions in DynamoDB. See ``conclave.caches.versions.DataVersions``.

    Args:
        client: A DynamoDB client.
        table: Name of the runs table.
        tables: Names of the pack's tables, at most a hundred.
    """

    def __init__(self, client: DynamoDBClient, table: str, tables: Sequence[str]) -> None:
        self._client = client
        self._table = table
        self._keys = [_key(each) for each in tables]

    def read(self) -> Mapping[str, Version]:
        """See ``DataVersions.read``."""
        found = batch_get(self._client, self._table, self._keys, consistent=True)
        return {item["record"]["S"]: _version(item) for item in found}

    def begin(self, table: str, writer: str, version: Version) -> frozenset[str]:
        """See ``DataVersions.begin``."""
        return self._change(table, "ADD", [writer], version)

    def end(self, table: str, writers: Iterable[str], version: Version) -> None:
        """See ``DataVersions.end``: taking somebody out of a set who is not in it changes nothing."""
        self._change(table, "DELETE", sorted(writers), version)

    def _change(self, table: str, action: str, writers: list[str], version: Version) -> frozenset[str]:
        named = [*(["whole"] if version.whole else ()), *(f"s{number}" for number in sorted(version.slices))]
        slices = "".join(f", {name} = :id" for name in named)
        answer: Any = self._client.update_item(
            TableName=self._table,
            Key=_key(table),
            UpdateExpression=f"SET id = :id, changed_at = :at{slices} {action} writers :writers",
            ExpressionAttributeValues={
                ":id": {"S": version.id},
                ":at": {"S": version.changed_at},
                ":writers": {"SS": writers},
            },
            ReturnValues="ALL_NEW",
        )
        return _version(answer["Attributes"]).writers


def _key(table: str) -> dict[str, Any]:
    return to_item({"run_id": VERSIONS, "record": table})


def _version(item: Mapping[str, Any]) -> Version:
    return Version(
        id=item["id"]["S"],
        changed_at=item["changed_at"]["S"],
        writers=frozenset(item.get("writers", {}).get("SS", ())),
        whole=item.get("whole", {}).get("S", ""),
        slices={number: item[name]["S"] for name, number in _SLICES.items() if name in item},
    )
