"""The ledger and the cut of a ceiling: settled plus reserved never passes it, whatever dies where."""

from __future__ import annotations

import pytest
from conclave.money.allotments import (
    AGENT_ATTEMPTS,
    FRAMING_ATTEMPTS,
    PROTECTED_PERCENT,
    SPECIALIST_PHASES,
    agent_slice,
    allotments,
    framing_slice,
)
from conclave.money.ledger import CeilingReached, Ledger
from conclave.types import AgentKind, ManifestAgent
from hypothesis import given
from hypothesis import strategies as st

CALLS = st.lists(st.tuples(st.integers(0, 60), st.floats(0, 1) | st.none()), max_size=20)
"""Worst case of each call, and the part of it that the provider reports; None where it reports nothing."""


def agents(safety: int, business: int) -> list[ManifestAgent]:
    kinds = [*[AgentKind.SAFETY] * safety, *[AgentKind.BUSINESS] * business, AgentKind.ARBITER]
    return [ManifestAgent(name=f"a{n}", title="", kind=kind) for n, kind in enumerate(kinds)]


@given(st.integers(0, 100), CALLS)
def test_a_ledger_never_passes_its_limit(limit: int, calls: list[tuple[int, float | None]]) -> None:
    ledger, known, unknown = Ledger(limit=limit), 0, 0
    for worst, part in calls:
        try:
            reserved = ledger.reserve(worst)
        except CeilingReached:
            assert worst > limit - known - unknown
            continue
        assert reserved.spent <= limit
        ledger = reserved.abandon() if part is None else reserved.settle(int(worst * part))
        known, unknown = (
            known + (int(worst * part) if part is not None else 0),
            unknown + (worst if part is None else 0),
        )
        assert (ledger.settled, ledger.held) == (known, unknown)
        assert ledger.spent == known + unknown <= limit


def test_a_call_that_was_never_settled_stays_spent() -> None:
    ledger = Ledger(limit=10).reserve(6)
    with pytest.raises(CeilingReached, match="may cost 5 nano-dollars, and 4 are left of 10"):
        ledger.reserve(5)
    assert ledger.reserve(4).spent == 10


@given(st.integers(0, 10**10), st.integers(0, 6), st.integers(0, 9))
def test_all_slices_of_all_agents_are_no_more_than_the_ceiling(ceiling: int, safety: int, business: int) -> None:
    team = agents(safety, business)
    allotted = allotments(ceiling, team, "frame")
    of_agents = sum(
        agent_slice(allotted, each.name, each.kind)
        * AGENT_ATTEMPTS
        * (1 if each.kind is AgentKind.ARBITER else SPECIALIST_PHASES)
        for each in team
    )
    assert of_agents + framing_slice(allotted, "frame") * FRAMING_ATTEMPTS <= sum(allotted.values()) <= ceiling


def test_what_business_agents_are_takes_nothing_of_the_protected_shares() -> None:
    few, many = (allotments(1_000_000, agents(2, number), "frame") for number in (1, 9))
    assert few["a0"] == many["a0"] == 1_000_000 * PROTECTED_PERCENT // 100 // 2 // 2
    assert few["frame"] == many["frame"]
    assert few["a3"] == many["a11"]
