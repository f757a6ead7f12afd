"""Plays a week: runs with everything that is cached, reports that come again, and an oracle that decides anew."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields
from random import Random
from typing import Any

from conclave.agents.prices import price_table
from conclave.api.earlier import Asker, earlier_decision, told_here
from conclave.codec import decode
from conclave.codes import Withheld
from conclave.pack import Agent
from conclave.records.run_records import records_of
from conclave.records.runs import DECISION, Run
from conclave.results import Branch, Framed
from conclave.testing.bus import RecordingBus
from conclave.testing.journal import MemoryJournal
from conclave.testing.room import Room
from conclave.testing.run_store import MemoryRunStore
from conclave.types import AgentKind, Decision, Phase, RunStatus
from msgspec import structs

from bench.caches.site import Site
from bench.caches.week import MOVED_MEANWHILE, SECONDS_OF_A_RUN, Event
from evaluation.room import decide
from evaluation.scenarios import Scenario
from local.bedrock.offline.in_process import PolicyModel, policy_extractor

ASKER = Asker(name="api:dispatcher", reads_runs=True)


@dataclass(frozen=True, kw_only=True)
class Functions(Room):
    """A room in which each step reads as its function does when it is deployed."""

    site: Site

    def frame(self, run_id: str) -> Framed:
        """See ``Room.frame``."""
        tables = self.site.framing()
        framed = self._reading(tables).frame(run_id)
        tables.leave()
        return framed

    def answer(self, run_id: str, phase: Phase, fence: int, agent: Agent) -> Branch:
        """See ``Room.answer``. Somebody may load movements just before the first agent answers again."""
        if phase is Phase.REVISE:
            self.site.load_meanwhile()
        return self._reading(self.site.of_agent(agent)).answer(run_id, phase, fence, agent)

    def _reading(self, tables: Any) -> Room:
        shared = {each.name: getattr(self, each.name) for each in fields(Room)}
        return Room(**{**shared, "tables": tables})


@dataclass
class Desk:
    """Where the events of a week arrive.

    Attributes:
        site: The deployment.
        scenarios: The incidents by number.
        told: What repetitions were told, by ``given`` or why not.
        wrong: Decisions that were given and would be others now.
        checks: Safety agents that answered again: whose checks stood, and whose were run again.
    """

    site: Site
    scenarios: list[Scenario]
    runs: MemoryRunStore = field(default_factory=MemoryRunStore)
    told: Counter[str] = field(default_factory=Counter)
    wrong: int = 0
    checks: Counter[str] = field(default_factory=Counter)
    ends: dict[str, float] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Lets an event happen."""
        self.site.clock.seconds = event.at
        if event.kind == "load":
            self.site.load(event.what, f"{event.at:.0f}")
        elif event.kind == "change":
            self.site.write(self.scenarios[int(event.what)].changes)
        elif event.kind == "same":
            self._again(event)
        else:
            self._run(event, f"run-{event.kind}-{event.what}")

    def _run(self, event: Event, run_id: str) -> None:
        scenario, site, prices = self.scenarios[int(event.what)], self.site, price_table()
        self.runs.create(
            Run(
                run_id=run_id,
                status=RunStatus.RUNNING,
                pack=site.pack.name,
                created_at=scenario.received,
                updated_at=scenario.received,
                correlation_id="week",
                text=scenario.body.get("text", ""),
                incident=dict(scenario.body.get("incident", {})),
            )
        )
        site.meanwhile = "flights" if Random(run_id).random() < MOVED_MEANWHILE else ""

        def model(agent: Agent) -> PolicyModel:
            return PolicyModel(prices.model(agent.tier))

        room = Functions(
            pack=site.pack,
            runs=self.runs,
            journal=MemoryJournal(),
            tables=site.visible,
            extractor=policy_extractor(prices.model("fast")),
            models=model,
            prices=prices,
            bus=RecordingBus(),
            clock=site.clock,
            site=site,
        )
        room.deliberate(run_id)
        site.load_meanwhile()
        self.ends[run_id] = event.at + SECONDS_OF_A_RUN
        self._look_at_checks(run_id)

    def _look_at_checks(self, run_id: str) -> None:
        for (phase, _), each in records_of(run_id, self.runs, self.site.pack).assessments.items():
            if phase is Phase.REVISE and each.kind is AgentKind.SAFETY:
                self.checks["ran" if each.tool_calls else "stood"] += 1

    def _again(self, event: Event) -> None:
        run_id, site = f"run-report-{event.what}", self.site
        if event.at < self.ends[run_id]:
            self.told[Withheld.IN_FLIGHT] += 1
            return
        found = earlier_decision(
            run_id,
            ASKER,
            pack=site.pack,
            runs=self.runs,
            versions=site.versions,
            bus=RecordingBus(),
            clock=site.clock,
            told=told_here(),
        )
        self.told[found.why_not or "given"] += 1
        if found.why_not is None:
            self.wrong += not self._stands(run_id, event)

    def _stands(self, run_id: str, event: Event) -> bool:
        """True if the same report decides the same over the data of now, with nothing cached."""
        scenario = self.scenarios[int(event.what)]
        anew = decide(
            pack=self.site.pack, tables=self.site.visible, received=scenario.received, **scenario.body
        ).decision
        given = decode(self.runs.read(run_id, [DECISION])[DECISION], Decision)
        return structs.replace(anew, usage=given.usage) == given
