"""All that is wrong with a document, one clear line for each fault; and a value as somebody writes it.

Functions that read settings do not load this: they refuse a document with its first fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from conclave.codec import readable
from conclave.configuration.document import SettingsInvalid, settings_from
from conclave.configuration.settings import Settings

_KINDS = {"integer": "a whole number", "number": "a number", "boolean": "true or false", "string": "a text"}


def faults(document: Any, packaged: Mapping[str, Any] | None = None) -> list[str]:
    """What is wrong with a document; empty when it makes settings.

    Args:
        document: What is set, as it was decoded from JSON.
        packaged: What the stage sets.

    Returns:
        One line for each fault, with the path of the setting and what it can be; no line repeats a value.
    """
    if not isinstance(document, Mapping):
        return ['the configuration is an object of settings; write it like {"intake": "open"}']
    found = list(_faults(document, Settings, ""))
    if found:
        return found
    try:
        settings_from(document, packaged)
    except SettingsInvalid as error:
        return [str(error).removeprefix("Settings: ").partition(" - at ")[0]]
    return []


def every_setting(group: type[msgspec.Struct] = Settings, path: str = "") -> Iterator[tuple[str, Any]]:
    """Path and type of each setting, in the order of the schema."""
    for field in msgspec.structs.fields(group):
        at = f"{path}{field.name}"
        if _is_group(field.type):
            yield from every_setting(field.type, f"{at}.")
        else:
            yield at, field.type


def may_be(kind: Any) -> str:
    """What a setting of a type can be, for a person: ``a whole number from 2 to 8``."""
    schema = msgspec.json.schema(kind)
    return _described(schema, schema.get("$defs", {}))


def _described(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    if "anyOf" in schema:
        # What may be left to the pack.
        rest = [each for each in schema["anyOf"] if each.get("type") != "null"]
        return f"{_described(rest[0], definitions)}, or null for what the pack declares"
    if "enum" in schema:
        words = [str(each) for each in schema["enum"] if each is not None]
        return f"one of: {', '.join(words)}" + (
            ", or null for what the pack declares" if None in schema["enum"] else ""
        )
    if schema.get("type") == "array":
        return f"a list of at most {schema['maxItems']} entries, each {_described(schema['items'], definitions)}"
    if "$ref" in schema:
        named = definitions[schema["$ref"].rpartition("/")[2]]
        return f"an object of {', '.join(named['properties'])}"
    said = schema["description"] if "pattern" in schema else _KINDS[schema["type"]]
    return f"{said} from {schema['minimum']} to {schema['maximum']}" if "minimum" in schema else said


def _faults(document: Mapping[str, Any], group: type[msgspec.Struct], path: str) -> Iterator[str]:
    known = {field.name: field.type for field in msgspec.structs.fields(group)}
    for name, value in document.items():
        at = f"{path}{name}"
        if name not in known:
            shown = at if isinstance(name, str) and at.replace(".", "").replace("_", "").isalnum() else "a name"
            yield f"there is no setting {shown[:100]}; there are: {', '.join(f'{path}{each}' for each in known)}"
        elif not _is_group(known[name]):
            if not _fits(value, known[name]):
                yield f"{at} can be {may_be(known[name])}"
        elif not isinstance(value, Mapping):
            inside = ", ".join(each for each, _ in every_setting(known[name], f"{at}."))
            yield f"{at} is a group of settings; set one of: {inside}"
        else:
            yield from _faults(value, known[name], f"{at}.")


def _fits(value: Any, kind: Any) -> bool:
    try:
        msgspec.convert(value, readable(kind))
    except msgspec.ValidationError:
        return False
    return True


def _is_group(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)
