from __future__ import annotations

from typing import Any

import pytest

from local.bedrock.wire.faults import Fault, FaultBook, FaultInvalid
from local.bedrock.wire.latency import Latency, LatencyInvalid


def test_a_fault_hits_whom_it_matches_as_often_as_it_says() -> None:
    book = FaultBook()
    book.add(Fault.parse({"kind": "throttle", "match": {"agent": "cargo"}, "count": 2}))
    hits = [book.take({"agent": agent}) is not None for agent in ("cargo", "crew", "cargo", "cargo")]
    assert hits == [True, False, True, False]
    assert len(book) == 0


def test_a_fault_without_a_count_limit_stays() -> None:
    book = FaultBook()
    book.add(Fault.parse({"kind": "error", "count": None}))
    assert all(book.take({}) for _ in range(5))
    assert book.listing()[0]["kind"] == "error"
    book.clear()
    assert book.take({}) is None


def test_a_book_knows_a_fault_from_its_like() -> None:
    book, body = FaultBook(), {"kind": "hold", "count": None}
    book.add(first := Fault.parse(body))
    assert book.has(first)
    book.clear()
    book.add(Fault.parse(body))
    assert not book.has(first)


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"kind": "explode"},
        {"kind": "hang", "match": {"shoe": "1"}},
        {"kind": "hang", "count": 0},
        {"kind": "hold"},
    ],
)
def test_nonsense_is_refused(body: Any) -> None:
    with pytest.raises(FaultInvalid):
        Fault.parse(body)


def test_latency_is_the_same_for_the_same_request() -> None:
    latency = Latency.parse("ttft=0.8,token=0.012,seed=7")
    assert latency.draw("a") == latency.draw("a") != latency.draw("b")
    assert Latency.parse("").draw("a") == (0.0, 0.0)


@pytest.mark.parametrize("text", ["ttft=soon", "speed=3", "0.8"])
def test_a_latency_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(LatencyInvalid, match="looks like"):
        Latency.parse(text)
