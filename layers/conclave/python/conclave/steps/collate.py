"""``collate``: the assessments of a phase become one collation, kept once under a fence."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from conclave.caches.looks import united
from conclave.codec import decode, encode
from conclave.codes import Moment
from conclave.deliberation.collate import collate
from conclave.money.usage import total_usage
from conclave.pack import Pack
from conclave.recording.recorder import Recorder
from conclave.recording.recordings import step_records
from conclave.records.accounts import accounted, lost_slices, slice_records
from conclave.records.journal import Journal
from conclave.records.run_records import RunRecords, all_assessments, required
from conclave.records.runs import Ended, RecordStands, assessment_record, collation_record
from conclave.records.untrusted_entries import assessment_in
from conclave.results import FAILED, SKIPPED, Branch, Route
from conclave.routing.breakers import note_all
from conclave.steps import audit_entries
from conclave.steps.context import RunContext
from conclave.types import Assessment, AssessmentStatus, Collation, Failure, Frame, Manifest, Phase, Usage


def perform_collate(context: RunContext, phase: Phase, branches: Sequence[Branch]) -> tuple[Collation, Route]:
    """Collates a phase. The result is the collation, and for the machine booleans only.

    Repeated, it answers what the first one collated: the record is written once under a fence.
    """
    before = [each for each in all_assessments(context.pack) if each[0] is not phase] if phase is Phase.REVISE else ()
    records = context.records(before)
    collation = _standing(records, phase, context.fence)
    if collation is None:
        try:
            collation = _collate(context, records, phase, branches)
        except RecordStands:
            records = context.records()
            collation = required(_standing(records, phase, context.fence), Collation, context.run_id)
    halt = bool(collation.halts)
    return collation, Route(
        halt=halt,
        revise_any=bool(collation.revise) and not halt,
        arbitrate=bool(collation.feasible) and not halt,
        # Both the run's agents and today's: the machine that asks may be that of either version.
        revise={name: name in collation.revise for name in [*_names(records.manifest), *_names(context.pack)]},
    )


def _names(of: Manifest | Pack) -> list[str]:
    return [agent.name for agent in of.specialists]


def _standing(records: RunRecords, phase: Phase, fence: int) -> Collation | None:
    """The collation of a phase that somebody has written under this fence."""
    return records.collations[phase] if records.stands(collation_record(phase), fence) else None


def _collate(context: RunContext, records: RunRecords, phase: Phase, branches: Sequence[Branch]) -> Collation:
    """Collates a phase and keeps it; raises ``RecordStands`` where somebody has under this fence."""
    recorder = Recorder(context.clock, context.code, strict=context.strict)
    context = structs.replace(context, clock=recorder.clock)
    recorder.note(branches=tuple(branches))
    run_id, name = context.run_id, collation_record(phase)
    frame = required(records.frame, Frame, run_id)
    previous = None
    if phase is Phase.REVISE:
        previous = required(records.collations.get(Phase.RECOMMEND), Collation, run_id)
    asked = previous.revise if previous else None
    assessments = _assessments(run_id, phase, branches, records.manifest, context.journal, asked=asked)
    earlier = records.of_phase(Phase.RECOMMEND) if previous else ()
    collation = structs.replace(
        collate(
            phase=phase,
            options=frame.options,
            frame_gaps=frame.gaps,
            assessments=assessments,
            previous=previous,
            earlier=earlier,
            added=records.manifest.fork.constraints if records.manifest.fork else (),
        ),
        usage=total_usage(each.usage for each in (*earlier, *assessments)),
    )
    answers = {each.agent: (each, encode(each)) for each in assessments}
    record = encode(collation)
    act = audit_entries.collated(collation, at=context.now, fence=context.fence, record=record, assessments=answers)
    written = {assessment_record(phase, name): data for name, (_, data) in answers.items()}
    ended = Ended(moment=Moment.end_of(phase), looks=united(*(each.looks for each in assessments)))
    made = {**written, name: record, **recorder.records(step_records(phase))}
    context.runs.write(run_id, made, context.fence, act, unless=(name,), ended=ended, head=records.run)
    if not records.run.trial:
        note_all(context.breakers, (exchange for each in assessments for exchange in each.exchanges))
    return decode(record, Collation)


def _assessments(
    run_id: str,
    phase: Phase,
    branches: Sequence[Branch],
    manifest: Manifest,
    journal: Journal,
    *,
    asked: Sequence[str] | None,
) -> tuple[Assessment, ...]:
    """One assessment for every specialist that was not skipped: from the journal, or typed ``unavailable``.

    A specialist without a branch, or with two, counts as failed, and so does one that was asked again and says it was
    skipped: nobody can be left out by leaving them out, or by speaking in their name. ``asked`` are those who had to answer;
    None for everybody.
    """
    agents = manifest.specialists
    named = [branch.agent for branch in branches]
    by_agent = {branch.agent: branch for branch in branches if named.count(branch.agent) == 1}
    names = [agent.name for agent in agents]
    stored = journal.read(run_id, names, [phase.value, *slice_records(phase)])
    assessments = []
    for agent in agents:
        branch = by_agent.get(agent.name, Branch(agent=agent.name, phase=phase.value, status=FAILED, error="NoBranch"))
        if branch.status == SKIPPED and asked is not None and agent.name not in asked:
            continue
        left = assessment_in(stored, agent, phase)
        lost = lost_slices(manifest, agent.name, phase, stored, answered=left is not None)
        if left is not None and branch.status in (AssessmentStatus.OK, AssessmentStatus.UNAVAILABLE):
            assessments.append(structs.replace(left, usage=accounted(left.usage, lost)))
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
                usage=accounted(left.usage if left else Usage(), lost),
                exchanges=left.exchanges if left else (),
                looks=left.looks if left else "",
                failure=unanswered(branch, there_is_one=(agent.name, phase.value) in stored),
            )
        )
    return tuple(assessments)


def unanswered(branch: Branch, *, there_is_one: bool) -> Failure:
    """The failure of a branch whose agent left no answer that counts."""
    error = branch.error or ("EntryForeign" if there_is_one else "NoAnswer")
    return Failure(error=error, cause="the function ended without an answer")
