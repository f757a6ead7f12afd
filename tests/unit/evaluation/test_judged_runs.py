"""What an evaluation measures of its runs beside the optimum: agreement, quality, tokens, cost, time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

import pytest
from conclave.agents.assess import ModelPort, Question
from conclave.agents.meter import Meter
from conclave.agents.prices import price_table
from conclave.pack import Agent
from conclave.testing.tables import MemoryTables
from conclave.types import AgentKind
from packs.airline import PACK
from packs.example import PACK as SMALL

from evaluation.measuring.consistency import consistency
from evaluation.measuring.figures import percentile, quality, spent
from evaluation.report import Report, Row
from evaluation.room import Outcome, decide
from evaluation.scenarios import Network
from evaluation.suite import InProcess, evaluate
from local.bedrock.offline.in_process import PolicyModel

HERE = Network(date="2026-11-21", seed=1)
RECEIVED = "2026-11-21T06:00:00.000Z"


class Altered:
    """The offline policy, whose answers somebody alters; it asks for nothing that the policy would not."""

    def __init__(self, model_id: str, alter: Callable[[Question, dict[str, Any]], Mapping[str, Any]]) -> None:
        self.model_id = model_id
        self._policy, self._alter = PolicyModel(model_id), alter

    def ask(self, question: Question, meter: Meter) -> Mapping[str, Any]:
        return self._alter(question, dict(self._policy.ask(question, meter)))


def altered(alter: Callable[[Question, dict[str, Any]], Mapping[str, Any]]) -> Callable[[Agent], ModelPort]:
    return lambda agent: Altered(price_table().model(agent.tier), alter)


def saying(prose: str) -> Callable[[Agent], ModelPort]:
    """Models whose business agents give every answer these words."""

    def alter(question: Question, answer: dict[str, Any]) -> Mapping[str, Any]:
        spoken = "rationale" in answer and question.agent.kind is AgentKind.BUSINESS
        return {**answer, "rationale": prose} if spoken else answer

    return altered(alter)


def small(models: Callable[[Agent], ModelPort] | None = None) -> Outcome:
    rows = {name: list(items) for name, items in SMALL.sample("2026-11-21", 1).items()}
    return decide(
        pack=SMALL,
        tables=MemoryTables(SMALL.tables, rows),
        received=RECEIVED,
        incident={"parcel": "P101"},
        models=models,
    )


def test_the_offline_policy_keeps_every_rule_of_quality() -> None:
    outcome = small()
    assert outcome.judged.answers >= 3
    assert outcome.judged.breaches == []


@pytest.mark.parametrize(
    ("prose", "rule"),
    [
        ("O1 would save 777,777 dollars for the shop and all its customers.", "figure"),
        ("O1 breaks the rule that stands in rules/R99#7 of the shop.", "evidence"),
        ("O9 is the best of all the options that there are.", "evidence"),
        ("ok", "length"),
        ("O1 est la meilleure des options pour les clients avec une livraison dans la ville.", "language"),
    ],
)
def test_a_model_that_breaks_a_rule_is_found_out(prose: str, rule: str) -> None:
    outcome = small(saying(prose))
    assert {each.rule for each in outcome.judged.breaches} == {rule}
    assert {each.agent for each in outcome.judged.breaches} == {"service"}
    assert outcome.judged.sound == outcome.judged.answers - len(outcome.judged.breaches)


def row(number: int, time: int = 1, **changes: Any) -> Row:
    values: dict[str, Any] = {
        "number": number, "kind": "k", "incident": "i", "text": "", "status": "decided", "reasons": [], "chosen": "",
        "action": "", "total": 0.5, "best": "", "best_action": "", "best_total": 0.5, "regret": 0.0, "halt_is_right": False,
        "halted": False, "missing": [], "violations": [], "faults": [], "disagreements": [], "duration": 1.0, "option": "delay()",
        "constraints": ["a"], "verdicts": {"recommend/crew": "approve"}, "time": time,
    }  # fmt: skip
    return Row(**{**values, **changes})


def test_agreement_is_that_of_option_constraints_and_verdicts() -> None:
    rows = [row(0), row(1), row(2)]
    again = [
        *(row(number, time) for number in (0,) for time in (2, 3)),
        row(1, 2, option="cancel()"), row(1, 3),
        row(2, 2, constraints=["a", "b"]), row(2, 3, verdicts={"recommend/crew": "reject"}),
    ]  # fmt: skip
    found = consistency(rows, again)
    assert found is not None
    assert found["times"] == 3
    assert found["option"] == {"cases": 0.666667, "pairs": pytest.approx((1 + 1 / 3 + 1) / 3, abs=1e-6)}
    assert found["constraints"]["cases"] == found["verdicts"]["cases"] == 0.666667
    assert [(each["number"], each["differ"]) for each in found["differing"]] == [
        (1, ["option"]),
        (2, ["constraints", "verdicts"]),
    ]
    assert consistency(rows, []) is None
    halted = consistency([row(0)], [row(0, 2, halted=True)])
    assert halted is not None
    assert halted["option"]["cases"] == 0.0


def test_what_goes_wrong_in_a_further_run_counts() -> None:
    once = Report(suite="s", seed=1, where="w", networks=[], regime="own", rows=[row(0)])
    assert once.passed
    twice = Report(
        suite="s", seed=1, where="w", networks=[], regime="own", rows=[row(0)], again=[row(0, 2, violations=["x"])]
    )
    assert not twice.passed
    assert (twice.times, twice.document()["violations"], twice.document()["scenarios"]) == (2, 1, 1)


def test_figures_of_runs() -> None:
    rows = [row(number, duration=float(number), tokens=100 * number, cost_usd=0.001) for number in range(1, 101)]
    assert spent(rows) == {
        "p50_seconds": 50.0, "p95_seconds": 95.0, "p99_seconds": 99.0, "tokens_per_run": 5_050, "cost_usd_per_run": 0.001,
    }  # fmt: skip
    assert percentile([], 95) == 0.0
    judged = quality(
        [row(0, answers=10, breaches=["figure: crew in recommend: says 7", "length: crew in recommend: 2"])]
    )
    assert (judged["answers"], judged["sound"], judged["share"]) == (10, 9, 0.9)
    assert judged["breaches"] == {"evidence": 0, "figure": 1, "length": 1, "language": 0}


@pytest.mark.slow
def test_runs_of_the_same_case_agree_unless_a_model_changes_its_mind() -> None:
    same = evaluate(suite="airline", seed=5, count=2, times=2, over=(HERE,)).document()["consistency"]
    assert [same[name]["cases"] for name in ("option", "constraints", "verdicts")] == [1.0, 1.0, 1.0]
    asked = count()

    def fickle(question: Question, answer: dict[str, Any]) -> Mapping[str, Any]:
        if question.agent.kind is AgentKind.ARBITER and next(asked) % 2:
            ids = list(question.option_ids)
            return {**answer, "option_id": ids[-1], "ranking": ids[::-1]}
        return answer

    runner = InProcess(PACK, (HERE,), models=altered(fickle))
    found = evaluate(suite="airline", seed=5, count=3, times=2, runner=runner).document()["consistency"]
    assert found["option"]["cases"] < 1.0
    assert found["constraints"]["cases"] == 1.0
    assert found["differing"]


@pytest.mark.slow
def test_the_airlines_answers_are_judged_and_paid_for() -> None:
    document = evaluate(suite="airline", seed=5, count=4, over=(HERE,)).document()
    assert document["quality"]["answers"] >= 4 * 8
    assert document["quality"]["share"] == 1.0
    assert document["tokens_per_run"] > 1_000
    assert 0 < document["cost_usd_per_run"] < 0.1
    assert 0 < document["p50_seconds"] <= document["p95_seconds"] <= document["p99_seconds"]
