"""The events table: ``EventStore`` on DynamoDB. Of each run one item with its events, and one for each of its listeners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conclave.adapters.stores.bodies import body_as, body_in
from conclave.adapters.stores.dynamodb import from_item, to_item
from conclave.codec import decode, encode
from conclave.records.journal import check_size
from conclave.streaming.events import Kind, Log
from conclave.streaming.listeners import MAX_LISTENERS, Listener

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

LOG = "LOG"
LISTENER = "LISTENER#"


class DynamoEvents:
    """Events in DynamoDB. See ``conclave.streaming.listeners.EventStore``.

    Args:
        client: A DynamoDB client.
        table: Name of the events table: partition key ``run_id``, sort key ``record``.
    """

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def log(self, run_id: str) -> Log:
        """See ``EventStore.log``."""
        answer = self._client.get_item(TableName=self._table, Key=_key(run_id, LOG), ConsistentRead=True)
        return decode(body_in(answer["Item"]), Log) if "Item" in answer else Log(run_id=run_id)

    def extend(self, log: Log, known: int, expires_at: int) -> bool:
        """See ``EventStore.extend``."""
        data = encode(log)
        check_size(LOG, data)
        item = {"run_id": log.run_id, "record": LOG, "last": log.last, "expires_at": expires_at, **body_as(data)}
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(run_id)"}
        if known:
            condition = {
                "ConditionExpression": "#last = :known",
                "ExpressionAttributeNames": {"#last": "last"},
                "ExpressionAttributeValues": {":known": {"N": str(known)}},
            }
        try:
            self._client.put_item(TableName=self._table, Item=to_item(item), **condition)
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def invite(self, listener: Listener) -> None:
        """See ``EventStore.invite``."""
        item = {
            "run_id": listener.run_id,
            "record": LISTENER + listener.id,
            "kinds": list(listener.kinds),
            "opens_until": listener.opens_until,
            "expires_at": listener.expires_at,
        }
        self._client.put_item(TableName=self._table, Item=to_item(item))

    def open(self, run_id: str, id: str, connection: str, now: int) -> Listener | None:
        """See ``EventStore.open``."""
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=_key(run_id, LISTENER + id),
                UpdateExpression="SET #connection = :connection",
                ConditionExpression="attribute_not_exists(#connection) AND opens_until >= :now",
                ExpressionAttributeNames={"#connection": "connection"},
                ExpressionAttributeValues={":connection": {"S": connection}, ":now": {"N": str(now)}},
                ReturnValues="ALL_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        return _listener(answer["Attributes"])

    def hear(self, run_id: str, id: str) -> None:
        """See ``EventStore.hear``."""
        self._mark(run_id, id, hears=True)

    def close(self, run_id: str, id: str) -> None:
        """See ``EventStore.close``. It is marked, not deleted, so that no function that faces the public deletes anything."""
        self._mark(run_id, id, hears=False)

    def _mark(self, run_id: str, id: str, *, hears: bool) -> None:
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_key(run_id, LISTENER + id),
                UpdateExpression="SET hears = :hears",
                ConditionExpression="attribute_exists(#connection)",
                ExpressionAttributeNames={"#connection": "connection"},
                ExpressionAttributeValues={":hears": {"BOOL": hears}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def listeners(self, run_id: str, now: int) -> tuple[Listener, ...]:
        """See ``EventStore.listeners``."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="run_id = :run AND begins_with(#record, :listener)",
            FilterExpression="hears = :yes AND expires_at > :now",
            ExpressionAttributeNames={"#record": "record"},
            ExpressionAttributeValues={
                ":run": {"S": run_id},
                ":listener": {"S": LISTENER},
                ":yes": {"BOOL": True},
                ":now": {"N": str(now)},
            },
            ConsistentRead=True,
        )
        found: list[Listener] = []
        for page in pages:
            found.extend(_listener(item) for item in page["Items"])
            if len(found) >= MAX_LISTENERS:
                break
        return tuple(found[:MAX_LISTENERS])


def _listener(attributes: Any) -> Listener:
    item = from_item(attributes)
    return Listener(
        run_id=str(item["run_id"]),
        id=str(item["record"]).removeprefix(LISTENER),
        kinds=tuple(Kind(each) for each in item["kinds"]),
        opens_until=int(item["opens_until"]),
        expires_at=int(item["expires_at"]),
        connection=str(item.get("connection", "")),
    )


def _key(run_id: str, record: str) -> Any:
    return to_item({"run_id": run_id, "record": record})
