"""Which crews may fly, and when: the rostered one, reserves, a crew after its rest. Delays are minutes after schedule."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, partial
from typing import TypeVar

from conclave.pack import Item
from msgspec import structs

from packs.airline.bounds import LONGEST_DELAY_MINUTES, RESERVE_CANDIDATES, SEARCHED_TIMES
from packs.airline.models import Cause
from packs.airline.planning.crewing import (
    CrewState,
    at_discretion,
    best_first,
    legal,
    reserve_rest_margin,
    rested,
    stood_down,
    tightest,
)
from packs.airline.planning.departures import Openings, reserve_delay, rounded
from packs.airline.planning.effects.aircraft import turnaround_margin
from packs.airline.planning.effects.move import Move, own_aircraft
from packs.airline.planning.effects.sectors import called_crew, crew_of, earlier_legs, legs_of
from packs.airline.planning.situation import Situation
from packs.airline.rules.crew.duty_regime import regime
from packs.airline.rules.crew.time_zones import Rest

RESTED_TIMES = 13
"""An hour of departure times after the end of a rest: the margin grows with each."""
COMFORTABLE_MINUTES = 60
"""A crew's margin counts in full from here on."""
_FULL_ROOM = (COMFORTABLE_MINUTES, COMFORTABLE_MINUTES, 45)
"""Duty, rest and turnaround margins that count in full, in minutes."""
PATIENCE_MINUTES = 120
"""Most minutes that a time may be later and still be looked at because it leaves more room."""


class Crews:
    """Crews that may fly, by aircraft type and delay. Results for one aircraft serve the next of its type."""

    def __init__(self, situation: Situation, openings: Openings) -> None:
        """Looks for crews at these delays only."""
        self._situation = situation
        self._openings = openings
        self._rostered = cache(partial(crew_of, situation))
        self._called: dict[tuple[str, str, int], CrewState] = {}
        self._reserves = cache(partial(rested_reserves, situation))
        self._ranked = cache(self._rank)
        self._ranked_stretched = cache(self._rank_stretched)
        self._found = cache(self._find)
        self._found_stretched = cache(self._find_stretched)

    def of(self, kind: str, first: int, *, ground: int = COMFORTABLE_MINUTES) -> Sequence[tuple[int, CrewState]]:
        """Crews with the times from ``first`` on at which they are legal and worth a look, the rostered crew first.

        ``ground``: turnaround margin of the aircraft at schedule, in minutes.
        """
        return self._found(kind, first, _room_on_ground(ground, first))

    def stretched(self, kind: str, first: int, *, ground: int = COMFORTABLE_MINUTES) -> Sequence[tuple[int, CrewState]]:
        """Crews that may fly at the commander's discretion only, with the times before any at which they need none."""
        return self._found_stretched(kind, first, _room_on_ground(ground, first))

    def _find(self, kind: str, first: int, ground: int) -> Sequence[tuple[int, CrewState]]:
        found = patiently(self._own(kind, first), ground=ground)
        for crew in self._ranked(kind, first):
            found += patiently(self._states(crew, kind, first), ground=ground)
        return found

    def _find_stretched(self, kind: str, first: int, ground: int) -> Sequence[tuple[int, CrewState]]:
        found: list[tuple[int, CrewState]] = []
        for crew in self._ranked_stretched(kind, first):
            states = self._states(crew, kind, first) if crew else self._own(kind, first)
            found += patiently(_only_at_discretion(states), ground=ground)
        return found

    def _rank(self, kind: str, first: int) -> Sequence[Item]:
        """The reserve crews that are called first: by the first time from ``first`` on at which each is legal."""
        firsts = [(_first_legal(self._states(crew, kind, first)), crew) for crew in self._reserves(kind)]
        return _called_first(firsts)

    def _rank_stretched(self, kind: str, first: int) -> Sequence[Item | None]:
        """The same of the crews at the commander's discretion; ``None`` is the rostered one."""
        crews: list[Item | None] = [None, *self._reserves(kind)]
        states = (self._states(each, kind, first) if each else self._own(kind, first) for each in crews)
        return _called_first(
            [(_first_legal(_only_at_discretion(each)), crew) for each, crew in zip(states, crews, strict=True)]
        )

    def _own(self, kind: str, first: int) -> Iterator[tuple[int, CrewState]]:
        return ((delay, self._rostered(kind, delay)) for delay in self._between(kind, first, LONGEST_DELAY_MINUTES))

    def rostered(self, kind: str, delay: int) -> CrewState:
        """The rostered crew on an aircraft of this type after this delay."""
        return self._rostered(kind, delay)

    def _states(self, crew: Item, kind: str, first: int) -> Iterator[tuple[int, CrewState]]:
        """A reserve crew at the times at which it can be called, and its standby lets it report."""
        departure, reports = self._situation.flight["departure_utc"], self._situation.operator.report_minutes(kind)
        earliest = crew["standby_start_utc"] - departure + reports
        latest = crew["standby_end_utc"] - departure + reports
        called = reserve_delay(self._situation, kind)
        for delay in self._between(kind, max(first, called, earliest), latest):
            key = (crew["crew_id"], kind, delay)
            if key not in self._called:
                self._called[key] = called_crew(self._situation, crew, kind, delay)
            yield delay, self._called[key]

    def _between(self, kind: str, first: int, last: int) -> Sequence[int]:
        usable = self._openings.of(kind)
        return usable[bisect_left(usable, first) : bisect_right(usable, last)]


