"""``collate``: what the assessments of a phase mean together. Pure code; no model can change what it unites."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

from msgspec import structs

from conclave.codes import ReasonCode
from conclave.deliberation.constraints import complies, unite, violations
from conclave.deliberation.revising import favourite, ranked, revision, who_revises
from conclave.money.ledger import out_of_money
from conclave.types import (
    AgentKind,
    Assessment,
    AssessmentStatus,
    Claim,
    Collation,
    Conflict,
    ConflictKind,
    Constraint,
    Gap,
    Option,
    Phase,
    Reason,
    Revision,
    StandIn,
    Verdict,
)

CLAIMED_OPTIONS = 3
"""Number of best options, and of worst options, that an agent's claim names."""


def collate(
    *,
    phase: Phase,
    options: Sequence[Option],
    frame_gaps: Sequence[Gap],
    assessments: Sequence[Assessment],
    previous: Collation | None = None,
    earlier: Sequence[Assessment] = (),
    added: Sequence[Constraint] = (),
) -> Collation:
    """Unites the constraints and gaps of a phase, finds conflicts, and decides who has a reason to answer again.

    Args:
        phase: The phase the assessments belong to.
        options: All options of the run.
        frame_gaps: What the planner could not see.
        assessments: One per agent that was asked in this phase.
        previous: The collation of the phase before; its constraints are kept whatever the agents say now.
        earlier: The assessments of the phase before, for agents that were not asked again.
        added: Constraints that nobody in the room brought: those of a fork.

    Returns:
        The collation. ``halts`` is not empty when a safety agent failed, rejected, or misses mandatory facts.
    """
    current = _latest(earlier, assessments)
    answered = [each for each in current if each.status is AssessmentStatus.OK]
    everything = (*earlier, *assessments)
    before = previous.constraints if previous else ()
    constraints = unite(added, before, *(each.constraints for each in everything))
    gaps = _distinct(
        (*frame_gaps, *(previous.gaps if previous else ()), *(gap for each in everything for gap in each.gaps))
    )
    feasible = tuple(option.id for option in options if not violations(option, constraints))
    return Collation(
        phase=phase,
        constraints=constraints,
        conflicts=_conflicts(answered, options, feasible),
        claims=tuple(_claim(each, feasible) for each in answered),
        revise=() if phase is not Phase.RECOMMEND else who_revises(answered, options, constraints),
        gaps=gaps,
        halts=reasons_to_halt(everything, frame_gaps),
        degraded=tuple(
            each.agent for each in current if each.kind is AgentKind.BUSINESS and each.status is not AssessmentStatus.OK
        ),
        feasible=feasible,
        revisions=_revisions(earlier, assessments, feasible),
        stood_in=_stood_in(everything),
    )


def _latest(earlier: Iterable[Assessment], assessments: Iterable[Assessment]) -> tuple[Assessment, ...]:
    by_agent: dict[str, Assessment] = {each.agent: each for each in earlier}
    for each in assessments:
        answered_before = by_agent.get(each.agent)
        # A business agent that fails in revise keeps its first answer; a safety agent's failure always stands.
        lost = each.status is not AssessmentStatus.OK and each.kind is AgentKind.BUSINESS
        if not (lost and answered_before is not None and answered_before.status is AssessmentStatus.OK):
            by_agent[each.agent] = each
    return tuple(by_agent[name] for name in sorted(by_agent))


def _revisions(
    earlier: Iterable[Assessment], assessments: Iterable[Assessment], feasible: Sequence[str]
) -> tuple[Revision, ...]:
    before = {each.agent: each for each in earlier}
    return tuple(revision(before[each.agent], each, feasible) for each in assessments if each.agent in before)


def _stood_in(assessments: Iterable[Assessment]) -> tuple[StandIn, ...]:
    """The models that answered in place of others; whose answer it is says the assessment."""
    found = (structs.replace(each.stood_in, agent=each.agent) for each in assessments if each.stood_in)
    return tuple(dict.fromkeys(found))


