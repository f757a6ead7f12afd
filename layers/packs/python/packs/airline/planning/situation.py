"""Everything a plan looks at, read in a handful of batches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from conclave.pack import Gap, GapReason, Item, Key, Tables
from msgspec import Struct, structs

from packs.airline import times
from packs.airline.bounds import (
    DOWNSTREAM_HORIZON_MINUTES,
    FORECAST_HOURS,
    LONGEST_DELAY_MINUTES,
    REBOOKING_HORIZON_MINUTES,
)
from packs.airline.geography import Place, Places
from packs.airline.journeys import as_rows, bookings_by_flight, is_own, legs_after, legs_of
from packs.airline.models import Incident
from packs.airline.operators.air_operator import AircraftType, AirOperator
from packs.airline.operators.figures import Figures
from packs.airline.operators.records import OPERATOR_READS, read_operator
from packs.airline.planning.diversion import Alternate, alternate, flown_to, leaving_from, nearest
from packs.airline.planning.entitlements.aboard import Aboard, aboard, without_bookings
from packs.airline.planning.entitlements.rights import Rights
from packs.airline.planning.fleet import (
    Spare,
    first_of_each_type,
    idle_aircraft,
    joinable,
)
from packs.airline.planning.reads import spans
from packs.airline.planning.reads.lines import lines_of, open_items
from packs.airline.planning.reads.reserve_pool import read_reserves, without_alike
from packs.airline.planning.reads.stays import day_and_next, ground_from, idle_stays, replacements
from packs.airline.reported.operating import Operating
from packs.airline.reported.standing import Held
from packs.airline.reported.whereabouts import under_way
from packs.airline.rules.aircraft.etops import Adequate, unjudged
from packs.airline.rules.airports.closures import with_closures
from packs.airline.rules.airports.crosswind import on_open_runways
from packs.airline.rules.crew.rotation import NOWHERE, duty_clock, reserve_clock
from packs.airline.rules.crew.time_zones import Clock
from packs.airline.rules.passengers.connections import minimum_minutes

ENDS = ("origin", "destination")
READS = (
    "flights",
    "flights/by_day",
    "flights/by_route",
    "flights/by_tail",
    "airports",
    "alternates",
    "aircraft",
    "ground_times",
    "mel_items/by_category",
    "crews",
    "crews/by_pool",
    "duties",
    "bookings",
    "bookings/by_flight",
    "bookings/by_onward",
    "legs",
    "shipments/by_flight",
    "weather",
    "notams",
    "slots",
    "other_flights",
    "lease_offers",
    *(each for each in OPERATOR_READS if each != "airports"),
)


class Situation(Struct, frozen=True, kw_only=True):
    """The data of one disruption. Rows are table items with their times in minutes; mappings are by key."""

    incident: Incident
    operator: AirOperator
    held: Held
    """What holds the flight."""
    received: int
    """When the report was received: nothing is done before."""
    flight: Item
    airports: Mapping[str, Item]
    places: Places
    """Positions and countries of airports, loaded records first."""
    adequate: Adequate
    """Aerodromes that the carrier may divert to."""
    aircraft: Item | None
    on_ground_from: int
    line: Sequence[Item]
    duty: Item | None
    crews: Mapping[str, Item]
    """Crews of the duties, by key."""
    clocks: Mapping[str, Clock]
    """Clocks of the duties and of the reserve crews, by their keys."""
    duty_flights: Sequence[Item]
    later_duties: Mapping[str, Item]
    """Published duties of the flights that an aircraft may make late, and the disrupted one's, by key."""
    spares: Sequence[Spare]
    """Aircraft other than the planned one that stand at the origin, the hub."""
    alternates: Sequence[Alternate]
    """Airports near the destination whose record and forecast are known; out of the hub only."""
    idle: Sequence[Spare]
    """Aircraft of the cabin class at the hub that may be sent elsewhere, or fly a later flight that takes the passengers."""
    lines: Mapping[str, Sequence[Item]]
    """Flights of the aircraft that the next flights of the route are planned with, by tail, in order of departure."""
    mel: Mapping[str, Sequence[Item]]
    reserves: Mapping[str, Sequence[Item]]
    """Reserve crews of the hub by rating, whose standby lets them report for the flight."""
    first_reserves: Mapping[str, Sequence[Item]]
    """The same without crews that can do no more than one before them."""
    connections: Mapping[str, int]
    """Minimum connection time by airport, where it is on record."""
    bookings: Sequence[Item]
    """Parties that begin their journey with the flight, then those that connect to it."""
    shipments: Sequence[Item]
    slots: Sequence[int]
    forecast: Sequence[Item]
    """Forecast of the destination, in order of time."""
    forecast_origin: Sequence[Item]
    """The same of the origin, which only an aircraft that is fetched lands at."""
    later: Sequence[Item]
    later_back: Sequence[Item]
    onward: Mapping[str, Item]
    """Flights that the bookings and the duties name beside the disrupted one, by key."""
    onward_later: Mapping[str, Sequence[Item]]
    other_carriers: Mapping[str, Sequence[Item]]
    """Flights of other carriers by route: the flight's own within the horizon, and the onward routes."""
    other_carriers_back: Sequence[Item]
    lease_offers: Sequence[Item]
    """Aircraft with crew for lease at the origin, on the day of the flight and the next."""
    out_from_hub: Sequence[Item]
    """Flights from the hub to where the flight leaves, in order of departure; none when it leaves the hub."""
    rights: Rights
    """What passengers are owed by the ends of their journeys."""
    aboard: Mapping[str, Aboard]
    """Passengers of the flights that the planned aircraft flies next, by key of the flight."""
    gaps: Sequence[Gap]

    def connection_to(self, onward: Item) -> int:
        """Shortest connection in minutes from the disrupted flight to another that leaves where it lands."""
        there = self.airports.get(self.flight["destination"])
        return minimum_minutes(
            there, self.flight, onward, country=self.places.country, otherwise=self.figures.connection_minutes
        )

    def on_board(self, flight: Item) -> Aboard:
        """The passengers of a later flight; of one that another aircraft flies by its own ends."""
        return self.aboard.get(flight["flight_id"]) or without_bookings(flight, self.rights)

    @property
    def crew(self) -> Item | None:
        """The record of the rostered crew, if there is one."""
        return self.crews.get(self.duty["crew_id"]) if self.duty else None

    @property
    def here(self) -> Place:
        """Where the flight leaves."""
        return self.places.get(self.flight["origin"]) or NOWHERE

    def clock_of(self, duty: Item) -> Clock:
        """The clock of a rostered duty, as planned."""
        return self.clocks[duty["duty_id"]]

    def reserve_clock(self, crew: Item) -> Clock:
        """The clock of a reserve crew that takes over the duty of the flight, reported at its home base."""
        return self.clocks[crew["crew_id"]]

    @property
    def hub(self) -> str:
        """The hub that the flight leaves or goes to."""
        return self.operator.hub_of(self.flight)

    @property
    def types(self) -> Mapping[str, AircraftType]:
        """The airline's aircraft types by code."""
        return self.operator.types

    @property
    def figures(self) -> Figures:
        """The airline's figures."""
        return self.operator.figures

    @property
    def from_hub(self) -> bool:
        """True if the flight leaves from the hub."""
        return self.flight["origin"] in self.operator.hubs

    def on_call(self, rating: str, *, first: bool = False) -> Sequence[Item]:
        """Reserve crews of a rating that stand by where the flight leaves: at the hub only. ``first``: as ``first_reserves``."""
        found = self.first_reserves if first else self.reserves
        return found.get(rating, ()) if self.from_hub else ()

    @property
    def told_in_time(self) -> bool:
        """True if the crew of the roster can be told to report later: it begins with the flight and has not left for it."""
        if self.duty is None or any(each["departure_utc"] < self.flight["departure_utc"] for each in self.duty_flights):
            return False
        return bool(self.received + self.figures.delayed_report_notice_minutes <= self.duty["report_utc"])

    @property
    def stood_down(self) -> int:
        """When a crew that waits is told so: at the scheduled departure, or when the report is received after it."""
        return max(int(self.flight["departure_utc"]), self.received)

    def diverted(self, place: Alternate) -> Situation:
        """The same disruption with the alternate instead of the destination, as aircraft, crews and airports see it."""
        return structs.replace(
            self,
            flight=flown_to(self.flight, place),
            line=leaving_from(self.line, self.flight, place),
            duty_flights=leaving_from(self.duty_flights, self.flight, place),
            forecast=place.forecast,
        )

    @property
    def back(self) -> Item | None:
        """The return flight of the rotation, when the disrupted flight leaves the hub."""
        leaves = next(iter(self.line), None)
        return leaves if self.from_hub and leaves and leaves["destination"] == self.flight["origin"] else None


