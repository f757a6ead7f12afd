"""Fields of the aircraft that flies: released, dispatchable, turned around in time, within range."""

from __future__ import annotations

from collections.abc import Mapping

from conclave.pack import Item, Value

from packs.airline import times
from packs.airline.models import Cause
from packs.airline.planning.effects.move import Move
from packs.airline.planning.knock_on import first_open
from packs.airline.planning.situation import Situation
from packs.airline.rules.aircraft import etops
from packs.airline.rules.aircraft.equipment import days_left, grounding_reasons
from packs.airline.rules.aircraft.maintenance_checks import check_ok, repair_ready_utc

TURNAROUND_MARGIN_CAP = 720


def aircraft_fields(situation: Situation, move: Move, departure: int, arrival: int) -> dict[str, Value]:
    """Fields of the aircraft of a move that departs and arrives at these times."""
    flight = situation.flight
    return {
        "tail": move.tail,
        "aircraft_type": move.kind,
        **(_LESSORS if move.offer else _records(situation, move, departure, arrival)),
        "lease_approved": move.offer["approved"] if move.offer else None,
        "range_margin_km": move.range_km - flight["distance_km"],
        "etops_margin_minutes": etops_margin(situation, move.tail, move.kind, flight["destination"]),
        "seats_short": max(0, flight["booked"] - move.seats),
    }


_LESSORS: Mapping[str, Value] = {
    "aircraft_serviceable": True,
    "mel_dispatchable": True,
    "mel_days_left": None,
    "turnaround_margin_minutes": None,
    "maintenance_check_ok": None,
}
"""Fields that the lessor answers for: its aircraft is ready as the offer begins; its records are not the operator's."""


def _records(situation: Situation, move: Move, departure: int, arrival: int) -> dict[str, Value]:
    """Fields of the aircraft from the operator's own records."""
    return {
        "aircraft_serviceable": _serviceable(situation, move),
        **mel_fields(
            situation, move.tail, _last_departure(situation, move, departure, arrival), _flights(situation, move)
        ),
        "turnaround_margin_minutes": turnaround_margin(situation, move, departure),
        "maintenance_check_ok": _check_ok(situation, move, arrival),
    }


def turnaround_margin(situation: Situation, move: Move, departure: int) -> int:
    """Minutes on the ground before an off-blocks time beyond the shortest turnaround, at most 720."""
    if move.ferry:
        return 0
    ground = departure - move.on_ground_from - situation.types[move.kind].turnaround_minutes
    if not move.swapped:
        ground -= situation.held.over((Cause.LATE_INBOUND,)) or 0
    return min(ground, TURNAROUND_MARGIN_CAP)


def _serviceable(situation: Situation, move: Move) -> bool:
    if move.item is None or not move.item["serviceable"]:
        return False
    if move.swapped or Cause.TECHNICAL not in situation.held.causes:
        return True
    released = situation.held.over((Cause.TECHNICAL,))
    if released is None or released > move.delay:
        return False
    return bool(repair_ready_utc(move.item) <= situation.flight["departure_utc"] + move.delay)


def _last_departure(situation: Situation, move: Move, departure: int, arrival: int) -> int:
    """When the aircraft is dispatched for the last time before it is home again: out of the hub with its return."""
    back = situation.back
    return return_arrival(situation, back, move.kind, arrival) - back["block_minutes"] if back else departure


def _flights(situation: Situation, move: Move) -> int:
    """Flights of the aircraft from where it stands until it is home again, or has flown from an outstation."""
    return 2 if move.ferry or situation.back else 1


def mel_fields(situation: Situation, tail: str, departure: int, flights: int) -> dict[str, Value]:
    """Fields: if an aircraft's open items allow so many flights until a departure's day, and the days left on the tightest."""
    items, day = situation.mel.get(tail, ()), times.day(departure)
    timed = [left for item in items if item["relief"] and (left := days_left(item, day)) is not None]
    return {
        "mel_dispatchable": not grounding_reasons(items, day, flights),
        "mel_days_left": min(timed) if timed else None,
    }


def etops_margin(situation: Situation, tail: str, kind: str, lands_at: str) -> int | None:
    """Approved minus needed diversion time from the origin to an airport; an open item may limit what is approved."""
    limits = [item["etops_minutes"] for item in situation.mel.get(tail, ()) if "etops_minutes" in item]
    return etops.etops_margin_minutes(
        needed=situation.adequate.minutes(
            situation.places.get(situation.flight["origin"]),
            situation.places.get(lands_at),
            kind,
            situation.types[kind].one_engine_kmh,
        ),
        approved=min([situation.types[kind].etops_minutes, *limits]),
    )


def _check_ok(situation: Situation, move: Move, arrival: int) -> bool:
    """True if the flight, and out of the hub its return, or what brings the aircraft, end before a check is due."""
    flown, last = situation.flight["block_minutes"], arrival
    if move.ferry:
        flown += move.ferry.block_minutes
    if situation.back:
        flown += situation.back["block_minutes"]
        last = return_arrival(situation, situation.back, move.kind, arrival)
    return check_ok(move.item or {}, flight_minutes=flown, cycles=_flights(situation, move), last_arrival_utc=last)


def return_arrival(situation: Situation, back: Item, kind: str, arrival: int) -> int:
    """On blocks of the return: it leaves at schedule, or a turnaround after the arrival and when airports are open."""
    ready = arrival + situation.types[kind].turnaround_minutes
    departure = first_open(max(back["departure_utc"], ready), back, situation.airports)
    return departure + int(back["block_minutes"])
