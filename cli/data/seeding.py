"""Filling a pack's tables with its sample, once.

There is no marker that could lie about the tables: the sample is made from a date and a seed, always the same, so a
look at some of its items in the tables says whether it is there. The last items of each table are among those looked
at, since a write that broke off leaves them out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.errors import CliError, ExitCode
from cli.ports import SampleStore

if TYPE_CHECKING:
    from conclave.pack import Pack
    from conclave.pack.tables import Item, Table

PROBES = 24
"""Items of each table that are looked at: the last half of them are the table's last items."""
WRITERS = 8
"""Concurrent writers; each sends 25 items a request."""
SLICE = 500
"""Items per task of a writer."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """The result of seeding: ``rows`` per table, whether they had to be written, and whether other data kept them out."""

    written: bool
    rows: dict[str, int]
    kept_out: bool = False


def seed(
    store: SampleStore,
    pack: Pack,
    *,
    date: str,
    number: int,
    size: int = 0,
    force: bool,
    advance: Callable[[str, int, int], None],
) -> Seeded:
    """Writes the sample of a pack unless it is there, or data of somebody else are: the two would be mixed.

    Args:
        store: The pack's tables.
        pack: The pack.
        date: ISO date around which the sample lies.
        number: Seed of the sample.
        size: Size of the sample, as the pack counts it; 0 is the ordinary one.
        force: Write even so.
        advance: Told about progress: table, items written so far, items in all.

    Raises:
        CliError: The tables cannot be read or written.
    """
    sample = {name: list(items) for name, items in _made(pack, date, number, size).items()}
    rows = {name: len(items) for name, items in sample.items()}
    tables = {table.name: table for table in pack.tables}
    if not force and _held_by_others(store, pack.tables[0], sample[pack.tables[0].name]):
        return Seeded(written=False, rows={}, kept_out=True)
    if not force and all(_present(store, tables[name], items) for name, items in sample.items()):
        return Seeded(written=False, rows=rows)
    for name, items in sample.items():
        write_items(store, name, items, lambda done, name=name: advance(name, done, rows[name]))  # type: ignore[misc]
    return Seeded(written=True, rows=rows)


def _made(pack: Pack, date: str, number: int, size: int) -> dict[str, Iterable[Item]]:
    if not size:
        return pack.sample(date, number)
    if pack.generate is None:
        raise CliError(
            f"the pack {pack.name} makes no sample of another size", code="size_fixed", exit_code=ExitCode.BAD_INPUT
        )
    try:
        return pack.generate(date, number, size)
    except ValueError as error:
        raise CliError(str(error), code="size_invalid", exit_code=ExitCode.BAD_INPUT) from error


def _present(store: SampleStore, table: Table, items: Sequence[Item]) -> bool:
    """True if the items are in the table, judged by some of them."""
    step = max(1, len(items) // (PROBES // 2))
    probes = {table.key_of(item): item for item in (*items[::step], *items[-PROBES // 2 :])}
    found = store.get(table.name, probes)
    return all(key in found.items and _plain(found.items[key]) == _plain(item) for key, item in probes.items())


def _held_by_others(store: SampleStore, table: Table, items: Sequence[Item]) -> bool:
    """True if a table has items, and none of them has the key of one of the sample's."""
    held = set(store.keys(table.name))
    return bool(held) and held.isdisjoint(map(table.key_of, items))


def _plain(item: Item) -> str:
    """An item in one spelling: whole numbers are integers in the tables, whatever they were."""
    return json.dumps(_integral(item), sort_keys=True)


def _integral(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _integral(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_integral(each) for each in value]
    return value


def write_items(store: SampleStore, table: str, items: Sequence[Item], advance: Callable[[int], None]) -> None:
    """Writes items with several writers; ``advance`` is told how many are written."""
    from concurrent.futures import ThreadPoolExecutor, as_completed

    slices = [items[start : start + SLICE] for start in range(0, len(items), SLICE)]
    advance(0)
    done = 0
    with ThreadPoolExecutor(WRITERS) as pool:
        for task in as_completed([pool.submit(store.put, table, each) for each in slices]):
            done += task.result()
            advance(done)
