"""Loaded rows that do not fit one another: what cannot both be true is refused, what is unlikely is a warning.

Cells were checked one by one before (``layout``). Every function here takes the rows by table, with their times as text, and
looks at the tables that it finds: one that is not loaded now is taken to be right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from zoneinfo import ZoneInfo

from conclave.pack import Doubt, Item

from packs.airline import times
from packs.airline.bounds import FORECAST_HOURS
from packs.airline.codes import carrier_of
from packs.airline.geography import Places, distance_km, world_place
from packs.airline.journeys import is_own, legs_of, other_leg
from packs.airline.models import Cause
from packs.airline.operators.figures import COSTS, UNITS, unit_fits
from packs.airline.roster_doubts import roster_doubts
from packs.airline.rules.aircraft.etops import WITHOUT_APPROVAL_MINUTES, Adequate

Rows = Mapping[str, Sequence[Item]]

DISTANCE_TOLERANCE = 0.02
"""Share by which a distance may differ from the great circle on a sphere: the ellipsoid makes 0.6 %, other positions the rest."""
LEAST_DISTANCE_KM = 15
MOVED_KM = 20
"""Distance from the position in the world's list from which an airport is taken to be another."""
SLOWEST_ONE_ENGINE_KMH = 600
"""Slower than any airliner with one engine out: a route that keeps within an hour at it keeps within an hour at any speed."""


def doubts(rows: Rows) -> Iterator[Doubt]:
    """Everything that does not fit, table by table."""
    for check in _CHECKS:
        yield from check(rows)


def _cell(table: str, row: int | None, column: str, message: str, *, refused: bool) -> Doubt:
    return Doubt(table=table, row=row, column=column, message=message, refused=refused)


_refused = partial(_cell, refused=True)
_warned = partial(_cell, refused=False)


def _by(rows: Rows, table: str, key: str) -> dict[str, Item]:
    return {str(each[key]): each for each in rows.get(table, ())}


def _operators(rows: Rows) -> Iterator[Doubt]:
    """An airline without what it needs, and flights, figures and aerodromes of no airline."""
    known = {each["carrier"] for each in rows.get("operators", ())}
    told = ", ".join(sorted(known))
    rates = {each["currency"] for each in rows.get("exchange_rates", ())} | {"USD"}
    for row, each in enumerate(rows.get("operators", ())):
        if "exchange_rates" in rows and each["currency"] not in rates:
            text = f"{each['currency']!r} is not in exchange_rates.csv; add it there, or correct it here"
            yield _refused("operators", row, "currency", text)
    for table in ("figures", "alternates"):
        for row, each in enumerate(rows.get(table, ())):
            if known and each["carrier"] not in known:
                yield _refused(table, row, "carrier", f"{each['carrier']!r} is not a carrier of operators.csv ({told})")
    for row, each in enumerate(rows.get("flights", ())):
        if known and carrier_of(each["number"]) not in known:
            text = f"{each['number']!r} is not a flight of a carrier of operators.csv ({told}); no report could name it"
            yield _refused("flights", row, "number", text)


def _words(rows: Rows) -> Iterator[Doubt]:
    """Words of reporters that stand for no carrier, airport or cause."""
    known = {
        "flight": {each["carrier"] for each in rows.get("operators", ())},
        "airport": {each["iata"] for each in rows.get("airports", ())},
        "cause": {cause.value for cause in Cause},
    }
    for row, each in enumerate(rows.get("words", ())):
        meant = known[each["field"]]
        if meant and each["value"] not in meant:
            text = f"{each['value']!r} is not a loaded {each['field']}; write one of: {', '.join(sorted(meant))}"
            yield _refused("words", row, "value", text)


def _figures(rows: Rows) -> Iterator[Doubt]:
    rates = {each["currency"] for each in rows.get("exchange_rates", ())} | {"USD"}
    for row, each in enumerate(rows.get("figures", ())):
        currency = each["unit"].partition("/")[0]
        if not unit_fits(each["name"], each["unit"]):
            yield _refused(
                "figures", row, "unit", f"{each['unit']!r} is not its unit; write it in {UNITS[each['name']]}"
            )
        elif UNITS[each["name"]] in COSTS and "exchange_rates" in rows and currency not in rates:
            yield _refused("figures", row, "unit", f"{currency!r} is not in exchange_rates.csv; add it there")


