"""Erasing the texts of a run: what people and models wrote goes, what was decided and why in codes stays provable.

Gone afterwards: the report, the free texts of a typed incident, facts (with notices, remarks and notes), rationales,
justifications, reasons in prose, every text in the journal, the recordings of all steps with what they read, and the questions
that people asked with their answers. Kept:
options, scores, constraints, verdicts, codes, figures, and the audit, which holds hashes only. So the chain is proved as before.

It goes in three steps, each of which may be repeated: an audit entry and the records without texts in one transaction; the
journal; an audit entry that says it is done. Whoever dies in between is resumed by the next call.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from msgspec import Struct, structs

from conclave.api.approving.feedback import Feedback, feedback_in
from conclave.api.errors import RequestRefused
from conclave.approval.record import PersonAct, approval_in
from conclave.audit.canonical import sha256
from conclave.audit.chain import Act
from conclave.clock import Clock, timestamp
from conclave.codec import convert, encode, plain
from conclave.codes import RequestCode
from conclave.conversation.turns import entry_names
from conclave.pack import FRAMER, TALKER, Pack
from conclave.pack.incident_fields import paths, paths_in, without
from conclave.recording.recordings import STEPS, entry_records, step_records
from conclave.records.journal import FRAME_PHASE, Journal
from conclave.records.journal_entries import NOTHING
from conclave.records.manifest import fork_of
from conclave.records.run_records import RunRecords, records_of
from conclave.records.runs import (
    APPROVAL,
    CHOICE,
    DECISION,
    FEEDBACK,
    FRAME,
    FRAME_TEXTS,
    PROPOSAL,
    REFUSAL,
    Amendment,
    AuditContended,
    Run,
    RunNotFound,
    RunStore,
    StaleFence,
    TextState,
    assessment_record,
    collation_record,
)
from conclave.records.texts import texts_record
from conclave.records.untrusted_entries import choice_in
from conclave.steps.publish import Bus, announced
from conclave.types import (
    Assessment,
    Choice,
    Constraint,
    Decision,
    Failure,
    Frame,
    Gap,
    Phase,
    PromptChange,
    Reason,
    Refusal,
    ToolCall,
)
from conclave.untrusted.limits import REASON_CHARACTERS
from conclave.untrusted.plain_text import presentable

EVENT = "TextsErased"
BEGUN = "erasure_begun"
DONE = "texts_erased"
ERASED = "[erased]"
ATTEMPTS = 5

_PROSE: Mapping[type[Any], tuple[str, ...]] = {
    Assessment: ("rationale",),
    Choice: ("justification",),
    Constraint: ("reason",),
    Decision: ("justification",),
    PersonAct: ("reason",),
    Feedback: ("lesson",),
    PromptChange: ("text",),
    Failure: ("cause",),
    Gap: ("detail",),
    Reason: ("detail",),
    Refusal: ("detail",),
}
_CONTENT: Mapping[type[Any], Mapping[str, Any]] = {
    Assessment: {"facts": ()},
    Frame: {"facts": ()},
    ToolCall: {"arguments": {}},
}


class ErasureInvalid(RequestRefused):
    """It is not said who erases, or why."""

    def __init__(self) -> None:
        super().__init__(RequestCode.REASON_MISSING, "say who erases, and why")


class RunUnfinished(RequestRefused):
    """The run has no outcome yet: its agents still need what they were given."""

    def __init__(self, run_id: str) -> None:
        super().__init__(RequestCode.RUN_UNFINISHED, f"the run {run_id} has no outcome yet", HTTPStatus.CONFLICT)


def erase_texts(
    run_id: str, *, by: str, reason: object, pack: Pack, runs: RunStore, journal: Journal, bus: Bus, clock: Clock
) -> Run:
    """Erases the texts of a run and answers its head. Repeating it resumes, or finds nothing left to do.

    Args:
        run_id: The run.
        by: Who asks for it, as the API knows them.
        reason: Why, for the audit, which keeps it for ever: no names, no quotes.
        pack: The run's domain.
        runs: The runs.
        journal: The journal.
        bus: Is told, so that the new end of the audit is anchored.
        clock: The time.

    Raises:
        ErasureInvalid: Nobody, or no reason, is given.
        RunNotFound: There is no such run.
        RunUnfinished: The run has no outcome yet.
        AuditContended: Too many others append to the same audit; call again.
    """
    why = presentable(reason, REASON_CHARACTERS)
    if not by or not why:
        raise ErasureInvalid
    for _ in range(ATTEMPTS):
        records = records_of(run_id, runs, pack)
        if records.run.status.open:
            raise RunUnfinished(run_id)
        forks = descendants(records.run, runs)
        try:
            for fork in forks:
                _erase(records_of(fork.run_id, runs, pack), by, why, pack, runs, journal, clock)
            _erase(records, by, why, pack, runs, journal, clock)
        except StaleFence:
            continue  # somebody else erases the same run: look again
        break
    else:
        raise AuditContended(f"others keep erasing {run_id}; call again")
    for name in (*(fork.run_id for fork in forks), run_id):
        run = runs.get(name)
        bus.send(EVENT, {**announced(run), "erased_at": run.texts_erased_at})
    return run


def descendants(run: Run, runs: RunStore) -> list[Run]:
    """The forks of a run and their forks: what they took over goes with its texts. The latest first.

    Raises:
        RunUnfinished: One of them has no outcome yet.
    """
    found: list[Run] = []
    waiting = list(run.forks)
    while waiting:
        try:
            fork = runs.get(waiting.pop())
        except RunNotFound:
            continue  # it has expired
        if fork.status.open:
            raise RunUnfinished(fork.run_id)
        found.append(fork)
        waiting += fork.forks
    return found[::-1]


def _erase(records: RunRecords, by: str, why: str, pack: Pack, runs: RunStore, journal: Journal, clock: Clock) -> None:
    run, said = records.run, {"by": by, "reason": why}
    framed_for, todays = ([each.name for each in of.agents] for of in (records.manifest, pack))
    agents = list(dict.fromkeys([*framed_for, *todays]))
    if run.texts is TextState.KEPT:
        # What a step read and was answered goes with the texts: the run can no longer be played again.
        recorded = runs.read(run.run_id, [name for step in STEPS for name in step_records(step)])
        kept = {**without_texts(records, journal, pack), FRAME_TEXTS: NOTHING, **dict.fromkeys(recorded, NOTHING)}
        hashes = {name: sha256(data) for name, data in kept.items()}
        runs.amend(
            Amendment(
                run_id=run.run_id,
                expected=TextState.KEPT,
                texts=TextState.ERASING,
                changes=_head_without_texts(records, pack) | _approval_of(kept),
                records=kept,
                act=Act(event=BEGUN, at=timestamp(clock()), body={**said, "records": hashes}),
                end=run.head,
            )
        )
    # Also when all is said to be gone: a function that was late may have left something since.
    phases = [*(phase.value for phase in Phase)]
    recordings = [name for phase in phases for name in entry_records(phase)]
    journal.remove(run.run_id, agents, [*phases, *map(texts_record, phases), *recordings])
    journal.remove(run.run_id, [FRAMER], [texts_record(FRAME_PHASE)])
    journal.remove(run.run_id, [TALKER], entry_names())
    if run.texts is not TextState.ERASED:
        now = timestamp(clock())
        runs.amend(
            Amendment(
                run_id=run.run_id,
                expected=TextState.ERASING,
                texts=TextState.ERASED,
                changes={"texts_erased_at": now},
                records={},
                act=Act(event=DONE, at=now, body=said),
            )
        )


def without_texts(records: RunRecords, journal: Journal, pack: Pack) -> dict[str, bytes]:
    """The records of a run in the form that stays, with the arbiter's choice beside them."""
    arbiter = records.manifest.arbiter.name
    entries = journal.read(records.run.run_id, [arbiter], [Phase.ARBITRATE.value])
    choice = choice_in(entries, arbiter)
    kept: dict[str, Any] = {
        REFUSAL: records.refusal,
        PROPOSAL: records.proposal,
        DECISION: records.decision,
        APPROVAL: approval_in(records),
        FEEDBACK: feedback_in(records) or None,
        CHOICE: _of_options(choice, records.frame) if choice else records.choice,
        **{collation_record(phase): collation for phase, collation in records.collations.items()},
        **{assessment_record(*key): assessment for key, assessment in records.assessments.items()},
    }
    stripped = {name: _stripped(record) for name, record in kept.items() if record is not None}
    if records.frame is not None:
        incident = _incident(records.frame.incident, records, pack)
        stripped[FRAME] = structs.replace(_stripped(records.frame), incident=incident, summary=_summary(incident, pack))
    return {name: encode(record) for name, record in stripped.items()}


