"""The figures that a run's records give of the versions that it ran on. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from msgspec import Struct

from conclave.audit.canonical import sha256
from conclave.codes import ReasonCode
from conclave.records.run_records import RunRecords
from conclave.types import (
    Assessment,
    AssessmentStatus,
    Choice,
    Constraint,
    Decision,
    Exchange,
    RunStatus,
    ScoredOption,
    Side,
    Usage,
)

Rank = Callable[[str], int]
"""The rank of a model among the tiers, the weakest first; -1 for one of no tier."""

OURS = frozenset(
    {
        ReasonCode.SAFETY_AGENT_UNAVAILABLE,
        ReasonCode.CEILING_REACHED,
        ReasonCode.ARBITER_UNAVAILABLE,
        ReasonCode.CHOICE_UNKNOWN,
        ReasonCode.CHOICE_INFEASIBLE,
        ReasonCode.STEP_FAILED,
        ReasonCode.EXECUTION_FAILED,
    }
)
"""Reasons of a halt that stand in no table: what agents, models or functions did not give."""
_BY_PEOPLE = frozenset({ReasonCode.OVERRIDDEN, ReasonCode.REFUSED, ReasonCode.APPROVAL_EXPIRED})
"""Reasons of an outcome that is not what the versions proposed."""


class Seen(Struct, frozen=True, kw_only=True):
    """What one run shows.

    Attributes:
        run_id: The run.
        side: The side that it ran on.
        option: The chosen option; empty when it halted.
        halted: Whether it halted.
        ours: Whether it halted for something that stands in no table (``OURS``).
        degraded: Whether it was decided without a business agent.
        errors: Agents that gave no answer, in all phases.
        broken: Hard constraints that the choice breaks.
        flaws: Answers that break a rule of quality: without a rationale, or a ranking that leaves options out.
        rules: The hard constraints that checks brought, each as its agent and the hash of its predicate.
        warned: Fields on which a model added a hard constraint, each with its agent.
        evidence: The facts that checks and tools brought, each as its agent and id.
        ranks: The rank of the model that answered, by agent; of the arbiter, by how hard the choice was.
        quality: Place of the choice between the worst feasible option (0) and the best (1); None without a choice. Where people
            chose another option, or none, that of the versions all the same.
        tokens: Tokens of all calls.
        usd: Cost of all calls, US dollars.
        seconds: From the first step to the last: framing, and of each phase its slowest agent.
    """

    run_id: str
    side: Side
    option: str
    halted: bool
    ours: bool
    degraded: bool
    errors: int
    broken: int
    flaws: int
    rules: frozenset[str]
    warned: frozenset[str]
    evidence: frozenset[str]
    ranks: dict[str, int]
    quality: float | None
    tokens: int
    usd: float
    seconds: float


def seen_in(records: RunRecords, decision: Decision, choice: Choice | None, rank: Rank) -> Seen:
    """What a run that ended shows.

    Args:
        records: Its records.
        decision: Its outcome.
        choice: The arbiter's answer, which stands in the journal; None where nothing was arbitrated.
        rank: Ranks models.
    """
    answers = list(records.assessments.values())
    halted = decision.status is RunStatus.HALTED
    chosen = next((each for each in decision.options if each.option_id == decision.option_id), None)
    feasible = [each for each in decision.options if not each.violations]
    frame = records.frame
    asked = frame.exchanges if frame else ()
    usage = decision.usage
    pin = records.manifest.pin
    return Seen(
        run_id=records.run.run_id,
        side=pin.side if pin else Side.STABLE,
        option=decision.option_id,
        halted=halted,
        ours=halted and any(reason.code in OURS for reason in decision.reasons),
        degraded=decision.degraded,
        errors=sum(each.status is not AssessmentStatus.OK for each in answers) + bool(choice and choice.failure),
        broken=len(chosen.violations) if chosen else 0,
        flaws=_flaws(answers, choice, len(feasible)),
        rules=frozenset(_rule(each) for each in _constraints(answers) if each.hard and not each.judged),
        warned=frozenset(f"{each.agent}/{each.field}" for each in _constraints(answers) if each.hard and each.judged),
        evidence=frozenset(f"{each.agent}/{fact.id}" for each in answers for fact in each.facts),
        ranks=_ranks(answers, choice, rank),
        quality=_quality(_chosen_by_versions(decision, choice, chosen, feasible), feasible),
        tokens=_tokens(usage),
        usd=usage.cost_usd,
        seconds=round(_taken(asked) + sum(_slowest(answers, phase) for phase in _phases(answers)) + _of(choice), 3),
    )


def _constraints(answers: Iterable[Assessment]) -> Iterable[Constraint]:
    return (each for answer in answers for each in answer.constraints)


def _rule(constraint: Constraint) -> str:
    predicate = [constraint.field, constraint.operator.value, constraint.value, constraint.unit]
    return f"{constraint.agent}/{constraint.field}/{sha256(repr(predicate).encode())[:12]}"


def _flaws(answers: Iterable[Assessment], choice: Choice | None, feasible: int) -> int:
    silent = sum(each.status is AssessmentStatus.OK and not each.rationale.strip() for each in answers)
    if choice is None or choice.failure:
        return silent
    return silent + (not choice.justification.strip()) + (len({*choice.ranking}) < feasible)


def _ranks(answers: Iterable[Assessment], choice: Choice | None, rank: Rank) -> dict[str, int]:
    """The weakest model that answered for each agent."""
    found: dict[str, int] = {}
    for each in answers:
        if each.model:
            found[each.agent] = min(found.get(each.agent, rank(each.model)), rank(each.model))
    if choice is not None and choice.model:
        found[f"arbiter/{choice.complexity or ''}"] = rank(choice.model)
    return found


def _chosen_by_versions(
    decision: Decision, choice: Choice | None, chosen: ScoredOption | None, feasible: Collection[ScoredOption]
) -> ScoredOption | None:
    """The option that the arbiter chose, also where people did not take it: what they mend is no merit of the versions."""
    if choice is None or not any(reason.code in _BY_PEOPLE for reason in decision.reasons):
        return chosen
    return next((each for each in feasible if each.option_id == choice.option_id), None)


def _quality(chosen: ScoredOption | None, feasible: Collection[ScoredOption]) -> float | None:
    if chosen is None:
        return None
    totals = [each.total for each in feasible]
    best, worst = max(totals, default=chosen.total), min(totals, default=chosen.total)
    return 1.0 if best <= worst else round(max(0.0, (chosen.total - worst) / (best - worst)), 6)


def _tokens(usage: Usage) -> int:
    return usage.input_tokens + usage.output_tokens + usage.cache_read_tokens + usage.cache_write_tokens


def _phases(answers: Iterable[Assessment]) -> list[str]:
    return sorted({each.phase.value for each in answers})


def _slowest(answers: Iterable[Assessment], phase: str) -> float:
    return max(each.duration_seconds for each in answers if each.phase.value == phase)


def _of(choice: Choice | None) -> float:
    return choice.duration_seconds if choice else 0.0


def _taken(exchanges: Iterable[Exchange]) -> float:
    return sum(each.duration_seconds for each in exchanges)
