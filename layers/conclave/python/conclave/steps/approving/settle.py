"""``settle``: what people did becomes the proposal that is published, or they are asked once more.

Before an agreement counts, the facts are read again, and checks and ``decide`` run again. What people agreed to is exactly what
they saw: where anything of that has changed, they are asked about what is there now.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil

from msgspec import Struct, structs

from conclave.approval.record import Approval, State, approval_in, lapsed, opened
from conclave.approval.seen import choices
from conclave.audit.canonical import sha256
from conclave.audit.chain import Act
from conclave.clock import seconds_between
from conclave.codec import encode
from conclave.codes import ReasonCode
from conclave.deliberation.decide import decide
from conclave.deliberation.scoring import recorded_scoring
from conclave.pack.tables import Tables
from conclave.records.run_records import RunRecords, required
from conclave.records.runs import APPROVAL, FRAME, PROPOSAL, StaleFence, Waiting, collation_record
from conclave.results import Settled
from conclave.steps.approving.hold import asked_of
from conclave.steps.approving.recheck import Rechecked, recheck
from conclave.steps.context import RunContext
from conclave.types import Choice, Decision, Reason, RunStatus

ESCALATED = "approval_escalated"
SETTLED = "approval_settled"
REOPENED = "approval_reopened"
ATTEMPTS = 5
_DETAILS = {
    State.APPROVED: (ReasonCode.APPROVED, "people approved it, and it was checked again after that"),
    State.OVERRIDDEN: (ReasonCode.OVERRIDDEN, "people chose this option, and it was checked again after that"),
    State.REFUSED: (ReasonCode.REFUSED, "a person refused what was decided"),
    State.EXPIRED: (ReasonCode.APPROVAL_EXPIRED, "nobody who may act did in time"),
}
_ENDS = {State.REFUSED: RunStatus.REFUSED, State.EXPIRED: RunStatus.EXPIRED}


class _Next(Struct, frozen=True):
    """The next things to write: the approval, records beside it, and the event of the audit."""

    approval: Approval
    records: Mapping[str, bytes]
    event: str


def settle(context: RunContext, *, tables: Callable[[], Tables]) -> Settled:
    """Looks at what people did, and writes what follows from it. Repeated, it changes nothing more.

    Args:
        context: The run.
        tables: The pack's tables; asked for only where people agreed.

    Returns:
        Whether people have to be waited for, and how long; otherwise the fence to publish under.

    Raises:
        RecordMissing: Nobody was ever asked about this run.
        StaleFence: The run is somebody else's by now.
    """
    for _ in range(ATTEMPTS):
        records = context.records()
        stored = required(approval_in(records), Approval, context.run_id)
        proposal = required(records.proposal, Decision, context.run_id)
        if records.run.status is not RunStatus.AWAITING_APPROVAL:
            return _answer(context, stored, again=False)
        approval = lapsed(stored, context.now)
        if approval.state is not State.AWAITING and proposal.status is not RunStatus.APPROVAL_REQUIRED:
            return _answer(context, approval, again=False)
        if approval is stored and approval.state is State.AWAITING:
            return _answer(context, approval, again=True)
        following = _following(context, records, approval, proposal, tables)
        try:
            _write(context, records, following)
        except StaleFence:
            continue  # somebody acted just now: look again
        return _answer(context, following.approval, again=following.approval.state is State.AWAITING)
    raise StaleFence(f"others keep acting on {context.run_id}")


def _answer(context: RunContext, approval: Approval, *, again: bool) -> Settled:
    left = ceil(seconds_between(context.now, approval.deadline))
    return Settled(run_id=context.run_id, fence=approval.fence, again=again, wait_seconds=max(1, left))


def _write(context: RunContext, records: RunRecords, following: _Next) -> None:
    kept = {**following.records, APPROVAL: encode(following.approval)}
    body = {
        **asked_of(following.approval),
        "state": following.approval.state.value,
        "chosen": following.approval.chosen,
        "record": sha256(kept[APPROVAL]),
        "records": {name: sha256(data) for name, data in following.records.items()},
    }
    waiting = Waiting(
        run_id=context.run_id,
        fence=following.approval.fence,
        expected=records.run.approval,
        records=kept,
        act=Act(event=following.event, at=context.now, body=body),
        mark=records.run.mark,
    )
    context.runs.wait(waiting, head=records.run)


def _following(
    context: RunContext, records: RunRecords, approval: Approval, proposal: Decision, tables: Callable[[], Tables]
) -> _Next:
    if approval.state is State.AWAITING:
        return _Next(approval, {}, ESCALATED)
    if not approval.agreed:
        return _ended(approval, proposal)
    now = recheck(records, context.pack, tables(), strict=context.strict)
    again = _decided_again(context, now, approval.chosen, proposal)
    if again.status is RunStatus.HALTED and not now.collation.halts:
        chosen = next((each for each in proposal.ranking if each in now.collation.feasible), "")
        wanted = chosen or next(iter(now.collation.feasible), "")
        again = _decided_again(context, now, wanted, proposal) if wanted else again
    kept = {FRAME: encode(now.frame), collation_record(now.collation.phase): encode(now.collation)}
    if again.status is RunStatus.HALTED:
        return _Next(approval, {**kept, PROPOSAL: encode(again)}, SETTLED)
    if again.option_id == approval.chosen and _same(context, now, again, approval):
        said = _reason(approval.state)
        reasons = (said, *(each for each in again.reasons if each.code != ReasonCode.APPROVAL_RULE))
        settled = structs.replace(again, status=RunStatus.DECIDED, reasons=reasons)
        return _Next(approval, {PROPOSAL: encode(settled)}, SETTLED)
    asked = _asked_again(context, now, again, approval)
    if asked.state is not State.AWAITING:
        return _ended(asked, proposal)
    required_again = structs.replace(again, status=RunStatus.APPROVAL_REQUIRED)
    return _Next(asked, {**kept, PROPOSAL: encode(required_again)}, REOPENED)


def _ended(approval: Approval, proposal: Decision) -> _Next:
    """No decision: somebody refused it, or nobody came."""
    outcome = Decision(
        status=_ENDS[approval.state],
        reasons=(_reason(approval.state),),
        degraded=proposal.degraded,
        options=proposal.options,
        usage=proposal.usage,
    )
    return _Next(approval, {PROPOSAL: encode(outcome)}, SETTLED)


def _reason(state: State) -> Reason:
    code, detail = _DETAILS[state]
    return Reason(code=code, detail=detail)


def _decided_again(context: RunContext, now: Rechecked, option_id: str, proposal: Decision) -> Decision:
    choice = Choice(
        option_id=option_id,
        ranking=proposal.ranking,
        justification=proposal.justification,
        confidence=proposal.confidence,
    )
    decision = decide(
        options=now.frame.options,
        collation=now.collation,
        choice=choice,
        scoring=recorded_scoring(now.frame, context.pack.dimensions),
        approvals=context.pack.approvals,
        read_by=now.frame.reading.stood_in if now.frame.reading else None,
    )
    return structs.replace(decision, usage=proposal.usage)


def _same(context: RunContext, now: Rechecked, again: Decision, approval: Approval) -> bool:
    """True if what people agreed to is what is there now."""
    if approval.option_id not in {each.id for each in now.frame.options}:
        return False
    found = choices(
        approval.option_id,
        options=now.frame.options,
        scored=again.options,
        constraints=now.collation.constraints,
        rules=context.pack.approvals,
        otherwise=approval.choices[approval.option_id].needs,
    )
    return approval.chosen in found and found[approval.chosen].seen == approval.choices[approval.chosen].seen


def _asked_again(context: RunContext, now: Rechecked, again: Decision, approval: Approval) -> Approval:
    found = choices(
        again.option_id,
        options=now.frame.options,
        scored=again.options,
        constraints=now.collation.constraints,
        rules=context.pack.approvals,
        otherwise=approval.choices[approval.option_id].needs,
    )
    return opened(
        again.option_id,
        found,
        asked_by=approval.asked_by,
        now=context.now,
        wait_seconds=approval.wait_seconds,
        escalation=approval.escalation,
        fence=approval.fence,
        after=approval,
    )
