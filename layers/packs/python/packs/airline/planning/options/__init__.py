"""The planner's drafts, one module per family of options.

A family has ``shown``, the options that a controller would ask about even when a rule forbids them, and ``ways``, what the
search weighs by score.
"""

from __future__ import annotations

from collections.abc import Iterator

from packs.airline.planning.crew_choice import Crews
from packs.airline.planning.departures import Openings
from packs.airline.planning.effects.airports import keeps_windows
from packs.airline.planning.effects.move import Move
from packs.airline.planning.options import (
    augmenting,
    diverting,
    ferrying,
    leasing,
    positioning,
    reserves,
    split_duty,
    swapping,
    waiting,
)
from packs.airline.planning.options.draft import Draft
from packs.airline.planning.situation import Situation


def shown(situation: Situation) -> list[Draft]:
    """Options that a controller would ask about, of all families."""
    families = (waiting, split_duty, augmenting, positioning, reserves, swapping, ferrying, leasing, diverting)
    return [draft for family in families for draft in family.shown(situation)]


def ways(situation: Situation) -> Iterator[Move]:
    """Ways to fly that the search weighs, of all families: those that keep the times that the report leaves."""
    found = _ways(situation)
    return (each for each in found if keeps_windows(situation, each)) if situation.held.windows else found


def _ways(situation: Situation) -> Iterator[Move]:
    openings = Openings(situation)
    crews = Crews(situation, openings)
    yield from waiting.ways(situation, crews, openings)
    yield from split_duty.ways(situation, openings)
    yield from augmenting.ways(situation, crews, openings)
    yield from positioning.ways(situation, openings)
    yield from swapping.ways(situation, crews)
    yield from ferrying.ways(situation, crews, openings)
    yield from leasing.ways(situation, openings)
    yield from diverting.ways(situation)
