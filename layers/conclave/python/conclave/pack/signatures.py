"""Reads the signatures of a pack's tools: the arguments that a model may be asked for."""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from conclave.types import Fact, Value

_ARGUMENT_TYPES: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    list[str]: {"type": "array", "items": {"type": "string"}},
}


_ARGUMENTS = re.compile(r"^Args:\n((?:[ \t].*(?:\n|$)|\n)*)", re.MULTILINE)
"""The section of a docstring in Google's style, with what is indented under it."""
_ARGUMENT = re.compile(r"^    (\w+): (.*(?:\n {5,}.*)*)", re.MULTILINE)


class ArgumentUnusable(TypeError):
    """An argument of a tool has a type that a model cannot be asked for; the message names both."""


def description(function: Callable[..., Any]) -> str:
    """The first paragraph of a tool's docstring in one line: what a model has to know to call it. The rest is for people."""
    return " ".join(_ARGUMENTS.sub("", inspect.getdoc(function) or "").strip().partition("\n\n")[0].split())


def argument_texts(function: Callable[..., Any]) -> Mapping[str, str]:
    """The description of each argument in the section ``Args`` of a docstring, in one line each."""
    section = _ARGUMENTS.search(inspect.getdoc(function) or "")
    return {name: " ".join(text.split()) for name, text in _ARGUMENT.findall(section.group(1) if section else "")}


def misdescribed(function: Callable[..., Any]) -> Iterator[str]:
    """The differences between docstring and signature of a tool, a line each."""
    told, asked = argument_texts(function), _asked(function)
    name = function.__name__
    if not description(function):
        yield f"tool {name} has no docstring: say what it answers"
    yield from (f"tool {name} describes {each}, which its model does not give" for each in told if each not in asked)
    yield from (f"tool {name}: say what {each} is under Args in its docstring" for each in asked if each not in told)


def arguments_schema(function: Callable[..., Any]) -> dict[str, Any]:
    """JSON schema of a tool's arguments: from its signature all but the first, which is the context, and from its docstring.

    Raises:
        ArgumentUnusable: An argument has a type that a model cannot be asked for.
    """
    hints = typing.get_type_hints(function)
    asked, told = _asked(function), argument_texts(function)
    properties = {each: _argument_schema(function.__name__, each, hints.get(each)) for each in asked}
    for name in told.keys() & properties.keys():
        properties[name]["description"] = told[name]
    required = [each.name for each in asked.values() if each.default is inspect.Parameter.empty]
    return {"type": "object", "properties": properties, "required": required}


def _asked(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    """The parameters that a model gives a tool: all but the first."""
    return dict(list(inspect.signature(function).parameters.items())[1:])


def _argument_schema(tool: str, name: str, hint: Any) -> dict[str, Any]:
    given = typing.get_args(hint)
    kinds = [each for each in given if each is not type(None)] if type(None) in given else [hint]
    if len(kinds) != 1 or kinds[0] not in _ARGUMENT_TYPES:
        raise ArgumentUnusable(
            f"tool {tool}: argument {name} must be one of str, int, float, bool, list[str], or that or None"
        )
    return dict(_ARGUMENT_TYPES[kinds[0]])


OPEN_QUESTION = "open_question"
"""Kind of a fact that says what nobody has looked up yet."""


def open_question(tool: str, evidence_id: str, **arguments: Value) -> Fact:
    """What a check leaves open, and the tool that answers it: a model that needs the answer calls that tool.

    Args:
        tool: Name of a tool of the same agent.
        evidence_id: Id of the fact that raises the question.
        arguments: What the tool is to be called with.

    Returns:
        A fact of the kind ``open_question``, which the agent's first prompt shows.
    """
    return Fact(id=evidence_id, kind=OPEN_QUESTION, values={"asks": tool, **arguments})
