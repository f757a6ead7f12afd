"""Where a run looked, as a few bytes: whatever a change could show it, they say so."""

from __future__ import annotations

import base64

import pytest
from conclave.caches.looks import EVERYWHERE, MOST_LOOKS, NotedTables, by_key, concern, places_of, united, written
from conclave.pack.tables import Between, Index, Item, Table
from conclave.testing.tables import MemoryTables
from hypothesis import given
from hypothesis import strategies as st

FLIGHTS = Table(name="flights", key="id", indexes=[Index(name="by_day", key="day", sort_key="at")])
NOTES = Table(name="notes", key="place", sort_key="number")
TABLES = (FLIGHTS, NOTES)
few = st.sampled_from("abc")
flights = st.fixed_dictionaries({"id": few, "at": few}, optional={"day": few})
notes = st.fixed_dictionaries({"place": few, "number": few, "text": few})


def looks(
    tables: MemoryTables, ask: tuple[str, str, str], noted: tuple[str, ...] = ("flights", "notes")
) -> tuple[str, object]:
    """Where a question looks, and its answer."""
    table, way, value = ask
    seen = NotedTables(tables, noted)
    if way == "=":
        key = value if table == "flights" else (value, value)
        found_by_key = seen.get(table, [key]).items
        return seen.looks, found_by_key
    only = {"at": Between("a", "b")} if way == "by_day" else None
    found = seen.query(table, [value], way, only)
    return seen.looks, found


@given(
    table=st.sampled_from(TABLES),
    way=st.sampled_from(["=", "", "by_day"]),
    value=few,
    before=st.none() | flights,
    after=st.none() | flights,
    note_before=st.none() | notes,
    note_after=st.none() | notes,
)
def test_a_change_that_changes_an_answer_was_looked_at(
    table: Table,
    way: str,
    value: str,
    before: Item | None,
    after: Item | None,
    note_before: Item | None,
    note_after: Item | None,
) -> None:
    if table is NOTES:
        before, after, way = note_before, note_after, "" if way == "by_day" else way
    told = [MemoryTables(TABLES, {table.name: [item] if item else []}) for item in (before, after)]
    (looked, first), (_, second) = (looks(each, (table.name, way, value)) for each in told)
    changed = {place for item in (before, after) if item is not None for place in places_of(table, item)}
    assert concern(looked, changed) or first == second


def test_only_tables_of_feeds_are_noted_and_answers_are_those_of_the_tables() -> None:
    tables = MemoryTables(TABLES, {"flights": [{"id": "a", "at": "b", "day": "c"}]})
    seen = NotedTables(tables, ["notes"])
    assert seen.get("flights", ["a"]) == tables.get("flights", ["a"])
    assert seen.query("flights", ["c"], "by_day") == tables.query("flights", ["c"], "by_day")
    assert seen.looks == ""
    seen.query("notes", ["a"])
    assert concern(seen.looks, places_of(NOTES, {"place": "a", "number": "1"}))
    assert not concern(seen.looks, places_of(NOTES, {"place": "b", "number": "1"}))


def test_looks_are_united_and_too_many_of_them_are_everywhere() -> None:
    first, second = written({1, 2}), written({2, 3})
    assert united(first, second, "") == written({1, 2, 3})
    assert united() == united("", "") == ""
    assert written(range(MOST_LOOKS)) != EVERYWHERE
    assert written(range(MOST_LOOKS + 1)) == united(first, EVERYWHERE) == EVERYWHERE
    assert concern(EVERYWHERE, [by_key("notes", ("a", "b"))])


@pytest.mark.parametrize("junk", ["?", "AAA=", base64.b64encode(b"abc").decode(), "é"])
def test_what_nobody_here_wrote_is_everywhere(junk: str) -> None:
    """An agent that was taken over leaves what it likes; a run is then looked at in vain, never overlooked."""
    assert united(written({1}), junk) == EVERYWHERE
    assert concern(junk, [1])
