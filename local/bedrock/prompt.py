"""The sections of an agent's prompt, read back into values."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Cell = str | float | bool | None
_SECTION = re.compile(r"<([a-z_]+)>\n?(.*?)\n?</\1>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Preference:
    """What an agent wants of one option field."""

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
    """What the sections of a prompt say; an absent section is empty."""

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
    sections = {name: content for text in texts for name, content in _SECTION.findall(text)}
    return Prompt(
        task=sections.get("task", "").strip(),
        incident=_object(sections.get("incident", "")),
        preferences=tuple(_preferences(sections.get("objectives", ""))),
        options=_table(sections.get("options", "")),
        rules=tuple(
            _rule(row) for row in _table(sections.get("constraints", ""), raw=("id", "field", "operator", "agent"))
        ),
        gaps=_table(sections.get("gaps", "")),
        peers=tuple(_object(line) for line in sections.get("peers", "").splitlines() if line.strip()),
        text=sections.get("text", "").strip(),
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
    rows = csv.DictReader(io.StringIO(text.strip()))
    return tuple(
        {name: value if name in raw else cell(value or "") for name, value in row.items() if isinstance(name, str)}
        for row in rows
    )


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
