"""Sections of a prompt: tables between delimiters that no text in them can know, and a reader that proves it.

All sections of a prompt stand between ``<data-nonce>`` and ``</data-nonce>``, each under its heading ``<name>``. The nonce is a
hash over the request's label and over everything that stands in the sections. It needs no secret and is the same in a replay,
and yet nobody can write it into a text: with the text the nonce changes. Besides, angle brackets in cells are escaped, so that
a text can hold neither a delimiter nor a heading.

A table is CSV with a header. Columns that are equal in all of several rows stand once, in a line before the header::

    [mel_item 2] tail=A6-BS1,category=C
    id,ata,days_left,text
    mel_items/A6-BS1/M1,49-11,4,APU inoperative
    mel_items/A6-BS1/M2,36-11,9,"Bleed 1 inoperative, monitor"
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from conclave.untrusted.plain_text import visible

TEXT_CHARACTERS = 1_200
"""The longest text of a cell; what is longer is cut and marked."""

_NONCE_CHARACTERS = 10
_DATA = "data"
_FRAMED = re.compile(rf"<{_DATA}-([a-z2-7]{{{_NONCE_CHARACTERS}}})>\n(.*)\n</{_DATA}-\1>", re.DOTALL)
_HEADING = re.compile(r"^<([a-z]+)>\n", re.MULTILINE)
_BRACKETS = str.maketrans({"\uff1c": "<", "\ufe64": "<", "\uff1e": ">", "\ufe65": ">"})
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_COUNTED = re.compile(r"\[([\w.-]+) (\d+)\](?: (.*))?", re.ASCII)
_LEFT_OUT = re.compile(r"\[left out (\d+): [^\]]*\]")
_SAME = "[all] "
_QUOTED = re.compile(r'["\r\n\0]')
"""What a line of CSV holds where it is not just its cells between commas."""
_SILENT = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


class PromptUnsound(Exception):
    """A prompt does not read back as what was put into it, or is too large: it is not sent."""


class Grid(Struct, frozen=True):
    """A table of cells, all texts.

    Attributes:
        columns: Names; the first is the key and always a column of its own.
        rows: One text per column.
        kind: What the rows are, where a section holds several tables.
        raw: Columns with words of the engine (comparisons), which are not escaped.
        untrusted: Whether strangers wrote some of it (a report, a remark, a notice): what a guardrail has to look at.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    kind: str = ""
    raw: frozenset[str] = frozenset()
    untrusted: bool = False

    def records(self) -> tuple[dict[str, str], ...]:
        """The rows by column, without empty cells."""
        pairs = (zip(self.columns, row, strict=True) for row in self.rows)
        return tuple({name: value for name, value in each if value} for each in pairs)


class Section(Struct, frozen=True):
    """A named part of a prompt.

    Attributes:
        name: Lower case letters.
        grids: Its tables; those without rows are not shown.
        left_out: How many rows are not shown; only in a section whose tables have kinds.
        why: Why they are not; engine's words.
    """

    name: str
    grids: Sequence[Grid]
    left_out: int = 0
    why: str = ""

    def content(self) -> Content:
        """The records that a reader must get back."""
        return Content({grid.kind: grid.records() for grid in self.grids if grid.rows}, self.left_out)


class Content(Struct, frozen=True):
    """The content of a section: records by kind, and how many were left out."""

    records: Mapping[str, tuple[dict[str, str], ...]] = field(default_factory=dict)
    left_out: int = 0

    def __bool__(self) -> bool:
        return bool(self.records or self.left_out)


class Piece(Struct, frozen=True):
    """A part of a prompt's text; ``untrusted`` when it holds what strangers wrote."""

    text: str
    untrusted: bool = False


def clean(text: str, limit: int = TEXT_CHARACTERS) -> str:
    """A text as models may see it: one line, composed, without what no person sees, and not longer than allowed.

    Control, zero-width, bidirectional, tag and unassigned characters go; any white space is one blank; look-alikes of angle
    brackets become angle brackets (and are escaped with them). The record keeps the original.
    """
    line = _one_visible_line(text)
    if len(line) <= limit:
        return line
    kept = line[:limit].rstrip()
    return f"{kept}\u2026[+{len(line) - len(kept)} characters]"


