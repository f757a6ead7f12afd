"""Disruptions that call for a rarer way out: a ferry, a lease, a diversion, other carriers, a crew that comes as passengers.

Each is laid out so that its rule or its way out counts; a network that has no flight for one gets an ordinary disruption.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from random import Random

from conclave.pack.tables import Item
from packs.airline import bounds
from packs.airline.models import Cause, Incident, Problem
from packs.airline.sample_data.operator import CARRIER, HUB, TYPES

from evaluation.airline.rules import crews
from evaluation.airline.rules.case import Case
from evaluation.airline.rules.clock import local_minute, minutes, text
from evaluation.airline.rules.extras import etops_margin, farthest_kilometres
from evaluation.airline.scenarios.disruptions import Disruption, flights_of, from_hub
from evaluation.airline.scenarios.received import closed_by_notice, fog_at_times, one_runway_open
from evaluation.data import Changes, Rows

Maker = Callable[[Random, Rows, str], Disruption | None]
NIGHT = {"curfew_start": "23:30", "curfew_end": "06:00", "curfew_closed": False}
HORIZON = 30 * 60


def _shuffled(random: Random, rows: Rows, day: str, keep: Callable[[Item], bool]) -> list[Item]:
    found = [item for item in flights_of(rows, day) if keep(item)]
    random.shuffle(found)
    return found


def _case(rows: Rows, flight: Item, cause: Cause, delay: int = 0) -> Case:
    incident = Incident(
        flight=flight["number"],
        date=flight["date"],
        origin=flight["origin"],
        destination=flight["destination"],
        problems=(Problem(cause=cause, minutes=delay),),
        flight_id=flight["flight_id"],
    )
    return Case(rows, incident)


def _rested_aircraft(rows: Rows, kind: str) -> Changes:
    """The spares of a type, all fit to fly for weeks."""
    spares = [item for item in rows.all("aircraft") if item["spare"] and item["type"] == kind]
    fit = {
        "serviceable": True,
        "note": "",
        "check_hours_left": 400,
        "check_cycles_left": 90,
        "check_due_date": "2030-01-01",
    }
    defects = [
        (each["tail"], each["item_id"]) for item in spares for each in rows.where("mel_items", "tail", item["tail"])
    ]
    return Changes(put={"aircraft": [item | fit for item in spares]}, remove={"mel_items": defects})


def _grounded(rows: Rows, keep: Callable[[Item], bool]) -> Changes:
    """Aircraft out of service."""
    gone = [item for item in rows.all("aircraft") if keep(item)]
    note = "airworthiness directive: inspection before further flight"
    return Changes(put={"aircraft": [item | {"serviceable": False, "note": note} for item in gone]})


def _tired(rows: Rows, rating: str) -> Changes:
    """Reserve crews that came off duty as their standby begins."""
    reserves = [item for item in rows.all("crews") if "reserve_pool" in item and item["rating"] == rating]
    return Changes(put={"crews": [item | {"previous_end_utc": item["standby_start_utc"]} for item in reserves]})


def _sold_out(flights: Iterable[Item]) -> Changes:
    return Changes(put={"flights": [item | {"booked": item["seats"]} for item in flights]})


def _other(route: str, departure: int, block: int, seats: int, random: Random) -> Item:
    number = f"QR{random.randrange(5_000, 9_000)}"
    return {
        "route": route,
        "other_id": f"{text(departure)}#{number}",
        "carrier": "QR",
        "number": number,
        "departure_utc": text(departure),
        "arrival_utc": text(departure + block),
        "seats_free": seats,
        "fare_usd": random.randrange(180, 700, 10),
    }


def _lease(flight: Item, random: Random) -> Changes:
    """An approved offer that seats the passengers and is there in time."""
    kind = TYPES[flight["type"]]
    start = minutes(flight["departure_utc"]) + random.randrange(0, 120, 30)
    offer = {
        "station_day": f"{HUB}#{text(minutes(flight['departure_utc']))[:10]}",
        "offer_id": "L-evaluation",
        "operator": "Skylark Charter",
        "tail": "9H-LZZ",
        "type": kind.code,
        "seats": kind.seats,
        "range_km": kind.range_km,
        "available_from_utc": text(start),
        "available_until_utc": text(start + 40 * 60),
        "hourly_usd": round(kind.hourly_cost * random.uniform(1.1, 1.4)),
        "minimum_hours": 4,
        "approved": True,
    }
    return Changes(put={"lease_offers": [offer]})


def _ferry(random: Random, rows: Rows, day: str) -> Disruption | None:
    """On ground away from the hub, where an idle aircraft can be brought within the crew's duty."""

    def near(item: Item) -> bool:
        return not from_hub(item) and item["block_minutes"] <= 150 and item["type"] in ("A320", "A321")

    for flight in _shuffled(random, rows, day, near)[:1]:
        return Disruption(flight, Cause.TECHNICAL, 0, _rested_aircraft(rows, "A320"))
    return None