def read_situation(incident: Incident, tables: Tables, now: str) -> Situation:
    """Reads the situation of a resolved incident that was reported at ``now`` (ISO 8601 UTC).

    Raises:
        ReadFailed: A table could not be read.
        KeyError: The flight of the incident is gone from the schedule.
    """
    tables, received = times.InMinutes(Operating(tables)), times.minutes(now)
    flight = tables.get("flights", [incident.flight_id]).items[incident.flight_id]
    operator = read_operator(tables, flight["number"])
    hub = operator.hub_of(flight)
    departure, key = flight["departure_utc"], flight["flight_id"]
    back_route = f"{flight['destination']}-{flight['origin']}"
    at_hub, held = flight["origin"] in operator.hubs, Held.by(incident, flight)
    own_line = tables.query("flights", [flight["tail"]], "by_tail")[flight["tail"]]
    line = _after(own_line, departure)
    returns = line[0]["departure_utc"] if line else departure
    routes = tables.query("flights", [flight["route"], back_route], "by_route", spans.rebooked(departure, returns))
    out = [] if at_hub else _out(hub, flight, received, tables)
    own_later = _within(routes[flight["route"]], departure, received)
    joined = joinable(flight, own_later) if at_hub else []
    back = _return(flight, back_route, line)
    chosen = replacements(operator, flight, received, tables, back=back) if at_hub and held.swappable else []
    able = idle_stays(operator, held, flight, joined, tables)
    idle = first_of_each_type(able)
    coming = [stay["tail"] for stay in idle if stay["from_utc"] > departure]
    flown = list(dict.fromkeys([flight["tail"], *(stay["tail"] for stay in chosen), *coming]))
    tails = list(dict.fromkeys([*flown, *(stay["tail"] for stay in idle)]))
    merging = [each["tail"] for each in joined]
    lines = lines_of(flight, own_line, [*flown, *merging], tables, until=_last_late(flight))
    later_duties = _later_duties(flight, {tail: lines[tail] for tail in flown})
    records = tables.get_across({"aircraft": tails, "duties": [flight["duty_id"], *later_duties]})
    aircraft, duties = records["aircraft"], records["duties"].items
    mel = open_items(tails, tables)
    duty = duties.get(flight["duty_id"])
    following = [each for each in line if each["departure_utc"] <= _last_own(flight, held)]
    booked = bookings_by_flight(tables, [key, *(each["flight_id"] for each in following)])
    legs = {leg for found in booked.values() for each in found for leg in legs_of(each)} - {key}
    connecting = {leg for each in booked[key] for leg in legs_after(each, key)}
    worked = sorted({each for found in duties.values() for each in found["flights"]})
    rostered = sorted({each["crew_id"] for each in duties.values()})
    records = tables.get_across({"crews": rostered, "flights": sorted({*filter(is_own, legs), *worked})})
    crews = records["crews"].items
    onward = {**{str(key): item for key, item in records["flights"].items.items()}, **as_rows(legs)}
    onward_routes = sorted({onward[each]["route"] for each in connecting if each in onward})
    bought_routes = [flight["route"], back_route, *onward_routes]
    others = tables.query("other_flights", bought_routes, only=spans.other_carriers(flight))
    landed = min(each["arrival_utc"] for each in (flight, *own_later, *others[flight["route"]]))
    later = tables.query("flights", onward_routes, "by_route", spans.onward(flight, landed)) if onward_routes else {}
    own = [onward[each] for each in duty["flights"] if each in onward] if duty else []
    stations = {hub, flight["origin"], flight["destination"], *(each["destination"] for each in line)}
    stations |= {each[end] for each in own for end in ENDS}
    stations |= {crews[duty["crew_id"]]["base"]} if duty and duty["crew_id"] in crews else set()
    reached = _reached(flight, lines.values())
    travelled = {
        flight["origin"],
        *(onward[each][end] for each in (*legs, *worked) if each in onward for end in ENDS),
        *(each["base"] for each in crews.values()),
    }
    found = tables.get("airports", sorted({*stations, *reached, *travelled})).items
    adequate = Adequate(tables.query("alternates", [operator.carrier])[operator.carrier])
    near = nearest(operator, flight, Places(found.values()), adequate.of(flight["type"]))
    loaded = {str(iata): item for iata, item in {**found, **_more(near, found, tables)}.items()}
    places = Places(loaded.values())
    airports = {iata: loaded[iata] for iata in sorted({*stations, *near, *reached}) if iata in loaded}
    rights = Rights(operator, places, held.ruling, otherwise_km=flight["distance_km"])
    spares = [
        Spare(
            item=aircraft.items[stay["tail"]],
            on_ground_from=stay["from_utc"],
            line=_after(lines[stay["tail"]], stay["from_utc"]),
        )
        for stay in chosen
        if stay["tail"] in aircraft.items
    ]
    resting = idle_aircraft(idle, flight, lines, {str(tail): item for tail, item in aircraft.items.items()})
    fetched = resting if flight["origin"] not in operator.hubs else []
    ratings = {operator.types[flight["type"]].rating, *(spare.item["rating"] for spare in (*spares, *fetched))}
    weather = tables.query("weather", sorted({flight["origin"], flight["destination"], *near}))
    notices = tables.query("notams", sorted({hub, *weather}))
    weather = {iata: on_open_runways(found, airports.get(iata), notices[iata]) for iata, found in weather.items()}
    forecast = weather[flight["destination"]]
    airports = with_closures(airports, notices)
    reserves, not_looked_at = read_reserves(operator, flight, sorted(ratings), places, tables)
    known = {str(name): item for name, item in onward.items()}
    clocks = _duty_clocks(flight, duties.values(), crews, known, places)
    clocks |= _reserve_clocks(flight, clocks.get(flight["duty_id"]), reserves, places)
    return Situation(
        incident=incident,
        operator=operator,
        held=held,
        received=received,
        flight=flight,
        airports=airports,
        places=places,
        adequate=adequate,
        aircraft=aircraft.items.get(flight["tail"]),
        on_ground_from=ground_from(flight, own_line, tables),
        line=line,
        duty=duty,
        crews={str(key): each for key, each in crews.items()},
        clocks=clocks,
        duty_flights=own,
        later_duties={str(key): each for key, each in duties.items()},
        spares=spares,
        alternates=[
            alternate(operator, flight, iata, weather[iata], places)
            for iata in near
            if iata in loaded and weather[iata]
        ],
        idle=resting,
        lines={tail: lines[tail] for tail in merging},
        mel=mel,
        reserves=reserves,
        first_reserves={rating: without_alike(operator, crews, places, most=1) for rating, crews in reserves.items()},
        connections={iata: item["connection_minutes"] for iata, item in loaded.items()},
        bookings=booked[key],
        shipments=tables.query("shipments", [key], "by_flight")[key],
        slots=[each["ctot_utc"] for each in tables.query("slots", [key])[key]],
        forecast=forecast,
        forecast_origin=weather[flight["origin"]],
        later=own_later,
        later_back=_within(routes[back_route], returns, received),
        onward=known,
        out_from_hub=out,
        onward_later=later,
        other_carriers={**others, flight["route"]: _within(others[flight["route"]], departure, received)},
        lease_offers=_offers(operator, held, flight, tables) if flight["origin"] in operator.hubs else [],
        other_carriers_back=_within(others[back_route], returns, received),
        rights=rights,
        aboard={
            each["flight_id"]: aboard(
                each,
                booked[each["flight_id"]],
                known,
                counted=booked.keys(),
                connection=lambda first, second: minimum_minutes(
                    airports.get(first["destination"]),
                    first,
                    second,
                    country=places.country,
                    otherwise=operator.figures.connection_minutes,
                ),
                rights=rights,
            )
            for each in following
        },
        gaps=[
            *_under_way(incident, flight, received),
            *_unknown_rates(rights, flight),
            *_gaps(
                flight,
                duty,
                aircraft.items.get(flight["tail"]),
                sorted(stations - airports.keys()),
            ),
            *not_looked_at,
            *_idle_left_out(len(idle), len(able)),
            *_stale_forecast(held, flight, forecast),
            *_unjudged_diversion(operator, flight, places, adequate),
            *_ended_schedule(
                flight, [each for found in (routes, lines, later) for known in found.values() for each in known]
            ),
            *_unknown_places(sorted(each for each in travelled - stations if each not in places)),
        ],
    )


