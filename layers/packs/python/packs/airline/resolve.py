"""From a typed incident to one flight of the schedule, or to a clear refusal with candidates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from conclave.pack import Item, Tables, Unresolvable
from msgspec import structs

from packs.airline import times
from packs.airline.codes import carrier_of, spellings
from packs.airline.models import Incident
from packs.airline.operators.air_operator import AirOperator
from packs.airline.operators.records import OPERATOR_READS, OperatorIncomplete, read_operator
from packs.airline.reported.operating import Operating
from packs.airline.reported.settling import check_not_withdrawn, settled
from packs.airline.reported.tails import check_tail, flight_of_tail, label

READS = ("flights/by_number", "flights/by_tail", "flights/by_route", "flights/by_day", *OPERATOR_READS)

_NUMBER = re.compile(r"^([A-Z][A-Z0-9]|[0-9][A-Z])[0-9]{1,4}[A-Z]?$")
_ISO = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_PLACE = re.compile(r"^[A-Z]{3}$")
_NO_SLIP = 3
CANDIDATES = 5
MOST_CANDIDATES = 12


def resolve(incident: Incident, tables: Tables, now: str) -> Incident:
    """Finds the flight that the incident is about and fills in what the report left out.

    A report without a date means the day of its receipt at the hub. A report without a flight number is accepted when exactly
    one flight of that day fits what it says of route and local departure time. What a report leaves open is asked back.

    Raises:
        Unresolvable: ``flight_missing``, ``flight_unknown``, ``flight_cancelled``, ``flight_ambiguous``, ``date_ambiguous``,
            ``date_impossible``, ``date_outside_schedule``, ``route_mismatch``, ``route_unknown``, ``tail_unknown``,
            ``tail_mismatch``, ``time_impossible``, ``withdrawn`` or ``operator_incomplete``, with what may have been meant.
        ReadFailed: The schedule could not be read.
    """
    check_not_withdrawn(incident.problems)
    unclear = incident.unclear.split()
    told = [incident.date] if incident.date else [each for each in unclear if _tells_a_day(each)]
    dates = _days(told, incident, tables, now)
    numbers = [_scheduled_number(each) for each in unclear if _NUMBER.match(each)]
    if len(dates) > 1:
        raise _unclear_date(incident, dates, tables)
    day = dates[0] if dates else _today(incident, tables, now)
    if numbers and not incident.flight:
        raise _unclear_number(numbers, day, tables)
    return _complete(incident, _flight(incident, day, bool(dates), tables, now), tables, now)


def _flight(incident: Incident, day: str, told: bool, tables: Tables, now: str) -> Item:
    """The flight that is named by its number, by the aircraft, or by its route."""
    if incident.flight:
        flight = _by_number(incident, day, tables)
        check_tail(incident, flight, tables, now)
        return flight
    operating = Operating(tables)
    if incident.tail:
        return flight_of_tail(incident, day if told else "", operating, now)
    places = [each for each in incident.unclear.split() if _PLACE.match(each)]
    return _by_route(incident, day, places, operating)


def _operator(number: str, tables: Tables) -> AirOperator:
    try:
        return read_operator(tables, number)
    except OperatorIncomplete as error:
        raise Unresolvable("operator_incomplete", str(error)) from error


def _today(incident: Incident, tables: Tables, now: str) -> str:
    """The day of receipt at the hub of the carrier that is named, or else of one that flies that day; UTC without any."""
    moment = times.minutes(now)
    number = incident.flight or next(
        (each["number"] for each in tables.query("flights", [times.day(moment)], "by_day")[times.day(moment)]), ""
    )
    zone = _home_zone(number, tables) if number else "UTC"
    return times.local(moment, zone).date().isoformat()


def _home_zone(number: str, tables: Tables) -> str:
    """Time zone of the main hub of a flight's carrier; UTC for a carrier that is not known."""
    try:
        return read_operator(tables, number).zone
    except OperatorIncomplete:
        return "UTC"


def _tells_a_day(word: str) -> bool:
    return bool(_ISO.match(word)) or _relative_day(word, date.min + timedelta(days=60)) is not None


def _relative_day(word: str, today: date) -> date | None:
    # The words for days are loaded with the first report that has any; a typed incident has none.
    from conclave.language.dates import relative_day

    return relative_day(word, today)


def _days(told: Sequence[str], incident: Incident, tables: Tables, now: str) -> list[str]:
    """ISO dates of what was told, each once; a day relative to the report is one of the place of departure."""
    if all(_ISO.match(each) for each in told):
        days = [_existing(each) for each in told]
    else:
        today = times.local(times.minutes(now), _zone(incident, tables)).date()
        days = [str(_relative_day(each, today) or _existing(each)) for each in told]
    return list(dict.fromkeys(days))


def _existing(told: str) -> str:
    try:
        return date.fromisoformat(told).isoformat()
    except ValueError as error:
        raise Unresolvable(
            "date_impossible", f"{told} is not a day of the calendar; name the date of departure like 2026-11-21"
        ) from error


