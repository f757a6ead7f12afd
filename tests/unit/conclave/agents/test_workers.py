"""Threads that are kept from one call to the next."""

from __future__ import annotations

from threading import Event, get_ident

from conclave.agents.workers import MOST_WORKERS, KeptWorkers


def test_the_next_caller_gets_the_threads_of_the_last() -> None:
    pool = KeptWorkers()
    threads = set[int]()
    for _ in range(5):
        workers = pool()
        threads.add(workers.submit(get_ident).result(5))
        workers.shutdown(wait=False)
    assert len(threads) == 1


def test_two_callers_at_once_do_not_wait_for_each_other() -> None:
    pool, go = KeptWorkers(), Event()
    busy, other = pool(), pool()
    waiting = [busy.submit(go.wait, 30) for _ in range(MOST_WORKERS)]
    try:
        assert other.submit(get_ident).result(5) != get_ident()
    finally:
        go.set()
    assert all(each.result(5) for each in waiting)


def test_threads_that_are_still_at_work_are_lent_to_nobody() -> None:
    pool, go = KeptWorkers(), Event()
    stuck = pool()
    hangs = [stuck.submit(go.wait, 30) for _ in range(MOST_WORKERS)]
    never = stuck.submit(get_ident)
    stuck.shutdown(wait=False, cancel_futures=True)
    try:
        assert pool().submit(get_ident).result(5) != get_ident()
        assert never.cancelled()
    finally:
        go.set()
    assert all(each.result(5) for each in hangs)
