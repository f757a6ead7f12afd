"""Runs of the example pack that ended on earlier days, each with answers in the words of its models."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from conclave.agents.assess import Question
from conclave.agents.meter import Meter
from conclave.agents.prices import price_table
from conclave.clock import SystemClock, timestamp
from conclave.records.journal import Journal
from conclave.records.runs import Run, RunStore
from conclave.testing.bus import RecordingBus
from conclave.testing.models import ScriptedModel, agreeable
from conclave.testing.room import Room
from conclave.testing.tables import MemoryTables
from conclave.types import AgentKind, RunStatus
from packs.example import PACK


def careful(question: Question) -> Mapping[str, Any]:
    """An answer whose prose keeps every rule of quality."""
    return _saying(question, "O1 waits for the depot and keeps every rule there is.")


def careless(question: Question) -> Mapping[str, Any]:
    """An answer that makes a figure up."""
    return _saying(question, "O1 saves 777,777 dollars, and that is the whole point of it.")


def _saying(question: Question, prose: str) -> Mapping[str, Any]:
    name = "justification" if question.agent.kind is AgentKind.ARBITER else "rationale"
    return {**agreeable(question), name: prose}


class _NoExtractor:
    model_id = ""

    def extract(self, text: str, schema: Mapping[str, Any], received: str, meter: Meter) -> Mapping[str, Any]:
        raise AssertionError("typed incidents only")


class Days:
    """Runs of many days in one store.

    Args:
        runs: Where they are kept.
        journal: Where their answers are.
        today: The day that ``days_ago`` counts from.
    """

    def __init__(self, runs: RunStore, journal: Journal, today: datetime) -> None:
        self.runs, self.journal, self.today = runs, journal, today
        rows = {name: list(items) for name, items in PACK.sample("2026-11-21", 1).items()}
        self._tables = MemoryTables(PACK.tables, rows)

    def decided(self, days_ago: int, number: int, answer: Any = careful) -> str:
        """Takes a run of that day to its decision; answers its id."""
        at = self.today - timedelta(days=days_ago)
        run_id, stamp = f"run-{days_ago}-{number}", timestamp(at)
        self.runs.create(
            Run(
                run_id=run_id,
                status=RunStatus.RUNNING,
                pack=PACK.name,
                created_at=stamp,
                updated_at=stamp,
                correlation_id="c",
                text="",
                incident={"parcel": "P101"},
            )
        )
        prices = price_table()
        room = Room(
            pack=PACK,
            runs=self.runs,
            journal=self.journal,
            tables=self._tables,
            extractor=_NoExtractor(),
            models=lambda agent: ScriptedModel(prices.model(agent.tier), answer),
            prices=prices,
            bus=RecordingBus(),
            clock=SystemClock(at),
        )
        room.deliberate(run_id)
        return run_id
