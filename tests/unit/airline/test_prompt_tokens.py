"""Compact prompts: the saving that the benchmark measures, on two reports."""

from __future__ import annotations

from bench.prompts import GOAL, measure


def test_compact_prompts_save_and_decide_the_same() -> None:
    found = measure("examples", 2, 1)
    assert found["identical"] == found["scenarios"] == 2
    assert found["saving"]["verbose"] >= GOAL
    assert found["saving"]["selected"] >= 0.3