def _duty_clocks(
    flight: Item, duties: Iterable[Item], crews: Mapping[Key, Item], flights: Mapping[str, Item], places: Places
) -> dict[str, Clock]:
    """Clocks of duties by key; one of whose flights nobody knows any is taken for the disrupted flight."""
    found = {}
    for duty in duties:
        flown = [flights[each] for each in duty["flights"] if each in flights] or [flight]
        crew = crews.get(duty["crew_id"])
        found[str(duty["duty_id"])] = duty_clock(duty, crew, first=flown[0], last=flown[-1], places=places)
    return found


def _reserve_clocks(
    flight: Item, own: Clock | None, reserves: Mapping[str, Sequence[Item]], places: Places
) -> dict[str, Clock]:
    """Clocks of reserve crews by key, when they take over the duty of the flight."""
    ends = own.ends.iata if own else flight["destination"]
    return {
        str(each["crew_id"]): reserve_clock(each, report_utc=each["standby_start_utc"], ends=ends, places=places)
        for crews in reserves.values()
        for each in crews
    }


def _return(flight: Item, route: str, line: Sequence[Item]) -> Item | None:
    """The next flight of the aircraft of a flight on its way back (``route``), of those that it flies after it."""
    after = (each for each in line if each["departure_utc"] >= flight["arrival_utc"])
    return next((each for each in after if each["route"] == route), None)


