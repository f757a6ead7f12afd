"""From a typed incident to one flight of the schedule, or to a clear refusal with candidates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from conclave.pack import Unresolvable
from conclave.tables import Item, Tables

from packs.airline import times
from packs.airline.assumptions import CARRIER, HUB_ZONE
from packs.airline.models import Incident

READS = ("flights/by_number", "flights/by_route", "flights/by_day")

_NUMBER = re.compile(rf"^{CARRIER}0*([1-9][0-9]{{0,3}})$")
NEAREST = 5


def resolve(incident: Incident, tables: Tables, now: str) -> Incident:
    """Finds the flight that the incident is about and fills in what the report left out.

    A report without a date means the day of its receipt at the hub. A report without a flight number is accepted when its
    route has exactly one flight on that day.

    Raises:
        Unresolvable: ``flight_missing``, ``flight_unknown``, ``date_outside_schedule``, ``route_mismatch``,
            ``route_unknown`` or ``flight_ambiguous``, with what may have been meant.
        ReadFailed: The schedule could not be read.
    """
    date = incident.date or times.local(now, HUB_ZONE).date().isoformat()
    if incident.flight:
        return _complete(incident, _by_number(incident, date, tables))
    return _complete(incident, _by_route(incident, date, tables))


def _complete(incident: Incident, flight: Item) -> Incident:
    return replace(
        incident,
        flight=flight["number"],
        date=flight["date"],
        origin=flight["origin"],
        destination=flight["destination"],
        flight_id=flight["flight_id"],
    )


def _by_number(incident: Incident, date: str, tables: Tables) -> Item:
    match = _NUMBER.match(incident.flight)
    number = f"{CARRIER}{match[1]}" if match else incident.flight
    flights = tables.query("flights", [number], "by_number")[number]
    if not flights:
        raise Unresolvable(
            "flight_unknown",
            f"there is no flight {number} in the schedule; check the flight number",
            _nearest_numbers(number, date, tables),
        )
    flight = next((each for each in flights if each["date"] == date), None)
    if flight is None:
        raise Unresolvable(
            "date_outside_schedule",
            f"{number} has no departure on {date}; name one of the dates it operates on",
            [f"{each['number']} {each['date']} {each['route']}" for each in flights],
        )
    for side, stated in (("origin", incident.origin), ("destination", incident.destination)):
        if stated and stated != flight[side]:
            raise Unresolvable(
                "route_mismatch",
                f"{number} on {date} flies {flight['origin']} to {flight['destination']}, its {side} is not {stated}",
                [_label(flight), *_on_route(incident, date, tables)],
            )
    return flight


def _by_route(incident: Incident, date: str, tables: Tables) -> Item:
    if not incident.origin or not incident.destination:
        raise Unresolvable(
            "flight_missing",
            "name the flight, for example: Flight EY17 on 2026-11-21 from AUH to LHR is AOG",
            [],
        )
    route = f"{incident.origin}-{incident.destination}"
    scheduled = tables.query("flights", [route], "by_route")[route]
    if not scheduled:
        raise Unresolvable("route_unknown", f"there is no flight from {incident.origin} to {incident.destination}", [])
    flights = [each for each in scheduled if each["date"] == date]
    if not flights:
        raise Unresolvable(
            "date_outside_schedule",
            f"{route} has no departure on {date}; name a date with one",
            [_label(each) for each in scheduled],
        )
    if len(flights) > 1:
        raise Unresolvable(
            "flight_ambiguous",
            f"{len(flights)} flights go from {incident.origin} to {incident.destination} on {date}; name one",
            [_label(each) for each in flights],
        )
    return flights[0]


def _on_route(incident: Incident, date: str, tables: Tables) -> list[str]:
    if not incident.origin or not incident.destination:
        return []
    route = f"{incident.origin}-{incident.destination}"
    return [_label(each) for each in tables.query("flights", [route], "by_route")[route] if each["date"] == date]


def _nearest_numbers(number: str, date: str, tables: Tables) -> Sequence[str]:
    flights = tables.query("flights", [date], "by_day")[date]
    digits = "".join(character for character in number if character.isdigit())
    wanted = int(digits) if digits else 0
    ranked = sorted(flights, key=lambda each: (abs(int(each["number"][2:]) - wanted), each["number"]))
    return [_label(each) for each in ranked[:NEAREST]]


def _label(flight: Item) -> str:
    return f"{flight['number']} {flight['date']} {flight['route']}"


def summarise(incident: Incident) -> str:
    """One line for a person."""
    what = {"technical": "AOG, release unknown"}.get(
        incident.cause, f"disrupted, cause {incident.cause.replace('_', ' ')}"
    )
    if incident.delay_minutes:
        what = f"{incident.cause.replace('_', ' ')}, {incident.delay_minutes} minutes until it can go"
    return f"{incident.flight} on {incident.date} from {incident.origin} to {incident.destination}: {what}"
