"""The number of workers that functions have at once: a bound on this machine's memory, and a fair queue in front of it.

The emulator starts a worker for every invocation that finds none free, keeps the first of each function for ever, and says
itself that it has no bound. A burst took all memory. Here an invocation that finds the bound reached waits for its turn: those
for callers and events first, then those of executions, the oldest execution first, so that runs end one after the other. Who
waits is not running: the time is taken off the time limit of the state that waits. Only an invocation that nobody can be
waiting for any more is throttled, as AWS would have done at once.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar, Token
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

API_PATIENCE_SECONDS = 15.0
"""API Gateway gives up after 29 s, and the invocation itself has to end before that."""
PATIENCE_SECONDS = 3600.0
"""Seconds that events and executions wait at most."""
IDLE_SECONDS = 120.0
"""Seconds that a worker stays without work."""
EVENT_RANK = 0
"""Rank of whatever is not a part of an execution; those have higher ones."""


class Worker(Protocol):
    """A process that serves one invocation of a function at a time."""

    in_use: bool
    last_used: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The most workers that may be there at once.

    Attributes:
        alive: Workers of all functions, busy or idle.
        busy: Workers of all functions that serve an invocation.
        each: Workers of one function.
    """

    alive: int
    busy: int
    each: int


def bounds_for(alive: int) -> Bounds:
    """The bounds for so many workers: two of seven busy.

    All agents of a run can work at once. More of them would not end earlier on a few cores, but run into their time limits;
    the idle ones need not start again for the next run.
    """
    return Bounds(alive=alive, busy=max(1, alive * 2 // 7), each=max(1, alive // 14))


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Permission for an invocation to go on now, and the worker for it.

    Attributes:
        worker: The idle worker to take; None to start one.
        evicted: The idle worker of another function that has to end for it.
    """

    worker: Any = None
    evicted: Any = None


def turn(key: str, workers: Mapping[str, Sequence[Worker]], bounds: Bounds) -> Turn | None:
    """The turn of an invocation of the function ``key``, or None when it has to wait.

    Args:
        key: The function.
        workers: All workers, by function.
        bounds: What may be there at once.
    """
    own, everyone = workers.get(key, ()), [each for entries in workers.values() for each in entries]
    if sum(each.in_use for each in everyone) >= bounds.busy:
        return None
    idle = [each for each in own if not each.in_use]
    if idle:
        return Turn(worker=max(idle, key=lambda each: each.last_used))
    if len(own) >= bounds.each:
        return None
    if len(everyone) < bounds.alive:
        return Turn()
    others = [each for each in everyone if not each.in_use]
    return Turn(evicted=min(others, key=lambda each: each.last_used)) if others else None


@dataclass(slots=True)
class Waited:
    """The time that invocations of a state have waited for a worker, ongoing waits included."""

    clock: Callable[[], float] = time.monotonic
    _past: float = 0.0
    _since: float | None = None

    def begin(self) -> None:
        """An invocation waits from now on."""
        self._since = self.clock()

    def end(self) -> None:
        """It has its turn."""
        if self._since is not None:
            self._past, self._since = self._past + self.clock() - self._since, None

    def seconds(self) -> float:
        """All of it, in seconds."""
        since = self._since
        return self._past + (self.clock() - since if since is not None else 0.0)


@dataclass(slots=True, kw_only=True)
class _Place:
    rank: int
    number: int
    key: str
    turn: Turn | None = None
    called: threading.Event = field(default_factory=threading.Event)


class Queue:
    """Invocations that wait for a worker, served by rank and then in the order of their arrival.

    An invocation whose function has all its workers does not hold up those of other functions behind it.

    Args:
        workers: All workers by function; only while ``lock`` is held.
        lock: Guards ``workers``.
        bounds: What may be there at once.
    """

    def __init__(self, workers: Mapping[str, Sequence[Worker]], lock: threading.Lock, bounds: Bounds) -> None:
        self._workers, self._lock, self._bounds = workers, lock, bounds
        self._waiting: list[_Place] = []
        self._numbers = itertools.count()
        self._makers: dict[int, Callable[[Turn], Any]] = {}
        self._given: dict[int, Any] = {}

    def take(
        self, key: str, occupy: Callable[[Turn], Any], *, rank: int, patience: float, waited: Waited | None = None
    ) -> Any:
        """A worker for the function ``key``; None when none came free within ``patience`` seconds.

        Args:
            key: The function.
            occupy: Enters the turn into the workers and answers the worker; called while the lock is held.
            rank: Lower ranks are served first.
            patience: How long to wait, seconds.
            waited: Takes note of the time.
        """
        place = _Place(rank=rank, number=next(self._numbers), key=key)
        with self._lock:
            self._waiting.append(place)
            self._waiting.sort(key=lambda each: (each.rank, each.number))
            self._makers[place.number] = occupy
            self._serve()
        if waited is not None:
            waited.begin()
        came = place.called.wait(patience)
        if waited is not None:
            waited.end()
        with self._lock:
            if not came and place in self._waiting:
                self._leave(place)
                return None
            return self._given.pop(place.number)

    def give_back(self, worker: Worker) -> None:
        """The worker is free again, or gone."""
        with self._lock:
            worker.in_use = False
            worker.last_used = time.time()
            self._serve()

    def serve(self) -> None:
        """Workers have gone: calls whoever may begin now."""
        with self._lock:
            self._serve()

    def __len__(self) -> int:
        return len(self._waiting)

    def _serve(self) -> None:
        urgent = any(place.rank == EVENT_RANK for place in self._waiting)
        # While callers wait, executions take half of the machine; they end later, but nobody gives up.
        patient = replace(self._bounds, busy=max(1, self._bounds.busy // 2)) if urgent else self._bounds
        for place in list(self._waiting):
            found = turn(place.key, self._workers, self._bounds if place.rank == EVENT_RANK else patient)
            if found is None:
                continue
            self._given[place.number] = self._makers[place.number](found)
            self._leave(place)
            place.called.set()

    def _leave(self, place: _Place) -> None:
        self._waiting.remove(place)
        del self._makers[place.number]


rank: ContextVar[int] = ContextVar("rank", default=EVENT_RANK)
patience: ContextVar[float] = ContextVar("patience", default=PATIENCE_SECONDS)
waited: ContextVar[Waited | None] = ContextVar("waited", default=None)
_executions = itertools.count(EVENT_RANK + 1)


def install(bounds: Bounds) -> None:
    """Puts the queue in front of the emulator's workers. To be called before its ``main``."""
    _queue_invocations(bounds)
    _rank_executions()
    _leave_waiting_out_of_time_limits()
    _hurry_for_the_api()


def _queue_invocations(bounds: Bounds) -> None:
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    queue = Queue(lambda_runtime._workers, lambda_runtime._lock, bounds)

    def acquire(
        name: str, config: dict[str, Any], code: bytes, qualifier: str = "$LATEST", max_concurrency: int | None = None
    ) -> tuple[Any, str]:
        key = lambda_runtime._worker_key(name, config, qualifier)
        ended: list[Any] = []

        def occupy(found: Turn) -> Any:
            if found.evicted is not None:
                ended.append(found.evicted)
                _remove(found.evicted)
            worker = found.worker
            if worker is None:
                worker = lambda_runtime._worker_class_for(config)(name, config, code)
                lambda_runtime._workers.setdefault(key, []).append(worker)
            worker.in_use, worker.last_used = True, time.time()
            return worker

        # A function that is invoked by another one, which waits for it, must not wait for that one's end.
        nested = (lambda_svc._invoke_depth.get() or 0) > 1
        if nested:
            with lambda_runtime._lock:
                return occupy(Turn()), "spawn"
        worker = queue.take(key, occupy, rank=rank.get(), patience=patience.get(), waited=waited.get())
        lambda_runtime.kill_workers(ended)
        return (worker, "reused") if worker is not None else (None, "func_cap")

    def release(worker: Any) -> None:
        if worker is not None:
            queue.give_back(worker)
        else:
            # A worker that failed was taken out of the pool by the emulator.
            queue.serve()

    def reap(ttl: float | None = None) -> int:
        oldest = time.time() - (IDLE_SECONDS if ttl is None else ttl)
        with lambda_runtime._lock:
            gone = [
                each
                for entries in lambda_runtime._workers.values()
                for each in entries
                if not each.in_use and each.last_used < oldest
            ]
            for worker in gone:
                _remove(worker)
        lambda_runtime.kill_workers(gone)
        return len(gone)

    lambda_svc.acquire_worker, lambda_svc.release_worker, lambda_svc.reap_idle_workers = acquire, release, reap


def _remove(worker: Any) -> None:
    from ministack.core import lambda_runtime

    for key, entries in list(lambda_runtime._workers.items()):
        if worker in entries:
            entries.remove(worker)
        if not entries:
            del lambda_runtime._workers[key]


def _rank_executions() -> None:
    from ministack.services import stepfunctions

    run = stepfunctions._run_execution

    def run_ranked(arn: str) -> None:
        # Each execution has a thread and a context of its own.
        rank.set(next(_executions))
        run(arn)

    stepfunctions._run_execution = run_ranked


def _leave_waiting_out_of_time_limits() -> None:
    from concurrent.futures import ThreadPoolExecutor
    from contextvars import copy_context

    from ministack.services import stepfunctions

    def invoke(resource: str, data: Any, limit: float) -> Any:
        queued, began = Waited(), time.monotonic()
        token: Token[Waited | None] = waited.set(queued)
        pool = ThreadPoolExecutor(max_workers=1)
        future = pool.submit(copy_context().run, stepfunctions._invoke_resource, resource, data)
        pool.shutdown(wait=False)
        waited.reset(token)
        while (remaining := began + float(limit) + queued.seconds() - time.monotonic()) > 0:
            try:
                return future.result(timeout=remaining)
            except TimeoutError:
                if future.done():
                    raise
        raise stepfunctions._ExecutionError("States.Timeout", f"Task timed out after {limit} seconds")

    stepfunctions._invoke_resource_with_timeout = invoke


def _hurry_for_the_api() -> None:
    from ministack.services import apigateway_v1

    call = apigateway_v1._call_lambda_raw

    async def hurried(*args: Any, **kwargs: Any) -> Any:
        token = patience.set(API_PATIENCE_SECONDS)
        try:
            return await call(*args, **kwargs)
        finally:
            patience.reset(token)

    apigateway_v1._call_lambda_raw = hurried
