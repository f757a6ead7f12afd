from __future__ import annotations

from typing import Any

import pytest
from conclave.pack.tables import ReadFailed, ReadOnce, ScopedTables, Tables, UndeclaredRead
from conclave.testing.tables import MemoryTables
from tables_contract import TABLES, Load, TablesContract


class TestMemoryTables(TablesContract):
    @pytest.fixture
    def load(self) -> Load:
        return lambda rows: MemoryTables(TABLES, rows)


class TestReadOnce(TablesContract):
    @pytest.fixture
    def load(self) -> Load:
        return lambda rows: ReadOnce(MemoryTables(TABLES, rows))


class Asked(Tables):
    """Notes what is asked; refuses the first time, if told to."""

    def __init__(self, tables: Tables, *, refuses: bool = False) -> None:
        self._tables = tables
        self._refuses = refuses
        self.asked: list[Any] = []

    def get(self, table: str, keys: Any) -> Any:
        return self.get_across({table: keys})[table]

    def get_across(self, wanted: Any) -> Any:
        self._note({table: list(keys) for table, keys in wanted.items()})
        return self._tables.get_across(wanted)

    def query(self, table: str, values: Any, index: str = "", only: Any = None) -> Any:
        self._note((table, list(values), index, only))
        return self._tables.query(table, values, index, only)

    def _note(self, asked: Any) -> None:
        self.asked.append(asked)
        if self._refuses:
            self._refuses = False
            raise ReadFailed("people")


ROWS = {"people": [{"name": "a", "city": "X"}, {"name": "b", "city": "X"}], "visits": [{"city": "X", "day": "1"}]}


def test_a_step_reads_each_item_once() -> None:
    asked = Asked(MemoryTables(TABLES, ROWS))
    once = ReadOnce(asked)
    assert once.get("people", ["a", "z"]).missing == ("z",)
    assert list(once.get_across({"people": ["a", "b", "z"], "visits": [("X", "1")]})["people"].items) == ["a", "b"]
    assert once.get("people", ["z", "b"]).missing == ("z",)
    assert asked.asked == [{"people": ["a", "z"]}, {"people": ["b"], "visits": [("X", "1")]}]


def test_a_step_queries_each_partition_once() -> None:
    asked = Asked(MemoryTables(TABLES, ROWS))
    once = ReadOnce(asked)
    once.query("people", ["X"], "by_city")
    once.query("people", ["X", "Y"], "by_city")["X"].clear()
    assert len(once.query("people", ["Y", "X"], "by_city")["X"]) == 2
    assert len(once.query("people", ["X"], "by_city", {"name": ["b"]})["X"]) == 1
    assert len(once.query("people", ["X"], "by_city", {"name": {"b"}})["X"]) == 1
    assert asked.asked == [
        ("people", ["X"], "by_city", None),
        ("people", ["Y"], "by_city", None),
        ("people", ["X"], "by_city", {"name": ["b"]}),
    ]


def test_what_was_not_read_is_read_again() -> None:
    once = ReadOnce(Asked(MemoryTables(TABLES, ROWS), refuses=True))
    with pytest.raises(ReadFailed):
        once.get("people", ["a"])
    assert list(once.get("people", ["a"]).items) == ["a"]


def test_a_tool_reads_only_what_it_declares() -> None:
    tables = MemoryTables(TABLES, {"people": [{"name": "a", "city": "X"}]})
    scoped = ScopedTables(tables, ["people"])
    assert len(scoped.get("people", ["a"]).items) == 1
    with pytest.raises(UndeclaredRead, match="visits"):
        scoped.get("visits", [])
    with pytest.raises(UndeclaredRead, match="visits"):
        scoped.get_across({"people": ["a"], "visits": []})
    with pytest.raises(UndeclaredRead, match="people/by_city"):
        scoped.query("people", ["X"], "by_city")
    assert len(tables) == 1
    assert "people" in tables
