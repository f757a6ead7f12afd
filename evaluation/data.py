"""The rows of a network, whole and unindexed, and small changes laid over them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from conclave.pack.tables import Batch, Item, Key, Only, Table, Tables, keeps
from conclave.testing.tables import MemoryTables


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The changes that a scenario makes in a network.

    Attributes:
        put: Items to write or replace, by table.
        remove: Keys of items that are gone, by table.
    """

    put: Mapping[str, Sequence[Item]] = field(default_factory=dict)
    remove: Mapping[str, Sequence[Key]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.put or self.remove)

    def also(self, other: Changes) -> Changes:
        """These changes, then the other ones."""
        tables = {*self.put, *other.put, *self.remove, *other.remove}
        return Changes(
            put={name: [*self.put.get(name, ()), *other.put.get(name, ())] for name in tables},
            remove={name: [*self.remove.get(name, ()), *other.remove.get(name, ())] for name in tables},
        )


class Rows(Tables):
    """All rows of a network.

    Args:
        declarations: The pack's tables, for their keys.
        rows: Items by table.
    """

    def __init__(self, declarations: Sequence[Table], rows: Mapping[str, Iterable[Item]]) -> None:
        self._declarations = {table.name: table for table in declarations}
        self._items = {
            name: {table.key_of(item): item for item in rows.get(name, ())}
            for name, table in self._declarations.items()
        }
        self._groups: dict[tuple[str, str], dict[str, list[Item]]] = {}
        self._base: Rows | None = None
        self._put: dict[str, dict[Key, Item]] = {}
        self._gone: dict[str, set[Key]] = {}
        self._over_rows = False
        self._tables = MemoryTables(declarations, {name: items.values() for name, items in self._items.items()})

    def changed(self, changes: Changes) -> Rows:
        """These rows with changes laid over them; the rows themselves stay as they are."""
        if not changes:
            return self
        over = Rows.__new__(Rows)
        over._declarations, over._items, over._groups = self._declarations, self._items, self._groups
        over._base, over._tables, over._over_rows = self, self._tables, True
        over._put = {name: dict(items) for name, items in self._put.items()}
        over._gone = {name: set(keys) for name, keys in self._gone.items()}
        for name, items in changes.put.items():
            written = {self._declarations[name].key_of(item): item for item in items}
            over._put.setdefault(name, {}).update(written)
            over._gone.setdefault(name, set()).difference_update(written)
        for name, keys in changes.remove.items():
            over._gone.setdefault(name, set()).update(keys)
            for key in keys:
                over._put.get(name, {}).pop(key, None)
        return over

    def key_of(self, table: str, item: Item) -> Key:
        """The key of an item of a table."""
        return self._declarations[table].key_of(item)

    def item(self, table: str, key: Key) -> Item | None:
        """One item, if there is one."""
        if self._over_rows:
            if key in self._gone.get(table, ()):
                return None
            if put := self._put.get(table, {}).get(key):
                return put
        return self._items[table].get(key)

    def all(self, table: str) -> list[Item]:
        """Every item of a table."""
        return self._over(table, self._items[table].values(), self._put.get(table, {}).values())

    def where(self, table: str, attribute: str, value: str) -> list[Item]:
        """Every item whose attribute has this value."""
        groups = self._groups.get((table, attribute))
        if groups is None:
            groups = self._groups[table, attribute] = {}
            for item in self._items[table].values():
                if attribute in item:
                    groups.setdefault(item[attribute], []).append(item)
        new = [item for item in self._put.get(table, {}).values() if item.get(attribute) == value]
        return self._over(table, groups.get(value, ()), new)

    def _over(self, table: str, old: Iterable[Item], new: Iterable[Item]) -> list[Item]:
        key_of, put, gone = self._declarations[table].key_of, self._put.get(table), self._gone.get(table)
        if not put and not gone:
            return list(old)
        hidden = {*(put or ()), *(gone or ())}
        return [*(item for item in old if key_of(item) not in hidden), *new]

    def get(self, table: str, keys: Iterable[Key]) -> Batch:
        """See ``conclave.pack.tables.Tables.get``."""
        wanted = dict.fromkeys(keys)
        found = {key: item for key in wanted if (item := self.item(table, key)) is not None}
        return Batch(items=found, missing=tuple(key for key in wanted if key not in found))

    def query(
        self, table: str, values: Iterable[str], index: str = "", only: Only | None = None
    ) -> dict[str, list[Item]]:
        """See ``conclave.pack.tables.Tables.query``."""
        declared = self._declarations[table]
        keys = declared.index(index) if index else declared
        answer = self._tables.query(table, values, index, only)
        if not self._put.get(table) and not self._gone.get(table):
            return answer
        for value, group in answer.items():
            new = [item for item in self._put.get(table, {}).values() if item.get(keys.key) == value]
            if keys.sort_key:
                new = [item for item in new if keys.sort_key in item]
            new = [item for item in new if keeps(only, item)]
            merged = self._over(table, group, new)
            answer[value] = sorted(merged, key=lambda item: str(item.get(keys.sort_key, "")))
        return answer
