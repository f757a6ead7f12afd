"""``publish``: the decision, its audit entry and the new status in one transaction, then the event. No model is near."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Protocol

from conclave.audit import append_entry, encoded
from conclave.clock import Clock, timestamp
from conclave.codec import decode, encode, plain
from conclave.decide import halted
from conclave.pack import Pack
from conclave.prices import price_table
from conclave.runs import (
    DECISION,
    FRAME,
    PROPOSAL,
    REFUSAL,
    Publication,
    Run,
    RunStore,
    StaleFence,
    assessment_record,
    collation_record,
)
from conclave.types import Decision, Phase, Reason, RunStatus

EVENT = "DecisionPublished"


class Bus(Protocol):
    """Where the world listens."""

    def send(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        """Sends one event; raises when it was not accepted."""
        ...


class NothingToPublish(Exception):
    """There is no proposal for this run."""


def publish(run_id: str, fence: int, *, pack: Pack, runs: RunStore, bus: Bus, clock: Clock) -> Decision:
    """Publishes the proposal of a run. Repeating it sends the event again and changes nothing else.

    Raises:
        NothingToPublish: The run has no proposal.
        StaleFence: A newer execution owns the run.
        ChainBroken: The run's audit does not hold; nothing is published on top of it.
    """
    stored = runs.read(run_id, (PROPOSAL, DECISION))
    if DECISION in stored:
        return _announce(runs.get(run_id), decode(stored[DECISION], Decision), bus)
    if PROPOSAL not in stored:
        raise NothingToPublish(f"{run_id} has no proposal")
    return _commit(run_id, fence, decode(stored[PROPOSAL], Decision), pack=pack, runs=runs, bus=bus, clock=clock)


def close(run_id: str, cause: str, *, pack: Pack, runs: RunStore, bus: Bus, clock: Clock) -> Decision:
    """Halts a run whose execution ended without a decision; a run that has one keeps it.

    The run is claimed first, so that whatever is still under way for it cannot publish any more.
    """
    now = timestamp(clock())
    try:
        run = runs.claim(run_id, runs.get(run_id).execution_arn, now)
    except StaleFence:
        stored = runs.read(run_id, (DECISION,))
        return _announce(runs.get(run_id), decode(stored[DECISION], Decision), bus)
    decision = halted(Reason(code="execution_failed", detail=cause))
    return _commit(run_id, run.fence, decision, pack=pack, runs=runs, bus=bus, clock=clock)


def _commit(
    run_id: str, fence: int, decision: Decision, *, pack: Pack, runs: RunStore, bus: Bus, clock: Clock
) -> Decision:
    now = timestamp(clock())
    entry = append_entry(
        run_id=run_id,
        existing=runs.audit(run_id),
        at=now,
        event="decision_published",
        body=_evidence(run_id, fence, decision, pack, runs),
    )
    runs.publish(
        Publication(
            run_id=run_id,
            fence=fence,
            status=decision.status,
            option_id=decision.option_id,
            degraded=decision.degraded,
            decision=encode(decision),
            audit_sequence=entry.sequence,
            audit=encoded(entry),
            now=now,
        )
    )
    return _announce(runs.get(run_id), decision, bus)


def _evidence(run_id: str, fence: int, decision: Decision, pack: Pack, runs: RunStore) -> dict[str, Any]:
    """What the decision rests on: the decision itself, and the digest of every record behind it."""
    phases = (Phase.RECOMMEND, Phase.REVISE)
    names = [
        FRAME,
        REFUSAL,
        *(collation_record(phase) for phase in phases),
        *(assessment_record(phase, agent.name) for phase in phases for agent in pack.specialists),
    ]
    records = {name: hashlib.sha256(data).hexdigest() for name, data in runs.read(run_id, names).items()}
    return {
        "decision": plain(decision),
        "fence": fence,
        "pack": {"name": pack.name, "version": pack.version},
        "prices_as_of": price_table().as_of,
        "records": records,
    }


def _announce(run: Run, decision: Decision, bus: Bus) -> Decision:
    if decision.status is RunStatus.RUNNING:
        raise NothingToPublish(f"{run.run_id} is not decided")
    bus.send(
        EVENT,
        {
            "run_id": run.run_id,
            "correlation_id": run.correlation_id,
            "pack": run.pack,
            "status": decision.status,
            "option_id": decision.option_id,
            "degraded": decision.degraded,
            "reasons": [reason.code for reason in decision.reasons],
            "decided_at": run.updated_at,
        },
    )
    return decision
