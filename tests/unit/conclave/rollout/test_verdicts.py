"""The verdicts of the gate and of the canary: each objection by its cause, and none without."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

import pytest
from conclave.rollout import record as moves
from conclave.rollout.canary import Look, Way, chance, looked_at
from conclave.rollout.gate import Case, judged
from conclave.rollout.measured import Seen
from conclave.rollout.record import NONE, Record
from conclave.rollout.thresholds import PACKAGED, Thresholds
from conclave.rollout.verdicts import Objection
from conclave.types import Side
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

AT = "2026-11-29T10:00:00.000Z"
GOOD = Seen(
    run_id="run-1",
    side=Side.STABLE,
    option="O1",
    halted=False,
    ours=False,
    degraded=False,
    errors=0,
    broken=0,
    flaws=0,
    rules=frozenset({"crew/duty/abc"}),
    warned=frozenset(),
    evidence=frozenset({"crew/c1"}),
    ranks={"crew": 1, "arbiter/simple": 3},
    quality=1.0,
    tokens=10_000,
    usd=0.02,
    seconds=10.0,
)
HALTED: dict[str, Any] = {"halted": True, "option": "", "quality": None}


def cases(count: int = 20, of: int | None = None, known: Mapping[str, Any] | None = None, **changed: Any) -> list[Case]:
    """Cases of which ``of`` (all by default) are changed on the candidate's side."""
    now = structs.replace(GOOD, side=Side.CANDIDATE)
    return [
        Case(
            name=f"case-{number}",
            stable=GOOD,
            candidate=structs.replace(now, **changed) if number < (count if of is None else of) else now,
            **(known or {}),
        )
        for number in range(count)
    ]


def found(given_cases: Sequence[Case], thresholds: Thresholds = PACKAGED) -> set[Objection]:
    return {each.objection for each in judged(given_cases, thresholds)}


@pytest.mark.parametrize(
    ("changed", "of", "objection"),
    [
        ({"broken": 1}, 1, Objection.BROKEN_RULE),
        ({"rules": frozenset()}, 1, Objection.LOST_RULE),
        ({"evidence": frozenset()}, 1, Objection.LOST_EVIDENCE),
        ({"ranks": {"crew": 0, "arbiter/simple": 3}}, 1, Objection.LOWER_TIER),
        ({"quality": 0.5, "option": "O2"}, 1, Objection.WORSE_CHOICE),
        (HALTED, 1, Objection.NEEDLESS_HALT),
        ({"degraded": True}, 2, Objection.DEGRADED),
        ({"errors": 1}, 2, Objection.ERRORS),
        ({"flaws": 1}, 2, Objection.FLAWED),
        ({"tokens": 20_000}, None, Objection.TOKENS),
        ({"usd": 0.04}, None, Objection.COST),
        ({"seconds": 20.0}, None, Objection.SECONDS),
    ],
)
def test_the_gate_names_what_is_wrong(changed: dict[str, Any], of: int | None, objection: Objection) -> None:
    assert objection in found(cases(20, of, **changed))


def test_the_gate_lets_what_is_as_good_or_better_pass() -> None:
    better = cases(rules=GOOD.rules | {"crew/rest/x"}, evidence=GOOD.evidence | {"crew/c2"}, tokens=5_000, usd=0.01)
    assert found(better) == set()
    assert found(cases(option="O2", quality=0.99)) == set()
    assert found(cases(ranks={"crew": 2, "arbiter/simple": 3})) == set()
    assert found(cases(tokens=12_000, usd=0.024, seconds=12.0)) == set()


def test_a_halt_is_judged_by_what_is_known_of_the_case() -> None:
    went_on = [
        structs.replace(each, stable=structs.replace(GOOD, **HALTED)) for each in cases(20, 0)
    ]  # the stable side halts for its data, the candidate goes on
    assert Objection.LOST_HALT in found(went_on)
    ours = [structs.replace(each, stable=structs.replace(each.stable, ours=True)) for each in went_on]
    assert found(ours) == set()
    assert found([structs.replace(each, halt_is_right=False) for each in went_on]) == set()
    assert found(cases(20, known={"halt_is_right": True}, **HALTED)) == set()


def test_a_remark_has_to_be_heeded() -> None:
    asked: dict[str, Any] = {"remark": "crew/duty"}
    assert found(cases(20, 0, known=asked)) == {Objection.UNHEEDED_REMARK}
    assert found(cases(20, known=asked, warned=frozenset({"crew/duty"}))) == set()
    assert found(cases(20, known=asked, warned=frozenset({"crew/duty"}), **HALTED)) == set()


def test_what_an_exact_evaluation_refuses_is_refused() -> None:
    assert found(cases(20, 0, known={"feasible": False})) == {Objection.BROKEN_RULE}


def test_nothing_passes_for_want_of_cases() -> None:
    assert found(cases(4, 0)) == {Objection.TOO_FEW}


def test_nothing_passes_while_both_sides_halt_for_what_stands_in_no_table() -> None:
    """A provider that does not answer makes both sides alike, whatever the candidate would have said."""
    down = {**HALTED, "ours": True}
    alike = [structs.replace(each, stable=structs.replace(GOOD, **down)) for each in cases(8, **down)]
    assert found(alike) == {Objection.TOO_FEW}
    assert found([*alike[:4], *cases(4, 0)]) == {Objection.TOO_FEW}
    assert found([*alike[:4], *cases(5, 0)]) == set()


@given(st.data())
def test_what_is_worse_in_more_cases_never_passes_where_less_did_not(data: st.DataObject) -> None:
    changed: dict[str, Any] = data.draw(
        st.sampled_from([HALTED, {"degraded": True}, {"errors": 1}, {"flaws": 2}, {"quality": 0.4}, {"broken": 1}])
    )
    few = data.draw(st.integers(0, 19))
    if found(cases(20, few, **changed)):
        assert found(cases(20, few + 1, **changed))


