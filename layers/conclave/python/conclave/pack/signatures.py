"""Reads the types of a pack's code: the arguments that a model may be asked for, the fields that anybody fills in."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from typing import Any

import msgspec.inspect

_ARGUMENT_TYPES: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    list[str]: {"type": "array", "items": {"type": "string"}},
}


class ArgumentUnusable(TypeError):
    """An argument of a tool has a type that a model cannot be asked for; the message names both."""


def arguments_schema(function: Callable[..., Any]) -> dict[str, Any]:
    """JSON schema of a tool's arguments, from its signature: all but the first, which is the context.

    Raises:
        ArgumentUnusable: An argument has a type that a model cannot be asked for.
    """
    hints = typing.get_type_hints(function)
    parameters = list(inspect.signature(function).parameters.values())[1:]
    name = function.__name__
    properties = {each.name: _argument_schema(name, each.name, hints.get(each.name)) for each in parameters}
    required = [each.name for each in parameters if each.default is inspect.Parameter.empty]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def free_texts(record: type[Any]) -> frozenset[str]:
    """The fields of a dataclass that are texts without a pattern."""
    return frozenset(each.name for each in _fields(record) if _is_free(each.type))


def unusable_fields(record: type[Any]) -> tuple[str, ...]:
    """The fields of a dataclass that a report cannot leave open, or whose values are not plain: lists, objects, dates."""
    return tuple(each.name for each in _fields(record) if each.required or not _is_plain(each.type))


def _fields(record: type[Any]) -> tuple[msgspec.inspect.Field, ...]:
    described = msgspec.inspect.type_info(record)
    return described.fields if isinstance(described, msgspec.inspect.DataclassType) else ()


_PLAIN = (
    msgspec.inspect.StrType,
    msgspec.inspect.IntType,
    msgspec.inspect.FloatType,
    msgspec.inspect.BoolType,
    msgspec.inspect.EnumType,
    msgspec.inspect.LiteralType,
    msgspec.inspect.NoneType,
)


def _is_plain(kind: msgspec.inspect.Type) -> bool:
    match kind:
        case msgspec.inspect.Metadata(type=inner):
            return _is_plain(inner)
        case msgspec.inspect.UnionType(types=kinds):
            return all(map(_is_plain, kinds))
        case _:
            return isinstance(kind, _PLAIN)


def _is_free(kind: msgspec.inspect.Type) -> bool:
    match kind:
        case msgspec.inspect.Metadata(type=inner):
            return _is_free(inner)
        case msgspec.inspect.UnionType(types=kinds):
            return any(map(_is_free, kinds))
        case msgspec.inspect.StrType(pattern=pattern):
            return not pattern
        case _:
            return False


def _argument_schema(tool: str, name: str, hint: Any) -> dict[str, Any]:
    given = typing.get_args(hint)
    kinds = [each for each in given if each is not type(None)] if type(None) in given else [hint]
    if len(kinds) != 1 or kinds[0] not in _ARGUMENT_TYPES:
        raise ArgumentUnusable(
            f"tool {tool}: argument {name} must be one of str, int, float, bool, list[str], or that or None"
        )
    return dict(_ARGUMENT_TYPES[kinds[0]])
