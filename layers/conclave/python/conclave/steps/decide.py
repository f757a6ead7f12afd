"""``decide``: the only way to an outcome; the proposal is kept for ``publish``."""

from __future__ import annotations

from msgspec import structs

from conclave.codec import decode, encode
from conclave.codes import Moment, ReasonCode
from conclave.deliberation.decide import decide, halted
from conclave.deliberation.scoring import recorded_scoring
from conclave.money.usage import total_usage
from conclave.recording.recorder import Recorder
from conclave.recording.recordings import DECIDE, step_records
from conclave.records.accounts import accounted, lost_slices, slice_records
from conclave.records.admission import NOT_ADMITTED
from conclave.records.run_records import RunRecords, required
from conclave.records.runs import PROPOSAL, Ended, RecordStands
from conclave.records.untrusted_entries import choice_in
from conclave.results import FAILED, Branch, Proposed
from conclave.routing.breakers import note_all
from conclave.steps import audit_entries
from conclave.steps.collate import unanswered
from conclave.steps.context import RunContext
from conclave.types import Choice, Collation, Decision, Failure, Frame, Phase, Reason, RunStatus, Usage


def perform_decide(
    context: RunContext, *, arbiter: Branch | None, failure: Failure | None
) -> tuple[Decision, Proposed]:
    """Decides and keeps the proposal for ``publish``. The only way to an outcome.

    The result is the decision, and for the machine its status and the fence to publish under: a step that failed could not tell
    the machine its fence. Repeated, it answers what the first one proposed.
    """
    records = context.records()
    fence = context.fence if failure is None else max(context.fence, records.run.fence)
    decision = records.proposal if records.stands(PROPOSAL, fence) else None
    if decision is None:
        try:
            decision = _propose(context, records, fence, arbiter, failure)
        except RecordStands:
            decision = required(context.records().proposal, Decision, context.run_id)
    # Of a fork nobody is asked: what comes out of it is a decision for nobody.
    asks = decision.status is RunStatus.APPROVAL_REQUIRED and not records.run.fork
    return decision, Proposed(status=decision.status.value, fence=fence, needs_people=asks)


def _propose(
    context: RunContext, records: RunRecords, fence: int, arbiter: Branch | None, failure: Failure | None
) -> Decision:
    """Decides and keeps the proposal; raises ``RecordStands`` where somebody has under this fence."""
    recorder = Recorder(context.clock, context.code, strict=context.strict)
    context = structs.replace(context, clock=recorder.clock)
    recorder.note(arbiter=arbiter, failure=failure)
    choice = _choice(context, records, arbiter) if arbiter else None
    usage = total_usage([records.usage, choice.usage if choice else records.unaccounted if failure else Usage()])
    decision = structs.replace(_decision(context, records, choice, failure), usage=usage)
    record = encode(decision)
    act = audit_entries.proposed(decision, at=context.now, fence=fence, record=record, choice=choice, failure=failure)
    ended = Ended(moment=Moment.ARBITRATE_ENDED) if arbiter else None
    made = {PROPOSAL: record, **recorder.records(step_records(DECIDE))}
    context.runs.write(context.run_id, made, fence, act, unless=(PROPOSAL,), ended=ended, head=records.run)
    note_all(context.breakers, choice.exchanges if choice and not records.run.trial else ())
    context.breakers.give_back()
    return decode(record, Decision)


def _decision(context: RunContext, records: RunRecords, choice: Choice | None, failure: Failure | None) -> Decision:
    if records.refusal is not None:
        return halted(Reason(code=records.refusal.code, detail=records.refusal.detail))
    if failure is not None and failure.error == NOT_ADMITTED:
        return halted(
            Reason(code=ReasonCode.NOT_ADMITTED, detail="too many runs at once; its turn did not come in time")
        )
    if failure is not None:
        return halted(Reason(code=ReasonCode.STEP_FAILED, detail=f"{failure.cause}: {failure.error}"))
    frame = required(records.frame, Frame, context.run_id)
    return decide(
        options=frame.options,
        collation=required(records.last_collation, Collation, context.run_id),
        choice=choice,
        scoring=recorded_scoring(frame, context.pack.dimensions),
        approvals=context.pack.approvals,
        read_by=frame.reading.stood_in if frame.reading else None,
    )


def _choice(context: RunContext, records: RunRecords, branch: Branch) -> Choice:
    """The arbiter's choice, or one that says why there is none."""
    name = records.manifest.arbiter.name
    phase = Phase.ARBITRATE.value
    stored = context.journal.read(context.run_id, [name], [phase, *slice_records(phase)])
    choice = choice_in(stored, name) if branch.status != FAILED else None
    lost = lost_slices(records.manifest, name, phase, stored, answered=choice is not None)
    if choice is None:
        failure = unanswered(branch, there_is_one=(name, phase) in stored)
        return Choice(option_id="", ranking=(), justification="", confidence=0.0, failure=failure, usage=lost)
    mine = structs.replace(choice.stood_in, agent=name) if choice.stood_in else None
    return structs.replace(choice, usage=accounted(choice.usage, lost), stood_in=mine)
