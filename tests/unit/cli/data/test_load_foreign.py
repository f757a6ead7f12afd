"""``load`` on files as other programs and people write them: each input is read rightly or told in one clear line."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conclave.pack.csv_columns import CellInvalid, Column, Kind, read_cell
from packs.airline import PACK
from packs.airline.layout import LAYOUT

from cli.data.findings import Finding, grouped
from cli.data.loading import read_files
from cli.data.tabular import Form
from cli.data.template import write_template

Load = Callable[..., list[str]]
COLUMNS = {(table, column.name): column for table, columns in LAYOUT.items() for column in columns}


@pytest.fixture(scope="session")
def slots(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("slots")
    write_template(folder, PACK, "2026-11-21", 1)
    return (folder / "slots.csv").read_text(encoding="utf-8")


@pytest.fixture
def faults(tmp_path: Path) -> Load:
    """The faults of a folder with one file of these bytes."""

    def found(name: str, data: bytes, form: Form | None = None) -> list[str]:
        (tmp_path / name).write_bytes(data)
        return [_text(fault) for fault in read_files(tmp_path, LAYOUT, PACK.tables, form).faults]

    return found


def _text(finding: Finding) -> str:
    (group,) = grouped([finding])
    return str(group)


CELLS: list[tuple[str, str, str, Any]] = [
    # table, column, cell, the value or (for what is refused) words of the message
    ("mel_items", "not_with", "24-22-01 24-23-02", ["24-22-01", "24-23-02"]),
    ("mel_items", "not_with", "24-22-01  24-23-02", ["24-22-01", "24-23-02"]),
    ("mel_items", "not_with", "24-22-01\t24-23-02", ["24-22-01", "24-23-02"]),
    ("mel_items", "not_with", "24-22-01\u00a024-23-02", ["24-22-01", "24-23-02"]),
    ("mel_items", "not_with", "24-22-01\n24-23-02", ["24-22-01", "24-23-02"]),
    ("mel_items", "not_with", "24-22-01;24-23-02", {"not separated by blanks"}),
    ("mel_items", "not_with", "24-22-01, 24-23-02", {"not separated by blanks"}),
    ("mel_items", "not_with", "24-22-01|24-23-02", {"not separated by blanks"}),
    ("mel_items", "not_with", "24-22-01/24-23-02", {"not separated by blanks"}),
    ("mel_items", "not_with", "24-22-01+24-23-02", {"not an ATA reference", "24-22-01"}),
    ("mel_items", "not_with", "24-22-01 and 24-23-02", {"'and' is not an ATA reference"}),
    ("mel_items", "not_with", "242201", {"not an ATA reference"}),
    ("mel_items", "not_with", "24.22.01", {"not an ATA reference"}),
    ("mel_items", "not_with", "24-22-01 & 24-23-02", {"'&' is not an ATA reference"}),
    ("mel_items", "not_with", "['24-22-01', '24-23-02']", {"not separated by blanks"}),
    ("mel_items", "not_with", "24-22-01\u200b24-23-02", {"cannot be seen", "U+200B"}),
    ("mel_items", "not_with", "24\u201122\u201101", {"not an ATA reference"}),
    ("mel_items", "ata", "24-22", "24-22"),
    ("mel_items", "ata", "ATA 24", {"not an ATA reference"}),
    ("duties", "flights", "EY17-2026-11-21;EY18-2026-11-21", {"not separated by blanks"}),
    ("airports", "tz", "Europe/London", "Europe/London"),
    ("airports", "tz", "America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
    ("airports", "tz", "UTC", "UTC"),
    ("airports", "tz", "Europe/Londn", {"did you mean Europe/London?"}),
    ("airports", "tz", "europe/london", {"did you mean Europe/London?"}),
    ("airports", "tz", "London", {"did you mean Europe/London?"}),
    ("airports", "tz", "America/New York", {"did you mean America/New_York?"}),
    ("airports", "tz", "Asia/Dubay", {"did you mean Asia/Dubai?"}),
    ("airports", "tz", "GMT+4", {"fixed offset", "Asia/Dubai"}),
    ("airports", "tz", "Etc/GMT+4", {"fixed offset"}),
    ("airports", "tz", "+04:00", {"fixed offset"}),
    ("airports", "tz", "UTC+4", {"fixed offset"}),
    ("airports", "tz", "4", {"fixed offset"}),
    ("airports", "tz", "EST", {"not an IANA time zone"}),
    ("airports", "tz", "CET", {"not an IANA time zone"}),
    ("airports", "tz", "GB", {"write Europe/London"}),
    ("airports", "tz", "US/Eastern", {"write America/New_York"}),
    ("airports", "tz", "localtime", {"not an IANA time zone"}),
    ("airports", "tz", "posix/Europe/London", {"did you mean Europe/London?"}),
    ("airports", "tz", "../Europe/London", {"did you mean Europe/London?"}),
    ("airports", "tz", "Europe\\London", {"did you mean Europe/London?"}),
    ("airports", "tz", "Arabian Standard Time", {"not an IANA time zone"}),
    ("airports", "tz", "Factory", {"not an IANA time zone"}),
    ("airports", "country", "AE", "AE"),
    ("airports", "country", "NA", "NA"),
    ("airports", "country", "XK", "XK"),
    ("airports", "country", "UK", {"United", "Britain", "GB"}),
    ("airports", "country", "uk", {"GB"}),
    ("airports", "country", "EL", {"Greece is GR"}),
    ("airports", "country", "de", {"write DE"}),
    ("airports", "country", "Germany", {"Germany is DE"}),
    ("airports", "country", "Untied Kingdom", {"GB"}),
    ("airports", "country", "USA", {"is US"}),
    ("airports", "country", "ZZ", {"not an ISO 3166 code"}),
    ("airports", "country", "971", {"not an ISO 3166 code"}),
    ("airports", "iata", "lhr", {"write LHR"}),
    ("airports", "iata", "EGLL", {"not an IATA code"}),
    ("airports", "lat", "24,4331", {"decimal point: 24.4331"}),
    ("airports", "lat", "24.4331", 24.4331),
    ("airports", "lat", "24 26", {"is not a number; write it as 3.5"}),
    ("airports", "lat", "24°26'", {"is not a number"}),
    ("flights", "seats", "1,234", {"1234"}),
    ("flights", "seats", "1 234", {"1234"}),
    ("flights", "seats", "1_234", {"1234"}),
    ("flights", "seats", "299.0", {"without a fraction: 299"}),
    ("flights", "seats", "1.234", {"without separators: 1234"}),
    ("flights", "seats", "299.5", {"is not a whole number; write it as 42"}),
    ("flights", "number", "EY061", "EY61"),
    ("flights", "number", "EY 061", "EY61"),
    ("flights", "number", "ey61", "EY61"),
    ("flights", "number", "EY0017", "EY17"),
    ("flights", "number", "EY17D", "EY17D"),
    ("flights", "number", "EY017d", "EY17D"),
    ("slots", "flight_id", "EY1-\u200b2026-11-20", {"cannot be seen", "U+200B"}),
    ("slots", "flight_id", '="EY1-2026-11-20"', {"formula"}),
    ("flights", "number", "EYO61", {"not a flight number", "XY17"}),
    ("flights", "number", "EY61/62", {"not a flight number"}),
    ("flights", "number", "17", {"not a flight number", "XY17"}),
    ("flights", "number", "EY00", {"not a flight number"}),
    ("flights", "number", "EY12345", {"not a flight number"}),
    ("flights", "number", "ETD17", {"not a flight number", "XY17"}),
    ("flights", "number", "LH400", "LH400"),
    ("flights", "date", "21.11.2026", {"2026-11-21"}),
    ("flights", "date", "11/21/2026", {"2026-11-21"}),
    ("flights", "date", "21/11/26", {"2026-11-21"}),
    ("flights", "date", "05/02/2026", {"2026-02-05 or 2026-05-02"}),
    ("flights", "date", "20261121", {"2026-11-21"}),
    ("flights", "date", "2026-2-5", {"2026-02-05"}),
    ("flights", "date", "46347", {"2026-11-21"}),
    ("flights", "date", "21NOV26", {"2026-11-21"}),
    ("flights", "date", "21-Nov-2026", {"2026-11-21"}),
    ("flights", "date", "1 December 2026", {"2026-12-01"}),
    ("flights", "date", "21XYZ26", {"is not a date; write it as 2026-11-21"}),
    ("flights", "date", "30FEB26", {"does not exist"}),
    ("flights", "date", "2026-02-29", {"does not exist"}),
    ("flights", "date", "31.11.2026", {"does not exist"}),
    ("flights", "date", "2026-W47-6", {"is not a date"}),
    ("flights", "departure_utc", "2026-11-21T10:35:00+04:00", {"2026-11-21T06:35:00Z"}),
    ("flights", "departure_utc", "2026-11-21 06:35:00", {"does not say its zone", "in UTC as 2026-11-21T06:35:00Z, if"}),
    ("flights", "departure_utc", "2026-11-21T06:35:00", {"does not say its zone"}),
    ("flights", "departure_utc", "46347.274306", {"spreadsheet", "2026-11-21T06:35:00Z, if it was UTC"}),
    ("flights", "departure_utc", "21NOV26 0635", {"in UTC as 2026-11-21T"}),
    ("flights", "departure_utc", "21.11.2026 06:35", {"in UTC as 2026-11-21T"}),
    ("flights", "departure_utc", "2026-11-21T24:00:00Z", {"is not a UTC time"}),
    ("airports", "curfew_start", "6:00", {"write it as 23:00"}),
    ("airports", "curfew_closed", "TRUE", {"write it as true or false"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "name", "cell", "wanted"), CELLS, ids=[f"{name}={cell!r}" for _, name, cell, _ in CELLS]
)
def test_a_cell_is_read_rightly_or_told(table: str, name: str, cell: str, wanted: Any) -> None:
    column = COLUMNS[table, name]
    if not isinstance(wanted, set):
        assert read_cell(column, cell) == wanted
        return
    with pytest.raises(CellInvalid) as refused:
        read_cell(column, cell)
    said = str(refused.value)
    assert "\n" not in said
    assert any(word in said for word in wanted) if "Britain" in wanted else all(word in said for word in wanted), said


@pytest.mark.parametrize("cell", [r"\N", "NULL", "null", "NaN", "n/a", "N/A", "#N/A", "None", "nil", "-"])
@pytest.mark.parametrize("name", ["flight_id", "ctot_utc", "status"])
def test_a_word_for_nothing_is_told_in_every_typed_column(faults: Load, slots: str, cell: str, name: str) -> None:
    lines = list(csv.reader(slots.splitlines()))
    lines[1][lines[0].index(name)] = cell
    (said,) = faults("slots.csv", "\n".join(",".join(line) for line in lines).encode())
    assert said.startswith(f"slots.csv:2: {name}: {cell!r} is not ")
    assert "fill in" in said


def test_a_remark_may_say_that_there_is_nothing(faults: Load) -> None:
    data = b"tail,item_id,ata,category,discovered,relief,not_with,text\nA6-EAA,1,24-22-01,C,2026-11-20,true,,n/a\n"
    assert faults("mel_items.csv", data) == []


def test_another_separator_is_told_once_and_can_be_given(faults: Load, slots: str) -> None:
    for separator, name, option in ((";", "semicolons", "';'"), ("\t", "tabs", "tab"), ("|", "bars", "'|'")):
        data = slots.replace(",", separator).encode()
        (said,) = faults("slots.csv", data)
        assert f"separated by {name}" in said
        assert f"--delimiter {option}" in said
        assert faults("slots.csv", data, Form(delimiter=separator)) == []


def test_another_encoding_is_told_once_and_can_be_given(faults: Load, slots: str) -> None:
    for encoding, name in (("utf-16", "utf-16"), ("utf-16-le", "utf-16"), ("utf-16-be", "utf-16")):
        (said,) = faults("slots.csv", slots.encode(encoding))
        assert f"--encoding {name}" in said
    assert faults("slots.csv", slots.encode("utf-16"), Form(encoding="utf-16")) == []
    assert faults("slots.csv", slots.encode("utf-8-sig")) == []
    remark = "flight_id,ctot_utc,status\nZürich-1,2026-11-21T06:35:00Z,allocated\n"
    (said,) = faults("slots.csv", remark.encode("windows-1252"))
    assert "--encoding windows-1252" in said
    assert faults("slots.csv", remark.encode("windows-1252"), Form(encoding="windows-1252")) == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04" + bytes(40), "is a spreadsheet or an archive (zip); save its table as CSV"),
        (b"\xd0\xcf\x11\xe0" + bytes(40), "is a spreadsheet (xls)"),
        (b"\x1f\x8b\x08" + bytes(40), "is compressed (gzip)"),
        ("flight_id,ctot_utc,status\n".encode("utf-32"), "--encoding utf-32"),
        (b"flight_id,ctot_utc,status\nEY1,2026-11-19T22:35:00Z,on\0offer\n", "holds NUL characters"),
        (b"\nflight_id,ctot_utc,status\n", "the first line is empty; write the names of the columns there"),
        (b",,\nflight_id,ctot_utc,status\n", "the first line is empty"),
    ],
)
def test_a_file_that_is_not_csv_is_told_by_its_kind(faults: Load, data: bytes, said: str) -> None:
    (found,) = faults("slots.csv", data)
    assert said in found


@pytest.mark.parametrize(
    ("first", "said"),
    [
        ("EY1-2026-11-20,2026-11-19T22:35:00Z,allocated", "holds no name of a column"),
        ("sep=,", "names a separator"),
        ("", "is empty"),
        ("Flight_ID,CTOT UTC,Statu", "did you mean status?"),
        ("flight_id,,ctot_utc,status", "a column has no name"),
        ("flight_id;ctot_utc;status", "separated by semicolons"),
    ],
)
def test_a_wrong_first_line_is_told_by_its_name(faults: Load, first: str, said: str) -> None:
    lines = [first, *["EY1-2026-11-20,2026-11-19T22:35:00Z,allocated"] * (500 if first else 0)]
    found = faults("slots.csv", "\n".join(lines).encode())
    assert any(said in each for each in found)
    assert len(found) <= 3


def test_equal_faults_are_told_in_one_line() -> None:
    found = [Finding(file="a.csv", line=n, column="lat", message=f"'{n},5' is not a number") for n in range(2, 1002)]
    other = Finding(file="a.csv", line=7, column="lon", message="is empty")
    lines = [str(each) for each in grouped([*found, other])]
    assert lines == [
        "a.csv:2: lat: '2,5' is not a number (1,000 like this, the last in line 1001)",
        "a.csv:7: lon: is empty",
    ]


@pytest.mark.parametrize("option", [("--delimiter", "xx"), ("--delimiter", "a"), ("--encoding", "utf-9")])
def test_an_option_that_cannot_be_is_refused(room: Any, tmp_path: Path, option: tuple[str, str]) -> None:
    refused = room("load", str(tmp_path), *option)
    assert refused.exit_code == 2
    assert "Traceback" not in refused.stderr


def test_a_column_without_a_form_takes_any_word() -> None:
    assert read_cell(Column(name="c", kind=Kind.WORDS, description=""), "a  b") == ["a", "b"]
