"""The ledger under crashes: any interleaving, and ledgers with a defect that the same simulation finds."""

from __future__ import annotations

from typing import Any

import pytest
from conclave.agents.prices import price_table
from conclave.money.ledger import Ledger
from conclave.types import Usage
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.ledger import simulating as ledger

PRICES = price_table()


@pytest.mark.slow
@given(st.integers(0, 10**9))
@settings(max_examples=150, deadline=None)
def test_settled_plus_reserved_never_passes_the_ceiling(number: int) -> None:
    run = ledger.simulated(number, PRICES)
    settled, reserved = run.counted()
    assert settled + reserved <= run.ceiling
    assert run.billed <= settled + reserved
    assert not run.over


def test_crashes_refusals_and_lost_reports_are_among_them() -> None:
    found = ledger.measure(60)
    assert found["over_ceiling"] == 0
    assert found["reserved_left"] > 0
    assert min(found["deaths"], found["refused"], found["calls"]) > 100
    assert found["billed"] > found["settled"]


def _forgets_the_dead(*_: Any, **__: Any) -> Usage:
    return Usage()


def _gives_the_slice_again(journal: Any, run_id: str, agent: str, phase: str, now: str) -> int:
    return 1


def _never_refuses(self: Ledger, worst: int) -> Ledger:
    return Ledger(limit=self.limit, settled=self.settled, held=self.held, open=worst)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "defect"),
    [
        ("bench.ledger.simulating.lost_slices", _forgets_the_dead),
        ("bench.ledger.simulating.take_slice", _gives_the_slice_again),
        ("conclave.money.ledger.Ledger.reserve", _never_refuses),
        ("conclave.agents.meter.worst_case", lambda price, request, output: 1_000),
    ],
)
def test_a_ledger_with_a_defect_passes_a_ceiling(monkeypatch: pytest.MonkeyPatch, place: str, defect: Any) -> None:
    monkeypatch.setattr(place, defect)
    assert ledger.measure(80)["over_ceiling"] > 0
