from __future__ import annotations

import pytest
from conclave.pack.tables import ScopedTables, UndeclaredRead
from conclave.testing.tables import MemoryTables
from tables_contract import TABLES, Load, TablesContract


class TestMemoryTables(TablesContract):
    @pytest.fixture
    def load(self) -> Load:
        return lambda rows: MemoryTables(TABLES, rows)


def test_a_tool_reads_only_what_it_declares() -> None:
    tables = MemoryTables(TABLES, {"people": [{"name": "a", "city": "X"}]})
    scoped = ScopedTables(tables, ["people"])
    assert len(scoped.get("people", ["a"]).items) == 1
    with pytest.raises(UndeclaredRead, match="visits"):
        scoped.get("visits", [])
    with pytest.raises(UndeclaredRead, match="people/by_city"):
        scoped.query("people", ["X"], "by_city")
    assert len(tables) == 1
    assert "people" in tables
