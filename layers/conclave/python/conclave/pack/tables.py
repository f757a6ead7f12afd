"""The reading of data by packs: always many items at once, only from tables that were declared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Item = dict[str, Any]
"""A table item: strings, numbers (int or float), booleans, None, and lists or maps of these."""

Key = str | tuple[str, str]
"""The partition key, or partition and sort key for a table that has both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """A second way to find the items of a table. All key attributes are strings."""

    name: str
    key: str
    sort_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table that a pack declares. The infrastructure makes it, the seeder fills it, tools read it.

    Attributes:
        name: Short name (``flights``); the deployed one carries stage and pack.
        key: Name of the partition key attribute.
        sort_key: Name of the sort key attribute, if the table has one.
        indexes: Secondary indexes; each is a declared read of its own (``flights/by_tail``).
        description: One line for a person.
    """

    name: str
    key: str
    sort_key: str = ""
    indexes: Sequence[Index] = ()
    description: str = ""

    def key_of(self, item: Item) -> Key:
        """The key of an item of this table."""
        return (item[self.key], item[self.sort_key]) if self.sort_key else item[self.key]

    def index(self, name: str) -> Index:
        """The index of that name; ``KeyError`` when the table has none."""
        return {index.name: index for index in self.indexes}[name]


@dataclass(frozen=True, slots=True)
class Batch:
    """The answer to a batch read: returned plus missing equals asked (each distinct key once)."""

    items: dict[Key, Item] = field(default_factory=dict)
    missing: tuple[Key, ...] = ()


class Tables(Protocol):
    """Read access to a pack's tables. There is no way to read one item at a time, and none to write."""

    def get(self, table: str, keys: Iterable[Key]) -> Batch:
        """Reads any number of items by key, in as few requests as the store allows.

        Args:
            table: Name as the pack declares it.
            keys: Keys to read; duplicates are read once.

        Returns:
            The items by key and the keys that do not exist.

        Raises:
            ReadFailed: The store did not answer, even after retries.
        """
        ...

    def query(self, table: str, values: Iterable[str], index: str = "") -> dict[str, list[Item]]:
        """Reads all items under each of several partition key values, the values concurrently.

        Args:
            table: Name as the pack declares it.
            values: Partition key values of the table, or of ``index`` if given.
            index: Name of a declared index.

        Returns:
            For every value asked, its items in sort key order; an empty list when there are none.

        Raises:
            ReadFailed: The store did not answer, even after retries.
        """
        ...


class ReadFailed(Exception):
    """A table could not be read. A tool turns it into a gap; it never becomes an empty answer."""


class UndeclaredRead(Exception):
    """A table or index was read that is not declared. Always a defect of the pack."""


class ScopedTables:
    """Tables narrowed to the declared reads of one tool, so that a test fails where IAM would refuse."""

    def __init__(self, tables: Tables, reads: Iterable[str]) -> None:
        self._tables = tables
        self._reads = frozenset(reads)

    def get(self, table: str, keys: Iterable[Key]) -> Batch:
        """See ``Tables.get``; raises ``UndeclaredRead`` for a table outside the scope."""
        self._require(table)
        return self._tables.get(table, keys)

    def query(self, table: str, values: Iterable[str], index: str = "") -> dict[str, list[Item]]:
        """See ``Tables.query``; raises ``UndeclaredRead`` for a table or index outside the scope."""
        self._require(f"{table}/{index}" if index else table)
        return self._tables.query(table, values, index)

    def _require(self, read: str) -> None:
        if read not in self._reads:
            raise UndeclaredRead(f"{read} is not among the declared reads: {', '.join(sorted(self._reads)) or 'none'}")
