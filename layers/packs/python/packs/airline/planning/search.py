"""The search for the best ways to fly: every aircraft, every crew, every departure time that no rule forbids.

It judges by the same fields and scores that the options carry. What it leaves out is only a shorter list: whether an option may
be flown is decided by the checks of the agents, which look for themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from conclave.pack import Value
from msgspec import Struct, structs

from packs.airline.bounds import BEST_OPTIONS
from packs.airline.fields import FIELDS
from packs.airline.planning import costs
from packs.airline.planning.effects.aircraft import turnaround_margin
from packs.airline.planning.effects.fields import FlyingEffects
from packs.airline.planning.effects.move import Move
from packs.airline.planning.situation import Situation
from packs.airline.scores import DIMENSIONS

_LEAST = tuple((each.name, each.least) for each in FIELDS if each.least is not None)
_MOST = tuple((each.name, each.most) for each in FIELDS if each.most is not None)
_MUST = tuple((each.name, each.must) for each in FIELDS if each.must is not None)


ROUNDED_USD = 5
"""More than the rounding of the parts of a total takes away."""


class Found(Struct, frozen=True, kw_only=True):
    """A way to fly that the planner's own figures allow, and its total score."""

    move: Move
    total: float


def best_moves(situation: Situation, moves: Iterable[Move], effects: FlyingEffects) -> list[Found]:
    """The best way to fly with each aircraft by total score: the best ``BEST_OPTIONS`` of them, best first.

    Those that promise most are computed first, so that most of the others need not be.
    """
    best: dict[str, Found] = {}
    promising = [(_promise(situation, move, effects), move) for move in moves]
    for promise, move in sorted(promising, key=lambda each: -each[0]):
        if promise < _to_beat(best, move.tail):
            continue
        for variant in variants(situation, move):
            fields = effects.fields(variant)
            if allowed(fields):
                found = Found(move=variant, total=total(fields))
                best[variant.tail] = min(best.get(variant.tail, found), found, key=_order)
    return sorted(best.values(), key=_order)[:BEST_OPTIONS]


def _to_beat(best: Mapping[str, Found], tail: str) -> float:
    """The total that a move has to reach to be offered: of the best one with its aircraft, and of the last one offered."""
    own = best[tail].total if tail in best else -1.0
    totals = sorted((each.total for each in best.values()), reverse=True)
    return max(own, totals[BEST_OPTIONS - 1] if len(totals) >= BEST_OPTIONS else -1.0)


def _promise(situation: Situation, move: Move, effects: FlyingEffects) -> float:
    """A total that the move cannot exceed: from its crew, its time, how passengers travel, and what it costs at least."""
    crew, flight, operator = move.crew, situation.flight, situation.operator
    travels = effects.travels(move)
    turnaround = turnaround_margin(situation, move, flight["departure_utc"] + move.delay)
    cost = (
        costs.flying_usd(
            operator,
            planned_type=flight["type"],
            kind=move.kind,
            swapped=move.swapped and move.offer is None,
            reserve=crew.reserve,
            delay_minutes=move.delay,
            block_minutes=flight["block_minutes"],
            sectors=1 if move.ferry else 2,
        )
        + move.extra_usd
        + costs.downstream_usd(operator, travels.late, crews_short=crew.crews_short)
        + costs.compensation_usd(operator, travels.outcome, travels.returning)
        + travels.care_usd
    )
    least = {
        "crew_duty_margin_minutes": crew.duty_margin,
        "crew_rest_margin_minutes": crew.rest_margin,
        "turnaround_margin_minutes": None if move.offer else turnaround,
        "mel_days_left": None,
        "range_margin_km": None,
        "lease_approved": move.offer["approved"] if move.offer else None,
        "discretion_minutes": crew.discretion,
        "total_cost_usd": cost - ROUNDED_USD,
        **travels.passengers,
        "downstream_delay_minutes": sum(each.delay_minutes for each in travels.late),
        "downstream_crews_short": crew.crews_short,
        "cancelled": False,
    }
    return total(least)


def _order(found: Found) -> tuple[float, int, str, str, bool]:
    move = found.move
    return -found.total, move.delay, move.tail, move.crew.crew_id, move.offload


def variants(situation: Situation, move: Move) -> tuple[Move, ...]:
    """The move, and where the origin can keep cold-chain cargo the same without it."""
    return (move, structs.replace(move, offload=True)) if _can_offload(situation) else (move,)


def _can_offload(situation: Situation) -> bool:
    origin = situation.airports.get(situation.flight["origin"])
    return bool(origin and origin["cool_store"]) and any(each["kind"] == "cold_chain" for each in situation.shipments)


def allowed(fields: Mapping[str, Value]) -> bool:
    """True if the planner's own figures keep the limit of every field; what does not apply limits nothing."""
    return (
        all(fields[name] in (must, None) for name, must in _MUST)
        and all(_number(fields[name], least) >= least for name, least in _LEAST)
        and all(_number(fields[name], most) <= most for name, most in _MOST)
    )


def _number(value: Value, absent: float) -> float:
    return value if isinstance(value, int | float) else absent


def total(fields: Mapping[str, Value]) -> float:
    """The total score of an option with these fields."""
    return sum(each.weight * each.score(fields) for each in DIMENSIONS)
