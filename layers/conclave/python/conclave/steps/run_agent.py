"""``run_agent``: an agent answers in a phase, and its answer is left in the journal."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from conclave.agents.assess import ModelPort, assess, choose
from conclave.agents.checks import Pool
from conclave.agents.consent import Consent, NoApprovals, StoredApprovals
from conclave.agents.meter import Meter
from conclave.agents.prices import PriceTable
from conclave.clock import Clock, Deadline, Timepiece, timestamp
from conclave.codec import convert, decode, encode
from conclave.deliberation.decide import score_options
from conclave.figures import INTERVENED, Observe, unobserved
from conclave.pack import Agent, Pack, ToolContext
from conclave.pack.tables import Tables
from conclave.records.journal import Journal
from conclave.records.runs import (
    FRAME,
    RunStore,
    collation_record,
)
from conclave.records.stored_records import RecordMissing, entry_of, leave, required, stored_assessments
from conclave.records.texts import packed, texts_record
from conclave.steps.branch import Branch
from conclave.types import (
    AgentKind,
    Assessment,
    AssessmentStatus,
    Choice,
    Collation,
    Frame,
    Phase,
)
from conclave.untrusted.detection import METRIC, adversarial

STOPPED = "guardrail_intervened"
"""Stop reason of a model whose request or answer the guardrail refused or changed."""


def perform_agent(
    run_id: str,
    phase: Phase,
    fence: int,
    *,
    agent_name: str,
    pack: Pack,
    runs: RunStore,
    journal: Journal,
    tables: Tables,
    model: ModelPort,
    prices: PriceTable,
    clock: Timepiece,
    deadline: Deadline,
    observe: Observe = unobserved,
    pool: Pool = ThreadPoolExecutor,
) -> Branch:
    """Lets an agent answer and leaves its answer in the journal. Answers a reference, no content."""
    agent = pack.agent(agent_name)
    journal.append(run_id, agent.name, {f"{phase}#started": encode({"at": timestamp(clock())})}, fence)
    frame, collation = _material(runs, run_id, phase)
    meter = Meter(prices, clock.monotonic)
    metadata = {"run_id": run_id, "agent": agent.name, "phase": phase.value}
    if agent.kind is AgentKind.ARBITER:
        if collation is None:
            raise RecordMissing(f"{run_id} has no collation to arbitrate on")
        answer: Assessment | Choice = choose(
            agent=agent,
            pack=pack,
            frame=frame,
            collation=collation,
            scored=score_options(frame.options, collation.constraints, pack.dimensions),
            preferences=_preferences(runs, run_id, pack),
            model=model,
            meter=meter,
            deadline=deadline,
            metadata=metadata,
        )
    else:
        incident = convert(dict(frame.incident), pack.incident)
        answer = assess(
            agent=agent,
            pack=pack,
            phase=phase,
            frame=frame,
            collation=collation,
            context=ToolContext(
                incident=incident, options=frame.options, tables=tables, now=runs.get(run_id).created_at
            ),
            model=model,
            meter=meter,
            deadline=deadline,
            metadata=metadata,
            consent=_consent(run_id, phase, agent, runs, journal, clock),
            pool=pool,
        )
    observe(INTERVENED, sum(each.stop_reason == STOPPED for each in answer.exchanges))
    # Together: whoever finds an answer finds what led to it, and a late duplicate replaces neither.
    entries = {texts_record(phase.value): packed(meter.texts), phase.value: entry_of(answer)}
    leave(run_id, agent.name, entries, fence, runs, journal)
    # Telemetry last: what it costs must not cost the answer.
    if isinstance(answer, Assessment):
        observe(METRIC, adversarial(fact.text for fact in answer.facts))
    status = AssessmentStatus.UNAVAILABLE if answer.failure else AssessmentStatus.OK
    return Branch(agent=agent.name, phase=phase.value, status=status.value)


def _consent(run_id: str, phase: Phase, agent: Agent, runs: RunStore, journal: Journal, clock: Clock) -> Consent:
    dangerous = any(tool.dangerous for tool in agent.tools)
    stored = StoredApprovals(run_id=run_id, agent=agent.name, phase=phase.value, runs=runs, journal=journal)
    approvals = stored if dangerous else NoApprovals()
    return Consent(agent=agent.name, run_id=run_id, phase=phase.value, approvals=approvals, clock=clock)


def _preferences(runs: RunStore, run_id: str, pack: Pack) -> Mapping[str, float]:
    """Mean score of the business agents by option, from their last answers."""
    latest = {
        each.agent: each
        for phase in (Phase.RECOMMEND, Phase.REVISE)
        for each in stored_assessments(runs, run_id, phase, pack)
        if each.kind is AgentKind.BUSINESS and each.status is AssessmentStatus.OK
    }
    options = sorted({option_id for each in latest.values() for option_id in each.scores})
    return {
        option_id: sum(each.scores.get(option_id, 0.0) for each in latest.values()) / len(latest)
        for option_id in options
    }


def _material(runs: RunStore, run_id: str, phase: Phase) -> tuple[Frame, Collation | None]:
    names = {
        Phase.RECOMMEND: (),
        Phase.REVISE: (collation_record(Phase.RECOMMEND),),
        Phase.ARBITRATE: (collation_record(Phase.REVISE), collation_record(Phase.RECOMMEND)),
    }[phase]
    stored = runs.read(run_id, (FRAME, *names))
    frame = required(stored, FRAME, run_id, Frame)
    last = next((name for name in names if name in stored), "")
    return frame, decode(stored[last], Collation) if last else None
