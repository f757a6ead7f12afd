"""Extraction: a model reads the fields of an incident out of a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from conclave.agents.meter import Meter
from conclave.codec import RecordInvalid, convert
from conclave.pack import Pack
from conclave.pack.incident_fields import FREE, stated
from conclave.untrusted.explaining import beyond_limit

HINTS = frozenset(
    {
        "keywords",
        "after",
        "prefixes",
        "collects",
        "internal",
        "reporters",
        "urgent",
        "advice",
        "jargon",
        "statements",
        "forms",
        "beside",
        FREE,
    }
)
"""Words of ``extra_json_schema`` that no model needs, see ``Pack.incident``."""


class Extractor(Protocol):
    """Turns a sentence into the fields of an incident."""

    @property
    def model_id(self) -> str:
        """The model that should read it."""
        ...

    def extract(self, text: str, schema: Mapping[str, Any], received: str, meter: Meter) -> Mapping[str, Any]:
        """The fields that the text states, as plain values.

        Raises:
            ExtractionRefused: The guardrail or the model refused the text.
            Exception: Whatever the provider raised.
        """
        ...


class ExtractionRefused(Exception):
    """The text was refused as a whole, before any field of it was used."""


def readable(pack: Pack, answer: Mapping[str, Any]) -> bool:
    """True if an extractor's answer is a report's: it states a field, and no value is of another form than the incident's.

    A number that is too large is the reporter's, and no model would read it otherwise.
    """
    said = stated(answer, pack.incident)
    if not said:
        return False
    try:
        convert(said, pack.incident)
    except RecordInvalid as error:
        return beyond_limit(error)
    return True


def incident_schema(pack: Pack, *, hints: bool = False) -> dict[str, Any]:
    """JSON schema of the pack's incident, with its definitions inlined for the model.

    Args:
        pack: The domain.
        hints: Keep the word lists that only a reader without a model needs. A model pays for each word of them.
    """
    schema = msgspec.json.schema(pack.incident)
    definitions = schema.get("$defs", {})
    return _inlined(schema, definitions, frozenset() if hints else HINTS)  # type: ignore[no-any-return]


def _inlined(node: Any, definitions: Mapping[str, Any], dropped: frozenset[str]) -> Any:
    if isinstance(node, dict):
        referred = definitions[node["$ref"].rpartition("/")[2]] if "$ref" in node else {}
        # What stands beside a reference (a description, keywords) says more about the field than the shared type does.
        merged = {**referred, **{key: value for key, value in node.items() if key not in {"$ref", "$defs"}}}
        fields = merged.pop("properties", {})  # by names of fields, which may be any word
        inlined = {key: _inlined(value, definitions, dropped) for key, value in merged.items() if key not in dropped}
        named = {name: _inlined(value, definitions, dropped) for name, value in fields.items()}
        return inlined | ({"properties": named} if named else {})
    if isinstance(node, list | tuple):
        return [_inlined(each, definitions, dropped) for each in node]
    return node
