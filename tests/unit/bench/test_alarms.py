"""The order in which the bench of alarms produces their causes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from conclave.api.gating.around import Around
from conclave.api.gating.gate import look_after
from conclave.clock import system_clock
from conclave.figures import CANDIDATES_TAKEN_BACK, unobserved
from conclave.quality.reviewing import Reviewed, Sample, review
from conclave.rollout.record import End, Record
from conclave.testing.journal import MemoryJournal
from conclave.testing.run_store import MemoryRunStore
from days_of_runs import Days
from noted import Noted
from packs.example import PACK
from rollouts_in_memory import MemoryRollouts

from bench.alarms.__main__ import BESIDES, NAMED, by_cause, by_kind, cause_of, nothing
from bench.alarms.candidates import candidate_that_breaks_a_rule
from bench.alarms.quality import answers_that_got_worse
from infra.thresholds import Thresholds

VERBS = ("frame", "intake", "publish")
NAMES = [
    *(f"{verb}-{kind}" for kind in ("errors", "throttles") for verb in VERBS),
    "table-runs-throttled",
    "model-small-throttled",
]


def test_every_alarm_of_a_kind_is_meant_once_and_no_function_twice_in_a_round() -> None:
    rounds = list(by_kind([*NAMES, *NAMED]))
    assert sorted(name for _, names in rounds for name in names) == sorted(NAMES)
    assert [len(names) for _, names in rounds] == [4, 2, 2]
    for together, names in rounds:
        verbs = [name.rpartition("-")[0] for name in names if name.endswith(("-errors", "-throttles"))]
        assert len(verbs) == len(set(verbs)) == 2
        assert len(together) == len(names)
    assert next(iter(by_kind(["publish-errors"])))[1] == ["publish-errors"]
    assert list(by_kind([])) == []


def test_a_cause_of_several_alarms_comes_once_and_by_itself() -> None:
    rounds = {tuple(names): together for together, names in by_cause(list(NAMED))}
    assert len(rounds[("ModelsSlow", "AgentsSlow", "RunsSlow")]) == 1
    assert sorted(name for names in rounds for name in names) == sorted(NAMED)
    assert all(len(together) == 1 for together in rounds.values())


def test_a_cause_that_rings_further_alarms_is_known_by_the_alarms_of_a_kind_too() -> None:
    assert BESIDES[cause_of("heed-errors")] == ("BudgetUnreadable",)
    assert cause_of("hold-errors") not in BESIDES


def test_an_alarm_without_a_known_cause_is_told_apart() -> None:
    assert cause_of("RunsPurple") is nothing
    assert all(cause_of(name) is not nothing for name in (*NAMES, *NAMED))


def test_the_cause_of_a_candidate_that_is_taken_back_is_one() -> None:
    days, rollouts = Days(MemoryRunStore(), MemoryJournal(), system_clock()), MemoryRollouts()
    noted, forgotten = Noted(), list[Record]()

    def invoke(verb: str, event: object) -> None:
        assert (verb, event) == ("gate", {})
        ports: Any = {"runs": days.runs, "journal": days.journal, "clock": system_clock, "observe": noted}
        look_after(Around(pack=PACK, rollouts=rollouts, rank=lambda model: 0, begin=begun_never, **ports))

    scene: Any = SimpleNamespace(
        runs=days.runs,
        rollouts=rollouts,
        pack=PACK,
        ask=lambda: days.decided(0, 0),
        invoke=invoke,
        forget_rollout=lambda: forgotten.append(rollouts.read()),
    )
    candidate_that_breaks_a_rule(scene)
    assert noted.told == [(CANDIDATES_TAKEN_BACK, 1)]
    (left,) = forgotten
    assert left.last is not None
    assert (left.last.end, left.last.reasons) == (End.ROLLED_BACK, ("broken_rule",))


def begun_never(*asked: object) -> None:
    raise AssertionError("a look at the share begins nothing")


def test_the_cause_of_a_drop_of_quality_is_one() -> None:
    days = Days(MemoryRunStore(), MemoryJournal(), system_clock())
    reviewed: list[Reviewed] = []

    def invoke(verb: str, event: object) -> None:
        assert (verb, event) == ("review", {})
        sample = Sample(runs=25, band_days=7, fewest_days=3)
        ports: Any = {"runs": days.runs, "journal": days.journal, "clock": system_clock, "observe": unobserved}
        reviewed.append(review(pack=PACK, sample=sample, **ports))

    scene: Any = SimpleNamespace(runs=days.runs, pack=PACK, ask=lambda: days.decided(0, 0), invoke=invoke)
    answers_that_got_worse(scene)
    (found,) = reviewed
    assert (found.day.sound, len(found.band)) == (0, 4)
    assert found.drop is not None
    assert found.drop > Thresholds().drop
