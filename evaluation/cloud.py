"""Scenarios through a deployed machine: the data is changed, the incident submitted, the data put back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from conclave.pack.tables import Item, Key

from evaluation.data import Changes, Rows
from evaluation.report import Run, in_document
from evaluation.scenarios import Network, Scenario


class Store(Protocol):
    """The deployed tables."""

    def put(self, table: str, items: Sequence[Item]) -> int:
        """Writes items."""
        ...

    def remove(self, table: str, keys: Sequence[Key]) -> None:
        """Deletes items; what does not exist is not an error."""
        ...


class OnCloud:
    """Runs scenarios on a deployed machine, all on the one network that its tables hold.

    Args:
        where: What the report calls it.
        network: Date and seed of the sample in the tables.
        base: Its rows, to put back what a scenario changed.
        store: The tables.
        ask: Submits a request and comes back with the document of the finished run.
        settle: Waits until a change of the data is seen everywhere; indexes follow their table a little later.
    """

    def __init__(
        self,
        *,
        where: str,
        network: Network,
        base: Rows,
        store: Store,
        ask: Callable[[Mapping[str, Any]], Mapping[str, Any]],
        settle: Callable[[], None],
    ) -> None:
        self.where = where
        self.networks: tuple[Network, ...] = (network,)
        self._base, self._store, self._ask, self._settle = base, store, ask, settle

    def run(self, scenario: Scenario, rows: Rows) -> Run:
        """See ``evaluation.suite.Runner``."""
        if not scenario.changes:
            return finished(self._ask(scenario.body))
        try:
            self._apply(scenario.changes)
            self._settle()
            return finished(self._ask(scenario.body))
        finally:
            self._apply(undoing(scenario.changes, self._base))
            self._settle()

    def _apply(self, changes: Changes) -> None:
        for table, keys in changes.remove.items():
            self._store.remove(table, list(keys))
        for table, items in changes.put.items():
            self._store.put(table, list(items))


def undoing(changes: Changes, base: Rows) -> Changes:
    """The changes that lead back to the rows as they were."""
    touched = {table: list(keys) for table, keys in changes.remove.items()}
    for table, items in changes.put.items():
        touched.setdefault(table, []).extend(base.key_of(table, item) for item in items)
    before = {table: [base.item(table, key) for key in keys] for table, keys in touched.items()}
    return Changes(
        put={table: [item for item in items if item is not None] for table, items in before.items()},
        remove={
            table: [key for key, item in zip(keys, before[table], strict=True) if item is None]
            for table, keys in touched.items()
        },
    )


def finished(document: Mapping[str, Any]) -> Run:
    """A finished run, from its document. Its facts are not in it, so quality is not judged."""
    decision = document.get("decision") or {}
    return Run(
        status=document["status"],
        reasons=[reason["code"] for reason in document["reasons"]],
        incident=document.get("incident") or {},
        options=document["options"],
        option_id=str(decision.get("option_id") or ""),
        received=document["created_at"],
        duration=document["totals"]["duration_seconds"],
        **in_document(document),
    )
