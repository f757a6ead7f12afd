"""Rehearsals: a pack's typed incident taken to its published decision in one process, over rows that the caller gives.

from conclave.testing.rehearsal import rehearse
from packs.example import PACK

rows = PACK.sample("2026-11-21", 1)
done = rehearse(PACK, rows, PACK.typed_example("2026-11-21"), received="2026-11-21T06:00:00Z")
assert done.decision.status == "decided", done.reasons
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from conclave.agents.meter import Meter
from conclave.agents.prices import price_table
from conclave.api.documents import run_document
from conclave.clock import SystemClock, timestamp
from conclave.codec import RecordInvalid, convert
from conclave.pack import Agent, Item, Pack
from conclave.records.runs import Run
from conclave.testing.bus import RecordingBus
from conclave.testing.journal import MemoryJournal
from conclave.testing.models import Answer, ScriptedModel, agreeable
from conclave.testing.room import Room
from conclave.testing.run_store import MemoryRunStore
from conclave.testing.tables import MemoryTables
from conclave.types import Decision, RunStatus
from conclave.untrusted.explaining import explained

RUN_ID = "run-rehearsed"


class IncidentInvalid(Exception):
    """The incident does not fit the pack; the message says what it may be."""


class AgentUnknown(Exception):
    """An answer is given for an agent that the pack does not have; the message lists those it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A run that was rehearsed.

    Attributes:
        decision: The published decision, or the one that people have to act on (``approval_required``).
        document: The run as the API shows it: options with fields, scores and violations, agents, constraints, gaps.
        events: Detail type and detail of what the bus was told.
    """

    decision: Decision
    document: Mapping[str, Any]
    events: tuple[tuple[str, Mapping[str, Any]], ...]

    @property
    def reasons(self) -> list[str]:
        """Codes of the decision's reasons."""
        return [reason.code for reason in self.decision.reasons]


class _NoExtractor:
    model_id = ""

    def extract(self, text: str, schema: Mapping[str, Any], received: str, meter: Meter) -> Mapping[str, Any]:
        raise AssertionError("a rehearsal takes typed incidents")


def rehearse(
    pack: Pack,
    rows: Mapping[str, Iterable[Item]],
    incident: Mapping[str, Any],
    *,
    received: str,
    answers: Mapping[str, Answer] | None = None,
) -> Rehearsal:
    """Takes a typed incident through all steps of a run: checks, collations, arbiter, decision, publication.

    Args:
        pack: The domain.
        rows: Its data: items by table.
        incident: The fields of the incident, as the API takes them.
        received: When it came in, ISO 8601 UTC; time stands still there.
        answers: How the models of agents answer, by agent; ``agreeable`` where none is given.

    Returns:
        The decision and the run's document. It is the engine's own code that runs; only stores and models are in memory.

    Raises:
        PackInvalid: The pack contradicts itself.
        IncidentInvalid: The incident does not fit the pack.
        AgentUnknown: ``answers`` name an agent that the pack does not have.
    """
    pack.validate()
    try:
        convert(dict(incident), pack.incident)
    except RecordInvalid as error:
        raise IncidentInvalid(explained(error, pack.incident)) from error
    given = dict(answers or {})
    names = [agent.name for agent in pack.agents]
    if unknown := sorted(given.keys() - set(names)):
        raise AgentUnknown(f"the pack {pack.name} has no agent {', '.join(unknown)}; it has: {', '.join(names)}")
    clock = SystemClock(datetime.fromisoformat(received).astimezone(UTC))
    runs, journal, bus, prices = MemoryRunStore(), MemoryJournal(), RecordingBus(), price_table()
    runs.create(_run(pack, incident, timestamp(clock())))

    def model(agent: Agent) -> ScriptedModel:
        return ScriptedModel(prices.model(agent.tier), given.get(agent.name, agreeable))

    room = Room(
        pack=pack,
        runs=runs,
        journal=journal,
        tables=MemoryTables(pack.tables, {name: list(items) for name, items in rows.items()}),
        extractor=_NoExtractor(),
        models=model,
        prices=prices,
        bus=bus,
        clock=clock,
    )
    decision = room.deliberate(RUN_ID)
    document = run_document(RUN_ID, pack=pack, runs=runs, journal=journal, stage="rehearsal", clock=clock)
    return Rehearsal(decision=decision, document=document, events=tuple(bus.sent))


def _run(pack: Pack, incident: Mapping[str, Any], now: str) -> Run:
    return Run(
        run_id=RUN_ID,
        status=RunStatus.RUNNING,
        pack=pack.name,
        created_at=now,
        updated_at=now,
        correlation_id=RUN_ID,
        text="",
        incident=dict(incident),
    )
