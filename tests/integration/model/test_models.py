"""The engine's own model adapters against the stand-in on loopback: typed answers, limits on retries, time."""

from __future__ import annotations

import gc
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
from conclave.adapters.models.bedrock import BedrockExtractor
from conclave.adapters.models.strands_model import TURNS, StrandsModel
from conclave.agents.answer_form import AnswerInvalid
from conclave.agents.assess import ModelPort, TimeUp
from conclave.agents.extraction import ExtractionRefused, incident_schema
from conclave.agents.meter import Meter
from conclave.agents.prices import price_table
from conclave.api.documents import run_document
from conclave.clock import Deadline
from conclave.pack import Agent
from conclave.routing.calls import CALLS_PER_STEP
from conclave.routing.chains import only, routes
from conclave.routing.inference import MOST_OUTPUT_TOKENS, Inference
from conclave.types import Decision, Phase, RunStatus
from msgspec import structs
from pipe_domain import MODEL, NOW, make_pack, make_scene
from questions import closed_later, name_the_supplier, question, strands_model
from stand_in import StandIn

from local.bedrock.answerers import Answer, OfflineAnswerer, Parameters


def test_a_whole_run_through_strands(stand_in: StandIn, tmp_path: Path) -> None:
    scene = make_scene(tmp_path)

    def models(agent: Agent) -> ModelPort:
        return strands_model()

    object.__setattr__(scene.room, "models", models)
    decision = scene.room.deliberate("run-1")
    assert isinstance(decision, Decision)
    assert decision.status is RunStatus.DECIDED, decision.reasons
    assert decision.option_id == "O2"
    room = scene.room
    shown = run_document("run-1", pack=room.pack, runs=scene.runs, journal=scene.journal, stage="t", clock=room.clock)
    assert [row for row in shown["agents"] if not row["input_tokens"]] == []
    assert all(row["input_tokens"] > 0 and row["cost_usd"] > 0 for row in shown["agents"])
    assert shown["totals"]["model_calls"] == len(stand_in.exchanges())


def test_tools_are_called_and_their_findings_kept(stand_in: StandIn, tmp_path: Path) -> None:
    asked = question(tmp_path, "buyer", seconds=30.0)
    calls: list[str] = []
    original = asked.call

    def call(tool: Any, arguments: dict[str, Any]) -> Any:
        calls.append(f"{tool.name}({arguments})")
        return original(tool, arguments)

    object.__setattr__(asked, "call", call)
    name_the_supplier(asked)
    meter = Meter(price_table())
    answer = strands_model().ask(asked, meter)
    assert answer["verdict"] in {"approve", "caution", "reject"}
    assert calls == ["prices_of({'supplier': 'S'})"]
    assert len(meter) == 2


class Insatiable:
    """Calls a tool whenever it is asked, with arguments that are new each time; keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Parameters] = []

    async def answer(self, parameters: Parameters) -> Answer:
        self.asked.append(parameters)
        tool = parameters["toolConfig"]["tools"][0]["toolSpec"]["name"]
        call = {"toolUseId": f"t{len(self.asked)}", "name": tool, "input": {"supplier": f"S{len(self.asked)}"}}
        return Answer(content=[{"toolUse": call}], stop_reason="tool_use")


@pytest.mark.parametrize(("agent", "turns"), [("buyer", TURNS), ("planner", CALLS_PER_STEP)])
def test_a_model_that_never_ends_is_asked_a_few_times_for_a_bounded_answer(
    wired: Any, tmp_path: Path, agent: str, turns: int
) -> None:
    insatiable = Insatiable()
    with wired(insatiable):
        with pytest.raises(AnswerInvalid):
            strands_model().ask(question(tmp_path, agent, seconds=30.0), Meter(price_table()))
        assert 1 < len(insatiable.asked) <= turns
        assert {each["inferenceConfig"]["maxTokens"] for each in insatiable.asked} == {only(MODEL)[0].max_tokens}


class Listening(OfflineAnswerer):
    """Answers by the offline policy and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Parameters] = []

    async def answer(self, parameters: Parameters) -> Answer:
        self.asked.append(parameters)
        return await super().answer(parameters)


def test_a_warm_model_is_asked_as_a_cold_one_is(wired: Any, tmp_path: Path) -> None:
    """The client is shared from request to request; messages, tools, labels and the meter are not."""
    listening, meters = Listening(), [Meter(price_table()) for _ in range(3)]
    with wired(listening):
        cold, other = question(tmp_path, "planner"), question(tmp_path, "crew_guard")
        for asked, meter in zip((cold, other, structs.replace(cold, deadline=Deadline(10.0))), meters, strict=True):
            strands_model().ask(asked, meter)
    first, between, again = listening.asked
    assert first == again
    assert len(again["messages"]) == 1
    assert between["requestMetadata"]["agent"] == "crew_guard"
    assert [len(each) for each in meters] == [1, 1, 1]


NOVA = "us.amazon.nova-2-lite-v1:0"


def test_what_is_stated_for_a_kind_of_agent_is_asked_of_each_model_that_takes_it(wired: Any, tmp_path: Path) -> None:
    prices = price_table()
    small = prices.model("fast")
    models, priced = {**prices.tiers, "fast": NOVA, "strong": small}, {**prices.models, NOVA: prices.price(small)}
    stated = Inference(max_tokens=700, temperature=0.25, top_p=0.5, effort="high")
    chain = routes().chain("business", "fast", models, ("strong",), stated)
    listening = Listening()
    with wired(listening) as stand_in:
        stand_in.fault(kind="malformed", match={"model": NOVA})
        model = StrandsModel(chain, "gr-1", "1", 10.0)
        closed_later(model)
        model.ask(question(tmp_path, "planner"), Meter(structs.replace(prices, models=priced)))
    asked = {each["modelId"]: each["inferenceConfig"] for each in listening.asked}
    assert asked == {NOVA: {"maxTokens": 700, "temperature": 0.25, "topP": 0.5}, small: {"maxTokens": 700}}
    assert listening.asked[-1]["additionalModelRequestFields"]["output_config"] == {"effort": "high"}