def _only_at_discretion(states: Iterable[tuple[int, CrewState]]) -> Iterator[tuple[int, CrewState]]:
    for delay, crew in states:
        if legal(crew):
            return
        longer = at_discretion(crew)
        if longer.discretion:
            yield delay, longer


def _first_legal(states: Iterable[tuple[int, CrewState]]) -> tuple[int, CrewState] | None:
    return next((each for each in states if legal(each[1])), None)


_Crew = TypeVar("_Crew", Item, Item | None)


def _called_first(firsts: Iterable[tuple[tuple[int, CrewState] | None, _Crew]]) -> list[_Crew]:
    """Of crews with the first state in which each may fly, if there is one: those that are looked at, best first."""
    able = [(first, crew) for first, crew in firsts if first]
    return [crew for _, crew in sorted(able, key=lambda each: _order(*each[0]))[:RESERVE_CANDIDATES]]


def _order(delay: int, crew: CrewState) -> tuple[int, int, int]:
    return delay, crew.crews_short, crew.discretion - tightest(crew)


def _room_on_ground(ground: int, first: int) -> int:
    """Turnaround margin at schedule, as far as it counts for departures from ``first`` on: more than in full is no more."""
    return min(ground, _FULL_ROOM[2] - first)


def rested_reserves(situation: Situation, kind: str) -> list[Item]:
    """Reserve crews that stand by for a type where the flight leaves and have rested before: no other ever is legal."""
    return [each for each in situation.on_call(situation.types[kind].rating, first=True) if has_rested(situation, each)]


def has_rested(situation: Situation, crew: Item) -> bool:
    """True if a reserve crew had its minimum rest before its standby, which no delay changes."""
    return reserve_rest_margin(situation.operator, crew, situation.reserve_clock(crew)) >= 0


def own_move(situation: Situation, delay: int, crew: CrewState | None = None) -> Move:
    """The planned aircraft after a delay in minutes, with its own crew unless another is given."""
    return own_aircraft(situation, delay, crew or crew_of(situation, situation.flight["type"], delay))


def reserve_states(situation: Situation, kind: str, delay: int) -> list[CrewState]:
    """Reserve crews of a type after a delay in minutes, in the order in which a controller would call them."""
    crews = situation.on_call(situation.types[kind].rating)
    return best_first([called_crew(situation, crew, kind, delay) for crew in crews])


def rest_ends(situation: Situation, duty: Item) -> tuple[int, int]:
    """When the rostered crew has rested where it is, and the least delay in minutes with which it can fly then."""
    flight = situation.flight
    until = regime(situation.operator.duty_regime).rested_at(_rest(situation, duty))
    reports = situation.operator.report_minutes(flight["type"])
    return until, rounded(until - flight["departure_utc"] + reports)


def _rest(situation: Situation, duty: Item) -> Rest:
    """The rest of the rostered crew where it is, from the scheduled departure or the receipt of the report on."""
    return stood_down(duty, situation.clock_of(duty), at_utc=situation.stood_down, zone=situation.here.tz)


