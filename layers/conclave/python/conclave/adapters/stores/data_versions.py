"""The versions of the pack's tables: ``DataVersions`` on one item of the runs table, which every function may read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from conclave.adapters.stores.dynamodb import to_item
from conclave.caches.versions import OF_TABLES, VERSIONS, Version
from conclave.pack.tables import ReadFailed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_ID, _AT, _WRITERS = "id ", "at ", "writers "
"""What stands before the name of a table in the names of its attributes."""


class DynamoDataVersions:
    """Versions in DynamoDB. See ``conclave.caches.versions.DataVersions``.

    Args:
        client: A DynamoDB client.
        table: Name of the runs table.
    """

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table
        self._key = to_item({"run_id": VERSIONS, "record": OF_TABLES})

    def read(self) -> Mapping[str, Version]:
        """See ``DataVersions.read``."""
        try:
            answer: Any = self._client.get_item(TableName=self._table, Key=self._key, ConsistentRead=True)
        except (ClientError, BotoCoreError) as error:
            raise ReadFailed("the versions of the data") from error
        item = answer.get("Item", {})
        tables = [name.removeprefix(_ID) for name in item if name.startswith(_ID)]
        return {
            table: Version(
                id=item[_ID + table]["S"],
                changed_at=item[_AT + table]["S"],
                writers=frozenset(item.get(_WRITERS + table, {}).get("SS", ())),
            )
            for table in tables
        }

    def begin(self, table: str, writer: str, version: Version) -> frozenset[str]:
        """See ``DataVersions.begin``."""
        return self._change(table, "ADD", [writer], version)

    def end(self, table: str, writers: Iterable[str], version: Version) -> None:
        """See ``DataVersions.end``: taking somebody out of a set who is not in it changes nothing."""
        self._change(table, "DELETE", sorted(writers), version)

    def _change(self, table: str, action: str, writers: list[str], version: Version) -> frozenset[str]:
        answer: Any = self._client.update_item(
            TableName=self._table,
            Key=self._key,
            UpdateExpression=f"SET #id = :id, #at = :at {action} #writers :writers",
            ExpressionAttributeNames={"#id": _ID + table, "#at": _AT + table, "#writers": _WRITERS + table},
            ExpressionAttributeValues={
                ":id": {"S": version.id},
                ":at": {"S": version.changed_at},
                ":writers": {"SS": writers},
            },
            ReturnValues="ALL_NEW",
        )
        return frozenset(answer["Attributes"].get(_WRITERS + table, {}).get("SS", ()))
