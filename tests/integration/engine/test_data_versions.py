"""Versions of the data in DynamoDB, by moto, and the writer of tables that changes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from conclave.adapters.stores.data_versions import DynamoDataVersions
from conclave.adapters.stores.dynamodb import DynamoTableWriter, WriteFailed
from conclave.caches.versions import WRITING_SECONDS
from conclave.testing.data_versions import MemoryDataVersions
from handled import PREFIX, REGION, TABLES, create_table
from moto import mock_aws
from tables_contract import TABLES as DECLARED
from versions_contract import CHECKS, Watch


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        create_table("runs", *TABLES["runs"])
        yield boto3.client("dynamodb", region_name=REGION)


@pytest.mark.parametrize("check", CHECKS)
def test_versions_in_dynamodb_keep_the_contract(client: Any, check: Any) -> None:
    check(DynamoDataVersions(client, f"{PREFIX}runs", ["flights", "crews"]))


class Writes:
    """A client that takes every batch, or none, and notes who is at work while it does."""

    def __init__(self, versions: MemoryDataVersions, *, full: bool = False) -> None:
        self._versions, self._full = versions, full
        self.at_work: list[int] = []

    def batch_write_item(self, RequestItems: Any) -> Any:
        ((table, _),) = RequestItems.items()
        self.at_work.append(len(self._versions.read()[table].writers))
        return {"UnprocessedItems": RequestItems if self._full else {}}


def test_whatever_is_written_or_removed_gets_a_new_version() -> None:
    versions = MemoryDataVersions()
    store: Any = Writes(versions)
    writer = DynamoTableWriter(store, "", versions, clock=Watch())
    writer.put("people", [{"name": str(each)} for each in range(30)])
    first = versions.read()["people"]
    writer.remove(DECLARED[0], ["1"])
    second = versions.read()["people"]
    assert store.at_work == [1, 1, 1]
    assert first.id != second.id
    assert first.writers == second.writers == frozenset()


def test_nothing_is_written_after_readers_stopped_waiting() -> None:
    versions, clock = MemoryDataVersions(), Watch()
    store: Any = Writes(versions, full=True)
    clock.sleep = lambda seconds: Watch.sleep(clock, WRITING_SECONDS + 1)  # type: ignore[method-assign]
    with pytest.raises(WriteFailed, match="too long"):
        DynamoTableWriter(store, "", versions, clock=clock).put("people", [{"name": "a"}])
    assert len(store.at_work) == 1
    assert versions.read()["people"].writers == frozenset()


def test_only_what_is_not_there_already_is_written_and_gets_a_version(client: Any) -> None:
    versions = MemoryDataVersions()
    client.create_table(
        TableName="t-people",
        KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "name", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    writer = DynamoTableWriter(client, "t-", versions, DECLARED)
    rows = [{"name": str(each), "age": 40.0, "tags": ("a", "b")} for each in range(130)]
    assert writer.put("people", rows) == 130
    first = versions.read()["people"]
    assert writer.put("people", rows) == 130
    assert versions.read()["people"] == first
    writer.put("people", [*rows[:-1], {**rows[-1], "age": 41}])
    second = versions.read()["people"]
    assert second.id != first.id
    changed = {key for key in map(str, range(130)) if second.of(key) != first.of(key)}
    assert "129" in changed
    assert len(changed) < 10
    assert client.get_item(TableName="t-people", Key={"name": {"S": "129"}})["Item"]["age"] == {"N": "41"}