def _ratings(rows: Rows) -> Iterator[Doubt]:
    """Aircraft and crews whose rating is not that of a type, and crews that are at home where the airline is not."""
    types = {each["code"]: each["rating"] for each in rows.get("aircraft_types", ())}
    hubs = {hub for each in rows.get("operators", ()) for hub in each["hubs"]}
    for row, each in enumerate(rows.get("aircraft", ())):
        wanted = types.get(each["type"], each["rating"])
        if each["rating"] != wanted:
            text = f"{each['rating']!r} is not the rating of a {each['type']}, which is {wanted!r}; correct one of them"
            yield _refused("aircraft", row, "rating", text)
    for row, each in enumerate(rows.get("crews", ())):
        if types and each["rating"] not in types.values():
            text = (
                f"{each['rating']!r} is not the rating of any type in aircraft_types.csv; correct it, or add the type"
            )
            yield _refused("crews", row, "rating", text)
        if hubs and each["base"] not in hubs:
            text = f"{each['base']!r} is not a hub of operators.csv: reserves are called from there, and duties begin there"
            yield _warned("crews", row, "base", text)


def _flight_times(rows: Rows) -> Iterator[Doubt]:
    for row, each in enumerate(rows.get("flights", ())):
        flown = times.minutes_between(each["departure_utc"], each["arrival_utc"])
        if flown <= 0:
            text = f"{each['arrival_utc']} is not after the departure at {each['departure_utc']}; correct one of them"
            yield _refused("flights", row, "arrival_utc", text)
        elif flown != each["block_minutes"]:
            text = (
                f"{each['block_minutes']} does not fit its times, which are {flown} minutes apart; correct one of them"
            )
            yield _refused("flights", row, "block_minutes", text)


def _flight_names(rows: Rows) -> Iterator[Doubt]:
    airports = _by(rows, "airports", "iata")
    for row, each in enumerate(rows.get("flights", ())):
        route = f"{each['origin']}-{each['destination']}"
        if each["route"] != route:
            yield _refused(
                "flights", row, "route", f"{each['route']!r} is not its origin and destination; write {route}"
            )
        if (origin := airports.get(each["origin"])) is None:
            continue
        day = times.local(times.minutes(each["departure_utc"]), origin["tz"]).date().isoformat()
        if each["date"] != day:
            text = (
                f"{each['date']!r} is not the day of departure in {origin['tz']}; write {day}, or correct departure_utc"
            )
            yield _refused("flights", row, "date", text)


def _flight_aircraft(rows: Rows) -> Iterator[Doubt]:
    aircraft = _by(rows, "aircraft", "tail")
    for row, each in enumerate(rows.get("flights", ())):
        planned = aircraft.get(each["tail"])
        if planned is None:
            continue
        if planned["type"] != each["type"]:
            text = (
                f"{each['type']!r} is not the type of {each['tail']}, which is {planned['type']!r}; correct one of them"
            )
            yield _refused("flights", row, "type", text)
        elif each["seats"] > planned["seats"]:
            text = f"{each['seats']} are more than the {planned['seats']} of {each['tail']}; correct one of them"
            yield _refused("flights", row, "seats", text)
        if each["distance_km"] > planned["range_km"]:
            text = f"{each['distance_km']} is beyond the {planned['range_km']} km of {each['tail']}: it could not be dispatched"
            yield _warned("flights", row, "distance_km", text)


def _flight_loads(rows: Rows) -> Iterator[Doubt]:
    held: dict[str, int] = {}
    for each in rows.get("bookings", ()):
        for key in set(legs_of(each)):
            held[key] = held.get(key, 0) + each["pax"]
    for row, each in enumerate(rows.get("flights", ())):
        if each["booked"] > each["seats"]:
            text = (
                f"{each['booked']} are more than its {each['seats']} seats; who is over is left behind by every option"
            )
            yield _warned("flights", row, "booked", text)
        if "bookings" in rows and each["booked"] != held.get(each["flight_id"], 0):
            text = f"{each['booked']} are not the {held.get(each['flight_id'], 0)} passengers of its bookings"
            yield _warned("flights", row, "booked", text)


def _flight_distances(rows: Rows) -> Iterator[Doubt]:
    places = Places(rows.get("airports", ()))
    for row, each in enumerate(rows.get("flights", ())):
        found = places.km(each["origin"], each["destination"])
        if found is not None and abs(found - each["distance_km"]) > max(LEAST_DISTANCE_KM, DISTANCE_TOLERANCE * found):
            text = (
                f"{each['distance_km']} is not the great circle, which is {found} km by the positions of the airports"
            )
            yield _warned("flights", row, "distance_km", text)


def _lines(rows: Rows) -> Iterator[Doubt]:
    """Flights of one aircraft that overlap, or of which one leaves where the one before did not land."""
    numbered = sorted(enumerate(rows.get("flights", ())), key=lambda each: str(each[1]["departure_utc"]))
    lines: dict[str, list[tuple[int, Item]]] = {}
    for row, each in numbered:
        lines.setdefault(each["tail"], []).append((row, each))
    for line in lines.values():
        for (_, before), (row, after) in pairwise(line):
            if after["departure_utc"] < before["arrival_utc"]:
                text = f"{after['tail']} is still on {before['flight_id']} then; give one of them another aircraft"
                yield _refused("flights", row, "tail", text)
            elif after["origin"] != before["destination"]:
                text = f"{after['tail']} is at {before['destination']} then, not at {after['origin']}; is a flight missing?"
                yield _warned("flights", row, "tail", text)


