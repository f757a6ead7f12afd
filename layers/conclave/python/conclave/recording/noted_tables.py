"""Tables whose reads are noted: what was asked for, and what came back, as it came back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec import Raw

from conclave.caches.tables import VersionedTables, versions_of, written_in
from conclave.codec import encode
from conclave.pack.tables import Batch, Item, Key, Only, Tables, signature
from conclave.recording.recordings import NUL, FailedRead, Reads, noted_error

if TYPE_CHECKING:
    from collections.abc import Iterator


class NotedTables(VersionedTables):
    """Tables, and a note of every read. Checks read at once; an item that two of them read is noted once.

    Args:
        tables: What is read.
    """

    def __init__(self, tables: Tables) -> None:
        # No versions of its own: it has those of what it reads.
        self._tables = tables
        self._items: dict[str, dict[str, Raw]] = {}
        self._groups: dict[str, dict[str, Raw]] = {}
        self._failed: list[FailedRead] = []
        self._shown: Mapping[str, str] = {}

    @property
    def versions(self) -> Mapping[str, str]:
        """See ``VersionedTables.versions``."""
        self._shown = versions_of(self._tables)
        return self._shown

    @property
    def written(self) -> frozenset[str]:
        """See ``VersionedTables.written``."""
        return written_in(self._tables)

    @property
    def reads(self) -> Reads:
        """What was read so far; of the versions, what the step has asked for: nobody else asks the store for them."""
        return Reads(
            versions=dict(self._shown),
            items={table: dict(noted) for table, noted in list(self._items.items())},
            groups={way: dict(noted) for way, noted in list(self._groups.items())},
            failed=tuple(self._failed),
        )

    def get_across(self, wanted: Mapping[str, Iterable[Key]]) -> dict[str, Batch]:
        """See ``Tables.get_across``."""
        asked = {table: list(keys) for table, keys in wanted.items()}
        with self._failing({table: [name_of(key) for key in keys] for table, keys in asked.items()}):
            found = self._tables.get_across(asked)
        for table, batch in found.items():
            noted = self._items.setdefault(table, {})
            noted.update({name_of(key): Raw(encode(item)) for key, item in batch.items.items()})
            noted.update({name_of(key): NOTHING for key in batch.missing})
        return found

    def query(
        self, table: str, values: Iterable[str], index: str = "", only: Only | None = None
    ) -> dict[str, list[Item]]:
        """See ``Tables.query``."""
        asked, way = list(values), f"{table}/{index}"
        with self._failing({way: [group_of(value, only) for value in asked]}):
            found = self._tables.query(table, asked, index, only)
        noted = self._groups.setdefault(way, {})
        noted.update({group_of(value, only): Raw(encode(items)) for value, items in found.items()})
        return found

    @contextmanager
    def _failing(self, asked: Mapping[str, list[str]]) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            raised = noted_error(error)
            self._failed += [FailedRead(way=way, names=names, raised=raised) for way, names in asked.items()]
            raise


NOTHING = Raw(b"null")
"""Stands for an item that does not exist."""


def name_of(key: Key) -> str:
    """A key as a recording names it."""
    return key if isinstance(key, str) else NUL.join(key)


def group_of(value: str, only: Only | None) -> str:
    """A query's value, and what narrowed it, as a recording names them."""
    return NUL.join([value, signature(only)]) if only else value
