"""The tables that feeds write, and the keys of feeds, in process memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from conclave.feeds.changes import Change, Moved
from conclave.pack.tables import Item, Key, Table
from conclave.testing.tables import MemoryTables


class MemoryRows:
    """Rows of tables in memory. See ``conclave.feeds.changes.Rows``.

    Args:
        declarations: The pack's tables.
        rows: Items by table name.

    Attributes:
        written: Names of the tables that were written, in order.
    """

    def __init__(self, declarations: Sequence[Table], rows: Mapping[str, Iterable[Item]]) -> None:
        self._declared = declarations
        self._items = {
            table.name: {table.key_of(item): item for item in rows.get(table.name, ())} for table in declarations
        }
        self.written: list[str] = []

    def __len__(self) -> int:
        return sum(map(len, self._items.values()))

    def __contains__(self, table: str) -> bool:
        return table in self._items

    @property
    def tables(self) -> MemoryTables:
        """The tables as they are now, to be read."""
        return MemoryTables(self._declared, {name: items.values() for name, items in self._items.items()})

    def there(self, table: Table, keys: Iterable[Key]) -> Mapping[Key, Item]:
        """See ``Rows.there``."""
        items = self._items[table.name]
        return {key: items[key] for key in keys if key in items}

    def write(self, table: Table, changes: Sequence[Change]) -> None:
        """See ``Rows.write``."""
        items = self._items[table.name]
        for change in changes:
            if change.after is not None and not _as_read(items.get(change.key), change):
                raise Moved(f"an item of {table.name} was changed by somebody else")
        for change in changes:
            if change.after is None:
                items.pop(change.key, None)
                continue
            before, there = change.before or {}, items.get(change.key, {})
            kept = {name: value for name, value in there.items() if name not in before or name in change.after}
            changed = {
                name: value for name, value in change.after.items() if before.get(name) != value or name not in before
            }
            items[change.key] = {**kept, **changed}
        self.written.append(table.name)


def _as_read(there: Item | None, change: Change) -> bool:
    if change.before is None or there is None:
        return change.before is there
    after = change.after or {}
    names = {each for each in change.before.keys() | after.keys() if change.before.get(each) != after.get(each)}
    return all((name in there, there.get(name)) == (name in change.before, change.before.get(name)) for name in names)


class MemoryKeys:
    """Keys in memory. See ``conclave.feeds.taking.Keys``."""

    def __init__(self) -> None:
        self._keys: set[str] = set()

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: str) -> bool:
        return self.known(key)

    def known(self, key: str) -> bool:
        """See ``Keys.known``."""
        return key in self._keys

    def add(self, key: str) -> None:
        """See ``Keys.add``."""
        self._keys.add(key)
