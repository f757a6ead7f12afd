"""Findings in files: each with its place, and of equal ones a single line that says how many there are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

_VALUES = re.compile(r"'[^']*'|\"[^\"]*\"|(?<!\w)[+-]?\d[\w:.,+-]*|\b[A-Z][\w/+#-]*")
"""Quoted cells, numbers, codes and names: what differs between findings of one kind."""
SHOWN_FILES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found in a cell, a line or a file. ``line`` is 0 for a whole file; ``column`` may be empty."""

    file: str
    line: int
    column: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Findings of one kind in one column, or of one kind about whole files.

    Attributes:
        first: The first of them.
        count: How many there are.
        last_line: Line of the last.
        files: The files, several only for findings about whole files.
    """

    first: Finding
    count: int
    last_line: int
    files: Sequence[str]

    def __str__(self) -> str:
        first = self.first
        if len(self.files) > 1:
            more = len(self.files) - SHOWN_FILES
            where = ", ".join(self.files[:SHOWN_FILES]) + (f" and {more} more files" if more > 0 else "")
            return f"{where}: {first.message}"
        where = f"{first.file}:{first.line}" if first.line else first.file
        text = f"{where}: {first.column}: {first.message}" if first.column else f"{where}: {first.message}"
        return f"{text} ({self.count:,} like this, the last in line {self.last_line})" if self.count > 1 else text

    def document(self) -> dict[str, Any]:
        """The group as a JSON object: ``line`` is that of the first finding."""
        first = self.first
        return {
            "file": first.file,
            "line": first.line,
            "column": first.column,
            "message": first.message,
            "count": self.count,
            "last_line": self.last_line,
            "files": list(self.files),
        }


def grouped(findings: Iterable[Finding]) -> list[Group]:
    """The findings by kind: same words whatever the value, in the same column, in the order of the first of each."""
    kinds: dict[tuple[str, str, str], list[Finding]] = {}
    for each in findings:
        of_a_file = not each.column and each.line <= 1
        kinds.setdefault(("" if of_a_file else each.file, each.column, _VALUES.sub("", each.message)), []).append(each)
    return [
        Group(
            first=group[0],
            count=len(group),
            last_line=group[-1].line,
            files=tuple(dict.fromkeys(each.file for each in group)),
        )
        for group in kinds.values()
    ]
