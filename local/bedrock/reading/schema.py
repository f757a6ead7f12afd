"""Just enough of JSON schema to fill one in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]


def resolve(node: Schema, root: Schema) -> dict[str, Any]:
    """A schema node with its ``$ref`` followed and its nullable variants reduced to the one that says something."""
    merged: dict[str, Any] = dict(node)
    while "$ref" in merged:
        target: Any = root
        for part in str(merged.pop("$ref")).lstrip("#/").split("/"):
            target = target[part]
        merged = {**target, **merged}
    variants = [resolve(each, root) for each in (*merged.pop("anyOf", ()), *merged.pop("oneOf", ()))]
    useful = [each for each in variants if each.get("type") != "null"]
    return {**useful[0], **merged} if useful else merged


def properties(schema: Schema) -> dict[str, dict[str, Any]]:
    """The properties of an object schema, each resolved."""
    top = resolve(schema, schema)
    return {name: resolve(each, schema) for name, each in (top.get("properties") or {}).items()}


def required(schema: Schema) -> tuple[str, ...]:
    """Names of the properties that must be there."""
    return tuple(resolve(schema, schema).get("required") or ())


def kind(node: Schema) -> str:
    """The type of a resolved node (``string``, ``integer`` ...), without ``null``."""
    declared = node.get("type", "")
    if isinstance(declared, list):
        return next((each for each in declared if each != "null"), "")
    return str(declared)


def clip(text: str, node: Schema, limit: int = 400) -> str:
    """A text cut at the schema's ``maxLength``, or at ``limit``."""
    return text[: int(node.get("maxLength", limit))]
