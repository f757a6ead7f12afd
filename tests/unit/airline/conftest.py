"""The sample network, and a decision without models: plan, checks, constraints, scores, best feasible option."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from conclave.agents.checks import run_checks
from conclave.deliberation.constraints import unite
from conclave.deliberation.scoring import score_options, scoring_of
from conclave.pack import ToolContext
from conclave.pack.tables import Item, ScopedTables
from conclave.testing.tables import MemoryTables
from conclave.types import AgentKind, Constraint, Fact, Gap, Option, ScoredOption, ToolResult
from packs.airline import PACK
from packs.airline.models import Cause, Incident, Problem

DATE = "2026-11-21"
NOW = f"{DATE}T04:00:00Z"
Rows = dict[str, list[Item]]


@dataclass(frozen=True, kw_only=True)
class Room:
    """A decision and everything it rests on. ``chosen`` is ``None`` when the run would halt."""

    incident: Incident
    options: Sequence[Option]
    scored: Sequence[ScoredOption]
    constraints: Sequence[Constraint]
    gaps: Sequence[Gap]
    results: Mapping[str, ToolResult]
    chosen: Option | None
    planned: Sequence[Fact] = ()
    received: str = NOW

    def violations(self, **wanted: Any) -> set[str]:
        """Ids of the constraints that options with these field values break."""
        broken: set[str] = set()
        for option, score in zip(self.options, self.scored, strict=True):
            if all(option.fields[name] == value for name, value in wanted.items()):
                broken |= set(score.violations)
        return broken


Decide = Callable[..., Room]


@pytest.fixture(scope="session")
def rows() -> Rows:
    return {name: list(items) for name, items in PACK.sample(DATE, 1).items()}


@pytest.fixture(scope="session")
def tables(rows: Rows) -> MemoryTables:
    return MemoryTables(PACK.tables, rows)


@pytest.fixture(scope="session")
def flights(rows: Rows) -> Mapping[str, Item]:
    return {item["flight_id"]: item for item in rows["flights"]}


@pytest.fixture(scope="session")
def without(rows: Rows) -> Callable[..., MemoryTables]:
    """The network with one table changed: ``without("mel_items", lambda item: item["tail"] == "A6-FS1")``."""

    def changed(table: str, drop: Callable[[Item], bool] = lambda item: False, **update: Any) -> MemoryTables:
        kept = [item | update for item in rows[table] if not drop(item)]
        return MemoryTables(PACK.tables, {**rows, table: kept})

    return changed


@pytest.fixture(scope="session")
def decide(tables: MemoryTables) -> Decide:
    def decided(
        network: MemoryTables | None = None,
        received: str = "",
        cause: Cause = Cause.OTHER,
        delay_minutes: int = 0,
        **incident: Any,
    ) -> Room:
        """The decision about an incident: one problem of a cause that takes so long, unless ``problems`` are given.

        It is reported when the flight should leave, unless ``received`` tells another time.
        """
        data = network or tables
        typed = Incident(
            **{"date": DATE, "problems": (Problem(cause=Cause(cause), minutes=delay_minutes),), **incident}
        )
        key = PACK.resolve(typed, ScopedTables(data, PACK.resolve_reads), NOW).flight_id
        now = received or data.get("flights", [key]).items[key]["departure_utc"]
        resolved = PACK.resolve(typed, ScopedTables(data, PACK.resolve_reads), now)
        plan = PACK.plan(resolved, ScopedTables(data, PACK.plan_reads), now)
        context = ToolContext(incident=resolved, options=plan.options, tables=data, now=now)
        executed = [(agent, each) for agent in PACK.specialists for each in run_checks(agent, context)]
        constraints = unite(*(each.result.constraints for _, each in executed))
        gaps = [*plan.gaps, *(gap for _, each in executed for gap in each.result.gaps)]
        scored = score_options(plan.options, constraints, scoring_of(plan.options, PACK.dimensions))
        feasible = [each for each in scored if not each.violations]
        best = max(feasible, key=lambda each: each.total, default=None)
        by_id = {option.id: option for option in plan.options}
        # As the engine does: what a business agent misses halts nothing.
        needed = [
            *plan.gaps,
            *(gap for who, each in executed if who.kind is AgentKind.SAFETY for gap in each.result.gaps),
        ]
        halted = best is None or any(gap.mandatory for gap in needed)
        return Room(
            incident=resolved,
            options=plan.options,
            scored=scored,
            constraints=constraints,
            gaps=gaps,
            planned=plan.facts,
            received=now,
            results={agent.name: each.result for agent, each in executed},
            chosen=None if halted or best is None else by_id[best.option_id],
        )

    return decided
