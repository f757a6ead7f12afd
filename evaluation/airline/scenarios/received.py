"""Disruptions in what an operations centre receives: a closure by notice, fog at times, a crosswind on the one open runway."""

from __future__ import annotations

from itertools import pairwise
from random import Random

from conclave.pack.tables import Item
from packs.airline.models import Cause

from evaluation.airline.rules.clock import minutes, text
from evaluation.airline.scenarios.disruptions import Disruption, from_hub, pick
from evaluation.data import Changes, Rows

CROSSING = ("09:90", "27:270", "18:180", "36:0")
"""True headings of two runways that cross."""


def _notice(station: str, start: int, end: int, **more: object) -> Item:
    return {
        "station": station,
        "notam_id": "Z9001/26",
        "from_utc": text(start),
        "until_utc": text(end),
        "text": "CLSD DUE WIP",
        "closed": [f"{text(start)}/{text(end)}"],
        **more,
    }


def closed_by_notice(random: Random, rows: Rows, day: str) -> Disruption | None:
    """A notice closes an end of the flight from about when it would be there."""
    flight = pick(random, rows, day)
    end, moment = random.choice(
        (("destination", "arrival_utc"), ("destination", "arrival_utc"), ("origin", "departure_utc"))
    )
    start = minutes(flight[moment]) + random.randrange(-120, 60, 5)
    closed = _notice(flight[end], start, start + random.randrange(120, 420, 5), closes="aerodrome")
    cause, delay = random.choice((Cause.TECHNICAL, Cause.ATC, Cause.CARGO)), random.randrange(30, 150, 15)
    return Disruption(flight, cause, delay, Changes(put={"notams": [closed]}))


def fog_at_times(random: Random, rows: Rows, day: str) -> Disruption | None:
    """The forecast of the destination has fog at times around the arrival, which counts, or showers, which do not."""
    flight = pick(random, rows, day)
    arrival, station = minutes(flight["arrival_utc"]), flight["destination"]
    before = arrival - random.randrange(30, 180, 5)
    after = arrival + random.randrange(60, 300, 5)
    there = rows.where("weather", "station", station)
    gone = [
        (station, each["from_utc"]) for each in there if arrival - 1_440 < minutes(each["from_utc"]) < arrival + 1_440
    ]
    calm = {"station": station, "visibility_m": 9_999, "ceiling_ft": 5_000, "crosswind_kt": 8}
    fog = {
        "temporary": "TEMPO",
        "temporary_counts": random.random() < 0.7,
        "temporary_visibility_m": 300,
        "temporary_ceiling_ft": 100,
        "temporary_crosswind_kt": 8,
    }
    edges = (arrival - 1_440, before, after, arrival + 1_440)
    periods = [
        {**calm, "from_utc": text(start), "until_utc": text(end), **(fog if start == before else {})}
        for start, end in pairwise(edges)
    ]
    changes = Changes(remove={"weather": gone}).also(Changes(put={"weather": periods}))
    return Disruption(flight, Cause.ATC, random.randrange(30, 120, 15), changes)


def one_runway_open(random: Random, rows: Rows, day: str) -> Disruption | None:
    """The wind blows along a runway that a notice closes, and across the other one."""
    flight = pick(random, rows, day, from_hub)
    arrival, station = minutes(flight["arrival_utc"]), flight["destination"]
    airport = rows.item("airports", station)
    there = rows.where("weather", "station", station)
    if airport is None:
        return None
    gone = [
        (station, each["from_utc"]) for each in there if arrival - 1_440 < minutes(each["from_utc"]) < arrival + 1_440
    ]
    wind = f"{random.choice((170, 180, 190, 360)):03d}/{random.choice((25, 36, 40)):02d}"
    windy = {
        "station": station,
        "from_utc": text(arrival - 1_440),
        "until_utc": text(arrival + 1_440),
        "visibility_m": 9_999,
        "ceiling_ft": 5_000,
        "crosswind_kt": 7,
        "winds": [wind],
    }
    start = arrival - random.randrange(60, 180, 5)
    closed = _notice(
        station, start, start + random.randrange(180, 420, 5), closes="runway", runways=[random.choice(("18", "36"))]
    )
    put = {"weather": [windy], "notams": [closed], "airports": [airport | {"runways": list(CROSSING)}]}
    changes = Changes(remove={"weather": gone}).also(Changes(put=put))
    return Disruption(flight, Cause.ATC, random.randrange(30, 120, 15), changes)
