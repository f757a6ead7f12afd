from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

import pytest

from local.emulator.workers import Bounds, Queue, Turn, Waited, bounds_for, turn

ROOMY = Bounds(alive=10, busy=10, each=10)


@dataclass
class Process:
    function: str
    in_use: bool = True
    last_used: float = 0.0


def idle(function: str, last_used: float = 0.0) -> Process:
    return Process(function, in_use=False, last_used=last_used)


@dataclass
class Pool:
    """The emulator's table of workers, with the queue in front of it."""

    bounds: Bounds
    table: dict[str, list[Process]] = field(default_factory=dict)
    started: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.queue = Queue(self.table, threading.Lock(), self.bounds)

    def take(self, function: str, *, rank: int = 0, patience: float = 5.0) -> Any:
        def occupy(found: Turn) -> Process:
            if found.evicted is not None:
                self.table[found.evicted.function].remove(found.evicted)
            worker = found.worker or Process(function)
            if found.worker is None:
                self.started.append(function)
                self.table.setdefault(function, []).append(worker)
            worker.in_use = True
            return worker

        return self.queue.take(function, occupy, rank=rank, patience=patience)

    def take_later(self, function: str, rank: int, taken: list[int]) -> threading.Thread:
        before = len(self.queue)

        def run() -> None:
            worker = self.take(function, rank=rank)
            taken.append(rank)
            self.queue.give_back(worker)

        thread = threading.Thread(target=run)
        thread.start()
        while len(self.queue) == before:
            time.sleep(0.001)
        return thread


def test_idle_worker_is_taken_before_another_starts() -> None:
    free = idle("frame")
    assert turn("frame", {"frame": [Process("frame"), free]}, ROOMY) == Turn(worker=free)


def test_function_without_worker_may_start_one() -> None:
    assert turn("frame", {}, ROOMY) == Turn()


def test_no_more_workers_of_a_function_than_its_bound() -> None:
    assert turn("frame", {"frame": [Process("frame")]}, Bounds(alive=9, busy=9, each=1)) is None


def test_no_more_busy_workers_than_the_bound_even_if_one_is_idle() -> None:
    workers = {"frame": [idle("frame")], "decide": [Process("decide")]}
    assert turn("frame", workers, Bounds(alive=9, busy=1, each=9)) is None


def test_longest_idle_worker_makes_room() -> None:
    old, new = idle("collate", 1.0), idle("decide", 2.0)
    full = Bounds(alive=2, busy=2, each=2)
    assert turn("frame", {"collate": [old], "decide": [new]}, full) == Turn(evicted=old)


def test_busy_worker_never_makes_room() -> None:
    assert turn("frame", {"decide": [Process("decide")]}, Bounds(alive=1, busy=2, each=1)) is None


def test_waiting_invocation_gets_the_worker_that_comes_free() -> None:
    pool = Pool(Bounds(alive=1, busy=1, each=1))
    first, taken = pool.take("frame"), list[int]()
    waiting = pool.take_later("frame", 1, taken)
    assert taken == []
    pool.queue.give_back(first)
    waiting.join(5)
    assert (taken, pool.started) == ([1], ["frame"])


def test_lower_rank_is_served_first() -> None:
    pool = Pool(Bounds(alive=1, busy=1, each=1))
    first, taken = pool.take("frame"), list[int]()
    threads = [pool.take_later("frame", rank, taken) for rank in (3, 1, 2)]
    pool.queue.give_back(first)
    for thread in threads:
        thread.join(5)
    assert taken == [1, 2, 3]


def test_full_function_does_not_hold_up_another() -> None:
    pool = Pool(Bounds(alive=2, busy=2, each=1))
    first, taken = pool.take("frame"), list[int]()
    waiting = pool.take_later("frame", 1, taken)
    assert pool.take("decide", rank=2, patience=1.0) is not None
    pool.queue.give_back(first)
    waiting.join(5)


@pytest.mark.parametrize("patience", [0.0, 0.01])
def test_nothing_is_given_to_somebody_who_has_left(patience: float) -> None:
    pool = Pool(Bounds(alive=1, busy=1, each=1))
    first = pool.take("frame")
    assert pool.take("frame", patience=patience) is None
    pool.queue.give_back(first)
    assert (first.in_use, len(pool.queue)) == (False, 0)


def test_waits_add_up_and_an_ongoing_one_counts() -> None:
    now = [10.0]
    waited = Waited(clock=lambda: now[0])
    waited.begin()
    now[0] = 12.0
    waited.end()
    waited.begin()
    now[0] = 15.0
    assert waited.seconds() == 5.0


def test_agents_of_one_run_find_room_in_the_default_bounds() -> None:
    from packs.airline import PACK

    from local.settings import DEFAULT_WORKERS

    bounds = bounds_for(DEFAULT_WORKERS)
    assert bounds.alive >= bounds.busy >= len(PACK.agents)
    assert bounds.each >= 2


def test_executions_take_half_while_callers_wait() -> None:
    pool = Pool(Bounds(alive=9, busy=4, each=1))
    held, taken = [pool.take("intake"), pool.take("frame", rank=1)], list[int]()
    caller = pool.take_later("intake", 0, taken)
    assert pool.take("decide", rank=2, patience=0.01) is None
    pool.queue.give_back(held[0])
    caller.join(5)
    assert pool.take("decide", rank=2, patience=1.0) is not None
