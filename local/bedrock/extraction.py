"""Fills in a JSON schema from a sentence, by what the schema itself says about its fields. It knows no domain.

What a property may say besides its type:

- ``pattern``: the form of a value; letters are also found in the other case when the form holds digits.
- ``keywords``: words that mean a value, of an ``enum`` or of anything else.
- ``after``: words that stand before the value (``["from", "departing"]``); with a pair like ``AUH-LHR`` the fields of one
  form take it in their order.
- ``format: date``: ISO and English dates, ``today`` and the like relative to the time of receipt.
- ``unit: "min"`` on a number: a duration, in minutes. Another unit: a number beside that word.

A field that the sentence does not speak about, or gives two values for, gets the schema's default, or is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from local.bedrock import schema
from local.bedrock.phrases import Found, dates, minutes

_FILLER = r"[\s:,=-]+(?:(?:the|a|an|about|around|airport|station)\s+)?"
_PAIR = r"\s*(?:-|\u2013|\u2014|\u2192|>|/|\bto\b)\s*"
Properties = Mapping[str, dict[str, Any]]


def extract(tool_schema: Mapping[str, Any], text: str, received: str) -> dict[str, Any]:
    """The values of a schema's properties that a text gives.

    Args:
        tool_schema: JSON schema of an object.
        text: The sentence.
        received: When it arrived, ISO 8601; empty when unknown, then relative dates are not understood.
    """
    properties = schema.properties(tool_schema)
    today = _day(received)
    words = {word.lower() for node in properties.values() for word in _all_keywords(node)}
    taken: list[Found] = []
    values: dict[str, Any] = {}
    # Dates choose first, then fields that say what stands before them: the others must not take their values.
    for name, node in sorted(
        properties.items(), key=lambda item: (item[1].get("format") != "date", "after" not in item[1])
    ):
        found = next((each for each in _candidates(node, text, today, words) if not _overlaps(each, taken)), None)
        if found is not None:
            values[name] = _typed(found.value, node)
            if "pattern" in node or node.get("format") == "date":
                taken.append(found)
    values |= _pairs(properties, values, text, words)
    return {
        name: values.get(name, node.get("default"))
        for name, node in properties.items()
        if name in values or "default" in node
    }


def _day(received: str) -> date | None:
    try:
        return date.fromisoformat(received[:10])
    except ValueError:
        return None


def _overlaps(found: Found, taken: Sequence[Found]) -> bool:
    return any(found.start < other.end and other.start < found.end for other in taken)


def _all_keywords(node: Mapping[str, Any]) -> Iterator[str]:
    for words in (node.get("keywords") or {}).values():
        yield from words


def _typed(value: str | int | float, node: Mapping[str, Any]) -> Any:
    form = schema.kind(node)
    if form == "boolean":
        return str(value).lower() == "true"
    if form == "array":
        return str(value).split("\0")
    return int(value) if form == "integer" else float(value) if form == "number" else value


def _candidates(node: Mapping[str, Any], text: str, today: date | None, words: set[str]) -> Iterator[Found]:
    """Where the text may give a value for the field, the likeliest first."""
    form = schema.kind(node)
    if node.get("format") in ("date", "date-time"):
        yield from _cued(node, text, dates(text, today))
    elif form in ("integer", "number"):
        yield from _numbers(node, text)
    elif form == "array" and "pattern" in (node.get("items") or {}):
        found = [each for each in _pattern(node["items"]["pattern"], text) if str(each.value).lower() not in words]
        if found:
            unique = dict.fromkeys(str(each.value) for each in found)
            yield Found("\0".join(unique), found[0].start, found[-1].end)
    else:
        if "pattern" in node:
            yield from _patterned(node, text, words)
        yield from _cued(node, text, _keywords(node, text))


def _keywords(node: Mapping[str, Any], text: str) -> Iterator[Found]:
    """Words that mean a value; then values that are named themselves. Of several the longest, then the earliest."""
    declared = node.get("keywords") or {}
    named = {str(value): [str(value).replace("_", " ")] for value in node.get("enum") or () if value}
    for meanings in (declared, named):
        found = [
            Found(value, match.start(), match.end())
            for value, phrases in meanings.items()
            for phrase in phrases
            for match in re.finditer(rf"(?<!\w){re.escape(phrase)}(?!\w)", text, re.IGNORECASE)
        ]
        yield from sorted(found, key=lambda each: (each.start - each.end, each.start))


def _cued(node: Mapping[str, Any], text: str, found: Iterator[Found]) -> Iterator[Found]:
    """All finds; those that one of the field's cues precedes come first, and alone when the field has cues at all."""
    cues = node.get("after") or ()
    for each in found:
        if not cues or re.search(rf"\b(?:{_alternatives(cues)}){_FILLER}$", text[: each.start], re.IGNORECASE):
            yield each


