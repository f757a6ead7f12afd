"""Pages of queries end where the emulator ends them, and short ones without a look at every value."""

from __future__ import annotations

import base64
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ministack.services import dynamodb

from local.emulator import corrections
from local.emulator.corrections import Pages
from local.emulator.retention import Buckets
from local.emulator.spool import Spool

LARGE = {"body": {"S": "x" * 1_000}}


def table_of(items: list[Any]) -> dict[str, Any]:
    return {"pk_name": "key", "sk_name": None, "items": Buckets(Spool(), {"key": dict(enumerate(items))})}


VALUES = st.recursive(
    st.one_of(
        st.text(max_size=30).map(lambda text: {"S": text}),
        st.integers(-(10**20), 10**20).map(lambda number: {"N": str(number)}),
        st.binary(max_size=30).map(lambda data: {"B": base64.b64encode(data).decode()}),
        st.booleans().map(lambda truth: {"BOOL": truth}),
        st.just({"NULL": True}),
        st.lists(st.text(max_size=4), min_size=1, max_size=3, unique=True).map(lambda texts: {"SS": texts}),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda values: {"L": values}),
        st.dictionaries(st.text(max_size=3), inner, max_size=3).map(lambda values: {"M": values}),
    ),
    max_leaves=6,
)
ITEMS = st.lists(st.dictionaries(st.text(min_size=1, max_size=4), VALUES, max_size=3), max_size=12)


@given(items=ITEMS, most=st.integers(1, 600), limit=st.one_of(st.none(), st.integers(1, 4)))
def test_a_page_ends_where_the_emulator_ends_it(items: list[Any], most: int, limit: int | None) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dynamodb, "_DDB_PAGE_SIZE_BYTES", most)
        paginate = dynamodb._paginate_evaluated_items
        table = table_of(items)
        page = Pages(paginate, most)(items, limit, table, None)
        assert page == paginate(items, limit, table, None)


def test_a_short_page_is_not_added_up() -> None:
    pages = Pages(lambda *_: pytest.fail("every value was looked at"), 1_000)
    items = [{"key": {"S": str(number)}} for number in range(20)]
    assert pages(items, None, table_of(items)) == (items, False)


def test_what_may_be_more_than_a_page_is() -> None:
    pages = Pages(dynamodb._paginate_evaluated_items, dynamodb._DDB_PAGE_SIZE_BYTES)
    items = [{"key": {"S": "x" * 300_000}} for _ in range(5)]
    assert pages(items, None, table_of(items)) == (items[:3], True)


def test_items_that_are_few_beside_the_tables_largest_are_not_even_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corrections, "msgspec", None)
    table = table_of([LARGE])
    pages = Pages(lambda *_: pytest.fail("every value was looked at"), 10_000)
    assert pages([LARGE] * 9, None, table) == ([LARGE] * 9, False)
    with pytest.raises(AttributeError):
        pages([LARGE] * 10, None, table)


def test_nothing_is_known_of_a_table_with_an_item_that_is_not_json() -> None:
    assert table_of([LARGE, {"body": {"B": b"raw"}}])["items"].largest == math.inf
