"""Feeds on DynamoDB, by moto: the tables that they write, and the keys of those that were taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from conclave.adapters.feeding.keys import KEPT_SECONDS, DynamoKeys
from conclave.adapters.feeding.rows import DynamoRows
from conclave.feeds.changes import Change, Moved
from conclave.testing.data_versions import MemoryDataVersions
from handled import PREFIX, REGION, TABLES, create_table
from moto import mock_aws
from rows_contract import CHECKS, FIRST, FLIGHTS
from versions_contract import NOON, Watch


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        create_table("flights", "flight", "", {})
        create_table("weather", "station", "from_utc", {})
        create_table("runs", *TABLES["runs"])
        yield boto3.client("dynamodb", region_name=REGION)


@pytest.mark.parametrize("check", CHECKS)
def test_rows_in_dynamodb_keep_the_contract(client: Any, check: Any) -> None:
    check(DynamoRows(client, PREFIX, MemoryDataVersions(), Watch()))


def test_a_table_and_the_partitions_that_a_feed_wrote_have_a_new_version(client: Any) -> None:
    versions = MemoryDataVersions()
    rows = DynamoRows(client, PREFIX, versions, Watch())
    rows.write(FLIGHTS, [Change(table="flights", key="XY1", before=None, after=FIRST)])
    first = versions.read()["flights"]
    with pytest.raises(Moved):
        rows.write(FLIGHTS, [Change(table="flights", key="XY1", before=None, after=FIRST)])
    second = versions.read()["flights"]
    assert first.id != second.id
    assert first.of("XY1")
    assert first.writers == second.writers == frozenset()
    assert first.of("XY2") == second.of("XY2") == ""


def test_a_key_is_known_once_it_was_added_and_expires(client: Any) -> None:
    keys = DynamoKeys(client, f"{PREFIX}runs", lambda: NOON)
    assert not keys.known("e-1")
    keys.add("e-1")
    keys.add("e-1")
    assert keys.known("e-1")
    assert not keys.known("e-2")
    (item,) = client.scan(TableName=f"{PREFIX}runs")["Items"]
    assert int(item["expires_at"]["N"]) == NOON.timestamp() + KEPT_SECONDS
