"""A circuit by its arithmetic: only those who try once the wait is over close it, or open it anew."""

from __future__ import annotations

from conclave.routing.breakers import CLOSED, FAILURES_TO_OPEN, OPEN_SECONDS, Circuit, State

OPENED = CLOSED.after(FAILURES_TO_OPEN, 0, 100.0)


def test_calls_from_before_it_opened_neither_close_nor_prolong_it() -> None:
    assert OPENED.state(100.0) is State.OPEN
    assert OPENED.after(0, 7, 110.0) == OPENED
    assert OPENED.after(3, 0, 110.0) == OPENED


def test_those_who_try_when_the_wait_is_over_close_it_or_open_it_anew() -> None:
    late = 100.0 + OPEN_SECONDS
    assert OPENED.state(late) is State.HALF_OPEN
    assert OPENED.after(0, 1, late) == CLOSED
    assert OPENED.after(1, 0, late) == Circuit(since=late, failures=1, opened_at=late)
