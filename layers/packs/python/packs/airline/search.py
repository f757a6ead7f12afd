"""The search for the best ways to fly: every aircraft, every crew, every departure time that no rule forbids.

It judges by the same fields and scores that the options carry. What it leaves out is only a shorter list: whether an option may
be flown is decided by the checks of the agents, which look for themselves.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

from conclave.tables import Item
from conclave.types import Value

from packs.airline import times
from packs.airline.assumptions import (
    BEST_OPTIONS,
    LONGEST_DELAY_MINUTES,
    RESERVE_CANDIDATES,
    RESERVE_READY_MINUTES,
    SEARCHED_TIMES,
    SWAP_READY_MINUTES,
    TYPES,
    report_minutes,
)
from packs.airline.crewing import CrewState, called_out, legal, rest_until, rested, tightest
from packs.airline.effects import Move, crew_of, landable, legs_of, moved_fields
from packs.airline.knock_on import curfew_violation
from packs.airline.models import Cause
from packs.airline.reaccommodation import Journeys
from packs.airline.rules.airports import TAXI_MINUTES, slot_fits
from packs.airline.rules.equipment import grounding_reasons
from packs.airline.scores import DIMENSIONS
from packs.airline.situation import Situation, Spare

STEP_MINUTES = 5
RESTED_TIMES = 13
"""An hour of departure times after the end of a rest: the margin grows with each."""
_NOT_NEGATIVE = (
    "turnaround_margin_minutes",
    "range_margin_km",
    "crew_duty_margin_minutes",
    "crew_rest_margin_minutes",
    "life_saving_margin_minutes",
    "animal_welfare_margin_minutes",
)
_TRUE = ("cause_cleared", "aircraft_serviceable", "mel_dispatchable", "crew_available", "crew_qualified")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A way to fly that the planner's own figures allow, and its total score."""

    move: Move
    total: float


def own_aircraft(situation: Situation, delay: int, crew: CrewState) -> Move:
    """The planned aircraft after a delay in minutes."""
    return Move(
        tail=situation.flight["tail"],
        kind=situation.flight["type"],
        item=situation.aircraft,
        delay=delay,
        on_ground_from=situation.on_ground_from,
        spare_line=None,
        crew=crew,
    )


def spare_aircraft(spare: Spare, delay: int, crew: CrewState) -> Move:
    """Another aircraft after a delay in minutes."""
    return Move(
        tail=spare.item["tail"],
        kind=spare.item["type"],
        item=spare.item,
        delay=delay,
        on_ground_from=spare.on_ground_from,
        spare_line=spare.line,
        crew=crew,
    )


