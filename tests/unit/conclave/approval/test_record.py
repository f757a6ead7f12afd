"""The moves of an approval: who may act, what counts, and how it ends."""

from __future__ import annotations

import pytest
from conclave.approval.needs import Need
from conclave.approval.record import (
    MAX_ROUNDS,
    ActRefused,
    Approval,
    Kind,
    PersonAct,
    State,
    acted,
    lapsed,
    opened,
    waited_for,
)
from conclave.approval.seen import Choice
from conclave.codes import RequestCode
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

NOW = "2026-11-21T06:00:00.000Z"
LATER = "2026-11-21T06:10:00.000Z"
TOO_LATE = "2026-11-21T06:30:00.000Z"
DUTY = Need(group="duty", people=1)
CHOICES = {"O1": Choice(seen="s1", needs=(DUTY,)), "O2": Choice(seen="s2", needs=(DUTY,))}


def asked(*, people: int = 1, escalation: str = "chiefs") -> Approval:
    choices = {id: structs.replace(each, needs=(structs.replace(DUTY, people=people),)) for id, each in CHOICES.items()}
    approval = opened("O1", choices, asked_by="ann", now=NOW, wait_seconds=1800, escalation=escalation)
    waits = waited_for(approval, "token")
    assert waits is not None
    return waits


def act(
    kind: Kind = Kind.APPROVE,
    by: str = "ben",
    *,
    groups: tuple[str, ...] = ("duty",),
    at: str = LATER,
    option_id: str = "",
    seen: str = "",
    reason: str = "fine",
) -> PersonAct:
    option = option_id or ("O2" if kind is Kind.OVERRIDE else "O1")
    shown = CHOICES[option].seen if option in CHOICES else ""
    return PersonAct(kind=kind, by=by, groups=groups, at=at, option_id=option, seen=seen or shown, reason=reason)


@pytest.mark.parametrize(
    ("kind", "state", "chosen"),
    [
        (Kind.APPROVE, State.APPROVED, "O1"),
        (Kind.OVERRIDE, State.OVERRIDDEN, "O2"),
        (Kind.REFUSE, State.REFUSED, ""),
    ],
)
def test_an_act_ends_it(kind: Kind, state: State, chosen: str) -> None:
    done = acted(asked(), act(kind))
    assert (done.state, done.chosen) == (state, chosen)


@pytest.mark.parametrize(
    ("approval", "wrong", "code"),
    [
        (asked(), act(by="ann"), RequestCode.OWN_REPORT),
        (asked(), act(groups=("lease",)), RequestCode.GROUP_MISSING),
        (asked(), act(groups=()), RequestCode.GROUP_MISSING),
        (asked(), act(groups=("chiefs",)), RequestCode.GROUP_MISSING),
        (asked(), act(seen="s2"), RequestCode.SEEN_DIFFERS),
        (asked(), act(Kind.OVERRIDE, option_id="O1"), RequestCode.OPTION_INFEASIBLE),
        (asked(), act(Kind.OVERRIDE, option_id="O9", seen="s9"), RequestCode.OPTION_INFEASIBLE),
        (asked(), act(Kind.APPROVE, option_id="O2"), RequestCode.OPTION_INFEASIBLE),
        (asked(), act(reason=""), RequestCode.REASON_MISSING),
        (asked(), act(at=TOO_LATE), RequestCode.APPROVAL_OVER),
        (structs.replace(asked(), token=""), act(), RequestCode.APPROVAL_NOT_OPEN),
        (acted(asked(), act(by="cleo")), act(), RequestCode.APPROVAL_OVER),
        (acted(asked(people=2), act()), act(Kind.OVERRIDE), RequestCode.ALREADY_ACTED),
    ],
)
def test_what_does_not_count_is_refused_with_a_word_of_its_own(
    approval: Approval, wrong: PersonAct, code: RequestCode
) -> None:
    with pytest.raises(ActRefused) as refused:
        acted(approval, wrong)
    assert refused.value.code is code
    assert "\n" not in refused.value.message


def test_the_same_act_again_changes_nothing() -> None:
    once = acted(asked(people=2), act())
    assert acted(once, act()) is once
    done = acted(once, act(by="cleo"))
    assert acted(done, act(at=TOO_LATE)) is done


def test_two_people_have_to_agree_to_one_option() -> None:
    once = acted(asked(people=2), act())
    assert once.state is State.AWAITING
    other = acted(once, act(Kind.OVERRIDE, by="cleo"))
    assert other.state is State.AWAITING
    assert acted(other, act(Kind.OVERRIDE, by="dan")).chosen == "O2"
    assert acted(other, act(by="dan")).chosen == "O1"


def test_when_time_is_over_a_second_group_may_act_and_after_that_it_has_ended() -> None:
    assert lapsed(asked(), LATER) == asked()
    second = lapsed(asked(), TOO_LATE)
    assert (second.state, second.escalated, second.token) == (State.AWAITING, True, "")
    assert second.deadline == "2026-11-21T07:00:00.000Z"
    waits = structs.replace(second, token="again")
    assert acted(waits, act(groups=("chiefs",), at=TOO_LATE)).state is State.APPROVED
    assert acted(waits, act(at=TOO_LATE)).state is State.APPROVED
    assert lapsed(second, "2026-11-21T07:00:00.000Z").state is State.EXPIRED
    assert lapsed(asked(escalation=""), TOO_LATE).state is State.EXPIRED


def test_nobody_has_to_wait_for_what_has_ended() -> None:
    assert waited_for(acted(asked(), act()), "late") is None


def test_people_are_asked_again_a_few_times_only() -> None:
    approval = asked()
    for number in range(2, MAX_ROUNDS + 1):
        approval = opened("O1", CHOICES, asked_by="ann", now=NOW, wait_seconds=60, escalation="chiefs", after=approval)
        assert (approval.state, approval.round, approval.acts) == (State.AWAITING, number, ())
    last = opened("O1", CHOICES, asked_by="ann", now=NOW, wait_seconds=60, escalation="", after=approval)
    assert last.state is State.EXPIRED


ACTS = st.builds(
    act,
    st.sampled_from(Kind),
    st.sampled_from(["ann", "ben", "cleo", "dan"]),
    groups=st.lists(st.sampled_from(["duty", "chiefs", "lease"]), max_size=2).map(tuple),
    at=st.sampled_from([LATER, TOO_LATE]),
    seen=st.sampled_from(["", "", "stale"]),
)


@given(st.lists(st.one_of(ACTS, st.just(None)), max_size=8), st.integers(1, 3))
def test_whatever_people_do_it_ends_once_and_only_by_enough_of_the_right_ones(
    moves: list[PersonAct | None], people: int
) -> None:
    approval = asked(people=people)
    for move in moves:
        before = approval
        try:
            approval = structs.replace(lapsed(approval, TOO_LATE), token="t") if move is None else acted(approval, move)
        except ActRefused:
            assert approval is before
        if before.state is not State.AWAITING:
            assert structs.replace(approval, token="") == structs.replace(before, token="")
    assert "ann" not in {each.by for each in approval.acts}
    assert len({each.by for each in approval.acts}) == len(approval.acts)
    if approval.agreed:
        agreed = [each for each in approval.acts if each.option_id == approval.chosen and each.kind is not Kind.REFUSE]
        assert len(agreed) >= people
        assert all(set(each.groups) & {"duty", "chiefs"} for each in agreed)
        assert approval.escalated or all("duty" in each.groups for each in agreed)
