"""Erasing the texts of a run: what people and models wrote goes, what was decided and why in codes stays provable.

Gone afterwards: the report, the free texts of a typed incident, facts (with notices, remarks and notes), rationales,
justifications, reasons in prose, and every text in the journal. Kept: options, scores, constraints, verdicts, codes, figures,
and the audit, which holds hashes only. So the chain is proved as before.

It goes in three steps, each of which may be repeated: an audit entry and the records without texts in one transaction; the
journal; an audit entry that says it is done. Whoever dies in between is resumed by the next call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from http import HTTPStatus
from typing import Any, TypeVar

from conclave.api.errors import RequestRefused
from conclave.audit.canonical import sha256
from conclave.audit.chain import Act
from conclave.clock import Clock, timestamp
from conclave.codec import RecordInvalid, convert, decode, encode
from conclave.pack import FRAMER, Pack
from conclave.records.journal import FRAME_PHASE, Journal
from conclave.records.runs import (
    CHOICE,
    DECISION,
    FRAME,
    FRAME_TEXTS,
    PROPOSAL,
    REFUSAL,
    Amendment,
    AuditContended,
    Run,
    RunStore,
    StaleFence,
    TextState,
    assessment_record,
    collation_record,
)
from conclave.records.stored_records import NOTHING
from conclave.records.texts import texts_record
from conclave.records.untrusted_entries import choice_in
from conclave.steps.publish import Bus, announced
from conclave.types import (
    Assessment,
    Choice,
    Collation,
    Constraint,
    Decision,
    Failure,
    Frame,
    Gap,
    Phase,
    Reason,
    Refusal,
    RunStatus,
    ToolCall,
)
from conclave.untrusted.plain_text import presentable

T = TypeVar("T")

EVENT = "TextsErased"
BEGUN = "erasure_begun"
DONE = "texts_erased"
ERASED = "[erased]"
MAX_REASON_CHARACTERS = 200
ATTEMPTS = 5

_PROSE: Mapping[type[Any], tuple[str, ...]] = {
    Assessment: ("rationale",),
    Choice: ("justification",),
    Constraint: ("reason",),
    Decision: ("justification",),
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
        super().__init__("reason_missing", "say who erases, and why")


class RunUnfinished(RequestRefused):
    """The run has no outcome yet: its agents still need what they were given."""

    def __init__(self, run_id: str) -> None:
        super().__init__("run_unfinished", f"the run {run_id} has no outcome yet", HTTPStatus.CONFLICT)


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
    why = presentable(reason, MAX_REASON_CHARACTERS)
    if not by or not why:
        raise ErasureInvalid
    for _ in range(ATTEMPTS):
        run = runs.get(run_id)
        if run.status is RunStatus.RUNNING:
            raise RunUnfinished(run_id)
        try:
            _erase(run, by, why, pack, runs, journal, clock)
        except StaleFence:
            continue  # somebody else erases the same run: look again
        break
    else:
        raise AuditContended(f"others keep erasing {run_id}; call again")
    run = runs.get(run_id)
    bus.send(EVENT, {**announced(run), "erased_at": run.texts_erased_at})
    return run


def _erase(run: Run, by: str, why: str, pack: Pack, runs: RunStore, journal: Journal, clock: Clock) -> None:
    said = {"by": by, "reason": why}
    if run.texts is TextState.KEPT:
        stored = runs.read(run.run_id, list(_record_types(pack)))
        choice = choice_in(journal.read(run.run_id, [pack.arbiter.name], [Phase.ARBITRATE.value]), pack)
        stored |= {CHOICE: encode(_of_options(choice, stored))} if choice else {}
        records = {**without_texts(stored, pack), FRAME_TEXTS: NOTHING}
        hashes = {name: sha256(data) for name, data in records.items()}
        runs.amend(
            Amendment(
                run_id=run.run_id,
                expected=TextState.KEPT,
                texts=TextState.ERASING,
                changes=_head_without_texts(run, records, pack),
                records=records,
                act=Act(event=BEGUN, at=timestamp(clock()), body={**said, "records": hashes}),
            )
        )
    # Also when all is said to be gone: a function that was late may have left something since.
    phases = [*(phase.value for phase in Phase)]
    agents = [agent.name for agent in pack.agents]
    journal.remove(run.run_id, agents, [*phases, *map(texts_record, phases)])
    journal.remove(run.run_id, [FRAMER], [texts_record(FRAME_PHASE)])
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


def _of_options(choice: Choice, stored: Mapping[str, bytes]) -> Choice:
    """The choice with nothing but ids that the run has: any other is the arbiter's own words."""
    known = {option.id for option in decode(stored[FRAME], Frame).options} if FRAME in stored else set()
    chosen = choice.option_id if choice.option_id in known else ""
    return replace(choice, option_id=chosen, ranking=tuple(each for each in choice.ranking if each in known))


def _record_types(pack: Pack) -> dict[str, type[Any]]:
    phases = (Phase.RECOMMEND, Phase.REVISE)
    return {
        FRAME: Frame,
        REFUSAL: Refusal,
        PROPOSAL: Decision,
        DECISION: Decision,
        CHOICE: Choice,
        **{collation_record(phase): Collation for phase in phases},
        **{assessment_record(phase, agent.name): Assessment for phase in phases for agent in pack.specialists},
    }


def without_texts(stored: Mapping[str, bytes], pack: Pack) -> dict[str, bytes]:
    """The records of a run in the form that stays."""
    types = _record_types(pack)
    records = {name: _stripped(decode(data, types[name])) for name, data in stored.items()}
    if FRAME in records:
        incident = _incident(records[FRAME].incident, pack)
        records[FRAME] = replace(records[FRAME], incident=incident, summary=_summary(incident, pack))
    return {name: encode(record) for name, record in records.items()}


def _summary(incident: Mapping[str, Any], pack: Pack) -> str:
    try:
        return pack.summarise(convert(dict(incident), pack.incident))
    except RecordInvalid:  # an incident of this pack needs one of the texts that went
        return ""


def _incident(incident: Mapping[str, Any], pack: Pack) -> dict[str, Any]:
    return {name: "" if name in pack.free_text and value else value for name, value in incident.items()}


def _head_without_texts(run: Run, records: Mapping[str, bytes], pack: Pack) -> dict[str, Any]:
    summary = decode(records[FRAME], Frame).summary if FRAME in records else ""
    return {"text": "", "incident": _incident(run.incident, pack), "summary": summary}


def _stripped(value: Any) -> Any:
    """A record with its prose and its facts gone, however deep they stand."""
    stripped: Any = value
    if is_dataclass(value) and not isinstance(value, type):
        kind = type(value)
        parts = {each.name: _stripped(getattr(value, each.name)) for each in fields(value)}
        parts |= {name: ERASED for name in _PROSE.get(kind, ()) if parts[name]}
        stripped = kind(**parts | dict(_CONTENT.get(kind, {})))
    elif isinstance(value, Mapping):
        stripped = {name: _stripped(each) for name, each in value.items()}
    elif isinstance(value, list | tuple):
        stripped = [_stripped(each) for each in value]
    return stripped
