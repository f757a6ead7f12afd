"""Another aircraft at the hub: an idle one, or one in line service that then flies its own later flights late."""

from __future__ import annotations

from collections.abc import Iterator

from packs.airline import times
from packs.airline.planning.crew_choice import Crews, ground_at_schedule, reserve_states
from packs.airline.planning.crewing import NO_ROSTER, legal
from packs.airline.planning.departures import reserve_delay, spare_delay, to_slot
from packs.airline.planning.effects.crew import comes_back
from packs.airline.planning.effects.move import Move, spare_aircraft
from packs.airline.planning.effects.sectors import crew_of
from packs.airline.planning.options.draft import Draft, named
from packs.airline.planning.situation import Situation
from packs.airline.rules.aircraft.equipment import grounding_reasons

SHOWN_SPARES = 4
"""Replacement aircraft that are shown even when a rule forbids them."""


def shown(situation: Situation) -> list[Draft]:
    """The first replacement aircraft, even when a rule forbids them."""
    drafts = []
    for spare in situation.spares[:SHOWN_SPARES]:
        kind = spare.item["type"]
        delay = to_slot(situation, spare_delay(situation, spare))
        own_crew = crew_of(situation, kind, delay)
        states = [own_crew] if own_crew.qualified else []
        if not legal(own_crew):
            later = to_slot(situation, max(delay, reserve_delay(situation, kind)))
            states += reserve_states(situation, kind, later)[:1]
        for crew in states or [NO_ROSTER]:
            at = to_slot(situation, max(delay, reserve_delay(situation, kind))) if crew.reserve else delay
            drafts.append(named(spare_aircraft(situation, spare, at, crew), situation))
    return drafts


def ways(situation: Situation, crews: Crews) -> Iterator[Move]:
    """Everything that the search weighs: every replacement aircraft that may be dispatched."""
    day = times.day(situation.flight["departure_utc"])
    for spare in situation.spares:
        items = situation.mel.get(spare.item["tail"], ())
        if (
            not spare.item["serviceable"]
            or grounding_reasons(items, day)
            or not comes_back(situation, spare.item["type"])
        ):
            continue
        ground = ground_at_schedule(situation, spare_aircraft(situation, spare, 0, NO_ROSTER))
        kind, first = spare.item["type"], spare_delay(situation, spare)
        for delay, crew in (*crews.of(kind, first, ground=ground), *crews.stretched(kind, first, ground=ground)):
            yield spare_aircraft(situation, spare, delay, crew)