def rounded(minutes: int) -> int:
    """The next multiple of five minutes."""
    return -(-minutes // STEP_MINUTES) * STEP_MINUTES


def spare_delay(situation: Situation, spare: Spare) -> int:
    """The least delay with which another aircraft can leave."""
    ready = times.shift(spare.on_ground_from, TYPES[spare.item["type"]].turnaround_minutes)
    return rounded(max(SWAP_READY_MINUTES, times.minutes_between(situation.flight["departure_utc"], ready)))


def best_moves(situation: Situation, journeys: Journeys) -> list[Found]:
    """The best way to fly with each aircraft by total score: the best ``BEST_OPTIONS`` of them, best first."""
    open_times = [delay for delay in range(0, LONGEST_DELAY_MINUTES + 1, STEP_MINUTES) if _open(situation, delay)]
    best: dict[str, Found] = {}
    for move in _moves(situation, open_times):
        for variant in (move, replace(move, offload=True)) if _can_offload(situation) else (move,):
            fields = moved_fields(situation, variant, journeys)
            if _allowed(fields):
                found = Found(move=variant, total=_total(fields))
                best[variant.tail] = min(best.get(variant.tail, found), found, key=_order)
    return sorted(best.values(), key=_order)[:BEST_OPTIONS]


def _order(found: Found) -> tuple[float, int, str, str, bool]:
    move = found.move
    return -found.total, move.delay, move.tail, move.crew.crew_id, move.offload


def _open(situation: Situation, delay: int) -> bool:
    """Whether slots, night closures and forecast let the flight go after this delay."""
    flight = situation.flight
    departure, arrival = times.shift(flight["departure_utc"], delay), times.shift(flight["arrival_utc"], delay)
    closed = curfew_violation(departure, situation.airports.get(flight["origin"])) or curfew_violation(
        arrival, situation.airports.get(flight["destination"])
    )
    fits = not situation.slots or slot_fits(times.shift(departure, TAXI_MINUTES), situation.slots)
    return fits and not closed and landable(situation, arrival)


def _moves(situation: Situation, open_times: Sequence[int]) -> Iterator[Move]:
    incident, crews = situation.incident, _Crews(situation, open_times)
    released = incident.cause is not Cause.TECHNICAL or incident.delay_minutes > 0
    if released and situation.aircraft is not None:
        first = 0 if incident.cause is Cause.CREW else rounded(situation.first_delay)
        for delay, crew in crews.of(situation.flight["type"], first):
            yield own_aircraft(situation, delay, crew)
        for delay, crew in _rested(situation, first, open_times):
            yield own_aircraft(situation, delay, crew)
    for spare in situation.spares:
        departure = situation.flight["departure_utc"]
        if not spare.item["serviceable"] or grounding_reasons(
            situation.mel.get(spare.item["tail"], ()), departure[:10]
        ):
            continue
        for delay, crew in crews.of(spare.item["type"], spare_delay(situation, spare)):
            yield spare_aircraft(spare, delay, crew)


class _Crews:
    """Who may fly, by aircraft type and delay. What was worked out for one aircraft serves the next of its type."""

    def __init__(self, situation: Situation, open_times: Sequence[int]) -> None:
        self._situation = situation
        self._open_times = open_times
        self._legs = cache(partial(legs_of, situation))
        self._rostered = cache(partial(crew_of, situation))
        self._called: dict[tuple[str, str, int], CrewState] = {}

    def of(self, kind: str, first: int) -> Iterator[tuple[int, CrewState]]:
        """Crews with the earliest times from ``first`` on at which they are legal, the rostered crew first."""
        usable = self._between(first, LONGEST_DELAY_MINUTES)
        yield from _earliest((delay, self._rostered(kind, delay)) for delay in usable)
        reserves = self._situation.reserves.get(TYPES[kind].rating, ())
        found = [_earliest(self._states(crew, kind, max(first, RESERVE_READY_MINUTES))) for crew in reserves]
        ready = sorted((each for each in found if each), key=lambda each: (each[0][0], -tightest(each[0][1])))
        for each in ready[:RESERVE_CANDIDATES]:
            yield from each

    def _states(self, crew: Item, kind: str, first: int) -> Iterator[tuple[int, CrewState]]:
        """A reserve crew at the times at which its standby lets it report."""
        departure, reports = self._situation.flight["departure_utc"], report_minutes(wide=TYPES[kind].wide)
        earliest = times.minutes_between(departure, crew["standby_start_utc"]) + reports
        latest = times.minutes_between(departure, crew["standby_end_utc"]) + reports
        for delay in self._between(max(first, earliest), latest):
            key = (crew["crew_id"], kind, delay)
            if key not in self._called:
                self._called[key] = called_out(crew, legs=self._legs(kind, delay), kind=kind)
            yield delay, self._called[key]

    def _between(self, first: int, last: int) -> Sequence[int]:
        return self._open_times[bisect_left(self._open_times, first) : bisect_right(self._open_times, last)]


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
        report_utc=times.shift(flight["departure_utc"], delay - report_minutes(wide=TYPES[flight["type"]].wide)),
        rested_from_utc=until,
        legs=legs_of(situation, flight["type"], delay),
        rating=TYPES[flight["type"]].rating,
    )


def _rested(situation: Situation, first: int, open_times: Sequence[int]) -> list[tuple[int, CrewState]]:
    """Away from the hub: the crew after its rest, at the earliest time and at some later ones with a larger margin."""
    duty = situation.duty
    if duty is None or situation.from_hub or situation.incident.cause is Cause.CREW:
        return []
    start = max(first, rest_ends(situation, duty)[1])
    usable = [delay for delay in open_times if delay >= start]
    return [(delay, crew) for delay in usable[:RESTED_TIMES] if legal(crew := rested_crew(situation, duty, delay))]


def _earliest(states: Iterable[tuple[int, CrewState]]) -> list[tuple[int, CrewState]]:
    found: list[tuple[int, CrewState]] = []
    for delay, crew in states:
        if legal(crew):
            found.append((delay, crew))
            if len(found) == SEARCHED_TIMES:
                break
    return found


def _can_offload(situation: Situation) -> bool:
    origin = situation.airports.get(situation.flight["origin"])
    return bool(origin and origin["cool_store"]) and any(each["kind"] == "cold_chain" for each in situation.shipments)


def _allowed(fields: Mapping[str, Value]) -> bool:
    margins = (fields[name] for name in _NOT_NEGATIVE)
    return all(fields[name] for name in _TRUE) and all(
        margin is None or (isinstance(margin, int | float) and margin >= 0) for margin in margins
    )


def _total(fields: Mapping[str, Value]) -> float:
    return sum(each.weight * each.score(fields) for each in DIMENSIONS)
