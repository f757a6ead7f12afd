"""The record of a rollout: it moves only as it may, and pins follow from it."""

from __future__ import annotations

from collections import Counter

import pytest
from conclave.codec import decode, encode
from conclave.rollout import record as moves
from conclave.rollout.pinning import pinned, place_of
from conclave.rollout.record import NONE, End, Record, RolloutRefused, State
from conclave.rollout.thresholds import Thresholds, ThresholdsInvalid
from conclave.rollout.trials import side_of, trial_id
from conclave.types import Pin, Side
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

OLD, NEW, AT = {"crew": "1", "arbiter": "4"}, {"crew": "2", "arbiter": "5"}, "2026-11-29T10:00:00.000Z"


def canary(share: int = 25) -> Record:
    begun = moves.begun(NONE, NEW, stable=OLD, at=AT, thresholds=Thresholds(steps=(share, 60)))
    return moves.admitted(begun, at=AT)


def refusal(record: Record, way: str, *args: object) -> str:
    with pytest.raises(RolloutRefused) as refused:
        getattr(moves, way)(record, *args, at=AT)
    return refused.value.code


def test_a_candidate_goes_through_gate_and_shares_to_all_runs() -> None:
    record = moves.begun(NONE, NEW, stable=OLD, at=AT)
    assert (record.state, record.share, record.rollout) == (State.GATE, 0, 1)
    record = moves.admitted(record, at=AT)
    shares = []
    while record.state is State.CANARY:
        shares.append(record.share)
        record = moves.stepped(record, at=AT)
    assert shares == [5, 25, 50]
    assert (record.stable, record.candidate, record.share) == (NEW, {}, 0)
    assert record.last is not None
    assert record.last.end is End.PROMOTED


def test_what_is_deployed_is_adopted_once_and_again_when_there_are_other_agents() -> None:
    record = moves.adopted(NONE, OLD, at=AT)
    assert (record.state, record.stable, record.candidate) == (State.STEADY, OLD, {})
    assert refusal(record, "adopted", NEW) == "adopted_already"
    assert refusal(NONE, "adopted", {}) == "versions_unknown"
    other = {**NEW, "cargo": "1"}
    assert moves.adopted(record, other, at=AT).stable == other
    assert refusal(canary(), "adopted", other) == "adopted_already"


def test_a_change_of_the_configuration_ends_with_its_gate_and_moves_no_version() -> None:
    before = moves.adopted(NONE, OLD, at=AT)
    record = moves.configured(before, "{}", at=AT)
    assert (record.state, record.stable, record.candidate, record.settings) == (State.GATE, OLD, OLD, "{}")
    assert refusal(record, "configured", "{}") == "rollout_under_way"
    assert refusal(record, "promoted") == "not_judged"
    passed = moves.admitted(moves.drawn(record, ("run-1",)), at=AT)
    assert (passed.state, passed.stable, passed.candidate, passed.settings) == (State.STEADY, OLD, {}, "")
    assert passed.last is not None
    assert passed.last.end is End.PASSED


def test_cases_are_drawn_once_and_go_with_the_verdict() -> None:
    record = moves.drawn(moves.begun(NONE, NEW, stable=OLD, at=AT), ("run-1",))
    with pytest.raises(RolloutRefused, match="has its cases"):
        moves.drawn(record, ("run-2",))
    assert (record.cases, moves.admitted(record, at=AT).cases) == (("run-1",), ())
    assert moves.refused(record, ("tokens",), at=AT).cases == ()


def test_a_trial_is_on_its_own_side_while_there_is_a_candidate() -> None:
    record = moves.begun(NONE, NEW, stable=OLD, at=AT)
    trials = {side: trial_id(AT, side, "run-1") for side in Side}
    assert pinned(record, trials[Side.CANDIDATE]).versions == NEW
    assert pinned(record, trials[Side.STABLE]).versions == OLD
    over = moves.refused(record, ("tokens",), at=AT)
    assert pinned(over, trials[Side.CANDIDATE]).versions == OLD


def test_what_was_not_judged_is_not_promoted() -> None:
    assert refusal(moves.begun(NONE, NEW, stable=OLD, at=AT), "promoted") == "not_judged"
    assert refusal(NONE, "promoted") == "wrong_state"
    assert refusal(NONE, "admitted") == "wrong_state"


def test_a_refused_or_taken_back_candidate_leaves_the_stable_versions() -> None:
    begun = moves.begun(NONE, NEW, stable=OLD, at=AT)
    for record, end in (
        (moves.refused(begun, ("tokens",), at=AT), End.REFUSED),
        (moves.rolled_back(canary(), ("cost",), at=AT), End.ROLLED_BACK),
    ):
        assert (record.state, record.stable, record.candidate) == (State.STEADY, OLD, {})
        assert record.last is not None
        assert record.last.end is end
    assert refusal(NONE, "rolled_back", ()) == "nothing_under_way"


