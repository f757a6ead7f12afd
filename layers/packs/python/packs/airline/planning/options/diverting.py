"""Out of the hub: landing near a destination that is closed or below minima; buses go on from there, and meet the return."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import structs

from packs.airline.models import Cause
from packs.airline.planning import costs
from packs.airline.planning.crew_choice import Crews, ground_at_schedule
from packs.airline.planning.crewing import NO_ROSTER, CrewState
from packs.airline.planning.departures import Openings, delay_after, first_own_delay, to_slot
from packs.airline.planning.diversion import Alternate
from packs.airline.planning.effects.airports import unlandable, weather_at_schedule
from packs.airline.planning.effects.move import Move, own_aircraft
from packs.airline.planning.effects.sectors import crew_of
from packs.airline.planning.options.draft import Draft, named
from packs.airline.planning.situation import Situation

SHOWN_DIVERSIONS = 1


def shown(situation: Situation) -> list[Draft]:
    """The nearest alternate that is open, with the rostered crew, when the flight could not land if it left as soon as it can."""
    first, kind = _first(situation), situation.flight["type"]
    scheduled = situation.flight["arrival_utc"]
    soonest = scheduled + to_slot(situation, delay_after(situation, 0) if first is None else first)
    if not unlandable(situation, scheduled) and not unlandable(situation, soonest):
        return []
    drafts = []
    for place in situation.alternates:
        seen = situation.diverted(place)
        usable = [] if first is None else [each for each in _openings(situation, seen).of(kind) if each >= first]
        moves = (_move(situation, place, delay, crew_of(seen, kind, delay)) for delay in usable[:1])
        drafts += [named(move, situation) for move in moves]
    return drafts[:SHOWN_DIVERSIONS]


def ways(situation: Situation) -> Iterator[Move]:
    """Everything that the search weighs: each alternate like a delay."""
    first, kind = _first(situation), situation.flight["type"]
    if first is None:
        return
    ground = ground_at_schedule(situation, own_aircraft(situation, 0, NO_ROSTER))
    for place in situation.alternates:
        seen = situation.diverted(place)
        crews = Crews(seen, _openings(situation, seen))
        for delay, crew in (*crews.of(kind, first, ground=ground), *crews.stretched(kind, first, ground=ground)):
            yield _move(situation, place, delay, crew)


def _first(situation: Situation) -> int | None:
    """The least delay: none when it is the weather of the destination that is landed away from."""
    return first_own_delay(situation, {Cause.WEATHER} if weather_at_schedule(situation) else ())


def _openings(situation: Situation, seen: Situation) -> Openings:
    """Times at which the destination cannot be landed at, now or at schedule, and the alternate can."""
    scheduled = situation.flight["arrival_utc"]
    always = unlandable(situation, scheduled)
    return Openings(seen, only=lambda delay: always or unlandable(situation, scheduled + delay))


def _move(situation: Situation, place: Alternate, delay: int, crew: CrewState) -> Move:
    flight, back = situation.flight, situation.back
    called = f", reserve crew {crew.crew_id}" if crew.reserve else ""
    return structs.replace(
        own_aircraft(situation, delay, crew),
        action="divert",
        summary=f"Land at {place.iata} instead of {flight['destination']}, buses from there{called}, {delay} minutes late",
        parameters=(("arrival_airport", place.iata),),
        extra_usd=costs.ground_transfer_usd(situation.operator, flight["booked"] + (back["booked"] if back else 0)),
        alternate=place,
    )
