"""Ten reports about the made-up airline, read without a model and decided in process on its own files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from conclave.agents.meter import Meter
from conclave.agents.prices import price_table
from conclave.records.runs import Run
from conclave.steps.frame import typed_incident
from conclave.testing.rehearsal import rehearse
from conclave.testing.tables import MemoryTables
from conclave.types import RunStatus
from msgspec import structs
from packs.airline import PACK
from packs.airline.journeys import derived
from packs.airline.layout import LAYOUT
from quartz_air import SENTENCES, written_for

from cli.data.loading import read_files
from local.bedrock.offline.in_process import policy_extractor

DATE = "2026-11-21"
RECEIVED = f"{DATE}T04:00:00Z"
Decide = Callable[..., Any]


@pytest.fixture(scope="module")
def quartz_rows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    found = read_files(written_for(DATE, tmp_path_factory.mktemp("quartz")), LAYOUT, PACK.tables).rows
    return {**found, **derived(found)}


@pytest.fixture(scope="module")
def quartz(quartz_rows: dict[str, list[Any]]) -> MemoryTables:
    return MemoryTables(PACK.tables, quartz_rows)


@pytest.mark.slow
@pytest.mark.parametrize(("sentence", "flight", "actions"), SENTENCES, ids=[each[1] for each in SENTENCES])
def test_a_report_is_read_and_decided_sensibly(
    quartz: MemoryTables, decide: Decide, sentence: str, flight: str, actions: frozenset[str]
) -> None:
    run = Run(
        run_id="quartz",
        status=RunStatus.RUNNING,
        pack=PACK.name,
        created_at=RECEIVED,
        updated_at=RECEIVED,
        correlation_id="quartz",
        text=sentence.format(day=DATE),
    )
    prices = price_table()
    read = typed_incident(run, PACK, quartz, policy_extractor(prices.model("fast")), Meter(prices))
    room = decide(quartz, **structs.asdict(read))
    assert (room.incident.flight, room.incident.not_understood) == (flight, ())
    assert room.chosen is not None, [gap.item for gap in room.gaps if gap.mandatory]
    assert room.chosen.action in actions


def test_a_run_about_it_goes_through_all_steps_to_its_published_decision(quartz_rows: dict[str, list[Any]]) -> None:
    """Checks, collations, arbiter, decision and audit, with agents that agree; nothing names the sample's airline."""
    incident = {"flight": "QZ101", "date": DATE, "problems": [{"cause": "technical", "minutes": 240}]}
    done = rehearse(PACK, quartz_rows, incident, received=RECEIVED)
    assert done.decision.status in ("decided", "approval_required"), done.reasons
    assert not re.search(r"\bEY\d|AUH|A6-|Dubai", json.dumps(done.document, default=str))
