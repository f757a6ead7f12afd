"""The offline policy in a conversation: it calls the tools that fit the words of a question, and tells their facts.

It knows no domain and no language but its own few words. It names an option, an agent, a figure or a tool where the question
does, and fills the typed answer from the facts that came back: every figure in it stands in one of them.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any

from local.bedrock.offline.prompt import sections
from local.bedrock.reading import schema

MOST_SENTENCES = 6
MOST_VALUES = 8
_KIND = re.compile(r"\[([\w.-]+) (\d+)\] ?(.*)")
_AMOUNT = re.compile(r"\b(an?|half an|\d+)\s+(hours?|h|minutes?|mins?|min|days?)\b", re.IGNORECASE)
_MINUTES = {"h": 60, "hour": 60, "d": 1_440, "day": 1_440}
_EARLIER = re.compile(r"\b(earlier|sooner|less|shorter|before|quicker|faster)\b", re.IGNORECASE)
_SUPPOSES = re.compile(r"\b(what if|if|suppose|assuming)\b", re.IGNORECASE)
_FILLING = frozenset(
    {"when", "the", "is", "or", "and", "there", "in", "above", "below", "later", "earlier", "minutes", "over"}
)
_WORD = re.compile(r"[a-z]+")
_WORDS_OF_TOOLS: Mapping[str, str] = {
    "gaps": "missing gap gaps unknown lacking absent stale",
    "costs": "tokens token models spend spent cost costs expensive",
    "decision": "decide decided decision chosen choose chose outcome best why halted ranking recommend won",
}
_NOT_AVAILABLE = "not_available"
"""Kind of the facts that say, in words of the engine, what a tool could not give."""
_ORDER = (
    _NOT_AVAILABLE,
    "variant",
    "decision",
    "variant_option",
    "violation",
    "assessment",
    "score_change",
    "change",
    "constraint",
    "score",
    "comparison",
)
"""Kinds of facts in the order in which they are told; others follow."""


@dataclass(frozen=True, slots=True)
class Told:
    """A fact as a prompt shows it."""

    id: str
    kind: str
    values: Mapping[str, str]
    text: str


def asked(texts: Sequence[str]) -> str:
    """The question of a conversation in a prompt; empty where there is none."""
    rows = _rows(sections(texts).get("question", ""))
    return rows[0].get("text", "") if rows else ""


def calls(tools: Sequence[tuple[str, Mapping[str, Any]]], texts: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Names and arguments of the tools that fit the question.

    Args:
        tools: Name and input schema of each that is offered.
        texts: Texts of the user's messages.
    """
    question, found = asked(texts), sections(texts)
    words = set(_WORD.findall(question.lower()))
    options = [
        row["id"] for row in _rows(found.get("options", "")) if re.search(rf"\b{re.escape(row['id'])}\b", question)
    ]
    agents = [row for row in _rows(found.get("agents", "")) if _named(row, words)]
    figures = _rows(found.get("figures", ""))
    for name, form in tools:
        needed = list(schema.required(form))
        if needed == ["option_id"]:
            yield from ((name, {"option_id": each}) for each in dict.fromkeys(options))
        elif needed == ["agent"]:
            yield from ((name, {"agent": row["name"]}) for row in agents)
        elif needed == ["figure", "change"]:
            yield from ((name, each) for each in _change(question, words, figures))
        elif needed == ["question"] and any(name == f"ask_{row['name']}" for row in agents):
            yield name, {"question": question}
        elif not needed and words & {*_WORDS_OF_TOOLS.get(name, "").split()}:
            yield name, {}


def answer(results: Sequence[str], prefix: str) -> tuple[str, list[str]]:
    """The answer and its evidence, told from facts.

    Args:
        results: Texts with sections of facts.
        prefix: What every answer begins with.
    """
    facts = [fact for text in results for fact in facts_in(text)]
    order = {kind: place for place, kind in enumerate(_ORDER)}
    chosen = sorted({fact.id: fact for fact in facts}.values(), key=lambda fact: order.get(fact.kind, len(order)))
    told = [fact for fact in chosen if fact.values][:MOST_SENTENCES]
    if not told:
        return f"{prefix} no tool brought a fact about it.", []
    return " ".join([prefix, *map(_sentence, told)]), [fact.id for fact in told]


def facts_in(text: str) -> Iterator[Told]:
    """The facts of a prompt's sections."""
    body = sections([text]).get("facts", "")
    lines = body.split("\n") if body else []
    place = 0
    while place < len(lines):
        counted = _KIND.fullmatch(lines[place])
        if counted is None:
            return
        end = place + 2 + int(counted[2])
        same = dict(each.split("=", 1) for each in next(csv.reader([counted[3]]), []) if "=" in each)
        for row in csv.DictReader(io.StringIO("\n".join(lines[place + 1 : end]))):
            cells = {str(name): unescape(value or "") for name, value in {**same, **row}.items() if name is not None}
            key = str(next(iter(row)))
            identifier = f"{'' if key == 'id' else key}{cells.pop(key)}"
            words = cells.pop("text", "")
            yield Told(identifier, counted[1], {name: value for name, value in cells.items() if value}, words)
        place = end


def _sentence(fact: Told) -> str:
    if fact.kind == _NOT_AVAILABLE:
        return f"By {fact.id}: {fact.text}."
    values = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in list(fact.values.items())[:MOST_VALUES])
    return f"By {fact.id}: {values}."


def _rows(body: str) -> list[dict[str, str]]:
    """The rows of a section's only table."""
    first, _, rest = body.strip().partition("\n")
    headed = re.fullmatch(r"\[(?:all|[\w.-]+ \d+)\] ?(.*)", first)
    same = dict(each.split("=", 1) for each in next(csv.reader([headed[1]]), []) if "=" in each) if headed else {}
    rows = csv.DictReader(io.StringIO(rest if headed else body.strip()))
    return [{str(name): unescape(value or "") for name, value in {**same, **row}.items()} for row in rows]


def _named(agent: Mapping[str, str], words: set[str]) -> bool:
    """True if a question has the first word of an agent's name, or all of its title."""
    title = set(_WORD.findall(agent.get("title", "").lower()))
    return agent["name"].partition("_")[0] in words or (bool(title) and title <= words)


def _change(question: str, words: set[str], figures: Sequence[Mapping[str, str]]) -> Iterator[dict[str, Any]]:
    """The change of a figure that a question supposes, if it says by how much."""
    amount = _AMOUNT.search(question)
    if amount is None or not _SUPPOSES.search(question):
        return
    number = (
        1.0 if amount[1].lower() in ("a", "an") else 0.5 if amount[1].lower().startswith("half") else float(amount[1])
    )
    minutes = round(number * _MINUTES.get(amount[2].lower().rstrip("s"), 1))
    for row in sorted(figures, key=lambda row: -len(words & _telling(row)))[:1]:
        yield {"figure": row["figure"], "change": -minutes if _EARLIER.search(question) else minutes}


def _telling(figure: Mapping[str, str]) -> set[str]:
    """The words that tell a figure from others."""
    return set(_WORD.findall(f"{figure['figure']} {figure['description']}".lower())) - _FILLING
