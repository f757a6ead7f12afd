"""The sectors that a crew flies when the disrupted flight is late, and what they leave of its duty time."""

from __future__ import annotations

from collections.abc import Callable

from conclave.pack import Item
from msgspec import structs

from packs.airline.models import Cause
from packs.airline.planning.crewing import NO_ROSTER, CrewState, Leg, called_out, legal, rostered
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


def from_hub_again(situation: Situation) -> list[Item]:
    """The flights of the duty from the first on that leaves the hub after the disrupted one: others can fly them."""
    later = [each for each in situation.duty_flights if each["departure_utc"] > situation.flight["departure_utc"]]
    starts = (number for number, each in enumerate(later) if each["origin"] in situation.operator.hubs)
    return later[next(starts, len(later)) :]


def crew_of(situation: Situation, kind: str, delay: int, *, joining: int = 0, waits: bool = False) -> CrewState:
    """The rostered crew on an aircraft of this type after this delay.

    It reports later where it can be told in time. The sectors from the hub that it has no duty left for, others fly.

    Args:
        situation: The disruption.
        kind: Aircraft type.
        delay: Of the disrupted flight, in minutes.
        joining: Pilots who join it.
        waits: It has reported as planned, whatever it could have been told.
    """
    duty = situation.duty
    if duty is None:
        return NO_ROSTER

    def flying(legs: list[Leg]) -> CrewState:
        return rostered(
            situation.operator,
            duty,
            situation.crew,
            situation.clock_of(duty),
            legs=[*earlier_legs(situation), *legs],
            rating=situation.types[kind].rating,
            available=_is_there(situation, delay),
            joining=joining,
            later=delay if situation.told_in_time and not waits else 0,
        )

    return _as_far_as_needed(situation, legs_of(situation, kind, delay), flying)


def called_crew(situation: Situation, crew: Item, kind: str, delay: int) -> CrewState:
    """A reserve crew that flies an aircraft of this type after this delay instead of the rostered one."""

    def flying(legs: list[Leg]) -> CrewState:
        return called_out(
            situation.operator,
            crew,
            situation.reserve_clock(crew),
            legs=legs,
            kind=kind,
            relieves=situation.duty,
        )

    return _as_far_as_needed(situation, legs_of(situation, kind, delay), flying)


def _as_far_as_needed(situation: Situation, legs: list[Leg], flying: Callable[[list[Leg]], CrewState]) -> CrewState:
    """A crew on all these sectors, or only until the hub when that is legal and all of them are not."""
    full, others = flying(legs), from_hub_again(situation)
    if not others or legal(full):
        return full
    part = flying(legs[: -len(others)])
    return structs.replace(part, recrewed=True) if legal(part) else full


def _is_there(situation: Situation, delay: int) -> bool:
    """True if the rostered crew is back after this delay, and a latest time of its own is kept."""
    flight, returns = situation.flight, situation.held.over((Cause.CREW,))
    if returns is None or returns > delay:
        return False
    departure, arrival = flight["departure_utc"] + delay, flight["arrival_utc"] + delay
    return situation.held.leave(departure, arrival, lands_at=flight["destination"], solved=_OTHERS)


_OTHERS = frozenset(Cause) - {Cause.CREW}
