"""What a feed changes: items as they are and as they will be; and the tables as they are with that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from conclave.caches.looks import places_of
from conclave.pack import Fed
from conclave.pack.tables import Batch, Item, Key, Only, Table, Tables, keeps


class Change(Struct, frozen=True, kw_only=True):
    """An item of a table before and after; ``None``: it is not there."""

    table: str
    key: Key
    before: Item | None
    after: Item | None

    @property
    def name(self) -> str:
        """The key in one word."""
        return self.key if isinstance(self.key, str) else "/".join(self.key)


class Moved(Exception):
    """Somebody else changed an item since it was read; nothing of its partition was written. Read again."""


class Rows(Protocol):
    """The tables that feeds write. One implementation for DynamoDB, one in memory; the same contract tests hold for both."""

    def there(self, table: Table, keys: Iterable[Key]) -> Mapping[Key, Item]:
        """The items that there are, consistently read. Raises ``ReadFailed``."""
        ...

    def write(self, table: Table, changes: Sequence[Change]) -> None:
        """Makes changes, and gives table and partitions a new version.

        What belongs to one partition is written all or not at all, as far as one transaction holds it.

        Of an item that is there already, only the attributes are written that change. Where one of these is not any more as it
        was read, nothing of its partition is written.

        Raises:
            Moved: Somebody else was quicker; other partitions may have been written.
            WriteFailed: The store did not take it.
        """
        ...


class Seen(Tables):
    """Tables that remember what was read of them: what is worked out from an item must not be written over a newer one."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.items: dict[tuple[str, Key], Item] = {}
        self._declared: dict[str, Table] = {}

    def of(self, declared: Iterable[Table]) -> Seen:
        """Itself, once it knows the keys of these tables."""
        self._declared = {each.name: each for each in declared}
        return self

    def get(self, table: str, keys: Iterable[Key]) -> Batch:
        """See ``Tables.get``."""
        found = self._tables.get(table, keys)
        self.items |= {(table, key): item for key, item in found.items.items()}
        return found

    def get_across(self, wanted: Mapping[str, Iterable[Key]]) -> dict[str, Batch]:
        """See ``Tables.get_across``."""
        return {table: self.get(table, keys) for table, keys in wanted.items()}

    def query(
        self, table: str, values: Iterable[str], index: str = "", only: Only | None = None
    ) -> dict[str, list[Item]]:
        """See ``Tables.query``."""
        found = self._tables.query(table, values, index, only)
        key_of = self._declared[table].key_of
        self.items |= {(table, key_of(item)): item for items in found.values() for item in items}
        return found


def changes_of(fed: Fed, tables: Mapping[str, Table], seen: Mapping[tuple[str, Key], Item], rows: Rows) -> list[Change]:
    """What writing the rows of a feed changes; nothing where all is there as it is already.

    Args:
        fed: The rows.
        tables: The tables by name.
        seen: Items that the reader of the feed has read: it worked its rows out from them.
        rows: The tables as they are.
    """
    found = list[Change]()
    for name in dict.fromkeys((*fed.put, *fed.remove)):
        table = tables[name]
        put = {table.key_of(item): item for item in fed.put.get(name, ())}
        wanted: dict[Key, Item | None] = {**dict.fromkeys(fed.remove.get(name, ())), **put}
        there = rows.there(table, wanted)
        for key, after in wanted.items():
            before = seen.get((name, key), there.get(key))
            if before != after:
                found.append(Change(table=name, key=key, before=before, after=after))
    return found


def places(change: Change, table: Table) -> set[int]:
    """Where a look would have come upon the item, before or after."""
    return {place for item in (change.before, change.after) if item is not None for place in places_of(table, item)}


class Overlaid(Tables):
    """The tables as they are once changes are made, whatever of them a store shows already.

    Args:
        tables: What is read.
        declared: The tables by name.
        changes: The changes.
    """

    def __init__(self, tables: Tables, declared: Mapping[str, Table], changes: Iterable[Change]) -> None:
        self._tables = tables
        self._declared = declared
        self._after: dict[str, dict[Key, Item | None]] = {}
        for each in changes:
            self._after.setdefault(each.table, {})[each.key] = each.after

    def get(self, table: str, keys: Iterable[Key]) -> Batch:
        """See ``Tables.get``."""
        return self.get_across({table: keys})[table]

    def get_across(self, wanted: Mapping[str, Iterable[Key]]) -> dict[str, Batch]:
        """See ``Tables.get_across``."""
        asked = {table: list(keys) for table, keys in wanted.items()}
        return {
            table: self._batch(table, asked[table], found) for table, found in self._tables.get_across(asked).items()
        }

    def _batch(self, table: str, keys: Sequence[Key], found: Batch) -> Batch:
        after = self._after.get(table, {})
        known = {key: after[key] if key in after else found.items.get(key) for key in dict.fromkeys(keys)}
        return Batch(
            items={key: item for key, item in known.items() if item is not None},
            missing=tuple(key for key, item in known.items() if item is None),
        )

    def query(
        self, table: str, values: Iterable[str], index: str = "", only: Only | None = None
    ) -> dict[str, list[Item]]:
        """See ``Tables.query``."""
        found = self._tables.query(table, values, index, only)
        after = self._after.get(table)
        if after is None:
            return found
        declared = self._declared[table]
        by = declared.index(index) if index else declared
        new = [item for item in after.values() if item is not None and keeps(only, item) and by.key in item]
        if by.sort_key:
            new = [item for item in new if by.sort_key in item]
        return {
            value: sorted(
                (
                    *(item for item in items if declared.key_of(item) not in after),
                    *(item for item in new if item[by.key] == value),
                ),
                key=lambda item: str(item.get(by.sort_key, "")),
            )
            for value, items in found.items()
        }
