from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.emulator.retention import Buckets, log_lines
from local.emulator.spool import LARGE_BYTES, Digest, Place, Spool, SpooledItems, SpooledList, SpooledLog

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
LARGE = {"body": {"B": "x" * LARGE_BYTES}}


def event(number: int) -> dict[str, Any]:
    return {"timestamp": number, "message": f"line {number}"}


@given(values=st.dictionaries(st.text(), JSON, max_size=5))
def test_what_is_read_is_what_was_written(values: dict[str, Any]) -> None:
    items = SpooledItems(Spool(), values)
    assert dict(items.items()) == values
    assert {key: items[key] for key in items} == values
    assert sorted(map(str, items.values())) == sorted(map(str, values.values()))
    assert copy.deepcopy(items) == values


def test_large_item_is_not_in_memory_and_small_one_is_packed() -> None:
    items = SpooledItems(Spool(), {"large": LARGE, "small": {"fence": {"N": "1"}}})
    assert [type(dict.__getitem__(items, key)) for key in ("large", "small")] == [Place, bytes]


def test_item_is_written_over_and_taken_away() -> None:
    items = SpooledItems(Spool(), {"key": LARGE})
    items["key"] = {"fence": {"N": "2"}}
    assert items.get("key") == {"fence": {"N": "2"}}
    assert items.pop("key", None) == {"fence": {"N": "2"}}
    assert items.get("key") is None
    assert items.pop("key", None) is None


def test_item_that_is_not_json_is_kept_as_it_is() -> None:
    items = SpooledItems(Spool(), {"key": {"body": b"raw"}})
    assert items["key"] == {"body": b"raw"}


def test_table_packs_the_items_of_every_partition() -> None:
    buckets = Buckets(Spool(), {"old": {"sort": LARGE}})
    buckets.setdefault("new", {})["sort"] = LARGE
    assert all(isinstance(dict.__getitem__(buckets[key], "sort"), Place) for key in ("old", "new"))
    assert copy.deepcopy(buckets) == {"old": {"sort": LARGE}, "new": {"sort": LARGE}}


def test_history_that_is_over_reads_like_the_list() -> None:
    history = SpooledList(Spool(), [event(1), event(2)])
    assert (len(history), history[-1], list(history)) == (2, event(2), [event(1), event(2)])


def test_log_reads_like_a_list_of_all_batches() -> None:
    log, events = SpooledLog(Spool()), [event(number) for number in range(7)]
    log.extend(events[:3])
    log.extend(events[3:4])
    log.extend(events[4:])
    assert len(log) == 7
    assert list(log) == [log[each] for each in range(7)] == log[:] == events
    assert log[-1] == events[-1]
    with pytest.raises(IndexError):
        log[7]


def test_log_of_an_invocation_has_the_platforms_lines() -> None:
    lines = log_lines("r-1", "7", "one\ntwo", 12, 512)
    assert lines[:4] == ["START RequestId: r-1 Version: 7", "one", "two", "END RequestId: r-1"]
    assert lines[4].startswith("REPORT RequestId: r-1\tDuration: 12 ms")


@given(offset=st.integers(0, 2**50), length=st.integers(0, 2**32 - 1))
def test_place_is_an_offset_and_a_length(offset: int, length: int) -> None:
    place = Place.of(offset, length)
    assert (place.offset, place.length) == (offset, length)


@given(value=JSON, other=JSON)
def test_digest_equals_what_is_the_same_json(value: Any, other: Any) -> None:
    same = json.dumps(value, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (Digest.of(value) == other) is same
    assert Digest.of(value) == value == Digest.of(value)
    assert len({Digest.of(value), Digest.of(copy.deepcopy(value))}) == 1


def test_digest_does_not_see_the_order_of_keys_but_that_of_a_list() -> None:
    assert Digest.of({"a": 1, "b": 2}) == {"b": 2, "a": 1}
    assert Digest.of([1, 2]) != [2, 1]


def test_digest_of_what_is_not_json_is_one_all_the_same() -> None:
    assert Digest.of({"B": b"raw"}) == {"B": b"raw"}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", 10**30, -0.0, {"a": [1, None]}])
def test_what_only_python_reads_as_json_is_read_all_the_same(value: Any) -> None:
    assert repr(SpooledItems(Spool(), {"key": value})["key"]) == repr(value)
