"""When the flight can go: steps, slots, night closures, weather. Delays are minutes after schedule."""

from __future__ import annotations

from collections.abc import Callable, Collection

from packs.airline.bounds import LONGEST_DELAY_MINUTES, SLOT_CANDIDATES
from packs.airline.journeys import legs_after
from packs.airline.models import Cause
from packs.airline.planning.effects.airports import fits_slot, landable, noise_fits, takes_off
from packs.airline.planning.fleet import Spare
from packs.airline.planning.knock_on import curfew_violation, curfew_wait
from packs.airline.planning.situation import Situation
from packs.airline.reported.standing import SWAPPED
from packs.airline.rules.aircraft.maintenance_checks import repair_ready_utc
from packs.airline.rules.airports.limits import above_minima, earliest_off_blocks

STEP_MINUTES = 5
AVOIDABLE = frozenset([*SWAPPED, Cause.CREW])
"""Causes that another aircraft or crew goes round."""


def rounded(minutes: int) -> int:
    """The next multiple of five minutes."""
    return -(-minutes // STEP_MINUTES) * STEP_MINUTES


def delay_after(situation: Situation, minutes: int) -> int:
    """The least delay of a departure that is so many minutes after the report is received; 0 when there was time enough."""
    return rounded(max(0, situation.received + minutes - situation.flight["departure_utc"]))


def reserve_minutes(situation: Situation, kind: str) -> int:
    """Minutes from the call of a reserve crew to a departure: at the aircraft, and reported as long before as any crew."""
    return max(situation.figures.reserve_ready_minutes, situation.operator.report_minutes(kind))


def reserve_delay(situation: Situation, kind: str) -> int:
    """The least delay with which a reserve crew can take a flight of an aircraft type over."""
    return delay_after(situation, reserve_minutes(situation, kind))


def own_delay(situation: Situation) -> int:
    """The least delay with which the planned aircraft can leave.

    What holds it is over, a repair that is recorded is done, and the report received.
    """
    return rounded(max(situation.held.first_delay, _repaired(situation), delay_after(situation, 0)))


def first_own_delay(situation: Situation, passed: Collection[Cause] = ()) -> int | None:
    """The least delay that the search tries with the planned aircraft; ``None`` when its release is unknown or it has no record.

    A missing crew does not hold the aircraft: another one may fly at once. Nor does what an option goes round, ``passed``.
    """
    over = situation.held.over_without({Cause.CREW, *passed})
    if over is None or situation.aircraft is None:
        return None
    return rounded(max(over, _repaired(situation), delay_after(situation, 0)))


def _repaired(situation: Situation) -> int:
    """The least delay that the recorded repair of the planned aircraft leaves, when it has a defect."""
    if Cause.TECHNICAL not in situation.held.causes or not situation.aircraft:
        return 0
    return int(repair_ready_utc(situation.aircraft) - situation.flight["departure_utc"])


def helped_delay(situation: Situation, causes: Collection[Cause]) -> int | None:
    """The least delay of an option that goes round problems of these causes: the others are over; ``None`` if nobody knows."""
    over = situation.held.over_without(causes)
    return None if over is None else rounded(max(over, delay_after(situation, 0)))


def spare_delay(situation: Situation, spare: Spare) -> int:
    """The least delay with which another aircraft can leave."""
    ready = spare.on_ground_from + situation.types[spare.item["type"]].turnaround_minutes
    others = helped_delay(situation, AVOIDABLE) or 0
    prepared = delay_after(situation, situation.figures.swap_ready_minutes)
    return rounded(max(prepared, ready - situation.flight["departure_utc"], others))


class Openings:
    """The delays, at most a day, at which slots, night closures, noise quotas and forecast let the flight go."""

    def __init__(self, situation: Situation, *, only: Callable[[int], bool] = lambda delay: True) -> None:
        """Works out the times of a type when they are asked for, once; ``only`` narrows them down."""
        self._situation = situation
        self._only = only
        self._delays: list[int] | None = None
        self._of: dict[str, list[int]] = {}

    def of(self, kind: str) -> list[int]:
        """Delays of an aircraft type in order."""
        if self._delays is None:
            every = range(delay_after(self._situation, 0), LONGEST_DELAY_MINUTES + 1, STEP_MINUTES)
            self._delays = [delay for delay in every if self._only(delay) and _open(self._situation, delay)]
        if kind not in self._of:
            quota = any("night_quota_left" in self._situation.airports.get(name, {}) for name in self._ends())
            self._of[kind] = [each for each in self._delays if self._quiet(kind, each)] if quota else self._delays
        return self._of[kind]

    def _ends(self) -> tuple[str, str]:
        return self._situation.flight["origin"], self._situation.flight["destination"]

    def _quiet(self, kind: str, delay: int) -> bool:
        flight = self._situation.flight
        departure, arrival = flight["departure_utc"] + delay, flight["arrival_utc"] + delay
        return noise_fits(self._situation, kind, departure, arrival)


def _open(situation: Situation, delay: int) -> bool:
    """True if slots, night closures and forecast let the flight go after this delay."""
    flight = situation.flight
    departure, arrival = flight["departure_utc"] + delay, flight["arrival_utc"] + delay
    closed = curfew_violation(
        departure, situation.airports.get(flight["origin"]), flight["departure_utc"]
    ) or curfew_violation(arrival, situation.airports.get(flight["destination"]), flight["arrival_utc"], lands=True)
    kept = situation.held.leave(departure, arrival, lands_at=flight["destination"], solved=AVOIDABLE)
    weather = takes_off(situation, departure) and landable(situation, arrival)
    return fits_slot(situation, departure) and not closed and kept and weather


def slot_delays(situation: Situation, first: int) -> list[int]:
    """Delays that make a slot, from ``first`` on; the first of them may be the allocated one."""
    departure = situation.flight["departure_utc"]
    offers = sorted(earliest_off_blocks(slot) - departure for slot in situation.slots)
    return [offer for offer in offers if offer >= first][:SLOT_CANDIDATES]


def bought_connections_end(situation: Situation, first: int, last: int) -> list[int]:
    """Delays after ``first``, up to ``last``, with which a flight of another carrier on an onward route is just missed.

    Who cannot be put on it any more costs no fare: a little later can be the better time.
    """
    flight, there = situation.flight, situation.airports.get(situation.flight["destination"])
    onward = {leg for each in situation.bookings for leg in legs_after(each, flight["flight_id"])[:1]}
    booked = [situation.onward[each] for each in onward if each in situation.onward]
    found: set[int] = set()
    if there is None:
        return []
    for route, minutes in {(each["route"], situation.connection_to(each)) for each in booked}:
        for other in situation.other_carriers.get(route, ()):
            reaches = other["departure_utc"] - flight["arrival_utc"] - minutes
            found.add(reaches // STEP_MINUTES * STEP_MINUTES + STEP_MINUTES)
    return sorted(each for each in found if first < each <= last)


def to_slot(situation: Situation, delay: int) -> int:
    """The delay itself when it lies in a slot, otherwise the next slot."""
    if fits_slot(situation, situation.flight["departure_utc"] + delay):
        return delay
    return next(iter(slot_delays(situation, delay)), delay)


def after_curfew(situation: Situation, delay: int) -> int:
    """The delay itself, or the one at which neither end is closed at night any more."""
    flight = situation.flight
    arrival = flight["arrival_utc"] + delay
    departure = flight["departure_utc"] + delay
    wait = max(
        curfew_wait(arrival, situation.airports.get(flight["destination"]), flight["arrival_utc"], lands=True),
        curfew_wait(departure, situation.airports.get(flight["origin"]), flight["departure_utc"]),
    )
    return to_slot(situation, rounded(delay + wait)) if wait else delay


def weather_delays(situation: Situation, first: int) -> set[int]:
    """The delay to the first period with landable weather, when the forecast at arrival is below minima."""
    arrival = situation.flight["arrival_utc"] + first
    if landable(situation, arrival):
        return set()
    better = [each for each in situation.forecast if each["from_utc"] > arrival and above_minima(each)]
    waits = [each["from_utc"] - situation.flight["arrival_utc"] for each in better[:1]]
    return {to_slot(situation, rounded(wait)) for wait in waits}
