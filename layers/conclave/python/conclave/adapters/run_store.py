"""The runs table and the journal table: ``RunStore`` and ``Journal`` on DynamoDB."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from conclave.adapters.dynamodb import READ_BATCH, batch_get, chunks, from_item, to_attribute, to_item
from conclave.clock import parse_timestamp
from conclave.codec import convert
from conclave.runs import (
    AUDIT_PREFIX,
    DECISION,
    META,
    Page,
    Publication,
    Run,
    RunNotFound,
    StaleFence,
    audit_record,
    check_size,
)
from conclave.types import RunStatus

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

SECONDS_PER_DAY = 86_400


class DynamoRunStore:
    """Runs in DynamoDB. See ``conclave.runs.RunStore``.

    Args:
        client: A DynamoDB client.
        table: Name of the runs table: partition key ``run_id``, sort key ``record``.
        ttl_days: Days after which records expire, counted from the creation of the run.
    """

    def __init__(self, client: DynamoDBClient, table: str, ttl_days: int) -> None:
        self._client = client
        self._table = table
        self._ttl_days = ttl_days

    def create(self, run: Run) -> bool:
        """See ``RunStore.create``."""
        expires_at = int(parse_timestamp(run.created_at).timestamp()) + self._ttl_days * SECONDS_PER_DAY
        head = {
            "run_id": run.run_id,
            "record": META,
            "status": run.status,
            "day": run.day,
            "pack": run.pack,
            "created_at": run.created_at,
            "updated_at": run.updated_at,
            "correlation_id": run.correlation_id,
            "text": run.text,
            "incident": dict(run.incident),
            "source": run.source,
            "fence": 0,
            "marks": dict(run.marks),
            "expires_at": expires_at,
        }
        try:
            self._client.put_item(
                TableName=self._table, Item=to_item(head), ConditionExpression="attribute_not_exists(run_id)"
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def get(self, run_id: str) -> Run:
        """See ``RunStore.get``."""
        answer = self._client.get_item(TableName=self._table, Key=_key(run_id, META), ConsistentRead=True)
        if "Item" not in answer:
            raise RunNotFound(f"there is no run {run_id}")
        return _run(answer["Item"])

    def claim(self, run_id: str, execution_arn: str, now: str) -> Run:
        """See ``RunStore.claim``."""
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=_key(run_id, META),
                UpdateExpression="SET execution_arn = :arn, updated_at = :now ADD fence :one",
                ConditionExpression="#status = :running",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={
                    ":arn": {"S": execution_arn},
                    ":now": {"S": now},
                    ":one": {"N": "1"},
                    ":running": {"S": RunStatus.RUNNING},
                },
                ReturnValues="ALL_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            raise StaleFence(f"the run {self.get(run_id).run_id} is already decided") from error
        return _run(answer["Attributes"])

    def mark(self, run_id: str, moment: str, now: str, summary: str = "") -> None:
        """See ``RunStore.mark``."""
        values: dict[str, Any] = {":now": {"S": now}}
        update = "SET marks.#moment = :now, updated_at = :now"
        if summary:
            update += ", summary = :summary"
            values[":summary"] = {"S": summary}
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_key(run_id, META),
                UpdateExpression=update,
                ConditionExpression="attribute_exists(run_id)",
                ExpressionAttributeNames={"#moment": moment},
                ExpressionAttributeValues=values,
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            raise RunNotFound(f"there is no run {run_id}") from error

    def write(self, run_id: str, records: Mapping[str, bytes], fence: int) -> None:
        """See ``RunStore.write``: one transaction, so that all records of a step appear together."""
        for name, data in records.items():
            check_size(name, data)
        expires_at = self.get(run_id).expires_at
        puts = [
            {
                "Put": {
                    "TableName": self._table,
                    "Item": to_item(
                        {"run_id": run_id, "record": name, "body": data, "fence": fence, "expires_at": expires_at}
                    ),
                    "ConditionExpression": "attribute_not_exists(fence) OR fence <= :fence",
                    "ExpressionAttributeValues": {":fence": {"N": str(fence)}},
                }
            }
            for name, data in records.items()
        ]
        self._transact(puts, f"a record of {run_id} was written under a newer fence")

    def read(self, run_id: str, records: Iterable[str]) -> dict[str, bytes]:
        """See ``RunStore.read``."""
        found: dict[str, bytes] = {}
        for chunk in chunks(dict.fromkeys(records), READ_BATCH):
            keys = [_key(run_id, name) for name in chunk]
            for item in batch_get(self._client, self._table, keys, consistent=True):
                found[item["record"]["S"]] = bytes(item["body"]["B"])
        return found

    def audit(self, run_id: str) -> list[bytes]:
        """See ``RunStore.audit``."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="run_id = :run AND begins_with(#record, :prefix)",
            ExpressionAttributeNames={"#record": "record"},
            ExpressionAttributeValues={":run": {"S": run_id}, ":prefix": {"S": AUDIT_PREFIX}},
            ConsistentRead=True,
        )
        return [bytes(item["body"]["B"]) for page in pages for item in page["Items"]]

    def publish(self, publication: Publication) -> None:
        """See ``RunStore.publish``."""
        run = self.get(publication.run_id)
        common = {"run_id": publication.run_id, "fence": publication.fence, "expires_at": run.expires_at}
        entry = audit_record(publication.audit_sequence)
        items: list[dict[str, Any]] = [
            {
                "Put": {
                    "TableName": self._table,
                    "Item": to_item({**common, "record": name, "body": data}),
                    "ConditionExpression": "attribute_not_exists(run_id)",
                }
            }
            for name, data in ((DECISION, publication.decision), (entry, publication.audit))
        ]
        items.append(
            {
                "Update": {
                    "TableName": self._table,
                    "Key": _key(publication.run_id, META),
                    "UpdateExpression": (
                        "SET #status = :status, option_id = :option, degraded = :degraded, updated_at = :now, "
                        "marks.decide_ended = :now"
                    ),
                    "ConditionExpression": "#status = :running AND fence = :fence",
                    "ExpressionAttributeNames": {"#status": "status"},
                    "ExpressionAttributeValues": {
                        ":status": to_attribute(str(publication.status)),
                        ":option": to_attribute(publication.option_id),
                        ":degraded": to_attribute(publication.degraded),
                        ":now": to_attribute(publication.now),
                        ":running": to_attribute(str(RunStatus.RUNNING)),
                        ":fence": to_attribute(publication.fence),
                    },
                }
            }
        )
        self._transact(items, f"the run {publication.run_id} is not this writer's to decide")

    def by_status(self, status: RunStatus, limit: int, next_token: str = "") -> Page:
        """See ``RunStore.by_status``."""
        return self._list("by_status", "status", status, limit, next_token)

    def by_day(self, day: str, limit: int, next_token: str = "") -> Page:
        """See ``RunStore.by_day``."""
        return self._list("by_day", "day", day, limit, next_token)

    def _list(self, index: str, key: str, value: str, limit: int, next_token: str) -> Page:
        request: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": index,
            "KeyConditionExpression": "#key = :value",
            "ExpressionAttributeNames": {"#key": key},
            "ExpressionAttributeValues": {":value": {"S": value}},
            "ScanIndexForward": False,
            "Limit": limit,
        }
        if next_token:
            request["ExclusiveStartKey"] = to_item(json.loads(next_token))
        answer = self._client.query(**request)
        last = answer.get("LastEvaluatedKey")
        return Page(tuple(_run(item) for item in answer["Items"]), json.dumps(from_item(last)) if last else "")

    def _transact(self, items: Sequence[Any], refusal: str) -> None:
        try:
            self._client.transact_write_items(TransactItems=items)
        except ClientError as error:
            reasons = error.response.get("CancellationReasons", [])
            if any(reason.get("Code") == "ConditionalCheckFailed" for reason in reasons):
                raise StaleFence(refusal) from error
            raise


