"""What functions leave for one another, in DynamoDB by moto."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from conclave.adapters.stores.shared_reads import MOST_BUNDLE_BYTES, SECONDS, DynamoSharedReads
from handled import REGION, create_table
from moto import mock_aws
from shared_contract import CHECKS
from versions_contract import Watch

from infra.tables import CACHE


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        create_table(CACHE.name, CACHE.key, "", {})
        (name,) = boto3.client("dynamodb", region_name=REGION).list_tables()["TableNames"]
        yield name


def shared(table: str, clock: Watch | None = None) -> DynamoSharedReads:
    return DynamoSharedReads(boto3.client("dynamodb", region_name=REGION), table, clock or Watch())


@pytest.mark.parametrize("check", CHECKS)
def test_bundles_in_dynamodb_keep_the_contract(table: str, check: Any) -> None:
    check(shared(table))


def test_a_bundle_that_has_expired_is_not_there_even_before_it_is_removed(table: str) -> None:
    clock = Watch()
    shared(table, clock).put({"flights": b"one"})
    clock.sleep(SECONDS - 1)
    assert "flights" in shared(table, clock).get(["flights"])
    clock.sleep(1)
    assert shared(table, clock).get(["flights"]) == {}


def test_a_bundle_that_is_too_large_is_not_left(table: str) -> None:
    left = shared(table)
    left.put({"large": b"x" * (MOST_BUNDLE_BYTES + 1), "small": b"x"})
    assert left.get(["large", "small"]) == {"small": b"x"}


class Refusing:
    """A client that may read and not write, as a business agent's."""

    def batch_write_item(self, **request: Any) -> Any:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "BatchWriteItem")


def test_what_cannot_be_left_is_lost_and_nothing_fails() -> None:
    client: Any = Refusing()
    DynamoSharedReads(client, "cache", Watch()).put({"flights": b"one"})
