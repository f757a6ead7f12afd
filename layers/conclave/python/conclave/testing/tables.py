"""Tables in process memory."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence

from conclave.pack.tables import Batch, Between, Item, Key, Only, Table, Tables, keeps


class MemoryTables(Tables):
    """Tables in process memory, with the behaviour of the real ones: for tests, evaluation and the simulation.

    Args:
        declarations: The pack's tables, which say what the keys are.
        rows: Items by table name.
    """

    def __init__(self, declarations: Sequence[Table], rows: Mapping[str, Iterable[Item]]) -> None:
        self._tables = {table.name: table for table in declarations}
        self._items: dict[str, dict[Key, Item]] = {
            name: {table.key_of(item): item for item in rows.get(name, ())} for name, table in self._tables.items()
        }
        self._groups: dict[tuple[str, str], dict[str, list[Item]]] = {}
        self._sorted: dict[tuple[str, str], dict[str, list[Item]]] = {}

    def __len__(self) -> int:
        return sum(len(items) for items in self._items.values())

    def __contains__(self, name: str) -> bool:
        return name in self._items

    def get(self, table: str, keys: Iterable[Key]) -> Batch:
        """See ``Tables.get``."""
        items = self._items[table]
        wanted = dict.fromkeys(keys)
        return Batch(
            items={key: items[key] for key in wanted if key in items},
            missing=tuple(key for key in wanted if key not in items),
        )

    def query(
        self, table: str, values: Iterable[str], index: str = "", only: Only | None = None
    ) -> dict[str, list[Item]]:
        """See ``Tables.query``."""
        declared = self._tables[table].index(index) if index else self._tables[table]
        bounds = (only or {}).get(declared.sort_key)
        part = _within(declared.sort_key, bounds) if isinstance(bounds, Between) else list
        return {
            value: [item for item in part(self._group(table, index, value)) if keeps(only, item)]
            for value in dict.fromkeys(values)
        }

    def _group(self, table: str, index: str, value: str) -> list[Item]:
        """The items of one value in the order of their sort keys; a group is sorted when it is asked for, and kept."""
        groups = self._groups.get((table, index))
        if groups is None:
            groups = self._groups[table, index] = self._grouped(table, index)
        ordered = self._sorted.setdefault((table, index), {})
        if value not in ordered:
            sort_key = (self._tables[table].index(index) if index else self._tables[table]).sort_key
            ordered[value] = sorted(groups.get(value, ()), key=lambda item: str(item.get(sort_key, "")))
        return ordered[value]

    def _grouped(self, table: str, index: str) -> dict[str, list[Item]]:
        keys = self._tables[table].index(index) if index else self._tables[table]
        groups: dict[str, list[Item]] = {}
        for item in self._items[table].values():
            if keys.key in item and (not keys.sort_key or keys.sort_key in item):
                groups.setdefault(item[keys.key], []).append(item)
        return groups


def _within(sort_key: str, bounds: Between) -> Callable[[Sequence[Item]], Sequence[Item]]:
    """Takes of items in the order of their sort keys those between two texts, and looks at no others."""

    def place(item: Item) -> str:
        return str(item[sort_key])

    def part(items: Sequence[Item]) -> Sequence[Item]:
        return items[bisect_left(items, bounds.first, key=place) : bisect_right(items, bounds.last, key=place)]

    return part
