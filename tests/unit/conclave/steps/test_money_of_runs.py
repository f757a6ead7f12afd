"""Money in runs: slices are taken once, what died stays spent, and what is refused for money retreats as the rules say."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from conclave.agents.assess import Affordable
from conclave.agents.meter import Meter
from conclave.agents.prices import price_table
from conclave.configuration.settings import PACKAGED, Models, Settings
from conclave.figures import MODEL_RETREATS, Metric, Observe, Unobserved
from conclave.money.allotments import AGENT_ATTEMPTS, FRAMING_ATTEMPTS, budget_of
from conclave.money.amounts import nanos, usd
from conclave.money.ledger import CeilingReached
from conclave.pack import FRAMER
from conclave.records import manifest
from conclave.records.accounts import agent_limit, slice_records, take_slice
from conclave.steps.close_run import close
from conclave.testing import room as rooms
from conclave.testing.journal import MemoryJournal
from conclave.testing.models import ScriptedModel, agreeable
from conclave.types import Decision, Frame, Manifest, Phase, RunStatus
from msgspec import structs
from pipe_domain import MODEL, NOW, Extractor, Scene, clock, codes, document, make_scene, wary

Afford = Callable[..., None]


@pytest.fixture
def afford(monkeypatch: pytest.MonkeyPatch) -> Afford:
    """Sets the ceiling of runs and its protected share, which settings do otherwise."""

    def set_to(run_usd: float, protected: float = 0.5, *, economy: bool = False) -> None:
        def budget(agents: Any, *_: Any, **__: Any) -> Any:
            return budget_of(run_usd, agents, FRAMER, protected=protected, economy=economy)

        monkeypatch.setattr(manifest, "_budget", budget)

    return set_to


@pytest.fixture
def retreats(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What became of answers for which the money did not suffice, as functions count it."""
    found: list[str] = []

    class Seeing(Unobserved):
        def __init__(self, others: Observe) -> None:
            self._others = others

        def __call__(self, metric: Metric, value: float, **parts: str) -> None:
            self._others(metric, value, **parts)
            if metric is MODEL_RETREATS:
                found.extend([parts["way"]] * int(value))

    for step in ("perform_agent", "perform_frame"):
        counting = getattr(rooms, step)  # of the fixture money_agrees
        monkeypatch.setattr(rooms, step, partial(counting, observe=Seeing(counting.keywords["observe"])))
    return found


def manifest_in(scene: Scene) -> Manifest:
    made = scene.room.context("run-1").records().manifest
    assert made.budget is not None
    return made


def spent(decision: Decision) -> int:
    return nanos(decision.usage.cost_usd) + nanos(decision.usage.reserved_usd)


