"""The holders of places: ``Places`` on one item of the runs table. The phase machine itself adds to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conclave.adapters.stores.dynamodb import to_item
from conclave.records.admission import ADMISSION, HOLDERS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


class DynamoPlaces:
    """Places in DynamoDB. See ``conclave.records.admission.Places``.

    Args:
        client: A DynamoDB client.
        table: Name of the runs table.
    """

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table
        self._key = to_item({"run_id": ADMISSION, "record": HOLDERS})

    def holders(self) -> frozenset[str]:
        """See ``Places.holders``."""
        answer = self._client.get_item(TableName=self._table, Key=self._key, ConsistentRead=True)
        return frozenset(answer.get("Item", {}).get("holders", {}).get("SS", ()))

    def release(self, run_id: str) -> None:
        """See ``Places.release``: taking somebody out of a set who is not in it changes nothing."""
        self._client.update_item(
            TableName=self._table,
            Key=self._key,
            UpdateExpression="DELETE holders :run",
            ExpressionAttributeValues={":run": {"SS": [run_id]}},
        )
