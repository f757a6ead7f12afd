"""Where the flight is when it is reported: at its stand it can be planned, under way it cannot."""

from __future__ import annotations

from conclave.pack import Item

from packs.airline import times
from packs.airline.models import Incident

ON_GROUND = frozenset(["stand", "taxi", "returned"])
"""Positions from which the flight can be planned: it has not taken off, or is back."""


def under_way(incident: Incident, flight: Item, received: int) -> str:
    """What to do about a flight that has gone, or of which nobody says that it is still there; empty when it can be planned.

    Args:
        incident: A resolved incident, its minutes as they were reported.
        flight: Its flight, a row with its times in minutes.
        received: Receipt of the report, in minutes.
    """
    if incident.position == "air":
        return (
            "the flight is in the air: its commander continues, returns or diverts. Report it again when it is on the ground, "
            "and a later flight of its aircraft now"
        )
    if incident.position == "landed":
        return _landed(incident, flight)
    late = received - flight["departure_utc"]
    told = max((each.minutes for each in incident.problems), default=0)
    if incident.position in ON_GROUND or late <= 0 or told >= late:
        return ""
    left = f"the flight was to leave at {times.text(flight['departure_utc'])}, before this report"
    if received >= flight["arrival_utc"]:
        return (
            f"{left}, and to have landed: report a later flight of its aircraft, or say that it is still at the stand"
        )
    return f"{left}: say where it is, at the stand, in the air, returned, or landed at an airport"


def _landed(incident: Incident, flight: Item) -> str:
    if incident.landed_at in ("", flight["destination"]):
        return "the flight has landed: report a later flight of its aircraft"
    return (
        f"the flight has landed at {incident.landed_at}: load the one from there to {flight['destination']} as one of its own, "
        "with its aircraft, duty and passengers, and report that"
    )