def _nothing_idle(random: Random, rows: Rows, day: str) -> Disruption | None:
    """On ground away from the hub, no spare, own flights sold out: only other carriers have seats."""
    for flight in _shuffled(random, rows, day, lambda item: not from_hub(item))[:1]:
        start = minutes(flight["departure_utc"])
        later = [
            each for each in rows.where("flights", "route", flight["route"]) if minutes(each["departure_utc"]) > start
        ]
        others = [
            _other(flight["route"], start + wait, flight["block_minutes"] + 20, 60, random) for wait in (150, 330, 600)
        ]
        changes = _grounded(rows, lambda item: bool(item["spare"])).also(_sold_out(later))
        return Disruption(flight, Cause.TECHNICAL, 0, changes.also(Changes(put={"other_flights": others})))
    return None


def _wet_lease(random: Random, rows: Rows, day: str) -> Disruption | None:
    """On ground at the hub, every other aircraft of the class inspected first: only a lease flies."""
    for flight in _shuffled(random, rows, day, from_hub)[:1]:
        wide = TYPES[flight["type"]].wide

        def same(item: Item, own: str = flight["tail"], wide: bool = wide) -> bool:
            return item["tail"] != own and TYPES[item["type"]].wide == wide

        return Disruption(flight, Cause.TECHNICAL, 0, _grounded(rows, same).also(_lease(flight, random)))
    return None


def _lease_for_crew(random: Random, rows: Rows, day: str) -> Disruption | None:
    """The crew is sick, no reserve is rested: a lease brings its own."""
    for flight in _shuffled(random, rows, day, from_hub)[:1]:
        rating = TYPES[flight["type"]].rating
        return Disruption(flight, Cause.CREW, 0, _tired(rows, rating).also(_lease(flight, random)))
    return None


def _far_from_airports(random: Random, rows: Rows, day: str) -> Disruption | None:
    """On ground before a route far from airports; most of what could fly it has a defect that limits diversion time."""

    def remote(item: Item) -> bool:
        farthest = farthest_kilometres(rows, CARRIER, item["origin"], item["destination"], item["type"])
        return from_hub(item) and etops_margin(farthest, TYPES[item["type"]], ()) is not None

    for flight in _shuffled(random, rows, day, remote)[:1]:
        wide = TYPES[flight["type"]].wide
        items = [
            {
                "tail": each["tail"],
                "item_id": "36-11-02/8999",
                "ata": "36-11-02",
                "category": "C",
                "discovered": day,
                "relief": True,
                "not_with": [],
                "text": "Engine bleed right inoperative; diversion time not above 60 minutes",
                "etops_minutes": 60,
            }
            for each in rows.all("aircraft")
            if TYPES[each["type"]].wide == wide and (each["spare"] or random.random() < 0.7)
            if each["tail"] != flight["tail"]
        ]
        return Disruption(flight, Cause.TECHNICAL, 0, Changes(put={"mel_items": items}))
    return None


def _check_due(random: Random, rows: Rows, day: str) -> Disruption | None:
    """A check falls due at midnight, and the flight or its return would come after it."""
    for flight in _shuffled(random, rows, day, lambda item: True):
        back = _case(rows, flight, Cause.TECHNICAL, 30).back or flight
        delay, last = random.randrange(180, 480, 15), minutes(back["arrival_utc"])
        if (last + delay) // 1440 > last // 1440:
            aircraft = rows.item("aircraft", flight["tail"]) or {}
            due = Changes(put={"aircraft": [aircraft | {"check_due_date": text(last)[:10]}]})
            return Disruption(flight, Cause.TECHNICAL, delay, due)
    return None


def _parts_late(random: Random, rows: Rows, day: str) -> Disruption | None:
    """The report hopes for less than parts and engineers allow."""
    for flight in _shuffled(random, rows, day, lambda item: True)[:1]:
        parts = minutes(flight["departure_utc"]) + random.randrange(60, 420, 15)
        aircraft = rows.item("aircraft", flight["tail"]) or {}
        waits = {"parts_at_utc": text(parts), "staff_at_utc": text(parts - 60), "repair_minutes": 60}
        changes = Changes(put={"aircraft": [aircraft | waits]})
        return Disruption(flight, Cause.TECHNICAL, random.randrange(45, 180, 15), changes)
    return None


