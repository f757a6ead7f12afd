"""The money of questions: what a stand-in takes on top, what is given back, and what is refused when nothing is left."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest
from conclave.agents.assess import Question
from conclave.agents.meter import Meter
from conclave.api.asking.questions import QuestionRefused
from conclave.clock import SystemClock, timestamp
from conclave.codes import RequestCode
from conclave.configuration.settings import MoneySettings
from conclave.conversation.converse import MoneySpent, Unanswered
from conclave.conversation.purse import MOST_LENT_USD, SLICES_USD, Purse
from conclave.conversation.turns import MOST_QUESTIONS, conversation_of
from conclave.money.amounts import nanos
from conclave.money.spending import Spent, periods_of
from conclave.testing.journal import MemoryJournal
from conclave.testing.run_store import MemoryRunStore
from msgspec import structs

from bench.chat.scene import ASKER, DAY, PRICES, RECEIVED, Scene

pytestmark = pytest.mark.slow

RUN = "run-crew"
SMALL, LARGE = PRICES.model("fast"), PRICES.model("strong")
REQUEST = {"user": "x" * 20_000}


@pytest.fixture
def scene() -> Scene:
    made = Scene()
    made.decide(RUN, made.pack.examples(DAY)[3])
    return made


class StoodInFor:
    """A small model that answers nothing, and the large one in its place, as a chain asks them."""

    model_id = SMALL

    def ask(self, question: Question, meter: Meter) -> Mapping[str, Any]:
        with suppress(ConnectionError), meter.exchange(SMALL, REQUEST, 2_048) as refused:
            refused.refused = True
            raise ConnectionError
        for _ in range(2):
            with meter.exchange(LARGE, REQUEST, 4_096) as exchange:
                exchange.use({"inputTokens": 5_000, "outputTokens": 100})
        question.call(next(each for each in question.tools if each.name == "decision"), {})
        return question.form.check({"answer": "It is decided.", "evidence": ["decision/outcome"]})


def test_a_dearer_model_stands_in_and_what_it_did_not_use_is_given_back(scene: Scene) -> None:
    now = timestamp(scene.now)
    before = scene.runs.spent(periods_of(now))
    reply = scene.ask(RUN, "Who decided?", {"converse": StoodInFor()})
    assert (reply.tier, reply.answered.model, reply.answered.usage.model_calls) == ("fast", LARGE, 3)
    seen = conversation_of(RUN, scene.journal)
    assert [each.of for each in seen.asked.values()] == [0, *[1] * (len(seen.asked) - 1)]
    on_top = sum(each.reserved_nanos for each in seen.asked.values() if each.of)
    assert 0 < on_top <= nanos(MOST_LENT_USD)
    cost = nanos(reply.answered.usage.cost_usd)
    assert seen.spent_before(MOST_QUESTIONS) == cost > 0
    for period, after in scene.runs.spent(periods_of(now)).items():
        assert after.settled_nanos - before[period].settled_nanos == cost
        assert after.reserved_nanos == before[period].reserved_nanos


def test_a_dearer_model_stands_in_only_as_far_as_the_money_of_the_conversation(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conclave.conversation.turns.CEILING_USD", SLICES_USD["fast"])
    with pytest.raises(Unanswered, match="CeilingReached"):
        scene.ask(RUN, "Who decided?", {"converse": StoodInFor()})
    seen = conversation_of(RUN, scene.journal)
    assert (len(seen.asked), seen.answered[1].usage.cost_usd) == (1, 0.0)


def purse(tier: str = "fast") -> Purse:
    made = Purse(
        run_id=RUN,
        by=ASKER,
        tier=tier,
        journal=MemoryJournal(),
        spending=MemoryRunStore(),
        prices=PRICES,
        clock=SystemClock(RECEIVED),
    )
    made.begin(conversation_of(RUN, made.journal))
    return made


def test_nothing_is_lent_for_a_model_of_ones_own_nor_beyond_what_a_question_may_take() -> None:
    took = purse()
    assert took.lend("fast", SMALL, 1) == 0
    assert purse("strong").lend("strong", LARGE, 1) == 0
    assert took.lend("fast", LARGE, nanos(MOST_LENT_USD) + 1) == 0
    assert took.lend("fast", LARGE, nanos(MOST_LENT_USD)) == nanos(MOST_LENT_USD)
    assert took.lend("fast", LARGE, 1) == 0
    assert conversation_of(RUN, took.journal).spent_before(3) == took.limit + nanos(MOST_LENT_USD)


def spend(scene: Scene, usd: float) -> None:
    scene.runs.add(Spent(settled_nanos=nanos(usd)), timestamp(scene.now))


def test_no_model_is_asked_once_the_day_or_the_month_is_spent_and_kept_answers_are_given(scene: Scene) -> None:
    kept = scene.ask(RUN, "Why not O1?")
    spend(scene, scene.ceilings.day_usd)
    with pytest.raises(MoneySpent) as refused:
        scene.ask(RUN, "Why not O2?")
    assert refused.value.code is RequestCode.MONEY_SPENT
    assert len(conversation_of(RUN, scene.journal).asked) == 1
    assert scene.ask(RUN, "Why not O1?").answered == kept.answered


def test_the_budget_of_the_account_ends_questions_as_it_ends_runs(scene: Scene) -> None:
    scene.ceilings = MoneySettings(budget="spent")
    with pytest.raises(MoneySpent) as refused:
        scene.ask(RUN, "Why not O2?")
    assert refused.value.code is RequestCode.BUDGET_SPENT


def test_the_api_says_so_in_one_line(scene: Scene) -> None:
    spend(scene, scene.ceilings.day_usd)
    with pytest.raises(QuestionRefused) as refused:
        scene.answer(RUN, "Why not O2?")
    assert (refused.value.code, refused.value.status) == (RequestCode.MONEY_SPENT, 503)
    assert "today or this month" in str(refused.value)


@pytest.mark.parametrize("how", ["the day nearly spent", "switched on"])
def test_questions_are_frugal_where_runs_are(scene: Scene, how: str) -> None:
    question = "What if the crew came an hour earlier?"
    assert scene.ask(RUN, question).tier == "strong"
    if how == "switched on":
        scene.ceilings = structs.replace(scene.ceilings, economy="on")
    else:
        spend(scene, scene.ceilings.day_usd * scene.ceilings.economy_from)
    assert scene.ask(RUN, f"{question} Again?").tier == "fast"


class Failing:
    """A model that fails as often as it is asked."""

    model_id = SMALL

    def ask(self, question: Question, meter: Meter) -> Mapping[str, Any]:
        del question
        with meter.exchange(SMALL, "") as exchange:
            exchange.refused = True
            raise ConnectionError
        raise AssertionError


def test_questions_open_a_circuit_as_calls_of_agents_do(scene: Scene) -> None:
    for number in range(5):
        assert scene.breakers().lets(SMALL)
        with pytest.raises(Unanswered):
            scene.ask(RUN, f"Why {number}?", {"converse": Failing()})
    assert not scene.breakers().lets(SMALL)
