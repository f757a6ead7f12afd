"""Ordinary disruptions of ten kinds, drawn from a seed, each with what it changes in the data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from conclave.pack.tables import Item
from packs.airline.models import Cause
from packs.airline.sample_data.operator import HUB

from evaluation.airline.rules.clock import local_minute, minutes, text
from evaluation.data import Changes, Rows


@dataclass(frozen=True, slots=True)
class Disruption:
    """An event that disrupts a flight.

    Attributes:
        flight: The flight.
        cause: Why.
        delay: Minutes until the cause is over, 0 when nobody knows.
        changes: What differs in the data.
        gap: What a safety agent must have and has not; empty when nothing is missing.
    """

    flight: Item
    cause: Cause
    delay: int = 0
    changes: Changes = field(default_factory=Changes)
    gap: str = ""


def flights_of(rows: Rows, day: str, *, published: bool = True) -> list[Item]:
    """Flights of the day, in order; those with a published roster unless said otherwise."""
    found = list(rows.where("flights", "date", day))
    if published:
        found = [item for item in found if rows.item("duties", item["duty_id"]) is not None]
    return sorted(found, key=lambda item: str(item["flight_id"]))


def pick(random: Random, rows: Rows, day: str, keep: Callable[[Item], bool] = lambda item: True) -> Item:
    """One of the flights of the day."""
    return random.choice([item for item in flights_of(rows, day) if keep(item)])


def from_hub(item: Item) -> bool:
    """True if a flight leaves the hub."""
    return bool(item["origin"] == HUB)


def _technical(random: Random, rows: Rows, day: str) -> Disruption:
    flight = pick(random, rows, day)
    known = random.random() < (0.5 if from_hub(flight) else 0.8)
    return Disruption(flight, Cause.TECHNICAL, random.randrange(30, 420, 15) if known else 0)


def _crew(random: Random, rows: Rows, day: str) -> Disruption:
    if random.random() < 0.75:
        return Disruption(pick(random, rows, day, from_hub), Cause.CREW)
    return Disruption(pick(random, rows, day), Cause.CREW, random.randrange(30, 300, 15))


def weather(random: Random, rows: Rows, day: str) -> Disruption:
    """Below minima at the destination around the arrival, for one or two periods of six hours."""
    flight = pick(random, rows, day)
    arrival = flight["arrival_utc"]
    periods = sorted(rows.where("weather", "station", flight["destination"]), key=lambda item: str(item["from_utc"]))
    at = max((index for index, item in enumerate(periods) if item["from_utc"] <= arrival), default=0)
    poor = random.choice(({"visibility_m": 300}, {"ceiling_ft": 100}, {"crosswind_kt": 41}))
    bad = [item | poor for item in periods[at : at + random.choice((1, 1, 2))]]
    delay = random.choice((0, 0, random.randrange(60, 300, 15)))
    return Disruption(flight, Cause.WEATHER, delay, Changes(put={"weather": bad}))


def _curfew(random: Random, rows: Rows, day: str) -> Disruption:
    """A delay that reaches into a closed period, at an airport that has one or gets one."""
    flight = pick(random, rows, day, lambda item: HUB in (item["origin"], item["destination"]))
    end = "destination" if from_hub(flight) else "origin"
    airport = rows.item("airports", flight[end])
    assert airport is not None
    moment = minutes(flight["arrival_utc"] if end == "destination" else flight["departure_utc"])
    starts = (local_minute(moment, airport["tz"]) + random.randrange(15, 120, 15)) % 1440
    ends = (starts + random.randrange(240, 420, 30)) % 1440
    closed = airport | {
        "curfew_start": f"{starts // 60:02d}:{starts % 60:02d}",
        "curfew_end": f"{ends // 60:02d}:{ends % 60:02d}",
        "curfew_closed": True,
        "curfew_source": "temporary night closure, NOTAM",
    }
    cause, delay = random.choice((Cause.TECHNICAL, Cause.CARGO, Cause.ATC)), random.randrange(30, 240, 15)
    return Disruption(flight, cause, delay, Changes(put={"airports": [closed]}))


def _slots(random: Random, rows: Rows, day: str) -> Disruption:
    """Calculated take-off times, some of them far apart."""
    flight = pick(random, rows, day)
    first = minutes(flight["departure_utc"]) + 15
    offers = sorted({0, *(random.randrange(20, 600, 5) for _ in range(random.randint(3, 9)))})
    times = [
        {
            "flight_id": flight["flight_id"],
            "ctot_utc": text(first + offer),
            "status": "on_offer" if offer else "allocated",
        }
        for offer in offers
    ]
    gone = [(item["flight_id"], item["ctot_utc"]) for item in rows.where("slots", "flight_id", flight["flight_id"])]
    delay = random.choice((0, random.randrange(30, 240, 15)))
    changes = Changes(remove={"slots": gone}).also(Changes(put={"slots": times}))
    return Disruption(flight, Cause.ATC, delay, changes)


def _cargo(random: Random, rows: Rows, day: str) -> Disruption:
    """Life-saving cold chain or live animals with little time left."""
    flight = pick(random, rows, day)
    slack = random.randrange(-30, 300, 10)
    item: Item = {
        "awb": "607-99999991",
        "flight_id": flight["flight_id"],
        "weight_kg": random.randrange(100, 2000, 20),
        "remark": "",
    }
    if random.random() < 0.6:
        until = text(minutes(flight["arrival_utc"]) + 90 + slack)
        item |= {"kind": "cold_chain", "qualified_until_utc": until, "life_saving": random.random() < 0.7}
    else:
        loaded = text(minutes(flight["arrival_utc"]) - 720 + slack)
        item |= {"kind": "live_animals", "species": "poultry", "loaded_utc": loaded}
    cause = random.choice((Cause.CARGO, Cause.ATC, Cause.TECHNICAL))
    return Disruption(flight, cause, random.randrange(30, 300, 15), Changes(put={"shipments": [item]}))


def _connection_bank(random: Random, rows: Rows, day: str) -> Disruption:
    """An inbound flight of a bank is late; its passengers connect."""
    inbound = [item for item in flights_of(rows, day) if item["destination"] == HUB]
    random.shuffle(inbound)

    def connecting(item: Item) -> int:
        return sum(
            each["pax"] for each in rows.where("bookings", "flight_id", item["flight_id"]) if "onward_flight_id" in each
        )

    flight = max(inbound[:6], key=connecting)
    cause = random.choice((Cause.TECHNICAL, Cause.LATE_INBOUND, Cause.ATC, Cause.AIRPORT))
    return Disruption(flight, cause, random.randrange(45, 360, 15))


def _closure(random: Random, rows: Rows, day: str) -> Disruption:
    delay = random.choice((0, random.randrange(120, 600, 15)))
    return Disruption(pick(random, rows, day), Cause.AIRPORT, delay)


def _multiple(random: Random, rows: Rows, day: str) -> Disruption:
    """On ground, and what would help is missing, too: spares, reserves, weather."""
    flight = pick(random, rows, day, from_hub)
    spares = [item for item in rows.all("aircraft") if item["spare"]]
    reserves = [item for item in rows.all("crews") if "reserve_pool" in item]
    broken = [item | {"serviceable": False, "note": "damaged by a loader"} for item in spares if random.random() < 0.7]
    tired = [item | {"previous_end_utc": item["standby_start_utc"]} for item in reserves if random.random() < 0.5]
    changes = Changes(put={"aircraft": broken, "crews": tired})
    cause, delay = random.choice(((Cause.TECHNICAL, 0), (Cause.TECHNICAL, 300), (Cause.CREW, 0)))
    if random.random() < 0.5:
        changes = changes.also(weather(random, rows, day).changes)
    return Disruption(flight, cause, delay, changes)


def _gaps(random: Random, rows: Rows, day: str) -> Disruption:
    """Something is missing: what a safety agent needs (a halt is right), or what it does not need."""
    flight = pick(random, rows, day, from_hub)
    what, table, keys = random.choice(_missing(rows, flight))
    cause, delay = random.choice(((Cause.TECHNICAL, 90), (Cause.CARGO, 60), (Cause.ATC, 45)))
    return Disruption(flight, cause, delay, Changes(remove={table: keys}), gap=what)


def _missing(rows: Rows, flight: Item) -> list[tuple[str, str, list[Any]]]:
    duty = rows.item("duties", flight["duty_id"])
    assert duty is not None
    there, arrival = flight["destination"], flight["arrival_utc"]
    forecast = [(each["station"], each["from_utc"]) for each in rows.where("weather", "station", there)]
    late = text(minutes(arrival) - 360)
    notices = [(each["station"], each["notam_id"]) for each in rows.where("notams", "station", there)]
    others = [(each["route"], each["other_id"]) for each in rows.where("other_flights", "route", flight["route"])]
    return [
        ("no published roster", "duties", [flight["duty_id"]]),
        ("no record of the aircraft", "aircraft", [flight["tail"]]),
        ("no record of the destination", "airports", [there]),
        ("no record of the crew", "crews", [duty["crew_id"]]),
        ("no forecast", "weather", forecast),
        ("the forecast ends before the arrival", "weather", [each for each in forecast if each[1] > late]),
        ("", "notams", notices),
        ("", "other_flights", others),
    ]


MAKERS: Mapping[str, Callable[[Random, Rows, str], Disruption]] = {
    "technical": _technical,
    "crew": _crew,
    "weather": weather,
    "curfew": _curfew,
    "slots": _slots,
    "cargo": _cargo,
    "connection_bank": _connection_bank,
    "airport_closure": _closure,
    "multiple_failures": _multiple,
    "data_gaps": _gaps,
}
