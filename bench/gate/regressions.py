"""Regressions of the agents, as a release or a change of the configuration could bring them."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from conclave.configuration.settings import Settings
from conclave.pack import Agent
from conclave.types import AgentKind, Phase, ToolResult
from msgspec import convert, structs

from bench.gate.versions import REMARK_RULE, Answer, Speech, Version, always, checks, only


def _tier(kind: AgentKind, tier: str) -> Callable[[Agent], Agent]:
    def made(agent: Agent) -> Agent:
        if agent.kind is not kind:
            return agent
        return structs.replace(agent, tier=tier, tiers=dict.fromkeys(agent.tiers or {}, tier))

    return made


def _without_last_fact(result: ToolResult) -> ToolResult:
    return structs.replace(result, facts=list(result.facts)[:-1])


def _without_texts(result: ToolResult) -> ToolResult:
    return structs.replace(result, facts=[structs.replace(fact, text="") for fact in result.facts])


def _without_last_rule(result: ToolResult) -> ToolResult:
    return structs.replace(result, constraints=list(result.constraints)[:-1])


def _softened(result: ToolResult) -> ToolResult:
    return structs.replace(result, constraints=[structs.replace(each, hard=False) for each in result.constraints])


def _lenient(result: ToolResult) -> ToolResult:
    """Numbers that options are held against move by thirty, as with minutes that were rounded."""
    moved = [
        structs.replace(each, value=each.value - 30)
        if isinstance(each.value, int | float) and not isinstance(each.value, bool)
        else each
        for each in result.constraints
    ]
    return structs.replace(result, constraints=moved)


def _unchecked(agent: Agent) -> Agent:
    return structs.replace(agent, checks=()) if agent.name == "maintenance" else agent


def _second(agent: Agent, phase: Phase, answer: Answer) -> Answer:
    del agent
    if phase is not Phase.ARBITRATE or len(answer.get("ranking", ())) < 2:
        return answer
    first, second, *rest = answer["ranking"]
    return {**answer, "option_id": second, "ranking": [second, first, *rest]}


def _last(agent: Agent, phase: Phase, answer: Answer) -> Answer:
    del agent
    if phase is not Phase.ARBITRATE:
        return answer
    ranking = list(reversed(answer["ranking"]))
    return {**answer, "option_id": ranking[0], "ranking": ranking}


def _rejects(agent: Agent, phase: Phase, answer: Answer) -> Answer:
    del phase
    return {**answer, "verdict": "reject"} if agent.kind is AgentKind.SAFETY else answer


def _silent(agent: Agent, phase: Phase, answer: Answer) -> Answer:
    del agent, phase
    return {name: "" if name in ("rationale", "justification") else value for name, value in answer.items()}


def _now_and_then(kind: AgentKind, rate: float) -> Callable[[Agent, Random], bool]:
    return lambda agent, draw: agent.kind is kind and draw.random() < rate


def _without(line: str) -> Callable[[Agent, str], str]:
    return lambda _, text: text.replace(f"{line}\n", "")


class _Growing:
    """A factor on the time of an answer that grows with each one: what is kept from one run to the next is read again."""

    def __init__(self, each: float) -> None:
        self._each, self._answers = each, 0

    def __call__(self, agent: Agent) -> float:
        del agent
        self._answers += 1
        return 1 + self._each * self._answers


def configured(**changed: object) -> Settings:
    """The packaged settings with changes."""
    return convert(changed, Settings)


_HARD = ("simple", "moderate", "complex", "reasoning")
REGRESSIONS: tuple[Version, ...] = (
    Version(name="the arbiter a tier lower", agent=_tier(AgentKind.ARBITER, "fast")),
    Version(name="safety agents a tier lower", agent=_tier(AgentKind.SAFETY, "fast")),
    Version(name="business agents a tier dearer", agent=_tier(AgentKind.BUSINESS, "balanced")),
    Version(name="prompts without the rule on remarks", speech=Speech(system=_without(REMARK_RULE))),
    Version(name="a tool that hides texts", agent=checks("maintenance", _without_texts)),
    Version(name="a tool that drops a row", agent=checks("crew_compliance", _without_last_fact)),
    Version(name="a check that loses a rule", agent=checks("regulatory", _without_last_rule)),
    Version(name="a check whose rules are soft", agent=checks("crew_compliance", _softened)),
    Version(name="a check that is thirty minutes lenient", agent=checks("crew_compliance", _lenient)),
    Version(name="a safety agent without its checks", agent=_unchecked),
    Version(name="twice the tokens read", speech=Speech(read=always(2))),
    Version(name="four times the tokens written", speech=Speech(written=always(4))),
    Version(name="twice the time", speech=Speech(seconds=always(2))),
    Version(name="one agent takes four times as long", speech=Speech(seconds=only("cargo", 4))),
    Version(name="two turns instead of one", speech=Speech(turns=lambda _: 2)),
    Version(name="an arbiter that takes the second best", speech=Speech(answer=_second)),
    Version(name="an arbiter that ranks upside down", speech=Speech(answer=_last)),
    Version(name="safety agents that reject everything", speech=Speech(answer=_rejects)),
    Version(name="answers without reasons", speech=Speech(answer=_silent)),
    Version(
        name="business models that fail one time in six", speech=Speech(fails=_now_and_then(AgentKind.BUSINESS, 1 / 6))
    ),
    Version(
        name="a configuration that leaves the arbiter to the fast tier",
        settings=configured(models={"arbiter": {"tier": "fast", "by_complexity": dict.fromkeys(_HARD, "fast")}}),
    ),
    Version(name="a configuration whose ceiling is too low", settings=configured(money={"run_usd": 0.02})),
    Version(name="agents that grow from run to run", speech=Speech(seconds=_Growing(0.003))),
)
