"""What every implementation of ``EventStore`` does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from conclave.streaming.events import BY_DEFAULT, Kind, Log, Statement, extended
from conclave.streaming.listeners import (
    LISTENER_SECONDS,
    MAX_LISTENERS,
    TICKET_SECONDS,
    EventStore,
    hash_of,
    invited,
    opened,
)

AT = "2026-11-21T06:00:00.000Z"
NOW = 1_795_240_800
WRITERS = 4


def longer(log: Log, number: int, *, over: bool = False) -> Log:
    return extended(log, [Statement(kind=Kind.PHASE, state="begun", phase=f"p{number}")], AT, over=over)


def check_logs(store: EventStore) -> None:
    """A log grows from what its writer read, and from nothing else."""
    empty = store.log("run-1")
    assert (empty.last, empty.run_id) == (0, "run-1")
    one = longer(empty, 1)
    assert store.extend(one, 0, NOW)
    assert not store.extend(longer(empty, 2), 0, NOW)
    assert store.log("run-1") == one
    two = longer(one, 2, over=True)
    assert not store.extend(two, 2, NOW)
    assert store.extend(two, 1, NOW)
    assert store.log("run-1") == two
    assert store.log("run-2").last == 0


def check_races(store: EventStore) -> None:
    """Of several writers who read the same log one is first; all get their events in by trying again."""

    def write(number: int) -> None:
        while True:
            log = store.log("run-1")
            if store.extend(longer(log, number), log.last, NOW):
                return

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS * 2)))
    log = store.log("run-1")
    assert [event.ordinal for event in log.events] == list(range(1, WRITERS * 2 + 1))
    assert {event.said.phase for event in log.events} == {f"p{number}" for number in range(WRITERS * 2)}


def check_listeners(store: EventStore) -> None:
    """A ticket opens one connection, once and in time; whoever is gone is told nothing."""
    ticket, listener = invited("run-1", (Kind.DECISION, Kind.TEXT), NOW)
    store.invite(listener)
    assert store.listeners("run-1", NOW) == ()
    assert store.open("run-1", "0" * 64, "c", NOW) is None
    assert store.open("run-2", hash_of(ticket), "c", NOW) is None
    assert store.open("run-1", hash_of(ticket), "c", NOW + TICKET_SECONDS + 1) is None
    assert store.open("run-1", hash_of(ticket), "c=", NOW + TICKET_SECONDS) == opened(listener, "c=")
    assert store.open("run-1", hash_of(ticket), "d", NOW) is None
    assert store.listeners("run-1", NOW) == ()
    store.hear("run-1", listener.id)
    store.hear("run-1", "0" * 64)
    assert store.listeners("run-1", NOW) == (opened(listener, "c="),)
    assert store.listeners("run-2", NOW) == ()
    assert store.listeners("run-1", NOW + LISTENER_SECONDS + 1) == ()
    store.close("run-1", "0" * 64)
    store.close("run-2", listener.id)
    assert store.listeners("run-1", NOW) == (opened(listener, "c="),)
    store.close("run-1", listener.id)
    store.close("run-1", listener.id)
    assert store.listeners("run-1", NOW) == ()
    store.hear("run-1", listener.id)
    assert store.listeners("run-1", NOW) == (opened(listener, "c="),)
    store.close("run-1", listener.id)
    waiting = invited("run-1", (Kind.RUN,), NOW)[1]
    store.invite(waiting)
    store.hear("run-1", waiting.id)
    assert store.listeners("run-1", NOW) == ()
    assert store.listeners("run-2", NOW) == ()
    assert store.log("run-1").last == 0


def check_many(store: EventStore) -> None:
    """Only so many are told at once."""
    for number in range(MAX_LISTENERS + 3):
        _, listener = invited("run-1", BY_DEFAULT, NOW)
        store.invite(listener)
        store.open("run-1", listener.id, f"c{number}", NOW)
        store.hear("run-1", listener.id)
    assert len(store.listeners("run-1", NOW)) == MAX_LISTENERS


CHECKS = (check_logs, check_races, check_listeners, check_many)
