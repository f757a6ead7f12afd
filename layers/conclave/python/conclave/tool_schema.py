"""The JSON schema of a tool's arguments, from its signature: what a model sees of a pack's function."""

from __future__ import annotations

import inspect
import typing
from typing import Any

from conclave.pack import PackInvalid, Tool

_TYPES: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    list[str]: {"type": "array", "items": {"type": "string"}},
}


def input_schema(tool: Tool) -> dict[str, Any]:
    """JSON schema of the tool's arguments.

    Raises:
        PackInvalid: An argument has a type that a model cannot be asked for.
    """
    hints = typing.get_type_hints(tool.function)
    parameters = list(inspect.signature(tool.function).parameters.values())[1:]
    properties: dict[str, Any] = {}
    for parameter in parameters:
        kind = hints.get(parameter.name)
        if kind not in _TYPES:
            raise PackInvalid(
                f"tool {tool.name}: argument {parameter.name} must be one of str, int, float, bool, list[str]"
            )
        properties[parameter.name] = dict(_TYPES[kind])
    required = [each.name for each in parameters if each.default is inspect.Parameter.empty]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
