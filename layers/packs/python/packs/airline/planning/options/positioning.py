"""Away from the hub: a reserve crew of the hub comes as passengers and flies (ORO.FTL.215(b)).

Positioning before operating is part of the flight duty, but no sector of it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from conclave.pack import Item
from msgspec import structs

from packs.airline.bounds import POSITIONING_HORIZON_MINUTES
from packs.airline.planning.crew_choice import ground_at_schedule, has_all_room, has_rested, patiently, worth_waiting
from packs.airline.planning.crewing import NO_ROSTER, CrewState, best_first, legal, reserve_state
from packs.airline.planning.departures import (
    Openings,
    after_curfew,
    first_own_delay,
    own_delay,
    reserve_minutes,
    rounded,
    to_slot,
)
from packs.airline.planning.effects.move import Move, own_aircraft
from packs.airline.planning.effects.sectors import crew_of, legs_of
from packs.airline.planning.options.draft import Draft, named
from packs.airline.planning.situation import Situation


def flights_with_seats(situation: Situation) -> list[Item]:
    """Flights from the hub that a called crew can catch within a day and that have seats for it, in order of departure."""
    seats = situation.figures.positioning_seats(wide=situation.types[situation.flight["type"]].wide)
    first = situation.received + reserve_minutes(situation, situation.flight["type"])
    last = _report(situation, situation.flight) + POSITIONING_HORIZON_MINUTES
    return sorted(
        (
            each
            for each in situation.out_from_hub
            if first <= each["departure_utc"] <= last and each["seats"] - each["booked"] >= seats
        ),
        key=lambda each: (each["departure_utc"], each["flight_id"]),
    )


def shown(situation: Situation) -> list[Draft]:
    """The first flight that brings a crew, when the rostered one is missing or has no duty time left."""
    first = first_own_delay(situation)
    if first is None or situation.duty is None:
        return []
    kind, missing = situation.flight["type"], situation.held.crew
    if not missing and legal(crew_of(situation, kind, to_slot(situation, own_delay(situation)))):
        return []
    drafts = []
    for flight in flights_with_seats(situation)[:1]:
        delay = max(_ready(situation, flight), first if missing else own_delay(situation))
        delay = after_curfew(situation, to_slot(situation, delay))
        crews = [
            _positioned(situation, flight, each, delay)
            for each in situation.reserves.get(situation.types[kind].rating, ())
        ]
        drafts += [named(_move(situation, delay, crew, flight), situation) for crew in best_first(crews)[:1]]
    return drafts


def ways(situation: Situation, openings: Openings) -> Iterator[Move]:
    """The earliest times at which a crew that came may fly, and later ones that leave a crew more room."""
    first, kind = first_own_delay(situation), situation.flight["type"]
    if first is None:
        return
    found: list[Move] = []
    ground = ground_at_schedule(situation, own_aircraft(situation, 0, NO_ROSTER))
    crews = situation.first_reserves.get(situation.types[kind].rating, ())
    rested = [crew for crew in crews if has_rested(situation, crew)]
    for flight in flights_with_seats(situation):
        usable = openings.of(kind)[bisect_left(openings.of(kind), max(first, _ready(situation, flight))) :]
        if not usable or has_all_room(found, before=usable[0], ground=ground):
            continue
        for crew in rested:
            # The report stands with the flight, so waiting takes duty time away: a crew that is not legal first never is.
            if _stands_by(situation, flight, crew) and legal(_positioned(situation, flight, crew, usable[0])):
                states = ((delay, _positioned(situation, flight, crew, delay)) for delay in usable)
                found += [_move(situation, delay, state, flight) for delay, state in patiently(states, ground=ground)]
    yield from worth_waiting(found, ground=ground)


def _stands_by(situation: Situation, flight: Item, crew: Item) -> bool:
    return bool(crew["standby_start_utc"] <= _report(situation, flight) <= crew["standby_end_utc"])


def _report(situation: Situation, flight: Item) -> int:
    reports = situation.operator.report_minutes(situation.flight["type"])
    return int(flight["departure_utc"]) - reports


def _ready(situation: Situation, flight: Item) -> int:
    """The least delay of the disrupted flight with a crew that comes on this one."""
    ready = flight["arrival_utc"] + situation.figures.positioned_ready_minutes
    return rounded(max(0, ready - situation.flight["departure_utc"]))


def _positioned(situation: Situation, flight: Item, crew: Item, delay: int) -> CrewState:
    kind = situation.flight["type"]
    return reserve_state(
        situation.operator,
        crew,
        situation.reserve_clock(crew),
        report_utc=_report(situation, flight),
        legs=legs_of(situation, kind, delay),
        rating=situation.types[kind].rating,
        relieves=situation.duty,
    )


def _move(situation: Situation, delay: int, crew: CrewState, flight: Item) -> Move:
    return structs.replace(
        own_aircraft(situation, delay, crew),
        action="position_crew",
        summary=f"Wait {delay} minutes, reserve crew {crew.crew_id} comes on {flight['number']}",
        parameters=(("positioned_on", flight["flight_id"]),),
        extra_usd=situation.figures.positioning_cost,
    )