def _month_worked(random: Random, rows: Rows, day: str) -> Disruption | None:
    """The crew's week is nearly full: its planned duty is legal, a late one is not."""
    for flight in _shuffled(random, rows, day, lambda item: True)[:1]:
        duty = rows.item("duties", flight["duty_id"]) or {}
        length = minutes(duty["release_utc"]) - minutes(duty["report_utc"])
        worked = {"duty_7_days_minutes": 60 * 60 - length - random.randrange(0, 45, 5)}
        delay = random.randrange(60, 300, 15)
        return Disruption(flight, Cause.CREW, delay, Changes(put={"duties": [duty | worked]}))
    return None


def _sick_away(random: Random, rows: Rows, day: str) -> Disruption | None:
    """The crew is sick away from the hub; a reserve crew can come as passengers on a flight that is due."""
    for flight in _shuffled(random, rows, day, lambda item: not from_hub(item) and item["block_minutes"] <= 200):
        if crews.carriers(_case(rows, flight, Cause.CREW), flight["type"]):
            return Disruption(flight, Cause.CREW)
    return None


def _long_wait(random: Random, rows: Rows, day: str) -> Disruption | None:
    """A wait that the crew's duty does not last through unless it sleeps meanwhile; no reserve is rested."""
    for flight in _shuffled(random, rows, day, lambda item: True):
        delay = random.randrange(245, 400, 15)
        case = _case(rows, flight, Cause.AIRPORT, delay)
        trip = case.trip(flight["type"], delay)
        fits = crews.rostered(case, trip, crews.SPLIT).legal and not crews.rostered(case, trip).legal
        if fits and case.duty is not None and case.duty["pilots"] == 2:
            return Disruption(flight, Cause.AIRPORT, delay, _tired(rows, TYPES[flight["type"]].rating))
    return None


def _pilots_join(random: Random, rows: Rows, day: str) -> Disruption | None:
    """A wait too long for the crew and for a reserve crew of two; together they can rest in flight."""
    for flight in _shuffled(random, rows, day, lambda item: from_hub(item) and TYPES[item["type"]].wide):
        rating, delay = TYPES[flight["type"]].rating, random.randrange(60, 400, 15)
        reserves = [item for item in rows.all("crews") if "reserve_pool" in item and item["rating"] == rating]
        changes = Changes(put={"crews": [item | {"pilots": 2} for item in reserves]})
        case = _case(rows.changed(changes), flight, Cause.AIRPORT, delay)
        trip = case.trip(flight["type"], delay)
        if case.duty is None or case.duty["pilots"] > 3 or crews.rostered(case, trip).legal:
            continue
        ready = crews.reserves(case, rating)
        alone = any(crews.reserve(case, each, trip).legal for each in ready)
        if not alone and any(crews.joined(case, each, trip).legal for each in ready):
            return Disruption(flight, Cause.AIRPORT, delay, changes)
    return None


def _fog(random: Random, rows: Rows, day: str) -> Disruption | None:
    """Fog at the destination for a day, and an alternate from which a bus goes."""
    for flight in _shuffled(random, rows, day, from_hub):
        if _case(rows, flight, Cause.WEATHER).alternates:
            first = minutes(flight["arrival_utc"]) - 360
            bad = [
                item | {"visibility_m": 200, "ceiling_ft": 100}
                for item in rows.where("weather", "station", flight["destination"])
                if first < minutes(item["from_utc"]) < first + random.choice((18, 30)) * 60
            ]
            return Disruption(flight, Cause.WEATHER, 0, Changes(put={"weather": bad}))
    return None


def _closed_early(random: Random, rows: Rows, day: str) -> Disruption | None:
    """The destination closes before the flight can be there, for long; an alternate is open."""
    for flight in _shuffled(random, rows, day, from_hub):
        if not _case(rows, flight, Cause.CARGO).alternates:
            continue
        airport = rows.item("airports", flight["destination"]) or {}
        starts = (local_minute(minutes(flight["arrival_utc"]), airport["tz"]) + 15) % 1440
        ends = (starts + random.randrange(480, 660, 30)) % 1440
        night = {
            "curfew_start": f"{starts // 60:02d}:{starts % 60:02d}",
            "curfew_end": f"{ends // 60:02d}:{ends % 60:02d}",
            "curfew_closed": True,
            "curfew_source": "temporary night closure, NOTAM",
        }
        delay = random.randrange(30, 90, 15)
        return Disruption(flight, Cause.CARGO, delay, Changes(put={"airports": [airport | night]}))
    return None


