"""The verdict of the gate: the candidate against the stable versions on the same cases, case by case. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from conclave.rollout.measured import Seen
from conclave.rollout.thresholds import Thresholds
from conclave.rollout.verdicts import MOST_CASES, Finding, Objection

LEAST_CASES = 5
"""Fewer cases are no judgement. One in which both sides halted for something that stands in no table tells nothing of either."""


class Case(Struct, frozen=True, kw_only=True):
    """One case, as both sides ran it.

    Attributes:
        name: Its name.
        stable: What the stable versions did.
        candidate: What the candidate did.
        halt_is_right: Whether a halt is right by what is known of the case; None where nothing is.
        remark: The warning (``agent/field``) that a text in the case asks for; empty where there is none.
        feasible: Whether an exact evaluation finds that the candidate's choice breaks nothing; None where there is none.
    """

    name: str
    stable: Seen
    candidate: Seen
    halt_is_right: bool | None = None
    remark: str = ""
    feasible: bool | None = None


def judged(cases: Sequence[Case], thresholds: Thresholds) -> tuple[Finding, ...]:
    """What is wrong with the candidate; nothing when it passed."""
    telling = sum(not (each.stable.ours and each.candidate.ours) for each in cases)
    if telling < LEAST_CASES:
        return (Finding(objection=Objection.TOO_FEW, seen=telling, allowed=LEAST_CASES),)
    return (*_never(cases), *_shares(cases, thresholds), *_ratios(cases, thresholds))


def _never(cases: Sequence[Case]) -> Iterator[Finding]:
    """What must not happen in any case."""
    found = {
        Objection.BROKEN_RULE: [each for each in cases if each.candidate.broken or each.feasible is False],
        Objection.LOST_RULE: [each for each in cases if not each.stable.rules <= each.candidate.rules],
        Objection.LOST_EVIDENCE: [each for each in cases if not each.stable.evidence <= each.candidate.evidence],
        Objection.LOST_HALT: [each for each in cases if not each.candidate.halted and _halt_is_right(each)],
        Objection.UNHEEDED_REMARK: [each for each in cases if each.remark and each.remark not in each.candidate.warned],
        Objection.LOWER_TIER: [each for each in cases if _lower(each)],
    }
    for objection, shown in found.items():
        if shown:
            yield Finding(objection=objection, seen=len(shown), allowed=0, cases=_names(shown))


def _halt_is_right(case: Case) -> bool:
    """A halt of the stable versions for a reason of ours is a defect of theirs, and the candidate may do better."""
    if case.halt_is_right is not None:
        return case.halt_is_right
    return case.stable.halted and not case.stable.ours


def _lower(case: Case) -> bool:
    before, now = case.stable.ranks, case.candidate.ranks
    return any(agent in now and now[agent] < rank for agent, rank in before.items())


def _shares(cases: Sequence[Case], allowed: Thresholds) -> Iterator[Finding]:
    """What may happen in a share of the cases more than before."""
    needless = [each for each in cases if each.candidate.halted and not each.stable.halted and not _wanted(each)]
    worse = [each for each in cases if _worse(each, allowed.worse_by)]
    counted = {
        Objection.WORSE_CHOICE: (worse, 0, allowed.worse_share),
        Objection.NEEDLESS_HALT: (needless, 0, allowed.needless_share),
        Objection.DEGRADED: (
            [each for each in cases if each.candidate.degraded],
            sum(each.stable.degraded for each in cases),
            allowed.degraded_share,
        ),
        Objection.ERRORS: (
            [each for each in cases if each.candidate.errors],
            sum(bool(each.stable.errors) for each in cases),
            allowed.error_share,
        ),
        Objection.FLAWED: (
            [each for each in cases if each.candidate.flaws],
            sum(bool(each.stable.flaws) for each in cases),
            allowed.flawed_share,
        ),
    }
    for objection, (shown, before, share) in counted.items():
        more = (len(shown) - before) / len(cases)
        if more > share:
            yield Finding(objection=objection, seen=round(more, 4), allowed=share, cases=_names(shown))


def _wanted(case: Case) -> bool:
    """A halt that is right, or that follows from a remark that was heeded."""
    return bool(case.halt_is_right) or bool(case.remark and case.remark in case.candidate.warned)


def _worse(case: Case, by: float) -> bool:
    before, now = case.stable.quality, case.candidate.quality
    return before is not None and now is not None and now < before - by


def _ratios(cases: Sequence[Case], allowed: Thresholds) -> Iterator[Finding]:
    """What it takes, over all cases that went equally far on both sides."""
    alike = [each for each in cases if each.stable.halted == each.candidate.halted]
    if not alike:
        return
    sums = (
        (Objection.TOKENS, allowed.tokens, [(each.stable.tokens, each.candidate.tokens) for each in alike]),
        (Objection.COST, allowed.cost, [(each.stable.usd, each.candidate.usd) for each in alike]),
        (Objection.SECONDS, allowed.seconds, [(each.stable.seconds, each.candidate.seconds) for each in alike]),
    )
    for objection, most, pairs in sums:
        before, now = (sum(pair[side] for pair in pairs) for side in (0, 1))
        if now > before * most:
            yield Finding(objection=objection, seen=round(now / before, 4) if before else now, allowed=most)


def _names(cases: Sequence[Case]) -> tuple[str, ...]:
    return tuple(each.name for each in cases[:MOST_CASES])
