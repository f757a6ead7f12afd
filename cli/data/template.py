"""A small sample of a pack as CSV files: something to start one's own files from."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conclave.pack.csv_columns import Column, write_cell
from conclave.pack.tables import Item

from cli.data.loading import layout_of
from cli.errors import CliError, ExitCode

if TYPE_CHECKING:
    from conclave.pack import Pack

SMALL_SAMPLE = 50


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