def _zone(incident: Incident, tables: Tables) -> str:
    """Time zone of the airport that the flight departs from; the hub's where that is not known."""
    flights = _numbered(incident.flight, tables) if incident.flight else []
    origin = flights[0]["origin"] if flights else incident.origin
    airport = tables.get("airports", [origin]).items.get(origin) if origin else None
    return airport["tz"] if airport else _home_zone(incident.flight, tables)


def _unclear_date(incident: Incident, dates: Sequence[str], tables: Tables) -> Unresolvable:
    number = _scheduled_number(incident.flight)
    flights = _numbered(number, tables) if number else []
    return Unresolvable(
        "date_ambiguous",
        f"the report can mean {' or '.join(dates)}; name one date as 2026-11-21",
        [label(each) for each in flights if each["date"] in dates] or dates,
    )


def _unclear_number(numbers: Sequence[str], date: str, tables: Tables) -> Unresolvable:
    return Unresolvable(
        "flight_ambiguous",
        f"the report names {' and '.join(numbers)}; report one flight at a time",
        [label(each) for number in numbers for each in _numbered(number, tables) if each["date"] == date] or numbers,
    )


def _complete(incident: Incident, flight: Item, tables: Tables, now: str) -> Incident:
    operator = _operator(flight["number"], tables)
    if flight["type"] not in operator.types:
        raise Unresolvable(
            "operator_incomplete",
            f"{flight['number']} is planned with the type {flight['type']}, which {operator.carrier} does not have; "
            "load aircraft_types.csv and operators.csv with it",
        )
    return structs.replace(
        incident,
        flight=flight["number"],
        date=flight["date"],
        origin=flight["origin"],
        destination=flight["destination"],
        flight_id=flight["flight_id"],
        departure="",
        unclear="",
        tail=flight["tail"] if incident.tail else "",
        problems=settled(incident, flight, lambda iata: _zone_of(iata, tables, operator), now, operator.figures),
        not_understood=_without_route(incident.not_understood, flight["origin"], flight["destination"]),
    )


def _without_route(told: Sequence[str], *airports: str) -> tuple[str, ...]:
    if not told:
        return ()
    # Only a report in words leaves something over, and its words are loaded by then.
    from packs.airline.reading.telling import without_route

    return without_route(told, *airports)


def _zone_of(iata: str, tables: Tables, operator: AirOperator) -> str:
    airport = tables.get("airports", [iata]).items.get(iata)
    return str(airport["tz"]) if airport else operator.zone


def _by_number(incident: Incident, date: str, tables: Tables) -> Item:
    number = _scheduled_number(incident.flight)
    flights = _numbered(number, tables)
    if not flights:
        raise Unresolvable(
            "flight_unknown",
            f"there is no flight {number} in the schedule; check the flight number",
            _alike(number, incident, date, tables),
        )
    flight = next((each for each in flights if each["date"] == date), None)
    if flight is None:
        raise Unresolvable(
            "date_outside_schedule",
            f"{number} has no departure on {date}; name one of the dates it operates on",
            [f"{each['number']} {each['date']} {each['route']}" for each in flights],
        )
    if flight.get("cancelled"):
        raise Unresolvable(
            "flight_cancelled",
            f"{number} on {date} is cancelled by a message; report another flight, or load its reinstatement (ASM RIN) first",
            [label(each) for each in flights if not each.get("cancelled")][:CANDIDATES],
        )
    for side, stated in (("origin", incident.origin), ("destination", incident.destination)):
        if stated and stated != flight[side]:
            raise Unresolvable(
                "route_mismatch",
                f"{number} on {date} flies {flight['origin']} to {flight['destination']}, its {side} is not {stated}",
                [label(flight), *_on_route(incident, date, tables)],
            )
    return flight


def _scheduled_number(number: str) -> str:
    return spellings(number)[0]


def _numbered(number: str, tables: Tables) -> list[Item]:
    """The flights of a number, however many zeros the schedule writes into it, in order of their dates."""
    found = tables.query("flights", spellings(number), "by_number")
    return sorted((each for rows in found.values() for each in rows), key=lambda each: str(each["date"]))


def _by_route(incident: Incident, date: str, places: Sequence[str], tables: Tables) -> Item:
    if not incident.origin or not incident.destination:
        return _by_place(incident, date, places, tables)
    route = f"{incident.origin}-{incident.destination}"
    scheduled = tables.query("flights", [route], "by_route")[route]
    if not scheduled:
        raise Unresolvable(
            "route_unknown",
            f"there is no flight from {incident.origin} to {incident.destination}",
            [label(each) for each in _touching(date, {incident.origin, incident.destination}, tables)][:CANDIDATES],
        )
    flights = [each for each in scheduled if each["date"] == date]
    if not flights:
        raise Unresolvable(
            "date_outside_schedule",
            f"{route} has no departure on {date}; name a date with one",
            [label(each) for each in scheduled],
        )
    return _the_one(incident, flights, f"from {incident.origin} to {incident.destination} on {date}", tables)