@pytest.mark.parametrize(
    ("before", "candidate", "stable", "code"),
    [
        (canary(), NEW, OLD, "rollout_under_way"),
        (NONE, OLD, OLD, "nothing_new"),
        (NONE, {"crew": "2"}, OLD, "agents_differ"),
        (NONE, {**NEW, "cargo": "1"}, OLD, "agents_differ"),
        (NONE, NEW, {}, "nothing_adopted"),
        (NONE, {"crew": "", "arbiter": "1"}, OLD, "versions_unknown"),
    ],
)
def test_what_cannot_begin(before: Record, candidate: dict[str, str], stable: dict[str, str], code: str) -> None:
    with pytest.raises(RolloutRefused) as refused:
        moves.begun(before, candidate, stable=stable, at=AT)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "wrong",
    [
        {"tokens": 0.9},
        {"steps": ()},
        {"steps": (50, 25)},
        {"steps": (5, 100)},
        {"least_runs": 1},
        {"doubt": 0.0},
        {"worse_share": -0.1},
    ],
)
def test_thresholds_out_of_bounds(wrong: dict[str, object]) -> None:
    with pytest.raises(ThresholdsInvalid):
        Thresholds(**wrong)  # type: ignore[arg-type]


@given(st.lists(st.sampled_from(["begun", "admitted", "refused", "stepped", "promoted", "rolled_back"]), max_size=25))
def test_whatever_is_tried_a_record_is_whole(tries: list[str]) -> None:
    """There is a candidate exactly while a rollout is under way, a share exactly in a canary, and it reads back."""
    record, number = NONE, 2
    for way in tries:
        before = record
        try:
            if way == "begun":
                number += 1
                record = moves.begun(record, {"crew": str(number), "arbiter": "5"}, stable=OLD, at=AT)
            elif way in ("refused", "rolled_back"):
                record = getattr(moves, way)(record, ("code",), at=AT)
            else:
                record = getattr(moves, way)(record, at=AT)
        except RolloutRefused:
            assert record is before
            continue
        assert record.revision == before.revision + 1
        assert bool(record.candidate) == (record.state is not State.STEADY)
        assert (record.share > 0) == (record.state is State.CANARY)
        if record.stable != before.stable and before.stable:
            assert before.state is State.CANARY  # nothing becomes stable that had no share before
            assert record.stable == before.candidate
        assert decode(encode(record), Record) == record


@given(run=st.text(min_size=1, max_size=30), small=st.integers(1, 98), more=st.integers(0, 40))
def test_a_run_stays_on_its_side_as_the_share_grows(run: str, small: int, more: int) -> None:
    first = pinned(canary(small) if small < 60 else canary(59), run)
    larger = structs.replace(canary(min(small, 59)), share=min(99, small + more))
    assert first.side is Side.STABLE or pinned(larger, run).side is Side.CANDIDATE


@given(st.text(min_size=1))
def test_all_agents_of_a_run_are_on_one_side(run: str) -> None:
    pin = pinned(canary(), run)
    assert pin.versions == (NEW if pin.side is Side.CANDIDATE else OLD)
    assert pin == pinned(canary(), run)


def test_the_share_of_the_runs_is_the_share_of_the_record() -> None:
    sides = Counter(pinned(canary(25), f"run-{number}").side for number in range(20_000))
    assert abs(sides[Side.CANDIDATE] / 20_000 - 0.25) < 0.01
    assert len({place_of("run", rollout) for rollout in range(20)}) > 15


def test_no_run_is_on_a_candidate_before_its_gate_or_after_its_end() -> None:
    for record in (
        NONE,
        moves.begun(NONE, NEW, stable=OLD, at=AT),
        moves.rolled_back(canary(59), (), at=AT),
        moves.refused(moves.begun(NONE, NEW, stable=OLD, at=AT), (), at=AT),
    ):
        assert {pinned(record, f"run-{number}").side for number in range(500)} == {Side.STABLE}


def test_an_earlier_pin_is_kept_unless_it_was_rolled_back() -> None:
    on_new = Pin(side=Side.CANDIDATE, rollout=1, versions=NEW)
    assert pinned(canary(), "any", on_new) == on_new
    assert pinned(moves.promoted(canary(), at=AT), "any", on_new) == on_new
    back = moves.rolled_back(canary(), ("cost",), at=AT)
    assert pinned(back, "any", on_new).versions == OLD


def test_an_earlier_pin_is_not_kept_while_the_same_versions_are_before_another_gate() -> None:
    on_new = Pin(side=Side.CANDIDATE, rollout=1, versions=NEW)
    again = moves.begun(moves.rolled_back(canary(), ("cost",), at=AT), NEW, stable={}, at=AT)
    assert pinned(again, "any", on_new).versions == OLD
    share = structs.replace(moves.admitted(again, at=AT), share=0)
    assert pinned(share, "any", on_new).versions == OLD  # of another rollout: its share is drawn anew
    refused = moves.refused(again, ("cost",), at=AT)
    assert pinned(refused, "any", on_new).versions == OLD


def test_a_trial_says_its_side() -> None:
    assert side_of(trial_id(AT, Side.CANDIDATE, "run-1")) is Side.CANDIDATE
    assert side_of(trial_id(AT, Side.STABLE, "run-1")) is Side.STABLE
    assert side_of("run-" + "0" * 24) is None
    assert trial_id(AT, Side.STABLE, "run-1") != trial_id("2026-11-30T10:00:00.000Z", Side.STABLE, "run-1")
