"""The reading of data by packs: always many items at once, only from tables that were declared."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct, field

from conclave.codec import encode

Item = dict[str, Any]
"""A table item: strings, numbers (int or float), booleans, None, and lists or maps of these."""

Key = str | tuple[str, str]
"""The partition key, or partition and sort key for a table that has both."""


class Index(Struct, frozen=True, kw_only=True):
    """A second way to find the items of a table. All key attributes are strings."""

    name: str
    key: str
    sort_key: str = ""


class Table(Struct, frozen=True, kw_only=True):
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


class Batch(Struct, frozen=True):
    """The answer to a batch read: returned plus missing equals asked (each distinct key once)."""

    items: dict[Key, Item] = field(default_factory=dict)
    missing: tuple[Key, ...] = ()


class Between(Struct, frozen=True):
    """The texts from ``first`` to ``last``, both included, in the order of their characters: times, for example."""

    first: str
    last: str

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and self.first <= text <= self.last


Only = Mapping[str, Collection[str] | Between]
"""What an item must have, by attribute: one of some texts, or a text between two. Bounds of the sort key save the most, since
the store then looks at nothing else."""


def keeps(only: Only | None, item: Item) -> bool:
    """True if a query that is narrowed so answers the item."""
    for attribute, wanted in only.items() if only else ():  # noqa: SIM110  # a generator takes twice as long
        if item.get(attribute) not in wanted:
            return False
    return True


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

    def get_across(self, wanted: Mapping[str, Iterable[Key]]) -> dict[str, Batch]:
        """Reads items of several tables, in fewer requests than table by table where the store can.

        Args:
            wanted: Keys to read, by the name of their table.

        Returns:
            As ``get``, for every table asked.

        Raises:
            ReadFailed: The store did not answer, even after retries.
        """
        return {table: self.get(table, keys) for table, keys in wanted.items()}

    def query(
        self, table: str, values: Iterable[str], index: str = "", only: Only | None = None
    ) -> dict[str, list[Item]]:
        """Reads all items under each of several partition key values, the values concurrently.

        Args:
            table: Name as the pack declares it.
            values: Partition key values of the table, or of ``index`` if given.
            index: Name of a declared index.
            only: Leaves out the items that do not have what is wanted: a large partition of which few are wanted is read in
                fewer requests than many small ones.

        Returns:
            For every value asked, its items in sort key order; an empty list when there are none.

        Raises:
            ReadFailed: The store did not answer, even after retries.
        """
        ...


def is_empty(wanted: Collection[str] | Between) -> bool:
    """True if no text is wanted: then nothing has to be read."""
    return wanted.first > wanted.last if isinstance(wanted, Between) else not wanted


def signature(only: Only | None) -> str:
    """One text for all ways to write the same narrowing; empty without one."""
    parts = {
        name: [wanted.first, wanted.last] if isinstance(wanted, Between) else [sorted(wanted)]
        for name, wanted in sorted((only or {}).items())
    }
    return encode(parts).decode() if parts else ""


class ReadFailed(Exception):
    """A table could not be read. A tool turns it into a gap; it never becomes an empty answer."""


class UndeclaredRead(Exception):
    """A table or index was read that is not declared. Always a defect of the pack."""


class ScopedTables(Tables):
    """Tables narrowed to the declared reads of one tool, so that a test fails where IAM would refuse."""

    def __init__(self, tables: Tables, reads: Iterable[str]) -> None:
        self._tables = tables
        self._reads = frozenset(reads)

    def get(self, table: str, keys: Iterable[Key]) -> Batch:
        """See ``Tables.get``; raises ``UndeclaredRead`` for a table outside the scope."""
        self._require(table)
        return self._tables.get(table, keys)

    def get_across(self, wanted: Mapping[str, Iterable[Key]]) -> dict[str, Batch]:
        """See ``Tables.get_across``; raises as ``get``."""
        for table in wanted:
            self._require(table)
        return self._tables.get_across(wanted)

    def query(
        self, table: str, values: Iterable[str], index: str = "", only: Only | None = None
    ) -> dict[str, list[Item]]:
        """See ``Tables.query``; raises ``UndeclaredRead`` for a table or index outside the scope."""
        self._require(f"{table}/{index}" if index else table)
        return self._tables.query(table, values, index, only)

    def _require(self, read: str) -> None:
        if read not in self._reads:
            raise UndeclaredRead(f"{read} is not among the declared reads: {', '.join(sorted(self._reads)) or 'none'}")


class ReadOnce(Tables):
    """Tables of which one step of a run reads each item once: what it has read stands for the rest of the step.

    A step lasts seconds, and sees its data as it first saw them. Made anew for each step, so that no later step is answered with
    what an earlier one read. What could not be read is not kept: it is read again when it is asked for again.

    Args:
        tables: What is read.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._items: dict[tuple[str, Key], Item | None] = {}
        self._groups: dict[tuple[object, ...], list[Item]] = {}

    def get(self, table: str, keys: Iterable[Key]) -> Batch:
        """See ``Tables.get``."""
        return self.get_across({table: keys})[table]

    def get_across(self, wanted: Mapping[str, Iterable[Key]]) -> dict[str, Batch]:
        """See ``Tables.get_across``."""
        asked = {table: list(dict.fromkeys(keys)) for table, keys in wanted.items()}
        unread = {table: [key for key in keys if (table, key) not in self._items] for table, keys in asked.items()}
        if unread := {table: keys for table, keys in unread.items() if keys}:
            for table, batch in self._tables.get_across(unread).items():
                self._items.update({(table, key): batch.items.get(key) for key in unread[table]})
        return {table: self._batch(table, keys) for table, keys in asked.items()}

    def _batch(self, table: str, keys: Sequence[Key]) -> Batch:
        found = {key: self._items[table, key] for key in keys}
        return Batch(
            items={key: item for key, item in found.items() if item is not None},
            missing=tuple(key for key, item in found.items() if item is None),
        )

    def query(
        self, table: str, values: Iterable[str], index: str = "", only: Only | None = None
    ) -> dict[str, list[Item]]:
        """See ``Tables.query``."""
        narrowed = signature(only)
        names = {value: (table, index, narrowed, value) for value in values}
        unread = [value for value, name in names.items() if name not in self._groups]
        if unread:
            found = self._tables.query(table, unread, index, only)
            self._groups.update({names[value]: items for value, items in found.items()})
        return {value: list(self._groups[name]) for value, name in names.items()}


Changed = Callable[[str, Item], Item]
"""Answers an item of a table as it would be: ``changed(table, item)``; the item itself where nothing changes."""


class Varied(Tables):
    """Tables of which some items are other than they are. Nothing is written.

    Args:
        tables: What is read.
        changed: Changes what was read.
    """

    def __init__(self, tables: Tables, changed: Changed) -> None:
        self._tables = tables
        self._changed = changed

    def get(self, table: str, keys: Iterable[Key]) -> Batch:
        """See ``Tables.get``."""
        return self._batch(table, self._tables.get(table, keys))

    def get_across(self, wanted: Mapping[str, Iterable[Key]]) -> dict[str, Batch]:
        """See ``Tables.get_across``."""
        return {table: self._batch(table, found) for table, found in self._tables.get_across(wanted).items()}

    def query(
        self, table: str, values: Iterable[str], index: str = "", only: Only | None = None
    ) -> dict[str, list[Item]]:
        """See ``Tables.query``."""
        found = self._tables.query(table, values, index, only)
        return {value: [self._changed(table, item) for item in items] for value, items in found.items()}

    def _batch(self, table: str, found: Batch) -> Batch:
        return Batch(
            items={key: self._changed(table, item) for key, item in found.items.items()}, missing=found.missing
        )
