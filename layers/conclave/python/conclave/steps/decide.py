"""``decide``: the only way to an outcome; the proposal is kept for ``publish``."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from conclave.clock import Clock, timestamp
from conclave.codec import decode, encode
from conclave.deliberation.decide import decide, halted
from conclave.pack import Pack
from conclave.records.admission import NOT_ADMITTED
from conclave.records.journal import Journal
from conclave.records.runs import (
    FRAME,
    PROPOSAL,
    REFUSAL,
    RecordStands,
    RunStore,
    collation_record,
)
from conclave.records.stored_records import mark_once, required, usage_of
from conclave.records.untrusted_entries import choice_in
from conclave.steps import audit_entries
from conclave.steps.branch import FAILED, Branch, unanswered
from conclave.types import (
    Choice,
    Collation,
    Decision,
    Failure,
    Frame,
    Phase,
    Reason,
    Refusal,
)


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
        act = audit_entries.proposed(
            decision, at=timestamp(clock()), fence=fence, record=record, choice=choice, failure=failure
        )
        with suppress(RecordStands):
            runs.write(run_id, {PROPOSAL: record}, fence, act, unless=(PROPOSAL,))
    if arbiter is not None:
        mark_once(runs, run, "arbitrate_ended", clock)
    return required(runs.read(run_id, (PROPOSAL,), fence), PROPOSAL, run_id, Decision), fence


def _decision(run_id: str, choice: Choice | None, failure: Failure | None, pack: Pack, runs: RunStore) -> Decision:
    stored = runs.read(run_id, (REFUSAL, FRAME, *(collation_record(phase) for phase in Phase)))
    if REFUSAL in stored:
        refusal = decode(stored[REFUSAL], Refusal)
        return halted(Reason(code=refusal.code, detail=refusal.detail))
    if failure is not None and failure.error == NOT_ADMITTED:
        return halted(Reason(code="not_admitted", detail="too many runs at once; its turn did not come in time"))
    if failure is not None:
        return halted(Reason(code="step_failed", detail=f"{failure.cause}: {failure.error}"))
    frame = required(stored, FRAME, run_id, Frame)
    last = next((name for name in map(collation_record, (Phase.REVISE, Phase.RECOMMEND)) if name in stored), "")
    collation = required(stored, last, run_id, Collation)
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
        failure = unanswered(arbiter, there_is_one=entry in stored)
        return Choice(option_id="", ranking=(), justification="", confidence=0.0, failure=failure)
    return choice
