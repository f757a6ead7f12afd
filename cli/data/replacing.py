"""Tables that hold afterwards exactly what files hold, and nothing that anybody could decide on in between.

The tables that a report is resolved with are emptied first and filled last. While the others change, and after a replacement
that broke off, no report names a flight, order or whatever a pack resolves that is known, so no run begins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from cli.data.loading import load
from cli.errors import CliError
from cli.ports import SampleStore

if TYPE_CHECKING:
    from conclave.pack import Item, Pack, Table

SLICE = 500
"""Keys that are deleted at once."""


def replace(
    store: SampleStore, pack: Pack, rows: Mapping[str, Sequence[Item]], advance: Callable[[str, int, int], None]
) -> dict[str, int]:
    """Removes what the rows do not have from every table of the pack, and writes the rows.

    Args:
        store: The pack's tables.
        pack: The pack.
        rows: Checked rows by table; a table that is not among them is emptied.
        advance: Told about progress: table, items written so far, items in all.

    Returns:
        How many items were removed, by table.

    Raises:
        CliError: A table could not be read or written; nothing can be decided until this is repeated and ends.
    """
    entries = {read.partition("/")[0] for read in pack.resolve_reads}
    doors = [table for table in pack.tables if table.name in entries]
    others = [table for table in pack.tables if table.name not in entries]
    try:
        removed = {table.name: _remove(store, table, ()) for table in doors}
        removed |= {table.name: _remove(store, table, rows.get(table.name, ())) for table in others}
        load(store, {name: items for name, items in rows.items() if name not in entries}, advance)
        load(store, {name: items for name, items in rows.items() if name in entries}, advance)
    except CliError as error:
        raise CliError(
            f"{error}; the tables hold neither the old nor the new data, and reports are refused",
            advice="run it again with the same files",
            code=error.code,
            exit_code=error.exit_code,
        ) from error
    return removed


def _remove(store: SampleStore, table: Table, kept: Sequence[Item]) -> int:
    """Removes all items of a table but those with the keys of ``kept``; answers how many."""
    keys = {table.key_of(item) for item in kept}
    gone = [key for key in store.keys(table.name) if key not in keys]
    for start in range(0, len(gone), SLICE):
        store.remove(table.name, gone[start : start + SLICE])
    return len(gone)
