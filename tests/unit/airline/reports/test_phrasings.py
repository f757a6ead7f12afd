"""Reports in free text: through the deployed extractor, answered by the offline policy, to a flight or to a question back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conclave.agents.meter import Meter
from conclave.agents.prices import price_table
from conclave.records.runs import Run
from conclave.steps.frame import frame_run
from conclave.testing.room import Unscreened
from conclave.testing.tables import MemoryTables
from conclave.types import Frame, Plan, RunStatus
from msgspec import structs
from packs.airline import PACK

from local.bedrock.offline.in_process import policy_extractor

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("phrasings.json").read_text(encoding="utf-8"))
NOW = "2026-11-21T04:00:00Z"
FRAMING_ONLY = structs.replace(PACK, plan=lambda incident, tables, now: Plan(options=(), facts=()))


def framed(text: str, tables: MemoryTables) -> Any:
    run = Run(
        run_id="run-1",
        status=RunStatus.RUNNING,
        pack="airline",
        created_at=NOW,
        updated_at=NOW,
        correlation_id="c",
        text=text,
    )
    prices = price_table()
    return frame_run(run, FRAMING_ONLY, tables, policy_extractor(prices.model("fast")), Unscreened(), Meter(prices))


def test_there_are_at_least_sixty() -> None:
    assert len({case["text"] for case in CASES}) == len(CASES) >= 60


@pytest.mark.parametrize("case", CASES, ids=[case["text"] for case in CASES])
def test_a_report_finds_its_flight_or_asks_back(case: dict[str, Any], tables: MemoryTables) -> None:
    outcome = framed(case["text"], tables)
    if "code" not in case:
        assert isinstance(outcome, Frame), outcome
        told: Any = outcome.incident["problems"]
        (problem,) = told
        found = {"delay_minutes": problem["minutes"], "cause": problem["cause"], **outcome.incident}
        wanted = {name: case.get(name, 0) for name in ("flight", "date", "cause", "delay_minutes")}
        assert {name: found[name] for name in wanted} == wanted
        return
    assert not isinstance(outcome, Frame), outcome.incident
    assert outcome.code == f"incident_{case['code']}"
    if "candidates" in case:
        assert sorted(outcome.candidates) == sorted(case["candidates"])
    assert set(case.get("includes", ())) <= set(outcome.candidates)
