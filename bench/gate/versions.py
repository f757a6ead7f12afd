"""A version of the agents: a pack, what its prompts say and how its models answer. The rest is as released."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from random import Random
from typing import Any

from conclave.agents.prompts import RULES
from conclave.configuration.settings import PACKAGED, Settings
from conclave.pack import Agent, Pack, Tool
from conclave.types import Phase, ToolResult
from msgspec import structs

Answer = dict[str, Any]
REMARK_RULE = next(line for line in RULES.splitlines() if "danger in a fact's text" in line)
"""The line of the engine's rules by which a model heeds what a text says and no rule knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """How the models of a version are asked and answer. Everything by default as it is released.

    Attributes:
        system: Makes the part of the prompt that never changes of the released one.
        answer: Makes the answer of the one that the released version gives.
        fails: Whether the model gives no answer, by agent and whatever is random of the run.
        turns: Calls of the model for one answer.
        written: Factor on the tokens that are written.
        seconds: Factor on the time that the model takes.
        read: Factor on the tokens that are read.
    """

    system: Callable[[Agent, str], str] = lambda _, text: text
    answer: Callable[[Agent, Phase, Answer], Answer] = lambda _, __, answer: answer
    fails: Callable[[Agent, Random], bool] = lambda _, __: False
    turns: Callable[[Agent], int] = lambda _: 1
    written: Callable[[Agent], float] = lambda _: 1.0
    seconds: Callable[[Agent], float] = lambda _: 1.0
    read: Callable[[Agent], float] = lambda _: 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version of the agents.

    Attributes:
        name: What was changed.
        agent: Makes an agent of the released one.
        speech: How its models are asked and answer.
        settings: What it is configured with.
    """

    name: str
    agent: Callable[[Agent], Agent] = lambda agent: agent
    speech: Speech = field(default_factory=Speech)
    settings: Settings = PACKAGED

    def pack(self, released: Pack) -> Pack:
        """The pack of this version."""
        values: Mapping[str, Any] = {name: getattr(released, name) for name in Pack.__struct_fields__}
        return type(released)(**{**values, "agents": tuple(map(self.agent, released.agents))})


RELEASED = Version(name="as released")


def checks(agent: str, change: Callable[[ToolResult], ToolResult], *, every: bool = False) -> Callable[[Agent], Agent]:
    """An agent (or ``every`` one) whose checks answer otherwise."""

    def made(of: Agent) -> Agent:
        if of.name != agent and not every:
            return of
        return structs.replace(of, checks=tuple(_changed(tool, change) for tool in of.checks))

    return made


def _changed(tool: Tool, change: Callable[[ToolResult], ToolResult]) -> Tool:
    @wraps(tool.function)
    def function(context: Any, **arguments: Any) -> ToolResult:
        return change(tool.function(context, **arguments))

    return structs.replace(tool, function=function)


def only(name: str, value: float, otherwise: float = 1.0) -> Callable[[Agent], float]:
    """A factor for one agent."""
    return lambda agent: value if agent.name == name else otherwise


def always(value: float) -> Callable[[Agent], float]:
    """A factor for all agents."""
    return lambda _: value
