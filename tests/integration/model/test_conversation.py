"""Questions about a run over the wire: Strands, the stand-in for Bedrock, tools at once, and a specialist as a tool."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from conclave.adapters.models.strands_model import StrandsModel
from conclave.clock import Deadline, SystemClock
from conclave.conversation.converse import Reply, Talk, Unanswered, converse
from conclave.pack import TALKER, Agent
from conclave.routing.chains import only
from questions import closed_later, wired_to

from bench.chat.scene import DAY, PRICES, Scene
from local.bedrock.answerers import Answer, Answerer, OfflineAnswerer, Parameters

RUN = "run-aog"


@pytest.fixture(scope="module")
def decided() -> Scene:
    scene = Scene()
    scene.decide(RUN, scene.pack.examples(DAY)[0])
    return scene


class Listening:
    """The offline policy, with what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Parameters] = []

    async def answer(self, parameters: Parameters) -> Answer:
        self.asked.append(parameters)
        return await OfflineAnswerer().answer(parameters)


class Inventing:
    """A model that looks at an option and then says what no tool brought."""

    def __init__(self) -> None:
        self.turns = 0

    async def answer(self, parameters: Parameters) -> Answer:
        self.turns += 1
        results = [block for message in parameters["messages"] for block in message["content"] if "toolResult" in block]
        name, given = ("answer", {"answer": "It saves 4711 USD.", "evidence": ["options/O1"]})
        if not results:
            name, given = "option", {"option_id": "O1"}
        return Answer([{"toolUse": {"toolUseId": f"t{self.turns}", "name": name, "input": given}}], "tool_use")


class Together:
    """The offline policy, which answers no specialist before two of them ask."""

    def __init__(self) -> None:
        self._two, self._waited = asyncio.Barrier(2), set[str]()

    async def answer(self, parameters: Parameters) -> Answer:
        agent = str(parameters["requestMetadata"]["agent"])
        if agent not in (TALKER, *self._waited):
            self._waited.add(agent)
            async with asyncio.timeout(15):
                await self._two.wait()
        return await OfflineAnswerer().answer(parameters)


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listening]:
    answerer = Listening()
    with wired_to(monkeypatch, answerer):
        yield answerer


def ask(scene: Scene, question: str) -> Reply:
    def model(agent: Agent) -> StrandsModel:
        made = StrandsModel(only(PRICES.model(agent.tier)), "gr-1", "1", 20.0)
        closed_later(made)
        return made

    talk = Talk(
        pack=scene.pack,
        runs=scene.runs,
        journal=scene.journal,
        tables=scene.tables,
        models=model,
        prices=PRICES,
        spending=scene.runs,
        clock=SystemClock(scene.now),
        strict=True,
    )
    return converse(RUN, question, talk, Deadline(60.0), by="someone")


def test_a_question_is_answered_by_tools_and_by_a_specialist(decided: Scene, listening: Listening) -> None:
    reply = ask(decided, "What did cargo worry about?")
    assert {*reply.tools} == {"assessment", "ask_cargo"}
    assert "constraints/cargo.cold_chain" in reply.answered.evidence
    assert reply.answered.struck == 0
    agents = [each["requestMetadata"]["agent"] for each in listening.asked]
    assert agents.count("converse") == 2
    assert "cargo" in agents
    assert reply.answered.usage.model_calls == len(agents)


def test_what_all_questions_about_a_run_begin_with_may_be_kept_by_the_provider(
    decided: Scene, listening: Listening
) -> None:
    ask(decided, "Why not O1?")
    content = listening.asked[0]["messages"][0]["content"]
    places = [place for place, block in enumerate(content) if "cachePoint" in block]
    assert len(places) == 1
    ask(decided, "Why not O2?")
    assert listening.asked[-1]["messages"][0]["content"][: places[0]] == content[: places[0]]


def test_specialists_that_do_not_need_each_other_are_asked_at_once(
    decided: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    with wired_to(monkeypatch, Together()):
        reply = ask(decided, "What did cargo and finance worry about?")
    assert {"ask_cargo", "ask_finance"} <= {*reply.tools}
    assert reply.answered.usage.model_calls == 4
    assert not [each for each in reply.answered.evidence if each.startswith("not_available")]


def test_an_answer_that_stands_on_nothing_is_asked_for_once_more_and_then_is_none(
    decided: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    answerer: Answerer = Inventing()
    with wired_to(monkeypatch, answerer), pytest.raises(Unanswered, match="evidence"):
        ask(decided, "Is O1 cheap?")
