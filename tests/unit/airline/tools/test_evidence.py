"""What a rule rests on can be opened: its evidence id is that of a fact that its agent or the planner told."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import cycle
from pathlib import Path
from typing import Any

import packs.airline.tools.regulatory as regulatory
import pytest
from conclave.pack.tables import Item
from conclave.testing.tables import MemoryTables
from packs.airline import PACK
from packs.airline.models import Cause

Decide = Callable[..., Any]
Rows = Mapping[str, list[Item]]
DATE = "2026-11-21"
CLOSED = {
    "station": "LHR",
    "notam_id": "A9999/26",
    "from_utc": f"{DATE}T00:00:00Z",
    "until_utc": f"{DATE}T23:59:00Z",
    "text": "AD CLSD",
    "closes": "aerodrome",
    "closed": [f"{DATE}T11:30:00Z/{DATE}T14:00:00Z"],
}


def unfounded(room: Any) -> set[tuple[str, str]]:
    """Rules whose evidence nobody told, with that."""
    planned = {each.id for each in room.planned}
    told = {agent: {each.id for each in result.facts} for agent, result in room.results.items()}
    return {
        (each.id, each.evidence_id) for each in room.constraints if each.evidence_id not in planned | told[each.agent]
    }


def written() -> set[str]:
    """Ids of rules as the tools have them in their text, without those that are made of a registration."""
    folder = Path(str(regulatory.__file__)).parent
    text = "".join(each.read_text(encoding="utf-8") for each in sorted(folder.glob("*.py")))
    return set(re.findall(r'\b(?:limit|rule|preferred)\(\s*"([a-z_]+\.[a-z_]+)"', text))


@pytest.mark.slow
def test_the_evidence_of_every_rule_is_told(decide: Decide, rows: Rows) -> None:
    """One flight to each airport, with the causes in turn, and what brings the rules that are seldom there."""
    closing = MemoryTables(PACK.tables, {**rows, "notams": [*rows["notams"], CLOSED]})
    causes = cycle(Cause)
    flights = {each["destination"]: each for each in rows["flights"]}.values()
    rooms = [
        *(decide(flight=each["number"], date=each["date"], cause=next(causes), delay_minutes=200) for each in flights),
        decide(flight="EY17", cause=Cause.TECHNICAL),
        decide(flight="EY17", cause=Cause.ATC, delay_minutes=180),
        decide(flight="EY33", cause=Cause.CREW),
        decide(closing, flight="EY17", cause=Cause.OTHER),
    ]
    assert [unfounded(each) for each in rooms] == [set()] * len(rooms)
    seen = {each.id for room in rooms for each in room.constraints}
    assert len(written()) >= 27
    assert written() - seen == set()
    assert {"aog", "mel", "unserviceable"} <= {each.split(".")[0] for each in seen}


@pytest.mark.parametrize(
    ("table", "gone"),
    [
        ("weather", {"station": "LHR"}),
        ("lease_offers", {}),
        ("slots", {}),
        ("notams", {}),
        ("airports", {"iata": "LHR"}),
    ],
)
def test_what_is_missing_is_no_evidence(decide: Decide, rows: Rows, table: str, gone: Item) -> None:
    kept = [each for each in rows[table] if not gone.items() <= each.items()]
    room = decide(MemoryTables(PACK.tables, {**rows, table: kept}), flight="EY17", cause=Cause.TECHNICAL)
    assert unfounded(room) == set()
