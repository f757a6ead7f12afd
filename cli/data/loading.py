"""A pack's tables from CSV files: everything is read and checked before anything is written."""

from __future__ import annotations

import csv
import importlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conclave.pack.csv_columns import CellInvalid, Column, Empty, Kind, empty_cell, read_cell, says_nothing, write_cell
from conclave.pack.tables import Item, Key, Table

from cli.data.seeding import write_items
from cli.data.tabular import FileInvalid, Form, header_faults, read_lines
from cli.errors import CliError, ExitCode
from cli.ports import SampleStore

if TYPE_CHECKING:
    from conclave.pack import Pack

Layout = Mapping[str, Sequence[Column]]
SMALL_SAMPLE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault in a cell, a line or a file. ``line`` is 0 for a whole file; ``column`` may be empty."""

    file: str
    line: int
    column: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.column}: {self.message}" if self.column else f"{where}: {self.message}"


def shortened(faults: Sequence[Fault], most: int) -> list[str]:
    """The faults as lines, of equal ones (same file, column and words, whatever the value) the first ``most``.

    A line says how many more of them there are.
    """
    alike: dict[tuple[str, str, str], list[Fault]] = {}
    for each in faults:
        words = re.sub(r"'[^']*'|\"[^\"]*\"|\d[\d:TZ.-]*", "", each.message)
        alike.setdefault((each.file, each.column, words), []).append(each)
    lines: list[str] = []
    for (file, column, _), group in alike.items():
        lines += map(str, group[:most])
        if len(group) > most:
            where = f"{file}: {column}" if column else file
            lines.append(f"{where}: and {len(group) - most:,} more like this, the last in line {group[-1].line}")
    return lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The rows of the files, and everything wrong with them."""

    rows: dict[str, list[Item]]
    faults: list[Fault]


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