def _alternatives(words: Sequence[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _numbers(node: Mapping[str, Any], text: str) -> Iterator[Found]:
    unit, cues = str(node.get("unit", "")), node.get("after") or ()
    if unit == "min":
        found = list(minutes(text))
        cued = list(_cued(node, text, iter(found)))
        yield from cued or found
        return
    if cues:
        pattern = rf"\b(?:{_alternatives(cues)}){_FILLER}(\d+(?:\.\d+)?)"
    elif unit:
        pattern = rf"(?<![\w.])(\d+(?:\.\d+)?)\s*{re.escape(unit)}\b"
    else:
        return
    for match in re.finditer(pattern, text, re.IGNORECASE):
        number = float(match.group(1))
        yield Found(number if number % 1 else int(number), match.start(1), match.end(1))


def _bounded(pattern: str) -> str:
    bare = pattern.removeprefix("^").removesuffix("$")
    return rf"(?<!\w)(?:{bare})(?!\w)"


def _pattern(pattern: str, text: str) -> Iterator[Found]:
    for match in re.finditer(_bounded(pattern), text):
        if match.group(0):
            yield Found(match.group(0), match.start(), match.end())


def _has_digits(pattern: str) -> bool:
    return "\\d" in pattern or "0-9" in pattern


def _patterned(node: Mapping[str, Any], text: str, words: set[str]) -> Iterator[Found]:
    pattern = node["pattern"]
    cues = node.get("after") or ()
    if cues:
        # Letters alone are taken as they are written: "to fix" names no place, though "TO FIX" would have its form.
        value = f"(?P<value>(?i:{_bounded(pattern)}))" if _has_digits(pattern) else f"(?P<value>{_bounded(pattern)})"
        for each in re.finditer(rf"\b(?i:{_alternatives(cues)})(?i:{_FILLER}){value}", text):
            if each["value"] and each["value"].lower() not in words:
                yield Found(_spelled(each["value"], pattern), each.start("value"), each.end("value"))
        return
    exact = [each for each in _pattern(pattern, text) if str(each.value).lower() not in words]
    if len({each.value for each in exact}) > 1:
        # Two different values for one field: a guess would be worse than to be asked.
        return
    yield from exact
    if _has_digits(pattern):
        yield from _loosely_written(pattern, text)


def _loosely_written(pattern: str, text: str) -> Iterator[Found]:
    """Values in the other case, or with a gap before their digits: "EY 17" and "EY-17" mean what "EY17" does."""
    for each in re.finditer(_bounded(pattern), text, re.IGNORECASE):
        if each.group(0):
            yield Found(_spelled(each.group(0), pattern), each.start(), each.end())
    for gap in re.finditer(r"(?<=[A-Za-z])[ -](?=\d)", text):
        joined = text[: gap.start()] + text[gap.end() :]
        for each in re.finditer(_bounded(pattern), joined, re.IGNORECASE):
            if each.start() < gap.start() < each.end():
                yield Found(_spelled(each.group(0), pattern), each.start(), each.end() + 1)


def _spelled(value: str, pattern: str) -> str:
    """A value in the case that its pattern asks for."""
    for spelling in (value, value.upper(), value.lower()):
        if re.fullmatch(pattern.removeprefix("^").removesuffix("$"), spelling):
            return spelling
    return value


def _pairs(properties: Properties, values: Mapping[str, Any], text: str, words: set[str]) -> dict[str, str]:
    """Values of two fields with cues that the text gives as a pair of one form: ``AUH-LHR``, ``from auh to lhr``."""
    cued: dict[str, list[str]] = {}
    for name, node in properties.items():
        if "after" in node and "pattern" in node:
            cued.setdefault(node["pattern"], []).append(name)
    found: dict[str, str] = {}
    for pattern, names in cued.items():
        if len(names) != 2 or all(name in values for name in names):
            continue
        pair = rf"(?P<first>{_bounded(pattern)}){_PAIR}(?P<second>{_bounded(pattern)})"
        # In small letters it takes a cue before the first one to tell codes from words.
        loose = rf"\b(?:{_alternatives(properties[names[0]]['after'])})\s+{pair}"
        matches = [*re.finditer(pair, text), *re.finditer(loose, text, re.IGNORECASE)]
        for match in matches:
            spelled = [_spelled(match[group], pattern) for group in ("first", "second")]
            if all(spelled) and not words.intersection(each.lower() for each in spelled):
                found |= {name: value for name, value in zip(names, spelled, strict=True) if name not in values}
                break
    return found
