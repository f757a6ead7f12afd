"""DynamoDB: batch reads and writes of the pack's tables, and the value conversion at the edge."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from conclave.caches.versions import DataVersions, writing
from conclave.clock import Sleep, Timepiece, system_clock
from conclave.pack.tables import Batch, Between, Item, Key, Only, ReadFailed, Table, Tables, is_empty, keeps

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

READ_BATCH = 100
"""Keys in one BatchGetItem (a limit of DynamoDB)."""
WRITE_BATCH = 25
"""Items in one BatchWriteItem (a limit of DynamoDB)."""
ATTEMPTS = 8
"""Number of requests for unprocessed keys or items before giving up."""
QUERY_WORKERS = 8
IN_OPERANDS = 100
"""Operands of one IN (a limit of DynamoDB)."""
FILTERED_TEXTS = 400
"""Texts of an attribute that DynamoDB is asked to filter by: an expression has at most 4 KB."""
_TRY_AGAIN = frozenset(
    {"ConditionalCheckFailed", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
)
"""Reasons for a cancelled transaction where another look or try can help. The SDK repeats no cancelled transaction."""

T = TypeVar("T")
Attribute = dict[str, Any]


class WriteFailed(Exception):
    """Items could not be written in all attempts; the message says how many, or whose."""


def to_attribute(value: Any) -> Attribute:
    """A plain value as a DynamoDB attribute; the only place where floats become numbers of DynamoDB."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case float():
            return {"N": format(Decimal(repr(value)), "f")}
        case bytes():
            return {"B": value}
        case Mapping():
            return {"M": {key: to_attribute(each) for key, each in value.items()}}
        case list() | tuple():
            return {"L": [to_attribute(each) for each in value]}
        case _:
            raise TypeError(f"DynamoDB holds no {type(value).__name__}")


def from_attribute(attribute: Mapping[str, Any]) -> Any:
    """The reverse of ``to_attribute``; whole numbers come back as integers."""
    ((kind, value),) = attribute.items()
    match kind:
        case "NULL":
            return None
        case "N":
            return _number(value)
        case "M":
            return {key: from_attribute(each) for key, each in value.items()}
        case "L":
            return [from_attribute(each) for each in value]
        case _:
            return value


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        number = float(text)
        return int(number) if number.is_integer() else number


def to_item(item: Mapping[str, Any]) -> dict[str, Attribute]:
    """A plain item as DynamoDB attributes."""
    return {name: to_attribute(value) for name, value in item.items()}


def from_item(item: Mapping[str, Mapping[str, Any]]) -> Item:
    """DynamoDB attributes as a plain item. Most are texts, and a look is cheaper than a call."""
    return {name: value["S"] if "S" in value else from_attribute(value) for name, value in item.items()}


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of at most ``size``."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def backoff_seconds(attempt: int) -> float:
    """Full jitter: between 0 and 50 ms doubled per attempt, at most 2 s."""
    return random.uniform(0.0, min(2.0, 0.05 * 2**attempt))  # jitter, not a secret


