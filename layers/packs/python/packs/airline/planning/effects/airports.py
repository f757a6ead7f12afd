"""Fields of the airports at both ends: night closures, slots, weather; and whether the cause is over."""

from __future__ import annotations

from conclave.pack import Item, Value

from packs.airline import times
from packs.airline.models import Cause
from packs.airline.planning.crewing import Leg
from packs.airline.planning.effects.move import Move
from packs.airline.planning.knock_on import curfew_violation
from packs.airline.planning.situation import Situation, covering
from packs.airline.reported.standing import SWAPPED
from packs.airline.rules.airports.limits import (
    TAXI_MINUTES,
    above_minima,
    allows_take_off,
    curfew_violation_minutes,
    has_night,
    slot_fits,
)
from packs.airline.rules.airports.noise import fits_quota, quota_count


def airport_fields(situation: Situation, move: Move, departure: int, arrival: int) -> dict[str, Value]:
    """Fields of both ends of a move that departs and arrives at these times."""
    flight = situation.flight
    origin, there = situation.airports.get(flight["origin"]), situation.airports.get(flight["destination"])
    return {
        "departure_utc": times.text(departure),
        "arrival_local": times.local_text(arrival, there["tz"]) if there else "",
        "curfew_violation_minutes": curfew_violation(departure, origin, flight["departure_utc"])
        + curfew_violation(arrival, there, flight["arrival_utc"], lands=True)
        + (ferry_violation(situation, move.ferry) if move.ferry else 0),
        "noise_quota_ok": noise_fits(situation, move.kind, departure, arrival)
        and (move.ferry is None or ferry_is_quiet(situation, move.kind, move.ferry)),
        "slot_ok": fits_slot(situation, departure),
        "weather_ok": takes_off(situation, departure)
        and landable(situation, arrival)
        and (move.ferry is None or ferry_lands(situation, move.ferry)),
    }


def unlandable(situation: Situation, arrival: int) -> bool:
    """True if the destination is closed at an arrival, at night or by the report, or its forecast is below minima."""
    period = covering(situation.forecast, arrival)
    flight = situation.flight
    closed = curfew_violation(arrival, situation.airports.get(flight["destination"]), flight["arrival_utc"], lands=True)
    shut = bool(closed) or not situation.held.landable(arrival, situation.flight["destination"])
    return shut or (period is not None and not above_minima(period))


def noise_fits(situation: Situation, kind: str, departure: int, arrival: int) -> bool:
    """True if take-off and landing of a type fit what is left of the night quota at both ends."""
    flight, levels = situation.flight, situation.types[kind]
    return _quota_bears(situation.airports.get(flight["origin"]), departure, levels.take_off_epndb) and _quota_bears(
        situation.airports.get(flight["destination"]), arrival, levels.landing_epndb
    )


def _quota_bears(airport: Item | None, moment: int, level_epndb: float) -> bool:
    """A closed airport has no quota; what a movement outside the night period counts is not taken from it."""
    if airport is None or airport["curfew_closed"] or airport.get("night_quota_left") is None:
        return True
    start, end = airport["curfew_start"], airport["curfew_end"]
    minute = times.local_minute(moment, airport["tz"])
    at_night = has_night(airport) and curfew_violation_minutes(minute, start, end) > 0
    return not at_night or fits_quota(quota_count(level_epndb), airport["night_quota_left"])


def takes_off(situation: Situation, departure: int) -> bool:
    """True if the forecast of the origin allows a take-off, or none holds then."""
    period = covering(situation.forecast_origin, departure)
    return period is None or allows_take_off(period)


def ferry_violation(situation: Situation, ferry: Leg) -> int:
    """Minutes by which a flight from the hub to the origin lies inside closed periods at either end."""
    origin = situation.airports.get(situation.flight["origin"])
    return curfew_violation(ferry.departure_utc, situation.airports.get(situation.hub)) + curfew_violation(
        ferry.arrival_utc, origin, lands=True
    )


def ferry_is_quiet(situation: Situation, kind: str, ferry: Leg) -> bool:
    """True if a flight of this type from the hub to the origin fits what is left of the night quota at both ends."""
    origin, levels = situation.airports.get(situation.flight["origin"]), situation.types[kind]
    return _quota_bears(
        situation.airports.get(situation.hub), ferry.departure_utc, levels.take_off_epndb
    ) and _quota_bears(origin, ferry.arrival_utc, levels.landing_epndb)


def ferry_lands(situation: Situation, ferry: Leg) -> bool:
    """True if the forecast of the origin allows a landing; false without a forecast, so that nobody is sent there."""
    period = covering(situation.forecast_origin, ferry.arrival_utc)
    return period is not None and above_minima(period)


def fits_slot(situation: Situation, departure: int) -> bool:
    """True if the take-off after an off-blocks time lies in a slot, or the flight needs none."""
    return not situation.slots or slot_fits(departure + TAXI_MINUTES, situation.slots)


def weather_at_schedule(situation: Situation) -> bool:
    """True if the cause is weather, and the destination is below minima when the flight should arrive."""
    period = covering(situation.forecast, situation.flight["arrival_utc"])
    return Cause.WEATHER in situation.held.causes and period is not None and not above_minima(period)


def landable(situation: Situation, arrival: int) -> bool:
    """True if the forecast at arrival allows a landing, or there is no forecast at all: a check then asks for one."""
    if not situation.forecast:
        return True
    period = covering(situation.forecast, arrival)
    return period is not None and above_minima(period)


def passed_by(situation: Situation, move: Move) -> set[Cause]:
    """The causes that a move goes round with another aircraft, crew or airport."""
    solved: set[Cause] = set()
    if move.swapped:
        solved |= SWAPPED
    if move.crew.reserve or move.offer:
        solved.add(Cause.CREW)
    if move.alternate and weather_at_schedule(situation):
        solved.add(Cause.WEATHER)
    return solved


def keeps_windows(situation: Situation, move: Move) -> bool:
    """True if a move departs and arrives at times that the report leaves."""
    if not situation.held.windows:
        return True
    flown = situation.diverted(move.alternate).flight if move.alternate else situation.flight
    departure, arrival = situation.flight["departure_utc"] + move.delay, flown["arrival_utc"] + move.delay
    return situation.held.leave(departure, arrival, lands_at=flown["destination"], solved=passed_by(situation, move))


def cleared(situation: Situation, move: Move) -> bool:
    """True if every problem is over by departure, or the option goes round it with another aircraft, crew or airport.

    A departure or arrival inside a closure that is reported, or after a latest time, does not count as over.
    """
    over = situation.held.over_without(passed_by(situation, move))
    return over is not None and over <= move.delay and keeps_windows(situation, move)
