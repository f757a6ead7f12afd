"""The sectors that a crew flies when the disrupted flight is late, and what they leave of its duty time."""

from __future__ import annotations

from packs.airline.models import Cause
from packs.airline.planning.crewing import NO_ROSTER, CrewState, Leg, rostered
from packs.airline.planning.knock_on import first_open
from packs.airline.planning.situation import Situation


def legs_of(situation: Situation, kind: str, delay: int) -> list[Leg]:
    """The sectors that a crew flies from the disrupted flight on, with their new times."""
    flight = situation.flight
    first = Leg(
        departure_utc=flight["departure_utc"] + delay,
        arrival_utc=flight["arrival_utc"] + delay,
        block_minutes=flight["block_minutes"],
    )
    legs = [first]
    for following in situation.duty_flights:
        if following["departure_utc"] <= flight["departure_utc"]:
            continue
        ready = legs[-1].arrival_utc + situation.types[kind].turnaround_minutes
        departure = first_open(max(following["departure_utc"], ready), following, situation.airports)
        legs.append(
            Leg(
                departure_utc=departure,
                arrival_utc=departure + following["block_minutes"],
                block_minutes=following["block_minutes"],
            )
        )
    return legs


def earlier_legs(situation: Situation) -> list[Leg]:
    """The sectors of the rostered crew's duty before the disrupted flight, as planned."""
    return [
        Leg(departure_utc=each["departure_utc"], arrival_utc=each["arrival_utc"], block_minutes=each["block_minutes"])
        for each in situation.duty_flights
        if each["departure_utc"] < situation.flight["departure_utc"]
    ]


def duty_legs(situation: Situation, kind: str, delay: int) -> list[Leg]:
    """All sectors of the rostered crew's duty: those before the disrupted flight as planned, the others with their new times."""
    return [*earlier_legs(situation), *legs_of(situation, kind, delay)]


def crew_of(situation: Situation, kind: str, delay: int, *, joining: int = 0) -> CrewState:
    """The rostered crew on an aircraft of this type after this delay, ``joining`` pilots with it."""
    if situation.duty is None:
        return NO_ROSTER
    return rostered(
        situation.operator,
        situation.duty,
        situation.crew,
        situation.clock_of(situation.duty),
        legs=duty_legs(situation, kind, delay),
        rating=situation.types[kind].rating,
        available=_is_there(situation, delay),
        joining=joining,
    )


def _is_there(situation: Situation, delay: int) -> bool:
    """True if the rostered crew is back after this delay, and a latest time of its own is kept."""
    flight, returns = situation.flight, situation.held.over((Cause.CREW,))
    if returns is None or returns > delay:
        return False
    departure, arrival = flight["departure_utc"] + delay, flight["arrival_utc"] + delay
    return situation.held.leave(departure, arrival, lands_at=flight["destination"], solved=_OTHERS)


_OTHERS = frozenset(Cause) - {Cause.CREW}