class DynamoTables(Tables):
    """The pack's tables in DynamoDB. See ``conclave.pack.tables.Tables``.

    Args:
        client: A DynamoDB client.
        prefix: What stands before the pack's table names.
        declarations: The pack's tables.
        sleep: Waits between attempts.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        prefix: str,
        declarations: Sequence[Table],
        sleep: Sleep = system_clock.sleep,
    ) -> None:
        self._client = client
        self._prefix = prefix
        self._tables = {table.name: table for table in declarations}
        self._sleep = sleep

    def get(self, table: str, keys: Iterable[Key]) -> Batch:
        """See ``Tables.get``: exactly one request per 100 distinct keys, plus those for unprocessed keys."""
        return self.get_across({table: keys})[table]

    def get_across(self, wanted: Mapping[str, Iterable[Key]]) -> dict[str, Batch]:
        """See ``Tables.get_across``: exactly one request per 100 distinct keys, whatever their tables."""
        asked = {table: list(dict.fromkeys(keys)) for table, keys in wanted.items()}
        items: dict[str, dict[Key, Item]] = {table: {} for table in asked}
        for chunk in chunks(((table, key) for table, keys in asked.items() for key in keys), READ_BATCH):
            requested: dict[str, list[Mapping[str, Attribute]]] = {}
            for table, key in chunk:
                requested.setdefault(self._prefix + table, []).append(key_attributes(self._tables[table], key))
            for name, item in batch_get_across(self._client, requested, sleep=self._sleep):
                table, plain = name.removeprefix(self._prefix), from_item(item)
                items[table][self._tables[table].key_of(plain)] = plain
        return {
            table: Batch(items=items[table], missing=tuple(key for key in keys if key not in items[table]))
            for table, keys in asked.items()
        }

    def query(
        self, table: str, values: Iterable[str], index: str = "", only: Only | None = None
    ) -> dict[str, list[Item]]:
        """See ``Tables.query``."""
        declaration = self._tables[table]
        keys = declaration.index(index) if index else declaration
        wanted = list(dict.fromkeys(values))
        if any(is_empty(each) for each in (only or {}).values()):
            return {value: [] for value in wanted}
        request = {
            "TableName": self._prefix + table,
            **({"IndexName": index} if index else {}),
            **_narrowed(keys.key, keys.sort_key, only or {}),
        }
        if len(wanted) <= 1:
            return {value: self._query_one(table, request, value, only) for value in wanted}
        asked = {value: _workers().submit(self._query_one, table, request, value, only) for value in wanted}
        wait(asked.values())  # Nothing is under way any more when one of them failed.
        return {value: each.result() for value, each in asked.items()}

    def _query_one(self, table: str, request: Mapping[str, Any], value: str, only: Only | None) -> list[Item]:
        asked: dict[str, Any] = {
            **request,
            "ExpressionAttributeValues": {**request["ExpressionAttributeValues"], ":value": {"S": value}},
        }
        items: list[Item] = []
        while True:
            try:
                answer = self._client.query(**asked)
            except (ClientError, BotoCoreError) as error:
                raise ReadFailed(f"{table}: {_error_name(error)}") from error
            items.extend(item for item in map(from_item, answer["Items"]) if keeps(only, item))
            if "LastEvaluatedKey" not in answer:
                return items
            asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


@cache
def _workers() -> ThreadPoolExecutor:
    """The threads of all queries of this process: to start them takes as long as several requests."""
    return ThreadPoolExecutor(QUERY_WORKERS, thread_name_prefix="queries")


def _narrowed(key: str, sort_key: str, only: Only) -> dict[str, Any]:
    """The part of a query that says which items; more may come, and are left out then.

    A filter must not name the sort key, which has a range instead. Those of too many texts are all read.
    """
    conditions, filters = ["#key = :value"], list[str]()
    names, values = {"#key": key}, dict[str, Attribute]()
    for place, (attribute, wanted) in enumerate(sorted(only.items())):
        name, between = f"#only{place}", True
        if isinstance(wanted, Between) or attribute == sort_key:
            texts = _ends(wanted)
        else:
            between, texts = False, sorted(wanted)[: FILTERED_TEXTS + 1]
        if not 0 < len(texts) <= FILTERED_TEXTS:
            continue
        told = {f":t{place}x{number}": to_attribute(text) for number, text in enumerate(texts)}
        names[name], values = attribute, {**values, **told}
        if between:
            (conditions if attribute == sort_key else filters).append(f"{name} BETWEEN {' AND '.join(told)}")
        else:
            among = [f"{name} IN ({', '.join(some)})" for some in chunks(told, IN_OPERANDS)]
            filters.append(among[0] if len(among) == 1 else f"({' OR '.join(among)})")
    return {
        "KeyConditionExpression": " AND ".join(conditions),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
        **({"FilterExpression": " AND ".join(filters)} if filters else {}),
    }


def _ends(wanted: Collection[str] | Between) -> list[str]:
    """The first and the last of the texts that are wanted; nothing of none."""
    if isinstance(wanted, Between):
        return [wanted.first, wanted.last]
    return [min(wanted), max(wanted)] if wanted else []


class DynamoTableWriter:
    """Writes items of the pack's tables in batches; the seeder uses it, no function does.

    Args:
        client: A DynamoDB client.
        prefix: What stands before the pack's table names.
        versions: Gets a new version of whatever is written here.
        declarations: Tables of which only those items are written that are not there already.
        clock: The time.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        prefix: str,
        versions: DataVersions,
        declarations: Sequence[Table] = (),
        clock: Timepiece = system_clock,
    ) -> None:
        self._tables = {table.name: table for table in declarations}
        self._client = client
        self._prefix = prefix
        self._versions = versions
        self._clock = clock

    def put(self, table: str, items: Iterable[Item]) -> int:
        """Writes items, 25 per request, as far as they are not there already, and returns how many were given.

        Raises:
            WriteFailed: Items were left unprocessed after all attempts.
        """
        given = list(items)
        new = self._changed(self._tables[table], given) if table in self._tables else given
        partitions = [item[self._tables[table].key] for item in new] if table in self._tables else None
        if new:
            with writing(self._versions, table, self._clock, partitions) as until:
                for chunk in chunks(new, WRITE_BATCH):
                    self._write(table, [{"PutRequest": {"Item": to_item(item)}} for item in chunk], until)
        return len(given)

    def _changed(self, table: Table, items: Sequence[Item]) -> list[Item]:
        """The items that are not there as they are: most of a table that is loaded again are, and reading is cheaper."""
        there: dict[Key, Mapping[str, Any]] = {}
        for chunk in chunks(dict.fromkeys(map(table.key_of, items)), READ_BATCH):
            keys = [key_attributes(table, key) for key in chunk]
            for item in batch_get(
                self._client, self._prefix + table.name, keys, consistent=True, sleep=self._clock.sleep
            ):
                there[table.key_of(from_item(item))] = from_item(item)
        return [item for item in items if there.get(table.key_of(item)) != from_item(to_item(item))]

    def remove(self, table: Table, keys: Iterable[Key]) -> None:
        """Deletes items by key, 25 per request; a key without an item is not an error.

        Raises:
            WriteFailed: Keys were left unprocessed after all attempts.
        """
        gone = list(keys)
        partitions = [key if isinstance(key, str) else key[0] for key in gone]
        with writing(self._versions, table.name, self._clock, partitions) as until:
            for chunk in chunks(gone, WRITE_BATCH):
                requests = [{"DeleteRequest": {"Key": key_attributes(table, key)}} for key in chunk]
                self._write(table.name, requests, until)

    def keys(self, table: Table) -> Iterator[Key]:
        """The keys of all items of a table, read page by page and consistently."""
        names = {"#key": table.key, **({"#sort": table.sort_key} if table.sort_key else {})}
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._prefix + table.name,
            ConsistentRead=True,
            ProjectionExpression=", ".join(names),
            ExpressionAttributeNames=names,
        )
        for page in pages:
            yield from (table.key_of(from_item(item)) for item in page["Items"])

    def _write(self, table: str, requests: Sequence[Any], until: float) -> None:
        name = self._prefix + table
        pending: Any = {name: requests}
        for attempt in range(ATTEMPTS):
            if self._clock.monotonic() > until:
                raise WriteFailed(
                    f"writing {table} took too long, so readers no longer wait for it; run the command again"
                )
            pending = self._client.batch_write_item(RequestItems=pending).get("UnprocessedItems", {})
            if not pending:
                return
            self._clock.sleep(backoff_seconds(attempt))
        raise WriteFailed(f"{len(pending[name])} items of {table} could not be written; run the command again")


