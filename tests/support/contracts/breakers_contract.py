"""The contract of every implementation of ``Breakers``. ``caller`` makes a caller that has just read what all know."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol

from conclave.routing.breakers import (
    FAILURES_TO_OPEN,
    LEASE_SECONDS,
    OPEN_SECONDS,
    WINDOW_SECONDS,
    Breakers,
    State,
)

MODEL, OTHER = "global.small", "global.large"


class Time:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 21, 6, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Caller(Protocol):
    """Makes a caller that has just read what all know."""

    def __call__(self, *, run_id: str = "run-1", probes: bool = False) -> Breakers: ...


def fail(caller: Caller, times: int, *, failed: bool = True) -> list[State | None]:
    """As many callers one after the other, each with one call of the model."""
    ends = []
    for _ in range(times):
        breakers = caller()
        assert breakers.lets(MODEL)
        breakers.note(MODEL, failed=failed)
        ends.append(breakers.settle().get(MODEL))
    return ends


def check_opening(caller: Caller, time: Time) -> None:
    """Callers together open the circuit of one model, and of no other, and it stays open for a while."""
    assert fail(caller, FAILURES_TO_OPEN) == [*[None] * (FAILURES_TO_OPEN - 1), State.OPEN]
    assert not caller().lets(MODEL)
    assert caller().lets(OTHER)
    time.pass_(OPEN_SECONDS - 1)
    assert not caller().lets(MODEL)


def trying(caller: Caller, run_id: str = "run-1") -> Breakers:
    """Who tries in a run that asked for the lease."""
    caller(run_id=run_id).lease([[MODEL, OTHER]])
    return caller(run_id=run_id, probes=True)


def check_half_open(caller: Caller, time: Time) -> None:
    """After the wait who has the lease tries, and its answer closes the circuit, or opens it again."""
    fail(caller, FAILURES_TO_OPEN)
    time.pass_(OPEN_SECONDS + 1)
    assert not caller().lets(MODEL)
    assert not caller(probes=True).lets(MODEL)
    first = trying(caller)
    assert first.lets(MODEL)
    first.note(MODEL, failed=True)
    assert first.settle() == {}
    assert not caller(probes=True).lets(MODEL)
    time.pass_(OPEN_SECONDS + 1)
    assert not caller(probes=True).lets(MODEL), "a lease ends with what was heard"
    second = trying(caller)
    assert second.lets(MODEL)
    second.note(MODEL, failed=False)
    assert second.settle() == {MODEL: State.CLOSED}
    assert caller().lets(MODEL)
    assert fail(caller, FAILURES_TO_OPEN - 1) == [None] * (FAILURES_TO_OPEN - 1)


def check_lease(caller: Caller, time: Time) -> None:
    """One run tries at a time, by one agent; a run of which nothing is heard keeps others from it for a while only."""
    fail(caller, FAILURES_TO_OPEN)
    early = caller(run_id="early", probes=True)
    early.lease([[MODEL]])
    time.pass_(OPEN_SECONDS + 1)
    assert not early.lets(MODEL)
    together = [caller(run_id=f"run-{number}", probes=True) for number in range(20)]
    for each in together:
        each.lease([[MODEL]])
    assert [each.lets(MODEL) for each in together] == [True, *[False] * 19]
    assert caller(run_id="run-0", probes=True).lets(MODEL)
    assert not caller(run_id="run-0").lets(MODEL)
    assert not trying(caller, "run-7").lets(MODEL)
    time.pass_(LEASE_SECONDS)
    assert not together[0].lets(MODEL)
    assert trying(caller, "run-7").lets(MODEL)


def check_stale(caller: Caller, time: Time) -> None:
    """One that has read what all know before others told something adds to it, and takes nothing back."""
    stale = caller()
    fail(caller, FAILURES_TO_OPEN - 1)
    stale.note(MODEL, failed=True)
    assert stale.settle() == {MODEL: State.OPEN}
    assert not caller().lets(MODEL)


def check_forgetting(caller: Caller, time: Time) -> None:
    """Failures that are long past count for nothing, nor do those that successes outnumber."""
    fail(caller, FAILURES_TO_OPEN - 1)
    time.pass_(WINDOW_SECONDS + 1)
    assert fail(caller, FAILURES_TO_OPEN - 1) == [None] * (FAILURES_TO_OPEN - 1)
    fail(caller, 2 * FAILURES_TO_OPEN, failed=False)
    assert fail(caller, FAILURES_TO_OPEN) == [None] * FAILURES_TO_OPEN


def check_only_what_is_asked(caller: Caller, time: Time) -> None:
    """A run takes no lease of a model that its calls do not come to first, so that the next run tries it at once."""
    fail(caller, FAILURES_TO_OPEN)
    time.pass_(OPEN_SECONDS + 1)
    unasked = caller(run_id="unasked", probes=True)
    unasked.lease([[OTHER, MODEL], [OTHER]])
    assert not unasked.lets(MODEL)
    assert trying(caller, "asks").lets(MODEL)


def check_second_of_a_chain(caller: Caller, time: Time) -> None:
    """Behind a model that nobody asks, the next one of the chain is the one that is tried."""
    breakers = caller()
    for _ in range(FAILURES_TO_OPEN):
        breakers.note(OTHER, failed=True)
    breakers.settle()
    time.pass_(OPEN_SECONDS + 1)
    fail(caller, FAILURES_TO_OPEN)
    tries = caller(run_id="run-2", probes=True)
    tries.lease([[MODEL, OTHER]])
    assert not tries.lets(MODEL)
    assert tries.lets(OTHER)


def check_giving_back(caller: Caller, time: Time) -> None:
    """What a run has leased and not asked another run may try at once; nobody gives back what is another run's, or noted."""
    fail(caller, FAILURES_TO_OPEN)
    time.pass_(OPEN_SECONDS + 1)
    trying(caller, "first")
    caller(run_id="stranger").give_back()
    assert not trying(caller, "second").lets(MODEL)
    caller(run_id="first").give_back()
    assert not caller(run_id="first", probes=True).lets(MODEL)
    asked = trying(caller, "third")
    assert asked.lets(MODEL)
    asked.note(MODEL, failed=True)
    asked.give_back()
    assert not trying(caller, "fourth").lets(MODEL)
    assert asked.settle() == {}
    time.pass_(OPEN_SECONDS - 1)
    assert not trying(caller, "fourth").lets(MODEL), "what was noted has opened the circuit again"


CHECKS = (
    check_opening,
    check_half_open,
    check_lease,
    check_only_what_is_asked,
    check_second_of_a_chain,
    check_giving_back,
    check_stale,
    check_forgetting,
)
