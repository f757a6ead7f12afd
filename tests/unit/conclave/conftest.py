"""The checks that hold of every run of these tests."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from threading import Lock

import pytest
from agreement import disagreements
from conclave import figures
from conclave.figures import Metric, Unobserved
from conclave.money.amounts import nanos
from conclave.testing import room as rooms
from conclave.testing.room import Room
from conclave.types import Decision


class Counting(Unobserved):
    """Adds up figures by name, money in nano-dollars. Agents of a room answer in threads."""

    def __init__(self) -> None:
        self._adding = Lock()
        self.counted: defaultdict[str, float] = defaultdict(float)

    def __call__(self, metric: Metric, value: float, **parts: str) -> None:
        with self._adding:
            self.counted[metric.name] += nanos(value) if metric.name.endswith("Usd") else value


@pytest.fixture(autouse=True)
def money_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spans, exchanges, decision, ledger and metrics agree to the token and the nano-dollar, on every run that a room takes."""
    whole = Room.deliberate
    counting = Counting()
    counted = counting.counted
    for step in ("perform_frame", "perform_agent", "open_approval", "publish"):
        monkeypatch.setattr(rooms, step, partial(getattr(rooms, step), observe=counting))

    def deliberate(room: Room, run_id: str) -> Decision:
        counted.clear()
        decision = whole(room, run_id)
        used = decision.usage
        expected = {
            figures.COST_USD: nanos(used.cost_usd),
            figures.MODEL_COST_USD: nanos(used.cost_usd),
            figures.INPUT_TOKENS: used.input_tokens,
            figures.OUTPUT_TOKENS: used.output_tokens,
            figures.CACHE_READ_TOKENS: used.cache_read_tokens,
            figures.CACHE_WRITE_TOKENS: used.cache_write_tokens,
        }
        found = {metric: counted[metric.name] for metric in expected}
        if not used.reserved_usd:
            assert found == expected
        # A function whose answer was lost has told its metrics before: what is reserved for it covers them.
        assert found[figures.MODEL_COST_USD] <= nanos(used.cost_usd) + nanos(used.reserved_usd)
        assert disagreements(room, run_id, decision) == []
        return decision

    monkeypatch.setattr(Room, "deliberate", deliberate)
