"""Fills in a JSON schema from a sentence, by what the schema itself says about its fields. It knows no domain.

What a property may say besides its type:

- ``pattern``: the form of a value; letters are also found in the other case when the form holds digits.
- ``prefixes``: words that stand for the letters before the digits (``{"EY": ["flight"]}``: "flight 17" is EY17).
- ``keywords``: words that mean a value, of an ``enum`` or of anything else; fields of one form share them. A longer word that
  is mistyped in one letter is understood when it can mean one value only.
- ``after``: words that stand before the value (``["from", "departing"]``); with a pair like ``AUH-LHR`` the fields of one
  form take it in their order.
- ``reporters``: who may report; whoever does is not a value ("captain reports smoke"). ``urgent``: keywords before longer ones.
- ``jargon``: words of the domain around dates, durations and times, see ``conclave.language.text.Jargon``.
- ``format: date``: dates in words and figures, ``today`` and the like relative to the time of receipt. ``format: time``: a time
  of the clock.
- ``unit: "min"`` on a number: a duration, in minutes. Another unit: a number beside that word.
- ``forms``: regular expressions of a value, which is what their named group holds. ``beside``: words before a value that is
  another thing's.
- ``statements``, on a list of records: the words by which ``conclave.language.statements`` reads its entries, and how telegrams
  are written out in plain words for all fields.
- ``collects``: names of fields; the values of such a field between which the text leaves open which one it means.

A field that the sentence does not speak about, or gives two values for, gets the schema's default, or is left out. Accents,
width and script of digits do not matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from conclave.language.clock_times import times
from conclave.language.dates import dates
from conclave.language.durations import minutes
from conclave.language.messages import message_of
from conclave.language.reporters import without_reporters
from conclave.language.spelling import close
from conclave.language.statements.reading import read_statements
from conclave.language.statements.statement import Reading
from conclave.language.statements.wording import Wording
from conclave.language.text import Found, Jargon, named_in, normal, plain_word
from msgspec import structs

from local.bedrock.reading import schema

_FILLER = r"[\s:,=-]+(?:(?:the|a|an|about|around|airport|station)\s+)?"
_DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_PAIR = r"\s*(?:-|\u2013|\u2014|\u2192|>|/|\bto\b)\s*"
Properties = Mapping[str, dict[str, Any]]


def extract(tool_schema: Mapping[str, Any], text: str, received: str) -> dict[str, Any]:
    """The values of a schema's properties that a text gives.

    Args:
        tool_schema: JSON schema of an object.
        text: The sentence.
        received: When it arrived, ISO 8601; empty when unknown, then relative dates are not understood.
    """
    properties = _sharing_keywords(schema.properties(tool_schema))
    today = _day(received)
    lists = {name: Wording.of(node["statements"]) for name, node in properties.items() if "statements" in node}
    text = _plain(text, lists.values())
    stated = {name: read_statements(text, wording, today) for name, wording in lists.items()}
    words = {word.lower() for node in properties.values() for word in _all_keywords(node)}
    words |= {
        word.lower()
        for each in lists.values()
        for kinds in (each.words, each.topics)
        for by_kind in kinds.values()
        for word in by_kind
    }
    taken: list[Found] = [Found("", start, end) for each in stated.values() for start, end in each.days]
    values: dict[str, Any] = {name: _entries(properties[name], each, lists[name]) for name, each in stated.items()}
    # Dates choose first, then fields that say what stands before them: the others must not take their values.
    for name, node in sorted(
        properties.items(),
        key=lambda item: (
            item[1].get("format") != "date",
            "forms" not in item[1],
            -max(map(len, item[1].get("after") or [""])),
        ),
    ):
        found = next(
            (each for each in _candidates(node, text, today, words, taken) if not _overlaps(each, taken)), None
        )
        if found is not None:
            values[name] = _typed(found.value, node)
            if "pattern" in node or node.get("format") == "date":
                taken.append(found)
    values |= _pairs(properties, values, text, words)
    for name, node in properties.items():
        open_values = [
            each
            for field in node.get("collects") or ()
            for each in _open(field, properties, values, text, today, taken)
        ]
        if open_values:
            joined = " ".join(dict.fromkeys(open_values))
            room = int(node.get("maxLength", len(joined)))
            values[name] = joined if len(joined) <= room else joined[: room + 1].rpartition(" ")[0]
    return {
        name: values.get(name, node.get("default"))
        for name, node in properties.items()
        if name in values or "default" in node
    }


def _plain(text: str, wordings: Iterable[Wording]) -> str:
    """The report in a message, in plain words; a text for a schema without statements as it is."""
    plain = normal(text)
    for wording in wordings:
        plain = wording.plain(message_of(text).body)
    return plain


def _entries(node: Mapping[str, Any], reading: Reading, wording: Wording) -> list[dict[str, Any]]:
    """The entries of a list of records, by the statements of a text; none more than there is room for."""
    declared = schema.properties(node["items"])
    entries = [
        {wording.named("kind"): each.kind, wording.named("status"): each.status, **each.values}
        for each in reading.statements
    ]
    fitting = [{name: value for name, value in each.items() if name in declared} for each in entries]
    return fitting[: int(node.get("maxItems", len(fitting)))]


def _sharing_keywords(properties: Properties) -> dict[str, dict[str, Any]]:
    """Fields of one form share their keywords."""
    shared: dict[str, dict[str, Any]] = {}
    for node in properties.values():
        if "pattern" in node:
            shared.setdefault(node["pattern"], {}).update(node.get("keywords") or {})
    return {
        name: {**node, "keywords": shared[node["pattern"]]} if shared.get(node.get("pattern", "")) else dict(node)
        for name, node in properties.items()
    }


def _open(
    name: str, properties: Properties, values: Mapping[str, Any], text: str, today: date | None, taken: Sequence[Found]
) -> Iterator[str]:
    """The values between which a text leaves a field open."""
    node = properties.get(name, {})
    alike = [each for each, other in properties.items() if other.get("pattern", name) == node.get("pattern")]
    if "after" in node:
        # Places without a word that says which they are: they help only where nothing else says what is meant.
        if not all(each in values for each in alike) and not any(
            each in values for each, other in properties.items() if "prefixes" in other
        ):
            known = {str(values.get(each, "")) for each in alike}
            yield from (value for value in _mentioned(node, text) if value not in known)
    elif name not in values:
        found = (
            _days_told(node, text, today) if node.get("format") == "date" else _all_patterned(node, text, set(), taken)
        )
        distinct = list(dict.fromkeys(word for each in found for word in str(each.value).split()))
        yield from distinct if len(distinct) > 1 else ()


def _mentioned(node: Mapping[str, Any], text: str) -> Iterator[str]:
    codes = "|".join(re.escape(code) for code in node.get("keywords") or ())
    found = list(_keywords({"keywords": node.get("keywords")}, text))
    found += (
        [Found(each.group(0), *each.span()) for each in re.finditer(rf"(?<!\w)(?:{codes})(?!\w)", text)]
        if codes
        else []
    )
    yield from (str(each.value) for each in sorted(found, key=lambda each: each.start))


def _day(received: str) -> date | None:
    try:
        return date.fromisoformat(received[:10])
    except ValueError:
        return None


def _days_told(node: Mapping[str, Any], text: str, today: date | None) -> Iterator[Found]:
    """The dates of a text; those told relative to it in the words of the field, when its pattern has words for them."""
    for each in dates(text, today, Jargon.of(node.get("jargon") or {})):
        told = bool(each.relative) and bool(re.fullmatch(node.get("pattern", ""), each.relative))
        yield structs.replace(each, value=each.relative) if told else each


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


def _candidates(
    node: Mapping[str, Any], text: str, today: date | None, words: set[str], taken: Sequence[Found]
) -> Iterator[Found]:
    """Values that the text may give for the field, with their places, the likeliest first."""
    form = schema.kind(node)
    if "reporters" in node:
        text = without_reporters(text, **node["reporters"])
    if node.get("format") in ("date", "date-time"):
        yield from _only(_cued(node, text, _days_told(node, text, today)))
    elif node.get("format") == "time":
        yield from _cued(node, text, times(text))
    elif form in ("integer", "number"):
        yield from _numbers(node, text)
    elif form == "array" and "pattern" in (node.get("items") or {}):
        found = [each for each in _pattern(node["items"]["pattern"], text) if str(each.value).lower() not in words]
        if found:
            unique = dict.fromkeys(str(each.value) for each in found)
            yield Found("\0".join(unique), found[0].start, found[-1].end)
    elif "forms" in node:
        yield from _only(each for each in _formed(node["forms"], text) if not _is_beside(node, text, each))
    else:
        if "pattern" in node:
            yield from _patterned(node, text, words, taken)
        yield from _cued(node, text, _keywords(node, text))
        yield from _only(_mistyped(node, text))


def _only(found: Iterator[Found]) -> Iterator[Found]:
    """The finds when all are the same value; of two a guess would be worse than to be asked."""
    several = list(found)
    if len({word for each in several for word in str(each.value).split()}) == 1:
        yield from several


def _mistyped(node: Mapping[str, Any], text: str) -> Iterator[Found]:
    """Words that are almost a keyword: after a cue for fields that have cues, anywhere for the others."""
    cues = node.get("after") or ()
    meanings = {phrase.lower(): str(value) for value, words in (node.get("keywords") or {}).items() for phrase in words}
    starts = rf"\b(?:{_alternatives(cues)}){_FILLER}" if cues else r"\b"
    word = r"[^\W\d_]+"
    for form in (f"{word}[ -]{word}", word):
        words = rf"(?P<words>{form})\b"
        # A lookahead, so that words that overlap are all tried.
        for match in re.finditer(rf"{starts}(?={words})", text, re.IGNORECASE):
            meant = {meanings[phrase] for phrase in close(match["words"].lower(), meanings)}
            if len(meant) == 1:
                yield Found(meant.pop(), match.start("words"), match.end("words"))


def _keywords(node: Mapping[str, Any], text: str) -> Iterator[Found]:
    """Words that mean a value; then values that are named themselves. Of several the longest, then the earliest."""
    declared = node.get("keywords") or {}
    urgent = {plain_word(phrase).lower() for phrase in node.get("urgent") or ()}
    lowered = text.lower()
    unnamed = [value for value in node.get("enum") or () if value and value not in declared]
    named = {str(value): [str(value).replace("_", " ")] for value in unnamed}
    for meanings in (declared, named):
        found = [
            Found(value, match.start(), match.end())
            for value, phrases in meanings.items()
            for phrase in phrases
            if named_in((phrase,), lowered)
            for match in re.finditer(rf"(?<!\w){re.escape(plain_word(phrase))}(?!\w)", text, re.IGNORECASE)
        ]
        yield from sorted(
            found, key=lambda each: (not _goes_first(each, found, text, urgent), each.start - each.end, each.start)
        )


def _goes_first(found: Found, others: Sequence[Found], text: str, urgent: set[str]) -> bool:
    """True if a find is urgent, and not a part of a longer one: of "fire brigade" the fire is not."""
    within = any(
        each.start <= found.start and found.end <= each.end and each != found
        for each in others
        if each.end - each.start > found.end - found.start
    )
    return text[found.start : found.end].lower() in urgent and not within


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
        found = list(minutes(text, Jargon.of(node.get("jargon") or {})))
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


def pattern_body(pattern: str) -> str:
    """A pattern without its anchors."""
    return pattern.removeprefix("^").removesuffix("$")


def _bounded(pattern: str) -> str:
    return rf"(?<!\w)(?:{pattern_body(pattern)})(?!\w)"


def _pattern(pattern: str, text: str) -> Iterator[Found]:
    for match in re.finditer(_bounded(pattern), text):
        if match.group(0):
            yield Found(match.group(0), match.start(), match.end())


def _has_digits(pattern: str) -> bool:
    return "\\d" in pattern or "0-9" in pattern


def _patterned(node: Mapping[str, Any], text: str, words: set[str], taken: Sequence[Found]) -> Iterator[Found]:
    pattern = node["pattern"]
    cues = node.get("after") or ()
    if cues:
        # Letters alone are taken as they are written: "to fix" names no place, though "TO FIX" would have its form.
        value = f"(?P<value>(?i:{_bounded(pattern)}))" if _has_digits(pattern) else f"(?P<value>{_bounded(pattern)})"
        for each in re.finditer(rf"\b(?i:{_alternatives(cues)})(?i:{_FILLER}){value}", text):
            if each["value"] and each["value"].lower() not in words:
                yield Found(_spelled(each["value"], pattern), each.start("value"), each.end("value"))
        return
    yield from _only(_all_patterned(node, text, words, taken))


def _all_patterned(node: Mapping[str, Any], text: str, words: set[str], taken: Sequence[Found]) -> Iterator[Found]:
    """Values of a field without cues, exact ones first; others only where no exact one stands, or where none can mislead."""
    pattern, beside = node["pattern"], node.get("beside") or ()
    if beside:
        every = _all_patterned({**node, "beside": ()}, text, words, taken)
        yield from (each for each in every if not _is_beside(node, text, each))
        return
    exact = [
        each for each in _pattern(pattern, text) if str(each.value).lower() not in words and not _overlaps(each, taken)
    ]
    yield from exact
    begins = re.match(r"\^?\(*(?:\[A-Z\]|[A-Za-z])", pattern)
    if _has_digits(pattern) and (begins or not exact):
        others = (*_loosely_written(pattern, text), *_prefixed(node, text))
        yield from (each for each in others if not _overlaps(each, taken))
    if _has_digits(pattern) and begins:
        yield from (each for each in _enumerated(pattern, text) if not _overlaps(each, taken))


def _formed(forms: Sequence[str], text: str) -> Iterator[Found]:
    """The values that regular expressions find, each in the one named group of its form."""
    for form in forms:
        for match in re.finditer(form, text):
            group = next(iter(match.groupdict()))
            yield Found(match[group], match.start(group), match.end(group))


def _is_beside(node: Mapping[str, Any], text: str, found: Found) -> bool:
    """True if a word before a value says that it is another thing's."""
    if not node.get("beside"):
        return False
    before = rf"(?<!\w)(?:{_alternatives(node['beside'])})[\s:,]+(?:(?:the|flight|flt|aircraft|a/c)\s+)?$"
    return bool(re.search(before, text[: found.start], re.IGNORECASE))


