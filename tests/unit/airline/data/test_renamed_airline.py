"""The sample under other names decides alike: no code of an airline, a hub, a type or a rating means anything by itself.

The names keep their order in the alphabet, by which ties are broken.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from conclave.testing.tables import MemoryTables
from packs.airline import PACK
from packs.airline.models import Cause
from packs.airline.sample_data.operator import CARRIER, HUB, HUB_ZONE, TYPES

NAMES = {
    "EY": "EZ", "AUH": "AUX", "Asia/Dubai": "Asia/Muscat",
    "A320": "A32Q", "A321": "A32R", "A359": "A35X", "A350": "A35C",
    "B77W": "B77Y", "B777": "B77T", "B787": "B78C", "B789": "B78D",
}  # fmt: skip
_NAME = re.compile("|".join(rf"(?<![A-Za-z0-9]){name}(?=\d)" if name == "EY" else rf"\b{name}\b" for name in NAMES))
Decide = Callable[..., Any]


def renamed(value: Any) -> Any:
    """A row or an option with the other names, wherever they stand."""
    text = _NAME.sub(lambda each: NAMES[each[0]], json.dumps(value))
    return json.loads(re.sub(r'"(?:EY)"', '"EZ"', text))


@pytest.fixture(scope="module")
def network(rows: Mapping[str, Any]) -> MemoryTables:
    return MemoryTables(PACK.tables, {name: [renamed(each) for each in items] for name, items in rows.items()})


CASES: list[dict[str, Any]] = [
    {"flight": "EY17", "cause": Cause.TECHNICAL},
    {"flight": "EY17", "cause": Cause.WEATHER, "delay_minutes": 240},
    {"flight": "EY18", "cause": Cause.TECHNICAL, "delay_minutes": 180},
    {"flight": "EY33", "cause": Cause.CREW},
    {"flight": "EY454", "cause": Cause.CARGO, "delay_minutes": 180},
    {"flight": "EY103", "cause": Cause.TECHNICAL},
    {"flight": "EY799", "cause": Cause.AIRPORT, "delay_minutes": 120},
    {"flight": "EY759", "cause": Cause.WEATHER},
    {"flight": "EY838", "cause": Cause.TECHNICAL, "delay_minutes": 600},
    {"flight": "EY715", "cause": Cause.ATC, "delay_minutes": 45},
]


def told(room: Any) -> list[Any]:
    """The chosen option, all options and the gaps of a decision, as data."""
    return [
        room.chosen and room.chosen.id,
        [[each.id, each.action, dict(each.parameters), dict(each.fields), each.summary] for each in room.options],
        sorted(gap.item for gap in room.gaps),
        sorted((each.id, each.field, each.value) for each in room.constraints),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=[f"{case['flight']}-{case['cause']}" for case in CASES])
def test_the_renamed_airline_decides_alike(decide: Decide, network: MemoryTables, case: Mapping[str, Any]) -> None:
    decision = json.loads(json.dumps(told(decide(**case)), default=str))
    again = json.loads(json.dumps(told(decide(network, **{**case, "flight": renamed(case["flight"])})), default=str))
    assert again == renamed(decision)
    assert decision[1]


def test_nothing_but_the_sample_names_the_sample_s_airline() -> None:
    """Its flight numbers, registrations, hub and types stand in ``sample_data``; words for places are those of all airports."""
    names = re.compile(rf"\b(?:{CARRIER}\d|A6-|{HUB}\b|{HUB_ZONE}|(?:{'|'.join(TYPES)})\b)")
    root = PACK.folder
    files = [
        each for each in (*root.rglob("*.py"), *root.rglob("*.md")) if not {"sample_data", "words"} & set(each.parts)
    ]
    named = {str(each.relative_to(root)) for each in files if names.search(each.read_text(encoding="utf-8"))}
    assert len(files) > 80
    assert named == set()
