"""What holds a flight: more problems never free it, and what is gone round counts no more."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from packs.airline.models import Cause, Clock, Deferral, Incident, Problem, Status
from packs.airline.reported.standing import Held

FLIGHT: dict[str, Any] = {
    "origin": "AUH",
    "destination": "LHR",
    "departure_utc": 29_750_000,
    "arrival_utc": 29_750_415,
    "block_minutes": 415,
}
CLOCKS = st.sampled_from(["", "2026-07-25 12:00Z", "2026-07-25 17:45Z", "2026-07-26 03:00Z"])
problems = st.builds(
    Problem,
    cause=st.sampled_from(Cause),
    status=st.sampled_from(Status),
    about=st.sampled_from(["", "LHR", "AUH", "rwy 13L"]),
    minutes=st.sampled_from([0, 0, 45, 200]),
    not_before=CLOCKS,
    not_after=CLOCKS,
    of=st.sampled_from(Clock),
    closed_from=CLOCKS,
    closed_until=CLOCKS,
    item=st.sampled_from(Deferral),
)
lists = st.lists(problems, max_size=3)
causes = st.frozensets(st.sampled_from(Cause))


def held(told: list[Problem]) -> Held:
    return Held.by(Incident(problems=tuple(told)), FLIGHT)


def later(first: int | None, second: int | None) -> bool:
    """True if the first is at least as late; nobody knows is later than everything."""
    return first is None or (second is not None and first >= second)


@given(lists, problems, causes)
def test_a_further_problem_never_frees_a_flight(told: list[Problem], more: Problem, solved: frozenset[Cause]) -> None:
    fewer, whole = held(told), held([*told, more])
    assert later(whole.over_without(solved), fewer.over_without(solved))
    for delay in (0, 60, 300, 900):
        times = (FLIGHT["departure_utc"] + delay, FLIGHT["arrival_utc"] + delay)
        if whole.leave(*times, lands_at="LHR", solved=solved):
            assert fewer.leave(*times, lands_at="LHR", solved=solved)


@given(lists, causes, causes)
def test_who_goes_round_more_waits_less(told: list[Problem], solved: frozenset[Cause], more: frozenset[Cause]) -> None:
    whole = held(told)
    assert later(whole.over_without(solved), whole.over_without(solved | more))
    assert whole.over_without(frozenset(Cause)) == 0


@given(lists)
def test_withdrawn_feared_and_deferred_problems_hold_nothing(told: list[Problem]) -> None:
    idle = [
        each for each in told if each.status in (Status.WITHDRAWN, Status.HYPOTHETICAL) or each.item is Deferral.MEL
    ]
    found = held(idle)
    assert (found.first_delay, found.causes, found.crew, found.unknown_release) == (0, frozenset(), False, False)
    assert not [each for each in found.windows if all(told.status is Status.WITHDRAWN for told in idle)]
