"""The search for the best ways to fly: every aircraft, every crew, every departure time that no rule forbids.

It judges by the same fields and scores that the options carry. What it leaves out is only a shorter list: whether an option may
be flown is decided by the checks of the agents, which look for themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from conclave.pack import Value

from packs.airline.bounds import BEST_OPTIONS
from packs.airline.fields import FIELDS
from packs.airline.planning.effects.fields import moved_fields
from packs.airline.planning.effects.move import Move
from packs.airline.planning.reaccommodation import Journeys
from packs.airline.planning.situation import Situation
from packs.airline.scores import DIMENSIONS

_LEAST = tuple((each.name, each.least) for each in FIELDS if each.least is not None)
_MOST = tuple((each.name, each.most) for each in FIELDS if each.most is not None)
_MUST = tuple((each.name, each.must) for each in FIELDS if each.must is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A way to fly that the planner's own figures allow, and its total score."""

    move: Move
    total: float


def best_moves(situation: Situation, moves: Iterable[Move], journeys: Journeys) -> list[Found]:
    """The best way to fly with each aircraft by total score: the best ``BEST_OPTIONS`` of them, best first."""
    best: dict[str, Found] = {}
    for move in moves:
        for variant in (move, replace(move, offload=True)) if _can_offload(situation) else (move,):
            fields = moved_fields(situation, variant, journeys)
            if allowed(fields):
                found = Found(move=variant, total=total(fields))
                best[variant.tail] = min(best.get(variant.tail, found), found, key=_order)
    return sorted(best.values(), key=_order)[:BEST_OPTIONS]


def _order(found: Found) -> tuple[float, int, str, str, bool]:
    move = found.move
    return -found.total, move.delay, move.tail, move.crew.crew_id, move.offload


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