def _out(hub: str, flight: Item, received: int, tables: Tables) -> list[Item]:
    """Flights from the hub to where a flight leaves that a crew may come on."""
    route = f"{hub}-{flight['origin']}"
    return tables.query("flights", [route], "by_route", spans.positioning(flight, received))[route]


def _offers(operator: AirOperator, held: Held, flight: Item, tables: Tables) -> list[Item]:
    if not held.swappable and not held.crew:
        return []
    keys = day_and_next(flight)
    found = tables.query("lease_offers", keys)
    return [each for key in keys for each in found[key] if each["type"] in operator.types]


def _after(line: Sequence[Item], moment: int) -> list[Item]:
    return [each for each in line if each["departure_utc"] > moment]


def _last_own(flight: Item, held: Held) -> int:
    """The last departure of the planned aircraft that can be late: a day after the flight arrives at the latest."""
    latest = max(LONGEST_DELAY_MINUTES, held.first_delay)
    return int(flight["arrival_utc"]) + latest + DOWNSTREAM_HORIZON_MINUTES


def _last_late(flight: Item) -> int:
    return int(flight["arrival_utc"]) + LONGEST_DELAY_MINUTES + 2 * DOWNSTREAM_HORIZON_MINUTES


def _later_duties(flight: Item, lines: Mapping[str, Sequence[Item]]) -> list[str]:
    """Duties of the flights that could still be late when the disrupted one leaves at the latest, its own left out."""
    last = _last_late(flight)
    found = {
        each["duty_id"]
        for line in lines.values()
        for each in line
        if flight["departure_utc"] < each["departure_utc"] <= last
    }
    return sorted(found - {flight["duty_id"]})


