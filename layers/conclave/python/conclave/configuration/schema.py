"""The schema as AppConfig validates by it: JSON Schema, draft 4, of the same declarations that functions decode with."""

from __future__ import annotations

from typing import Any

import msgspec

from conclave.configuration.settings import Settings

DRAFT = "http://json-schema.org/draft-04/schema#"
_PROSE = frozenset({"title", "description", "default"})


def validator_schema() -> dict[str, Any]:
    """JSON schema (draft 4) of a document. What compares settings with one another is not in it; see ``faults``."""
    (schema,), definitions = msgspec.json.schema_components([Settings], ref_template="#/definitions/{name}")
    return {"$schema": DRAFT, **schema, "definitions": {name: _lean(each) for name, each in definitions.items()}}


def _lean(node: Any) -> Any:
    """A node without prose, which a validator does not read and which has a bound of its own there."""
    if isinstance(node, list):
        return [_lean(each) for each in node]
    if not isinstance(node, dict):
        return node
    named = {name: _lean(each) for name, each in node.get("properties", {}).items()}
    rest = {key: _lean(value) for key, value in node.items() if key not in _PROSE and key != "properties"}
    if not rest.get("required", True):
        del rest["required"]  # an empty list is not a schema of draft 4
    return {**rest, "properties": named} if "properties" in node else rest
