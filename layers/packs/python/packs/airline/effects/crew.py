"""Fields of the crew that flies."""

from __future__ import annotations

from conclave.types import Value

from packs.airline.crewing import CrewState


def crew_fields(crew: CrewState) -> dict[str, Value]:
    """Fields of a crew on an option."""
    return {
        "crew_id": crew.crew_id,
        "crew_available": crew.available,
        "crew_qualified": crew.qualified,
        "crew_duty_margin_minutes": crew.duty_margin,
        "crew_rest_margin_minutes": crew.rest_margin,
        "crew_cumulative_margin_minutes": crew.cumulative_margin,
    }
