"""One schedule: a run that people have to act on, everybody who does something about it, and functions that die on the way.

The engine's own ``hold``, ``settle``, ``publish``, ``close`` and acts run over a store in memory, in virtual time, stopped
between any two calls of a port. What stands between them here is what stands in the approval machine.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from random import Random
from typing import Any

from conclave.agents.prices import price_table
from conclave.api.approving.acts import ApprovalRefused, Asked, Person, act_on
from conclave.approval.record import Kind, approval_in
from conclave.codes import ReasonCode
from conclave.pack import ApprovalRule, Operator, Pack
from conclave.pack.tables import Tables
from conclave.records.run_records import records_of
from conclave.records.runs import Run, RunNotFound
from conclave.results import Branch, Settled
from conclave.steps.approving.hold import NothingToAsk, open_approval, wait_for_people
from conclave.steps.approving.look_after import look_after_approvals
from conclave.steps.approving.settle import settle
from conclave.steps.close_run import close
from conclave.steps.context import RunContext
from conclave.steps.executions import Execution
from conclave.steps.publish import publish
from conclave.testing.bus import RecordingBus
from conclave.testing.journal import MemoryJournal
from conclave.testing.models import ScriptedModel
from conclave.testing.room import Room
from conclave.testing.run_store import MemoryRunStore
from conclave.testing.tables import MemoryTables
from conclave.types import Phase, RunStatus
from msgspec import structs

from bench.simulation.domain import BOOKS, KINDS, ROWS, answer, pack
from bench.simulation.faults import WRITE, Chaos, Through
from bench.simulation.scheduler import BEGIN, Scheduler, Task

RUN_ID = "run-approved"
WAIT_SECONDS = 1_800
END_SECONDS = 12 * 3_600.0
STORM_SECONDS = 3 * 3_600.0
"""Faults happen for this long."""
STEP_ATTEMPTS = 3
PATIENCE = 6
"""Times that a person sends an act that is not taken."""
KEEPERS, CHIEFS = "keepers", "chiefs"
PEOPLE = {
    "reporter": (KEEPERS,),
    "ann": (KEEPERS,),
    "ben": (KEEPERS,),
    "cleo": (KEEPERS, CHIEFS),
    "dan": (CHIEFS,),
    "eve": (),
}
_PORT = {"wait": WRITE, "publish": WRITE, "seize": WRITE}


class Dead(Exception):
    """A step failed after all its repetitions."""


@lru_cache(maxsize=2)
def domain(people: int) -> Pack:
    """The simulation's pack with a rule that asks for people."""
    rule = ApprovalRule(
        field="hours_late", operator=Operator.GE, value=0, reason="somebody waits", group=KEEPERS, people=people
    )
    return structs.replace(pack(), approvals=(rule,), escalation=CHIEFS)


@lru_cache(maxsize=2)
def proposed(people: int) -> tuple[Run, dict[str, tuple[int, bytes]], tuple[bytes, ...]]:
    """A run up to its proposal, made once by the engine's own steps: head, records, audit."""
    runs, journal, of = MemoryRunStore(), MemoryJournal(), domain(people)
    now = BEGIN.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    runs.create(
        Run(
            run_id=RUN_ID,
            status=RunStatus.RUNNING,
            pack=of.name,
            created_at=now,
            updated_at=now,
            correlation_id="c",
            text="",
            incident=dict(BOOKS),
            asked_by="reporter",
        )
    )
    room = Room(
        pack=of,
        runs=runs,
        journal=journal,
        tables=MemoryTables(of.tables, ROWS),
        extractor=None,  # type: ignore[arg-type]  # nobody reads a typed incident
        models=lambda agent: ScriptedModel(
            price_table().model(agent.tier), lambda question: answer(question, KINDS[0])
        ),
        prices=price_table(),
        bus=RecordingBus(),
        clock=_Still(),
    )
    fence = room.frame(RUN_ID).fence
    branch = room._phases(RUN_ID, fence)
    assert isinstance(branch, Branch)
    assert branch.phase == Phase.ARBITRATE
    assert room.decide(RUN_ID, fence, branch).status is RunStatus.APPROVAL_REQUIRED
    return runs.get(RUN_ID), dict(runs._records[RUN_ID]), tuple(runs.audit(RUN_ID))


class _Still(Scheduler):
    """The moment at which everything begins."""

    def __init__(self) -> None:
        super().__init__(0.0)


