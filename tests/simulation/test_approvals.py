"""People, the clock and dying functions at once, in a small size; and that the proof can fail.

``python -m bench.approvals --schedules 10000`` plays the same code over many more seeds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conclave.records.runs import APPROVAL, Run, Waiting, after
from conclave.testing.run_store import MemoryRunStore
from msgspec import structs

from bench.approvals.__main__ import NAMED, tally


def test_never_two_outcomes_and_never_an_effect_without_its_entry() -> None:
    figures = tally(range(120), 0.1)
    assert {name: figures[name] for name in NAMED} == dict.fromkeys(NAMED, 0), figures["examples"]
    assert set(figures["outcomes"]) == {"decided", "refused", "expired", "halted"}
    assert figures["acts_told"] > 40
    assert figures["faults"] > 300


class LastOneWins(MemoryRunStore):
    """Whoever acts last is right, whatever they had read."""

    def wait(self, waiting: Waiting, head: Run | None = None) -> Run:
        run = self.get(waiting.run_id)
        return super().wait(structs.replace(waiting, expected=run.approval), head)


class Unaudited(MemoryRunStore):
    """Writes acts without the entry that tells of them."""

    def wait(self, waiting: Waiting, head: Run | None = None) -> Run:
        if waiting.act.event != "approval_acted":
            return super().wait(waiting, head)
        run = self.get(waiting.run_id)
        self._runs[run.run_id] = after(run, waiting.changes(run))
        self._records[run.run_id][APPROVAL] = (run.fence, waiting.records[APPROVAL])
        return self._runs[run.run_id]


@pytest.mark.parametrize(("store", "kinds"), [(LastOneWins, {"double"}), (Unaudited, {"unaudited"})])
def test_a_store_with_a_defect_is_found(store: Callable[[], MemoryRunStore], kinds: set[str]) -> None:
    figures: dict[str, Any] = tally(range(600), 0.2, store)
    assert any(figures[kind] for kind in kinds), figures
