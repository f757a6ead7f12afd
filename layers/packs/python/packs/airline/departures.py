"""When the flight can go: steps, slots, night closures, weather. Delays are minutes after schedule."""

from __future__ import annotations

from packs.airline import times
from packs.airline.assumptions import LONGEST_DELAY_MINUTES, SLOT_CANDIDATES, SWAP_READY_MINUTES, TYPES
from packs.airline.effects.airports import fits_slot, landable
from packs.airline.knock_on import curfew_violation, curfew_wait
from packs.airline.rules.airports import above_minima, earliest_off_blocks
from packs.airline.situation import Situation, Spare

STEP_MINUTES = 5


def rounded(minutes: int) -> int:
    """The next multiple of five minutes."""
    return -(-minutes // STEP_MINUTES) * STEP_MINUTES


def spare_delay(situation: Situation, spare: Spare) -> int:
    """The least delay with which another aircraft can leave."""
    ready = times.shift(spare.on_ground_from, TYPES[spare.item["type"]].turnaround_minutes)
    return rounded(max(SWAP_READY_MINUTES, times.minutes_between(situation.flight["departure_utc"], ready)))


def open_times(situation: Situation) -> list[int]:
    """All delays, at most a day, at which slots, night closures and forecast let the flight go."""
    return [delay for delay in range(0, LONGEST_DELAY_MINUTES + 1, STEP_MINUTES) if _open(situation, delay)]


def _open(situation: Situation, delay: int) -> bool:
    """Whether slots, night closures and forecast let the flight go after this delay."""
    flight = situation.flight
    departure, arrival = times.shift(flight["departure_utc"], delay), times.shift(flight["arrival_utc"], delay)
    closed = curfew_violation(departure, situation.airports.get(flight["origin"])) or curfew_violation(
        arrival, situation.airports.get(flight["destination"])
    )
    return fits_slot(situation, departure) and not closed and landable(situation, arrival)


def slot_delays(situation: Situation, first: int) -> list[int]:
    """Delays that make a slot, from ``first`` on; the first of them may be the allocated one."""
    departure = situation.flight["departure_utc"]
    offers = sorted(times.minutes_between(departure, earliest_off_blocks(slot)) for slot in situation.slots)
    return [offer for offer in offers if offer >= first][:SLOT_CANDIDATES]


def to_slot(situation: Situation, delay: int) -> int:
    """The delay itself when it lies in a slot, otherwise the next slot."""
    if fits_slot(situation, times.shift(situation.flight["departure_utc"], delay)):
        return delay
    return next(iter(slot_delays(situation, delay)), delay)


def after_curfew(situation: Situation, delay: int) -> int:
    """The delay itself, or the one at which neither end is closed at night any more."""
    flight = situation.flight
    arrival = times.shift(flight["arrival_utc"], delay)
    departure = times.shift(flight["departure_utc"], delay)
    wait = max(
        curfew_wait(arrival, situation.airports.get(flight["destination"])),
        curfew_wait(departure, situation.airports.get(flight["origin"])),
    )
    return to_slot(situation, rounded(delay + wait)) if wait else delay


def weather_delays(situation: Situation, first: int) -> set[int]:
    """The delay to the first period with landable weather, when the forecast at arrival is below minima."""
    arrival = times.shift(situation.flight["arrival_utc"], first)
    if landable(situation, arrival):
        return set()
    better = [each for each in situation.forecast if each["from_utc"] > arrival and above_minima(each)]
    waits = [times.minutes_between(situation.flight["arrival_utc"], each["from_utc"]) for each in better[:1]]
    return {to_slot(situation, rounded(wait)) for wait in waits}