def test_the_manifest_says_what_the_run_may_spend(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    scene.room.deliberate("run-1")
    budget = manifest_in(scene).budget
    assert budget is not None
    assert budget.ceiling_nanos == nanos(Settings().money.run_usd)
    assert set(budget.allotted_nanos) == {"frame", *(agent.name for agent in scene.room.pack.agents)}
    assert sum(budget.allotted_nanos.values()) <= budget.ceiling_nanos


def test_a_slice_is_taken_once_and_there_are_as_many_as_attempts() -> None:
    journal = MemoryJournal()
    taken = [take_slice(journal, "run-1", "buyer", "recommend", NOW) for _ in range(AGENT_ATTEMPTS + 2)]
    assert taken == [*range(1, AGENT_ATTEMPTS + 1), 0, 0]
    assert take_slice(journal, "run-1", "buyer", "revise", NOW) == 1
    assert take_slice(journal, "run-2", "buyer", "recommend", NOW) == 1
    framing = [take_slice(journal, "run-1", FRAMER, "frame", NOW) for _ in range(FRAMING_ATTEMPTS + 1)]
    assert framing == [*range(1, FRAMING_ATTEMPTS + 1), 0]


def test_the_slice_of_a_function_that_died_stays_spent(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, dead=frozenset({"buyer"}))
    decision = scene.room.deliberate("run-1")
    assert decision.degraded
    assert nanos(decision.usage.reserved_usd) == agent_limit(manifest_in(scene), "buyer", 1) > 0
    rows = {(each["name"], each["phase"]): each for each in document(scene)["agents"]}
    assert rows["buyer", "recommend"]["reserved_usd"] == decision.usage.reserved_usd


def test_an_attempt_before_the_one_that_answered_stays_spent(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    for agent in ("buyer", "arbiter"):
        phase = Phase.ARBITRATE if agent == "arbiter" else Phase.RECOMMEND
        take_slice(scene.journal, "run-1", agent, phase, NOW)
    decision = scene.room.deliberate("run-1")
    lost = [agent_limit(manifest_in(scene), agent, 1) for agent in ("buyer", "arbiter")]
    assert nanos(decision.usage.reserved_usd) == sum(lost)
    assert not decision.degraded


def test_earlier_attempts_at_framing_stay_spent(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, text="P1 leaks", extractor=Extractor({"pipe": "P1"}))
    for _ in range(2):
        take_slice(scene.journal, "run-1", FRAMER, "frame", NOW)
    scene.room.frame("run-1")
    frame = scene.room.context("run-1").records().frame
    assert isinstance(frame, Frame)
    budget = manifest_in(scene).budget
    assert budget is not None
    assert nanos(frame.usage.reserved_usd) == budget.allotted_nanos[FRAMER] // FRAMING_ATTEMPTS * 2
    assert frame.usage.cost_usd > 0


def test_framing_without_money_reads_no_sentence(tmp_path: Path, afford: Afford, retreats: list[str]) -> None:
    afford(0.0001)
    scene = make_scene(tmp_path, text="P1 leaks", extractor=Extractor({"pipe": "P1"}))
    decision = scene.room.deliberate("run-1")
    assert codes(decision) == ["ceiling_reached"]
    assert spent(decision) == 0
    assert retreats == ["no_answer"]


def test_what_framing_spent_before_its_money_ended_is_counted(tmp_path: Path) -> None:
    class Costly(Extractor):
        def extract(self, *asked: Any, **named: Any) -> Any:
            super().extract(*asked, **named)
            raise CeilingReached("nothing is left for a second call")

    scene = make_scene(tmp_path, text="P1 leaks", extractor=Costly({"pipe": "P1"}))
    decision = scene.room.deliberate("run-1")
    assert codes(decision) == ["ceiling_reached"]
    assert decision.usage.model_calls == 1
    assert spent(decision) > 0


def test_business_agents_without_money_are_unavailable_and_the_run_goes_on(
    tmp_path: Path, afford: Afford, retreats: list[str]
) -> None:
    afford(0.1, 0.9)
    scene = make_scene(tmp_path)
    decision = scene.room.deliberate("run-1")
    missing = {each["name"] for each in document(scene)["agents"] if each["failure"]}
    assert missing == {"buyer", "planner"}
    assert retreats == ["no_answer", "no_answer"]
    assert all(each["failure"]["error"] == "CeilingReached" for each in document(scene)["agents"] if each["failure"])
    assert decision.degraded
    assert decision.status is RunStatus.DECIDED
    assert spent(decision) <= nanos(0.1)


def test_safety_below_its_floor_halts_with_its_reason(tmp_path: Path, afford: Afford, retreats: list[str]) -> None:
    afford(0.01, 0.2)
    scene = make_scene(tmp_path)
    decision = scene.room.deliberate("run-1")
    assert decision.status is RunStatus.HALTED
    assert "ceiling_reached" in codes(decision)
    assert "safety_agent_unavailable" not in codes(decision)
    assert set(retreats) == {"no_answer"}
    assert spent(decision) <= nanos(0.01)


def test_an_arbiter_without_money_halts_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, retreats: list[str]
) -> None:
    whole = agent_limit

    def of_others(made: Manifest, agent: str, number: int) -> int:
        return 0 if agent == "arbiter" else whole(made, agent, number)

    monkeypatch.setattr("conclave.steps.run_agent.agent_limit", of_others)
    assert codes(make_scene(tmp_path).room.deliberate("run-1")) == ["ceiling_reached"]
    assert retreats == ["no_answer"]


def strong_arbiter(scene: Scene, **money: Any) -> Any:
    """The room of a scene, in which the arbiter has the large model."""
    prices = scene.room.prices
    settings = structs.replace(
        PACKAGED,
        models=structs.replace(PACKAGED.models, arbiter=Models(tier="strong")),
        money=structs.replace(PACKAGED.money, **money),
    )
    return replace(
        scene.room, settings=settings, models=lambda agent: ScriptedModel(prices.model(agent.tier), agreeable)
    )


def test_a_cheaper_tier_that_answered_for_lack_of_money_is_marked_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, retreats: list[str]
) -> None:
    whole = agent_limit

    def of_others(made: Manifest, agent: str, number: int) -> int:
        # The small model's worst case fits, the large one's does not.
        return 6_000_000 if agent == "arbiter" else whole(made, agent, number)

    monkeypatch.setattr("conclave.steps.run_agent.agent_limit", of_others)
    scene = make_scene(tmp_path)
    decision = strong_arbiter(scene).deliberate("run-1")
    (row,) = (each for each in document(scene)["agents"] if each["name"] == "arbiter")
    assert row["model"] == MODEL
    assert (row["stood_in"]["wanted"], row["stood_in"]["because"]) == (price_table().model("strong"), "too_dear")
    assert "model_stood_in" in codes(decision)
    assert retreats == ["cheaper_tier"]


def test_a_cheaper_tier_of_a_frugal_run_is_counted_and_nobody_stood_in(tmp_path: Path, retreats: list[str]) -> None:
    scene = make_scene(tmp_path)
    strong_arbiter(scene, economy="on").deliberate("run-1")
    (row,) = (each for each in document(scene)["agents"] if each["name"] == "arbiter")
    assert (row["model"], row["stood_in"]) == (MODEL, None)
    assert retreats == ["economy"]