def is_cut(text: str) -> bool:
    """True if ``clean`` has to cut this text."""
    return len(_one_visible_line(text)) > TEXT_CHARACTERS


def name_of(word: str) -> str:
    """A word as the name of a column or kind: letters, digits, ``_``, ``.`` and ``-`` only."""
    return re.sub(r"[^\w.-]", "_", word, flags=re.ASCII)


def _one_visible_line(text: str) -> str:
    if text.isascii() and text.isprintable():  # has neither composed, nor invisible, nor look-alike characters
        return " ".join(text.split())
    composed = unicodedata.normalize("NFC", visible(text)).translate(_BRACKETS)
    kept = (
        " " if each.isspace() else each
        for each in composed
        if each.isspace() or unicodedata.category(each) not in _SILENT
    )
    return " ".join("".join(kept).split())


def cell(value: Any) -> str:
    """A value as a cell: nothing for ``None``, 1 and 0 for truth values, six digits for a float, a text cleaned."""
    match value:
        case None:
            return ""
        case bool():
            return str(int(value))
        case float():
            return f"{value:.6g}"
        case str():
            return clean(value)
        case _:
            return str(value)


def quote(name: str, text: str, label: str, limit: int) -> str:
    """One text as a section of its own, cleaned and escaped like a cell."""
    body = clean(text, limit).translate(_ESCAPES)
    nonce = _nonce(label, [(name, body)])
    return f"<{name}-{nonce}>{body}</{name}-{nonce}>"


def write(sections: Sequence[Section], label: str) -> str:
    """The sections as text, proven to read back.

    Args:
        sections: In their order; empty ones are left out.
        label: Says which request this is, so that two requests never share a nonce.

    Raises:
        PromptUnsound: The text would not read back as the same sections.
    """
    return "".join(piece.text for piece in pieces(sections, label))


def pieces(sections: Sequence[Section], label: str) -> tuple[Piece, ...]:
    """The text of ``write`` in pieces: joined they are its text, and what strangers wrote stands in pieces of its own."""
    contents = [(each, content) for each in sections if (content := each.content())]
    parts = {each.name: [*_parts(each)] for each, _ in contents}
    nonce = _nonce(label, [(name, "\n".join(part.text for part in body)) for name, body in parts.items()])
    found = [Piece(f"<{_DATA}-{nonce}>")] if parts else []
    for name, body in parts.items():
        found += [Piece(f"<{name}>"), *body]
    found += [Piece(f"</{_DATA}-{nonce}>")] if parts else []
    text = "\n".join(piece.text for piece in found)
    if len(parts) != len(contents) or read(text, label) != {each.name: content for each, content in contents}:
        raise PromptUnsound("the sections do not read back as they were written")
    return _joined(found)


def _joined(lines: Sequence[Piece]) -> tuple[Piece, ...]:
    """The lines as text, in as few pieces as can be; none of them blank, which providers refuse."""
    joined: list[Piece] = []
    for line in lines:
        last = joined[-1] if joined else line
        if not joined:
            joined = [line]
        elif last.untrusted == line.untrusted:
            joined[-1] = Piece(f"{last.text}\n{line.text}", line.untrusted)
        elif line.untrusted:
            joined = [*joined[:-1], Piece(f"{last.text}\n"), line]
        else:
            joined.append(Piece(f"\n{line.text}"))
    return tuple(joined)


def read(text: str, label: str) -> dict[str, Content]:
    """The sections of a text that ``write`` made.

    Raises:
        PromptUnsound: The text was not made by ``write`` with this label, or was changed since.
    """
    if not text:
        return {}
    framed = _FRAMED.fullmatch(text)
    if framed is None:
        raise PromptUnsound("the sections do not begin and end with their delimiters")
    nonce, bodies = framed[1], list(_bodies(framed[2]))
    if text.count(nonce) != 2 or len({name for name, _ in bodies}) != len(bodies):
        raise PromptUnsound("a delimiter stands inside a section, or a section twice")
    if nonce != _nonce(label, bodies):
        raise PromptUnsound("the delimiters are not those of this content")
    return {name: _parsed(body) for name, body in bodies}


