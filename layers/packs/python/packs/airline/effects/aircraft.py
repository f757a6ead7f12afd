"""Fields of the aircraft that flies: released, dispatchable, turned around in time, within range."""

from __future__ import annotations

from conclave.types import Value

from packs.airline import times
from packs.airline.assumptions import TYPES
from packs.airline.effects.move import Move
from packs.airline.models import Cause
from packs.airline.rules.equipment import days_left, grounding_reasons
from packs.airline.situation import Situation

TURNAROUND_MARGIN_CAP = 720


def aircraft_fields(situation: Situation, move: Move, departure: str) -> dict[str, Value]:
    """Fields of the aircraft of a move that departs at an ISO UTC time."""
    flight, kind = situation.flight, TYPES[move.kind]
    return {
        "tail": move.tail,
        "aircraft_type": move.kind,
        "aircraft_serviceable": _serviceable(situation, move),
        **mel_fields(situation, move.tail, departure),
        "turnaround_margin_minutes": _turnaround_margin(situation, move, departure),
        "range_margin_km": kind.range_km - flight["distance_km"],
        "seats_short": max(0, flight["booked"] - kind.seats),
    }


def _turnaround_margin(situation: Situation, move: Move, departure: str) -> int:
    ground = times.minutes_between(move.on_ground_from, departure) - TYPES[move.kind].turnaround_minutes
    if situation.incident.cause is Cause.LATE_INBOUND and not move.swapped:
        ground -= situation.first_delay
    return min(ground, TURNAROUND_MARGIN_CAP)


def _serviceable(situation: Situation, move: Move) -> bool:
    if move.item is None or not move.item["serviceable"]:
        return False
    incident = situation.incident
    if move.swapped or incident.cause is not Cause.TECHNICAL:
        return True
    return 0 < incident.delay_minutes <= move.delay


def mel_fields(situation: Situation, tail: str, departure: str) -> dict[str, Value]:
    """Whether the open items of an aircraft allow dispatch, and the days left on the tightest of them."""
    items, day = situation.mel.get(tail, ()), departure[:10]
    timed = [days_left(item, day) for item in items if item["relief"]]
    return {
        "mel_dispatchable": not grounding_reasons(items, day),
        "mel_days_left": min(timed) if timed else None,
    }
