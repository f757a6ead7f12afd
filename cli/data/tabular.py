"""A CSV file as a header and lines: what is wrong with the whole of it is told once, by its name."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from conclave.pack.csv_columns import Column, Empty

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", ":": "colons"}
_OTHER_FILES = {
    b"PK\x03\x04": "is a spreadsheet or an archive (zip)",
    b"\xd0\xcf\x11\xe0": "is a spreadsheet (xls)",
    b"\x1f\x8b": "is compressed (gzip)",
}
"""First bytes of files that are not text."""
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class FileInvalid(Exception):
    """A file as a whole cannot be read; the message says what to do.

    Attributes:
        line: Where, when a line shows it; 0 for the whole file.
    """

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The form that the files are written in: the separator of their cells, and their encoding."""

    delimiter: str = ","
    encoding: str = "utf-8"


def read_lines(path: Path, columns: Sequence[Column], form: Form) -> Iterator[tuple[int, list[str]]]:
    """The header and the lines of a file, each with its number; lines without any cell are left out.

    Raises:
        FileInvalid: It cannot be read, or another separator or another table was meant.
    """
    text = _text(path, form.encoding)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=form.delimiter)
    try:
        first = next(reader, [])
        header = _named([name.strip() for name in first], columns)
    except csv.Error as error:
        raise FileInvalid(f"is not CSV: {error}", 1) from error
    _check_first_line(text, header, {column.name for column in columns}, form.delimiter)
    width = _width(header)
    yield 1, header[:width]
    try:
        for cells in reader:
            if any(cells):
                yield reader.line_num, cells[:width] if not any(cells[width:]) else cells
    except csv.Error as error:
        raise FileInvalid(f"is not CSV: {error}", reader.line_num) from error


def _named(header: Sequence[str], columns: Sequence[Column]) -> list[str]:
    """The names of a first line as the columns have them: capitals and what stands between words make no difference."""
    by_folded = {_folded(column.name): column.name for column in columns}
    return [by_folded.get(_folded(name), name) for name in header]


def _width(header: Sequence[str]) -> int:
    """Columns up to the last one with a name: spreadsheets leave separators behind it."""
    return max((number for number, name in enumerate(header, start=1) if name), default=len(header))


def _text(path: Path, encoding: str) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FileInvalid(f"cannot be read ({error.strerror})") from error
    for first, kind in _OTHER_FILES.items():
        if data.startswith(first):
            raise FileInvalid(f"{kind}; save its table as CSV")
    utf_8 = codecs.lookup(encoding).name == "utf-8"
    try:
        text = data.decode("utf-8-sig" if utf_8 else encoding)
    except UnicodeError as error:
        raise FileInvalid(f"cannot be read as {encoding.upper()}: {_written_in(data)}") from error
    if "\0" in text:
        raise FileInvalid(f"cannot be read as {encoding.upper()}: {_written_in(data)}")
    return text.removeprefix("\ufeff")


def _written_in(data: bytes) -> str:
    """In which encoding bytes seem to be written, and what to do about it."""
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "it is written in UTF-32; save it as UTF-8, or pass --encoding utf-32"
    if data.startswith(_UTF_16) or data[:2000].count(0) * 4 > len(data[:2000]):
        return "it is written in UTF-16; save it as UTF-8, or pass --encoding utf-16"
    if b"\0" in data:
        return "it holds NUL characters; save it as plain text in UTF-8"
    return "it seems to be written in Windows-1252 or Latin-1; save it as UTF-8, or pass --encoding windows-1252"


def _check_first_line(text: str, header: Sequence[str], known: set[str], delimiter: str) -> None:
    """Raises ``FileInvalid`` for a first line that shows another separator, or that holds no name of a column."""
    if not text.strip():
        raise FileInvalid(f"is empty; write the names of the columns into the first line: {', '.join(sorted(known))}")
    if not any(header):
        raise FileInvalid(
            f"the first line is empty; write the names of the columns there: {', '.join(sorted(known))}", 1
        )
    first = text.lstrip().splitlines()[0]
    if first.casefold().startswith("sep="):
        raise FileInvalid("the first line names a separator (sep=); remove it, the names of the columns come first", 1)
    if len(known.intersection(header)) > 1:
        return
    folded = {_folded(name) for name in known}
    for other, name in DELIMITERS.items():
        cells = [_folded(cell) for cell in first.split(other)]
        if other != delimiter and len(folded.intersection(cells)) > 1:
            raise FileInvalid(
                f"this file is separated by {name}; save it with {DELIMITERS.get(delimiter, repr(delimiter))}, or pass "
                f"--delimiter {_option(other)}",
                1,
            )
    if not folded.intersection(map(_folded, header)):
        raise FileInvalid(
            f"the first line holds no name of a column; no such column as {header[0][:40]!r}. Write: {', '.join(sorted(known))}",
            1,
        )


def _option(delimiter: str) -> str:
    return "tab" if delimiter == "\t" else f"'{delimiter}'"


def _folded(name: str) -> str:
    return re.sub(r"[\W_]+", "_", name.strip(' "\ufeff').casefold())


def header_faults(header: Sequence[str], columns: Sequence[Column]) -> Iterator[tuple[str, str]]:
    """Names of columns that are missing, unknown or there twice, each with what to do."""
    known = {column.name for column in columns}
    meant = {name: _meant(name, known) for name in header if name not in known}
    for column in columns:
        if column.empty is not Empty.OMITTED and column.name not in header and column.name not in meant.values():
            yield column.name, "the column is missing; add it to the first line"
    for name, right in meant.items():
        if not name:
            yield "", "a column has no name; name it, or remove it"
        elif right:
            yield name, f"no such column; did you mean {right}?"
        else:
            yield name, f"no such column; use: {', '.join(sorted(known))}"
    for name in sorted({name for name in header if name and header.count(name) > 1}):
        yield name, "the column stands twice; remove one of them"


def _meant(name: str, known: set[str]) -> str:
    by_folded = {_folded(each): each for each in known}
    near = get_close_matches(_folded(name), by_folded, n=1, cutoff=0.9)
    return by_folded[near[0]] if near else ""
