"""Truth values are told in words, whoever looked at them: a person would take a 1 for a figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from conclave.agents.assess import Question
from conclave.agents.meter import Meter
from conclave.pack import TALKER
from conclave.records.run_records import records_of
from conclave.types import Fact

from bench.chat.scene import DAY, PRICES, Scene

RUN = "run-aog"
Calls = list[tuple[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def scene() -> Scene:
    scene = Scene()
    scene.decide(RUN, scene.pack.examples(DAY)[0])
    return scene


@pytest.fixture(scope="module")
def true(scene: Scene) -> list[Fact]:
    """What agents of the run looked at that has a truth value, as its records have it."""
    answers = records_of(RUN, scene.runs, scene.pack).assessments.values()
    return [fact for each in answers for fact in each.facts if any(value is True for value in fact.values.values())]


class Calling:
    """A model that calls tools and keeps what they brought."""

    model_id = PRICES.model("fast")

    def __init__(self, evidence: str, calls: Calls) -> None:
        self._evidence, self._calls = evidence, calls
        self.brought: list[Fact] = []

    def ask(self, question: Question, meter: Meter) -> Mapping[str, Any]:
        with meter.exchange(self.model_id, {"user": question.user}) as exchange:
            exchange.use({"inputTokens": 100, "outputTokens": 10})
        by_name = {each.name: each for each in question.tools}
        for name, arguments in self._calls:
            self.brought += question.call(by_name[name], arguments).result.facts
        return question.form.check({"answer": "Everybody looked at it.", "evidence": [self._evidence]})

    def bare(self) -> list[str]:
        """Ids of facts that were brought with a truth value."""
        return [each.id for each in self.brought if any(isinstance(value, bool) for value in each.values.values())]


def test_an_answer_says_yes(scene: Scene, true: list[Fact]) -> None:
    shipment = next(each for each in true if each.values.get("life_saving") is True)
    answer = scene.ask(RUN, "What did cargo worry about?").answered.answer
    assert f"By {shipment.id}: " in answer
    assert "life saving yes" in answer


def test_no_lookup_brings_a_bare_truth_value(scene: Scene, true: list[Fact]) -> None:
    looked_at = sorted({each.id for each in true})
    assert len(looked_at) > 3
    calls: Calls = [
        *(("option", {"option_id": f"O{number}"}) for number in range(1, 10)),
        *(("assessment", {"agent": each.name}) for each in scene.pack.specialists),
        *(("evidence", {"evidence_id": each}) for each in looked_at),
    ]
    model = Calling("options/O1", calls)
    scene.ask(RUN, "What did everybody look at?", {TALKER: model})
    assert {*looked_at} <= {each.id for each in model.brought}
    assert model.bare() == []


def test_nor_does_a_tool_of_a_specialist_or_the_specialist_itself(scene: Scene) -> None:
    specialist = Calling("assessments/recommend/crew_compliance", [("positioning_flights", {"to": "LHR"})])
    talker = Calling("answers/crew_compliance", [("ask_crew_compliance", {"question": "who may fly instead?"})])
    scene.ask(RUN, "Who may fly instead?", {TALKER: talker, "crew_compliance": specialist})
    assert {"yes", "no"} & {each.values.get("crew_fits") for each in specialist.brought}
    assert specialist.bare() == talker.bare() == []
