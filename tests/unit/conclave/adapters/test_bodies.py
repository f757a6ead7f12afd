"""Bodies of records in items: compressed where that leaves less, read back byte by byte, refused when damaged."""

from __future__ import annotations

import zlib

import pytest
from conclave.adapters.stores.bodies import FROM_BYTES, BodyDamaged, body_as, body_in
from conclave.adapters.stores.dynamodb import to_item
from conclave.records.journal import MAX_RECORD_BYTES
from hypothesis import given
from hypothesis import strategies as st


def there_and_back(data: bytes) -> bytes:
    return body_in(to_item({"record": "FRAME", **body_as(data)}))


@given(st.binary(max_size=3_000), st.integers(1, 40))
def test_every_record_comes_back(part: bytes, times: int) -> None:
    assert there_and_back(part * times) == part * times


def test_the_longest_record_comes_back() -> None:
    assert there_and_back(b"7" * MAX_RECORD_BYTES) == b"7" * MAX_RECORD_BYTES


@pytest.mark.parametrize("data", [b"{}", b"1" * (FROM_BYTES - 1), zlib.compress(bytes(range(256)) * 40)])
def test_what_would_not_become_smaller_stays_as_it_is(data: bytes) -> None:
    assert body_as(data) == {"body": data}


@pytest.mark.parametrize(
    "packed",
    [
        b"no zlib at all",
        zlib.compress(b"a record" * 400)[:-4],
        zlib.compress(b"\0" * (MAX_RECORD_BYTES + 1)),
        zlib.compress(b"\0" * 100_000_000, 9),
    ],
    ids=["other", "cut", "longer", "bomb"],
)
def test_a_damaged_body_is_refused_by_the_name_of_its_record(packed: bytes) -> None:
    with pytest.raises(BodyDamaged, match="FRAME"):
        body_in(to_item({"record": "FRAME", "packed": packed}))
