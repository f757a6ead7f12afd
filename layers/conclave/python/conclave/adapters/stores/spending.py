"""The spending table: ``Spending`` on DynamoDB, and the part of a transaction that adds a run to it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from conclave.adapters.stores.dynamodb import batch_get, from_item, to_item, transact
from conclave.clock import parse_timestamp
from conclave.money.spending import KEPT_DAYS, Spent, periods_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

SECONDS_PER_DAY = 86_400
ATTEMPTS = 12
LONGEST_WAIT_SECONDS = 0.4


class SpendingUnknown(Exception):
    """An outcome would not be counted: nobody named the table of the sums."""


class SpendingContended(Exception):
    """Others keep adding to the same day; nothing was added."""


class DynamoSpending:
    """Sums by day and month. See ``conclave.money.spending.Spending``.

    Args:
        client: A DynamoDB client.
        table: Name of the spending table: partition key ``period``.
        sleep: Waits between attempts to add.
    """

    def __init__(self, client: DynamoDBClient, table: str, sleep: Callable[[float], None]) -> None:
        self._client = client
        self._table = table
        self._sleep = sleep

    def spent(self, periods: Sequence[str]) -> Mapping[str, Spent]:
        """See ``Spending.spent``."""
        keys = [to_item({"period": period}) for period in dict.fromkeys(periods)]
        found = [from_item(item) for item in batch_get(self._client, self._table, keys, consistent=True)]
        return {
            item["period"]: Spent(
                settled_nanos=int(item.get("settled_nanos", 0)),
                reserved_nanos=int(item.get("reserved_nanos", 0)),
                runs=int(item.get("runs", 0)),
            )
            for item in found
        }

    def add(self, charge: Spent, now: str) -> None:
        """See ``Spending.add``. Raises ``SpendingContended`` when others keep adding to the same day."""
        for attempt in range(ATTEMPTS):
            if not transact(self._client, additions(self._table, charge, now)):
                return
            self._sleep(random.uniform(0, min(LONGEST_WAIT_SECONDS, 0.01 * 2**attempt)))
        raise SpendingContended(f"others keep adding to the sums of {now[:10]}; try again")


def additions(table: str, charge: Spent, now: str) -> list[dict[str, Any]]:
    """The items of a transaction that add a run to its day and month. Adding needs no condition, so that nobody has to read.

    Raises:
        SpendingUnknown: There is no table.
    """
    if not table:
        raise SpendingUnknown("no table of sums was named; set SPENDING_TABLE for whoever writes an outcome")
    expires_at = int(parse_timestamp(now).timestamp()) + KEPT_DAYS * SECONDS_PER_DAY
    values = {":settled": charge.settled_nanos, ":reserved": charge.reserved_nanos, ":runs": charge.runs}
    return [
        {
            "Update": {
                "TableName": table,
                "Key": to_item({"period": period}),
                "UpdateExpression": "SET expires_at = :end ADD settled_nanos :settled, reserved_nanos :reserved, runs :runs",
                "ExpressionAttributeValues": to_item({**values, ":end": expires_at}),
            }
        }
        for period in periods_of(now)
    ]
