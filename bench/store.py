"""Stores in DynamoDB whose requests are counted where they leave the client, over moto in this process."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import botocore.session
from conclave.adapters.stores.dynamodb import DynamoTables, to_item
from conclave.adapters.stores.journal import DynamoJournal
from conclave.adapters.stores.run_store import DynamoRunStore
from conclave.pack import Item, Pack, Table
from moto import mock_aws

from infra.tables import AUDIT, JOURNAL, OF_THE_ENGINE, RUNS, SPENDING

PREFIX = "bench-"
REGION = "eu-central-1"
TTL_DAYS = 30
EPOCH = 1_795_000_000
BATCH = 25


@dataclass(frozen=True, slots=True)
class Request:
    """A request that left a client.

    Attributes:
        function: Whose.
        operation: What for.
        tables: The tables that it names (without the prefix), and each index of them.
        sent: Bytes of its body.
    """

    function: str
    operation: str
    tables: tuple[str, ...]
    sent: int


@dataclass(frozen=True, slots=True)
class Received:
    """An answer of the store: to whom, how many bytes, and how many items."""

    function: str
    received: int
    items: int


@dataclass(eq=False)
class Store:
    """DynamoDB with the tables of engine and pack. Each function has a client of its own, so that its requests are known."""

    pack: Pack
    requests: list[Request] = field(default_factory=list)
    answers: list[Received] = field(default_factory=list)

    def clear(self) -> None:
        """Begins to count anew."""
        self.requests.clear()
        self.answers.clear()

    def client(self, function: str) -> Any:
        """A client whose requests are counted for a function."""
        client = self._session.create_client("dynamodb", region_name=REGION)

        def sent(request: Any, event_name: str, **rest: Any) -> None:
            operation = event_name.rpartition(".")[2]
            named = tuple(_named(json.loads(request.body)))
            self.requests.append(Request(function, operation, named, len(request.body)))

        def received(response_dict: Mapping[str, Any], **rest: Any) -> None:
            self.answers.append(
                Received(function, len(response_dict["body"]), _items(json.loads(response_dict["body"])))
            )

        client.meta.events.register("before-send.dynamodb", sent)
        client.meta.events.register("before-parse.dynamodb", received)
        return client

    @cached_property
    def _session(self) -> Any:
        return botocore.session.get_session()

    def tables(self, function: str) -> DynamoTables:
        """The pack's tables, for a function."""
        return DynamoTables(self.client(function), PREFIX, self.pack.tables)

    def runs(self, function: str) -> DynamoRunStore:
        """The runs, for a function."""
        return DynamoRunStore(
            self.client(function), PREFIX + RUNS.name, PREFIX + AUDIT.name, TTL_DAYS, spending=PREFIX + SPENDING.name
        )

    def journal(self, function: str) -> DynamoJournal:
        """The journal, for a function."""
        return DynamoJournal(self.client(function), PREFIX + JOURNAL.name, TTL_DAYS, EPOCH)

    def fill(self, rows: Mapping[str, Iterable[Item]]) -> None:
        """Writes rows by table; what is written so is not counted."""
        client = self._session.create_client("dynamodb", region_name=REGION)
        for table, items in rows.items():
            puts = [{"PutRequest": {"Item": to_item(each)}} for each in items]
            for start in range(0, len(puts), BATCH):
                client.batch_write_item(RequestItems={PREFIX + table: puts[start : start + BATCH]})


def _named(body: Mapping[str, Any]) -> Iterator[str]:
    """The tables that a request names, each once; an index behind its table."""
    if "TableName" in body:
        index = f"/{body['IndexName']}" if "IndexName" in body else ""
        yield body["TableName"].removeprefix(PREFIX) + index
    yield from sorted(name.removeprefix(PREFIX) for name in body.get("RequestItems", ()))
    written = (part for each in body.get("TransactItems", ()) for part in each.values())
    yield from sorted({part["TableName"].removeprefix(PREFIX) for part in written})


def _items(body: Mapping[str, Any]) -> int:
    """How many items an answer holds."""
    several = [*body.get("Responses", {}).values()] if isinstance(body.get("Responses"), dict) else []
    return sum(map(len, [*several, body.get("Items", ())])) + ("Item" in body)


@contextmanager
def in_process(pack: Pack) -> Iterator[Store]:
    """A store with empty tables."""
    os.environ |= {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench", "AWS_DEFAULT_REGION": REGION}
    with mock_aws():
        store = Store(pack)
        client = store.client("setup")
        for table in (*OF_THE_ENGINE, *pack.tables):
            client.create_table(**_definition(table))
        store.clear()
        yield store


def _definition(table: Table) -> dict[str, Any]:
    keyed = {"": (table.key, table.sort_key), **{each.name: (each.key, each.sort_key) for each in table.indexes}}
    schemas = {name: _schema(keys) for name, keys in keyed.items()}
    names = sorted({key for keys in keyed.values() for key in keys if key})
    indexes = [
        {"IndexName": name, "KeySchema": schema, "Projection": {"ProjectionType": "ALL"}}
        for name, schema in schemas.items()
        if name
    ]
    return {
        "TableName": PREFIX + table.name,
        "KeySchema": schemas[""],
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in names],
        "BillingMode": "PAY_PER_REQUEST",
        **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
    }


def _schema(keys: Sequence[str]) -> list[dict[str, str]]:
    return [{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=True) if key]
