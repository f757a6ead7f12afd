"""Tables as CSV: columns with types, and the reading and writing of their cells."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct

from conclave.pack.local_forms import meant_day, meant_moment, meant_number, meant_whole


class Kind(StrEnum):
    """Type of a column's cells."""

    TEXT = "text"
    WHOLE = "whole number"
    NUMBER = "number"
    TRUTH = "true or false"
    MOMENT = "UTC time"
    DAY = "date"
    CLOCK = "clock time"
    WORDS = "list"

    @property
    def refusal(self) -> str:
        """The words that refuse a cell: ``is not a UTC time``."""
        return f"is not {self.value}" if self is Kind.TRUTH else f"is not a {self.value}"


class Empty(StrEnum):
    """The meaning of an empty cell."""

    REFUSED = "must be filled"
    OMITTED = "may be empty: the item has no such attribute"
    KEPT = "may be empty: kept as empty"


class CellInvalid(ValueError):
    """A cell does not fit its column; the message says what to write instead."""


class Column(Struct, frozen=True, kw_only=True):
    """A column of a table's CSV file.

    Attributes:
        name: Header, which is the attribute's name.
        kind: Type of its cells.
        empty: What an empty cell means.
        choices: The only texts allowed, if not empty.
        refers: Table whose key the cell is; each word of a list.
        least: Smallest number allowed.
        most: Largest number allowed.
        reads: Answers the normal form of a text, or of each word of a list; raises ``ValueError`` with what to write instead.
        prose: Free text for people, in which "n/a" is a word like others.
        description: One line, with the unit.
    """

    name: str
    kind: Kind
    description: str
    empty: Empty = Empty.REFUSED
    choices: Sequence[str] = ()
    refers: str = ""
    least: float | None = None
    most: float | None = None
    reads: Callable[[str], str] | None = None
    prose: bool = False


class Doubt(Struct, frozen=True, kw_only=True):
    """A row that does not fit itself or others.

    Attributes:
        table: Its table.
        row: Its number among the rows of the table, from 0 on; ``None`` for the table as a whole.
        column: Where it shows; may be empty.
        message: What does not fit, and what to do.
        refused: Whether nothing is loaded with it, because both cannot be true; otherwise it is a warning.
    """

    table: str
    row: int | None
    column: str
    message: str
    refused: bool


_EXAMPLES = {
    Kind.WHOLE: "42",
    Kind.NUMBER: "3.5",
    Kind.TRUTH: "true or false",
    Kind.MOMENT: "2026-11-21T06:35:00Z",
    Kind.DAY: "2026-11-21",
    Kind.CLOCK: "23:00",
    Kind.WORDS: "words with a blank between them",
}
_MOMENT = re.compile(r"^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):\d\d:\d\dZ$", re.ASCII)
_DAY = re.compile(r"^\d{4}-\d\d-\d\d$", re.ASCII)
_WHOLE = re.compile(r"^[+-]?\d+$", re.ASCII)
_NUMBER = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$", re.ASCII | re.IGNORECASE)
_CLOCK = re.compile(r"^([01]\d|2[0-3]):[0-5]\d$", re.ASCII)
_SEPARATOR = re.compile(r"[;,|/]")
_NOTHING = frozenset({"\\n", "null", "nan", "#n/a", "#na", "#value!", "#ref!", "<na>", "<null>"})
_NOTHING_SAID = frozenset({"n/a", "none", "nil", "-", "--", "?", "n.a.", "tbd", "unknown"})
"""The words with which programs and people say that they have nothing."""


def read_cell(column: Column, cell: str) -> Any:
    """The value of a cell that is not empty.

    Raises:
        CellInvalid: It does not fit the column.
    """
    if not column.prose:
        _check_characters(cell)
    try:
        value = _typed(column.kind, cell)
    except ValueError as error:
        meant = _MEANT[column.kind](cell) if column.kind in _MEANT else ""
        advice = meant or f"write it as {_EXAMPLES[column.kind]}"
        raise CellInvalid(f"{cell!r} {column.kind.refusal}; {advice}") from error
    if column.kind is Kind.WORDS and _SEPARATOR.search(cell):
        raise CellInvalid(
            f"{cell!r} is not separated by blanks; write a blank between the words of a list, nothing else"
        )
    if column.choices and cell not in column.choices:
        raise CellInvalid(f"{cell!r} is not allowed; write one of: {', '.join(filter(None, column.choices))}")
    if column.least is not None and value < column.least:
        raise CellInvalid(f"{cell} is too small; write {column.least:g} or more")
    if column.most is not None and value > column.most:
        raise CellInvalid(f"{cell} is too large; write {column.most:g} or less")
    return _formed(column.reads, value) if column.reads else value


def _check_characters(cell: str) -> None:
    """Raises ``CellInvalid`` for what a spreadsheet or a web page leaves in a cell and nobody sees."""
    if cell.startswith('="'):
        raise CellInvalid(f"{cell!r} is a formula of a spreadsheet; write the value alone")
    hidden = [each for each in cell if unicodedata.category(each) in ("Cc", "Cf") and not each.isspace()]
    if hidden:
        raise CellInvalid(f"{cell!r} holds a character that cannot be seen (U+{ord(hidden[0]):04X}); write it without")


_MEANT: dict[Kind, Callable[[str], str]] = {
    Kind.WHOLE: meant_whole,
    Kind.NUMBER: meant_number,
    Kind.DAY: meant_day,
    Kind.MOMENT: meant_moment,
}


def _formed(reads: Callable[[str], str], value: Any) -> Any:
    try:
        return [reads(each) for each in value] if isinstance(value, list) else reads(value)
    except ValueError as error:
        raise CellInvalid(str(error)) from error


def says_nothing(column: Column, cell: str) -> bool:
    """True if a cell holds a word for "there is nothing" (``NULL``, ``n/a``), which is not a value of its column."""
    folded = cell.strip().casefold()
    if folded in _NOTHING:
        return True
    return folded in _NOTHING_SAID and not column.prose and folded not in column.choices


def _typed(kind: Kind, cell: str) -> Any:
    match kind:
        case Kind.WHOLE:
            return int(cell if _WHOLE.match(cell) else "")
        case Kind.NUMBER:
            return _finite(cell if _NUMBER.match(cell) else "")
        case Kind.TRUTH:
            return {"true": True, "false": False}[cell] if cell in ("true", "false") else _refused(cell)
        case Kind.MOMENT:
            datetime.fromisoformat(cell if _MOMENT.match(cell) else "")
        case Kind.DAY:
            date.fromisoformat(cell if _DAY.match(cell) else "")
        case Kind.CLOCK:
            return cell if _CLOCK.match(cell) else _refused(cell)
        case Kind.WORDS:
            return cell.split() or _refused(cell)
    return cell


def _finite(cell: str) -> float | int:
    value = float(cell)
    if value - value != 0:
        raise ValueError(cell)
    return int(cell) if cell.lstrip("-").isdigit() else value


def _refused(cell: str) -> Any:
    raise ValueError(cell)


def empty_cell(column: Column) -> Any:
    """The value of an empty cell that is kept."""
    return [] if column.kind is Kind.WORDS else ""


def write_cell(column: Column, value: Any) -> str:
    """A value as a cell; the reverse of ``read_cell``."""
    if column.kind is Kind.TRUTH:
        return "true" if value else "false"
    return " ".join(value) if column.kind is Kind.WORDS else str(value)
