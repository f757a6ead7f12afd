"""No run waits for people without an execution that waits with it: started where there is none, closed where it ended."""

from __future__ import annotations

from collections.abc import Callable

from conclave.clock import Clock
from conclave.codes import ReasonCode
from conclave.figures import Observe, unobserved
from conclave.pack import Pack
from conclave.records.runs import Run, RunNotFound, RunStore
from conclave.steps.close_run import close
from conclave.steps.executions import Execution, start
from conclave.steps.publish import Bus
from conclave.steps.sweep import Act, Executions, runs_of
from conclave.types import RunStatus


def look_after_approvals(
    *,
    pack: Pack,
    runs: RunStore,
    executions: Executions,
    bus: Bus,
    clock: Clock,
    time_left: Callable[[], bool],
    failed: Callable[[str, Exception], None],
    observe: Observe = unobserved,
) -> dict[str, Act]:
    """Looks after every run that waits for people; answers what was done, by run. Safe to repeat and to die anywhere.

    Args:
        pack: The runs' domain.
        runs: The runs.
        executions: The machine of approvals.
        bus: Is told of runs that are closed.
        clock: The time.
        time_left: Whether there is time for another run.
        failed: Is told of a run that could not be looked after; the others are, all the same.
        observe: Takes the figures of runs that were halted here.
    """
    acts: dict[str, Act] = {}
    for run in runs_of(runs, RunStatus.AWAITING_APPROVAL):
        if not time_left():
            break
        try:
            acts[run.run_id] = _look_after(run, pack, runs, executions, bus, clock, observe)
        except RunNotFound:
            continue  # the index still lists what has expired
        except Exception as error:  # one bad run must not keep the others from being looked after
            failed(run.run_id, error)
            acts[run.run_id] = Act.FAILED
    return acts


def _look_after(
    listed: Run, pack: Pack, runs: RunStore, executions: Executions, bus: Bus, clock: Clock, observe: Observe
) -> Act:
    # The execution first: one that had ended had published by then, if it did.
    execution = executions.look(listed.run_id)
    run = runs.get(listed.run_id)
    if run.status is not RunStatus.AWAITING_APPROVAL or execution is Execution.RUNNING:
        return Act.LEFT
    if execution is Execution.ABSENT:
        start(run, executions)
        return Act.STARTED
    cause = "the execution that waited for people ended without an outcome"
    code = ReasonCode.EXECUTION_FAILED
    close(run.run_id, cause, pack=pack, runs=runs, bus=bus, clock=clock, code=code, observe=observe)
    return Act.CLOSED
