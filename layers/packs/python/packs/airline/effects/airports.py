"""Fields of the airports at both ends: night closures, slots, weather; and whether the cause is over."""

from __future__ import annotations

from conclave.types import Value

from packs.airline import times
from packs.airline.assumptions import SWAPPABLE_CAUSES
from packs.airline.effects.move import Move
from packs.airline.knock_on import curfew_violation
from packs.airline.models import Cause
from packs.airline.rules.airports import TAXI_MINUTES, above_minima, slot_fits
from packs.airline.situation import Situation, covering


def airport_fields(situation: Situation, move: Move, departure: str, arrival: str) -> dict[str, Value]:
    """Fields of both ends of a move that departs and arrives at these ISO UTC times."""
    flight = situation.flight
    origin, there = situation.airports.get(flight["origin"]), situation.airports.get(flight["destination"])
    return {
        "departure_utc": departure,
        "arrival_local": times.local_text(arrival, there["tz"]) if there else "",
        "cause_cleared": _cleared(situation, move),
        "curfew_violation_minutes": curfew_violation(departure, origin) + curfew_violation(arrival, there),
        "slot_ok": fits_slot(situation, departure),
        "weather_ok": landable(situation, arrival),
    }


def fits_slot(situation: Situation, departure: str) -> bool:
    """Whether the take-off after an off-blocks time (ISO UTC) lies in a slot; true when the flight needs none."""
    return not situation.slots or slot_fits(times.shift(departure, TAXI_MINUTES), situation.slots)


def landable(situation: Situation, arrival: str) -> bool:
    """Whether the forecast that holds at arrival allows a landing. Without any forecast a check asks for one."""
    if not situation.forecast:
        return True
    period = covering(situation.forecast, arrival)
    return period is not None and above_minima(period)


def _cleared(situation: Situation, move: Move) -> bool:
    """Whether the cause is over by departure, or the option goes round it with another aircraft or crew."""
    incident = situation.incident
    if incident.cause is Cause.CREW:
        return move.crew.reserve or 0 < incident.delay_minutes <= move.delay
    if move.swapped and incident.cause in SWAPPABLE_CAUSES:
        return True
    known = incident.delay_minutes > 0 or incident.cause is not Cause.TECHNICAL
    return known and move.delay >= situation.first_delay
