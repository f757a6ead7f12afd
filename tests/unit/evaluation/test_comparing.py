"""Two evaluations, compared: what is shown, what is not, what a stage allows, and how many cases it takes."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import structs

from evaluation.measuring import paired
from evaluation.measuring.comparing import Comparison, Line, Passed, Verdict, compare
from evaluation.measuring.faults import BadFile
from evaluation.measuring.saved import Case, Machine, Saved, read, write
from infra.stage import STAGES
from infra.thresholds import Thresholds

MACHINE = Machine(cpu="one", cores=2, python="3.14.0", system="Linux")
PLAIN = Thresholds()


def case(number: int, **changes: Any) -> Case:
    spread = Random(number)
    values: dict[str, Any] = {
        "option": "delay(tail=A6-FE1)", "right": True, "sound": True, "regret": 0.0, "tokens": 10_000 + spread.randrange(2_000),
        "cost_usd": 0.002, "seconds": 0.3 + spread.random() / 10,
    }  # fmt: skip
    return Case(case=f"c{number}", **{**values, **changes})


def kept(cases: list[Case], **changes: Any) -> Saved:
    values: dict[str, Any] = {
        "conclave_evaluation": 1, "at": "2026-11-29T03:00:00.000Z", "suite": "airline", "where": "in process", "times": 1,
        "machine": MACHINE, "versions": {"commit": "abc"}, "figures": {}, "cases": cases,
    }  # fmt: skip
    return Saved(**{**values, **changes})


def compared(after: list[Case], thresholds: Thresholds = PLAIN, **changes: Any) -> Comparison:
    return compare(kept([case(number) for number in range(len(after))]), kept(after, **changes), thresholds)


def line(found: Comparison, measure: str) -> Line:
    (one,) = (each for each in found.lines if each.measure == measure)
    return one


def test_the_same_twice_passes_and_changes_nothing() -> None:
    found = compared([case(number) for number in range(200)])
    assert (found.pairs, found.same_option, found.passed, found.lost) == (200, 200, Passed.PASSES, [])
    assert {each.difference for each in found.lines if each.difference is not None} == {0.0}
    assert {each.measure: each.verdict for each in found.lines} == {
        "right": Verdict.UNCLEAR,  # 200 cases without a change do not rule out two in a hundred
        "sound": Verdict.WITHIN,
        "agreed": Verdict.NOT_COMPARED,
        "regret": Verdict.WITHIN,
        "tokens": Verdict.WITHIN,
        "cost_usd": Verdict.WITHIN,
        "seconds": Verdict.WITHIN,
    }


def test_decisions_that_got_worse_are_shown_and_named() -> None:
    found = compared([case(number, right=number % 10 != 0) for number in range(100)])
    right = line(found, "right")
    assert (right.before, right.after, right.difference) == (1.0, 0.9, -0.1)
    assert right.p is not None
    assert right.p == pytest.approx(2 * 0.5**10)
    assert right.low is not None
    assert right.high is not None
    assert right.low < -0.1 < right.high < 0
    assert (right.verdict, found.passed) == (Verdict.WORSE, Passed.WORSE)
    assert found.lost == [f"c{number}" for number in range(0, 100, 10)]


def test_twice_the_tokens_and_twice_the_time_do_not_pass() -> None:
    for name in ("tokens", "cost_usd", "seconds"):
        after = [case(number, **{name: 2 * getattr(case(number), name)}) for number in range(20)]
        found = compared(after)
        assert line(found, name).verdict is Verdict.WORSE, name
        assert line(found, name).difference == pytest.approx(1.0)
        assert found.passed is Passed.WORSE


def test_fewer_tokens_are_better_and_pass() -> None:
    found = compared([case(number, tokens=case(number).tokens * 0.8) for number in range(40)])  # type: ignore[operator]
    assert line(found, "tokens").verdict is Verdict.BETTER
    assert found.passed is Passed.PASSES


def test_a_little_more_than_nothing_is_within_what_the_stage_allows() -> None:
    found = compared([case(number, tokens=case(number).tokens * 1.05) for number in range(40)])  # type: ignore[operator]
    assert line(found, "tokens").verdict is Verdict.WITHIN
    strict = compared(
        [case(number, tokens=case(number).tokens * 1.05) for number in range(40)],  # type: ignore[operator]
        replace(PLAIN, tokens=0.02),
    )
    assert line(strict, "tokens").verdict is Verdict.WORSE


def test_few_cases_say_how_few_they_are() -> None:
    found = compared([case(number, right=number != 3) for number in range(30)])
    right = line(found, "right")
    assert (right.verdict, found.passed) == (Verdict.UNCLEAR, Passed.PASSES)
    assert right.note == "30 cases show a fall of 25.1 % or more; 2 % takes 394 cases"


def test_a_stage_that_demands_proof_passes_nothing_that_is_not_shown() -> None:
    few, many = ([case(number) for number in range(size)] for size in (30, 400))
    assert compared(few, replace(PLAIN, demands_proof=True)).passed is Passed.NOT_SHOWN
    assert compared(many, replace(PLAIN, demands_proof=True)).passed is Passed.PASSES
    assert STAGES["prod"].thresholds.demands_proof
    assert not STAGES["local"].thresholds.demands_proof


def test_seconds_of_another_machine_are_not_compared() -> None:
    after = [case(number, seconds=9.0) for number in range(30)]
    elsewhere = structs.replace(MACHINE, cpu="another")
    found = compared(after, machine=elsewhere)
    assert (line(found, "seconds").verdict, found.same_machine) == (Verdict.NOT_COMPARED, False)
    assert found.passed is Passed.PASSES
    assert compared(after).passed is Passed.WORSE


def test_only_cases_of_both_are_compared() -> None:
    before, after = kept([case(1), case(2)]), kept([case(2), case(3), case(4)])
    found = compare(before, after, PLAIN)
    assert (found.pairs, found.only_before, found.only_after) == (1, 1, 2)
    with pytest.raises(BadFile, match="no case in common"):
        compare(kept([case(1)]), kept([case(2)]), PLAIN)


def test_a_share_of_agreement_that_fell_is_shown() -> None:
    before = kept([case(number, agreed=True) for number in range(60)])
    after = kept([case(number, agreed=number > 20) for number in range(60)])
    assert line(compare(before, after, PLAIN), "agreed").verdict is Verdict.WORSE


def test_the_power_note_is_what_the_test_can_do() -> None:
    """So many cases as it says do show such a fall in four of five trials, and a tenth fewer do so less often."""
    alpha, power, share = 0.05, 0.8, 0.05
    cases = paired.cases_for(share, alpha, power)
    assert paired.smallest_share(cases, alpha, power) <= share < paired.smallest_share(cases - 1, alpha, power)
    draw = Random(7)

    def shown(size: int) -> float:
        trials = 400
        noticed = 0
        for _ in range(trials):
            lost = sum(draw.random() < share for _ in range(size))
            noticed += lost >= paired.fewest_changes(alpha)
        return noticed / trials

    assert shown(cases) == pytest.approx(power, abs=0.07)
    assert shown(cases // 3) < 0.35


def test_the_fewest_changes_are_what_the_exact_test_needs() -> None:
    for alpha in (0.1, 0.05, 0.01):
        needed = paired.fewest_changes(alpha)
        cases = 100
        p = [
            paired.shares([True] * cases, [False] * lost + [True] * (cases - lost), alpha).p
            for lost in (needed - 1, needed)
        ]
        assert p[1] <= alpha < p[0]


@pytest.mark.slow
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_the_interval_of_a_share_holds_its_difference(pairs: list[tuple[bool, bool]]) -> None:
    before, after = [one for one, _ in pairs], [other for _, other in pairs]
    found = paired.shares(before, after, 0.05)
    assert found.low <= found.difference <= found.high
    assert 0.0 <= found.p <= 1.0
    back = paired.shares(after, before, 0.05)
    assert (back.low, back.high, back.difference) == pytest.approx((-found.high, -found.low, -found.difference))


@pytest.mark.slow
@given(st.lists(st.tuples(st.floats(1, 1e6), st.floats(1, 1e6)), min_size=2, max_size=30))
@example([(1.0, 351132.56834979384)] * 2)
def test_the_interval_of_a_ratio_is_finite(pairs: list[tuple[float, float]]) -> None:
    found = paired.ratios([one for one, _ in pairs], [other for _, other in pairs], 0.05)
    assert math.isfinite(found.low)
    assert found.low <= found.high
    assert math.isfinite(found.high)


def test_what_was_kept_is_read_as_it_was(tmp_path: Path) -> None:
    before = kept([case(1), case(2, right=None, regret=None)])
    write(before, tmp_path / "a.json")
    assert read(tmp_path / "a.json") == before
    assert [each.name for each in tmp_path.iterdir()] == ["a.json"]
    with pytest.raises(BadFile, match=r"nowhere/a\.json: cannot be written: No such file or directory"):
        write(before, tmp_path / "nowhere" / "a.json")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text.replace('"cores": 2', '"cores": "two"'), "a.json: machine.cores: expected 'int', got 'str'"),
        (lambda text: text.replace('"case": "c2"', '"case": "c1"'), "a.json: cases: 'c1' stands there twice"),
        (
            lambda text: text.replace('"conclave_evaluation": 1', '"conclave_evaluation": 9'),
            "a.json: conclave_evaluation: ",
        ),
        (lambda text: text[:-30], "a.json: line "),
        (
            lambda text: text.replace('"tokens": ', '"tokenz": ', 1),
            "a.json: cases[0]: object contains unknown field 'tokenz'",
        ),
        (lambda text: "", "a.json: line 1, column 1: is not JSON"),
        (lambda text: "\x00", "a.json: "),
    ],
)
def test_a_bad_file_is_told_in_one_line_with_its_place(tmp_path: Path, change: Any, told: str) -> None:
    file = tmp_path / "a.json"
    write(kept([case(1), case(2)]), file)
    file.write_text(change(file.read_text()))
    with pytest.raises(BadFile) as caught:
        read(file)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"a\.json: No such file"):
        read(tmp_path / "a.json")
