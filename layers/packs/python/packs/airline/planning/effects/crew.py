"""Fields of the crew that flies, and of the one that brings the aircraft back."""

from __future__ import annotations

from conclave.pack import Value

from packs.airline.planning.effects.move import Move
from packs.airline.planning.situation import Situation


def crew_fields(situation: Situation, move: Move) -> dict[str, Value]:
    """Fields of the crew of an option: it is qualified when the crew that flies the aircraft back is, too."""
    crew = move.crew
    return {
        "crew_id": crew.crew_id,
        "crew_available": crew.available,
        "crew_qualified": crew.qualified and (move.offer is not None or comes_back(situation, move.kind)),
        "crew_duty_margin_minutes": crew.duty_margin,
        "discretion_minutes": crew.discretion,
        "crew_rest_margin_minutes": crew.rest_margin,
        "crew_next_rest_margin_minutes": crew.next_rest_margin,
        "crew_cumulative_margin_minutes": crew.cumulative_margin,
    }


def comes_back(situation: Situation, kind: str) -> bool:
    """True if an aircraft of a type finds a crew with its rating at the destination, or needs none there.

    Where the crew of the flight stays, another one that rests there flies the return, and it is rated for what was planned.
    """
    flight, back, rating = situation.flight, situation.back, situation.types[kind].rating
    if back is None or back["duty_id"] == flight["duty_id"] or rating == situation.types[flight["type"]].rating:
        return True
    duty = situation.later_duties.get(back["duty_id"])
    return duty is not None and bool(duty["rating"] == rating)
