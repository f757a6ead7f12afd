"""One scenario, and what playing it came to."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conclave.agents.prices import PriceTable
from conclave.pack.tables import Tables
from conclave.records.runs import Run
from conclave.types import Constraint, Decision, RunStatus

from bench.deliberation import tokenizer
from bench.deliberation.runtime import Runtime, cost
from bench.deliberation.waiting import Step, critical_seconds


@dataclass(frozen=True, slots=True)
class Case:
    """A report and the data it is about."""

    label: str
    tables: Tables
    received: str
    body: Mapping[str, Any]

    @property
    def run(self) -> Run:
        """The report as a run that was just taken in."""
        return Run(
            run_id="run",
            status=RunStatus.RUNNING,
            pack="airline",
            created_at=self.received,
            updated_at=self.received,
            correlation_id="bench",
            text=self.body.get("text", ""),
            incident=self.body.get("incident", {}),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """The figures of a run. Tokens are those that the provider bills for, money is in US dollars, time in seconds.

    Attributes:
        before: All tokens as the family of models before counts them.
        strong: The cost with every token at the price of the strong tier.
        hard: Field, operator and value of every hard constraint.
    """

    status: str
    option: str
    confidence: float
    hard: frozenset[tuple[str, str, Any]]
    input: int
    output: int
    cached: int
    before: int
    calls: int
    cost: float
    strong: float
    seconds: float

    @property
    def tokens(self) -> int:
        """All tokens, in and out."""
        return self.input + self.output


def played(
    decision: Decision,
    constraints: tuple[Constraint, ...],
    runtime: Runtime,
    waits: defaultdict[Step, float],
    prices: PriceTable,
) -> Played:
    """Counts what a run asked and what it waited for."""
    for each in runtime.exchanges:
        waits[each.step] += each.seconds()
    usages = runtime.usages()
    return Played(
        status=decision.status.value,
        option=decision.option_id,
        confidence=decision.confidence,
        hard=frozenset((each.field, each.operator.value, each.value) for each in constraints if each.hard),
        input=sum(each.input_tokens + each.cache_read_tokens + each.cache_write_tokens for _, each in usages),
        output=sum(each.output_tokens for _, each in usages),
        cached=sum(each.cache_read_tokens for _, each in usages),
        before=sum(each.all_tokens(tokenizer.FAMILY_BEFORE) for each in runtime.exchanges),
        calls=len(usages),
        cost=cost(usages, prices),
        strong=cost(usages, prices, prices.model("strong")),
        seconds=critical_seconds(waits),
    )


class Stopwatch:
    """Adds the processor time of a piece of work in this thread to a step's: what else the machine does is not the run's."""

    def __init__(self, waits: defaultdict[Step, float], step: Step) -> None:
        self._waits, self._step, self._began = waits, step, 0.0

    def __enter__(self) -> None:
        self._began = time.thread_time()

    def __exit__(self, *error: object) -> None:
        self._waits[self._step] += time.thread_time() - self._began