class Schedule:
    """A seed's schedule.

    Args:
        seed: Everything follows from it.
        rate: Probability of a fault of a call.
        store: Makes the store behind the faults.
    """

    def __init__(self, seed: int, rate: float, store: Callable[[], MemoryRunStore] = MemoryRunStore) -> None:
        self.random = Random(seed)
        self.scheduler = Scheduler(END_SECONDS)
        self.chaos = Chaos(self.scheduler, self.random, rate)
        self.people = self.random.choice((1, 1, 2))
        self.pack = domain(self.people)
        self.store = store()
        run, records, audit = proposed(self.people)
        self.store._runs[RUN_ID], self.store._records[RUN_ID] = run, dict(records)
        self.store._audits[RUN_ID] = list(audit)
        self.runs: Any = Through(self.chaos, "runs", self.store, _PORT)
        self.bus = RecordingBus()
        self.moved = False
        self.execution = Execution.ABSENT
        self.tokens: dict[str, Task] = {}
        self.unseen: list[str] = []

    def play(self) -> None:
        """Lets everything happen."""
        draw = self.random
        for copy in range(draw.choice((1, 1, 2))):
            self._spawn("hold", self._hold, draw.uniform(0, 3) * copy)
        for number in range(draw.randrange(5)):
            self._person(number)
        if draw.random() < 0.3:
            self.scheduler.spawn("data", self._move, delay=draw.uniform(0, 2 * WAIT_SECONDS))
        if draw.random() < 0.15:
            self.scheduler.spawn("abort", self._abort, delay=draw.uniform(0, 2 * WAIT_SECONDS))
        self.scheduler.spawn("calm", self._calm, delay=STORM_SECONDS, daemon=True)
        self.scheduler.spawn("sweep", self._sweep, daemon=True)
        self.scheduler.run(lambda: not self.store.get(RUN_ID).status.open)

    def _context(self) -> RunContext:
        return RunContext(
            run_id=RUN_ID, pack=self.pack, runs=self.runs, journal=MemoryJournal(), clock=self.scheduler, fence=1
        )

    def _spawn(self, name: str, work: Callable[[], Any], delay: float = 0.0) -> Task:
        process = _Process(name)
        return self.scheduler.spawn(name, work, delay=delay, process=process)

    def _step(self, name: str, work: Callable[[], Any]) -> Any:
        """A task of a machine: repeated a few times, and now and then run twice at once."""
        for _ in range(STEP_ATTEMPTS):
            if self.chaos.draw(name, ("twice",)):
                self._spawn(f"{name} again", work, self.random.uniform(0, 5))
            task = self._spawn(name, work)
            self.scheduler.wait(task, 60.0)
            if task.done and task.error is None:
                return task.result
            if isinstance(task.error, NothingToAsk):
                raise task.error
            self.scheduler.sleep(self.random.uniform(0.5, 3))
        raise Dead(name)

    def _hold(self) -> None:
        """What the phase machine does after ``decide``: where it fails, its run is closed."""
        try:
            self._step("hold", lambda: open_approval(self._context()))
            self.start(RUN_ID, {})
        except Dead:
            self._close()

    def start(self, name: str, payload: Any) -> bool:
        """See ``Machine.start``."""
        if self.execution is not Execution.ABSENT:
            return False
        self.execution = Execution.RUNNING
        self.scheduler.spawn("approval", self._machine)
        return True

    def look(self, name: str) -> Execution:
        """See ``Executions.look``."""
        return self.execution

    def _machine(self) -> None:
        """The approval machine."""
        try:
            while self.execution is Execution.RUNNING:
                found: Settled = self._step("settle", lambda: settle(self._context(), tables=self._tables))
                if not found.again:
                    self._step("publish", partial(self._publish, found.fence))
                    break
                self._wait(found.wait_seconds)
        except Dead:
            self._close()
        self.execution = Execution.ENDED

    def _wait(self, seconds: int) -> None:
        token = f"token {len(self.tokens)}"
        sleeper = Task(self.scheduler, token, lambda: None, None, daemon=False)
        self.tokens[token] = sleeper
        try:
            self._step("wait", lambda: wait_for_people(self._context(), token, sealer=self, bus=self.bus))
            self.scheduler.wait(sleeper, float(seconds))
        except NothingToAsk:
            return
        finally:
            sleeper.done = True

    def seal(self, text: str, run_id: str) -> str:
        """See ``Sealer``."""
        return f"sealed {text}"

    def wake(self, sealed: str, run_id: str) -> bool:
        """See ``Waker``: the call may be lost on its way, and arrive late."""
        self.chaos.call("states.wake", lambda: None, ("before", "after", "late", "killed"))
        sleeper = self.tokens.get(sealed.removeprefix("sealed "))
        if sleeper is None or sleeper.done:
            return False
        sleeper.done = True
        self.scheduler.ended(sleeper)
        return True

    def _publish(self, fence: int) -> None:
        publish(RUN_ID, fence, pack=self.pack, runs=self.runs, bus=self.bus, clock=self.scheduler)

    def _close(self) -> None:
        """The event of an execution that failed; now and then it is lost, and the sweeper has to see it."""
        if self.chaos.draw("event", ("lost",)):
            return

        def work() -> None:
            close(RUN_ID, "it failed", pack=self.pack, runs=self.runs, bus=self.bus, clock=self.scheduler)

        try:
            self._step("close", work)
        except Dead:
            return

    def _abort(self) -> None:
        if self.execution is Execution.RUNNING:
            self.execution = Execution.ENDED
            self._close()

    def _sweep(self) -> None:
        while True:
            self.scheduler.sleep(60.0)
            self._spawn("sweep", self._look_after)

    def _look_after(self) -> None:
        look_after_approvals(
            pack=self.pack,
            runs=self.runs,
            executions=self,
            bus=self.bus,
            clock=self.scheduler,
            time_left=lambda: True,
            failed=lambda run_id, error: None,
        )
        run = self.store.get(RUN_ID)
        begun = self.scheduler.now > 4 * 60 and self.execution is Execution.ABSENT
        if run.status is RunStatus.RUNNING and begun:  # what the sweep of runs does
            code = ReasonCode.EXECUTION_FAILED
            close(RUN_ID, "it ended", pack=self.pack, runs=self.runs, bus=self.bus, clock=self.scheduler, code=code)

    def _calm(self) -> None:
        self.chaos.quiet = True

    def _move(self) -> None:
        self.moved = True

    def _tables(self) -> Tables:
        rows = [
            {**row, "cooled_hours": 12} if self.moved and row["parcel"] == "P101" else row for row in ROWS["parcels"]
        ]
        return MemoryTables(self.pack.tables, {"parcels": rows})

    def _person(self, number: int) -> None:
        name = self.random.choice(list(PEOPLE))
        kind = self.random.choice((Kind.APPROVE, Kind.APPROVE, Kind.REFUSE, Kind.OVERRIDE))
        at_once = self.random.random() < 0.4
        delay = 60.0 if at_once else self.random.uniform(0, 2.2 * WAIT_SECONDS)
        asked: list[Asked] = []

        def work() -> None:
            asked.append(self._asked(kind)) if not asked else None
            person = Person(name, PEOPLE[name])
            act_on(
                RUN_ID,
                asked[0],
                person=person,
                pack=self.pack,
                runs=self.runs,
                bus=self.bus,
                clock=self.scheduler,
                waker=self,
            )

        def send() -> None:
            for _ in range(PATIENCE):
                task = self._spawn(f"{name} {kind}", work)
                self.scheduler.wait(task, 20.0)
                if task.done and (task.error is None or isinstance(task.error, ApprovalRefused)):
                    return
                self.scheduler.sleep(self.random.uniform(1, 30))

        self.scheduler.spawn(f"person {number}", send, delay=delay)

    def _asked(self, kind: Kind) -> Asked:
        """What a person asks for who looks at the run now; now and then they looked at another one."""
        approval = None
        try:
            approval = approval_in(records_of(RUN_ID, self.store, self.pack))
        except RunNotFound:
            approval = None
        if approval is None:
            return Asked(act=kind, option_id="O1", seen="", reason="early")
        others = [each for each in approval.choices if each != approval.option_id] or ["O9"]
        option = self.random.choice(others) if kind is Kind.OVERRIDE else approval.option_id
        seen = approval.choices[option].seen if option in approval.choices else ""
        stale = self.random.random() < 0.05
        return Asked(act=kind, option_id=option, seen="stale" if stale else seen, reason="because")


class _Process:
    """The process of a function: it never naps, and lives for a minute."""

    def __init__(self, verb: str) -> None:
        self.verb = verb
        self.ends = float("inf")
        self.naps_after = -1