def _prefixed(node: Mapping[str, Any], text: str) -> Iterator[Found]:
    """Digits, in figures or spoken one by one, after a word that stands for the letters before them."""
    for letters, words in (node.get("prefixes") or {}).items():
        spoken = rf"(?:{_alternatives(_DIGITS)})(?:[ -](?:{_alternatives(_DIGITS)}))*"
        introduced = rf"\b(?:{_alternatives([letters, *words])})[ -]*(?:no\.?|number|nr\.?|#)?[ -]*"
        form = rf"{introduced}(?P<digits>\d+(?-i:[A-Z](?![A-Z])|)|{spoken})\b(?![:./]\d)"
        for each in re.finditer(form, text, re.IGNORECASE):
            figures = "".join(
                str(_DIGITS.index(word)) if word in _DIGITS else word.upper()
                for word in re.split("[ -]", each["digits"].lower())
            )
            if re.fullmatch(pattern_body(node["pattern"]), letters + figures):
                yield Found(letters + figures, each.start(), each.end())


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


def _enumerated(pattern: str, text: str) -> Iterator[Found]:
    """Digits that share the letters of a value before them: the 19 of "EY17/19", "EY 17 & 19", "EY17 and 19 are late"."""
    joined = r"(?:[/&,]|and|or|und|et|y|o|oder|ou)"
    form = rf"(?<!\w)(?P<letters>[A-Za-z]{{1,3}})[ -]?\d+[A-Za-z]?(?P<more>(?:\s*{joined}\s*\d+(?![\w.:/-]))+)"
    for each in re.finditer(form, text, re.IGNORECASE):
        spoken = re.search(r"[a-z,]", each["more"], re.IGNORECASE)
        # "EY17, 19 passengers" and "EY17 and 30 minutes" speak of something else than flights.
        if spoken and not re.match(
            r"\s*(?:$|[.;:]|(?:are|were|have|both|sind|sont)\b)", text[each.end() :], re.IGNORECASE
        ):
            continue
        for digits in re.finditer(r"\d+", each["more"]):
            value = _spelled(each["letters"] + digits[0], pattern)
            if re.fullmatch(pattern_body(pattern), value):
                yield Found(value, each.start("more") + digits.start(), each.start("more") + digits.end())


def _meant(text: str, pattern: str, node: Mapping[str, Any]) -> str:
    """The value that a code or a name means."""
    if re.fullmatch(pattern, _spelled(text, pattern)):
        return _spelled(text, pattern)
    return next((str(each.value) for each in _keywords(node, text)), "")


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
        named = _alternatives([normal(phrase) for phrase in _all_keywords(properties[names[0]])])
        value = rf"(?:{_bounded(pattern)}|(?<!\w)(?i:{named})(?!\w))" if named else _bounded(pattern)
        pair = rf"(?P<first>{value}){_PAIR}(?P<second>{value})"
        # In small letters it takes a cue before the first one to tell codes from words.
        loose = rf"\b(?:{_alternatives(properties[names[0]]['after'])})\s+{pair}"
        matches = [*re.finditer(pair, text), *re.finditer(loose, text, re.IGNORECASE)]
        for match in matches:
            meant = [_meant(match[group], pattern, properties[names[0]]) for group in ("first", "second")]
            if all(meant) and not words.intersection(each.lower() for each in meant):
                found |= {name: value for name, value in zip(names, meant, strict=True) if name not in values}
                break
    return found
