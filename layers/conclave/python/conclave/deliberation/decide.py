"""``decide``: the only way to an outcome. Pure code that checks the arbiter's choice against scores that no model wrote."""

from __future__ import annotations

from collections.abc import Sequence

from conclave.codes import ReasonCode
from conclave.deliberation.constraints import holds, opposite
from conclave.deliberation.scoring import Scoring, score_options
from conclave.money.ledger import out_of_money
from conclave.pack import ApprovalRule
from conclave.types import (
    Choice,
    Collation,
    Decision,
    Option,
    Reason,
    RunStatus,
    ScoredOption,
    StandIn,
)

STAND_IN_CHARACTERS = 300


def decide(
    *,
    options: Sequence[Option],
    collation: Collation,
    choice: Choice | None,
    scoring: Scoring,
    approvals: Sequence[ApprovalRule],
    read_by: StandIn | None = None,
) -> Decision:
    """Turns the arbiter's choice into an outcome.

    Args:
        options: All options of the run.
        collation: The last collation: constraints, halts, degraded agents.
        choice: The arbiter's answer; ``None`` when it was not asked.
        scoring: The scores of the options.
        approvals: When a person has to approve.
        read_by: The model that read the report in place of another, if one did.

    Returns:
        ``decided`` or ``approval_required`` with an option that breaks no hard constraint, or ``halted`` with reasons.
    """
    scored = score_options(options, collation.constraints, scoring)
    degraded = bool(collation.degraded)
    reasons = (*collation.halts, *_refusals(scored, choice, halted=bool(collation.halts)))
    if reasons or choice is None:
        return Decision(status=RunStatus.HALTED, reasons=reasons, degraded=degraded, options=scored)
    by_id = {option.id: option for option in options}
    chosen = {each.option_id: each for each in scored}[choice.option_id]
    feasible = {each.option_id for each in scored if not each.violations}
    asks = tuple(
        Reason(code=ReasonCode.APPROVAL_RULE, detail=rule.reason)
        for rule in rules_that_ask(by_id[chosen.option_id], approvals)
    )
    return Decision(
        status=RunStatus.APPROVAL_REQUIRED if asks else RunStatus.DECIDED,
        reasons=(
            *asks,
            *(_degraded(name) for name in collation.degraded),
            *(_stood_in(each) for each in (read_by, *collation.stood_in, choice.stood_in) if each),
        ),
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
        return (Reason(code=ReasonCode.NO_FEASIBLE_OPTION, detail=detail),)
    if choice is None:
        return (Reason(code=ReasonCode.ARBITER_UNAVAILABLE, detail="the arbiter was not asked"),)
    if choice.failure is not None:
        code = ReasonCode.CEILING_REACHED if out_of_money(choice.failure) else ReasonCode.ARBITER_UNAVAILABLE
        return (Reason(code=code, detail=f"{choice.failure.error}: {choice.failure.cause}"),)
    chosen = next((each for each in scored if each.option_id == choice.option_id), None)
    if chosen is None:
        return (Reason(code=ReasonCode.CHOICE_UNKNOWN, detail="the arbiter chose an option that does not exist"),)
    if chosen.violations:
        detail = f"the arbiter chose {chosen.option_id}, which breaks {', '.join(chosen.violations)}"
        return (Reason(code=ReasonCode.CHOICE_INFEASIBLE, detail=detail),)
    return ()


def rules_that_ask(option: Option, rules: Sequence[ApprovalRule]) -> tuple[ApprovalRule, ...]:
    """The rules that ask for a person: all but those of which it is certain that they do not."""
    return tuple(
        rule
        for rule in rules
        if not holds(fields=option.fields, field=rule.field, comparison=opposite(rule.operator), value=rule.value)
    )


def _degraded(agent: str) -> Reason:
    return Reason(code=ReasonCode.BUSINESS_AGENT_UNAVAILABLE, detail="decided without this agent", agent=agent)


def _stood_in(each: StandIn) -> Reason:
    detail = f"{each.model} answered in place of {each.wanted} ({each.because.value})"
    return Reason(code=ReasonCode.MODEL_STOOD_IN, detail=detail[:STAND_IN_CHARACTERS], agent=each.agent)