def _beginnings(rows: Rows) -> Iterator[Doubt]:
    """Sort keys that do not begin with the time that they stand for: plans read by them from one time to another."""
    for table, column, time in (("ground_times", "slot", "from_utc"), ("other_flights", "other_id", "departure_utc")):
        for row, each in enumerate(rows.get(table, ())):
            if not each[column].startswith(each[time]):
                yield _refused(table, row, column, f"{each[column]!r} does not begin with {time}, {each[time]}")


def _aircraft(rows: Rows) -> Iterator[Doubt]:
    aircraft = _by(rows, "aircraft", "tail")
    for row, each in enumerate(rows.get("ground_times", ())):
        if each["until_utc"] < each["from_utc"]:
            yield _refused("ground_times", row, "until_utc", f"{each['until_utc']} is before {each['from_utc']}")
        stands = aircraft.get(each["tail"])
        if stands and stands["type"] != each["type"]:
            text = f"{each['type']!r} is not the type of {each['tail']}, which is {stands['type']!r}"
            yield _refused("ground_times", row, "type", text)


def _duties(rows: Rows) -> Iterator[Doubt]:
    flights, crews = _by(rows, "flights", "flight_id"), _by(rows, "crews", "crew_id")
    ratings = {each["type"]: each["rating"] for each in rows.get("aircraft", ())}
    for row, each in enumerate(rows.get("duties", ())):
        flown = [flights[key] for key in each["flights"] if key in flights]
        if each["release_utc"] < each["report_utc"]:
            yield _refused("duties", row, "release_utc", f"{each['release_utc']} is before the report")
        if flown and each["report_utc"] > flown[0]["departure_utc"]:
            text = f"{each['report_utc']} is after the departure of {flown[0]['flight_id']}"
            yield _refused("duties", row, "report_utc", text)
        if flown and each["release_utc"] < flown[-1]["arrival_utc"]:
            text = f"{each['release_utc']} is before the arrival of {flown[-1]['flight_id']}"
            yield _refused("duties", row, "release_utc", text)
        yield from _crewed(row, each, crews.get(each["crew_id"]), flown, ratings)


def _crewed(
    row: int, duty: Item, crew: Item | None, flown: Sequence[Item], ratings: Mapping[str, str]
) -> Iterator[Doubt]:
    """What does not fit between a duty, its crew and the aircraft of its flights."""
    if crew and crew["rating"] != duty["rating"]:
        text = f"{duty['rating']!r} is not the rating of {crew['crew_id']}, which is {crew['rating']!r}"
        yield _refused("duties", row, "rating", text)
    for one, other in pairwise(flown):
        if one["destination"] != other["origin"] or other["departure_utc"] < one["arrival_utc"]:
            text = (
                f"{other['flight_id']} does not leave where and after {one['flight_id']} lands; flights stand in order"
            )
            yield _refused("duties", row, "flights", text)
    for each in flown:
        wanted = ratings.get(each["type"], duty["rating"])
        if wanted != duty["rating"]:
            text = f"{duty['rating']!r} is not the rating {wanted!r} that {each['flight_id']} needs"
            yield _refused("duties", row, "rating", text)


def _rostered(rows: Rows) -> Iterator[Doubt]:
    duties = _by(rows, "duties", "duty_id")
    for row, each in enumerate(rows.get("flights", ())):
        duty = duties.get(each["duty_id"])
        if duty is not None and each["flight_id"] not in duty["flights"]:
            text = f"{each['duty_id']!r} does not have the flight among its own; correct one of them"
            yield _refused("flights", row, "duty_id", text)
        elif duty is None and duties:
            text = f"{each['duty_id']!r} is not in duties.csv: a report about the flight halts until its roster is published"
            yield _warned("flights", row, "duty_id", text)


def _pools(rows: Rows) -> Iterator[Doubt]:
    for row, each in enumerate(rows.get("crews", ())):
        pool = each.get("reserve_pool")
        if pool and not pool.startswith(f"{each['base']}#{each['rating']}#"):
            text = f"{pool!r} is not its base and rating; write it like {each['base']}#{each['rating']}#2026-11-21"
            yield _refused("crews", row, "reserve_pool", text)


def _connections(rows: Rows) -> Iterator[Doubt]:
    """Legs of bookings that are not flights, do not follow one another, or are not where the first flight says."""
    flights = _by(rows, "flights", "flight_id")
    for row, each in enumerate(rows.get("bookings", ())):
        column = "legs" if "legs" in each else "onward_flight_id"
        for text in _broken_journey(each, flights):
            yield _refused("bookings", row, column, text)