def batch_get(
    client: DynamoDBClient,
    table: str,
    keys: Sequence[Mapping[str, Attribute]],
    *,
    consistent: bool = False,
    sleep: Sleep = system_clock.sleep,
) -> Iterator[dict[str, Any]]:
    """BatchGetItem of at most 100 keys of one table; see ``batch_get_across``."""
    for _, item in batch_get_across(client, {table: keys}, consistent=consistent, sleep=sleep):
        yield item


def batch_get_across(
    client: DynamoDBClient,
    keys: Mapping[str, Sequence[Mapping[str, Attribute]]],
    *,
    consistent: bool = False,
    sleep: Sleep = system_clock.sleep,
) -> Iterator[tuple[str, dict[str, Any]]]:
    """BatchGetItem of at most 100 keys in all, asking again for unprocessed keys with jittered backoff.

    Args:
        client: A DynamoDB client.
        keys: Keys by the deployed name of their table.
        consistent: Whether the reads are consistent.
        sleep: Waits between attempts.

    Returns:
        The items that exist, each with its table.

    Raises:
        ReadFailed: The store refused, or keys were still unprocessed after all attempts.
    """
    pending: Any = {table: {"Keys": list(each), "ConsistentRead": consistent} for table, each in keys.items() if each}
    for attempt in range(ATTEMPTS):
        if not pending:
            return
        if attempt:
            sleep(backoff_seconds(attempt))
        try:
            answer = client.batch_get_item(RequestItems=pending)
        except (ClientError, BotoCoreError) as error:
            raise ReadFailed(f"{', '.join(pending)}: {_error_name(error)}") from error
        for table, items in answer["Responses"].items():
            yield from ((table, item) for item in items)
        pending = answer.get("UnprocessedKeys", {})
    if pending:
        left = ", ".join(f"{table}: {len(each['Keys'])} keys stayed unprocessed" for table, each in pending.items())
        raise ReadFailed(left)


def transact(client: DynamoDBClient, items: Sequence[Any]) -> list[str]:
    """Writes all items or none. Answers nothing, or why each item was refused, where that may pass."""
    try:
        client.transact_write_items(TransactItems=items)
    except ClientError as error:
        codes = [str(reason.get("Code")) for reason in error.response.get("CancellationReasons", [])]
        if not _TRY_AGAIN.intersection(codes):
            raise
        return codes
    return []


def key_attributes(table: Table, key: Key) -> dict[str, Attribute]:
    """The key of an item as attributes."""
    if isinstance(key, tuple):
        return {table.key: {"S": key[0]}, table.sort_key: {"S": key[1]}}
    return {table.key: {"S": key}}


def _error_name(error: Exception) -> str:
    if isinstance(error, ClientError):
        return error.response.get("Error", {}).get("Code", type(error).__name__)
    return type(error).__name__
