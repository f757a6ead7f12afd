"""The rules of quality: what an agent's prose must and must not say, each held against what its tools brought.

A rule finds breaches and repairs nothing: a run decides by figures that code computed, whatever its prose says. What the rules
find is for people who change a prompt or a model, and for the alarm that tells them that answers got worse.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from conclave.conversation.holding import Held, held_by, paths, unheld
from conclave.quality.english import other_language
from conclave.types import Constraint, Fact, Gap, Option, Phase, ToolResult, Value, Verdict

FEWEST_CHARACTERS = 15
MOST_CHARACTERS: Mapping[bool, int] = {False: 320, True: 480}
"""Of a rationale, and of the arbiter's justification: one sentence is asked for, and two."""
_COUNTED = re.compile(r"\b(\d{1,3}) (?=(?:of|options?|gaps?|constraints?|rules?|courses?|agents?)\b)")
"""Counts of what a prompt lists, as prose tells them: ``3 of 7 options``, ``2 gaps``."""


class Rule(StrEnum):
    """The rules."""

    EVIDENCE = "evidence"
    """It cites what exists; and who warns or refuses says of what: an option, a constraint, a fact or a gap."""
    FIGURE = "figure"
    """Every figure stands in what tools, planner and engine brought."""
    LENGTH = "length"
    """It says something, and is no longer than what was asked for."""
    LANGUAGE = "language"
    """It is in the language of the prompts."""


class Breach(Struct, frozen=True, kw_only=True):
    """What is wrong with one answer.

    Attributes:
        rule: Which rule it breaks.
        agent: Whose answer it is.
        phase: In which phase.
        detail: In words of this module, and at most a figure or a code of the prose.
    """

    rule: Rule
    agent: str
    phase: str
    detail: str


class Told(Struct, frozen=True, kw_only=True):
    """The prose of one answer, and everything that it may speak of.

    Attributes:
        agent: Whose it is.
        phase: In which phase.
        prose: The rationale, or the arbiter's justification.
        verdict: None of the arbiter.
        incident: What happened, resolved.
        options: All options of the run.
        figures: Scores and totals of options, as computed.
        facts: What the agent's tools and the planner brought; None where they are not known, as in a document of a run: then
            figures are not judged, nor whether what looks like evidence exists.
        constraints: Those of the run.
        gaps: Those of the run.
    """

    agent: str
    phase: str
    prose: str
    verdict: Verdict | None
    incident: Mapping[str, object]
    options: Sequence[Option]
    figures: Sequence[float]
    facts: Sequence[Fact] | None
    constraints: Sequence[Constraint]
    gaps: Sequence[Gap]

    @property
    def chooses(self) -> bool:
        """True of the arbiter's."""
        return self.phase == Phase.ARBITRATE


def breaches(told: Told) -> list[Breach]:
    """What is wrong with an answer by each of the rules; at most one breach of each."""
    found = (
        (Rule.EVIDENCE, _evidence(told)),
        (Rule.FIGURE, _figure(told)),
        (Rule.LENGTH, _length(told)),
        (Rule.LANGUAGE, _language(told)),
    )
    return [Breach(rule=rule, agent=told.agent, phase=told.phase, detail=detail) for rule, detail in found if detail]


def _evidence(told: Told) -> str:
    held = _held(told)
    if told.facts is not None:
        strange = [each for each in paths(told.prose) if each not in _citable(told, held)]
        if strange:
            return f"cites {strange[0]}, which nothing brought"
    unknown = sorted(_like_options(told.prose) - {each.id for each in told.options})
    if unknown:
        return f"names an option {unknown[0]} that there is not"
    warns = told.chooses or told.verdict in (Verdict.CAUTION, Verdict.REJECT)
    return "names no option, constraint, fact or gap" if warns and not _names_something(told) else ""


def _figure(told: Told) -> str:
    if told.facts is None:
        return ""
    held = _held(told)
    prose = _without_counts(told)
    for each in paths(prose):  # what the rule of evidence is for
        prose = prose.replace(each, " ")
    for each in _like_options(prose):
        prose = prose.replace(each, " ")
    strange = unheld(prose, held)
    return f"says {strange[0]}, which nothing brought" if strange else ""


def _length(told: Told) -> str:
    length, most = len(told.prose.strip()), MOST_CHARACTERS[told.chooses]
    if length < FEWEST_CHARACTERS:
        return f"has {length} characters; at least {FEWEST_CHARACTERS} say something"
    return f"has {length} characters; {most} are enough" if length > most else ""


def _language(told: Told) -> str:
    other = other_language(told.prose)
    return f"is not in English: {other}" if other else ""


def _citable(told: Told, held: Held) -> frozenset[str]:
    """The ids of evidence that there is; and what a gap says is missing may be named, too."""
    return held.ids | {each.item for each in told.gaps} | {each.evidence_id for each in told.constraints}


def _held(told: Told) -> Held:
    """Everything that prose may speak of, as ``conclave.conversation`` holds answers against it."""
    planned = [
        Fact(id=each.id, kind=each.action, values={**each.fields, **each.parameters, "summary": each.summary})
        for each in told.options
    ]
    happened = Fact(id="incident", kind="incident", values=dict(_flat(told.incident)))
    computed = Fact(id="computed", kind="computed", values={str(at): value for at, value in enumerate(told.figures)})
    limits = [
        Fact(id=each.id, kind="constraint", values={"value": each.value, "unit": each.unit})
        for each in told.constraints
    ]
    facts = [*planned, happened, computed, *limits, *(told.facts or ())]
    return held_by([ToolResult(facts=facts, constraints=told.constraints, gaps=told.gaps)], _summaries(told.options))


def _summaries(options: Iterable[Option]) -> Iterator[str]:
    """The words of summaries that have a digit: tails, flights, places."""
    for option in options:
        yield from (word.strip(".,;()") for word in option.summary.split() if not word.isalpha())


def _flat(value: object, name: str = "") -> Iterator[tuple[str, Value]]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _flat(each, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list | tuple):
        for at, each in enumerate(value):
            yield from _flat(each, f"{name}.{at}")
    elif value is None or isinstance(value, str | int | float | bool):
        yield name, value


def _without_counts(told: Told) -> str:
    """Prose without the counts of what its prompt lists, as far as there are so many of them."""
    most = max(len(told.options), len(told.gaps), len(told.constraints))
    return _COUNTED.sub(lambda found: " " if int(found[1]) <= most else found[0], told.prose)


def _like_options(prose: str) -> set[str]:
    return set(re.findall(r"\bO\d{1,3}\b", prose))


def _names_something(told: Told) -> bool:
    """True if prose names a thing of the run by its id, its source, or as a person reads it."""
    named = {each.id for each in told.options} | {each.action for each in told.options}
    named |= {name for each in told.constraints for name in (each.id, each.field, each.source, each.evidence_id)}
    named |= {name for each in told.gaps for name in (each.item, each.tool)}
    named |= {each.id for each in told.facts or ()} | {each.kind for each in told.facts or ()}
    words = told.prose.lower()
    return any(
        re.search(rf"(?<!\w){re.escape(form)}(?!\w)", words)
        for each in named
        if each
        for form in {each.lower(), each.lower().replace("_", " ")}
    )
