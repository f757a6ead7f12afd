"""``decide``: the only way to an outcome. Pure code that checks the arbiter's choice and recomputes every score."""

from __future__ import annotations

from collections.abc import Sequence

from conclave.deliberation.constraints import holds, opposite, violations
from conclave.pack import ApprovalRule, Dimension
from conclave.types import (
    Choice,
    Collation,
    Constraint,
    Decision,
    Option,
    Reason,
    RunStatus,
    ScoredOption,
)

SCORE_DIGITS = 6
"""Scores are rounded once, here, so that the record, the page and a later recomputation agree to the last digit."""


def score_options(
    options: Sequence[Option], constraints: Sequence[Constraint], dimensions: Sequence[Dimension]
) -> tuple[ScoredOption, ...]:
    """Scores every option and lists the constraints that it breaks.

    Args:
        options: All options of the run.
        constraints: All constraints, united.
        dimensions: How the pack scores an option.

    Returns:
        One entry per option, in their order.
    """
    return tuple(_score(option, constraints, dimensions) for option in options)


def _score(option: Option, constraints: Sequence[Constraint], dimensions: Sequence[Dimension]) -> ScoredOption:
    scores = {each.name: round(min(1.0, max(0.0, each.score(option.fields))), SCORE_DIGITS) for each in dimensions}
    return ScoredOption(
        option_id=option.id,
        scores=scores,
        total=round(sum(each.weight * scores[each.name] for each in dimensions), SCORE_DIGITS),
        violations=violations(option, constraints),
        soft_violations=violations(option, constraints, hard=False),
    )


def decide(
    *,
    options: Sequence[Option],
    collation: Collation,
    choice: Choice | None,
    dimensions: Sequence[Dimension],
    approvals: Sequence[ApprovalRule],
) -> Decision:
    """Turns the arbiter's choice into an outcome.

    Args:
        options: All options of the run.
        collation: The last collation: constraints, halts, degraded agents.
        choice: The arbiter's answer; ``None`` when it was not asked.
        dimensions: How the pack scores an option.
        approvals: When a person has to approve.

    Returns:
        ``decided`` or ``approval_required`` with an option that breaks no hard constraint, or ``halted`` with reasons.
    """
    scored = score_options(options, collation.constraints, dimensions)
    degraded = bool(collation.degraded)
    reasons = (*collation.halts, *_refusals(scored, choice, halted=bool(collation.halts)))
    if reasons or choice is None:
        return Decision(status=RunStatus.HALTED, reasons=reasons, degraded=degraded, options=scored)
    by_id = {option.id: option for option in options}
    chosen = {each.option_id: each for each in scored}[choice.option_id]
    feasible = {each.option_id for each in scored if not each.violations}
    asks = _approvals(by_id[chosen.option_id], approvals)
    return Decision(
        status=RunStatus.APPROVAL_REQUIRED if asks else RunStatus.DECIDED,
        reasons=(*asks, *(_degraded(name) for name in collation.degraded)),
        option_id=chosen.option_id,
        ranking=tuple(option_id for option_id in _ranking(choice) if option_id in feasible),
        scores=chosen.scores,
        total=chosen.total,
        justification=choice.justification,
        confidence=choice.confidence,
        degraded=degraded,
        options=scored,
    )


def halted(reason: Reason, options: Sequence[ScoredOption] = (), *, degraded: bool = False) -> Decision:
    """The outcome of a run that could not come to a decision."""
    return Decision(status=RunStatus.HALTED, reasons=(reason,), degraded=degraded, options=options)


def _ranking(choice: Choice) -> tuple[str, ...]:
    return tuple(dict.fromkeys((choice.option_id, *choice.ranking)))


def _refusals(scored: Sequence[ScoredOption], choice: Choice | None, *, halted: bool) -> tuple[Reason, ...]:
    if halted:
        return ()
    if not any(not each.violations for each in scored):
        detail = "every option breaks a hard constraint" if scored else "the planner found no option"
        return (Reason(code="no_feasible_option", detail=detail),)
    if choice is None:
        return (Reason(code="arbiter_unavailable", detail="the arbiter was not asked"),)
    if choice.failure is not None:
        return (Reason(code="arbiter_unavailable", detail=f"{choice.failure.error}: {choice.failure.cause}"),)
    chosen = next((each for each in scored if each.option_id == choice.option_id), None)
    if chosen is None:
        return (Reason(code="choice_unknown", detail="the arbiter chose an option that does not exist"),)
    if chosen.violations:
        detail = f"the arbiter chose {chosen.option_id}, which breaks {', '.join(chosen.violations)}"
        return (Reason(code="choice_infeasible", detail=detail),)
    return ()


def _approvals(option: Option, rules: Sequence[ApprovalRule]) -> tuple[Reason, ...]:
    """The rules that ask for a person: all but those of which it is certain that they do not."""
    return tuple(
        Reason(code="approval_rule", detail=rule.reason)
        for rule in rules
        if not holds(fields=option.fields, field=rule.field, comparison=opposite(rule.operator), value=rule.value)
    )


def _degraded(agent: str) -> Reason:
    return Reason(code="business_agent_unavailable", detail="decided without this agent", agent=agent)
