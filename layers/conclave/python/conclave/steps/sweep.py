"""``sweep``: no run stays open for ever, whoever died between its record, its execution and its end.

Whoever accepts a report stores the run and then starts its execution; whoever dies in between leaves a run that nobody works
on. An execution that fails is told to ``close_run`` by an event; a lost event leaves a run open, too. Both are found here and
mended by acts that may be repeated and may race with anybody: starting by name, closing under a fence, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from conclave.clock import Clock, seconds_between, timestamp
from conclave.codes import ReasonCode
from conclave.figures import Observe, unobserved
from conclave.pack import Pack
from conclave.records.admission import Places, release_ended
from conclave.records.runs import Run, RunNotFound, RunStore
from conclave.steps.close_run import close
from conclave.steps.executions import Execution, Machine, start
from conclave.steps.publish import Bus
from conclave.types import RunStatus

PAGE = 100


class Executions(Machine, Protocol):
    """The phase machine, and what it knows of its executions."""

    def look(self, name: str) -> Execution:
        """The state of the execution of that name; one that began a moment ago may still be said to be absent."""
        ...


class Act(StrEnum):
    """The act that was done about an open run."""

    LEFT = "left"
    STARTED = "started"
    CLOSED = "closed"
    FAILED = "failed"


class Swept(Struct, frozen=True, kw_only=True):
    """The result of a sweep.

    Attributes:
        acts: By run id, oldest run first.
        oldest_seconds: Age of the oldest run that is still open; 0 when none is.
        unseen: Runs that there was no time for; the next sweep begins with the oldest again.
    """

    acts: dict[str, Act]
    oldest_seconds: float
    unseen: int = 0

    def count(self, act: Act) -> int:
        """The number of runs that got this act."""
        return list(self.acts.values()).count(act)


class Patience(Struct, frozen=True, kw_only=True):
    """How long a sweep goes on, and with which runs.

    Attributes:
        start_seconds: Age up to which a run that was never started is started; an older one is halted.
        time_left: Whether there is time for another run.
    """

    start_seconds: float
    time_left: Callable[[], bool] = lambda: True


def sweep(
    *,
    pack: Pack,
    runs: RunStore,
    executions: Executions,
    bus: Bus,
    clock: Clock,
    patience: Patience,
    places: Places | None = None,
    failed: Callable[[str, Exception], None] = lambda run_id, error: None,
    observe: Observe = unobserved,
) -> Swept:
    """Looks after every run that has no outcome. Safe to repeat, to run twice at once, and to die anywhere.

    Args:
        pack: The runs' domain.
        runs: The runs.
        executions: The phase machine.
        bus: Is told of runs that are closed.
        clock: The time.
        patience: How long it goes on, and with which runs.
        places: Who holds a place; places of executions that have ended are given back. None where nothing is bounded.
        failed: Is told of a run that could not be looked after; the others are, all the same.
        observe: Takes the figures of runs that were halted here.
    """
    acts: dict[str, Act] = {}
    oldest = 0.0
    open_runs = runs_of(runs, RunStatus.RUNNING)
    for listed in open_runs:
        if not patience.time_left():
            break
        try:
            act = look_after(
                listed.run_id,
                pack=pack,
                runs=runs,
                executions=executions,
                bus=bus,
                clock=clock,
                start_seconds=patience.start_seconds,
                observe=observe,
            )
        except Exception as error:  # one bad run must not keep the others from being looked after
            failed(listed.run_id, error)
            act = Act.FAILED
        if act is None:
            continue
        acts[listed.run_id] = act
        if act is not Act.CLOSED:
            oldest = max(oldest, _age(listed, clock))
    if places is not None:
        _give_places_back(places, executions, failed)
    return Swept(acts=acts, oldest_seconds=oldest, unseen=len(open_runs) - len(acts))


def look_after(
    run_id: str,
    *,
    pack: Pack,
    runs: RunStore,
    executions: Executions,
    bus: Bus,
    clock: Clock,
    start_seconds: float,
    observe: Observe = unobserved,
) -> Act | None:
    """Does for a run what has to be done; None when it has its outcome meanwhile, or has gone.

    The execution is asked first and the run after it, consistently: an execution that had ended had published by then, if it did.
    """
    execution = executions.look(run_id)
    try:
        run = runs.get(run_id)
    except RunNotFound:
        return None  # the index still lists what has expired
    if run.status is not RunStatus.RUNNING:
        return None
    if execution is Execution.RUNNING:
        return Act.LEFT
    if execution is Execution.ABSENT and _age(run, clock) <= start_seconds:
        start(run, executions)
        return Act.STARTED
    cause, code = {
        Execution.ABSENT: (
            "nothing ever worked on it, and by now its situation has passed",
            ReasonCode.RUN_NEVER_STARTED,
        ),
        Execution.ENDED: ("the execution ended without an outcome", ReasonCode.EXECUTION_FAILED),
    }[execution]
    close(run_id, cause, pack=pack, runs=runs, bus=bus, clock=clock, code=code, observe=observe)
    return Act.CLOSED


def _give_places_back(places: Places, executions: Executions, failed: Callable[[str, Exception], None]) -> None:
    """Gives back what ended executions still hold; a failure is told and waits for the next sweep."""
    try:
        release_ended(places, lambda run_id: executions.look(run_id) is not Execution.ENDED)
    except Exception as error:  # nor must this keep the figures of the sweep from being told
        failed("", error)


def runs_of(runs: RunStore, status: RunStatus) -> list[Run]:
    """All runs that the index lists under a status, oldest first."""
    found: dict[str, Run] = {}
    token = ""
    while True:
        page = runs.by_status(status, PAGE, token)
        found.update({run.run_id: run for run in page.runs})
        token = page.next
        if not token:
            return sorted(found.values(), key=lambda run: (run.created_at, run.run_id))


def _age(run: Run, clock: Clock) -> float:
    return max(0.0, seconds_between(run.created_at, timestamp(clock())))