def _broken_journey(booking: Item, flights: Mapping[str, Item]) -> Iterator[str]:
    legs = legs_of(booking)
    own = [leg for leg in legs if is_own(leg)]
    if "legs" in booking and own[:1] != [booking["flight_id"]]:
        yield f"the first own flight of the legs is not flight_id, {booking['flight_id']!r}; correct one of them"
    if "legs" in booking and "onward_flight_id" in booking:
        yield "a booking with legs has no onward_flight_id beside them; leave one of the cells empty"
    if flights and (missing := [leg for leg in own if leg not in flights]):
        yield f"{missing[0]!r} is not in flights.csv; add it there, or correct it here"
    ends = [_ends(leg, flights) for leg in legs]
    for (one, before), (other, after) in pairwise(zip(legs, ends, strict=True)):
        if before is None or after is None:
            continue
        if after[0] != before[1]:
            yield f"{other} does not leave from {before[1]}, where {one} lands"
        elif after[2] <= before[3]:
            yield f"{other} has left when {one} lands"


def _ends(leg: str, flights: Mapping[str, Item]) -> tuple[str, str, str, str] | None:
    """Origin, destination and times of a leg; ``None`` for an own flight that is not among these."""
    if not is_own(leg):
        read = other_leg(leg)
        return read.origin, read.destination, read.departure_utc, read.arrival_utc
    if (found := flights.get(leg)) is None:
        return None
    return found["origin"], found["destination"], found["departure_utc"], found["arrival_utc"]


def _positions(rows: Rows) -> Iterator[Doubt]:
    for row, each in enumerate(rows.get("airports", ())):
        listed = world_place(each["iata"])
        if listed is None:
            continue
        away = distance_km(each["lat"], each["lon"], listed.lat, listed.lon)
        if away > MOVED_KM:
            text = f"{each['iata']} lies {away} km from there in the world's list; are latitude and longitude right?"
            yield _warned("airports", row, "lat", text)
        if each["country"] != listed.country:
            yield _warned("airports", row, "country", f"{each['country']} is {listed.country} in the world's list")
        if listed.tz and _other_clock(each["tz"], listed.tz, rows):
            yield _warned("airports", row, "tz", f"{each['tz']} has another clock than {listed.tz} of the world's list")


def _other_clock(one: str, other: str, rows: Rows) -> bool:
    """True if two zones differ at the first departure of the loaded flights."""
    first = min((each["departure_utc"] for each in rows.get("flights", ())), default="2026-01-01T00:00:00Z")
    moment = times.local(times.minutes(first), "UTC")
    return moment.astimezone(ZoneInfo(one)).utcoffset() != moment.astimezone(ZoneInfo(other)).utcoffset()


def _diversions(rows: Rows) -> Iterator[Doubt]:
    """Routes that need an approval by their ends alone, when no aerodrome on the way is loaded: runs about them halt."""
    if "alternates" in rows:
        return
    places, ends = Places(rows.get("airports", ())), Adequate()
    for row, each in enumerate(rows.get("flights", ())):
        start, end = places.get(each["origin"]), places.get(each["destination"])
        needed = ends.minutes(start, end, each["type"], SLOWEST_ONE_ENGINE_KMH)
        if needed is not None and needed > WITHOUT_APPROVAL_MINUTES:
            text = f"{each['route']} is more than an hour from both ends: unless alternates are loaded already, reports halt"
            yield _warned("flights", row, "route", text)


def _forecasts(rows: Rows) -> Iterator[Doubt]:
    """Destinations whose forecast ends before a flight arrives."""
    if "weather" not in rows:
        return
    last: dict[str, int] = {}
    for each in rows["weather"]:
        ends = each.get("until_utc") or times.shift(each["from_utc"], FORECAST_HOURS * 60)
        last[each["station"]] = max(last.get(each["station"], 0), times.minutes(ends))
    for row, each in enumerate(rows.get("flights", ())):
        until = last.get(each["destination"])
        if until is None:
            text = f"{each['destination']} has no forecast in weather.csv: a report about the flight halts"
            yield _warned("flights", row, "destination", text)
        elif times.minutes(each["arrival_utc"]) >= until:
            text = f"the forecast of {each['destination']} ends before the arrival: a report about the flight halts"
            yield _warned("flights", row, "arrival_utc", text)


Check = Callable[[Rows], Iterable[Doubt]]
_CHECKS: Sequence[Check] = (
    _operators,
    _figures,
    _words,
    _ratings,
    _positions,
    _aircraft,
    _beginnings,
    _flight_times,
    _flight_names,
    _flight_aircraft,
    _flight_loads,
    _flight_distances,
    _lines,
    _rostered,
    _duties,
    roster_doubts,
    _pools,
    _connections,
    _diversions,
    _forecasts,
)
