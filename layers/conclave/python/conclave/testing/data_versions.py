"""Versions of tables in process memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from threading import Lock

from conclave.caches.versions import Version


class MemoryDataVersions:
    """Versions in process memory. See ``conclave.caches.versions.DataVersions``.

    Attributes:
        reads: How often they were read.
    """

    def __init__(self) -> None:
        self.reads = 0
        self._versions: dict[str, Version] = {}
        self._one_at_a_time = Lock()

    def __len__(self) -> int:
        return len(self._versions)

    def __contains__(self, table: str) -> bool:
        return table in self._versions

    def read(self) -> Mapping[str, Version]:
        """See ``DataVersions.read``."""
        self.reads += 1
        return dict(self._versions)

    def begin(self, table: str, writer: str, version: Version) -> frozenset[str]:
        """See ``DataVersions.begin``."""
        with self._one_at_a_time:
            writers = self._writers(table) | {writer}
            self._change(table, version, writers)
            return writers

    def end(self, table: str, writers: Iterable[str], version: Version) -> None:
        """See ``DataVersions.end``."""
        with self._one_at_a_time:
            self._change(table, version, self._writers(table).difference(writers))

    def _change(self, table: str, version: Version, writers: frozenset[str]) -> None:
        self._versions[table] = version.after(self._versions.get(table), writers)

    def _writers(self, table: str) -> frozenset[str]:
        known = self._versions.get(table)
        return known.writers if known else frozenset()
