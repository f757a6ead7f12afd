"""Explains why plain values are not a record, in a sentence that says what to write instead. It quotes no value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from conclave.codec import RecordInvalid

_PLACE = re.compile(r"at `\$\.(?P<path>(?P<field>\w+)(?P<entry>\[\d+\])?(?:\.(?P<inner>\w+))?)`")
_LIMIT = re.compile(r"Expected `\w+` (?P<sign>[<>]=?) (?P<limit>-?[\d.]+)")
_LENGTH = re.compile(r"Expected `(?P<kind>str|array)` of length (?P<sign>[<>]=?) (?P<limit>\d+)")
_TYPE = re.compile(r"Expected `(?P<kind>\w+)")
_BOUNDS = {"<=": "at most", "<": "less than", ">=": "at least", ">": "more than"}
_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
}
_COUNTED = {"str": "characters", "array": "entries"}


def beyond_limit(error: RecordInvalid) -> bool:
    """True if the values fit but for a number that is too large or too small."""
    return bool(_LIMIT.search(str(error)))


def explained(error: RecordInvalid, record: type[Any]) -> str:
    """The error as a sentence: the field, what it can be, and the advice that its ``advice`` in the schema gives.

    A field of a list's entry is named with the entry's place, counted from 0: ``problems[1].minutes``.
    """
    said = str(error)
    place = _PLACE.search(said)
    node = _node(record, place) if place else {}
    if place is None or not node:
        return said
    name, advice = place["path"], f"; {node['advice']}" if "advice" in node else ""
    if match := _LIMIT.search(said):
        unit = f" {node['unit']}" if "unit" in node else ""
        return f"{name} can be {_BOUNDS[match['sign']]} {_grouped(match['limit'])}{unit}{advice}"
    if match := _LENGTH.search(said):
        return f"{name} can have {_BOUNDS[match['sign']]} {_grouped(match['limit'])} {_COUNTED[match['kind']]}"
    if "matching regex" in said:
        return f"{name} has another form{_example(node)}{advice}"
    if "Invalid value" in said and node.get("enum"):
        return f"{name} is not one of its values; write one of: {', '.join(map(str, node['enum']))}"
    kind = _TYPE.search(said)
    return f"{name} must be {_KINDS[kind['kind']]}{_example(node)}" if kind and kind["kind"] in _KINDS else said


def _example(node: Mapping[str, Any]) -> str:
    return f"; write it like {node['examples'][0]}" if node.get("examples") else ""


def _grouped(limit: str) -> str:
    number = float(limit)
    return f"{number:,.0f}" if number == int(number) else limit


def _node(record: type[Any], place: re.Match[str]) -> Mapping[str, Any]:
    """The schema of what a place names: a field, an entry of a list, or a field of such an entry; empty when there is none."""
    schema = msgspec.json.schema(record)
    definitions = schema.get("$defs", {})
    node = _followed(definitions.get(record.__name__, schema), definitions)
    for name in filter(None, (place["field"], place["entry"], place["inner"])):
        found = node.get("items") if name == place["entry"] else node.get("properties", {}).get(name)
        node = _followed(found or {}, definitions)
    return node


def _followed(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    """A node with what the type that it refers to says; what stands in the node itself goes first."""
    options = [node, *node.get("anyOf", ()), *node.get("allOf", ())]
    named = next((each["$ref"] for each in options if "$ref" in each), "")
    return {**definitions.get(named.rpartition("/")[2], {}), **node}
