"""``collate``: the assessments of a phase become one collation, kept once under a fence."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from conclave.clock import Clock, timestamp
from conclave.codec import encode
from conclave.deliberation.collate import collate
from conclave.pack import Pack
from conclave.records.journal import Journal
from conclave.records.runs import (
    FRAME,
    RecordStands,
    RunStore,
    assessment_record,
    collation_record,
)
from conclave.records.stored_records import mark_once, required, stored_assessments
from conclave.records.untrusted_entries import assessment_in
from conclave.steps import audit_entries
from conclave.steps.branch import FAILED, SKIPPED, Branch, unanswered
from conclave.types import (
    Assessment,
    AssessmentStatus,
    Collation,
    Frame,
    Phase,
)


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
    collation = required(runs.read(run_id, (name,), fence), name, run_id, Collation)
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
    act = audit_entries.collated(collation, at=timestamp(clock()), fence=fence, record=record, assessments=answers)
    records = {assessment_record(phase, name): data for name, (_, data) in answers.items()}
    runs.write(run_id, {**records, name: record}, fence, act, unless=(name,))


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
                failure=unanswered(branch, there_is_one=(agent.name, phase.value) in stored),
            )
        )
    return tuple(assessments)


def _frame(runs: RunStore, run_id: str) -> Frame:
    return required(runs.read(run_id, (FRAME,)), FRAME, run_id, Frame)


def _previous(runs: RunStore, run_id: str, phase: Phase) -> Collation | None:
    if phase is Phase.RECOMMEND:
        return None
    name = collation_record(Phase.RECOMMEND)
    return required(runs.read(run_id, (name,)), name, run_id, Collation)