def _by_place(incident: Incident, date: str, places: Sequence[str], tables: Tables) -> Item:
    """One end of the route only: enough when one flight fits, and with ends that are just mentioned a question."""
    flights = [
        each
        for each in tables.query("flights", [date], "by_day")[date]
        if (not incident.origin or each["origin"] == incident.origin)
        and (not incident.destination or each["destination"] == incident.destination)
        and (not places or {each["origin"], each["destination"]}.intersection(places))
    ]
    said = incident.origin or incident.destination or places
    if not said or not flights or (len(flights) > MOST_CANDIDATES and not incident.departure):
        raise Unresolvable("flight_missing", "name the flight by its number and the date, like XY17 on 2026-11-21", [])
    if places:
        raise _several(flights, f"with {' or '.join(places)} on {date}")
    known = f"from {incident.origin}" if incident.origin else f"to {incident.destination}"
    return _the_one(incident, flights, f"{known} on {date}", tables)


def _the_one(incident: Incident, flights: Sequence[Item], which: str, tables: Tables) -> Item:
    """The only flight, or the one that is scheduled at the stated local time; otherwise a question."""
    if incident.departure:
        at_time = [each for each in flights if _departs(each, tables) == incident.departure]
        if len(at_time) == 1:
            return at_time[0]
    elif len(flights) == 1:
        return flights[0]
    raise _several(flights, which)


def _several(flights: Sequence[Item], which: str) -> Unresolvable:
    count = f"{len(flights)} flights go" if len(flights) > 1 else "one flight goes"
    return Unresolvable(
        "flight_ambiguous", f"{count} {which}; name it", [label(each) for each in flights[:MOST_CANDIDATES]]
    )


def _departs(flight: Item, tables: Tables) -> str:
    """Scheduled local time of departure, ``HH:MM``; empty when the airport is unknown."""
    airport = tables.get("airports", [flight["origin"]]).items.get(flight["origin"])
    return times.local(times.minutes(flight["departure_utc"]), airport["tz"]).strftime("%H:%M") if airport else ""


def _touching(date: str, places: set[str], tables: Tables) -> list[Item]:
    """The flights of a day that begin or end at one of the places; those with the most of them first."""
    flights = tables.query("flights", [date], "by_day")[date]
    near = [each for each in flights if places & {each["origin"], each["destination"]}]
    return sorted(near, key=lambda each: (-len(places & {each["origin"], each["destination"]}), each["number"]))


def _on_route(incident: Incident, date: str, tables: Tables) -> list[str]:
    if not incident.origin or not incident.destination:
        return []
    route = f"{incident.origin}-{incident.destination}"
    return [label(each) for each in tables.query("flights", [route], "by_route")[route] if each["date"] == date]


def _alike(number: str, incident: Incident, date: str, tables: Tables) -> Sequence[str]:
    """Flights that an unknown number may mean: those of the route; without any, those with a number one slip away.

    A slip is a digit too many, too few, wrong, or two swapped. Numbers that only happen to be near in value are not candidates:
    they mean other routes.
    """
    flights = tables.query("flights", [date], "by_day")[date]
    stated = [
        (side, place) for side, place in (("origin", incident.origin), ("destination", incident.destination)) if place
    ]
    on_route = [each for each in flights if all(each[side] == place for side, place in stated)] if stated else []
    slips = [each for each in flights if _one_slip(number, each["number"])]
    ranked = sorted(on_route or slips, key=lambda each: _unlikeness(number, each["number"]))
    return [label(each) for each in ranked[:CANDIDATES]]


def _unlikeness(stated: str, scheduled: str) -> tuple[int, int]:
    """Sorts by the kind of slip (swapped, wrong digit, digit too many or few, none), then by the distance of the numbers."""
    return _slip(stated, scheduled), abs(_figure(stated) - _figure(scheduled))


def _figure(number: str) -> int:
    return int(re.sub(r"\D", "", number[len(carrier_of(number)) :]) or 0)


def _one_slip(stated: str, scheduled: str) -> bool:
    return _slip(stated, scheduled) < _NO_SLIP


def _slip(first: str, second: str) -> int:
    if len(first) == len(second):
        wrong = [index for index, pair in enumerate(zip(first, second, strict=True)) if pair[0] != pair[1]]
        if len(wrong) == 1:
            return 1
        swapped = len(wrong) == 2 and wrong[1] == wrong[0] + 1 and first[wrong[0]] == second[wrong[1]]
        return 0 if swapped and first[wrong[1]] == second[wrong[0]] else _NO_SLIP
    longer, shorter = (first, second) if len(first) > len(second) else (second, first)
    dropped = (longer[:index] + longer[index + 1 :] for index in range(len(longer)))
    return 2 if len(longer) == len(shorter) + 1 and shorter in dropped else _NO_SLIP
