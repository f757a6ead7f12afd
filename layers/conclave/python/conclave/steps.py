"""The steps of a run, one function per Lambda function: read the records, call the pure code, write the result.

The ports come in as arguments, so the same steps run on AWS, on the local cloud, and in one process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from conclave import acts
from conclave.agents.assess import ModelPort, assess, choose
from conclave.agents.checks import Pool
from conclave.agents.consent import Consent, NoApprovals, StoredApprovals
from conclave.agents.meter import Meter
from conclave.agents.prices import PriceTable
from conclave.clock import Clock, Deadline, Timepiece, timestamp
from conclave.codec import convert, decode, encode
from conclave.deliberation.collate import collate
from conclave.deliberation.decide import decide, halted, score_options
from conclave.pack import Agent, Pack, ToolContext
from conclave.pack.tables import Tables
from conclave.records.admission import NOT_ADMITTED
from conclave.records.journal import Journal
from conclave.records.runs import (
    FRAME,
    PROPOSAL,
    REFUSAL,
    RecordStands,
    Run,
    RunStore,
    assessment_record,
    collation_record,
)
from conclave.records.stored_records import entry_of, leave, stored_assessments, usage_of
from conclave.records.texts import packed, texts_record
from conclave.records.untrusted_entries import assessment_in, choice_in
from conclave.types import (
    AgentKind,
    Assessment,
    AssessmentStatus,
    Choice,
    Collation,
    Decision,
    Failure,
    Frame,
    Phase,
    Reason,
    Refusal,
)
from conclave.untrusted.detection import METRIC, adversarial

T = TypeVar("T")

Observe = Callable[[str, float], None]
"""Takes a figure for operators: name and value. Nothing comes back from it."""

INTERVENED = "GuardrailIntervened"
STOPPED = "guardrail_intervened"
"""Stop reason of a model whose request or answer the guardrail refused or changed."""

SKIPPED = "skipped"
FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """What the phase machine knows of an agent's branch. Written by the machine and ``run_agent``, never by a model.

    ``status`` is ``ok`` or ``unavailable`` (there is an entry in the journal), ``skipped``, or ``failed`` with the error's name.
    """

    agent: str
    phase: str
    status: str
    error: str = ""


def unobserved(name: str, value: float) -> None:
    """Lets a figure go."""
    del name, value


class RecordMissing(Exception):
    """A step found no record of the step before it."""


def mark_once(runs: RunStore, run: Run, moment: str, clock: Clock, summary: str = "") -> None:
    """Marks a moment that has no mark yet: a repetition does not move it."""
    if moment not in run.marks:
        runs.mark(run.run_id, moment, timestamp(clock()), summary)


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


def perform_collate(
    run_id: str,
    phase: Phase,
    fence: int,
    branches: Sequence[Branch],
    *,
    pack: Pack,
    runs: RunStore,
    journal: Journal,
    clock: Clock,
) -> tuple[Collation, dict[str, Any]]:
    """Collates a phase. Answers the collation, and for the machine booleans only.

    Repeated, it answers what the first one collated: the record is written once under a fence.
    """
    name = collation_record(phase)
    if not runs.read(run_id, (name,), fence):
        with suppress(RecordStands):
            _collate(run_id, phase, fence, branches, pack=pack, runs=runs, journal=journal, clock=clock)
    collation = _require(runs.read(run_id, (name,), fence), name, run_id, Collation)
    mark_once(runs, runs.get(run_id), f"{phase}_ended", clock)
    halt = bool(collation.halts)
    return collation, {
        "halt": halt,
        "revise_any": bool(collation.revise) and not halt,
        "arbitrate": bool(collation.feasible) and not halt,
        "revise": {agent.name: agent.name in collation.revise for agent in pack.specialists},
    }


def _collate(
    run_id: str,
    phase: Phase,
    fence: int,
    branches: Sequence[Branch],
    *,
    pack: Pack,
    runs: RunStore,
    journal: Journal,
    clock: Clock,
) -> None:
    """Collates a phase and keeps it; raises ``RecordStands`` where somebody has under this fence."""
    name = collation_record(phase)
    frame = _frame(runs, run_id)
    previous = _previous(runs, run_id, phase)
    assessments = _assessments(run_id, phase, branches, pack, journal, asked=previous.revise if previous else None)
    collation = collate(
        phase=phase,
        options=frame.options,
        frame_gaps=frame.gaps,
        assessments=assessments,
        previous=previous,
        earlier=stored_assessments(runs, run_id, Phase.RECOMMEND, pack) if phase is Phase.REVISE else (),
    )
    answers = {each.agent: (each, encode(each)) for each in assessments}
    record = encode(collation)
    act = acts.collated(collation, at=timestamp(clock()), fence=fence, record=record, assessments=answers)
    records = {assessment_record(phase, name): data for name, (_, data) in answers.items()}
    runs.write(run_id, {**records, name: record}, fence, act, unless=(name,))


def perform_decide(
    run_id: str,
    fence: int,
    *,
    arbiter: Branch | None,
    failure: Failure | None,
    pack: Pack,
    runs: RunStore,
    journal: Journal,
    clock: Clock,
) -> tuple[Decision, int]:
    """Decides and keeps the proposal for ``publish``. The only way to an outcome.

    Answers the decision and the fence to publish under: a step that failed could not tell the machine its fence. Repeated, it
    answers what the first one proposed.
    """
    run = runs.get(run_id)
    if failure is not None:
        fence = max(fence, run.fence)
    if not runs.read(run_id, (PROPOSAL,), fence):
        choice = _choice(run_id, arbiter, pack, journal)
        decision = replace(_decision(run_id, choice, failure, pack, runs), usage=usage_of(runs, run_id, pack, choice))
        record = encode(decision)
        act = acts.proposed(decision, at=timestamp(clock()), fence=fence, record=record, choice=choice, failure=failure)
        with suppress(RecordStands):
            runs.write(run_id, {PROPOSAL: record}, fence, act, unless=(PROPOSAL,))
    if arbiter is not None:
        mark_once(runs, run, "arbitrate_ended", clock)
    return _require(runs.read(run_id, (PROPOSAL,), fence), PROPOSAL, run_id, Decision), fence


def _decision(run_id: str, choice: Choice | None, failure: Failure | None, pack: Pack, runs: RunStore) -> Decision:
    stored = runs.read(run_id, (REFUSAL, FRAME, *(collation_record(phase) for phase in Phase)))
    if REFUSAL in stored:
        refusal = decode(stored[REFUSAL], Refusal)
        return halted(Reason(code=refusal.code, detail=refusal.detail))
    if failure is not None and failure.error == NOT_ADMITTED:
        return halted(Reason(code="not_admitted", detail="too many runs at once; its turn did not come in time"))
    if failure is not None:
        return halted(Reason(code="step_failed", detail=f"{failure.cause}: {failure.error}"))
    frame = _require(stored, FRAME, run_id, Frame)
    last = next((name for name in map(collation_record, (Phase.REVISE, Phase.RECOMMEND)) if name in stored), "")
    collation = _require(stored, last, run_id, Collation)
    return decide(
        options=frame.options,
        collation=collation,
        choice=choice,
        dimensions=pack.dimensions,
        approvals=pack.approvals,
    )


def _choice(run_id: str, arbiter: Branch | None, pack: Pack, journal: Journal) -> Choice | None:
    if arbiter is None:
        return None
    entry = (pack.arbiter.name, Phase.ARBITRATE.value)
    stored = journal.read(run_id, [entry[0]], [entry[1]])
    choice = choice_in(stored, pack) if arbiter.status != FAILED else None
    if choice is None:
        failure = _no_answer(arbiter, there_is_one=entry in stored)
        return Choice(option_id="", ranking=(), justification="", confidence=0.0, failure=failure)
    return choice


def _no_answer(branch: Branch, *, there_is_one: bool) -> Failure:
    error = branch.error or ("EntryForeign" if there_is_one else "NoAnswer")
    return Failure(error=error, cause="the function ended without an answer")


def _assessments(
    run_id: str,
    phase: Phase,
    branches: Sequence[Branch],
    pack: Pack,
    journal: Journal,
    *,
    asked: Sequence[str] | None,
) -> tuple[Assessment, ...]:
    """One assessment for every specialist that was not skipped: from the journal, or typed ``unavailable``.

    A specialist without a branch, or with two, counts as failed, and so does one that was asked again and says it was
    skipped: nobody can be left out by leaving them out, or by speaking in their name. ``asked`` are those who had to answer;
    None for everybody.
    """
    named = [branch.agent for branch in branches]
    by_agent = {branch.agent: branch for branch in branches if named.count(branch.agent) == 1}
    names = [agent.name for agent in pack.specialists]
    stored = journal.read(run_id, names, [phase.value])
    assessments = []
    for agent in pack.specialists:
        branch = by_agent.get(agent.name, Branch(agent=agent.name, phase=phase.value, status=FAILED, error="NoBranch"))
        if branch.status == SKIPPED and asked is not None and agent.name not in asked:
            continue
        left = assessment_in(stored, agent, phase)
        if left is not None and branch.status in (AssessmentStatus.OK, AssessmentStatus.UNAVAILABLE):
            assessments.append(left)
            continue
        # A function that died after it had answered has failed; what its checks had found is known all the same.
        assessments.append(
            Assessment(
                agent=agent.name,
                kind=agent.kind,
                phase=phase,
                status=AssessmentStatus.UNAVAILABLE,
                constraints=left.constraints if left else (),
                gaps=left.gaps if left else (),
                failure=_no_answer(branch, there_is_one=(agent.name, phase.value) in stored),
            )
        )
    return tuple(assessments)


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
    frame = _require(stored, FRAME, run_id, Frame)
    last = next((name for name in names if name in stored), "")
    return frame, decode(stored[last], Collation) if last else None


def _frame(runs: RunStore, run_id: str) -> Frame:
    return _require(runs.read(run_id, (FRAME,)), FRAME, run_id, Frame)


def _previous(runs: RunStore, run_id: str, phase: Phase) -> Collation | None:
    if phase is Phase.RECOMMEND:
        return None
    name = collation_record(Phase.RECOMMEND)
    return _require(runs.read(run_id, (name,)), name, run_id, Collation)


def _require(stored: Mapping[str, bytes], name: str, run_id: str, record: type[T]) -> T:
    if name not in stored:
        raise RecordMissing(f"{run_id} has no record {name or record.__name__}")
    return decode(stored[name], record)
