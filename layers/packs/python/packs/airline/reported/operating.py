"""Flights that a message cancelled stay on record, and look-ups by route, day, aircraft or number leave them out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from conclave.pack import Batch, Item, Key, Only, Tables


class Operating(Tables):
    """Tables whose look-ups leave out cancelled flights. Whoever asks for an item by its key gets it nevertheless.

    Args:
        tables: What is read.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def get(self, table: str, keys: Iterable[Key]) -> Batch:
        """See ``Tables.get``."""
        return self._tables.get(table, keys)

    def get_across(self, wanted: Mapping[str, Iterable[Key]]) -> dict[str, Batch]:
        """See ``Tables.get_across``."""
        return self._tables.get_across(wanted)

    def query(
        self, table: str, values: Iterable[str], index: str = "", only: Only | None = None
    ) -> dict[str, list[Item]]:
        """See ``Tables.query``."""
        found = self._tables.query(table, values, index, only)
        if table != "flights":
            return found
        return {value: [row for row in rows if not row.get("cancelled")] for value, rows in found.items()}
