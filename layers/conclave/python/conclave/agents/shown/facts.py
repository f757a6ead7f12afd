"""Facts as tables: one for each kind, with few cells.

The first column is named by what all ids of the table begin with, and its cells hold the rest. What an id says is not said again,
and of a moment the year is left out: all lie within months of the incident's date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import takewhile

from conclave.types import Fact, Value
from conclave.untrusted.sections import Grid, cell, clean, name_of

_FOLDERS = re.compile(r"[\w.:#-]+/(?:[\w.:#-]+/)*", re.ASCII)
_MOMENT = re.compile(r"\d{4}-(\d\d-\d\d)[T ](\d\d:\d\d)(?::00(?:\.000)?)?(Z|[+-]\d\d:\d\d)", re.ASCII)


def fact_grid(kind: str, facts: Sequence[Fact]) -> Grid:
    """The facts of a kind as a table."""
    ids = [clean(fact.id) for fact in facts]
    begins = _beginning(ids)
    names = [name for name in _names(facts) if not all(_repeats(fact, name) for fact in facts)]
    columns = [f"value_{name}" if name in {"id", "text"} else name_of(name) for name in names]
    rows = [
        [key.removeprefix(begins), *(_told(fact.values.get(name)) for name in names), clean(fact.text)]
        for key, fact in zip(ids, facts, strict=True)
    ]
    return Grid([begins or "id", *columns, "text"], rows, kind, untrusted=any(fact.text for fact in facts))


def _names(facts: Iterable[Fact]) -> Sequence[str]:
    return list(dict.fromkeys(name for fact in facts for name, value in fact.values.items() if value is not None))


def _beginning(ids: Sequence[str]) -> str:
    """The folders that all ids have in common, with the slash; empty where they cannot name a column."""
    parts = zip(*(each.split("/")[:-1] for each in ids), strict=False)
    name = "".join(f"{same[0]}/" for same in takewhile(lambda several: len(set(several)) == 1, parts))
    return name if _FOLDERS.fullmatch(name) else ""


def _repeats(fact: Fact, name: str) -> bool:
    value = fact.values.get(name)
    return value is None or (isinstance(value, str) and len(value) > 2 and value in re.split(r"[/#]", fact.id))


def _told(value: Value) -> str:
    moment = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    return f"{moment[1]} {moment[2]}{moment[3]}" if moment else cell(value)
