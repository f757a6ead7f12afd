"""Reserve crews for the planned aircraft, when it is the crew that is missing."""

from __future__ import annotations

from packs.airline.bounds import RESERVE_CANDIDATES
from packs.airline.models import Cause
from packs.airline.planning.crew_choice import own_move, reserve_states
from packs.airline.planning.departures import helped_delay, reserve_delay, to_slot
from packs.airline.planning.options.draft import Draft
from packs.airline.planning.situation import Situation


def shown(situation: Situation) -> list[Draft]:
    """The reserve crews that a controller would call first."""
    first = helped_delay(situation, {Cause.CREW})
    if not situation.held.crew or first is None:
        return []
    kind = situation.flight["type"]
    delay = to_slot(situation, max(first, reserve_delay(situation, kind)))
    return [
        Draft(
            action="swap_crew",
            move=own_move(situation, delay, crew),
            summary=f"Reserve crew {crew.crew_id}, {delay} minutes late",
        )
        for crew in reserve_states(situation, kind, delay)[:RESERVE_CANDIDATES]
    ]