def test_a_run_with_money_enough_retreats_nowhere(tmp_path: Path, retreats: list[str]) -> None:
    scene = make_scene(tmp_path)
    strong_arbiter(scene).deliberate("run-1")
    assert retreats == []


@pytest.mark.parametrize(("agent", "stands"), [("buyer", True), ("crew_guard", False)])
def test_the_last_assessment_of_a_business_agent_stands_and_of_a_safety_agent_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, retreats: list[str], agent: str, stands: bool
) -> None:
    """Whoever hears news without money to ask its model: a business agent keeps its answer, a safety agent has none."""
    scene = make_scene(tmp_path, {"planner": wary})
    whole = scene.room.models

    def models(of: Any) -> Any:
        model = whole(of)

        def answer(question: Any) -> Any:
            if question.agent.name == agent and question.phase is Phase.REVISE:
                raise CeilingReached("nothing is left")
            if question.agent.name == "buyer":
                liked = [0.9 if each == "O1" else 0.3 for each in question.option_ids]
                return {**agreeable(question), "scores": liked}
            return wary(question) if question.agent.name == "planner" else agreeable(question)

        return ScriptedModel(model.model_id, answer)

    monkeypatch.setattr(type(scene.room), "models", property(lambda _: models), raising=False)
    decision = scene.room.deliberate("run-1")
    rows = {(each["name"], each["phase"]): each for each in document(scene)["agents"]}
    assert rows[agent, "revise"]["reused"] is stands
    assert (rows[agent, "revise"]["failure"] is None) is stands
    assert (decision.status is RunStatus.HALTED) is not stands
    assert ("last_answer" if stands else "no_answer") in retreats


def test_a_cheaper_tier_answers_where_the_own_one_does_not_fit() -> None:
    prices = price_table()
    assert prices.cheaper("strong") == ("balanced",)
    assert prices.cheaper("balanced") == prices.cheaper("fast") == ()
    unpriced = structs.replace(prices, models={prices.model("strong"): prices.price(prices.model("strong"))})
    assert unpriced.cheaper("strong") == ()
    dear, cheap = ScriptedModel(prices.model("strong")), ScriptedModel(MODEL)
    scene: list[str] = []

    class Asked:
        user = "x" * 1_000

    def said(question: Any) -> dict[str, Any]:
        scene.append("asked")
        return {}

    dear._answer = cheap._answer = said
    between = 3_000_000  # the small model's worst case is 1.3 million nano-dollars, the large one's 25 million
    meter = Meter(prices, purse=lambda: between)
    asked: Any = Asked()
    assert Affordable(iter([dear, cheap])).ask(asked, meter) == {}
    assert [each.model for each in meter.exchanges] == [MODEL]
    with pytest.raises(CeilingReached):
        Affordable(iter([dear])).ask(asked, Meter(prices, purse=lambda: between))
    rich = Meter(prices)
    assert Affordable(iter([dear, cheap])).ask(asked, rich) == {}
    assert [each.model for each in rich.exchanges] == [dear.model_id]


def test_a_run_that_is_closed_counts_the_most_that_was_under_way(tmp_path: Path) -> None:
    scene = make_scene(tmp_path)
    room = scene.room
    room.frame("run-1")
    for agent in room.pack.specialists:
        take_slice(scene.journal, "run-1", agent.name, Phase.RECOMMEND, NOW)
    decision = close("run-1", "killed", pack=room.pack, runs=scene.runs, bus=scene.bus, clock=clock)
    made = manifest_in(scene)
    most = sum(agent_limit(made, agent.name, 1) * AGENT_ATTEMPTS for agent in room.pack.specialists)
    assert nanos(decision.usage.reserved_usd) == most
    assert made.budget is not None
    assert 0 < most <= made.budget.ceiling_nanos


def test_a_call_of_which_nothing_was_reported_keeps_its_reservation() -> None:
    meter = Meter(price_table())
    for refused in (False, True):
        with suppress(ConnectionError), meter.exchange(MODEL, {"user": "x"}) as exchange:
            exchange.refused = refused
            raise ConnectionError
    with meter.exchange(MODEL, {"user": "x"}) as exchange:
        exchange.use({"inputTokens": 10, "outputTokens": 1})
    lost, denied, settled = [each.usage for each in meter.exchanges]
    assert lost.reserved_usd > 0
    assert (lost.cost_usd, denied.cost_usd, denied.reserved_usd, settled.reserved_usd) == (0, 0, 0, 0)
    assert meter.ledger.spent == nanos(lost.reserved_usd) + nanos(settled.cost_usd)
    assert usd(meter.ledger.held) == lost.reserved_usd


def test_every_slice_has_a_record_of_its_own() -> None:
    names = [name for phase in ("frame", *Phase) for name in slice_records(phase)]
    assert len(set(names)) == len(names) == FRAMING_ATTEMPTS + len(Phase) * AGENT_ATTEMPTS
