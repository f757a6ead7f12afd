"""``load``: CSV in, rows out, faults told line by line, nothing half-loaded."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from conclave.pack.csv_columns import CellInvalid, Column, Empty, Kind, empty_cell, read_cell, write_cell
from hypothesis import given
from hypothesis import strategies as st
from packs.airline import PACK
from packs.airline.layout import DERIVED, LAYOUT
from packs.airline.operators.figures import COSTS, DEFAULTS, MEANINGS, UNITS
from packs.airline.sample_data import generate

from cli.data.findings import Finding, grouped
from cli.data.loading import read_files
from cli.data.template import write_template

DATE = "2026-11-21"
Edit = Callable[[list[list[str]]], None]


def _text(finding: Finding) -> str:
    (group,) = grouped([finding])
    return str(group)


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example")
    write_template(folder, PACK, DATE, 1)
    return folder


@pytest.fixture
def edited(example: Path, tmp_path: Path) -> Callable[[str, Edit], list[str]]:
    """The faults of the example after an edit of one file."""

    def faults(table: str, edit: Edit) -> list[str]:
        for path in example.iterdir():
            (tmp_path / path.name).write_bytes(path.read_bytes())
        text = (example / f"{table}.csv").read_text(encoding="utf-8")
        lines = list(csv.reader(text.splitlines()))
        edit(lines)
        with (tmp_path / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(lines)
        return [_text(fault) for fault in read_files(tmp_path, LAYOUT, PACK.tables).faults]

    return faults


def test_the_layout_has_every_table_and_every_attribute_of_the_sample() -> None:
    assert {*LAYOUT, *DERIVED({"bookings": []})} == {table.name for table in PACK.tables}
    for name, items in generate(DATE, 1, 60).items():
        assert {key for item in items for key in item} <= {column.name for column in LAYOUT.get(name, ())}, name


def test_the_template_reads_back_as_the_sample(example: Path) -> None:
    loaded = read_files(example, LAYOUT, PACK.tables)
    assert not loaded.faults
    made = {name: list(items) for name, items in generate(DATE, 1, 50).items()}
    assert loaded.rows == {name: made[name] for name in LAYOUT}


def test_every_kind_of_fault_names_file_line_and_column(edited: Any) -> None:
    def spoil(lines: list[list[str]]) -> None:
        header = lines[0]
        lines[1][header.index("departure_utc")] = "tomorrow"
        lines[2][header.index("seats")] = "-4"
        lines[3][header.index("type")] = "A380"
        lines[4][header.index("tail")] = "A6-NIL"
        lines[5][header.index("origin")] = ""
        lines[6] = lines[6][:-1]
        lines[8] = list(lines[7])

    found = edited("flights", spoil)
    # Lines that refer to a wrong one are not told, for it stands in its file; those that name the overwritten one are.
    assert all("'EY716-2026-11-20' is not in flights.csv" in fault for fault in found if "flights.csv:" not in fault)
    assert [fault for fault in found if fault.startswith("flights.csv")] == [
        "flights.csv:2: departure_utc: 'tomorrow' is not a UTC time; write it as 2026-11-21T06:35:00Z",
        "flights.csv:3: seats: -4 is too small; write 1 or more",
        "flights.csv:6: origin: is empty; fill in: IATA code",
        "flights.csv:7: 29 cells where the first line has 30; check commas and quotes",
        found[4],
        "flights.csv:5: tail: 'A6-NIL' is not in aircraft.csv; add it there, or correct it here",
        "flights.csv:4: type: 'A380' is not in aircraft_types.csv; add it there, or correct it here",
    ]
    assert found[4].startswith("flights.csv:9: flight_id: 'EY")
    assert found[4].endswith("stands in line 8 already; remove one of them")


@pytest.mark.parametrize(
    ("cell", "column", "said"),
    [
        ("nan", "lat", "not a number"),
        ("91", "lat", "write 90 or less"),
        ("yes", "cool_store", "write it as true or false"),
        ("24:00", "curfew_start", "write it as 23:00"),
        ("3.5", "connection_minutes", "not a whole number"),
    ],
)
def test_cells_are_checked_by_their_column(edited: Any, cell: str, column: str, said: str) -> None:
    def spoil(lines: list[list[str]]) -> None:
        lines[1][lines[0].index(column)] = cell

    (fault,) = [each for each in edited("airports", spoil) if each.startswith("airports.csv")]
    assert fault.startswith(f"airports.csv:2: {column}: ")
    assert said in fault


def test_a_header_must_fit(edited: Any) -> None:
    def rename(lines: list[list[str]]) -> None:
        lines[0][lines[0].index("status")] = "state"

    found = edited("slots", rename)
    assert "slots.csv:1: status: the column is missing; add it to the first line" in found
    assert any(each.startswith("slots.csv:1: state: no such column; use: ") for each in found)


def test_optional_columns_may_be_left_out(edited: Any) -> None:
    def drop(lines: list[list[str]]) -> None:
        at = lines[0].index("remark")
        for line in lines:
            del line[at]

    assert edited("bookings", drop) == []


def test_strange_files_are_told(tmp_path: Path) -> None:
    (tmp_path / "flight.csv").write_text("x\n")
    (tmp_path / "airports.csv").write_bytes(b"iata\xff\n")
    (tmp_path / "slots.csv").write_text('flight_id,ctot_utc,status\n"EY1')
    found = [_text(fault) for fault in read_files(tmp_path, LAYOUT, PACK.tables).faults]
    assert any(fault.startswith("flight.csv: no table of that name") for fault in found)
    assert any(fault.startswith("airports.csv: cannot be read as UTF-8") for fault in found)
    assert any(fault.startswith("slots.csv:2: is not CSV") for fault in found)


@pytest.mark.slow
def test_nothing_is_written_when_something_is_wrong(room: Any, example: Path, tmp_path: Path) -> None:
    for path in example.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with (tmp_path / "weather.csv").open("a", encoding="utf-8") as file:
        file.write("AUH,late,1,2,3,,,,,,,,,,\n")
    refused = room("load", str(tmp_path), "--json")
    document = json.loads(refused.stdout)
    assert refused.exit_code == 2
    assert not document["written"]
    assert document["faults"][0]["file"] == "weather.csv"
    assert document["faults"][0]["column"] == "from_utc"
    assert json.loads(room("load", str(example), "--check", "--json").stdout)["written"] is False
    assert "1 thing to correct; nothing was written" in room("load", str(tmp_path)).stdout


@pytest.mark.slow
def test_what_is_right_is_written(room: Any, example: Path) -> None:
    answer = json.loads(room("load", str(example), "--json").stdout)
    assert answer["written"]
    assert answer["rows"]["flights"] == 150
    assert room("load", str(example)).stdout.startswith("wrote 1 operators")


def test_the_template_overwrites_nothing(room: Any, tmp_path: Path) -> None:
    assert json.loads(room("load", str(tmp_path / "new"), "--template", "--json").stdout)["rows"]["flights"] == 150
    again = room("load", str(tmp_path / "new"), "--template")
    assert again.exit_code == 2
    assert "exists" in again.stderr
    (tmp_path / "file").write_text("")
    assert room("load", str(tmp_path / "file"), "--template").exit_code == 2


def test_an_empty_folder_and_a_pack_without_layout_are_bad_input(room: Any, tmp_path: Path) -> None:
    assert "there is no file in" in room("load", str(tmp_path)).stderr
    assert "declares no CSV layout" in room("load", str(tmp_path), "--pack", "example").stderr


@given(
    kind_and_value=st.one_of(
        st.tuples(st.just(Kind.WHOLE), st.integers()),
        st.tuples(st.just(Kind.NUMBER), st.floats(allow_nan=False, allow_infinity=False)),
        st.tuples(st.just(Kind.TRUTH), st.booleans()),
        st.tuples(st.just(Kind.WORDS), st.lists(st.from_regex(r"[A-Z0-9-]{1,8}", fullmatch=True), min_size=1)),
        st.tuples(
            st.just(Kind.TEXT),
            st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs")), min_size=1).filter(
                lambda text: not text.startswith('="')
            ),
        ),
        st.tuples(st.just(Kind.DAY), st.dates().map(str)),
    )
)
def test_cells_read_back_as_they_were_written(kind_and_value: tuple[Kind, Any]) -> None:
    kind, value = kind_and_value
    column = Column(name="c", kind=kind, description="")
    assert read_cell(column, write_cell(column, value)) == value


@given(kind=st.sampled_from(list(Kind)), cell=st.text(min_size=1, max_size=24))
def test_a_cell_is_read_or_refused(kind: Kind, cell: str) -> None:
    column = Column(name="c", kind=kind, description="", empty=Empty.KEPT)
    assert empty_cell(column) in ("", [])
    with suppress(CellInvalid):
        assert read_cell(column, cell) is not None


def test_every_column_is_documented() -> None:
    page = (Path(__file__).parents[4] / "docs" / "data.md").read_text(encoding="utf-8")
    for name, columns in LAYOUT.items():
        section = page.split(f"## {name}\n")[1].split("\n## ")[0]
        for column in columns:
            assert f"| {column.name} |" in section, f"{name}.{column.name}"


@pytest.mark.parametrize("header", ['"flight', 'a"b,"c', "x" * 200_000, ""])
def test_a_first_line_that_is_no_csv_is_a_fault_of_its_file(tmp_path: Path, header: str) -> None:
    (tmp_path / "slots.csv").write_text(header, encoding="utf-8")
    faults = [_text(fault) for fault in read_files(tmp_path, LAYOUT, PACK.tables).faults]
    assert faults
    assert all(fault.startswith("slots.csv:") for fault in faults)


def test_every_figure_is_documented_with_its_default_and_unit() -> None:
    page = (Path(__file__).parents[4] / "docs" / "data.md").read_text(encoding="utf-8")
    for name, unit in UNITS.items():
        row = f"| {name} | {DEFAULTS[name]:,} | {unit.replace(COSTS[0], 'USD')} | {MEANINGS[name]} |"
        assert row in page, row
