"""A pack's tables from CSV files: everything is read and checked before anything is written."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from conclave.pack.csv_columns import CellInvalid, Column, Doubt, Empty, Kind, empty_cell, read_cell, says_nothing
from conclave.pack.tables import Item, Key, Table

from cli.data.findings import Finding
from cli.data.seeding import write_items
from cli.data.tabular import FileInvalid, Form, header_faults, read_lines
from cli.errors import CliError, ExitCode
from cli.ports import SampleStore

if TYPE_CHECKING:
    from conclave.pack import Pack

Layout = Mapping[str, Sequence[Column]]
Doubts = Callable[[Mapping[str, Sequence[Item]]], Iterable[Doubt]]
"""Finds rows that do not fit one another; asked with the rows by table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The rows of the files, what is wrong with them, and what is strange and may be meant so."""

    rows: dict[str, list[Item]]
    faults: list[Finding]
    warnings: list[Finding]


@dataclass(slots=True, kw_only=True)
class _File:
    """What a file holds: rows without a fault, their lines, every key of its lines, and what is wrong.

    ``whole`` is true when all of its lines were read, so that a key that is not among ``keys`` stands nowhere in it.
    """

    items: list[Item] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    faults: list[Finding] = field(default_factory=list)
    whole: bool = False


def layout_of(pack: Pack) -> Layout:
    """The CSV layout that a pack declares in its module ``layout``.

    Raises:
        CliError: It declares none.
    """
    try:
        module = importlib.import_module(f"packs.{pack.name}.layout")
    except ModuleNotFoundError as error:
        raise CliError(
            f"the pack {pack.name} declares no CSV layout", code="layout_missing", exit_code=ExitCode.BAD_INPUT
        ) from error
    layout: Layout = module.LAYOUT
    return layout


def doubts_of(pack: Pack) -> Doubts | None:
    """What a pack finds in rows that do not fit one another: ``doubts`` of its module ``consistency``, if it has one."""
    name = f"packs.{pack.name}.consistency"
    if importlib.util.find_spec(name) is None:
        return None
    doubts: Doubts = importlib.import_module(name).doubts
    return doubts


def derived_of(pack: Pack, rows: Mapping[str, list[Item]]) -> dict[str, list[Item]]:
    """The rows, and those of tables without a file that a pack works out from them (``DERIVED`` of its module ``layout``)."""
    module = importlib.import_module(f"packs.{pack.name}.layout")
    derived = getattr(module, "DERIVED", None)
    return {**rows, **(derived(rows) if derived else {})}


def read_files(
    folder: Path,
    layout: Layout,
    tables: Sequence[Table],
    form: Form | None = None,
    doubts: Doubts | None = None,
) -> Loaded:
    """Reads and checks ``<table>.csv`` of every table that has one.

    Args:
        folder: Where the files are.
        layout: Columns by table.
        tables: The pack's tables, for their keys.
        form: Separator and encoding, by default commas and UTF-8.
        doubts: What finds rows that do not fit one another; asked only when every cell is right.

    Raises:
        CliError: There is no such file at all.
    """
    files = {table.name: folder / f"{table.name}.csv" for table in tables}
    found = {name: path for name, path in files.items() if path.is_file()}
    if not found:
        raise CliError(
            f"there is no file in {folder} that the pack knows",
            advice=f"for example {tables[0].name}.csv; conclave load --template DIR writes one of each",
            code="files_missing",
            exit_code=ExitCode.BAD_INPUT,
        )
    known = {path.name for path in files.values()}
    faults = [
        Finding(
            file=path.name, line=0, column="", message=f"no table of that name; remove it, or use: {', '.join(known)}"
        )
        for path in sorted(folder.glob("*.csv"))
        if path.name not in known
    ]
    declared = {table.name: table for table in tables}
    read = {name: _read(found[name], declared[name], layout[name], form or Form()) for name in layout if name in found}
    faults += [fault for each in read.values() for fault in each.faults]
    faults += _dangling(read, layout)
    rows = {name: each.items for name, each in read.items()}
    told = [] if faults or doubts is None else list(doubts(rows))
    placed = [(each.refused, _placed(each, read[each.table])) for each in told]
    return Loaded(
        rows=rows,
        faults=[*faults, *(finding for refused, finding in placed if refused)],
        warnings=[finding for refused, finding in placed if not refused],
    )


def _placed(doubt: Doubt, file: _File) -> Finding:
    line = file.lines[doubt.row] if doubt.row is not None else 0
    return Finding(file=f"{doubt.table}.csv", line=line, column=doubt.column, message=doubt.message)


def _read(path: Path, table: Table, columns: Sequence[Column], form: Form) -> _File:
    file = _File()
    try:
        numbered = read_lines(path, columns, form)
        _, header = next(numbered)
        file.faults += [
            Finding(file=path.name, line=1, column=name, message=text) for name, text in header_faults(header, columns)
        ]
        if not file.faults:
            _read_rows(file, path.name, table, header, numbered, columns)
    except FileInvalid as error:
        file.faults.append(Finding(file=path.name, line=error.line, column="", message=str(error)))
        file.whole = False
    return file


def _read_rows(
    file: _File,
    name: str,
    table: Table,
    header: Sequence[str],
    numbered: Iterator[tuple[int, list[str]]],
    columns: Sequence[Column],
) -> None:
    """Reads the lines behind the header; the file is whole when all of them were CSV."""
    by_name = {column.name: column for column in columns}
    seen: dict[Key, int] = {}
    for line, cells in numbered:
        item, wrong = _item(name, line, header, cells, by_name)
        file.faults += wrong
        file.keys.add(str(item.get(table.key) or dict(zip(header, cells, strict=False)).get(table.key, "").strip()))
        if wrong:
            continue
        key = table.key_of(item)
        if key in seen:
            message = f"{_shown(key)!r} stands in line {seen[key]} already; remove one of them"
            file.faults.append(Finding(file=name, line=line, column=table.key, message=message))
            continue
        seen[key] = line
        file.items.append(item)
        file.lines.append(line)
    file.whole = True


def _item(
    file: str, line: int, header: Sequence[str], cells: Sequence[str], columns: Mapping[str, Column]
) -> tuple[Item, list[Finding]]:
    if len(cells) != len(header):
        message = f"{len(cells)} cells where the first line has {len(header)}; check commas and quotes"
        return {}, [Finding(file=file, line=line, column="", message=message)]
    item: Item = {}
    faults = []
    for name, raw in zip(header, cells, strict=True):
        column = columns[name]
        cell = raw if column.prose else raw.strip()
        if cell and says_nothing(column, cell):
            faults.append(Finding(file=file, line=line, column=name, message=_nothing(column, cell)))
        elif cell:
            try:
                item[name] = read_cell(column, cell)
            except CellInvalid as error:
                faults.append(Finding(file=file, line=line, column=name, message=str(error)))
        elif column.empty is Empty.REFUSED:
            faults.append(
                Finding(file=file, line=line, column=name, message=f"is empty; fill in: {column.description}")
            )
        elif column.empty is Empty.KEPT:
            item[name] = empty_cell(column)
    return item, faults


def _nothing(column: Column, cell: str) -> str:
    advice = f"fill in: {column.description}" if column.empty is Empty.REFUSED else "leave the cell empty"
    refusal = "is not a value" if column.kind is Kind.TEXT else column.kind.refusal
    return f"{cell!r} {refusal}; {advice}"


def _dangling(read: Mapping[str, _File], layout: Layout) -> Iterator[Finding]:
    """Cells that name an item which no file has.

    A table without a file is taken to be loaded already, and a file that could not be read to its end may have any item.
    """
    for name, file in read.items():
        for column in layout[name]:
            if column.refers not in read or not read[column.refers].whole:
                continue
            known = read[column.refers].keys
            for line, item in zip(file.lines, file.items, strict=True):
                value = item.get(column.name) or []
                for word in [value] if isinstance(value, str) else value:
                    if word not in known:
                        message = f"{word!r} is not in {column.refers}.csv; add it there, or correct it here"
                        yield Finding(file=f"{name}.csv", line=line, column=column.name, message=message)


def _shown(key: Key) -> str:
    return key if isinstance(key, str) else " ".join(key)


def load(store: SampleStore, rows: Mapping[str, Sequence[Item]], advance: Callable[[str, int, int], None]) -> None:
    """Writes checked rows, table after table in the order of the layout: what others refer to comes first."""
    for name, items in rows.items():
        write_items(store, name, items, partial(_told, advance, name, len(items)))


def _told(advance: Callable[[str, int, int], None], name: str, total: int, done: int) -> None:
    advance(name, done, total)
