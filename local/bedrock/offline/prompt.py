"""The sections of an agent's prompt, read back into values.

A section is ``<name>`` or ``<name-nonce>`` and its end, or stands under a heading ``<name>`` between ``<data-nonce>`` and its
end; a table is CSV, and what stands behind ``[all]`` or ``[kind count]`` before its header holds for all its rows.
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
_DATA = "data"
_OBJECTIVE = re.compile(r"\b([a-z_]+):(min|max)(?::([0-9.]+))?")
_HEADING = re.compile(r"^<([a-z]+)>\n", re.MULTILINE)
_HEADED = re.compile(r"\[(?:all|[\w.-]+ \d+)\] ?(.*)")
_COUNTED = re.compile(r"\[[\w.-]+ (\d+)\]")
_OPEN = "open_question"
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
    questions: Sequence[Mapping[str, Cell]] = ()


def read(texts: Sequence[str]) -> Prompt:
    """Reads the sections of a user's messages; of two with one name the later counts."""
    found = sections(texts)
    return Prompt(
        task=found.get("task", "").strip().partition(".")[0],
        incident=_incident(found.get("incident", "")),
        preferences=tuple(_preferences(found.get("objectives") or found.get("options", ""))),
        options=tuple(_options(found.get("options", ""))),
        rules=tuple(
            _rule({**row, "field": field})
            for row in _table(found.get("constraints", ""), raw=("id", "field", "operator", "agent"))
            for field in str(row.get("field", "")).split()
        ),
        gaps=_table(found.get("gaps", "")),
        peers=tuple(_peers(found.get("peers", ""))),
        text=unescape(found.get("text", "").strip()),
        received=found.get("received", "").strip(),
        questions=tuple(_questions(found.get("facts", ""))),
    )


def sections(texts: Sequence[str]) -> dict[str, str]:
    """The sections of texts by name; of two with one name the later counts."""
    return {name: body for text in texts for name, body in _sections(text)}


def _sections(text: str) -> Iterator[tuple[str, str]]:
    """Name and content of each section; those of data stand under headings between one pair of delimiters."""
    for name, _, body in _SECTION.findall(text):
        if name != _DATA:
            yield name, body
            continue
        _, *parts = _HEADING.split(f"{body}\n")
        yield from ((heading, each.strip("\n")) for heading, each in zip(parts[::2], parts[1::2], strict=True))


def _questions(text: str) -> Iterator[dict[str, Any]]:
    """The facts that name a tool which answers them, with its arguments."""
    lines = text.strip().split("\n")
    for place, line in enumerate(lines):
        counted = _COUNTED.match(line)
        if counted and line.startswith(f"[{_OPEN} "):
            yield from _table("\n".join(lines[place : place + 2 + int(counted[1])]), raw=("asks",))


def _options(text: str) -> Iterator[dict[str, Any]]:
    """The options in their order, one for each id of a row."""
    lines = text.strip().split("\n")
    while lines and lines[0]:
        counted = _COUNTED.match(lines[0])
        end = 2 + int(counted[1]) if counted else len(lines)
        for row in _table("\n".join(lines[:end])):
            plain = {name.partition(":")[0]: value for name, value in row.items()}
            yield from ({**plain, "id": each} for each in str(row["id"]).split())
        lines = lines[end:]


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
    headed = _HEADED.match(first)
    once = next(csv.reader([headed[1]]), []) if headed else []
    same = dict(each.split("=", 1) for each in once if "=" in each)
    rows = csv.DictReader(io.StringIO(rest if headed else text.strip()))
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
        id=row.get("id") or row.get("field") or "",
        field=row.get("field") or "",
        operator=row.get("operator") or "",
        value=row.get("value"),
        hard=row.get("hard") is not False and not row.get("soft"),
        agent=row.get("agent") or "",
    )


def _preferences(text: str) -> Iterator[Preference]:
    """The objectives, ``field:goal:weight``: in a section of their own, or behind the names of the options' columns."""
    for field, goal, weight in dict.fromkeys(_OBJECTIVE.findall(text)):
        yield Preference(field, goal or "min", float(weight or 1))


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
