"""The same decisions as one would build them first with an agent framework: clear, sound, and without a thought of tokens.

docs/performance.md says why each choice is as it is; nothing was made longer than it has to be. It shares with Conclave what is
the domain's and what is pure: reading the report, planner, tools, collation, decision. So both decide the same, and what differs
is how models are asked.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from conclave.adapters.models.bedrock import BedrockExtractor
from conclave.agents.checks import Executed, run_tool
from conclave.agents.meter import Meter
from conclave.agents.prices import PriceTable, price_table
from conclave.codec import convert
from conclave.deliberation.collate import collate
from conclave.deliberation.constraints import unite
from conclave.deliberation.decide import decide
from conclave.deliberation.scoring import recorded_scoring, score_options
from conclave.pack import Agent, Pack, Tool, ToolContext
from conclave.routing.chains import only
from conclave.steps.frame import frame_run
from conclave.testing.room import UNSCREENED
from conclave.types import (
    Assessment,
    AssessmentStatus,
    Choice,
    Collation,
    Decision,
    Frame,
    Phase,
    ScoredOption,
    Stance,
    Verdict,
)
from msgspec import Struct, structs
from strands import Agent as StrandsAgent
from strands.models.bedrock import BedrockModel
from strands.tools.executors import SequentialToolExecutor
from strands.tools.tools import PythonAgentTool

from bench.deliberation import asking
from bench.deliberation.played import Case, Played, Stopwatch, played
from bench.deliberation.runtime import Runtime
from bench.deliberation.waiting import Step, TimedTables

STRONG = "strong"


class Member(Struct):
    """An agent of the room: one conversation that goes on from phase to phase, as the framework keeps it."""

    agent: Agent
    conversation: StrandsAgent
    executed: Sequence[Executed]

    def assess(self, phase: Phase, message: str, answers: type[asking.AssessmentAnswer]) -> Assessment:
        """Asks, and answers what its model said united with what its tools found."""
        answer = _ask(self.conversation, phase, self.agent, message, answers)
        return Assessment(
            agent=self.agent.name,
            kind=self.agent.kind,
            phase=phase,
            status=AssessmentStatus.OK,
            verdict=Verdict(answer.verdict),
            stance=Stance(answer.stance) if isinstance(answer, asking.RevisionAnswer) else None,
            scores={each.option_id: each.score for each in answer.scores},
            constraints=unite(*(each.result.constraints for each in self.executed)),
            gaps=tuple(gap for each in self.executed for gap in each.result.gaps),
            confidence=answer.confidence,
            rationale=answer.rationale,
        )


def play(pack: Pack, case: Case) -> Played:
    """Decides a case."""
    prices, runtime, waits = price_table(), Runtime(asking.read), defaultdict[Step, float](float)
    client: Any = runtime
    step = ("frame", "frame")
    with Stopwatch(waits, step):
        tables = TimedTables(case.tables, waits, step, one_by_one=True)
        extractor = BedrockExtractor(client, only(prices.model(STRONG)), "none", "1", "run")
        frame = frame_run(
            case.run, structs.replace(pack, read_plainly=None), tables, extractor, UNSCREENED, Meter(prices)
        )
    if not isinstance(frame, Frame):
        raise ValueError(f"{case.label} could not be framed: {frame.detail}")
    decision, collation = _deliberated(pack, case, frame, client, waits, prices)
    return played(decision, tuple(collation.constraints), runtime, waits, prices)


def _deliberated(
    pack: Pack, case: Case, frame: Frame, client: Any, waits: defaultdict[Step, float], prices: PriceTable
) -> tuple[Decision, Collation]:
    members = [_member(agent, pack, case, frame, client, waits, prices) for agent in pack.specialists]
    opening = {each.agent.name: asking.opening(each.agent, frame.incident, frame.options) for each in members}
    first = _all(members, lambda each: each.assess(Phase.RECOMMEND, opening[each.agent.name], asking.AssessmentAnswer))
    collation = collate(phase=Phase.RECOMMEND, options=frame.options, frame_gaps=frame.gaps, assessments=first)
    if not collation.halts:
        news = asking.news(first, collation.constraints)
        second = _all(members, lambda each: each.assess(Phase.REVISE, news, asking.RevisionAnswer))
        collation = collate(
            phase=Phase.REVISE,
            options=frame.options,
            frame_gaps=frame.gaps,
            assessments=second,
            previous=collation,
            earlier=first,
        )
        first = second
    scoring = recorded_scoring(frame, pack.dimensions)
    choice = None
    if collation.feasible and not collation.halts:
        scored = score_options(frame.options, collation.constraints, scoring)
        choice = _choice(pack, frame, collation, scored, first, client, prices)
    decision = decide(
        options=frame.options, collation=collation, choice=choice, scoring=scoring, approvals=pack.approvals
    )
    return decision, collation


def _all(members: Sequence[Member], assess: Callable[[Member], Assessment]) -> list[Assessment]:
    with ThreadPoolExecutor(len(members)) as workers:
        return list(workers.map(assess, members))


def _member(
    agent: Agent, pack: Pack, case: Case, frame: Frame, client: Any, waits: defaultdict[Step, float], prices: PriceTable
) -> Member:
    executed: list[Executed] = []
    tables = TimedTables(case.tables, waits, (Phase.RECOMMEND.value, agent.name), one_by_one=True)
    context = ToolContext(
        incident=convert(dict(frame.incident), pack.incident), options=frame.options, tables=tables, now=case.received
    )
    tools = [_tool(agent, tool, context, executed) for tool in (*agent.checks, *agent.tools)]
    return Member(agent, _conversation(pack, agent, tools, client, prices), executed)


def _tool(agent: Agent, tool: Tool, context: ToolContext, executed: list[Executed]) -> PythonAgentTool:
    def run(tool_use: Any, **_: Any) -> Any:
        done = run_tool(agent, tool, context, check=tool in agent.checks, arguments=dict(tool_use["input"]))
        executed.append(done)
        text = asking.written(done.result)
        return {"toolUseId": tool_use["toolUseId"], "status": "success", "content": [{"text": text}]}

    spec: Any = {"name": tool.name, "description": tool.description, "inputSchema": {"json": tool.input_schema}}
    return PythonAgentTool(tool.name, spec, run)


def _conversation(
    pack: Pack, agent: Agent, tools: Sequence[PythonAgentTool], client: Any, prices: PriceTable
) -> StrandsAgent:
    model = copy.copy(_model(prices.model(STRONG)))
    model.client, model.config = client, copy.copy(model.config)
    return StrandsAgent(
        model=model,
        system_prompt=f"{pack.prompt(agent.name)}\n\n{asking.RULES}",
        tools=list(tools),
        tool_executor=SequentialToolExecutor(),
        callback_handler=None,
    )


@cache
def _model(model_id: str) -> BedrockModel:
    return BedrockModel(model_id=model_id, region_name="us-east-1")


def _ask(conversation: StrandsAgent, phase: Phase, agent: Agent, message: str, answers: type[Any]) -> Any:
    model: Any = conversation.model
    model.config["additional_args"] = {"requestMetadata": {"run_id": "run", "phase": phase.value, "agent": agent.name}}
    return conversation(message, structured_output_model=answers).structured_output


def _choice(
    pack: Pack,
    frame: Frame,
    collation: Collation,
    scored: Sequence[ScoredOption],
    assessments: Sequence[Assessment],
    client: Any,
    prices: PriceTable,
) -> Choice:
    feasible = [option for option in frame.options if option.id in set(collation.feasible)]
    arbiter = pack.arbiter
    message = asking.arbitration(arbiter, frame.incident, feasible, scored, collation, assessments)
    conversation = _conversation(pack, arbiter, (), client, prices)
    answer = _ask(conversation, Phase.ARBITRATE, arbiter, message, asking.ChoiceAnswer)
    return Choice(
        option_id=answer.option_id,
        ranking=tuple(answer.ranking),
        justification=answer.justification,
        confidence=answer.confidence,
        model=prices.model(STRONG),
    )