def _distinct(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    return tuple(dict.fromkeys(gaps))


def reasons_to_halt(assessments: Iterable[Assessment], frame_gaps: Iterable[Gap]) -> tuple[Reason, ...]:
    """The reasons to halt: facts that nobody may decide without, and safety agents that failed or reject everything."""
    reasons: dict[Reason, None] = {}
    for gap in frame_gaps:
        if gap.mandatory:
            reasons[Reason(code=ReasonCode.MANDATORY_FACTS_MISSING, detail=f"{gap.item}: {gap.detail}")] = None
    for each in assessments:
        if each.kind is not AgentKind.SAFETY:
            continue
        if each.status is not AssessmentStatus.OK:
            failure = each.failure
            detail = f"{failure.error}: {failure.cause}" if failure else "no answer and no cause"
            code = ReasonCode.CEILING_REACHED if out_of_money(failure) else ReasonCode.SAFETY_AGENT_UNAVAILABLE
            reasons[Reason(code=code, detail=detail, agent=each.agent)] = None
        for gap in each.gaps:
            if gap.mandatory:
                detail = f"{gap.item}: {gap.detail}"
                reasons[Reason(code=ReasonCode.MANDATORY_FACTS_MISSING, detail=detail, agent=each.agent)] = None
        if each.verdict is Verdict.REJECT:
            detail = "the agent rejects every course of action"
            reasons[Reason(code=ReasonCode.SAFETY_AGENT_REJECTS, detail=detail, agent=each.agent)] = None
    return tuple(sorted(reasons, key=lambda reason: (reason.code, reason.agent, reason.detail)))


def _claim(assessment: Assessment, feasible: Sequence[str]) -> Claim:
    """What it says to its peers: of the options that are still open, where any is."""
    order = ranked(assessment, feasible or assessment.scores)
    return Claim(
        agent=assessment.agent,
        kind=assessment.kind,
        verdict=assessment.verdict or Verdict.CAUTION,
        confidence=assessment.confidence,
        constraint_ids=tuple(sorted({each.id for each in assessment.constraints})),
        best=tuple(order[:CLAIMED_OPTIONS]),
        worst=tuple(reversed(order[-CLAIMED_OPTIONS:])),
    )


def _conflicts(
    answered: Sequence[Assessment], options: Sequence[Option], feasible: Sequence[str]
) -> tuple[Conflict, ...]:
    by_id = {option.id: option for option in options}
    safety = [each for each in answered if each.kind is AgentKind.SAFETY]
    business = [each for each in answered if each.kind is AgentKind.BUSINESS]
    return (
        *_safety_against_business(safety, business, by_id),
        *_safety_against_safety(safety, options),
        *_business_against_business(business, feasible or tuple(by_id)),
    )


def _safety_against_business(
    safety: Sequence[Assessment], business: Sequence[Assessment], options: Mapping[str, Option]
) -> Iterable[Conflict]:
    for wish in business:
        option = options.get(favourite(wish, wish.scores))
        if option is None:
            continue
        for guard in safety:
            broken = violations(option, guard.constraints)
            if broken:
                yield Conflict(
                    kind=ConflictKind.SAFETY_BUSINESS,
                    agents=(guard.agent, wish.agent),
                    option_id=option.id,
                    constraint_ids=broken,
                    detail=f"{wish.agent} prefers {option.id}, which {guard.agent} rules out",
                )


def _safety_against_safety(safety: Sequence[Assessment], options: Sequence[Option]) -> Iterable[Conflict]:
    allowed = {
        each.agent: {option.id for option in options if not violations(option, each.constraints)} for each in safety
    }
    for first, second in combinations(safety, 2):
        if allowed[first.agent] and allowed[second.agent] and not allowed[first.agent] & allowed[second.agent]:
            hard = [each for each in (*first.constraints, *second.constraints) if each.hard]
            yield Conflict(
                kind=ConflictKind.SAFETY_SAFETY,
                agents=(first.agent, second.agent),
                constraint_ids=tuple(
                    sorted({each.id for each in hard if any(not complies(option, each) for option in options)})
                ),
                detail=f"no option satisfies both {first.agent} and {second.agent}",
            )


def _business_against_business(business: Sequence[Assessment], among: Sequence[str]) -> Iterable[Conflict]:
    """Wishes for options that are still open: who wants what nobody can have is in no one's way."""
    for first, second in combinations(business, 2):
        wish, other = favourite(first, among), favourite(second, among)
        if not wish or not other or wish == other:
            continue
        if other in ranked(first, among)[-CLAIMED_OPTIONS:] or wish in ranked(second, among)[-CLAIMED_OPTIONS:]:
            yield Conflict(
                kind=ConflictKind.BUSINESS_BUSINESS,
                agents=(first.agent, second.agent),
                option_id=wish,
                detail=f"{first.agent} prefers {wish}, {second.agent} prefers {other}",
            )
