"""The verdict on a candidate that a share of the runs is on: one step on, stay, or back. Pure.

The sides saw different runs, drawn by the runs' ids alone. So a difference counts only where chance does not explain it: shares
by Fisher's exact test, one-sided; tokens, cost and durations by Welch's test on their logarithms, since few runs are dear. What
must never happen needs no test: once is enough.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from statistics import NormalDist, fmean, variance

from msgspec import Struct

from conclave.rollout.measured import Seen
from conclave.rollout.record import Record
from conclave.rollout.thresholds import Thresholds
from conclave.rollout.verdicts import MOST_CASES, Finding, Objection
from conclave.types import Side


class Way(StrEnum):
    """What follows."""

    STAY = "stay"
    ON = "on"
    BACK = "back"


class Look(Struct, frozen=True, kw_only=True):
    """A look at both sides.

    Attributes:
        way: What follows.
        findings: Of ``BACK`` why; of ``STAY`` what there is too little of, nothing where only time is missing.
        runs: Runs by side.
    """

    way: Way
    findings: tuple[Finding, ...]
    runs: dict[str, int]


def looked_at(record: Record, seen: Sequence[Seen], *, minutes: float) -> Look:
    """The verdict on a candidate.

    Args:
        record: The rollout; its state is ``CANARY``.
        seen: The runs that began since this share did, of both sides.
        minutes: Since this share began.
    """
    allowed = record.thresholds
    stable = [each for each in seen if each.side is Side.STABLE]
    candidate = [each for each in seen if each.side is Side.CANDIDATE]
    runs = {Side.STABLE.value: len(stable), Side.CANDIDATE.value: len(candidate)}
    if broken := [each.run_id for each in candidate if each.broken]:
        finding = Finding(
            objection=Objection.BROKEN_RULE, seen=len(broken), allowed=0, cases=tuple(broken[:MOST_CASES])
        )
        return Look(way=Way.BACK, findings=(finding,), runs=runs)
    if few := _too_few(stable, candidate, allowed):
        return Look(way=Way.STAY, findings=few, runs=runs)
    wrong = (*_rates(stable, candidate, allowed), *_means(stable, candidate, allowed))
    if wrong:
        return Look(way=Way.BACK, findings=wrong, runs=runs)
    # What halted for something that stands in no table, on both sides alike, shows nothing of either.
    of_stable, of_candidate = ([each for each in side if not each.ours] for side in (stable, candidate))
    if few := _too_few(of_stable, of_candidate, allowed):
        return Look(way=Way.STAY, findings=few, runs=runs)
    return Look(way=Way.ON if minutes >= allowed.step_minutes else Way.STAY, findings=(), runs=runs)


def _too_few(stable: Sequence[Seen], candidate: Sequence[Seen], allowed: Thresholds) -> tuple[Finding, ...]:
    return tuple(
        Finding(objection=Objection.TOO_FEW, seen=len(side), allowed=allowed.least_runs, cases=(name.value,))
        for name, side in ((Side.STABLE, stable), (Side.CANDIDATE, candidate))
        if len(side) < allowed.least_runs
    )


def _rates(stable: Sequence[Seen], candidate: Sequence[Seen], allowed: Thresholds) -> Iterator[Finding]:
    usual = _usual_ranks(stable)
    rates: tuple[tuple[Objection, float, Callable[[Seen], bool]], ...] = (
        (Objection.NEEDLESS_HALT, allowed.needless_share, lambda each: each.halted),
        (Objection.DEGRADED, allowed.degraded_share, lambda each: each.degraded),
        (Objection.ERRORS, allowed.error_share, lambda each: bool(each.errors)),
        (Objection.FLAWED, allowed.flawed_share, lambda each: bool(each.flaws)),
        (Objection.LOWER_TIER, 0.0, lambda each: _below(each, usual)),
        (
            Objection.WORSE_CHOICE,
            allowed.worse_share,
            lambda each: each.quality is not None and each.quality < 1 - allowed.worse_by,
        ),
    )
    for objection, share, counts in rates:
        before, counted = sum(map(counts, stable)), [each.run_id for each in candidate if counts(each)]
        more = len(counted) / len(candidate) - before / len(stable)
        if more > share and chance(len(counted), len(candidate), before, len(stable)) < allowed.doubt:
            cases = tuple(counted[:MOST_CASES])
            yield Finding(objection=objection, seen=round(more, 4), allowed=share, cases=cases)


def _usual_ranks(stable: Sequence[Seen]) -> dict[str, int]:
    """The rank that most answers of an agent have."""
    found: dict[str, list[int]] = {}
    for each in stable:
        for agent, rank in each.ranks.items():
            found.setdefault(agent, []).append(rank)
    return {agent: sorted(ranks)[len(ranks) // 2] for agent, ranks in found.items()}


def _below(seen: Seen, usual: dict[str, int]) -> bool:
    return any(rank < usual.get(agent, rank) for agent, rank in seen.ranks.items())


def _means(stable: Sequence[Seen], candidate: Sequence[Seen], allowed: Thresholds) -> Iterator[Finding]:
    means: tuple[tuple[Objection, float, Callable[[Seen], float]], ...] = (
        (Objection.TOKENS, allowed.tokens, lambda each: float(each.tokens)),
        (Objection.COST, allowed.cost, lambda each: each.usd),
        (Objection.SECONDS, allowed.seconds, lambda each: each.seconds),
    )
    for objection, most, figure in means:
        before, now = (
            [math.log(value) for each in side if (value := figure(each)) > 0] for side in (stable, candidate)
        )
        if len(before) < 2 or len(now) < 2:
            continue
        difference = fmean(now) - fmean(before)
        spread = math.sqrt(variance(now) / len(now) + variance(before) / len(before))
        if difference > math.log(most) and (spread == 0 or 1 - NormalDist().cdf(difference / spread) < allowed.doubt):
            yield Finding(objection=objection, seen=round(math.exp(difference), 4), allowed=most)


def chance(now: int, of_now: int, before: int, of_before: int) -> float:
    """The probability that chance puts at least ``now`` of all events among ``of_now`` runs: Fisher's exact test, one-sided."""
    events, runs = now + before, of_now + of_before
    ways = math.comb(runs, events)
    most = min(events, of_now)
    return sum(math.comb(of_now, each) * math.comb(of_before, events - each) for each in range(now, most + 1)) / ways
