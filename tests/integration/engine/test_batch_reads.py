"""Batch reads whatever the store does: sizes, duplicates, unprocessed keys, throttling, the 16 MB of an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conclave.adapters.stores.dynamodb import ATTEMPTS, READ_BATCH, DynamoTables
from conclave.pack.tables import ReadFailed
from hypothesis import given, settings
from hypothesis import strategies as st
from tables_contract import TABLES

ANSWER_BYTES = 16 * 1024 * 1024
LARGEST_ITEM = 400 * 1024
SIZES = [0, 1, 100, 101, 250, 1_000]


class Store:
    """As much of DynamoDB's BatchGetItem as its limits: 100 distinct keys, 16 MB, keys that it leaves for later.

    Args:
        sizes: Bytes of each item by name.
        held: Share of the keys, in percent, that request after request leaves unprocessed; nothing after the last.
        throttled: Numbers of the requests that are refused as a whole.
    """

    def __init__(self, sizes: dict[str, int], held: Sequence[int] = (), throttled: Sequence[int] = ()) -> None:
        self._sizes, self._held, self._throttled = sizes, list(held), set(throttled)
        self.requests = 0
        self.asked = 0

    def batch_get_item(self, RequestItems: Any) -> Any:
        ((table, request),) = RequestItems.items()
        names = [key["name"]["S"] for key in request["Keys"]]
        self.requests += 1
        self.asked += len(names)
        if not 1 <= len(names) <= READ_BATCH or len(set(names)) < len(names):
            raise AssertionError("ValidationException: too many keys, or a key twice")
        if self.requests in self._throttled:
            answer: Any = {"Error": {"Code": "ProvisionedThroughputExceededException", "Message": "slow down"}}
            raise ClientError(answer, "BatchGetItem")
        later = names[: len(names) * (self._held.pop(0) if self._held else 0) // 100]
        found, total = [], 0
        for name in names[len(later) :]:
            total += self._sizes.get(name, 0)
            if total > ANSWER_BYTES:
                later.append(name)
            elif name in self._sizes:
                found.append({"name": {"S": name}, "age": {"N": str(self._sizes[name])}})
        unprocessed = {table: {"Keys": [{"name": {"S": name}} for name in later]}} if later else {}
        return {"Responses": {table: found}, "UnprocessedKeys": unprocessed}


def reader(store: Any) -> DynamoTables:
    return DynamoTables(store, "", TABLES, sleep=lambda seconds: None)


def names(count: int) -> list[str]:
    return [f"n{number}" for number in range(count)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("copies", [1, 3])
def test_every_size_takes_the_least_requests_that_the_store_allows(size: int, copies: int) -> None:
    store = Store(dict.fromkeys(names(size), 100))
    batch = reader(store).get("people", names(size) * copies)
    assert sorted(map(str, batch.items)) == sorted(names(size))
    assert batch.missing == ()
    assert store.requests == -(-size // READ_BATCH)
    assert store.asked == size


@settings(deadline=None, max_examples=150)
@given(
    size=st.sampled_from(SIZES),
    absent=st.sets(st.integers(0, 999), max_size=40),
    repeated=st.lists(st.integers(0, 999), max_size=60),
    held=st.lists(st.integers(0, 99), max_size=ATTEMPTS - 1),
)
def test_returned_plus_missing_equals_asked(size: int, absent: set[int], repeated: list[int], held: list[int]) -> None:
    there = {name: 10 for number, name in enumerate(names(size)) if number not in absent}
    asked = names(size) + [f"n{number}" for number in repeated]
    batch = reader(Store(there, held)).get("people", asked)
    assert {str(key) for key in batch.items} == set(asked) & set(there)
    assert set(batch.missing) == set(asked) - set(there)
    assert len(batch.items) + len(batch.missing) == len(set(asked))
    assert all(item["name"] == key for key, item in batch.items.items())


@settings(deadline=None, max_examples=40)
@given(
    size=st.sampled_from([1, 40, 100, 101, 250]),
    bytes_each=st.integers(1, LARGEST_ITEM),
    held=st.lists(st.integers(0, 60), max_size=3),
)
def test_answers_over_sixteen_megabytes_come_in_parts(size: int, bytes_each: int, held: list[int]) -> None:
    store = Store(dict.fromkeys(names(size), bytes_each), held)
    batch = reader(store).get("people", names(size))
    assert len(batch.items) == size
    assert batch.missing == ()


def test_a_hundred_of_the_largest_items_are_three_answers() -> None:
    store = Store(dict.fromkeys(names(100), LARGEST_ITEM))
    assert len(reader(store).get("people", names(100)).items) == 100
    assert store.requests == 3


@settings(deadline=None, max_examples=60)
@given(size=st.sampled_from(SIZES[1:]), at=st.integers(1, 12))
def test_a_throttled_request_is_a_failure_and_never_a_missing_item(size: int, at: int) -> None:
    store = Store(dict.fromkeys(names(size), 10), throttled=[at])
    needed = -(-size // READ_BATCH)
    if at <= needed:
        with pytest.raises(ReadFailed, match="ProvisionedThroughputExceededException"):
            reader(store).get("people", names(size))
    else:
        assert len(reader(store).get("people", names(size)).items) == size


@pytest.mark.parametrize("size", SIZES[1:])
def test_keys_that_are_never_processed_are_a_failure_and_never_missing(size: int) -> None:
    store = Store(dict.fromkeys(names(size), 10), held=[100] * 10_000)
    with pytest.raises(ReadFailed, match=f"{min(size, READ_BATCH)} keys stayed unprocessed"):
        reader(store).get("people", names(size))
    assert store.requests == ATTEMPTS
