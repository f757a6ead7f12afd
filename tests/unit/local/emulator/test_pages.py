"""Pages of queries end where the emulator ends them, and short ones without a look at every value."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ministack.services import dynamodb

from local.emulator.corrections import Pages

TABLE: dict[str, Any] = {"pk_name": "key", "sk_name": None}
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
        page = Pages(paginate, most)(items, limit, TABLE, None)
        assert page == paginate(items, limit, TABLE, None)


def test_a_short_page_is_not_added_up() -> None:
    pages = Pages(lambda *_: pytest.fail("every value was looked at"), 1_000)
    items = [{"key": {"S": str(number)}} for number in range(20)]
    assert pages(items, None, TABLE) == (items, False)


def test_what_may_be_more_than_a_page_is() -> None:
    pages = Pages(dynamodb._paginate_evaluated_items, dynamodb._DDB_PAGE_SIZE_BYTES)
    items = [{"key": {"S": "x" * 300_000}} for _ in range(5)]
    assert pages(items, None, TABLE) == (items[:3], True)
