"""What a question is about: the records of one run, as everybody who answers it sees them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property

from msgspec import Struct, structs

from conclave.deliberation.scoring import recorded_scoring, score_options
from conclave.pack import Pack
from conclave.records.run_records import RunRecords, by_id
from conclave.types import (
    Assessment,
    Choice,
    Constraint,
    Decision,
    Fact,
    Frame,
    Gap,
    GapReason,
    Option,
    Phase,
    ScoredOption,
    ToolResult,
    Value,
)

_ID = re.compile(r"\w+")


class Subject(Struct, frozen=True, kw_only=True, dict=True):
    """A framed run.

    Attributes:
        records: Its records.
        frame: Its incident, options and facts.
        pack: Its domain, as of today.
        choice: The arbiter's answer, if there is one.
    """

    records: RunRecords
    frame: Frame
    pack: Pack
    choice: Choice | None = None

    @property
    def decision(self) -> Decision | None:
        """The outcome, or what people are asked about."""
        return self.records.decision or self.records.proposal

    @cached_property
    def constraints(self) -> tuple[Constraint, ...]:
        """All constraints that were collated."""
        last = self.records.last_collation
        return tuple(last.constraints) if last else ()

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """All gaps that were collated; of a run without a collation, those of its planner."""
        last = self.records.last_collation
        return tuple(last.gaps if last else self.frame.gaps)

    @cached_property
    def assessments(self) -> Mapping[tuple[Phase, str], Assessment]:
        """What agents answered, by phase and agent."""
        return self.records.assessments

    @cached_property
    def options(self) -> Mapping[str, Option]:
        """The options by id."""
        return {each.id: each for each in self.frame.options}

    @cached_property
    def scored(self) -> Mapping[str, ScoredOption]:
        """The options with what ``decide`` computed of them, by id; the same sums where it has not yet."""
        decided = self.decision.options if self.decision else ()
        scored: Sequence[ScoredOption] = decided or score_options(
            self.frame.options, self.constraints, recorded_scoring(self.frame, self.pack.dimensions)
        )
        return {each.option_id: each for each in scored}

    @property
    def chosen(self) -> str:
        """Id of the option that was decided on; empty where there is none."""
        return self.decision.option_id if self.decision else ""

    def infeasible_in(self, text: str) -> tuple[str, ...]:
        """Ids of the options that a text names and that break a hard constraint, in their order."""
        words = set(_ID.findall(text))
        return tuple(name for name in self.options if name in words and self.scored[name].violations)

    @cached_property
    def facts(self) -> Mapping[str, Fact]:
        """Every fact that the run looked at, by evidence id; those under one id together."""
        groups = [self.frame.facts, *(each.facts for each in self.assessments.values())]
        return by_id(fact for group in groups for fact in group)


def told(id: str, kind: str, values: Mapping[str, Value], text: str = "") -> Fact:
    """A fact as a conversation tells it: truth values in words, so that nobody takes them for figures."""
    return Fact(id=id, kind=kind, values=_in_words(values), text=text)


def in_words(result: ToolResult) -> ToolResult:
    """The result of a tool with its facts as ``told`` tells them, whoever they came from: a run's own have truth values."""
    return structs.replace(
        result, facts=tuple(structs.replace(each, values=_in_words(each.values)) for each in result.facts)
    )


def _in_words(values: Mapping[str, Value]) -> dict[str, Value]:
    words = {True: "yes", False: "no"}
    return {name: words[value] if isinstance(value, bool) else value for name, value in values.items()}


def not_available(tool: str, reason: GapReason, detail: str, **figures: Value) -> ToolResult:
    """The result of a tool that could not give what it was asked for.

    Args:
        tool: Its name.
        reason: Why.
        detail: One line in words of the engine or of the pack; it stands in a fact as well, so that an answer may rest on it.
        figures: Those that the detail names, so that an answer may say them.
    """
    gap = Gap(tool=tool, item=tool, reason=reason, mandatory=False, detail=detail)
    values: dict[str, Value] = {"tool": tool, "reason": reason.value, **figures}
    fact = Fact(id=f"not_available/{tool}", kind="not_available", values=values, text=detail)
    return ToolResult(facts=(fact,), gaps=(gap,))
