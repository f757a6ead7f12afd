"""``load`` on whole exports: what is wrong everywhere is told in one line, and nothing that only follows from it."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from packs.airline import PACK
from packs.airline.layout import LAYOUT

from cli.data.findings import grouped
from cli.data.loading import read_files
from cli.data.tabular import Form
from cli.data.template import write_template

Rewrite = Callable[[list[list[str]]], list[list[str]]]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example")
    write_template(folder, PACK, "2026-11-21", 1)
    return folder


def saved(
    source: Path,
    folder: Path,
    rewrite: Rewrite = lambda lines: lines,
    only: str = "",
    encoding: str = "utf-8",
    **form: str,
) -> None:
    """The example's files in a folder as another program saves them, or only one of them so and the others as they are."""
    for path in source.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            lines = list(csv.reader(file))
        foreign = not only or path.stem == only
        with (folder / path.name).open("w", encoding=encoding if foreign else "utf-8", newline="") as file:
            csv.writer(file, **(form if foreign else {})).writerows(rewrite(lines) if foreign else lines)  # type: ignore[arg-type]


def told(folder: Path, form: Form | None = None) -> list[str]:
    return [str(each) for each in grouped(read_files(folder, LAYOUT, PACK.tables, form).faults)]


def in_column(name: str, change: Callable[[str], str]) -> Rewrite:
    def rewrite(lines: list[list[str]]) -> list[list[str]]:
        if name not in lines[0]:
            return lines
        at = lines[0].index(name)
        return [lines[0], *([*row[:at], change(row[at]), *row[at + 1 :]] for row in lines[1:])]

    return rewrite


@pytest.mark.slow
@pytest.mark.parametrize(("delimiter", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
@pytest.mark.parametrize("only", ["", "flights"])
def test_another_separator_is_told_once_for_all_files(
    example: Path, tmp_path: Path, delimiter: str, name: str, only: str
) -> None:
    saved(example, tmp_path, only=only, delimiter=delimiter)
    (line,) = told(tmp_path)
    option = "tab" if delimiter == "\t" else f"'{delimiter}'"
    assert f"separated by {name}; save it with commas, or pass --delimiter {option}" in line
    assert (f"and {len(LAYOUT) - 3} more files" in line) == (not only)
    if not only:
        assert told(tmp_path, Form(delimiter=delimiter)) == []


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_another_encoding_is_told_once_for_all_files(example: Path, tmp_path: Path, encoding: str) -> None:
    saved(example, tmp_path, in_column("city", lambda cell: f"Zürich {cell}"), encoding=encoding)
    (line,) = told(tmp_path)
    assert "--encoding" in line
    assert told(tmp_path, Form(encoding=encoding)) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "column", "change", "words"),
    [
        ("airports", "lat", lambda cell: cell.replace(".", ","), "write it with a decimal point: "),
        ("flights", "distance_km", lambda cell: f"{int(cell):,}", "write "),
        ("flights", "date", lambda cell: f"{cell[8:]}/{cell[5:7]}/{cell[:4]}", "write it as 2026-11-20"),
        ("flights", "date", lambda cell: f"{cell[8:]}.{cell[5:7]}.{cell[:4]}", "write it as 2026-11-20"),
        ("flights", "date", lambda cell: f"{cell[5:7]}/{cell[8:]}/{cell[:4]}", "write it as 2026-11-20"),
        ("flights", "date", lambda cell: f"{cell[8:]}NOV{cell[2:4]}", "write it as 2026-11-20"),
        ("flights", "departure_utc", lambda cell: cell.replace("Z", ""), "does not say its zone"),
        ("flights", "departure_utc", lambda cell: cell.replace("Z", "+04:00"), "write it in UTC as 2026-11-"),
        ("flights", "departure_utc", lambda cell: "46346.9375", "spreadsheet"),
        ("aircraft", "serviceable", str.upper, "write it as true or false"),
        ("airports", "country", str.lower, "write "),
        ("airports", "tz", lambda cell: "+04:00", "fixed offset"),
    ],
)  # fmt: skip
def test_a_fault_of_a_whole_column_is_one_line(
    example: Path, tmp_path: Path, table: str, column: str, change: Callable[[str], str], words: str
) -> None:
    """Also for those who refer to its lines: an airport with a wrong position is not missing."""
    saved(example, tmp_path, in_column(column, change), only=table)
    lines = told(tmp_path)
    assert len(lines) <= 2
    assert all(line.startswith(f"{table}.csv:") and f": {column}: " in line for line in lines)
    assert words in lines[0]
    assert re.search(r"\([\d,]+ like this, the last in line \d+\)$", lines[0])


@pytest.mark.slow
def test_capitals_blanks_and_empty_columns_of_a_spreadsheet_are_read(example: Path, tmp_path: Path) -> None:
    def rewrite(lines: list[list[str]]) -> list[list[str]]:
        header = [name.replace("_", " ").title() for name in lines[0]]
        return [[*header, "", ""], *([*line, "", ""] for line in lines[1:])]

    saved(example, tmp_path, rewrite)
    assert told(tmp_path) == []
    assert read_files(tmp_path, LAYOUT, PACK.tables).rows == read_files(example, LAYOUT, PACK.tables).rows


def test_a_cell_without_a_column_is_not_dropped(example: Path, tmp_path: Path) -> None:
    saved(example, tmp_path, lambda lines: [[*lines[0], ""], *([*line, "x"] for line in lines[1:])], only="slots")
    (line,) = told(tmp_path)
    assert "4 cells where the first line has 3" in line


def test_check_prints_what_it_found_as_json(room: Any, example: Path, tmp_path: Path) -> None:
    saved(example, tmp_path, delimiter=";")
    refused = room("load", str(tmp_path), "--check", "--json")
    document = json.loads(refused.stdout)
    assert refused.exit_code == 2
    assert (document["written"], document["warnings"], len(document["faults"])) == (False, [], 1)
    assert document["faults"][0]["count"] == len(document["faults"][0]["files"]) == len(LAYOUT)
    assert f"1 thing to correct, in {len(LAYOUT)} places; nothing was written" in room("load", str(tmp_path)).stdout
    right = room("load", str(tmp_path), "--check", "--json", "--delimiter", ";")
    assert right.exit_code == 0
    document = json.loads(right.stdout)
    assert (document["written"], document["faults"], document["rows"]["flights"]) == (False, [], 150)


@pytest.mark.slow
def test_rows_that_do_not_fit_are_faults_or_warnings_with_their_line(room: Any, example: Path, tmp_path: Path) -> None:
    def shorter(lines: list[list[str]]) -> list[list[str]]:
        at = lines[0].index("block_minutes")
        return [*lines[:3], [*lines[3][:at], "1", *lines[3][at + 1 :]], *lines[4:]]

    saved(example, tmp_path, shorter, only="flights")
    document = json.loads(room("load", str(tmp_path), "--check", "--json").stdout)
    (fault,) = document["faults"]
    assert (fault["file"], fault["line"], fault["column"]) == ("flights.csv", 4, "block_minutes")
    assert {each["column"] for each in document["warnings"]} == {"duty_id"}
    said = room("load", str(example)).stdout
    assert "worth a look:\nflights.csv:" in said
    assert "(3 like this, the last in line " in said
