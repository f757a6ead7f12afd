"""A run in process, answered by the offline policy: the engine's own steps, no AWS, no agent framework, no sockets."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from conclave.agents.assess import ModelPort
from conclave.agents.prices import price_table
from conclave.api.documents import run_document
from conclave.clock import SystemClock, timestamp
from conclave.codec import decode
from conclave.pack import Agent, Pack
from conclave.pack.tables import Tables
from conclave.quality.answers import Judged, judge_run
from conclave.records.runs import FRAME, Run
from conclave.testing.journal import MemoryJournal
from conclave.testing.room import Room
from conclave.testing.run_store import MemoryRunStore
from conclave.types import Decision, Frame, RunStatus

from local.bedrock.offline.in_process import PolicyModel, policy_extractor


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The results of a run.

    Attributes:
        decision: The published decision.
        frame: Incident and options; ``None`` when the incident fitted no data.
        duration_seconds: Wall time of the run.
        document: The run as the API shows it.
        judged: Its answers, judged by the rules of quality.
    """

    decision: Decision
    frame: Frame | None
    duration_seconds: float
    document: Mapping[str, Any]
    judged: Judged

    @property
    def options(self) -> list[dict[str, Any]]:
        """All options with their published totals and violations; none when the incident fitted no data."""
        planned = self.frame.options if self.frame else ()
        return [
            {
                "id": option.id,
                "action": option.action,
                "summary": option.summary,
                "parameters": option.parameters,
                "fields": option.fields,
                "total": scored.total,
                "violations": scored.violations,
            }
            for option, scored in zip(planned, self.decision.options, strict=False)
        ]


@dataclass(slots=True)
class _Bus:
    sent: list[Mapping[str, Any]] = field(default_factory=list)

    def send(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        self.sent.append(detail)


def decide(
    *,
    pack: Pack,
    tables: Tables,
    received: str,
    text: str = "",
    incident: Mapping[str, Any] | None = None,
    models: Callable[[Agent], ModelPort] | None = None,
) -> Outcome:
    """Takes one report to its published decision.

    Args:
        pack: The domain.
        tables: Its data.
        received: Time of receipt, ISO 8601 UTC; the clock of the run stands still there.
        text: The report as a sentence, or
        incident: as typed fields.
        models: Makes the model of an agent; the offline policy answers where none is given.
    """
    moment = datetime.fromisoformat(received).astimezone(UTC)
    runs, journal = MemoryRunStore(), MemoryJournal()
    stamp = timestamp(moment)
    runs.create(
        Run(
            run_id="run",
            status=RunStatus.RUNNING,
            pack=pack.name,
            created_at=stamp,
            updated_at=stamp,
            correlation_id="evaluation",
            text=text,
            incident=dict(incident or {}),
        )
    )
    prices = price_table()

    def model(agent: Agent) -> PolicyModel:
        return PolicyModel(prices.model(agent.tier))

    room = Room(
        pack=pack,
        runs=runs,
        journal=journal,
        tables=tables,
        extractor=policy_extractor(prices.model("fast")),
        models=models or model,
        prices=prices,
        bus=_Bus(),
        clock=SystemClock(moment),
    )
    began = time.monotonic()
    decision = room.deliberate("run")
    taken = time.monotonic() - began
    stored = runs.read("run", [FRAME])
    frame = decode(stored[FRAME], Frame) if FRAME in stored else None
    return Outcome(
        decision=decision,
        frame=frame,
        duration_seconds=round(taken, 4),
        document=run_document("run", pack=pack, runs=runs, journal=journal, stage="evaluation", clock=room.clock),
        judged=judge_run("run", pack=pack, runs=runs, journal=journal),
    )
