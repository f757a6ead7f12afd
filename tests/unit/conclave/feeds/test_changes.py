"""What a feed changes, and the tables as they are with that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from conclave.feeds.changes import Change, Overlaid, Seen, changes_of
from conclave.pack import Fed
from conclave.pack.tables import Between, Index, Item, Table
from conclave.testing.feeding.memory import MemoryRows
from conclave.testing.tables import MemoryTables
from hypothesis import given
from hypothesis import strategies as st
from rows_contract import CHECKS
from rows_contract import TABLES as CONTRACT_TABLES

FLIGHTS = Table(name="flights", key="id", indexes=[Index(name="by_day", key="day", sort_key="at")])
NOTES = Table(name="notes", key="place", sort_key="number")
TABLES = {"flights": FLIGHTS, "notes": NOTES}
few = st.sampled_from("abcd")
flights = st.lists(
    st.fixed_dictionaries({"id": few, "at": few, "n": st.integers(0, 2)}, optional={"day": few}),
    unique_by=lambda item: item["id"],
)
notes = st.lists(
    st.fixed_dictionaries({"place": few, "number": few, "n": st.integers(0, 2)}),
    unique_by=lambda item: (item["place"], item["number"]),
)


def fed(put: dict[str, list[Item]], remove: dict[str, list[Any]] | None = None) -> Fed:
    return Fed(put=put, remove=remove or {}, read={}, faults=(), warnings=())


@pytest.mark.parametrize("check", CHECKS)
def test_rows_in_memory_keep_the_contract(check: Any) -> None:
    check(MemoryRows(CONTRACT_TABLES, {}))


def _answers(tables: Any) -> list[Any]:
    values = list("abcd")
    return [
        tables.get("flights", values),
        tables.get_across({"notes": [(one, other) for one in values for other in values]}),
        tables.query("flights", values),
        _settled(tables.query("flights", values, "by_day")),
        _settled(tables.query("flights", values, "by_day", {"at": Between("b", "c"), "id": ["a", "b"]})),
        tables.query("notes", values),
        tables.query("notes", values, "", {"number": ["b"]}),
    ]


def _settled(found: dict[str, list[Item]]) -> dict[str, list[Item]]:
    """Items of an index with the same sort key come in no order that a table promises."""
    return {value: sorted(items, key=lambda item: (str(item["at"]), item["id"])) for value, items in found.items()}


@given(before=st.tuples(flights, notes), put=st.tuples(flights, notes), gone=st.sets(few))
def test_tables_under_changes_answer_as_they_will_once_these_are_written(
    before: Sequence[list[Item]], put: Sequence[list[Item]], gone: set[str]
) -> None:
    rows = MemoryRows(tuple(TABLES.values()), {"flights": before[0], "notes": before[1]})
    removed = [(place, place) for place in gone if (place, place) not in {NOTES.key_of(item) for item in put[1]}]
    changes = changes_of(fed({"flights": put[0], "notes": put[1]}, {"notes": removed}), TABLES, {}, rows)
    overlaid = _answers(Overlaid(rows.tables, TABLES, changes))
    for table in TABLES.values():
        rows.write(table, [each for each in changes if each.table == table.name])
    assert overlaid == _answers(rows.tables)
    assert changes_of(fed({"flights": put[0], "notes": put[1]}, {"notes": removed}), TABLES, {}, rows) == []


def test_what_is_there_already_is_no_change_nor_is_the_absence_of_what_goes() -> None:
    item = {"place": "a", "number": "1", "closed": ["x"]}
    rows = MemoryRows((NOTES,), {"notes": [item]})
    assert changes_of(fed({"notes": [dict(item)]}, {"notes": [("a", "2")]}), TABLES, {}, rows) == []


def test_a_row_is_held_against_what_its_reader_saw_not_against_what_is_there_now() -> None:
    rows = MemoryRows((FLIGHTS,), {"flights": [{"id": "a", "late": 20}]})
    seen = Seen(MemoryTables((FLIGHTS,), {"flights": [{"id": "a", "late": 10, "day": "x", "at": "y"}]})).of((FLIGHTS,))
    seen.query("flights", ["x"], "by_day")
    (change,) = changes_of(fed({"flights": [{"id": "a", "late": 30}]}), TABLES, seen.items, rows)
    assert change == Change(
        table="flights", key="a", before={"id": "a", "late": 10, "day": "x", "at": "y"}, after={"id": "a", "late": 30}
    )
