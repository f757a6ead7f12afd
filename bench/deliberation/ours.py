"""A run as Conclave makes it: the engine's own steps, Strands and the deployed adapters, over a client that counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from conclave.adapters.models.bedrock import BedrockExtractor
from conclave.adapters.models.strands_model import StrandsModel
from conclave.agents.prices import price_table
from conclave.clock import SystemClock
from conclave.pack import Agent, Pack
from conclave.results import Branch, Framed
from conclave.routing.chains import FRAMING, FRAMING_TIER, routes
from conclave.testing.journal import MemoryJournal
from conclave.testing.room import Room
from conclave.testing.run_store import MemoryRunStore
from conclave.types import Phase

from bench.deliberation.played import Case, Played, Stopwatch, played
from bench.deliberation.runtime import Runtime
from bench.deliberation.waiting import Step, TimedTables


@dataclass(frozen=True, kw_only=True)
class TimedRoom(Room):
    """A room in which every step counts what it waits for."""

    waits: defaultdict[Step, float]

    def frame(self, run_id: str) -> Framed:
        """See ``Room.frame``."""
        step = ("frame", "frame")
        with Stopwatch(self.waits, step):
            return Room.frame(self._reading_as(step), run_id)

    def answer(self, run_id: str, phase: Phase, fence: int, agent: Agent) -> Branch:
        """See ``Room.answer``."""
        return Room.answer(self._reading_as((phase.value, agent.name)), run_id, phase, fence, agent)

    def _reading_as(self, step: Step) -> Room:
        return replace(self, tables=TimedTables(self.tables, self.waits, step, one_by_one=False))


class _Bus:
    def send(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        """Nobody listens."""


def play(pack: Pack, case: Case) -> Played:
    """Decides a case."""
    prices, moment, runs = price_table(), datetime.fromisoformat(case.received).astimezone(UTC), MemoryRunStore()
    runtime, waits = Runtime(), defaultdict[Step, float](float)
    client: Any = runtime
    runs.create(case.run)

    def model(agent: Agent) -> StrandsModel:
        made = StrandsModel(routes().chain(agent.kind, agent.tier, prices.tiers), "bench", "1", pack.time_limit(agent))
        made._shared.client = client
        return made

    room = TimedRoom(
        pack=pack,
        runs=runs,
        journal=MemoryJournal(),
        tables=case.tables,
        extractor=BedrockExtractor(client, routes().chain(FRAMING, FRAMING_TIER, prices.tiers), "bench", "1", "run"),
        models=model,
        prices=prices,
        bus=_Bus(),
        clock=SystemClock(moment),
        waits=waits,
    )
    decision = room.deliberate("run")
    collation = room.context("run").records().last_collation
    return played(decision, tuple(collation.constraints) if collation else (), runtime, waits, prices)
