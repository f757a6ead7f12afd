"""``hold``: a proposal that needs people is held for them, and an execution of its own waits until they have acted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from conclave.approval.needs import Need
from conclave.approval.record import Approval, State, approval_in, opened, waited_for
from conclave.approval.seen import choices
from conclave.audit.canonical import sha256
from conclave.audit.chain import Act
from conclave.codec import encode
from conclave.configuration.document import settings_of
from conclave.figures import Observe, unobserved
from conclave.money.spending import charge_of
from conclave.records.reported import report_held
from conclave.records.run_records import RunRecords, required
from conclave.records.runs import APPROVAL, PROPOSAL, Run, StaleFence, Waiting
from conclave.steps.context import RunContext
from conclave.steps.publish import Bus, NothingToPublish, announced, ask_to_look_again
from conclave.types import Collation, Decision, Frame, RunStatus

OPENED = "approval_opened"
ASKED = "approval_asked"
EVENT = "ApprovalAsked"
ATTEMPTS = 5


class NothingToAsk(Exception):
    """Nobody has to act on the run any more; whoever waits for that goes on."""


class Sealer(Protocol):
    """Encrypts what wakes an execution, for one run."""

    def seal(self, text: str, run_id: str) -> str:
        """The text encrypted, as text; only with the same run id it can be read again."""
        ...


def open_approval(context: RunContext, *, observe: Observe = unobserved) -> Run:
    """Holds the proposal of a run for people: from now on it waits, and nothing else can be written to it.

    Repeated, it answers the head of the run that waits.

    Raises:
        NothingToPublish: There is no proposal under this fence that needs people.
        StaleFence: The run has its outcome, or a newer execution has it.
    """
    records = context.records()
    if records.run.status is RunStatus.AWAITING_APPROVAL:
        return records.run
    proposal = records.proposal if records.stands(PROPOSAL, context.fence) else None
    if proposal is None or proposal.status is not RunStatus.APPROVAL_REQUIRED:
        raise NothingToPublish(f"{context.run_id} has no proposal that needs a person")
    approval = _first(context, records, proposal)
    record = encode(approval)
    body = {**asked_of(approval), "fence": approval.fence, "asked_by": approval.asked_by, "record": sha256(record)}
    waiting = Waiting(
        run_id=context.run_id,
        fence=approval.fence,
        expected="",
        records={APPROVAL: record},
        act=Act(event=OPENED, at=context.now, body=body),
        charge=charge_of(proposal.usage),
    )
    try:
        run = context.runs.wait(waiting, head=records.run)
    except StaleFence:
        run = context.runs.get(context.run_id)
        if run.status is not RunStatus.AWAITING_APPROVAL:
            raise
        return run
    report_held(run, proposal, observe)
    return run


def wait_for_people(context: RunContext, token: str, *, sealer: Sealer, bus: Bus) -> Approval:
    """Keeps what the waiting execution is woken by, encrypted with the run, and tells the bus who is asked.

    Raises:
        NothingToAsk: People have acted, or time was over before.
        StaleFence: The run is somebody else's by now.
    """
    sealed = sealer.seal(token, context.run_id)
    for _ in range(ATTEMPTS):
        records = context.records()
        approval = required(approval_in(records), Approval, context.run_id)
        waits = waited_for(approval, sealed) if records.run.status is RunStatus.AWAITING_APPROVAL else None
        if waits is None:
            raise NothingToAsk(f"{context.run_id} waits for nobody")
        record = encode(waits)
        body = {**asked_of(waits), "record": sha256(record)}
        waiting = Waiting(
            run_id=context.run_id,
            fence=waits.fence,
            expected=records.run.approval,
            records={APPROVAL: record},
            act=Act(event=ASKED, at=context.now, body=body),
        )
        try:
            run = context.runs.wait(waiting, head=records.run)
        except StaleFence:
            continue  # somebody acted just now: look again
        bus.send(EVENT, {**announced(run), **asked_of(waits)})
        ask_to_look_again(run, bus)
        return waits
    raise StaleFence(f"others keep acting on {context.run_id}")


def asked_of(approval: Approval) -> dict[str, Any]:
    """The option, the people who are asked and the deadline, for the audit and for the bus."""
    choice = approval.choices.get(approval.option_id)
    return {
        "option_id": approval.option_id,
        "seen": choice.seen if choice else "",
        "needs": people_wanted(choice.needs if choice else ()),
        "groups": list(approval.groups),
        "escalated": approval.escalated,
        "round": approval.round,
        "deadline": approval.deadline,
    }


def people_wanted(needs: Sequence[Need]) -> list[Mapping[str, Any]]:
    """Groups and numbers of people, without the reasons."""
    return [{"group": each.group, "people": each.people} for each in needs]


def _first(context: RunContext, records: RunRecords, proposal: Decision) -> Approval:
    frame = required(records.frame, Frame, context.run_id)
    constraints = required(records.last_collation, Collation, context.run_id).constraints
    found = choices(
        proposal.option_id,
        options=frame.options,
        scored=proposal.options,
        constraints=constraints,
        rules=context.pack.approvals,
    )
    approval = opened(
        proposal.option_id,
        found,
        asked_by=records.run.asked_by,
        now=context.now,
        wait_seconds=settings_of(records.manifest).limits.approval_seconds,
        escalation=context.pack.escalation,
        fence=records.run.fence,
    )
    if approval.state is not State.AWAITING:
        raise NothingToPublish(f"{context.run_id} cannot be asked about")
    return approval
