"""Tables that know which versions of the data they read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from threading import Lock

from conclave.caches.versions import DataVersions, Version, settled
from conclave.clock import Clock
from conclave.pack.tables import Batch, Item, Key, Only, ReadFailed, Tables


class VersionedTables(Tables):
    """Tables that are read, and the versions that they had before.

    Args:
        tables: The tables.
        versions: Their versions; are read once, before the first item.
        clock: The time.
    """

    def __init__(self, tables: Tables, versions: DataVersions, clock: Clock) -> None:
        self._tables = tables
        self._data_versions = versions
        self._clock = clock
        self._first = Lock()

    @property
    def versions(self) -> Mapping[str, str]:
        """Versions by table, as far as they could be shown to be current before anything was read."""
        with self._first:
            return self._shown

    @cached_property
    def _seen(self) -> Mapping[str, Version]:
        try:
            return self._data_versions.read()
        except ReadFailed:  # then no version can be shown, and everything is read
            return {}

    @cached_property
    def _shown(self) -> Mapping[str, str]:
        return settled(self._seen, self._clock())

    def get(self, table: str, keys: Iterable[Key]) -> Batch:
        """See ``Tables.get``."""
        _ = self.versions
        return self._tables.get(table, keys)

    def get_across(self, wanted: Mapping[str, Iterable[Key]]) -> dict[str, Batch]:
        """See ``Tables.get_across``."""
        _ = self.versions
        return self._tables.get_across(wanted)

    def query(
        self, table: str, values: Iterable[str], index: str = "", only: Only | None = None
    ) -> dict[str, list[Item]]:
        """See ``Tables.query``."""
        _ = self.versions
        return self._tables.query(table, values, index, only)


def versions_of(tables: Tables) -> Mapping[str, str]:
    """The versions that tables had before they were read; nothing where they know none."""
    return tables.versions if isinstance(tables, VersionedTables) else {}
