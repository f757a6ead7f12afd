"""Settings at each of their bounds, one after the other: for what no setting may touch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from conclave.configuration.changes import with_value
from conclave.configuration.document import settings_from
from conclave.configuration.faults import every_setting
from conclave.configuration.settings import Settings

PRICE = {"input": 0.001, "output": 0.001, "cache_read": 0.001, "cache_write": 0.001}


def at_bounds() -> Iterator[tuple[str, Settings]]:
    """What is set, and the settings: the least, the most and each word of every setting of the schema."""
    for path, kind in every_setting():
        for value in values(kind):
            # Wider ceilings move along, so that a bound of one of them can be reached at all.
            money = {"run_usd": 0.001, "day_usd": 0.001, "month_usd": 100_000}
            if path == "money.run_usd" or path == "money.day_usd":
                money = {"run_usd": 0.001, "day_usd": 100_000, "month_usd": 100_000}
            base: dict[str, Any] = {"money": money} if path.startswith("money.") and path.endswith("_usd") else {}
            yield f"{path}={value}", settings_from(with_value(base, path, value))


def values(kind: Any) -> list[Any]:
    """The bounds of a type."""
    schema = msgspec.json.schema(kind)
    definitions = schema.get("$defs", {})
    found: list[Any] = []
    for each in schema.get("anyOf", [schema]):
        if "enum" in each:
            found += each["enum"]
        elif "minimum" in each:
            found += [each["minimum"], each["maximum"]]
        elif each.get("type") == "boolean":
            found += [True, False]
        elif each.get("type") == "array" and "enum" in each["items"]:
            found += [[], each["items"]["enum"][: each["maxItems"]], each["items"]["enum"][:1]]
        elif each.get("type") == "array":
            assert set(definitions["PriceSetting"]["properties"]) >= PRICE.keys()
            row = {"model": "global.anthropic.claude-haiku-5-5", "effective_from": "2026-01-01", **PRICE}
            found += [[], [row]]
        elif each.get("type") == "null":
            found.append(None)
    assert found, f"nobody knows the bounds of {schema}"
    return found
