"""What is looked up in the records of a run for a question: facts with evidence ids, and gaps for what is not there.

Each look-up is a tool of the conversation, its docstring written for the model. All are pure: a run is read, never changed.
What a model or a stranger wrote (a rationale, a reason, a remark) stands in the text of a fact and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conclave.conversation.subject import Subject, not_available, told
from conclave.deliberation.constraints import complies
from conclave.pack import tool
from conclave.records.run_records import by_id
from conclave.types import (
    Assessment,
    Constraint,
    Fact,
    Gap,
    GapReason,
    Phase,
    ToolResult,
    Usage,
    Value,
)

MOST_ROWS = 12
"""Facts with a text, or of one kind, that one look-up brings: an answer needs few, and every row is paid for."""


@tool(reads=())
def decision(subject: Subject) -> ToolResult:
    """How the run ended: status, reasons, the chosen option, and score and feasibility of every option."""
    decided = subject.decision
    if decided is None:
        return _missing("decision", f"the run is {subject.records.run.status.value} and not decided yet")
    broken = sum(bool(each.violations) for each in subject.scored.values())
    values: dict[str, Value] = {
        "status": subject.records.run.status.value,
        "option": decided.option_id or None,
        "total": decided.total if decided.option_id else None,
        "degraded": decided.degraded,
        "options": len(subject.scored),
        "infeasible": broken,
    }
    reasons = [
        told(f"reasons/{place}", "reason", {"code": each.code, "agent": each.agent}, each.detail)
        for place, each in enumerate(decided.reasons[:MOST_ROWS], start=1)
    ]
    why = subject.choice.justification if subject.choice else decided.justification
    outcome = told("decision/outcome", "decision", values, why)
    ranked = sorted(
        subject.scored.values(), key=lambda each: (each.option_id != subject.chosen, -each.total, each.option_id)
    )
    return ToolResult(facts=(outcome, *reasons, *(_score(subject, each.option_id) for each in ranked)))


@tool(reads=())
def option(subject: Subject, option_id: str) -> ToolResult:
    """One option: its figures, its score, every constraint that it breaks with source and evidence, what each agent gave it,
    and how it differs from the chosen one.

    Args:
        option_id: Id of the option, as O2.
    """
    found = subject.options.get(option_id)
    if found is None:
        return _missing("option", f"no such option; there are {', '.join(subject.options)}")
    figures = {name: value for name, value in {**found.parameters, **found.fields}.items() if value is not None}
    own = told(f"options/{found.id}", "option", {"action": found.action, **figures})
    broken = [each for each in subject.constraints if not complies(found, each)]
    violated = [_violation(found.id, found.fields.get(each.field), each) for each in broken]
    rests_on = [subject.facts[each.evidence_id] for each in broken if each.evidence_id in subject.facts]
    return ToolResult(
        facts=(
            _score(subject, found.id),
            *violated,
            own,
            *_compared(subject, found.id),
            *_preferences(subject, found.id),
            *_each_once(rests_on),
        )
    )


@tool(reads=())
def assessment(subject: Subject, agent: str) -> ToolResult:
    """What one agent said in each phase, which constraints and gaps it brought, which options these rule out, and what it
    changed when its peers' answers came.

    Args:
        agent: Name of the agent.
    """
    said = [(phase, each) for (phase, name), each in subject.assessments.items() if name == agent]
    if not said:
        names = ", ".join(each.name for each in subject.records.manifest.specialists)
        return _missing("assessment", f"no such answer; the agents are {names}")
    last = said[-1][1]
    looked_at = [fact for fact in last.facts if fact.text or any(_based(each, fact) for each in last.constraints)]
    return ToolResult(
        facts=(
            *(_assessment(phase, each) for phase, each in said),
            *(_constraint(subject, each) for each in last.constraints[:MOST_ROWS]),
            *_changes(subject, agent),
            *(_gap(each) for each in last.gaps[:MOST_ROWS]),
            *_each_once(looked_at),
        )
    )


@tool(reads=())
def gaps(subject: Subject) -> ToolResult:
    """What nobody could look at in this run: missing records, failed queries, stale data; and agents without an answer."""
    silent = [
        told(f"unavailable/{name}", "unavailable", {"agent": name, "phase": phase.value})
        for (phase, name), each in subject.assessments.items()
        if each.failure is not None
    ]
    counted = told("gaps/all", "gaps", {"gaps": len(subject.gaps), "agents_unavailable": len(silent)})
    return ToolResult(facts=(counted, *(_gap(each) for each in subject.gaps[:MOST_ROWS]), *silent))


@tool(reads=())
def costs(subject: Subject) -> ToolResult:
    """What the run cost by agent: tokens, model calls, US dollars. Not what its options cost, see option."""
    by_agent: dict[str, list[Usage]] = {}
    for (_, name), each in subject.assessments.items():
        by_agent.setdefault(name, []).append(each.usage)
    if subject.choice is not None:
        by_agent[subject.records.manifest.arbiter.name] = [subject.choice.usage]
    decided = subject.decision.usage if subject.decision else subject.records.usage
    return ToolResult(facts=(_cost("run", [decided]), *(_cost(name, used) for name, used in by_agent.items())))


@tool(reads=())
def evidence(subject: Subject, evidence_id: str) -> ToolResult:
    """One piece of data as the run saw it.

    Args:
        evidence_id: Its id, as another tool gave it.
    """
    found = subject.facts.get(evidence_id)
    return ToolResult(facts=(found,)) if found else _missing("evidence", "the run looked at nothing of that id")


LOOKUPS = (decision, option, assessment, gaps, costs, evidence)


def _missing(name: str, detail: str) -> ToolResult:
    return not_available(name, GapReason.MISSING, detail)


def _each_once(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    return tuple(by_id(facts).values())[:MOST_ROWS]


def _based(constraint: Constraint, fact: Fact) -> bool:
    return constraint.evidence_id == fact.id


def _score(subject: Subject, option_id: str) -> Fact:
    scored = subject.scored[option_id]
    ranked = sorted(subject.scored.values(), key=lambda each: (-each.total, each.option_id))
    values: dict[str, Value] = {
        "option": option_id,
        "action": subject.options[option_id].action,
        "total": scored.total,
        "rank_by_total": 1 + [each.option_id for each in ranked].index(option_id),
        "chosen": option_id == subject.chosen,
        "feasible": not scored.violations,
        "violations": len(scored.violations),
        **{f"score_{name}": value for name, value in scored.scores.items()},
    }
    return told(f"scores/{option_id}", "score", values)


def _violation(option_id: str, actual: Value, broken: Constraint) -> Fact:
    values: dict[str, Value] = {"option": option_id, "field": broken.field, "is": actual, **_predicate(broken)}
    return told(f"violations/{option_id}/{broken.id}", "violation", values, broken.reason)


def _predicate(constraint: Constraint) -> dict[str, Value]:
    return {
        "must_be": f"{constraint.operator.value} {_told(constraint.value)}",
        "limit": constraint.value,
        "unit": constraint.unit,
        "hard": constraint.hard,
        "source": constraint.source,
        "evidence": constraint.evidence_id,
        "agent": constraint.agent,
    }


def _told(value: Value) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)


def _constraint(subject: Subject, constraint: Constraint) -> Fact:
    breaking = [each.id for each in subject.frame.options if not complies(each, constraint)]
    values: dict[str, Value] = {
        "field": constraint.field,
        **_predicate(constraint),
        "options_breaking_it": len(breaking),
        "broken_by": " ".join(breaking) or None,
    }
    return told(f"constraints/{constraint.id}", "constraint", values, constraint.reason)


def _assessment(phase: Phase, said: Assessment) -> Fact:
    ranked = sorted(said.scores.items(), key=lambda each: (-each[1], each[0]))
    best, worst = (ranked[0], ranked[-1]) if ranked else (("", None), ("", None))
    values: dict[str, Value] = {
        "agent": said.agent,
        "phase": phase.value,
        "status": said.status.value,
        "verdict": said.verdict.value if said.verdict else None,
        "stance": said.stance.value if said.stance else None,
        "confidence": said.confidence,
        "best": best[0] or None,
        "best_score": best[1],
        "worst": worst[0] or None,
        "worst_score": worst[1],
        "constraints": len(said.constraints),
        "gaps": len(said.gaps),
        "failure": said.failure.error if said.failure else None,
    }
    return told(f"assessments/{phase.value}/{said.agent}", "assessment", values, said.rationale)


def _changes(subject: Subject, agent: str) -> Iterator[Fact]:
    """What an agent changed when it was asked again: as it was collated, and the scores that moved, by option."""
    last = subject.records.last_collation
    for each in last.revisions if last else ():
        if each.agent == agent:
            values: dict[str, Value] = {
                "agent": agent,
                "stance": each.stance.value if each.stance else None,
                "verdict_changed": each.verdict,
                "scores_changed": each.scores,
                "constraints_added": each.constraints,
                "favourite_changed": each.favourite,
            }
            yield told(f"changes/{agent}", "change", values)
    first, again = (subject.assessments.get((phase, agent)) for phase in (Phase.RECOMMEND, Phase.REVISE))
    if first is None or again is None:
        return
    moved = [each for each in again.scores if again.scores[each] != first.scores.get(each)]
    for name in moved[:MOST_ROWS]:
        values = {"agent": agent, "option": name, "before": first.scores.get(name), "after": again.scores[name]}
        yield told(f"changes/{agent}/{name}", "score_change", values)


def _gap(gap: Gap) -> Fact:
    values: dict[str, Value] = {
        "tool": gap.tool,
        "item": gap.item,
        "reason": gap.reason.value,
        "mandatory": gap.mandatory,
    }
    return told(f"gaps/{gap.tool}/{gap.item}", "gap", values, gap.detail)


def _cost(name: str, used: Sequence[Usage]) -> Fact:
    values: dict[str, Value] = {
        "of": name,
        "input_tokens": sum(each.input_tokens for each in used),
        "output_tokens": sum(each.output_tokens for each in used),
        "cached_tokens": sum(each.cache_read_tokens for each in used),
        "model_calls": sum(each.model_calls for each in used),
        "cost_usd": round(sum(each.cost_usd for each in used), 9),
    }
    return told(f"costs/{name}", "cost", values)


def _preferences(subject: Subject, option_id: str) -> Iterator[Fact]:
    """The latest score that each agent gave an option, beside its best."""
    latest = {name: each for (_, name), each in subject.assessments.items() if each.scores}
    values: dict[str, Value] = {name: each.scores.get(option_id) for name, each in latest.items()}
    if values:
        yield told(f"preferences/{option_id}", "agents_score", values)


def _compared(subject: Subject, option_id: str) -> Iterator[Fact]:
    """The figures in which an option differs from the chosen one, and by how much."""
    chosen = subject.options.get(subject.chosen)
    if chosen is None or chosen.id == option_id:
        return
    one = subject.options[option_id].fields
    for name, other in chosen.fields.items():
        value = one.get(name)
        if _number(value) and _number(other) and value != other:
            difference = round(value - other, 6)  # type: ignore[operator]
            values: dict[str, Value] = {
                "field": name,
                "unit": _unit(subject, name),
                option_id: value,
                chosen.id: other,
                "difference": difference,
            }
            yield told(f"comparison/{option_id}/{chosen.id}/{name}", "comparison", values)


def _number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _unit(subject: Subject, field: str) -> str:
    return next((each.unit for each in subject.records.manifest.fields if each.name == field), "")
