"""The documents of runs, as people and programs see them: made from records, complete or not yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import shorten
from typing import Any

from msgspec import structs

from conclave.clock import Clock, seconds_between, timestamp
from conclave.codec import plain
from conclave.codes import Moment
from conclave.deliberation.scoring import recorded_scoring, score_options
from conclave.money.amounts import nanos, usd
from conclave.money.usage import beyond, total_usage
from conclave.pack import Pack
from conclave.records.journal import Journal
from conclave.records.manifest import fork_of
from conclave.records.run_records import COLLATED, RunRecords, records_of
from conclave.records.runs import FEEDBACK, Run, RunNotFound, RunStore, TextState
from conclave.records.untrusted_entries import Entries, assessment_in, choice_in
from conclave.types import (
    AgentKind,
    Assessment,
    Choice,
    Collation,
    Decision,
    Frame,
    Manifest,
    ManifestAgent,
    Phase,
    Refusal,
    RunStatus,
    ScoredOption,
    Usage,
)

HEADLINE_CHARACTERS = 120
PHASES = ("frame", "recommend", "revise", "arbitrate", "decide")


def run_document(
    run_id: str, *, pack: Pack, runs: RunStore, journal: Journal, stage: str, clock: Clock
) -> dict[str, Any]:
    """The document of a run; raises ``RunNotFound``. Plain values, ready for JSON."""
    records = records_of(run_id, runs, pack)
    run, manifest = records.run, records.manifest
    frame, refusal, decision, collation = records.frame, records.refusal, records.decision, records.last_collation
    entries = entries_of(records, journal)
    answers = answers_of(records, entries)
    proposed = records.proposal if run.status is RunStatus.AWAITING_APPROVAL else None
    told = decision or proposed
    head = frame or refusal
    usage = total_usage([*(answer.usage for _, _, answer in answers), *([head.usage] if head else [])])
    usage = total_usage([usage, beyond(decision.usage, usage)]) if decision else usage
    now = timestamp(clock()) if run.status.open else run.updated_at
    phases = _phases(run, now, entries)
    return {
        **_head(run, stage),
        **_age(run, now),
        "outdated": plain(run.outdated),
        "incident": dict(frame.incident) if frame else dict(run.incident) or None,
        "reading": plain(head.reading) if head else None,
        "settings": plain(manifest.settings) if head and manifest.settings else None,
        "time_zones": manifest.time_zones or None if head else None,
        "current_phase": _current_phase(run, phases),
        "reasons": plain(told.reasons) if told else [],
        "candidates": list(refusal.candidates) if refusal else [],
        "options": _options(records, pack),
        "fields": plain(manifest.fields) if frame else [],
        "constraints": plain(collation.constraints) if collation else [],
        "gaps": plain(collation.gaps) if collation else [],
        "conflicts": plain(collation.conflicts) if collation else [],
        "revisions": _revisions(collation),
        "decision": decision_document(told),
        **_people(records),
        **_fork(records, told),
        "phases": phases,
        "agents": [
            *_framer(head),
            *_agents(answers, taken_over(run)),
            *_running(run, manifest, answers, entries),
        ],
        "money": _money(head, usage),
        "totals": {"duration_seconds": seconds_between(run.created_at, now), **usage_figures(usage)},
        "degraded": told.degraded if told else bool(collation and collation.degraded),
        "audit": {"entries": run.audit_entries, "head": run.audit_head} if decision else None,
        "execution_arn": run.execution_arn,
    }


def _people(records: RunRecords) -> dict[str, Any]:
    """What people are asked about a run, what they did, and what they said came of it."""
    if not records.run.approval and records.body(FEEDBACK) is None:
        return {"approval": None, "feedback": []}
    from conclave.api.approving.shown import approval_document, feedback_document  # most runs wait for nobody

    return {"approval": approval_document(records), "feedback": feedback_document(records)}


def _fork(records: RunRecords, told: Decision | None) -> dict[str, Any]:
    """Of which run it is a fork, with what, and what came out; and the runs that were forked from it."""
    fork = fork_of(records.run)
    if fork is None:
        return {"fork": None, "forks": sorted(records.run.forks)}
    shown = {name: each for name, each in plain(fork).items() if name not in ("settings", "start")}
    outcome = told.status.value if told else None
    return {"fork": {**shown, "from": fork.start.value, "outcome": outcome}, "forks": sorted(records.run.forks)}


def audit_document(run_id: str, *, runs: RunStore) -> dict[str, Any]:
    """The audit of a run, entry by entry exactly as sealed; raises ``RunNotFound``. It outlives the run's other records."""
    entries = [each.decode() for each in runs.audit(run_id)]
    if not entries:
        raise RunNotFound(f"there is no audit of a run {run_id}")
    return {"run_id": run_id, "entries": entries}


def run_row(run: Run, now: str) -> dict[str, Any]:
    """A run in a list, at a time. One that could not be framed has no summary, and shows what was reported."""
    names = ("run_id", "status", "pack", "created_at", "updated_at", "option_id", "degraded")
    return {
        **{name: getattr(run, name) for name in names},
        **_age(run, now),
        "outdated": run.outdated.since if run.outdated else None,
        "summary": _headline(run),
        "forked_from": run.fork.get("of"),
    }