def read_files(folder: Path, layout: Layout, tables: Sequence[Table], form: Form | None = None) -> Loaded:
    """Reads and checks ``<table>.csv`` of every table that has one.

    Args:
        folder: Where the files are.
        layout: Columns by table.
        tables: The pack's tables, for their keys.
        form: Separator and encoding, by default commas and UTF-8.

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
        Fault(
            file=path.name, line=0, column="", message=f"no table of that name; remove it, or use: {', '.join(known)}"
        )
        for path in sorted(folder.glob("*.csv"))
        if path.name not in known
    ]
    rows: dict[str, list[Item]] = {}
    lines: dict[str, list[int]] = {}
    declared = {table.name: table for table in tables}
    for name in layout:
        if name in found:
            rows[name], lines[name], wrong = _read(found[name], declared[name], layout[name], form or Form())
            faults += wrong
    faults += _dangling(rows, lines, layout, declared)
    return Loaded(rows=rows, faults=faults)


def _read(path: Path, table: Table, columns: Sequence[Column], form: Form) -> tuple[list[Item], list[int], list[Fault]]:
    items: list[Item] = []
    lines: list[int] = []
    faults: list[Fault] = []
    try:
        numbered = read_lines(path, columns, form)
        _, header = next(numbered)
        faults += [
            Fault(file=path.name, line=1, column=name, message=text) for name, text in header_faults(header, columns)
        ]
        if not faults:
            items, lines, faults = _rows(path.name, table, header, numbered, columns)
    except FileInvalid as error:
        faults.append(Fault(file=path.name, line=error.line, column="", message=str(error)))
    return items, lines, faults


def _rows(
    file: str, table: Table, header: Sequence[str], numbered: Iterator[tuple[int, list[str]]], columns: Sequence[Column]
) -> tuple[list[Item], list[int], list[Fault]]:
    """The items of a file, their lines, and what is wrong; what comes after a line that is not CSV is left out."""
    by_name = {column.name: column for column in columns}
    items: list[Item] = []
    lines: list[int] = []
    faults: list[Fault] = []
    seen: dict[Key, int] = {}
    try:
        for line, cells in numbered:
            item, wrong = _item(file, line, header, cells, by_name)
            faults += wrong
            if wrong:
                continue
            key = table.key_of(item)
            if key in seen:
                message = f"{_shown(key)} stands in line {seen[key]} already; remove one of them"
                faults.append(Fault(file=file, line=line, column=table.key, message=message))
                continue
            seen[key] = line
            items.append(item)
            lines.append(line)
    except FileInvalid as error:
        faults.append(Fault(file=file, line=error.line, column="", message=str(error)))
    return items, lines, faults


def _item(
    file: str, line: int, header: Sequence[str], cells: Sequence[str], columns: Mapping[str, Column]
) -> tuple[Item, list[Fault]]:
    if len(cells) != len(header):
        message = f"{len(cells)} cells where the first line has {len(header)}; check commas and quotes"
        return {}, [Fault(file=file, line=line, column="", message=message)]
    item: Item = {}
    faults = []
    for name, raw in zip(header, cells, strict=True):
        column = columns[name]
        cell = raw if column.prose else raw.strip()
        if cell and says_nothing(column, cell):
            faults.append(Fault(file=file, line=line, column=name, message=_nothing(column, cell)))
        elif cell:
            try:
                item[name] = read_cell(column, cell)
            except CellInvalid as error:
                faults.append(Fault(file=file, line=line, column=name, message=str(error)))
        elif column.empty is Empty.REFUSED:
            faults.append(Fault(file=file, line=line, column=name, message=f"is empty; fill in: {column.description}"))
        elif column.empty is Empty.KEPT:
            item[name] = empty_cell(column)
    return item, faults


def _nothing(column: Column, cell: str) -> str:
    advice = f"fill in: {column.description}" if column.empty is Empty.REFUSED else "leave the cell empty"
    refusal = "is not a value" if column.kind is Kind.TEXT else column.kind.refusal
    return f"{cell!r} {refusal}; {advice}"


def _dangling(
    rows: Mapping[str, Sequence[Item]],
    lines: Mapping[str, Sequence[int]],
    layout: Layout,
    tables: Mapping[str, Table],
) -> Iterator[Fault]:
    """Cells that name an item which no file has. A table without a file is taken to be loaded already."""
    keys = {name: {tables[name].key_of(item) for item in items} for name, items in rows.items()}
    for name, items in rows.items():
        for column in layout[name]:
            if not column.refers or column.refers not in keys:
                continue
            for line, item in zip(lines[name], items, strict=True):
                value = item.get(column.name) or []
                for word in [value] if isinstance(value, str) else value:
                    if word not in keys[column.refers]:
                        message = f"{word!r} is not in {column.refers}.csv; add it there, or correct it here"
                        yield Fault(file=f"{name}.csv", line=line, column=column.name, message=message)


def _shown(key: Key) -> str:
    return key if isinstance(key, str) else " ".join(key)


def load(store: SampleStore, rows: Mapping[str, Sequence[Item]], advance: Callable[[str, int, int], None]) -> None:
    """Writes checked rows, table after table in the order of the layout: what others refer to comes first."""
    for name, items in rows.items():
        write_items(store, name, items, partial(_told, advance, name, len(items)))


def _told(advance: Callable[[str, int, int], None], name: str, total: int, done: int) -> None:
    advance(name, done, total)


def write_template(folder: Path, pack: Pack, date: str, seed: int) -> dict[str, int]:
    """Writes a small sample as CSV files: one per table, all columns. Answers the rows by table.

    Raises:
        CliError: A file is there already, or cannot be written.
    """
    layout = layout_of(pack)
    made = pack.generate(date, seed, SMALL_SAMPLE) if pack.generate else pack.sample(date, seed)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return {name: _write(folder / f"{name}.csv", list(made[name]), layout[name]) for name in layout}
    except FileExistsError as error:
        raise CliError(
            f"{error.filename} exists", advice="give an empty folder", code="file_exists", exit_code=ExitCode.BAD_INPUT
        ) from error
    except OSError as error:
        raise CliError(
            f"{error.filename} cannot be written: {error.strerror}", code="unwritable", exit_code=ExitCode.BAD_INPUT
        ) from error


def _write(path: Path, items: Iterable[Item], columns: Sequence[Column]) -> int:
    count = 0
    with path.open("x", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([column.name for column in columns])
        for item in items:
            writer.writerow([_cell(column, item) for column in columns])
            count += 1
    return count


def _cell(column: Column, item: Mapping[str, Any]) -> str:
    return write_cell(column, item[column.name]) if column.name in item else ""
