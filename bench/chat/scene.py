"""Five runs of the airline's sample network in one process, and who answers questions about them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from conclave.agents.assess import ModelPort
from conclave.agents.prices import price_table
from conclave.api.asking.questions import answer_question
from conclave.caches.tables import VersionedTables
from conclave.caches.versions import writing
from conclave.clock import Deadline, SystemClock, timestamp
from conclave.configuration.settings import MoneySettings
from conclave.conversation.converse import Reply, Talk, converse
from conclave.pack import Agent, Item, Pack, load_pack
from conclave.records.runs import Run
from conclave.testing.bus import RecordingBus
from conclave.testing.data_versions import MemoryDataVersions
from conclave.testing.journal import MemoryJournal
from conclave.testing.models import MemoryBreakers, MemoryCircuits
from conclave.testing.room import Room
from conclave.testing.run_store import MemoryRunStore
from conclave.testing.tables import MemoryTables
from conclave.types import RunStatus

from local.bedrock.offline.in_process import PolicyModel, policy_extractor

DAY = "2026-11-21"
RECEIVED = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
PRICES = price_table()
SECONDS = 60.0
ASKER = "arn:aws:iam::123456789012:user/duty"
NEVER_WRITTEN = "legs"
"""A table without a row in the sample, as a load leaves it: it has no version."""
FREE = ("remark", "note", "text")
"""Columns of the airline that hold what strangers write."""


@dataclass(kw_only=True)
class Scene:
    """A deployment in one process: tables with versions, runs that are over, and a clock that is told how late it is.

    Attributes:
        pack: The airline.
        runs: The runs.
        journal: What agents and the conversation left.
        versions: Versions of the tables.
        now: The time.
        ceilings: Of day and month.
        circuits: How models are doing.
        remark: What stands in every remark, note and notice of the data; the sample's own if it is empty.
    """

    pack: Pack = field(default_factory=lambda: load_pack("airline"))
    runs: MemoryRunStore = field(default_factory=MemoryRunStore)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    versions: MemoryDataVersions = field(default_factory=MemoryDataVersions)
    now: datetime = RECEIVED - timedelta(hours=1)
    remark: str = ""
    ceilings: MoneySettings = field(default_factory=MoneySettings)
    circuits: MemoryCircuits = field(default_factory=MemoryCircuits)

    def __post_init__(self) -> None:
        self._rows = MemoryTables(self.pack.tables, self._sample())
        self.write(table.name for table in self.pack.tables if table.name != NEVER_WRITTEN)
        self.now = RECEIVED

    def _sample(self) -> Mapping[str, Iterable[Item]]:
        rows = self.pack.sample(DAY, 7)
        if not self.remark:
            return rows
        return {
            table: [{**row, **{name: self.remark for name in FREE if name in row}} for row in items]
            for table, items in rows.items()
        }

    def write(self, tables: Iterable[str]) -> None:
        """Gives tables a new version, as somebody does who writes them."""
        for table in tables:
            with writing(self.versions, table, SystemClock(self.now)):
                pass

    @property
    def tables(self) -> VersionedTables:
        """The tables of one invocation."""
        return VersionedTables(self._rows, self.versions, SystemClock(self.now))

    def decide(self, run_id: str, text: str) -> None:
        """Takes a report to its decision."""
        stamp = timestamp(self.now)
        self.runs.create(
            Run(
                run_id=run_id,
                status=RunStatus.RUNNING,
                pack=self.pack.name,
                created_at=stamp,
                updated_at=stamp,
                correlation_id="chat",
                text=text,
            )
        )
        Room(
            pack=self.pack,
            runs=self.runs,
            journal=self.journal,
            tables=self.tables,
            extractor=policy_extractor(PRICES.model("fast")),
            models=_model,
            prices=PRICES,
            bus=RecordingBus(),
            clock=SystemClock(self.now),
        ).deliberate(run_id)

    def breakers(self) -> MemoryBreakers:
        """What somebody who asks now knows of how models are doing."""
        clock = SystemClock(self.now)
        return MemoryBreakers(self.circuits, set(PRICES.tiers.values()), clock, run_id="question", probes=True)

    def ask(self, run_id: str, question: str, models: Mapping[str, ModelPort] | None = None) -> Reply:
        """Asks about a run; ``models`` answer for agents by name instead of the offline policy."""
        with self._talk(models or {}) as talk:
            return converse(run_id, question, talk, Deadline(SECONDS), by=ASKER)

    def answer(self, run_id: str, question: str) -> dict[str, Any]:
        """Asks about a run as the API does."""
        with self._talk({}) as talk:
            return answer_question(run_id, question, talk, Deadline(SECONDS), by=ASKER)

    @contextmanager
    def _talk(self, others: Mapping[str, Any]) -> Iterator[Talk]:
        breakers = self.breakers()
        talk = Talk(
            pack=self.pack,
            runs=self.runs,
            journal=self.journal,
            tables=self.tables,
            models=lambda agent: others.get(agent.name) or _model(agent),
            prices=PRICES,
            spending=self.runs,
            ceilings=self.ceilings,
            breakers=breakers,
            chain=lambda tier: [PRICES.model(tier)],
            clock=SystemClock(self.now),
            strict=True,
        )
        try:
            yield talk
        finally:
            breakers.settle()


def _model(agent: Agent) -> PolicyModel:
    return PolicyModel(PRICES.model(agent.tier))
