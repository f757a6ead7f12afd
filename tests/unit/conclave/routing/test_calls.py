"""The calls of a step along a chain: two at most, shared time, and circuits that are open are passed over."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from conclave.clock import Deadline
from conclave.routing.breakers import NoBreakers, note_all
from conclave.routing.calls import CALLS_PER_STEP, FIRST_SHARE, Calls
from conclave.routing.chains import Route
from conclave.routing.stand_ins import stand_in
from conclave.types import Exchange, StandIn, Trouble, Usage
from hypothesis import given
from hypothesis import strategies as st


def chain(*models: str) -> Sequence[Route]:
    return [Route(tier="fast", model=model, max_tokens=100, fields={}) for model in models]


class Shut(NoBreakers):
    """Circuits of which some are open."""

    def __init__(self, *models: str) -> None:
        self.models = models
        self.noted: list[tuple[str, bool]] = []

    def lets(self, model: str) -> bool:
        return model not in self.models

    def note(self, model: str, *, failed: bool) -> None:
        self.noted.append((model, failed))


def made(calls: Calls) -> list[str]:
    said = []
    while calls.begin():
        said.append(calls.route.model)
    return said


@pytest.mark.parametrize(
    ("models", "shut", "asked"),
    [
        ("ab", "", "ab"),
        ("a", "", "aa"),
        ("abc", "", "ab"),
        ("ab", "a", "bb"),
        ("abc", "b", "ac"),
        ("ab", "b", "aa"),
        ("ab", "ab", "a"),
    ],
)
def test_whom_the_two_calls_of_a_step_go_to(models: str, shut: str, asked: str) -> None:
    assert made(Calls(chain(*models), Deadline(10.0), Shut(*shut))) == list(asked)


@given(st.lists(st.sampled_from("abc"), min_size=1, unique=True), st.sets(st.sampled_from("abc")))
def test_a_step_makes_two_calls_at_most_and_at_least_one(models: list[str], shut: set[str]) -> None:
    asked = made(Calls(chain(*models), Deadline(10.0), Shut(*shut)))
    assert 1 <= len(asked) <= CALLS_PER_STEP
    assert all(each not in shut for each in asked) or set(models) <= shut


def test_a_tool_that_ran_begins_a_step_with_the_model_that_called_it() -> None:
    calls = Calls(chain("a", "b"), Deadline(10.0), NoBreakers())
    assert made(calls) == ["a", "b"]
    calls.done()
    assert made(calls) == ["b", "b"]


def test_the_first_call_leaves_as_much_time_to_the_second() -> None:
    now = 0.0
    calls = Calls(chain("a", "b"), Deadline(40.0, lambda: now), NoBreakers())
    calls.begin()
    assert calls.seconds == 40.0 * FIRST_SHARE
    now = 20.0
    calls.begin()
    assert calls.seconds is None


def test_a_call_that_no_second_one_can_follow_has_all_the_time() -> None:
    calls = Calls(chain("a", "b"), Deadline(8.0, lambda: 0.0), NoBreakers(), reserve_seconds=5.0)
    calls.begin()
    assert calls.seconds is None


def test_every_attempt_is_noted_for_its_model() -> None:
    breakers = Shut()
    note_all(breakers, [exchange("a", "ThrottlingException"), exchange("b")])
    assert breakers.noted == [("a", True), ("b", False)]


def exchange(model: str, error: str = "") -> Exchange:
    return Exchange(request_hash="", model=model, usage=Usage(), duration_seconds=0.0, error=error)


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        ("ModelThrottledException", Trouble.THROTTLED),
        ("ThrottlingException", Trouble.THROTTLED),
        ("ResourceNotFoundException", Trouble.ABSENT),
        ("AccessDeniedException", Trouble.DENIED),
        ("ValidationException", Trouble.REFUSED),
        ("AnswerLate", Trouble.LATE),
        ("ReadTimeoutError", Trouble.LATE),
        ("InternalServerException", Trouble.FAILED),
        ("StreamBroken", Trouble.CUT),
        ("", Trouble.UNUSABLE),
    ],
)
def test_why_another_model_answered(error: str, trouble: Trouble) -> None:
    found = stand_in("a", [exchange("a", error), exchange("b")])
    assert found == StandIn(model="b", wanted="a", because=trouble)


def test_nobody_stood_in_where_the_wanted_model_answered_or_nobody_was_asked() -> None:
    assert stand_in("a", [exchange("a", "ThrottlingException"), exchange("a")]) is None
    assert stand_in("a", []) is None
    assert stand_in("a", [exchange("b")]) == StandIn(model="b", wanted="a", because=Trouble.NOT_ASKED)


@pytest.mark.parametrize("asked", [[], ["a"]])
def test_a_model_of_which_a_call_did_not_fit_the_money_was_too_dear(asked: list[str]) -> None:
    exchanges = [exchange(each) for each in (*asked, "b")]
    assert stand_in("a", exchanges, {"a"}) == StandIn(model="b", wanted="a", because=Trouble.TOO_DEAR)
    assert stand_in("b", exchanges, {"a"}) is None