def canary(**thresholds: Any) -> Record:
    made = Thresholds(**thresholds)
    begun = moves.begun(NONE, {"crew": "2"}, stable={"crew": "1"}, at=AT, thresholds=made)
    return moves.admitted(begun, at=AT)


def runs(count: int, side: Side, draw: Random, change: Callable[[Seen, Random], Seen] | None = None) -> list[Seen]:
    """Runs as they vary: dear and cheap ones, some degraded, some halted for their data."""
    made = []
    for number in range(count):
        size = draw.lognormvariate(0, 0.35)
        seen = structs.replace(
            GOOD,
            run_id=f"run-{side}-{number}",
            side=side,
            tokens=int(10_000 * size),
            usd=0.02 * size,
            seconds=10 * draw.lognormvariate(0, 0.25),
            degraded=draw.random() < 0.03,
            halted=draw.random() < 0.15,
        )
        made.append(change(seen, draw) if change else seen)
    return made


def look(
    seed: int, change: Callable[[Seen, Random], Seen] | None, *, candidates: int = 60, minutes: float = 60
) -> Look:
    draw = Random(seed)
    seen = [*runs(300, Side.STABLE, draw), *runs(candidates, Side.CANDIDATE, draw, change)]
    return looked_at(canary(), seen, minutes=minutes)


CHANGES: dict[Objection, Callable[[Seen, Random], Seen]] = {
    Objection.TOKENS: lambda seen, _: structs.replace(seen, tokens=seen.tokens * 2),
    Objection.COST: lambda seen, _: structs.replace(seen, usd=seen.usd * 2),
    Objection.SECONDS: lambda seen, _: structs.replace(seen, seconds=seen.seconds * 2),
    Objection.NEEDLESS_HALT: lambda seen, draw: structs.replace(seen, halted=seen.halted or draw.random() < 0.5),
    Objection.DEGRADED: lambda seen, draw: structs.replace(seen, degraded=draw.random() < 0.5),
    Objection.ERRORS: lambda seen, draw: structs.replace(seen, errors=int(draw.random() < 0.4)),
    Objection.FLAWED: lambda seen, draw: structs.replace(seen, flaws=int(draw.random() < 0.4)),
    Objection.WORSE_CHOICE: lambda seen, draw: structs.replace(seen, quality=0.6 if draw.random() < 0.4 else 1.0),
    Objection.LOWER_TIER: lambda seen, _: structs.replace(seen, ranks={"crew": 0, "arbiter/simple": 3}),
}


@pytest.mark.parametrize("objection", CHANGES)
def test_the_canary_takes_back_what_is_worse(objection: Objection) -> None:
    for seed in range(5):
        seen = look(seed, CHANGES[objection])
        assert seen.way is Way.BACK
        (finding,) = (each for each in seen.findings if each.objection is objection)
        if objection not in (Objection.TOKENS, Objection.COST, Objection.SECONDS):
            assert len(finding.cases) == 5
            assert all(each.startswith("run-candidate-") for each in finding.cases)


@pytest.mark.slow
def test_the_canary_seldom_takes_back_what_is_not_worse() -> None:
    back = sum(look(seed, None).way is Way.BACK for seed in range(200))
    assert back <= 1


def test_no_share_grows_while_both_sides_halt_for_what_stands_in_no_table() -> None:
    def down(seen: Seen, draw: Random) -> Seen:
        return structs.replace(seen, **HALTED, ours=True)

    record, draw = canary(), Random(7)
    stable, candidate = runs(40, Side.STABLE, draw, down), runs(40, Side.CANDIDATE, draw, down)
    look = looked_at(record, [*stable, *candidate], minutes=60)
    assert (look.way, {each.objection for each in look.findings}) == (Way.STAY, {Objection.TOO_FEW})
    # One side alone: the candidate's own doing.
    alone = looked_at(record, [*runs(40, Side.STABLE, draw), *candidate], minutes=60)
    assert alone.way is Way.BACK
    up = [*runs(40, Side.STABLE, draw), *runs(40, Side.CANDIDATE, draw)]
    assert looked_at(record, [*stable, *candidate, *up], minutes=60).way is Way.ON


def test_a_broken_rule_is_taken_back_at_once() -> None:
    seen = look(1, lambda each, _: structs.replace(each, broken=1), candidates=1)
    assert (seen.way, [each.cases for each in seen.findings]) == (Way.BACK, [("run-candidate-0",)])


def test_the_canary_stays_as_long_as_it_saw_too_few_or_too_little_time_passed() -> None:
    few = look(1, CHANGES[Objection.TOKENS], candidates=10)
    assert few.way is Way.STAY
    assert {each.objection for each in few.findings} == {Objection.TOO_FEW}
    assert look(1, None, minutes=5) == Look(way=Way.STAY, findings=(), runs={"stable": 300, "candidate": 60})
    assert look(1, None).way is Way.ON


@given(now=st.integers(0, 30), rest=st.integers(0, 30), before=st.integers(0, 60), other=st.integers(1, 60))
@settings(max_examples=60)
def test_chance_is_a_probability_that_falls_with_each_further_event(
    now: int, rest: int, before: int, other: int
) -> None:
    of_now, of_before = now + rest + 1, before + other
    first = chance(now, of_now, before, of_before)
    assert 0 <= first <= 1 + 1e-9
    assert before == 0 or chance(now + 1, of_now, before - 1, of_before) <= first + 1e-12


def test_chance_is_fishers_exact_test() -> None:
    """The lady who tastes tea: 3 of 4 cups right has the probability 17/70."""
    assert chance(3, 4, 1, 4) == pytest.approx(17 / 70)