def _bodies(text: str) -> Iterator[tuple[str, str]]:
    """Name and content of each section. No cell can look like a heading: angle brackets in cells are escaped."""
    before, *parts = _HEADING.split(text)
    if before or not parts:
        raise PromptUnsound("something stands outside the sections")
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        yield name, body.removesuffix("\n")


def _nonce(label: str, bodies: Sequence[tuple[str, str]]) -> str:
    content = hashlib.sha256()
    for part in (label, *(part for pair in bodies for part in pair)):
        data = part.encode()
        content.update(len(data).to_bytes(8, "big") + data)
    return base64.b32encode(content.digest()).decode().lower()[:_NONCE_CHARACTERS]


def _parts(section: Section) -> Iterator[Piece]:
    for grid in section.grids:
        if grid.rows:
            yield Piece("\n".join(_lines(grid)), grid.untrusted)
    if section.left_out:
        yield Piece(f"[left out {section.left_out}: {section.why}]")


def _lines(grid: Grid) -> Iterator[str]:
    several = len(grid.rows) > 1
    columns = list(zip(*grid.rows, strict=True))
    same, shown = list[str](), list[int]()
    for index, (name, values) in enumerate(zip(grid.columns, columns, strict=True)):
        first, equal = values[0], values.count(values[0]) == len(values)
        if index and equal and (several or not first):
            same += [f"{name}={_escaped(grid, name, first)}"] if first else []
        else:
            shown.append(index)
    once = _csv(same)
    if grid.kind:
        yield f"[{grid.kind} {len(grid.rows)}]{' ' if once else ''}{once}"
    elif once:
        yield f"{_SAME}{once}"
    yield _csv([grid.columns[index] for index in shown])
    written = [[_escaped(grid, grid.columns[index], value) for value in columns[index]] for index in shown]
    yield from (_csv(row) for row in zip(*written, strict=True))


def _escaped(grid: Grid, column: str, value: str) -> str:
    marked = "<" in value or ">" in value or "&" in value
    return value.translate(_ESCAPES) if marked and column not in grid.raw else value


def _unescaped(value: str) -> str:
    return value.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") if "&" in value else value


def _csv(cells: Sequence[str]) -> str:
    if not cells:
        return ""
    plain = ",".join(cells)
    if plain and plain.count(",") == len(cells) - 1 and not _QUOTED.search(plain):
        return plain
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()


def _cells(line: str) -> list[str]:
    if _QUOTED.search(line):
        return [_unescaped(each) for each in next(csv.reader([line], strict=True), [])]
    return [_unescaped(each) for each in line.split(",")] if line else []


def _parsed(body: str) -> Content:
    lines = body.split("\n")
    left_out = 0
    records: dict[str, tuple[dict[str, str], ...]] = {}
    position = 0
    try:
        while position < len(lines):
            line = lines[position]
            if position == len(lines) - 1 and (marker := _LEFT_OUT.fullmatch(line)):
                left_out, position = int(marker[1]), position + 1
                continue
            counted = _COUNTED.fullmatch(line)
            if counted:
                kind, once, start = counted[1], counted[3] or "", position + 1
                end = start + 1 + int(counted[2])
            else:
                kind, once = "", line.removeprefix(_SAME) if line.startswith(_SAME) else ""
                start, end = position + (1 if once else 0), len(lines)
            if kind in records or end > len(lines):
                raise PromptUnsound("a table has fewer rows than it says, or stands twice")
            records[kind] = _rows(lines[start:end], once)
            position = end
    except (csv.Error, ValueError) as error:
        raise PromptUnsound(f"a table is damaged: {error}") from error
    return Content(records, left_out)


def _rows(lines: Sequence[str], once: str) -> tuple[dict[str, str], ...]:
    same = dict(each.split("=", 1) for each in _cells(once)) if once else {}
    header = _cells(lines[0])
    pairs = (zip(header, _cells(line), strict=True) for line in lines[1:])
    return tuple({name: value for name, value in (*same.items(), *each) if value} for each in pairs)