@pytest.mark.parametrize("tier", routes().tiers)
@pytest.mark.parametrize("most", [MOST_OUTPUT_TOKENS, 1_000])
def test_a_tier_is_asked_as_it_says_and_no_longer_than_it_is_let(
    wired: Any, tmp_path: Path, tier: str, most: int
) -> None:
    (route, *_) = routes().chain("business", tier, price_table().tiers)
    listening = Listening()
    with wired(listening):
        model = StrandsModel((route,), "gr-1", "1", 10.0, output_tokens=most)
        closed_later(model)
        model.ask(question(tmp_path, "planner"), Meter(price_table()))
    (asked,) = listening.asked
    assert asked["modelId"] == route.model
    assert asked["inferenceConfig"] == {"maxTokens": min(most, routes().tiers[tier]["max_tokens"])}
    declared = routes().tiers[tier]
    assert asked["additionalModelRequestFields"] == {
        "thinking": {"type": declared["thinking"]},
        "output_config": {"effort": declared["effort"]},
    }


def test_full_throttling_makes_at_most_twice_the_calls(stand_in: StandIn, tmp_path: Path) -> None:
    stand_in.fault(kind="throttle", count=None)
    meter = Meter(price_table())
    with pytest.raises(Exception, match=r"(?i)thrott"):
        strands_model().ask(question(tmp_path, "planner"), meter)
    assert len(stand_in.exchanges()) == len(meter) == 2


def test_one_throttle_is_survived(stand_in: StandIn, tmp_path: Path) -> None:
    stand_in.fault(kind="throttle", count=1)
    meter = Meter(price_table())
    assert strands_model().ask(question(tmp_path, "planner"), meter)["scores"]
    assert (meter.repairs, len(meter)) == (0, 2)


def test_a_malformed_answer_is_repaired_once_then_refused(stand_in: StandIn, tmp_path: Path) -> None:
    stand_in.fault(kind="malformed", count=1)
    meter = Meter(price_table())
    assert strands_model().ask(question(tmp_path, "planner"), meter)["scores"]
    assert (meter.repairs, len(meter)) == (1, 2)
    stand_in.fault(kind="malformed", count=None)
    with pytest.raises(AnswerInvalid):
        strands_model().ask(question(tmp_path, "planner"), Meter(price_table()))


def test_a_hang_ends_at_the_deadline(stand_in: StandIn, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    stand_in.fault(kind="hang", count=None, seconds=6)
    others = set(threading.enumerate())
    with pytest.raises(TimeUp):
        strands_model().ask(question(tmp_path, "planner", seconds=2.0), Meter(price_table()))
    (reader,) = [each for each in threading.enumerate() if each not in others and each.name.startswith("asyncio_")]
    assert reader.is_alive()  # the deadline ended the question, not the end of the hang

    reader.join(30)
    gc.collect()  # a connection left open would warn here, and fail
    assert not reader.is_alive()
    assert caplog.messages == []


def test_tools_are_refused_when_no_time_is_left(stand_in: StandIn, tmp_path: Path) -> None:
    asked = question(tmp_path, "buyer", seconds=5.0)  # below the reserve for the answer
    name_the_supplier(asked)
    object.__setattr__(asked, "call", lambda tool, arguments: pytest.fail("a tool ran"))
    assert strands_model().ask(asked, Meter(price_table()))["scores"]


def extractor(stand_in: StandIn, guardrail: str = "gr-1") -> BedrockExtractor:
    return BedrockExtractor(stand_in.client(), only(MODEL), guardrail, "1", "run-1")


def test_extraction_answers_what_the_schema_asks(stand_in: StandIn, tmp_path: Path) -> None:
    schema = {
        "type": "object",
        "properties": {"pipe": {"type": "string", "pattern": "^P[0-9]+$"}},
    }
    meter = Meter(price_table())
    assert extractor(stand_in).extract("please help, P12 leaks", schema, NOW, meter) == {"pipe": "P12"}
    assert meter.total().model_calls == 1
    assert incident_schema(make_pack(tmp_path))["properties"]["pipe"]["type"] == "string"


def test_a_guarded_text_is_refused(stand_in: StandIn) -> None:
    with pytest.raises(ExtractionRefused, match="guardrail"):
        extractor(stand_in).extract("zanzibar", {"type": "object", "properties": {}}, NOW, Meter(price_table()))


def test_an_unknown_guardrail_is_an_error_and_still_metered(stand_in: StandIn) -> None:
    meter = Meter(price_table())
    with pytest.raises(Exception, match="guardrail"):
        extractor(stand_in, "gr-9").extract("x", {"type": "object", "properties": {}}, NOW, meter)
    assert [each.error for each in meter.exchanges] == ["ValidationException"]


def test_the_control_port_counts(stand_in: StandIn) -> None:
    assert httpx.get(f"{stand_in.url}/_control/exchanges", trust_env=False).json()["exchanges"] == []


def test_phases_are_words_of_the_api() -> None:
    assert [phase.value for phase in Phase] == ["recommend", "revise", "arbitrate"]