class DynamoJournal:
    """The journal in DynamoDB. See ``conclave.runs.Journal``.

    Args:
        client: A DynamoDB client.
        table: Name of the journal table: partition key ``entry`` (``<run id>#<agent>``), sort key ``record``.
        ttl_days: Days after which entries expire.
        now_epoch: Seconds since the epoch, for the expiry.
    """

    def __init__(self, client: DynamoDBClient, table: str, ttl_days: int, now_epoch: int) -> None:
        self._client = client
        self._table = table
        self._expires_at = now_epoch + ttl_days * SECONDS_PER_DAY

    def append(self, run_id: str, agent: str, record: str, data: bytes, fence: int) -> None:
        """See ``Journal.append``."""
        check_size(record, data)
        item = {
            "entry": f"{run_id}#{agent}",
            "record": record,
            "body": data,
            "fence": fence,
            "expires_at": self._expires_at,
        }
        try:
            self._client.put_item(
                TableName=self._table,
                Item=to_item(item),
                ConditionExpression="attribute_not_exists(fence) OR fence <= :fence",
                ExpressionAttributeValues={":fence": {"N": str(fence)}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def read(self, run_id: str, agents: Sequence[str], records: Sequence[str]) -> dict[tuple[str, str], bytes]:
        """See ``Journal.read``."""
        keys = [
            {"entry": {"S": f"{run_id}#{agent}"}, "record": {"S": record}} for agent in agents for record in records
        ]
        found: dict[tuple[str, str], bytes] = {}
        for chunk in chunks(keys, READ_BATCH):
            for item in batch_get(self._client, self._table, chunk, consistent=True):
                agent = item["entry"]["S"].rpartition("#")[2]
                found[agent, item["record"]["S"]] = bytes(item["body"]["B"])
        return found


def _key(run_id: str, record: str) -> dict[str, dict[str, str]]:
    return {"run_id": {"S": run_id}, "record": {"S": record}}


def _run(item: Mapping[str, Any]) -> Run:
    plain = from_item(item)
    known = {name: plain[name] for name in Run.__dataclass_fields__ if name in plain}
    return convert(known, Run)