def _approval_of(kept: Mapping[str, bytes]) -> dict[str, str]:
    """The hash of a run's approval in its new form, as the head tells it."""
    return {"approval": sha256(kept[APPROVAL])} if APPROVAL in kept else {}


def _of_options(choice: Choice, frame: Frame | None) -> Choice:
    """The choice with nothing but ids that the run has: any other is the arbiter's own words."""
    known = {option.id for option in frame.options} if frame else set()
    chosen = choice.option_id if choice.option_id in known else ""
    return structs.replace(choice, option_id=chosen, ranking=tuple(each for each in choice.ranking if each in known))


def _summary(incident: Mapping[str, Any], pack: Pack) -> str:
    try:
        return pack.summarise(convert(dict(incident), pack.incident))
    except Exception:  # it needs one of the texts that went, or today's pack no longer knows such an incident
        return ""


def _incident(incident: Mapping[str, Any], records: RunRecords, pack: Pack) -> dict[str, Any]:
    """An incident without what a reporter wrote: the run's own free texts, and every text that today's pack does not know."""
    free = {*records.manifest.free_text, *pack.free_text}
    framed = records.frame
    known = paths_in(framed.incident) if framed is not None and framed.manifest else paths(pack.incident)

    def stays(path: str, value: Any) -> bool:
        return path not in free and (path in known or not isinstance(value, str))

    return without(incident, stays)


def _head_without_texts(records: RunRecords, pack: Pack) -> dict[str, Any]:
    summary = _summary(_incident(records.frame.incident, records, pack), pack) if records.frame else ""
    fork = fork_of(records.run)
    forked = {"fork": plain(_stripped(fork))} if fork else {}
    return {"text": "", "incident": _incident(records.run.incident, records, pack), "summary": summary, **forked}


def _stripped(value: Any) -> Any:
    """A record with its prose and its facts gone, however deep they stand."""
    stripped: Any = value
    if isinstance(value, Struct):
        kind = type(value)
        parts = {name: _stripped(getattr(value, name)) for name in value.__struct_fields__}
        parts |= {name: ERASED for name in _PROSE.get(kind, ()) if parts[name]}
        stripped = kind(**parts | dict(_CONTENT.get(kind, {})))
    elif isinstance(value, Mapping):
        stripped = {name: _stripped(each) for name, each in value.items()}
    elif isinstance(value, list | tuple):
        stripped = [_stripped(each) for each in value]
    return stripped