def _age(run: Run, now: str) -> dict[str, Any]:
    """Age of a run, and the part of it spent waiting for its turn; an ended run grows no older.

    ``waiting`` is not a status: the run is ``running``, and its first step has not begun.
    """
    end = now if run.status.open else run.updated_at
    begun = run.marks.get(Moment.FRAME_STARTED)
    return {
        "waiting": run.status is RunStatus.RUNNING and not begun,
        "waited_seconds": seconds_between(run.created_at, begun or end),
        "age_seconds": seconds_between(run.created_at, end),
    }


def _headline(run: Run) -> str:
    return run.summary or shorten(run.text, HEADLINE_CHARACTERS, placeholder=" ...")


def _head(run: Run, stage: str) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "status": run.status.value,
        "pack": run.pack,
        "stage": stage,
        "correlation_id": run.correlation_id,
        "created_at": run.created_at,
        "updated_at": run.updated_at,
        "source": run.source,
        "text": run.text,
        "texts": run.texts.value,
        "texts_erased_at": run.texts_erased_at or None,
        "summary": _headline(run),
    }


Answers = list[tuple[ManifestAgent, str, Assessment | Choice]]


def entries_of(records: RunRecords, journal: Journal) -> Entries:
    """What the agents of a run left in the journal: that they started, and what they answered."""
    return journal.read(
        records.run.run_id,
        [agent.name for agent in records.manifest.agents],
        [name for phase in Phase for name in (phase.value, f"{phase}#started")],
    )


def answers_of(records: RunRecords, entries: Entries) -> Answers:
    """Every answer there is: as collated, or straight from the journal while its phase is still under way.

    Once texts go, the records say all that stays: what a late function left in the journal is shown to nobody.
    """
    entries = entries if records.run.texts is TextState.KEPT else {}
    found: Answers = []
    for phase in COLLATED:
        for agent in records.manifest.specialists:
            collated = records.assessments.get((phase, agent.name))
            answer = collated or assessment_in(entries, agent, phase)
            if answer:
                found.append((structs.replace(agent, kind=answer.kind), phase.value, answer))
    arbiter = records.manifest.arbiter
    choice = choice_in(entries, arbiter.name) or records.choice
    if choice:
        found.append((arbiter, Phase.ARBITRATE.value, choice))
    return found


def _running(run: Run, manifest: Manifest, answers: Answers, entries: Entries) -> list[dict[str, Any]]:
    """Agents that have started and not answered yet."""
    if run.status is not RunStatus.RUNNING:
        return []
    answered = {(agent.name, phase) for agent, phase, _ in answers}
    return [
        {**_blank_agent(agent), "phase": phase.value, "status": "running"}
        for phase in Phase
        for agent in manifest.agents
        if (agent.name, f"{phase}#started") in entries and (agent.name, phase.value) not in answered
    ]


def _blank_agent(agent: ManifestAgent) -> dict[str, Any]:
    return {
        "name": agent.name,
        "title": agent.title,
        "kind": agent.kind.value,
        "phase": "",
        "status": "",
        "verdict": None,
        "stance": None,
        "model": "",
        "stood_in": None,
        "complexity": None,
        "grounds": [],
        "duration_seconds": None,
        **usage_figures(Usage()),
        "tool_calls": [],
        "confidence": None,
        "rationale": "",
        "failure": None,
        "reused": False,
        "taken_over": False,
    }


def _agents(answers: Answers, before: Sequence[str]) -> list[dict[str, Any]]:
    """Everybody who answered; a fork has some answers from its parent."""
    return [{**_agent(agent, phase, answer), "taken_over": phase in before} for agent, phase, answer in answers]


def _agent(agent: ManifestAgent, phase: str, answer: Assessment | Choice) -> dict[str, Any]:
    common = {
        **_blank_agent(agent),
        "phase": phase,
        "status": "unavailable" if answer.failure else "ok",
        "model": answer.model,
        "stood_in": plain(answer.stood_in),
        "duration_seconds": answer.duration_seconds,
        "confidence": answer.confidence,
        "failure": plain(answer.failure),
        **usage_figures(answer.usage),
    }
    if isinstance(answer, Choice):
        weight = {"complexity": answer.complexity and answer.complexity.value, "grounds": plain(answer.grounds)}
        return {**common, **weight, "rationale": answer.justification}
    return {
        **common,
        "verdict": answer.verdict.value if answer.verdict else None,
        "stance": answer.stance.value if answer.stance else None,
        "tool_calls": plain(answer.tool_calls),
        "rationale": answer.rationale,
        "reused": answer.reused,
    }


def _framer(head: Frame | Refusal | None) -> list[dict[str, Any]]:
    """The model call that read the sentence; there is none for a typed incident."""
    if head is None or not head.exchanges:
        return []
    agent = ManifestAgent(name="frame", title="Framing", kind=AgentKind.BUSINESS)
    return [
        {
            **_blank_agent(agent),
            "kind": "frame",
            "phase": "frame",
            "status": "ok" if isinstance(head, Frame) else "unavailable",
            "model": head.exchanges[-1].model,
            "stood_in": plain(head.reading.stood_in) if head.reading else None,
            "duration_seconds": round(sum(each.duration_seconds for each in head.exchanges), 3),
            **usage_figures(head.usage),
        }
    ]


