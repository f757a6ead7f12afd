"""Threads for things that are done at once, kept from one call to the next: to start them takes longer than to use them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

Answer = TypeVar("Answer")
Arguments = ParamSpec("Arguments")

MOST_WORKERS = 8
Pool = Callable[[], Executor]
"""Makes workers, up to ``MOST_WORKERS``, for things that are done at once."""


class KeptWorkers:
    """A ``Pool`` that lends the same threads again. Those that are still at work when they are given back are left behind."""

    def __init__(self) -> None:
        self._idle: deque[ThreadPoolExecutor] = deque()

    def __call__(self) -> Executor:
        """Workers that nobody else has until they are shut down."""
        try:
            workers = self._idle.pop()
        except IndexError:
            workers = ThreadPoolExecutor(MOST_WORKERS, thread_name_prefix="checks")
        return _Lent(workers, self._idle)


class _Lent(Executor):
    def __init__(self, workers: ThreadPoolExecutor, idle: deque[ThreadPoolExecutor]) -> None:
        self._workers, self._idle = workers, idle
        self._tasks: list[Future[Any]] = []

    def submit(
        self, task: Callable[Arguments, Answer], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Future[Answer]:
        """See ``Executor.submit``."""
        future = self._workers.submit(task, *args, **kwargs)
        self._tasks.append(future)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Gives the workers back; those with a task that has not ended end with it, and are nobody's any more."""
        ended = all(task.done() for task in self._tasks)
        self._tasks.clear()
        if ended:
            self._idle.append(self._workers)
        else:
            self._workers.shutdown(wait, cancel_futures=cancel_futures)


kept_workers = KeptWorkers()
"""The workers of this process."""
