"""Flights by the registration of their aircraft."""

from __future__ import annotations

import re

from conclave.pack import Item, Tables, Unresolvable

from packs.airline import times
from packs.airline.models import Incident

GONE = frozenset(["taxi", "air", "landed", "returned"])
"""Positions of a flight that has left: it is the last one before the receipt."""
CANDIDATES = 5
_TAIL = re.compile(r"^(?=.*[A-Z])[A-Z0-9]{1,4}-[A-Z0-9]{1,5}$")


def flight_of_tail(incident: Incident, day: str, tables: Tables, now: str) -> Item:
    """The flight that a registration names: the aircraft's next one after the receipt, or its last when it has left.

    Args:
        incident: Names the tail; ends of the route that it names as well have to fit.
        day: The local date of departure that is told; empty without one.
        tables: The schedule.
        now: Receipt of the report, ISO 8601 UTC.

    Raises:
        Unresolvable: ``tail_unknown``: the aircraft has no such flight.
    """
    line, received = _line(incident.tail, tables), times.minutes(now)
    fitting = [each for each in line if _fits(each, incident, day)]
    if incident.position in GONE:
        fitting = [each for each in reversed(fitting) if times.minutes(each["departure_utc"]) <= received]
    elif not day:
        fitting = [each for each in fitting if times.minutes(each["departure_utc"]) >= received]
    if fitting:
        return fitting[0]
    which = (
        f"no flight of {incident.tail} fits the report" if line else f"no aircraft {incident.tail} is in the schedule"
    )
    raise Unresolvable("tail_unknown", f"{which}; name the flight by its number and the date", _next(line, received))


def check_tail(incident: Incident, flight: Item, tables: Tables, now: str) -> None:
    """Raises ``Unresolvable`` ``tail_mismatch`` when the report names another aircraft than the flight is planned with."""
    abouts = (each.about.upper() for each in incident.problems)
    for tail in filter(None, (incident.tail, *(each for each in abouts if _TAIL.match(each)))):
        if _bare(tail) == _bare(flight["tail"]):
            continue
        line = _line(tail, tables)
        if line or tail == incident.tail:
            raise Unresolvable(
                "tail_mismatch",
                f"{flight['number']} on {flight['date']} is planned with {flight['tail']} and not with {tail}; name one of them",
                [label(flight), *_next(line, times.minutes(now))],
            )


def label(flight: Item) -> str:
    """A flight for a person: number, date, route."""
    return f"{flight['number']} {flight['date']} {flight['route']}"


def _fits(flight: Item, incident: Incident, day: str) -> bool:
    told = ((day, "date"), (incident.origin, "origin"), (incident.destination, "destination"))
    return all(not said or flight[name] == said for said, name in told)


def _next(line: list[Item], received: int) -> list[str]:
    return [label(each) for each in line if times.minutes(each["departure_utc"]) >= received][:CANDIDATES]


def _line(tail: str, tables: Tables) -> list[Item]:
    """The flights of an aircraft in order of departure, however its registration is hyphenated."""
    found = tables.query("flights", _spellings(tail), "by_tail")
    return sorted((each for rows in found.values() for each in rows), key=lambda each: str(each["departure_utc"]))


def _spellings(tail: str) -> list[str]:
    bare = _bare(tail)
    hyphened = [f"{bare[:at]}-{bare[at:]}" for at in range(1, min(5, len(bare)))]
    return list(dict.fromkeys([tail, bare, *hyphened]))


def _bare(tail: str) -> str:
    return tail.upper().replace("-", "")
