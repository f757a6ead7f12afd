"""The earliest moment at which an action can leave: nothing is prepared before the report is received."""

from __future__ import annotations

from evaluation.airline.exact.actions import Action, Space
from evaluation.airline.rules import crews
from evaluation.airline.rules.clock import minutes


def needs_minutes(space: Space, action: Action) -> int:
    """Minutes of preparation between receipt and the first departure that an action needs.

    That is the departure of the flight, of the flight that brings a crew or an aircraft, or of the one it is merged with.
    """
    kind, called = space.type_of(action), action.helper or action.crew not in (crews.OWN, crews.RESTED, crews.SPLIT, "")
    if action.name == "wet_lease":
        return space.case.figures.wet_lease_notice_minutes
    needs = [crews.called_minutes(space.case, kind) if called else 0]
    other = action.flies and action.tail != space.case.flight["tail"]
    return max([*needs, space.case.figures.swap_ready_minutes if other or action.into else 0])


def first_departure(space: Space, action: Action) -> int:
    """When the first flight of an action leaves, in minutes since 1970."""
    if action.name == "ferry_aircraft":
        return space.ferry_departure(action)
    taken = action.carrier or action.into
    flight = space.case.rows.item("flights", taken) if taken else None
    return minutes(flight["departure_utc"]) if flight else space.case.departure + action.delay


def too_early(space: Space, action: Action) -> bool:
    """True if an action leaves before the report is received and what it needs is prepared."""
    if action.name == "cancel_rebook":
        return False
    return first_departure(space, action) < space.case.received + needs_minutes(space, action)
