"""Waiting with the planned aircraft: with its crew, with a reserve crew, after a rest, without the cargo that cannot wait."""

from __future__ import annotations

from collections.abc import Iterator

from packs.airline.bounds import AOG_TRIAL_DELAYS, LONGEST_DELAY_MINUTES
from packs.airline.planning.crew_choice import (
    PATIENCE_MINUTES,
    Crews,
    ground_at_schedule,
    own_move,
    reserve_states,
    rest_ends,
    rested_crew,
    rested_times,
)
from packs.airline.planning.crewing import NO_ROSTER, at_discretion, legal
from packs.airline.planning.departures import (
    STEP_MINUTES,
    Openings,
    after_curfew,
    bought_connections_end,
    delay_after,
    first_own_delay,
    own_delay,
    reserve_delay,
    rounded,
    slot_delays,
    to_slot,
    weather_delays,
)
from packs.airline.planning.effects.cargo import has_limit
from packs.airline.planning.effects.move import Move, own_aircraft
from packs.airline.planning.effects.sectors import crew_of
from packs.airline.planning.options.draft import Draft, crew_rest_draft, named, without_cold_chain
from packs.airline.planning.situation import Situation
from packs.airline.rules.cargo import cold_chain_margin_minutes


def shown(situation: Situation) -> list[Draft]:
    """Options that a controller would ask about, even when a rule forbids them."""
    return [*_delays(situation), *_crew_rest(situation)]


def ways(situation: Situation, crews: Crews, openings: Openings) -> Iterator[Move]:
    """Everything that the search weighs."""
    first = first_own_delay(situation)
    if first is None:
        return
    ground, kind = ground_at_schedule(situation, own_aircraft(situation, 0, NO_ROSTER)), situation.flight["type"]
    for delay, crew in (*crews.of(kind, first, ground=ground), *crews.stretched(kind, first, ground=ground)):
        yield own_aircraft(situation, delay, crew)
    usable = openings.of(kind)
    for delay in bought_connections_end(situation, first, first + PATIENCE_MINUTES):
        if delay in usable and legal(crew := crews.rostered(kind, delay)):
            yield own_aircraft(situation, delay, crew)
    for delay, crew in rested_times(situation, first, openings.of(situation.flight["type"])):
        yield own_aircraft(situation, delay, crew)


def candidate_delays(situation: Situation) -> list[int]:
    """Delays that matter: end of the cause, slots, opening of a closed airport, last legal start of the crew, better weather."""
    flight = situation.flight
    received = delay_after(situation, 0)
    first = max(rounded(situation.held.first_delay), received)
    delays = {first, own_delay(situation), *slot_delays(situation, first)}
    if situation.held.unknown_release:
        delays = {received + each for each in AOG_TRIAL_DELAYS}
    delays |= {opening for delay in delays if (opening := after_curfew(situation, delay)) > delay}
    crew = crew_of(situation, flight["type"], first)
    if crew.duty_margin is not None and crew.duty_margin < 0 and first + crew.duty_margin > received:
        delays.add((first + crew.duty_margin) // STEP_MINUTES * STEP_MINUTES)
    return sorted(delays | weather_delays(situation, first) | _after_closures(situation, first))


def _after_closures(situation: Situation, first: int) -> set[int]:
    """The delays from ``first`` on with which a closure that is reported is over, at the end of the flight that it is at."""
    flight, found = situation.flight, set()
    for each in situation.held.windows:
        moved = flight["departure_utc"] if each.airport == flight["origin"] else flight["arrival_utc"]
        if each.airport and each.shut_from <= moved + first < each.shut_until <= moved + LONGEST_DELAY_MINUTES:
            found.add(to_slot(situation, rounded(each.shut_until - moved)))
    return found


def _delays(situation: Situation) -> list[Draft]:
    """Waiting with the planned aircraft: with its crew, with a reserve crew, and without the cargo that cannot wait."""
    drafts: list[Draft] = []
    kind = situation.flight["type"]
    for delay in candidate_delays(situation):
        move = own_move(situation, delay)
        drafts.append(Draft(action="delay", move=move, summary=f"Wait {delay} minutes, same aircraft and crew"))
        moves = [move]
        if not legal(move.crew):
            longer = at_discretion(move.crew)
            drafts += [named(own_move(situation, delay, longer), situation)] if legal(longer) else []
            called = to_slot(situation, max(delay, reserve_delay(situation, kind)))
            moves = [own_move(situation, called, crew) for crew in reserve_states(situation, kind, called)[:1]]
            drafts += [named(each, situation) for each in moves]
        drafts += [without_cold_chain(each, situation) for each in moves if _spoils(situation, each.delay)]
    return drafts


def _crew_rest(situation: Situation) -> list[Draft]:
    """Away from the hub there are no reserves: a crew that runs out of duty time rests where it is and flies after that."""
    flight, duty = situation.flight, situation.duty
    first = to_slot(situation, own_delay(situation))
    if duty is None or situation.from_hub or situation.held.unknown_release:
        return []
    crew = crew_of(situation, flight["type"], first)
    if not crew.available or legal(crew):
        return []
    delay = after_curfew(situation, to_slot(situation, max(first, rest_ends(situation, duty)[1])))
    return [crew_rest_draft(own_move(situation, delay, rested_crew(situation, duty, delay)), flight)]


def _spoils(situation: Situation, delay: int) -> bool:
    """True if a shipment would spoil, and the origin could keep it."""
    origin = situation.airports.get(situation.flight["origin"])
    arrival = situation.flight["arrival_utc"] + delay
    return bool(origin and origin["cool_store"]) and any(
        cold_chain_margin_minutes(qualified_until_utc=each["qualified_until_utc"], arrival_utc=arrival) < 0
        for each in situation.shipments
        if has_limit(each)
    )
