"""``close_run``: halts a run whose execution ended without a decision."""

from __future__ import annotations

from msgspec import structs

from conclave.clock import Clock, timestamp
from conclave.codes import ReasonCode
from conclave.deliberation.decide import halted
from conclave.figures import Observe, unobserved
from conclave.money.usage import total_usage
from conclave.pack import Pack
from conclave.records.run_records import RunRecords, all_assessments, records_of
from conclave.records.runs import RunStore, StaleFence
from conclave.steps.publish import Bus, announce_decided, conclude
from conclave.types import Decision, Reason, Usage

CLOSED = "run_closed"


def close(
    run_id: str,
    cause: str,
    *,
    pack: Pack,
    runs: RunStore,
    bus: Bus,
    clock: Clock,
    code: ReasonCode = ReasonCode.EXECUTION_FAILED,
    observe: Observe = unobserved,
) -> Decision:
    """Halts a run whose execution ended without a decision; a run that has one keeps it.

    The run is seized first, so that whatever is still under way for it cannot publish any more.

    Args:
        run_id: The run.
        cause: One line for a person.
        pack: The run's domain.
        runs: The runs.
        bus: Is told.
        clock: The time.
        code: The reason.
        observe: Takes the figures of a run that was halted here.

    Raises:
        RunNotFound: There is no such run.
        StaleFence: Somebody else takes the run at the same moment; look again.
    """
    try:
        run = runs.seize(run_id, timestamp(clock()))
        records = records_of(run_id, runs, pack, all_assessments(pack))
        decision = structs.replace(halted(Reason(code=code, detail=cause)), usage=_usage(records))
        return conclude(
            records, run.fence, decision, CLOSED, pack=pack, runs=runs, bus=bus, clock=clock, observe=observe
        )
    except StaleFence:
        return announce_decided(run_id, runs, bus)


def _usage(records: RunRecords) -> Usage:
    """What is known to be spent, and the most that whatever was under way can have spent."""
    return records.proposal.usage if records.proposal else total_usage([records.usage, records.unaccounted])
