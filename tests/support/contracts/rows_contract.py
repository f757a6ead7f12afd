"""What every implementation of ``Rows`` does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conclave.feeds.changes import Change, Moved, Rows
from conclave.pack.tables import Item, Key, Table

FLIGHTS = Table(name="flights", key="flight")
WEATHER = Table(name="weather", key="station", sort_key="from_utc")
TABLES = (FLIGHTS, WEATHER)
FIRST: Item = {"flight": "XY1", "late": 10, "delays": ["81:10"], "closed": None, "share": 0.5, "on": True}


def _written(rows: Rows, table: Table, key: Key, before: Item | None, after: Item | None) -> None:
    rows.write(table, [Change(table=table.name, key=key, before=before, after=after)])


def _there(rows: Rows, table: Table, key: Key) -> Item | None:
    return rows.there(table, [key]).get(key)


def check_items_come_change_and_go(rows: Rows) -> None:
    """An item is there as it was written, changes, and is gone."""
    assert rows.there(FLIGHTS, ["XY1", "XY2"]) == {}
    _written(rows, FLIGHTS, "XY1", None, FIRST)
    assert rows.there(FLIGHTS, ["XY1", "XY1", "XY2"]) == {"XY1": FIRST}
    after = {"flight": "XY1", "late": 20, "delays": ["81:10", "93:10"], "share": 0.25, "on": True, "at": {"x": 1}}
    _written(rows, FLIGHTS, "XY1", FIRST, after)
    assert _there(rows, FLIGHTS, "XY1") == after
    _written(rows, FLIGHTS, "XY1", after, None)
    _written(rows, FLIGHTS, "XY1", after, None)
    assert rows.there(FLIGHTS, ["XY1"]) == {}


def check_nothing_is_written_over_a_newer_value(rows: Rows) -> None:
    """Where an attribute that changes is not any more as it was read, nothing of the partition is written."""
    _written(rows, FLIGHTS, "XY1", None, FIRST)
    stale = {**FIRST, "late": 5}
    for before, after in (
        (stale, {**FIRST, "late": 30}),
        (None, {"flight": "XY1", "late": 30}),
        ({**FIRST, "delays": []}, {**FIRST, "delays": ["81"]}),
        ({"flight": "XY1"}, {"flight": "XY1", "late": 30}),
    ):
        with pytest.raises(Moved):
            _written(rows, FLIGHTS, "XY1", before, after)
    assert _there(rows, FLIGHTS, "XY1") == FIRST
    with pytest.raises(Moved):
        _written(rows, FLIGHTS, "XY9", {"flight": "XY9", "late": 1}, {"flight": "XY9", "late": 2})


def check_two_who_change_different_things_both_do(rows: Rows) -> None:
    """Of two messages about one flight neither takes away what the other told."""
    _written(rows, FLIGHTS, "XY1", None, FIRST)
    _written(rows, FLIGHTS, "XY1", FIRST, {**FIRST, "late": 30})
    _written(rows, FLIGHTS, "XY1", FIRST, {**FIRST, "on_board": 180})
    assert _there(rows, FLIGHTS, "XY1") == {**FIRST, "late": 30, "on_board": 180}


def check_a_partition_is_written_all_or_not_at_all(rows: Rows) -> None:
    """Of a station whose rows moved nothing is written, new rows and removals included."""
    old = {"station": "AUH", "from_utc": "a", "ceiling": 1}
    _written(rows, WEATHER, ("AUH", "a"), None, old)
    changes = [
        Change(table="weather", key=("AUH", "b"), before=None, after={"station": "AUH", "from_utc": "b", "ceiling": 2}),
        Change(table="weather", key=("AUH", "a"), before={**old, "ceiling": 9}, after={**old, "ceiling": 3}),
    ]
    with pytest.raises(Moved):
        rows.write(WEATHER, changes)
    assert rows.there(WEATHER, [("AUH", "a"), ("AUH", "b")]) == {("AUH", "a"): old}


def check_many_rows_of_many_partitions_are_written(rows: Rows) -> None:
    """More than one transaction holds."""
    made: list[Item] = [
        {"station": f"S{station}", "from_utc": f"{number:03d}", "ceiling": number}
        for station in range(3)
        for number in range(110 if station == 1 else 40)
    ]
    changes = [
        Change(table="weather", key=(item["station"], item["from_utc"]), before=None, after=item) for item in made
    ]
    rows.write(WEATHER, changes)
    keys = [(item["station"], item["from_utc"]) for item in made]
    assert rows.there(WEATHER, keys) == dict(zip(keys, made, strict=True))


CHECKS: list[Callable[[Any], None]] = [
    check_items_come_change_and_go,
    check_nothing_is_written_over_a_newer_value,
    check_two_who_change_different_things_both_do,
    check_a_partition_is_written_all_or_not_at_all,
    check_many_rows_of_many_partitions_are_written,
]
