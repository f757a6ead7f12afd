"""Away from the hub: an idle aircraft comes from there without passengers, and the rostered crew flies on with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import islice

from conclave.pack import Item

from packs.airline import times
from packs.airline.bounds import LONGEST_DELAY_MINUTES, RESERVE_CANDIDATES, SEARCHED_TIMES
from packs.airline.planning import costs
from packs.airline.planning.crew_choice import Crews, has_rested
from packs.airline.planning.crewing import (
    CrewState,
    Leg,
    at_discretion,
    best_first,
    called_out,
    legal,
    tightest,
    together,
)
from packs.airline.planning.departures import Openings, after_curfew, helped_delay, reserve_minutes, rounded, to_slot
from packs.airline.planning.effects.airports import ferry_is_quiet, ferry_lands, ferry_violation
from packs.airline.planning.effects.move import Move
from packs.airline.planning.effects.sectors import crew_of
from packs.airline.planning.fleet import Spare
from packs.airline.planning.options.draft import Draft, named
from packs.airline.planning.situation import Situation
from packs.airline.reported.standing import SWAPPED
from packs.airline.rules.aircraft.equipment import grounding_reasons

SHOWN_FERRIES = 1


def shown(situation: Situation) -> list[Draft]:
    """The idle aircraft that could be there first for the rostered crew, best one that may be dispatched."""
    duty = situation.duty
    rated = [each for each in _candidates(situation) if duty and each.item["rating"] == duty["rating"]]
    drafts = []
    ranked = sorted(rated, key=lambda each: (not _fit(situation, each), _first(situation, each), each.item["tail"]))
    for spare in ranked[:SHOWN_FERRIES]:
        kind = spare.item["type"]
        delay = after_curfew(situation, to_slot(situation, _first(situation, spare)))
        leg = _leg(situation, kind, delay)
        flown_by = best_first(
            [
                called_out(situation.operator, crew, situation.reserve_clock(crew), legs=[leg], kind=kind)
                for crew in situation.reserves.get(situation.types[kind].rating, ())
            ]
        )[:1]
        own = crew_of(situation, kind, delay)
        drafts += [named(_move(situation, spare, delay, own, called), situation) for called in flown_by]
    return drafts


def ways(situation: Situation, crews: Crews, openings: Openings) -> Iterator[Move]:
    """Everything that the search weighs: each idle aircraft with the reserve crews that are ready first."""
    flown_by = cache(lambda kind: list(_flown_by(situation, kind, crews, openings)))
    # Aircraft of a type that are ready at the same time are brought by the same crews.
    first_crews = cache(lambda kind, first: list(_first_crews(flown_by(kind), kind, first, crews)))
    for spare in _candidates(situation):
        kind = spare.item["type"]
        if _fit(situation, spare):
            for delay, called in first_crews(kind, _first(situation, spare)):
                yield _move(situation, spare, delay, _flies_on(crews, kind, delay), called)


def _first_crews(
    flown_by: Sequence[Callable[[int], Iterator[tuple[int, CrewState]]]], kind: str, first: int, crews: Crews
) -> Iterator[tuple[int, CrewState]]:
    """The reserve crews that are ready first from a delay on, with the times that are looked at."""
    ready = [list(islice(called(first), SEARCHED_TIMES)) for called in flown_by]
    both = [
        [(delay, together(_flies_on(crews, kind, delay), state), state) for delay, state in called]
        for called in ready
        if called
    ]
    ranked = sorted(both, key=lambda each: (each[0][0], -tightest(each[0][1]), each[0][2].crew_id))
    for found in ranked[:RESERVE_CANDIDATES]:
        yield from ((delay, called) for delay, _, called in found)


def _flies_on(crews: Crews, kind: str, delay: int) -> CrewState:
    """The rostered crew, its duty lengthened by the commander where it has to be."""
    return at_discretion(crews.rostered(kind, delay))


def _flown_by(
    situation: Situation, kind: str, crews: Crews, openings: Openings
) -> Iterator[Callable[[int], Iterator[tuple[int, CrewState]]]]:
    """For each reserve crew that may bring an aircraft of a type: its legal states from a delay of the disrupted flight on.

    Only delays at which the rostered crew may fly, and the ferry flight may leave the hub and land at the origin.
    """
    usable = [delay for delay in openings.of(kind) if legal(_flies_on(crews, kind, delay))]
    legs = {delay: _leg(situation, kind, delay) for delay in usable}
    legs = {delay: leg for delay, leg in legs.items() if _may_come(situation, kind, leg)}
    reports = situation.operator.report_minutes(kind)
    reserves = situation.first_reserves.get(situation.types[kind].rating, ())
    for crew in (each for each in reserves if has_rested(situation, each)):
        start, end = (crew[name] + reports for name in ("standby_start_utc", "standby_end_utc"))
        within = {delay: leg for delay, leg in legs.items() if start <= leg.departure_utc <= end}
        yield partial(_legal_from, situation, kind, crew, within)


def _legal_from(
    situation: Situation, kind: str, crew: Item, legs: Mapping[int, Leg], first: int
) -> Iterator[tuple[int, CrewState]]:
    for delay, leg in legs.items():
        if delay >= first:
            state = called_out(situation.operator, crew, situation.reserve_clock(crew), legs=[leg], kind=kind)
            if legal(state):
                yield delay, state


def _may_come(situation: Situation, kind: str, leg: Leg) -> bool:
    """True if night closures, noise quotas and the forecast of the origin let the ferry flight go."""
    return not ferry_violation(situation, leg) and ferry_is_quiet(situation, kind, leg) and ferry_lands(situation, leg)


def _candidates(situation: Situation) -> list[Spare]:
    """Idle aircraft, when the flight does not leave the hub and another aircraft helps, that can be there within a day."""
    if situation.from_hub or not situation.held.swappable:
        return []
    return [each for each in situation.idle if _first(situation, each) <= LONGEST_DELAY_MINUTES]


def _fit(situation: Situation, spare: Spare) -> bool:
    items, day = situation.mel.get(spare.item["tail"], ()), times.day(situation.flight["departure_utc"])
    return bool(spare.item["serviceable"]) and not grounding_reasons(items, day)


def _first(situation: Situation, spare: Spare) -> int:
    """The least delay: aircraft and crew are ready at the hub, fly to the origin, and the aircraft is turned around there."""
    kind, flight = situation.types[spare.item["type"]], situation.flight
    prepared = max(situation.figures.swap_ready_minutes, reserve_minutes(situation, kind.code))
    crewed = situation.received + prepared
    ready = max(crewed, spare.on_ground_from + kind.turnaround_minutes)
    there = ready + flight["block_minutes"] + kind.turnaround_minutes
    return rounded(max(helped_delay(situation, SWAPPED) or 0, there - flight["departure_utc"]))


def _leg(situation: Situation, kind: str, delay: int) -> Leg:
    """The flight that brings the aircraft, as late as possible."""
    flight = situation.flight
    arrival = flight["departure_utc"] + delay - situation.types[kind].turnaround_minutes
    departure = arrival - flight["block_minutes"]
    return Leg(departure_utc=departure, arrival_utc=arrival, block_minutes=flight["block_minutes"])


def _move(situation: Situation, spare: Spare, delay: int, own: CrewState, called: CrewState) -> Move:
    kind = spare.item["type"]
    leg = _leg(situation, kind, delay)
    return Move(
        tail=spare.item["tail"],
        kind=kind,
        model=situation.types[kind],
        item=spare.item,
        delay=delay,
        on_ground_from=leg.arrival_utc,
        spare_line=(),
        crew=together(own, called),
        action="ferry_aircraft",
        summary=f"Fetch {spare.item['tail']} ({kind}) from the hub with reserve crew {called.crew_id}, {delay} minutes late",
        parameters=(("ferried_by", called.crew_id), ("ferry_departure_utc", times.text(leg.departure_utc))),
        extra_usd=costs.ferry_usd(situation.operator, kind=kind, block_minutes=leg.block_minutes),
        ferry=leg,
    )
