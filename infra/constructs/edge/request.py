"""The body of ``POST /v1/incidents`` as a JSON schema for API Gateway: what intake would refuse does not reach it.

Draft 4 without references, since that is what API Gateway reads. It never refuses what intake takes; what a schema cannot say
(bytes, keys that stand twice, control characters, depth) is left to intake. A test compares the two on generated bodies.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from conclave.pack import Pack
from conclave.untrusted.limits import MAX_KEY_CHARACTERS, MAX_TEXT_CHARACTERS
from conclave.untrusted.payload import MAX_NUMBER

from infra.stage import Contradiction

Schema = dict[str, Any]

_KEPT = frozenset({"type", "enum", "pattern", "minLength", "maxLength", "minimum", "maximum", "anyOf"})
_UNKNOWN = frozenset({"exclusiveMinimum", "exclusiveMaximum", "multipleOf", "oneOf", "allOf", "const"})
_NOTHING: Schema = {"type": "null"}


class SchemaUnknown(Contradiction):
    """The pack's incident uses something that has no counterpart in draft 4; the message names it."""


def body_schema(pack: Pack) -> Schema:
    """The schema of a request body for a pack.

    Raises:
        SchemaUnknown: See there.
    """
    described = msgspec.json.schema(pack.incident)
    incident = _record(described, described.get("$defs", {}))
    text: Schema = {"type": "string", "maxLength": MAX_TEXT_CHARACTERS, "pattern": r"\S"}
    return {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "title": "Incident",
        "type": "object",
        # A property that is null counts as absent.
        "properties": {
            "text": {**text, "type": ["string", "null"]},
            "incident": {**incident, "type": ["object", "null"]},
            "idempotency_key": {"type": ["string", "null"], "maxLength": MAX_KEY_CHARACTERS},
        },
        "oneOf": [_one_given("text", "string", "incident"), _one_given("incident", "object", "text")],
    }


def _one_given(given: str, kind: str, absent: str) -> Schema:
    return {"required": [given], "properties": {given: {"type": kind}, absent: _NOTHING}}


def _record(described: Mapping[str, Any], definitions: Mapping[str, Any], *, nested: bool = False) -> Schema:
    """The schema of a dataclass; one that is the entry of a list has no lists itself."""
    node = definitions[described["$ref"].rpartition("/")[2]]
    made = _plain if nested else _field
    properties = {name: made(each, definitions) for name, each in node.get("properties", {}).items()}
    required = {"required": list(node["required"])} if node.get("required") else {}
    return {"type": "object", "properties": properties, "additionalProperties": False, **required}


def _field(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> Schema:
    """A field of the incident: a plain value, or a bounded list of plain values or of flat records."""
    if node.get("type") != "array" or "maxItems" not in node:
        return _plain(node, definitions)
    entry = node["items"]
    referred = definitions[entry["$ref"].rpartition("/")[2]] if "$ref" in entry else {}
    is_record = referred.get("type") == "object"
    items = _record(entry, definitions, nested=True) if is_record else _plain(entry, definitions)
    return {"type": "array", "items": items, "maxItems": node["maxItems"]}


def _plain(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> Schema:
    """A field's node of msgspec's schema (2020-12) in draft 4."""
    if "$ref" in node:
        return _plain(definitions[node["$ref"].rpartition("/")[2]], definitions)
    if node.get("type") in {"object", "array"}:
        raise SchemaUnknown(
            f"a field of the incident is an {node['type']}; it has plain values, and tuples of them or of flat records "
            "with a max_length"
        )
    unknown = _UNKNOWN & node.keys()
    if unknown:
        words = ", ".join(sorted(unknown))
        raise SchemaUnknown(f"a field of the incident uses {words}; bound its numbers by ge and le")
    kept = {key: value for key, value in node.items() if key in _KEPT}
    if "anyOf" in kept:
        kept["anyOf"] = [_plain(each, definitions) for each in kept["anyOf"]]
    return {**kept, **_BOUNDS.get(kept.get("type", ""), {}), **_smaller(kept)}


_NUMBER: Schema = {"minimum": -MAX_NUMBER, "maximum": MAX_NUMBER}
_BOUNDS: Mapping[str, Schema] = {"string": {"maxLength": MAX_TEXT_CHARACTERS}, "number": _NUMBER, "integer": _NUMBER}


def _smaller(declared: Mapping[str, Any]) -> Schema:
    """Bounds that the pack declares and that are narrower than ours."""
    return {key: declared[key] for key in ("minimum", "maximum", "maxLength") if key in declared}
