"""The facts of a run read once more: what its planner and its checks say of the data as they are now. No model is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct, structs

from conclave.agents.checks import Executed, answer_hash, run_checks
from conclave.caches.tables import versions_of
from conclave.codec import convert
from conclave.configuration.applied import pack_under
from conclave.configuration.document import settings_of
from conclave.deliberation.collate import reasons_to_halt
from conclave.deliberation.constraints import unite, violations
from conclave.deliberation.scoring import scoring_of
from conclave.pack import Agent, Pack, ToolContext
from conclave.pack.tables import ReadOnce, ScopedTables, Tables
from conclave.records.run_records import RunRecords, required
from conclave.steps.context import planned
from conclave.types import Assessment, AssessmentStatus, Collation, Frame, Phase


class Rechecked(Struct, frozen=True, kw_only=True):
    """A run as the data are now.

    Attributes:
        frame: The incident, with the options that the planner builds now and their scores.
        collation: What was collated, with every constraint that the checks find now beside those there were.
    """

    frame: Frame
    collation: Collation


def recheck(records: RunRecords, pack: Pack, tables: Tables, *, strict: bool) -> Rechecked:
    """Plans again and runs every check again, at the time of the report: with the same data the result is the same.

    A constraint is never dropped: those that agents brought stand beside those of the checks.

    Args:
        records: The records of the run.
        pack: Its domain.
        tables: The pack's tables.
        strict: See ``RunContext``.

    Raises:
        ReadFailed: The planner could not read.
    """
    run_id, now = records.run.run_id, records.run.created_at
    frame = required(records.frame, Frame, run_id)
    before = required(records.last_collation, Collation, run_id)
    pack = pack_under(pack, settings_of(records.manifest))
    once, versions = ReadOnce(tables), versions_of(tables)
    incident = convert(dict(frame.incident), pack.incident)
    plan = pack.plan(incident, ScopedTables(once, pack.plan_reads), now)
    context = ToolContext(incident=incident, options=plan.options, tables=once, now=now, strict=strict)
    executed = {agent.name: run_checks(agent, context) for agent in pack.specialists}
    found = [_findings(agent, executed[agent.name]) for agent in pack.specialists]
    constraints = unite(before.constraints, *(each.constraints for each in found))
    return Rechecked(
        frame=structs.replace(
            frame,
            options=plan.options,
            facts=plan.facts,
            gaps=plan.gaps,
            scores=scoring_of(plan.options, pack.dimensions).scores,
            versions=versions,
            planned=planned(plan) if pack.feeds else "",
            checked=hashes(executed) if pack.feeds else {},
        ),
        collation=structs.replace(
            before,
            constraints=constraints,
            gaps=tuple(dict.fromkeys((*plan.gaps, *before.gaps, *(gap for each in found for gap in each.gaps)))),
            halts=reasons_to_halt(found, plan.gaps),
            feasible=tuple(each.id for each in plan.options if not violations(each, constraints)),
        ),
    )


def hashes(executed: Mapping[str, Iterable[Executed]]) -> dict[str, str]:
    """The hashes of what the checks of agents answered, by agent and check (``cargo.stowage``)."""
    return {f"{agent}.{each.call.name}": answer_hash(each) for agent, done in executed.items() for each in done}


def _findings(agent: Agent, executed: Iterable[Executed]) -> Assessment:
    """The findings of an agent's checks, in the form of an answer."""
    results = [each.result for each in executed]
    return Assessment(
        agent=agent.name,
        kind=agent.kind,
        phase=Phase.REVISE,
        status=AssessmentStatus.OK,
        constraints=tuple(each for result in results for each in result.constraints),
        gaps=tuple(gap for result in results for gap in result.gaps),
    )
