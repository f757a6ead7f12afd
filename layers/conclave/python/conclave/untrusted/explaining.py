"""Explains why plain values are not a record, in a sentence that says what to write instead. It quotes no value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from conclave.codec import RecordInvalid

_PLACE = re.compile(r"at `\$\.(?P<field>\w+)`")
_LIMIT = re.compile(r"Expected `\w+` (?P<sign>[<>]=?) (?P<limit>-?[\d.]+)")
_LENGTH = re.compile(r"Expected `str` of length (?P<sign>[<>]=?) (?P<limit>\d+)")
_TYPE = re.compile(r"Expected `(?P<kind>\w+)")
_BOUNDS = {"<=": "at most", "<": "less than", ">=": "at least", ">": "more than"}
_KINDS = {"int": "a whole number", "float": "a number", "str": "a text", "bool": "true or false"}


def beyond_limit(error: RecordInvalid) -> bool:
    """True if the values fit but for a number that is too large or too small."""
    return bool(_LIMIT.search(str(error)))


def explained(error: RecordInvalid, record: type[Any]) -> str:
    """The error as a sentence: the field, what it can be, and the advice that its ``advice`` in the schema gives."""
    said = str(error)
    place = _PLACE.search(said)
    node = _field(record, place["field"]) if place else {}
    if place is None or not node:
        return said
    name, advice = place["field"], f"; {node['advice']}" if "advice" in node else ""
    if match := _LIMIT.search(said):
        unit = f" {node['unit']}" if "unit" in node else ""
        return f"{name} can be {_BOUNDS[match['sign']]} {_grouped(match['limit'])}{unit}{advice}"
    if match := _LENGTH.search(said):
        return f"{name} can have {_BOUNDS[match['sign']]} {_grouped(match['limit'])} characters"
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


def _field(record: type[Any], name: str) -> Mapping[str, Any]:
    """The schema of a field of a record; empty when it has no such field."""
    schema = msgspec.json.schema(record)
    definitions = schema.get("$defs", {})
    own = definitions.get(record.__name__, schema)
    node: dict[str, Any] = own.get("properties", {}).get(name, {})
    return {**_referred(node, definitions), **node}


def _referred(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    options = [node, *node.get("anyOf", ()), *node.get("allOf", ())]
    named = next((each["$ref"] for each in options if "$ref" in each), "")
    found: Mapping[str, Any] = definitions.get(named.rpartition("/")[2], {})
    return found
