"""Kills the processes of functions while they serve an invocation, and counts what it hit.

The emulator notes in a file which process serves which invocation (``CONCLAVE_INVOCATIONS``). A kill is a kill if the note of
the invocation's end says that its process died; a process that had answered before is a miss.
"""

from __future__ import annotations

import hashlib
import heapq
import json
import os
import signal
import statistics
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from bench.load import parent_of

LONGEST_DELAY = 0.25
"""Seconds after the beginning of an invocation until which a kill may come."""
SHARE = 0.85
"""Share of the steps of runs, and of the invocations that belong to no run, of which one is to be killed."""
SHARE_WITHOUT_RUN: Mapping[str, float] = {"runs": 0.05, "sweep": 0.3}
"""The same for single functions: everybody who waits for a run asks ``runs``, all the time, and a sweep that dies is repeated."""
REMEMBERED = 20
POLL_SECONDS = 0.003


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """An invocation under way.

    Attributes:
        number: The emulator's number for it.
        function: The function without what all names begin with: ``frame``, ``agent-network``.
        run: The run that it is for; empty where it is for none.
        pid: The process that serves it.
        began: When, monotonic seconds.
    """

    number: int
    function: str
    run: str
    pid: int
    began: float


@dataclass(frozen=True, slots=True)
class Plan:
    """Which invocations are to be killed, and when: at most one for each run and function. Follows from the seed.

    Args:
        seed: The seed.
    """

    seed: int

    def delay(self, each: Invocation, usual: float) -> float | None:
        """Seconds from the beginning of an invocation to its kill; None for one that is to live.

        Args:
            each: The invocation.
            usual: Seconds that invocations of the function usually take: a kill after that would come too late.
        """
        step = (each.run, each.function) if each.run else ("", each.function, each.number)
        share = SHARE if each.run else SHARE_WITHOUT_RUN.get(each.function, SHARE)
        if self._drawn("chosen", *step) >= share:
            return None
        return self._drawn("delay", *step, each.number) * min(LONGEST_DELAY, usual)

    def _drawn(self, *what: Any) -> float:
        digest = hashlib.sha256(repr((self.seed, *what)).encode()).digest()
        return int.from_bytes(digest[:8]) / 2**64


@dataclass(slots=True)
class Tally:
    """The result of a kill.

    Attributes:
        steps: Kills by run and function; the run is empty where there is none.
        misses: Signals that came after the answer.
        foreign: Deaths that nobody here caused: the emulator's own time limits, or a lack of memory.
        answered: Kills by function, of invocations without a run, after which the function has answered again.
        functions: Functions that were invoked.
    """

    steps: Counter[tuple[str, str]] = field(default_factory=Counter)
    misses: int = 0
    foreign: int = 0
    answered: Counter[str] = field(default_factory=Counter)
    functions: set[str] = field(default_factory=set)


class Killer:
    """Reads the notes of the emulator and kills by plan. Never a process of anybody else.

    Args:
        notes: The file of the emulator, open at its present end.
        emulator: Process id of the emulator; only its own children are killed.
        prefix: What the names of all functions begin with.
        runs: The run of an idempotency key, for events that hold no other name of their run.
        plan: What to kill.
        most: So many kills; none after that.
    """

    def __init__(
        self, notes: TextIO, *, emulator: int, prefix: str, runs: Mapping[str, str], plan: Plan, most: int
    ) -> None:
        self.tally = Tally()
        self._notes, self._emulator, self._prefix = notes, emulator, prefix
        self._runs, self._plan, self._most = runs, plan, most
        self._under_way: dict[int, Invocation] = {}
        self._due: list[tuple[float, int, tuple[str, str]]] = []
        self._signalled: set[int] = set()
        self._loose: set[int] = set()
        self._taken: set[tuple[str, str]] = set()
        self._usual: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=REMEMBERED))
        self._unanswered: Counter[str] = Counter()
        self._half = ""

    @property
    def kills(self) -> int:
        """Kills so far."""
        return self.tally.steps.total()

    def work(self) -> None:
        """Reads what is new and kills whom it is time for."""
        for line in self._lines():
            now = time.monotonic()
            if "began" in line:
                self._began(line, now)
            else:
                self._ended(line, now)
        while self._due and self._due[0][0] <= time.monotonic():
            _, number, step = heapq.heappop(self._due)
            self._kill(number, step)

    def _lines(self) -> Iterator[dict[str, Any]]:
        while text := self._notes.readline():
            self._half += text
            if self._half.endswith("\n"):
                whole, self._half = self._half, ""
                yield json.loads(whole)

    def _began(self, line: Mapping[str, Any], now: float) -> None:
        function = str(line["function"]).removeprefix(self._prefix)
        run = run_of(line["event"], self._runs)
        each = Invocation(number=line["began"], function=function, run=run, pid=line["pid"], began=now)
        self._under_way[each.number] = each
        self.tally.functions.add(function)
        if self.kills + len(self._due) + len(self._signalled) >= self._most or (run, function) in self._taken:
            return
        past = self._usual[function]
        delay = self._plan.delay(each, statistics.median(past) if past else LONGEST_DELAY)
        if delay is not None:
            self._taken |= {(run, function)} if run else set()
            heapq.heappush(self._due, (now + delay, each.number, (run, function)))

    def _ended(self, line: Mapping[str, Any], now: float) -> None:
        each = self._under_way.pop(line["ended"], None)
        if each is None:
            return
        signalled = each.number in self._signalled
        self._signalled.discard(each.number)
        if line["died"] and (signalled or each.pid in self._loose):
            self._loose.discard(each.pid)
            self.tally.steps[each.run, each.function] += 1
            self._unanswered[each.function] += not each.run
            return
        if line["died"]:
            self.tally.foreign += 1
            return
        self._usual[each.function].append(now - each.began)
        if signalled:
            # The signal came after the answer: whoever got the process meanwhile dies of it.
            self._loose.add(each.pid)
            self._missed((each.run, each.function))
        self.tally.answered[each.function] += self._unanswered.pop(each.function, 0)

    def _kill(self, number: int, step: tuple[str, str]) -> None:
        each = self._under_way.get(number)
        if each is not None and kill_child(each.pid, self._emulator):
            self._signalled.add(number)
        else:
            self._missed(step)

    def _missed(self, step: tuple[str, str]) -> None:
        self.tally.misses += 1
        self._taken.discard(step)


def kill_child(pid: int, parent: int) -> bool:
    """Kills a process if it is a child of ``parent``; answers whether it was sent the signal."""
    try:
        # The descriptor stays that of this very process, whoever gets its number later.
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    try:
        if parent_of(Path(f"/proc/{pid}/stat")) != parent:
            return False
        signal.pidfd_send_signal(process, signal.SIGKILL)
    except ProcessLookupError:
        return False
    finally:
        os.close(process)
    return True


def run_of(event: Any, runs: Mapping[str, str]) -> str:
    """The run that a function's payload is about; empty where it names none.

    Args:
        event: A task's payload, an event of the bus, or a request to the API.
        runs: The run of an idempotency key.
    """
    if not isinstance(event, dict):
        return ""
    detail, headers = event.get("detail") or {}, event.get("headers") or {}
    named = event.get("run_id") or detail.get("run_id") or detail.get("name")
    if named:
        return str(named)
    keys = [str(value) for name, value in headers.items() if name.lower() == "idempotency-key"]
    return next((runs[key] for key in [*keys, str(detail.get("idempotency_key"))] if key in runs), "")
