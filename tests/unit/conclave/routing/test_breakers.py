from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from breakers_contract import CHECKS, MODEL, OTHER, Time
from conclave.routing.breakers import FAILURES_TO_OPEN, NoBreakers
from conclave.testing.models import MemoryBreakers, MemoryCircuits


@pytest.mark.parametrize("check", CHECKS)
def test_breakers_in_memory_keep_the_contract(check: Any) -> None:
    time, circuits = Time(), MemoryCircuits()
    check(partial(MemoryBreakers, circuits, (MODEL, OTHER), time), time)


def test_calls_that_succeed_leave_no_trace_where_all_is_well() -> None:
    circuits = MemoryCircuits()
    for _ in range(3):
        breakers = MemoryBreakers(circuits, (MODEL,), Time())
        breakers.note(MODEL, failed=False)
        assert breakers.settle() == {}
    assert len(circuits) == 0


def test_without_a_store_everything_is_let_through() -> None:
    breakers = NoBreakers()
    for _ in range(FAILURES_TO_OPEN + 1):
        breakers.note(MODEL, failed=True)
    assert breakers.lets(MODEL)
    assert breakers.settle() == {}
