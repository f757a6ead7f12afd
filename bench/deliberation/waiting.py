"""Time that a run waits for its store and its models, without waiting it: counted, then added up along the critical path."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from conclave.pack.tables import Batch, Item, Key, Only, Tables

STORE_SECONDS = 0.005
"""A request to DynamoDB from a function of the same region."""
BATCH = 100
AT_ONCE = 8
"""Keys of a batch read, and queries that the engine's adapter has under way together."""
Step = tuple[str, str]
"""Phase and agent."""


class TimedTables(Tables):
    """Tables that count how long a store would take for each read.

    Args:
        tables: The data.
        waits: Seconds by step, which grow.
        step: Who reads.
        one_by_one: Each item by a request of its own, one after the other; else as the engine's adapter reads.
    """

    def __init__(self, tables: Tables, waits: defaultdict[Step, float], step: Step, *, one_by_one: bool) -> None:
        self._tables, self._waits, self._step, self._one_by_one = tables, waits, step, one_by_one

    def get(self, table: str, keys: Iterable[Key]) -> Batch:
        """See ``Tables.get``."""
        wanted = list(dict.fromkeys(keys))
        self._wait(len(wanted), BATCH)
        return self._tables.get(table, wanted)

    def get_across(self, wanted: Mapping[str, Iterable[Key]]) -> dict[str, Batch]:
        """See ``Tables.get_across``."""
        asked = {table: list(dict.fromkeys(keys)) for table, keys in wanted.items()}
        self._wait(sum(len(keys) for keys in asked.values()), BATCH)
        return self._tables.get_across(asked)

    def query(
        self, table: str, values: Iterable[str], index: str = "", only: Only | None = None
    ) -> dict[str, list[Item]]:
        """See ``Tables.query``."""
        wanted = list(dict.fromkeys(values))
        self._wait(len(wanted), AT_ONCE)
        return self._tables.query(table, wanted, index, only)

    def _wait(self, count: int, together: int) -> None:
        rounds = count if self._one_by_one else -(-count // together)
        self._waits[self._step] += rounds * STORE_SECONDS


def critical_seconds(waits: Mapping[Step, float]) -> float:
    """Seconds of a run: in each phase those of its slowest agent, one phase after the other."""
    phases: dict[str, float] = {}
    for (phase, _), seconds in waits.items():
        phases[phase] = max(phases.get(phase, 0.0), seconds)
    return sum(phases.values())
