"""Virtual time: tasks in one thread that take turns where they wait, in an order that follows from the seed alone.

Tasks are greenlets, so the engine's own synchronous code runs unchanged and yet can be stopped between any two calls of a port.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from greenlet import getcurrent, greenlet

BEGIN = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)


class Killed(BaseException):
    """The process of a task ended here; nothing in it catches this, as nothing catches a SIGKILL.

    Args:
        error: The name under which whoever waits for the task hears of it.
    """

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


class Wake:
    """An entry of the agenda: whom to continue. It counts once, whatever it was set for."""

    __slots__ = ("daemon", "fired", "target")

    def __init__(self, target: greenlet, daemon: bool) -> None:
        self.target = target
        self.daemon = daemon
        self.fired = False


class Task:
    """Something under way.

    Attributes:
        name: For the trace.
        process: What it runs in, whatever its owner makes of that; tasks that it starts are not in it.
        done: Whether it has ended.
        result: What it answered.
        error: What it raised.
    """

    def __init__(
        self, scheduler: Scheduler, name: str, function: Callable[[], Any], process: Any, daemon: bool
    ) -> None:
        self.name = name
        self.process = process
        self.daemon = daemon
        self.done = False
        self.result: Any = None
        self.error: BaseException | None = None
        self.waiting: list[Wake] = []
        self._scheduler = scheduler
        self._function = function
        self.greenlet = greenlet(self._run, scheduler.hub)
        self.greenlet.task = self

    def _run(self) -> None:
        try:
            self.result = self._function()
        except (Exception, Killed) as error:
            self.error = error
        self.done = True
        self._scheduler.ended(self)


class Scheduler:
    """The agenda. It is also a ``conclave.clock.Timepiece``.

    Attributes:
        now: Virtual seconds since the beginning.
        until: Nothing happens after this.
    """

    def __init__(self, until: float) -> None:
        self.now = 0.0
        self.until = until
        self.hub = getcurrent()
        self._agenda: list[tuple[float, int, Wake]] = []
        self._number = 0
        self._busy = 0
        self._tasks: list[Task] = []

    def __call__(self) -> datetime:
        """The virtual time of day."""
        return BEGIN + timedelta(seconds=self.now)

    def monotonic(self) -> float:
        """Virtual seconds."""
        return self.now

    @property
    def current(self) -> Task:
        """The task that runs now."""
        task: Task = getcurrent().task
        return task

    def spawn(
        self, name: str, function: Callable[[], Any], *, delay: float = 0.0, process: Any = None, daemon: bool = False
    ) -> Task:
        """Starts a task after a delay. The simulation is at rest when nothing but daemons waits."""
        task = Task(self, name, function, process, daemon)
        self._tasks.append(task)
        self._set(Wake(task.greenlet, daemon), self.now + delay)
        return task

    def sleep(self, seconds: float) -> None:
        """Lets virtual time pass for the task that calls."""
        due = self.now + seconds
        if due <= self.until and (not self._agenda or self._agenda[0][0] > due):
            self.now = due  # nobody else is due before: the same as going round the agenda
            return
        self._set(Wake(getcurrent(), self.current.daemon), due)
        self.hub.switch()

    def wait(self, task: Task, timeout: float) -> bool:
        """Waits for a task, answers whether it has ended."""
        if not task.done:
            wake = Wake(getcurrent(), self.current.daemon)
            task.waiting.append(wake)
            self._set(wake, self.now + timeout)
            self.hub.switch()
        return task.done

    def ended(self, task: Task) -> None:
        """Wakes up whoever waits for a task."""
        for wake in task.waiting:
            if not wake.fired:
                again = Wake(wake.target, wake.daemon)
                wake.fired = True
                self._busy -= not wake.daemon
                self._set(again, self.now)

    def run(self, at_rest: Callable[[], bool]) -> None:
        """Goes on until ``until``, or until nothing but daemons waits and ``at_rest`` says that it may end."""
        while self._agenda:
            due, _, wake = heapq.heappop(self._agenda)
            if wake.fired:
                continue
            if due > self.until:
                break
            wake.fired = True
            self._busy -= not wake.daemon
            self.now = max(self.now, due)
            wake.target.switch()
            if not self._busy and at_rest():
                break
        self._end()

    def _set(self, wake: Wake, due: float) -> None:
        self._number += 1
        self._busy += not wake.daemon
        heapq.heappush(self._agenda, (due, self._number, wake))

    def _end(self) -> None:
        for task in self._tasks:
            if task.greenlet and not task.done:
                task.greenlet.throw()  # GreenletExit ends it here
        self._tasks.clear()
        self._agenda.clear()
