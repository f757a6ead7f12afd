"""``publish``: the decision, its audit entry and the new status in one transaction, then the event. No model is near."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from conclave.agents.prices import price_table
from conclave.clock import Clock, timestamp
from conclave.codec import decode, encode
from conclave.figures import Observe, unobserved
from conclave.money.spending import NOTHING, charge_of
from conclave.pack import Pack
from conclave.records.reported import report_run
from conclave.records.run_records import RunRecords, all_assessments, records_of
from conclave.records.runs import DECISION, MarkState, Publication, Run, RunStore, StaleFence
from conclave.steps.audit_entries import concluded
from conclave.types import Decision, RunStatus

EVENT = "DecisionPublished"
FORK_EVENT = "ForkEnded"
"""Says that a fork has ended and where its audit ends, and nothing of what came out: that is a decision for nobody."""

OVERTAKEN = "RunOvertaken"
PUBLISHED = "decision_published"


class Bus(Protocol):
    """The bus on which the world listens."""

    def send(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        """Sends one event; raises when it was not accepted."""
        ...


class NothingToPublish(Exception):
    """There is no proposal for this run."""


def publish(
    run_id: str, fence: int, *, pack: Pack, runs: RunStore, bus: Bus, clock: Clock, observe: Observe = unobserved
) -> Decision:
    """Publishes the proposal of a run. Repeating it sends the event again and changes nothing else, nor is it counted.

    Raises:
        NothingToPublish: The run has no proposal, or one that people have not agreed to.
        StaleFence: A newer execution owns the run.
    """
    records = records_of(run_id, runs, pack, all_assessments(pack))
    if records.decision is not None:
        return _announce(records.run, records.decision, bus)
    if records.proposal is None:
        raise NothingToPublish(f"{run_id} has no proposal")
    _require_people(records, records.proposal)
    try:
        return conclude(
            records, fence, records.proposal, PUBLISHED, pack=pack, runs=runs, bus=bus, clock=clock, observe=observe
        )
    except StaleFence:
        return announce_decided(run_id, runs, bus)


def _require_people(records: RunRecords, proposal: Decision) -> None:
    """Raises ``NothingToPublish`` for what people have to act on, unless they did, and it is what they agreed to.

    Of a fork nobody is asked, since nobody acts on it.
    """
    if records.run.fork:
        return
    waits = records.run.status is RunStatus.AWAITING_APPROVAL
    if proposal.status is RunStatus.APPROVAL_REQUIRED or (waits and not _allowed(records, proposal)):
        raise NothingToPublish(f"people have to act on {records.run.run_id} first")


def _allowed(records: RunRecords, proposal: Decision) -> bool:
    from conclave.approval.record import allows, approval_in  # few runs wait for people

    approval = approval_in(records)
    return approval is not None and allows(approval, proposal)


def announce_decided(run_id: str, runs: RunStore, bus: Bus) -> Decision:
    """The decision that somebody else was quicker to write, announced again; raises ``StaleFence`` where nobody was."""
    stored = runs.read(run_id, (DECISION,))
    if DECISION not in stored:
        raise StaleFence(f"the run {run_id} was claimed by somebody else")
    return _announce(runs.get(run_id), decode(stored[DECISION], Decision), bus)


def conclude(
    records: RunRecords,
    fence: int,
    decision: Decision,
    event: str,
    *,
    pack: Pack,
    runs: RunStore,
    bus: Bus,
    clock: Clock,
    observe: Observe = unobserved,
) -> Decision:
    """Writes a decision, its audit entry and the new status in one transaction, counts it, then announces it."""
    now, record, run_id = timestamp(clock()), encode(decision), records.run.run_id
    act = concluded(
        decision,
        event=event,
        at=now,
        fence=fence,
        record=record,
        pack=pack,
        prices_as_of=price_table().as_of,
        records=records.evidence,
    )
    run = runs.publish(
        Publication(
            run_id=run_id,
            fence=fence,
            status=RunStatus.FORKED if records.run.fork else decision.status,
            option_id=decision.option_id,
            degraded=decision.degraded,
            decision=record,
            act=act,
            now=now,
            charge=charge_of(decision.usage) if records.run.status is RunStatus.RUNNING else NOTHING,
            approval=records.run.approval,
        ),
        head=records.run,
    )
    report_run(run, decision, observe)
    return _announce(run, decision, bus)


def _announce(run: Run, decision: Decision, bus: Bus) -> Decision:
    if run.trial:
        return decision
    if run.fork:
        bus.send(FORK_EVENT, announced(run))
        return decision
    if decision.status.open:
        raise NothingToPublish(f"{run.run_id} is not decided")
    bus.send(
        EVENT,
        {
            **announced(run),
            "status": decision.status,
            "option_id": decision.option_id,
            "degraded": decision.degraded,
            "reasons": [reason.code for reason in decision.reasons],
            "decided_at": run.updated_at,
        },
    )
    ask_to_look_again(run, bus)
    return decision


def ask_to_look_again(run: Run, bus: Bus) -> None:
    """Asks who takes feeds to look at a run under which a feed changed something while it deliberated."""
    if run.mark is not None and run.mark.state is MarkState.UNCLEAR:
        bus.send(OVERTAKEN, announced(run))


def announced(run: Run) -> dict[str, Any]:
    """The fields that every event about a run has: which one, and where its audit ends now, to be anchored."""
    return {
        "run_id": run.run_id,
        "correlation_id": run.correlation_id,
        "pack": run.pack,
        "audit": {"entries": run.audit_entries, "head": run.audit_head},
    }
