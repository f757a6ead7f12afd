"""Runs of the suites recorded and played again, and some changes of the code that have to be seen; in a small size."""

from __future__ import annotations

from bench.replay.changes import CHANGES
from bench.replay.measuring import ROOT, measured

RUNS, TRIED = 50, 3


def test_recorded_runs_are_byte_equal_and_changes_are_named() -> None:
    found = measured(RUNS, TRIED, 2)
    assert found["differences"] == []
    assert (found["runs"], found["equal"], found["diverged"]) == (RUNS, RUNS, 0)
    assert (found["changes_seen"], found["changes_named"]) == (TRIED, TRIED), found["seen"]


def test_there_are_fifty_changes_and_each_still_fits_the_code() -> None:
    assert len(CHANGES) >= 50
    assert len({each.name for each in CHANGES}) == len(CHANGES)
    for each in CHANGES:
        assert (ROOT / each.path).read_text(encoding="utf-8").count(each.before) == 1, each.name