def rested_crew(situation: Situation, duty: Item, delay: int) -> CrewState:
    """The rostered crew after a rest at an outstation, flying after this delay."""
    flight = situation.flight
    return rested(
        situation.operator,
        duty,
        situation.crew,
        structs.replace(situation.clock_of(duty), begins=situation.here),
        rest=_rest(situation, duty),
        flown_minutes=sum(leg.block_minutes for leg in earlier_legs(situation)),
        report_utc=flight["departure_utc"] + delay - situation.operator.report_minutes(flight["type"]),
        legs=legs_of(situation, flight["type"], delay),
        rating=situation.types[flight["type"]].rating,
    )


def rested_times(situation: Situation, first: int, open_times: Sequence[int]) -> list[tuple[int, CrewState]]:
    """Away from the hub: the crew after its rest, at the earliest time and at some later ones with a larger margin."""
    duty, returns = situation.duty, situation.held.over((Cause.CREW,))
    if duty is None or situation.from_hub or returns is None:
        return []
    start = max(first, returns, rest_ends(situation, duty)[1])
    usable = [delay for delay in open_times if delay >= start]
    return [(delay, crew) for delay in usable[:RESTED_TIMES] if legal(crew := rested_crew(situation, duty, delay))]


def patiently(
    states: Iterable[tuple[int, CrewState]], *, ground: int = COMFORTABLE_MINUTES
) -> list[tuple[int, CrewState]]:
    """The first legal times, and later ones, at most two hours after the first, that leave more room than any before.

    Room is what counts of the margins in duty, rest and turnaround.

    Args:
        states: Delays in order, with the crew at each.
        ground: Turnaround margin of the aircraft at schedule, in minutes; each minute of delay adds one.
    """
    found: list[tuple[int, CrewState]] = []
    rooms: list[Sequence[int]] = []
    for delay, crew in states:
        enough = len(found) >= SEARCHED_TIMES
        if found and (delay > found[0][0] + PATIENCE_MINUTES or (enough and _full(rooms))):
            break
        if legal(crew) and not (enough and _matched(_room(crew, ground + delay), rooms)):
            found.append((delay, crew))
            rooms.append(_room(crew, ground + delay))
    return found


def worth_waiting(moves: Iterable[Move], *, ground: int) -> list[Move]:
    """Of moves of an aircraft that differ in time and crew only: those that leave more room than every other at least as early.

    Args:
        moves: In any order.
        ground: Turnaround margin of the aircraft at schedule, in minutes.
    """
    kept: list[Move] = []
    rooms: list[Sequence[int]] = []
    candidates = [(move, _room(move.crew, ground + move.delay)) for move in moves]
    for move, room in sorted(
        candidates, key=lambda each: (each[0].delay, [-part for part in each[1]], each[0].crew.crew_id)
    ):
        if not _matched(room, rooms):
            kept.append(move)
            rooms.append(room)
    return kept


def has_all_room(moves: Iterable[Move], *, before: int, ground: int) -> bool:
    """True if one of the moves departs before a delay with all the room that counts: nothing later is worth waiting for.

    Args:
        moves: In any order.
        before: The delay, in minutes.
        ground: Turnaround margin of the aircraft at schedule, in minutes.
    """
    return any(each.delay < before and _full([_room(each.crew, ground + each.delay)]) for each in moves)


def ground_at_schedule(situation: Situation, move: Move) -> int:
    """The turnaround margin of a move's aircraft if it left at schedule, in minutes; negative when it comes too late."""
    return turnaround_margin(situation, structs.replace(move, delay=0), situation.flight["departure_utc"])


def _room(crew: CrewState, turnaround: int) -> Sequence[int]:
    margins = (crew.duty_margin, crew.rest_margin, turnaround)
    return [full if each is None else min(each, full) for each, full in zip(margins, _FULL_ROOM, strict=True)]


def _matched(room: Sequence[int], others: Sequence[Sequence[int]]) -> bool:
    return any(all(there >= here for there, here in zip(other, room, strict=True)) for other in others)


def _full(rooms: Sequence[Sequence[int]]) -> bool:
    return _matched(_FULL_ROOM, rooms)