def _quota(station: str) -> Maker:
    """A delay into the night of an airport that has noise quota for the quietest movements only."""

    def made(random: Random, rows: Rows, day: str) -> Disruption | None:
        for flight in _shuffled(random, rows, day, lambda item: station in ("", item["origin"], item["destination"])):
            away, moment = (
                (flight["destination"], "arrival_utc") if from_hub(flight) else (flight["origin"], "departure_utc")
            )
            airport = rows.item("airports", away) or {}
            wait = (23 * 60 + 40 - local_minute(minutes(flight[moment]), airport["tz"])) % 1440
            if not airport["curfew_closed"] and 30 <= wait <= 480:
                quiet = airport | NIGHT | {"night_quota_left": 0.25}
                delay = wait + random.randrange(0, 60, 5)
                return Disruption(flight, Cause.TECHNICAL, delay, Changes(put={"airports": [quiet]}))
        return None

    return made


def _onward_full(random: Random, rows: Rows, day: str) -> Disruption | None:
    """A late bank: the onward flights of its passengers are sold out, other carriers have seats."""
    for flight in _shuffled(random, rows, day, lambda item: item["destination"] == HUB):
        arrival = minutes(flight["arrival_utc"])
        bookings = rows.where("bookings", "flight_id", flight["flight_id"])
        onward = [rows.item("flights", each["onward_flight_id"]) for each in bookings if "onward_flight_id" in each]
        routes = {each["route"]: each for each in onward if each is not None}
        if len(routes) < 5:
            continue
        later = [
            each
            for route in routes
            for each in rows.where("flights", "route", route)
            if arrival < minutes(each["departure_utc"]) <= arrival + 2 * HORIZON
        ]
        others = [
            _other(route, arrival + 300 + wait, each["block_minutes"] + 15, 8, random)
            for route, each in routes.items()
            for wait in (120, 420)
        ]
        changes = _sold_out(later).also(Changes(put={"other_flights": others}))
        return Disruption(flight, Cause.LATE_INBOUND, random.randrange(150, 330, 15), changes)
    return None


def _two_in_one(random: Random, rows: Rows, day: str) -> Disruption | None:
    """A long closure; the next flight of the route is nearly full, and a larger aircraft stands idle."""
    larger, last = TYPES["A321"], bounds.CONSOLIDATION_HORIZON_MINUTES

    def joins(flight: Item) -> Iterator[Item]:
        start = minutes(flight["departure_utc"])
        for each in rows.where("flights", "route", flight["route"]):
            if start < minutes(each["departure_utc"]) <= start + last and each["type"] == "A320":
                yield each

    def small(item: Item) -> bool:
        return from_hub(item) and not TYPES[item["type"]].wide and next(joins(item), None) is not None

    for flight in sorted(_shuffled(random, rows, day, small)[:8], key=lambda item: int(item["booked"]))[:1]:
        nearly = [each | {"booked": each["seats"] - 4} for each in joins(flight) if each["booked"] < each["seats"] - 4]
        later = [
            each
            for each in rows.where("flights", "route", flight["route"])
            if minutes(each["departure_utc"]) > minutes(flight["departure_utc"]) + last
        ]
        changes = _rested_aircraft(rows, larger.code).also(_sold_out(later)).also(Changes(put={"flights": nearly}))
        return Disruption(flight, Cause.AIRPORT, random.randrange(780, 1_200, 30), changes)
    return None


RARE: Mapping[str, Mapping[int, Maker]] = {
    "technical": {2: _ferry, 3: _check_due, 4: _far_from_airports, 5: _parts_late, 6: _nothing_idle, 7: _wet_lease},
    "crew": {3: _month_worked, 4: _sick_away, 6: _long_wait, 7: _sick_away, 8: _lease_for_crew},
    "weather": {3: _fog, 4: fog_at_times, 5: _fog, 6: one_runway_open, 7: _fog},
    "curfew": {2: _quota("LHR"), 4: _closed_early, 6: _quota(""), 8: _closed_early},
    "slots": {5: _long_wait},
    "connection_bank": {3: _onward_full, 6: _onward_full, 8: _ferry},
    "airport_closure": {2: closed_by_notice, 3: _two_in_one, 5: _pilots_join, 6: _two_in_one, 8: _long_wait},
    "multiple_failures": {2: _wet_lease, 4: _ferry, 6: _far_from_airports, 8: _nothing_idle},
}
"""By kind and turn."""
