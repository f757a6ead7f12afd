"""The contract of every implementation of ``Breakers``. ``caller`` makes a caller that has just read what all know."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol

from conclave.routing.breakers import (
    FAILURES_TO_OPEN,
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

    def __call__(self, *, probes: bool = False) -> Breakers: ...


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


def check_half_open(caller: Caller, time: Time) -> None:
    """After the wait those who may try do, and their answer closes the circuit, or opens it again."""
    fail(caller, FAILURES_TO_OPEN)
    time.pass_(OPEN_SECONDS + 1)
    assert not caller().lets(MODEL)
    first = caller(probes=True)
    assert first.lets(MODEL)
    first.note(MODEL, failed=True)
    assert first.settle() == {}
    assert not caller(probes=True).lets(MODEL)
    time.pass_(OPEN_SECONDS + 1)
    second = caller(probes=True)
    assert second.lets(MODEL)
    second.note(MODEL, failed=False)
    assert second.settle() == {MODEL: State.CLOSED}
    assert caller().lets(MODEL)
    assert fail(caller, FAILURES_TO_OPEN - 1) == [None] * (FAILURES_TO_OPEN - 1)


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


CHECKS = (check_opening, check_half_open, check_stale, check_forgetting)
