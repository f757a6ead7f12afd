"""The sections of an agent's prompt, read back into values.

A section is ``<name>`` or ``<name-nonce>`` and its end; a table is CSV, and ``[all] name=value,...`` before the header holds
for all rows.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any

Cell = str | float | bool | None
_SECTION = re.compile(r"<([a-z_]+)((?:-[a-z2-7]+)?)>\n?(.*?)\n?</\1\2>", re.DOTALL)
_SAME = "[all] "
_COUNTED = re.compile(r"\[[\w.-]+ (\d+)\]")
_LISTS = ("best", "worst", "constraint_ids")


@dataclass(frozen=True, slots=True)
class Preference:
    """The wish of an agent for one option field."""

    field: str
    goal: str
    weight: float


@dataclass(frozen=True, slots=True)
class Rule:
    """A constraint as an agent sees it."""

    id: str
    field: str
    operator: str
    value: Cell
    hard: bool
    agent: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """The contents of a prompt's sections; an absent section is empty."""

    task: str
    incident: Mapping[str, Any]
    preferences: Sequence[Preference]
    options: Sequence[Mapping[str, Cell]]
    rules: Sequence[Rule]
    gaps: Sequence[Mapping[str, Cell]]
    peers: Sequence[Mapping[str, Any]]
    text: str
    received: str


def read(texts: Sequence[str]) -> Prompt:
    """Reads the sections of a user's messages; of two with one name the later counts."""
    sections = {found[1]: found[3] for text in texts for found in _SECTION.finditer(text)}
    return Prompt(
        task=sections.get("task", "").strip().partition(".")[0],
        incident=_incident(sections.get("incident", "")),
        preferences=tuple(_preferences(sections.get("objectives", ""))),
        options=_table(sections.get("options", "")),
        rules=tuple(
            _rule(row) for row in _table(sections.get("constraints", ""), raw=("id", "field", "operator", "agent"))
        ),
        gaps=_table(sections.get("gaps", "")),
        peers=tuple(_peers(sections.get("peers", ""))),
        text=unescape(sections.get("text", "").strip()),
        received=sections.get("received", "").strip(),
    )


def cell(text: str) -> Cell:
    """A cell of a table: nothing, a truth value, a number, or the text."""
    stripped = text.strip()
    words: Mapping[str, Cell] = {"": None, "null": None, "none": None, "true": True, "false": False}
    if stripped.lower() in words:
        return words[stripped.lower()]
    try:
        return float(stripped) if re.fullmatch(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", stripped) else stripped
    except ValueError:
        return stripped


def _table(text: str, raw: Sequence[str] = ("id", "action")) -> tuple[dict[str, Any], ...]:
    first, _, rest = text.strip().partition("\n")
    once = next(csv.reader([first.removeprefix(_SAME)])) if first.startswith(_SAME) else []
    same = dict(each.split("=", 1) for each in once if "=" in each)
    rows = csv.DictReader(io.StringIO(rest if once else text.strip()))
    return tuple(
        {
            name: unescape(value or "") if name in raw else cell(unescape(value or ""))
            for name, value in {**same, **row}.items()
            if isinstance(name, str)
        }
        for row in rows
    )


def _incident(text: str) -> dict[str, Any]:
    if text.lstrip().startswith("{"):
        return _object(text)
    record = _without_lists(text)
    return next(({**row} for row in _table(record, raw=tuple(_header(record)))), {})


def _without_lists(text: str) -> str:
    """The section's last table, which is the incident's plain values; each list before it says how many rows it has."""
    lines = text.strip().split("\n")
    while counted := _COUNTED.match(lines[0]):
        lines = lines[2 + int(counted[1]) :] or [""]
    return "\n".join(lines)


def _header(text: str) -> list[str]:
    return next(csv.reader([text.strip().partition("\n")[0]]), [])


def _peers(text: str) -> Iterator[dict[str, Any]]:
    if text.lstrip().startswith("{"):
        yield from (_object(line) for line in text.splitlines() if line.strip())
        return
    for row in _table(text, raw=("agent", "kind", "verdict", "best", "worst", "constraint_ids")):
        yield {name: value.split() if name in _LISTS else value for name, value in row.items()}


def _rule(row: Mapping[str, Any]) -> Rule:
    return Rule(
        id=row.get("id") or "",
        field=row.get("field") or "",
        operator=row.get("operator") or "",
        value=row.get("value"),
        hard=row.get("hard") is not False,
        agent=row.get("agent") or "",
    )


def _preferences(text: str) -> Iterator[Preference]:
    for word in text.split():
        field, _, rest = word.partition(":")
        goal, _, weight = rest.partition(":")
        yield Preference(field, goal or "min", float(weight or 1))


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
