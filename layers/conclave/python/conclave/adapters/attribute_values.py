"""Requests and answers of DynamoDB as botocore has them, but without asking its service model about every value of every item.

A value comes over the wire as it is handed on (``{"S": "AUH"}``), bytes excepted. botocore looks it up under each kind that there
might be; for a step that reads a thousand items that takes longer than everything else about its requests.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from typing import Any

import msgspec
from botocore.model import Shape
from botocore.parsers import JSONParser, ResponseParser, ResponseParserFactory
from botocore.serialize import JSONSerializer

_VALUE = "AttributeValue"
"""The shape of a value in the model of DynamoDB; no other service that is called here has it."""


class Requests(JSONSerializer):
    """botocore's requests in JSON, with what is asked as it stands: DynamoDB calls everything on the wire as callers do."""

    def _serialize(self, serialized: dict[str, Any], value: Any, shape: Shape, key: str | None = None) -> None:
        """The whole request at once; its bytes become base64."""
        serialized.update(msgspec.to_builtins(value))


class ParsersOfAnswers(ResponseParserFactory):
    """botocore's parsers, with ours for its protocol ``json``. A component of a session (``response_parser_factory``)."""

    def create_parser(self, protocol_name: str) -> ResponseParser:
        """The parser of a protocol."""
        return _Answers() if protocol_name == "json" else super().create_parser(protocol_name)


class _Answers(JSONParser):
    def _parse_body_as_json(self, body_contents: bytes) -> Any:
        """The body by msgspec, in a third of the time; one that is not JSON by botocore, which makes a message of it."""
        try:
            return msgspec.json.decode(body_contents)
        except msgspec.DecodeError:
            return super()._parse_body_as_json(body_contents)  # type: ignore[misc]

    def _handle_structure(self, shape: Shape, value: Any) -> Any:
        # The stubs of botocore leave these two methods out.
        return _value(value) if shape.name == _VALUE else super()._handle_structure(shape, value)  # type: ignore[misc]

    def _handle_map(self, shape: Any, value: Any) -> Any:
        if shape.value.name == _VALUE:
            # Texts and numbers are most of what there is, and a look is cheaper than a call.
            return {name: each if "S" in each or "N" in each else _value(each) for name, each in value.items()}
        return super()._handle_map(shape, value)  # type: ignore[misc]


def _value(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """A value without base64 in it."""
    ((kind, value),) = told.items()
    match kind:
        case "B":
            return {kind: b64decode(value)}
        case "BS":
            return {kind: [b64decode(each) for each in value]}
        case "M":
            return {kind: {name: _value(each) for name, each in value.items()}}
        case "L":
            return {kind: [_value(each) for each in value]}
        case _:
            return told