def _money(head: Frame | Refusal | None, usage: Usage) -> dict[str, Any] | None:
    """The ceiling of the run and what of it is left; ``None`` before it is framed, or where records say no ceiling."""
    budget = head.manifest.budget if head and head.manifest else None
    if budget is None:
        return None
    spent = nanos(usage.cost_usd) + nanos(usage.reserved_usd)
    return {
        "ceiling_usd": usd(budget.ceiling_nanos),
        "spent_usd": usd(spent),
        "left_usd": usd(max(0, budget.ceiling_nanos - spent)),
        "economy": budget.economy,
    }


def usage_figures(usage: Usage) -> dict[str, Any]:
    """Tokens and cost: all input tokens that were sent, and of these, what the provider's cache read and wrote.

    ``reserved_usd`` is what calls of which nobody reported anything may have cost at most, on top of ``cost_usd``.
    """
    return {
        "input_tokens": usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "output_tokens": usage.output_tokens,
        "cost_usd": usage.cost_usd,
        "reserved_usd": usage.reserved_usd,
        "model_calls": usage.model_calls,
    }


def _scored(records: RunRecords, frame: Frame, pack: Pack) -> Mapping[str, ScoredOption]:
    """The options' scores by id: as they were decided on, or as far as they are known now."""
    decided = records.decision or records.proposal
    if decided is not None and decided.options:
        return {each.option_id: each for each in decided.options}
    constraints = records.last_collation.constraints if records.last_collation else ()
    scored = score_options(frame.options, constraints, recorded_scoring(frame, pack.dimensions))
    return {each.option_id: each for each in scored}


def _options(records: RunRecords, pack: Pack) -> list[dict[str, Any]]:
    frame = records.frame
    if frame is None:
        return []
    scored = _scored(records, frame, pack)
    return [
        {
            "id": option.id,
            "action": option.action,
            "summary": option.summary,
            "parameters": dict(option.parameters),
            "fields": dict(option.fields),
            "scores": dict(score.scores),
            "total": score.total,
            "violations": list(score.violations),
            "soft_violations": list(score.soft_violations),
        }
        for option, score in ((each, scored[each.id]) for each in frame.options)
    ]


def _revisions(collation: Collation | None) -> list[dict[str, Any]]:
    """What each agent that was asked again changed, and whether it changed anything."""
    return [{**plain(each), "changed": each.changed} for each in (collation.revisions if collation else ())]


def decision_document(decision: Decision | None) -> dict[str, Any] | None:
    """The choice and its figures; ``None`` where there is none."""
    if decision is None or not decision.option_id:
        return None
    return {
        "option_id": decision.option_id,
        "ranking": list(decision.ranking),
        "scores": dict(decision.scores),
        "total": decision.total,
        "justification": decision.justification,
        "confidence": decision.confidence,
    }


def begun_phases(run: Run, entries: Entries) -> frozenset[str]:
    """The phases that have begun: by the marks of the phases around them, or because an agent has started in them."""
    by_agents = {record.removesuffix("#started") for _, record in entries}
    by_marks = {name for name in PHASES if Moment.end_of(name) in run.marks}
    by_start = {PHASES[0]} if Moment.FRAME_STARTED in run.marks else set[str]()
    fork = fork_of(run)
    following = {**_FOLLOWING, **({"frame": fork.start.value} if fork else {})}
    after = {then for ended, then in following.items() if Moment.end_of(ended) in run.marks}
    return frozenset(by_agents | by_marks | by_start | after)


_FOLLOWING = {"frame": "recommend", "arbitrate": "decide"}
"""Phases that follow another without an agent having to start first."""


def taken_over(run: Run) -> tuple[str, ...]:
    """The phases of agents that a fork took over from its parent; none of a run of its own."""
    fork = fork_of(run)
    phases = [phase.value for phase in Phase]
    return tuple(phases[: phases.index(fork.start.value)]) if fork else ()


def _phases(run: Run, now: str, entries: Entries) -> list[dict[str, Any]]:
    """Each phase that has begun; it starts where the one before it ended."""
    began, start, found = begun_phases(run, entries), run.marks.get(Moment.FRAME_STARTED, run.created_at), []
    for name in PHASES:
        end = run.marks.get(Moment.end_of(name))
        if name not in began or (end is None and run.status is not RunStatus.RUNNING):
            continue
        seconds = seconds_between(start, end or now)
        found.append({"name": name, "status": "done" if end else "running", "duration_seconds": seconds})
        start = end or start
    return found


def _current_phase(run: Run, phases: Sequence[Mapping[str, Any]]) -> str:
    if run.status is not RunStatus.RUNNING:
        return ""
    under_way = [phase["name"] for phase in phases if phase["status"] == "running"]
    return under_way[-1] if under_way else phases[-1]["name"] if phases else ""
