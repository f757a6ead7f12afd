"""Which crews may fly, and when: the rostered one, reserves, a crew after its rest. Delays are minutes after schedule."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, partial

from conclave.tables import Item

from packs.airline import times
from packs.airline.assumptions import (
    LONGEST_DELAY_MINUTES,
    RESERVE_CANDIDATES,
    RESERVE_READY_MINUTES,
    SEARCHED_TIMES,
    TYPES,
    report_minutes,
)
from packs.airline.crewing import CrewState, best_first, called_out, legal, rest_until, rested, tightest
from packs.airline.departures import Openings, rounded
from packs.airline.effects.aircraft import turnaround_margin
from packs.airline.effects.move import Move, own_aircraft
from packs.airline.effects.sectors import crew_of, legs_of
from packs.airline.models import Cause
from packs.airline.situation import Situation

RESTED_TIMES = 13
"""An hour of departure times after the end of a rest: the margin grows with each."""
COMFORTABLE_MINUTES = 60
"""A crew's margin counts in full from here on."""


class Crews:
    """Who may fly, by aircraft type and delay. What was worked out for one aircraft serves the next of its type."""

    def __init__(self, situation: Situation, openings: Openings) -> None:
        """Looks for crews at these delays only."""
        self._situation = situation
        self._openings = openings
        self._legs = cache(partial(legs_of, situation))
        self._rostered = cache(partial(crew_of, situation))
        self._called: dict[tuple[str, str, int], CrewState] = {}

    def of(self, kind: str, first: int) -> Iterator[tuple[int, CrewState]]:
        """Crews with the earliest times from ``first`` on at which they are legal, the rostered crew first."""
        usable = self._between(kind, first, LONGEST_DELAY_MINUTES)
        yield from earliest_legal((delay, self._rostered(kind, delay)) for delay in usable)
        reserves = self._situation.on_call(TYPES[kind].rating)
        found = [earliest_legal(self._states(crew, kind, max(first, RESERVE_READY_MINUTES))) for crew in reserves]
        ready = sorted((each for each in found if each), key=lambda each: (each[0][0], -tightest(each[0][1])))
        for each in ready[:RESERVE_CANDIDATES]:
            yield from each

    def rostered(self, kind: str, delay: int) -> CrewState:
        """The rostered crew on an aircraft of this type after this delay."""
        return self._rostered(kind, delay)

    def _states(self, crew: Item, kind: str, first: int) -> Iterator[tuple[int, CrewState]]:
        """A reserve crew at the times at which its standby lets it report."""
        departure, reports = self._situation.flight["departure_utc"], report_minutes(wide=TYPES[kind].wide)
        earliest = times.minutes_between(departure, crew["standby_start_utc"]) + reports
        latest = times.minutes_between(departure, crew["standby_end_utc"]) + reports
        for delay in self._between(kind, max(first, earliest), latest):
            key = (crew["crew_id"], kind, delay)
            if key not in self._called:
                self._called[key] = called_out(crew, legs=self._legs(kind, delay), kind=kind)
            yield delay, self._called[key]

    def _between(self, kind: str, first: int, last: int) -> Sequence[int]:
        usable = self._openings.of(kind)
        return usable[bisect_left(usable, first) : bisect_right(usable, last)]


def own_move(situation: Situation, delay: int, crew: CrewState | None = None) -> Move:
    """The planned aircraft after a delay in minutes, with its own crew unless another is given."""
    return own_aircraft(situation, delay, crew or crew_of(situation, situation.flight["type"], delay))


def reserve_states(situation: Situation, kind: str, delay: int) -> list[CrewState]:
    """Reserve crews of a type after a delay in minutes, in the order in which a controller would call them."""
    legs = legs_of(situation, kind, delay)
    crews = situation.on_call(TYPES[kind].rating)
    return best_first([called_out(crew, legs=legs, kind=kind) for crew in crews])


def rest_ends(situation: Situation, duty: Item) -> tuple[str, int]:
    """When the rostered crew has rested where it is, ISO UTC, and the least delay in minutes with which it can fly then."""
    flight = situation.flight
    until = rest_until(duty, flight["departure_utc"], home_base=False)
    reports = report_minutes(wide=TYPES[flight["type"]].wide)
    return until, rounded(times.minutes_between(flight["departure_utc"], until) + reports)


def rested_crew(situation: Situation, duty: Item, delay: int) -> CrewState:
    """The rostered crew after a rest at an outstation, flying after this delay."""
    flight = situation.flight
    until, _ = rest_ends(situation, duty)
    return rested(
        duty,
        situation.crew,
        report_utc=times.shift(flight["departure_utc"], delay - report_minutes(wide=TYPES[flight["type"]].wide)),
        rested_from_utc=until,
        legs=legs_of(situation, flight["type"], delay),
        rating=TYPES[flight["type"]].rating,
    )


def rested_times(situation: Situation, first: int, open_times: Sequence[int]) -> list[tuple[int, CrewState]]:
    """Away from the hub: the crew after its rest, at the earliest time and at some later ones with a larger margin."""
    duty = situation.duty
    if duty is None or situation.from_hub or situation.incident.cause is Cause.CREW:
        return []
    start = max(first, rest_ends(situation, duty)[1])
    usable = [delay for delay in open_times if delay >= start]
    return [(delay, crew) for delay in usable[:RESTED_TIMES] if legal(crew := rested_crew(situation, duty, delay))]


def earliest_legal(states: Iterable[tuple[int, CrewState]]) -> list[tuple[int, CrewState]]:
    """The first legal times, and up to an hour more of them while each gives the crew more rest and it has less than an hour."""
    found: list[tuple[int, CrewState]] = []
    for delay, crew in states:
        if not legal(crew):
            continue
        rests = bool(found) and tightest(found[-1][1]) < min(tightest(crew), COMFORTABLE_MINUTES)
        if len(found) >= (RESTED_TIMES if rests else SEARCHED_TIMES):
            break
        found.append((delay, crew))
    return found


def worth_waiting(situation: Situation, moves: Iterable[Move]) -> list[Move]:
    """Of moves that differ in time and crew only, those that leave more room in something than every other at least as early."""
    kept: list[tuple[Move, Sequence[int]]] = []
    rooms = [(move, _room(situation, move)) for move in moves]
    for move, room in sorted(
        rooms, key=lambda each: (each[0].delay, [-part for part in each[1]], each[0].crew.crew_id)
    ):
        if not any(all(here >= there for here, there in zip(other, room, strict=True)) for _, other in kept):
            kept.append((move, room))
    return [move for move, _ in kept]


def _room(situation: Situation, move: Move) -> Sequence[int]:
    """Margins in duty, rest and turnaround as far as they count, in minutes."""
    departure = times.shift(situation.flight["departure_utc"], move.delay)
    margins = (move.crew.duty_margin, move.crew.rest_margin, turnaround_margin(situation, move, departure))
    return [COMFORTABLE_MINUTES if each is None else min(each, COMFORTABLE_MINUTES) for each in margins]