def _reached(flight: Item, lines: Iterable[Sequence[Item]]) -> set[str]:
    """Airports of the flights that could still be late, whichever aircraft flies."""
    last = _last_late(flight)
    found = (each for line in lines for each in line if flight["departure_utc"] < each["departure_utc"] <= last)
    return {name for each in found for name in (each["origin"], each["destination"])}


def _more(names: Sequence[str], known: Mapping[Key, Item], tables: Tables) -> Mapping[Key, Item]:
    """Records of further airports; no request when all are known."""
    wanted = [each for each in names if each not in known]
    return tables.get("airports", wanted).items if wanted else {}


def _within(flights: Sequence[Item], moment: int, received: int) -> list[Item]:
    """Flights after a moment within the horizon that have not left when the report is received."""
    last = moment + REBOOKING_HORIZON_MINUTES
    return [each for each in flights if moment < each["departure_utc"] <= last and each["departure_utc"] >= received]


def covering(forecast: Sequence[Item], moment: int) -> Item | None:
    """The forecast period that holds at a moment; ``None`` when the last one has run out.

    A period without an end of its own holds for ``FORECAST_HOURS``.
    """
    begun = [period for period in forecast if period["from_utc"] <= moment]
    if not begun or moment >= begun[-1].get("until_utc", begun[-1]["from_utc"] + FORECAST_HOURS * 60):
        return None
    return begun[-1]


