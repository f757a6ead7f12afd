"""Changes of the agents that a gate has no reason to stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conclave.pack import Agent
from conclave.types import Fact, Phase, ToolResult
from msgspec import structs

from bench.gate.regressions import configured
from bench.gate.versions import REMARK_RULE, Answer, Speech, Version, always, checks, only


def _told(more: str) -> Callable[[Agent, str], str]:
    return lambda _, text: f"{text}\n{more}"


def _with_fact(result: ToolResult) -> ToolResult:
    return structs.replace(
        result, facts=[*result.facts, Fact(id="notes/1", kind="note", values={"rows": len(result.facts)})]
    )


def _other_order(result: ToolResult) -> ToolResult:
    return ToolResult(
        facts=list(reversed(result.facts)), constraints=list(reversed(result.constraints)), gaps=list(result.gaps)
    )


def _reworded(result: ToolResult) -> ToolResult:
    return structs.replace(
        result,
        constraints=[structs.replace(each, reason=f"By rule: {each.reason}"[:200]) for each in result.constraints],
    )


def _with_soft_rule(result: ToolResult) -> ToolResult:
    soft = [structs.replace(each, id=f"{each.id}-soft", hard=False) for each in list(result.constraints)[:1]]
    return structs.replace(result, constraints=[*result.constraints, *soft])


def _answers(**changed: Any) -> Callable[[Agent, Phase, Answer], Answer]:
    def made(agent: Agent, phase: Phase, answer: Answer) -> Answer:
        del agent, phase
        return {**answer, **{name: value for name, value in changed.items() if name in answer}}

    return made


def _cautious(agent: Agent, phase: Phase, answer: Answer) -> Answer:
    del agent, phase
    return {**answer, "verdict": "caution"} if answer.get("verdict") == "approve" else answer


def _titled(agent: Agent) -> Agent:
    return structs.replace(agent, title=f"{agent.title} desk")


def _no_tools(agent: Agent) -> Agent:
    return structs.replace(agent, tools=()) if agent.name == "finance" else agent


HARMLESS: tuple[Version, ...] = (
    Version(name="nothing"),
    Version(
        name="a sentence more in the prompts", speech=Speech(system=_told("Times are UTC unless a column says local."))
    ),
    Version(name="the rule on remarks first", speech=Speech(system=lambda _, text: f"{REMARK_RULE}\n{text}")),
    Version(name="an empty line more in the prompts", speech=Speech(system=_told(""))),
    Version(name="a tool that brings one more row", agent=checks("cargo", _with_fact)),
    Version(name="checks in another order of rows", agent=checks("", _other_order, every=True)),
    Version(name="reasons in other words", agent=checks("", _reworded, every=True)),
    Version(name="a soft rule more", agent=checks("finance", _with_soft_rule)),
    Version(name="titles in other words", agent=_titled),
    Version(name="finance without its look-ups", agent=_no_tools),
    Version(name="a tenth more tokens", speech=Speech(read=always(1.1), written=always(1.1))),
    Version(name="a fifth fewer tokens", speech=Speech(read=always(0.8), written=always(0.8))),
    Version(name="a seventh slower", speech=Speech(seconds=always(1.15))),
    Version(name="a third faster", speech=Speech(seconds=always(0.7))),
    Version(name="one agent a quarter slower", speech=Speech(seconds=only("cargo", 1.25))),
    Version(name="rationales in other words", speech=Speech(answer=_answers(rationale="Best by the facts above."))),
    Version(
        name="justifications in other words",
        speech=Speech(answer=_answers(justification="Best total; all rules kept.")),
    ),
    Version(name="less confidence", speech=Speech(answer=_answers(confidence=0.6))),
    Version(name="more caution without a rule", speech=Speech(answer=_cautious)),
    Version(name="one turn more allowed", settings=configured(limits={"model_turns": 5})),
    Version(name="a higher ceiling", settings=configured(money={"run_usd": 9.0})),
    Version(name="decisions given again for an hour", settings=configured(limits={"reuse_seconds": 3_600})),
    Version(name="frugal a little later", settings=configured(money={"economy_from": 0.9})),
)
