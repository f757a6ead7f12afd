"""What an answer may say: every figure in it stands in what a tool brought, and every id of evidence exists.

A model writes prose. So its sentences are held against the values that tools returned for this question: a sentence with a figure
that none of them holds is struck, and so is one that names evidence that nobody looked up. Texts of strangers and of models that
came with facts hold nothing: a figure that stands only in a remark is not one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from conclave.types import Fact, ToolResult, Value

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[\"'(]?[A-Z])")
_NUMBER = re.compile(r"\d[\d,\u00a0\u202f]*(?:\.\d+)?|\.\d+")
_HOST = re.compile(r"\bwww\.\S+", re.IGNORECASE)
_PATH = re.compile(r"[\w.:#+-]+(?:/[\w.:#+-]*)+", re.ASCII)
_MOMENT = re.compile(r"(\d{4})-(\d\d-\d\d)[T ](\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_COUNTING = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen "
    "twenty"
)
_WORDS = {word: float(number) for number, word in enumerate(_COUNTING.split(), start=2)} | {
    "thirty": 30.0, "forty": 40.0, "fifty": 50.0, "sixty": 60.0, "seventy": 70.0, "eighty": 80.0, "ninety": 90.0,
    "hundred": 100.0, "thousand": 1_000.0, "million": 1_000_000.0, "dozen": 12.0, "twice": 2.0, "double": 2.0,
    "thrice": 3.0, "triple": 3.0, "zero": 0.0, "half": 0.5, "quarter": 0.25,
}  # fmt: skip
_PARTS = re.compile(r"[;,]\s|\s\(")
"""Between the rules that one source names, and before what it says of one."""
_WORD = re.compile(r"[a-z]+")
_SCALED = re.compile(r"(?:k|m|bn|b)\b", re.IGNORECASE)
"""Letters behind a number that multiply it."""


class Held(Struct, frozen=True, kw_only=True):
    """What the tools of a question brought.

    Attributes:
        ids: Every id of evidence.
        numbers: Every figure.
        names: Every text among the values and ids that has a digit in it, and the forms in which a prompt shows it.
    """

    ids: frozenset[str]
    numbers: frozenset[float]
    names: tuple[str, ...]


class Checked(Struct, frozen=True, kw_only=True):
    """An answer as it may be given: the sentences that stand, the evidence that exists, and how many sentences were struck."""

    answer: str
    evidence: Sequence[str]
    struck: int


def held_by(results: Iterable[ToolResult], names: Iterable[str] = ()) -> Held:
    """What results hold.

    Args:
        results: Of tools, for this question.
        names: Other names with digits that an answer may use: ids of options, for one.
    """
    facts: list[Fact] = []
    texts: set[str] = set(names)
    for result in results:
        facts += result.facts
        texts |= {each for gap in result.gaps for each in (gap.item, gap.tool)}
        texts |= {each for c in result.constraints for each in (c.id, c.source, c.evidence_id, c.field)}
    ids = {fact.id for fact in facts}
    values = [value for fact in facts for value in fact.values.values()]
    texts |= ids | {fact.kind for fact in facts} | {name for fact in facts for name in fact.values}
    texts |= {value for value in values if isinstance(value, str)}
    forms = {form for text in texts for form in _forms(text)}
    named = sorted(filter(_is_name, forms), key=lambda each: (-len(each), each))
    return Held(ids=frozenset(ids), numbers=frozenset(map(float, filter(_is_number, values))), names=tuple(named))  # type: ignore[arg-type]


def check(answer: str, evidence: Iterable[str], held: Held) -> Checked:
    """The answer without what nothing holds.

    Args:
        answer: What a model wrote, fit to be shown.
        evidence: The ids that it cites.
        held: What the tools of its question brought.
    """
    sentences = [each for each in _SENTENCE.split(answer) if each.strip()]
    kept = [each for each in sentences if not unheld(each, held)]
    cited = tuple(each for each in dict.fromkeys(evidence) if each in held.ids)
    return Checked(answer=" ".join(kept), evidence=cited, struck=len(sentences) - len(kept))


def unheld(sentence: str, held: Held) -> list[str]:
    """The figures, words for figures, and ids in a sentence that no tool brought."""
    text = unicodedata.normalize("NFKC", sentence)
    for name in held.names:
        if name in text:
            text = re.sub(rf"(?<![\w.]){re.escape(name)}(?![\w])", " ", text)
    strange = [each for each in paths(text) if each not in held.ids]
    figures = [found.group() for found in _NUMBER.finditer(text) if not _stands(text, found, held)]
    words = [word for word in _WORD.findall(text.lower()) if word in _WORDS and _WORDS[word] not in held.numbers]
    return [*strange, *figures, *words]


def paths(text: str) -> Iterator[str]:
    """What looks like an id of evidence, or like an address."""
    for found in _PATH.finditer(text):
        path = found.group().rstrip(".:,")
        if any(map(str.isdigit, path)) or path.count("/") > 1 or ":" in path:
            yield path
    yield from _HOST.findall(text)


def _stands(text: str, found: re.Match[str], held: Held) -> bool:
    """True if a number is one that a tool brought, as it is written: rounded to its digits, without its sign, or as a share."""
    written = re.sub(r"[,\u00a0\u202f]", "", found.group())
    try:
        number = float(written)
    except ValueError:
        return False
    if _SCALED.match(text, found.end()):
        return False
    digits = len(written.partition(".")[2])
    share = text[found.end() : found.end() + 2].lstrip().startswith("%")
    return any(
        _written_as(value * factor, number, digits)
        for value in held.numbers
        for factor in ((1.0, 100.0) if share else (1.0,))
    )


def _written_as(value: float, number: float, digits: int) -> bool:
    size = abs(value)
    if size == number:
        return True
    return (digits > 0 or size >= _WHOLE_FROM) and round(size, digits) == number


_WHOLE_FROM = 10.0
"""A figure below is not written as a whole number, unless it is one: 0.4 is not 0, and 1.6 is not 2."""


def _is_name(text: str) -> bool:
    """True for a text with a digit that is not just a number: a number has to be a figure of its own."""
    return any(map(str.isdigit, text)) and not _NUMBER.fullmatch(text)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _forms(text: str) -> Iterator[str]:
    """A text, the parts of an id and of a source, and the ways in which a moment is written."""
    yield text
    yield from (part for part in re.split(r"[/#]", text) if part)
    yield from (part.strip() for part in _PARTS.split(text))
    for year, day, clock, zone in _MOMENT.findall(text):
        yield from (f"{year}-{day}", f"{day} {clock}{zone}", f"{clock}{zone}", clock, f"{year}-{day} {clock}{zone}")