def _stale_forecast(held: Held, flight: Item, forecast: Sequence[Item]) -> list[Gap]:
    """A forecast that ends before the flight could arrive says nothing; that there is none at all, a check says."""
    if not forecast or covering(forecast, flight["arrival_utc"] + held.first_delay):
        return []
    item = f"weather/{flight['destination']}"
    return [
        Gap(
            tool="plan",
            item=item,
            reason=GapReason.STALE,
            mandatory=True,
            detail="the forecast ends before the arrival",
        )
    ]


def _idle_left_out(looked_at: int, there: int) -> list[Gap]:
    """Idle aircraft that are not looked at, since many of their type stand at the hub before them."""
    if looked_at == there:
        return []
    detail = f"{looked_at} of {there} aircraft that may be idle at the hub were looked at, the first of each type"
    return [Gap(tool="plan", item="ground_times", reason=GapReason.FAILED, mandatory=False, detail=detail)]


def _unjudged_diversion(operator: AirOperator, flight: Item, places: Places, adequate: Adequate) -> list[Gap]:
    """Without aerodromes on the way nobody can tell whether a route of more than an hour keeps within what is approved."""
    ends = places.get(flight["origin"]), places.get(flight["destination"])
    needed = adequate.minutes(*ends, flight["type"], operator.types[flight["type"]].one_engine_kmh)
    if not unjudged(needed, adequate):
        return []
    item, detail = f"alternates/{operator.carrier}", "no aerodromes on record that the flight may divert to on its way"
    return [Gap(tool="plan", item=item, reason=GapReason.MISSING, mandatory=True, detail=detail)]


def _ended_schedule(flight: Item, known: Iterable[Item]) -> list[Gap]:
    """A loaded schedule that ends before the last flight that passengers may be moved to: who waits for it counts as stranded."""
    last = times.day(max((each["departure_utc"] for each in known), default=flight["departure_utc"]))
    if times.day(flight["departure_utc"] + REBOOKING_HORIZON_MINUTES) <= last:
        return []
    detail = f"the loaded flights end on {last}; passengers who could travel later count as stranded"
    return [Gap(tool="plan", item="flights", reason=GapReason.STALE, mandatory=False, detail=detail)]


def _unknown_places(names: Iterable[str]) -> list[Gap]:
    """Airports of onward and earlier flights without a record: rights and distances of those journeys are not known."""
    return [
        Gap(
            tool="plan",
            item=f"airports/{name}",
            reason=GapReason.MISSING,
            mandatory=False,
            detail="no record of this airport; journeys from or to it are counted without its country and position",
        )
        for name in names
    ]


def _unknown_rates(rights: Rights, flight: Item) -> list[Gap]:
    """Currencies that later passengers, or those of the flight alone, may be owed money in, and that have no rate."""
    rights.covered(flight["origin"], flight["destination"])
    return [
        Gap(
            tool="plan",
            item=f"exchange_rates/{currency}",
            reason=GapReason.MISSING,
            mandatory=False,
            detail="no exchange rate; what passengers are owed in it counts as nothing",
        )
        for currency in rights.without_rate()
    ]


def _under_way(incident: Incident, flight: Item, received: int) -> list[Gap]:
    """A flight that has gone is not planned as if it stood at its gate; what to do stands in the detail."""
    detail, item = under_way(incident, flight, received), f"flights/{flight['flight_id']}"
    return [Gap(tool="plan", item=item, reason=GapReason.STALE, mandatory=True, detail=detail)] if detail else []


def _gaps(flight: Item, duty: Item | None, aircraft: Item | None, airports: Sequence[object]) -> list[Gap]:
    missing = []
    if duty is None:
        missing.append((f"duties/{flight['duty_id']}", "no published roster for this flight"))
    if aircraft is None:
        missing.append((f"aircraft/{flight['tail']}", "no record of the planned aircraft"))
    missing += [(f"airports/{name}", "no record of this airport") for name in airports]
    return [
        Gap(tool="plan", item=item, reason=GapReason.MISSING, mandatory=True, detail=detail) for item, detail in missing
    ]
