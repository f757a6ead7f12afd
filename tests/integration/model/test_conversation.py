"""Questions about a run over the wire: Strands, the stand-in for Bedrock, tools at once, and a specialist as a tool."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest
from conclave.adapters.models.strands_model import StrandsModel
from conclave.clock import Deadline, SystemClock
from conclave.conversation.converse import Reply, Talk, Unanswered, converse
from conclave.pack import TALKER, Agent
from conclave.routing.chains import Route, only, routes
from conclave.types import AgentKind
from questions import closed_later, wired_to

from bench.chat.scene import DAY, PRICES, Scene
from local.bedrock.answerers import Answer, Answerer, OfflineAnswerer, Parameters
from local.bedrock.wire.requests import prompt_blocks
from local.bedrock.wire.tokens import block_tokens, cache_floor, input_tokens

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


def ask(scene: Scene, question: str, chain: Callable[[str], tuple[Route, ...]] | None = None) -> Reply:
    chain_on = chain or (lambda tier: only(PRICES.model(tier)))
    breakers = scene.breakers()

    def model(agent: Agent) -> StrandsModel:
        made = StrandsModel(chain_on(agent.tier), "gr-1", "1", 20.0, breakers=breakers)
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
        ceilings=scene.ceilings,
        breakers=breakers,
        chain=lambda tier: [each.model for each in chain_on(tier)],
        clock=SystemClock(scene.now),
        strict=True,
    )
    try:
        return converse(RUN, question, talk, Deadline(60.0), by="someone")
    finally:
        breakers.settle()


def stood_in_for(tier: str) -> tuple[Route, ...]:
    """The chain of a tier as it is deployed."""
    return routes().chain(AgentKind.BUSINESS, tier, PRICES.tiers)


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
    place, end = (place for place, block in enumerate(content) if "cachePoint" in block)
    assert end == len(content) - 1
    ask(decided, "Why not O2?")
    assert listening.asked[-1]["messages"][0]["content"][:place] == content[:place]


def test_what_was_sent_before_the_tools_is_not_paid_for_again_where_the_provider_keeps_it(
    decided: Scene, listening: Listening
) -> None:
    """The large model's provider keeps prefixes of 1,024 tokens; what a question begins with has more than twice that."""
    used = ask(decided, "What if the crew came half an hour earlier?").answered.usage
    first, *_, last = (each for each in listening.asked if each["requestMetadata"]["agent"] == TALKER)
    read = sum(block_tokens(block) for block in prompt_blocks(first) if "cachePoint" not in block)
    assert len(last["messages"]) > len(first["messages"])
    assert used.cache_read_tokens == used.cache_write_tokens == read > 2_000
    again = ask(decided, "What if the crew came 40 minutes earlier?").answered.usage
    assert again.cache_read_tokens > used.cache_read_tokens


def test_below_the_floor_of_the_small_model_nothing_is_kept_nor_charged_as_if(
    decided: Scene, listening: Listening
) -> None:
    used = ask(decided, "Why not O3?").answered.usage
    (small, *_) = listening.asked
    assert input_tokens(small) < cache_floor(str(small["modelId"]))
    assert (used.cache_read_tokens, used.cache_write_tokens) == (0, 0)


def test_a_dearer_model_stands_in_for_a_small_one_that_fails(decided: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    small, large = PRICES.model("fast"), PRICES.model("strong")
    before = {model: decided.breakers().lets(model) for model in (small, large)}
    assert before == {small: True, large: True}
    with wired_to(monkeypatch, OfflineAnswerer()) as stand_in:
        stand_in.fault(kind="throttle", match={"model": small}, count=None)
        reply = ask(decided, "What did cargo worry about, and network?", stood_in_for)
        assert (reply.tier, reply.answered.model) == ("fast", large)
        assert not [each for each in reply.answered.evidence if each.startswith("not_available")]
        for number in range(4):
            ask(decided, f"Why not O{number + 1}, after all?", stood_in_for)
        assert not decided.breakers().lets(small)
        calls = len(stand_in.exchanges())
        ask(decided, "And why not O2, at last?", stood_in_for)
        asked = [each["model"] for each in stand_in.exchanges()[calls:]]
    assert set(asked) == {large}


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
