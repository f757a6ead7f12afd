"""Seeded disruptions of ten kinds over generated networks, each with what it changes in the data.

A scenario is a function of its seed: the same seed gives the same scenarios, any other seed another set.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import Any

from conclave.tables import Item
from packs.airline.models import Cause, Incident

from evaluation.airline.clock import local_minute, minutes, text
from evaluation.data import Changes, Rows

HUB = "AUH"
KINDS = (
    "technical",
    "crew",
    "weather",
    "curfew",
    "slots",
    "cargo",
    "connection_bank",
    "airport_closure",
    "multiple_failures",
    "data_gaps",
)
NETWORKS = 4
"""Networks (dates and seeds) that a set of scenarios is spread over."""
FIRST_DAY = date(2026, 1, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A generated network: the pack's sample of a date and a seed."""

    date: str
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One disruption.

    Attributes:
        number: Position in its set.
        kind: One of ``KINDS``.
        network: The data it happens in.
        incident: What happened, resolved: the words of ``text`` mean this.
        text: The report as a sentence; empty when the typed incident is submitted.
        changes: What differs in the data.
        gap: What a safety agent must have and has not; a halt is right. Empty when nothing is missing, and then a halt
            is right only where no course of action is allowed.
    """

    number: int
    kind: str
    network: Network
    incident: Incident
    text: str = ""
    changes: Changes = field(default_factory=Changes)
    gap: str = ""

    @property
    def received(self) -> str:
        """Time of receipt: early on the day of the network."""
        return f"{self.network.date}T01:00:00Z"

    @property
    def body(self) -> dict[str, Any]:
        """The request: a sentence or a typed incident."""
        if self.text:
            return {"text": self.text}
        given = self.incident
        return {
            "incident": {
                "flight": given.flight,
                "date": given.date,
                "cause": given.cause.value,
                "delay_minutes": given.delay_minutes,
            }
        }


def networks(seed: int, count: int = NETWORKS) -> list[Network]:
    """The networks of a seed: days all over the year, so that seasons and changes of the clock are among them."""
    random = Random(f"networks/{seed}")
    return [
        Network(date=(FIRST_DAY + timedelta(days=random.randrange(720))).isoformat(), seed=random.randrange(1, 10_000))
        for _ in range(count)
    ]


def scenarios(seed: int, count: int, load: Callable[[Network], Rows], over: Sequence[Network] = ()) -> list[Scenario]:
    """The scenarios of a seed, their kinds in turn.

    Args:
        seed: Same seed, same scenarios.
        count: How many.
        load: Makes the rows of a network.
        over: The networks to use; by default those of the seed.
    """
    places = list(over) or networks(seed)
    made = []
    for number in range(count):
        network = places[number * len(places) // count]
        rows, kind = load(network), KINDS[number % len(KINDS)]
        random = Random(f"{seed}/{number}/{network.date}/{network.seed}")
        scenario = _MAKERS[kind](random, rows, network)
        made.append(_worded(replace(scenario, number=number), random))
    return made


def _worded(scenario: Scenario, random: Random) -> Scenario:
    """Half of the reports are sentences."""
    if random.random() < 0.5:
        return scenario
    given = scenario.incident
    head = f"Flight {given.flight} on {given.date} from {given.origin} to {given.destination}"
    tail = random.choice(_PHRASES[given.cause, given.delay_minutes > 0])
    return replace(scenario, text=f"{head} {tail.format(minutes=given.delay_minutes)}")


_PHRASES: Mapping[tuple[Cause, bool], Sequence[str]] = {
    (Cause.TECHNICAL, False): ("is AOG", "is grounded with a hydraulic leak"),
    (Cause.TECHNICAL, True): ("has a technical fault, {minutes} minutes to fix", "has a defect, {minutes} minutes of repair"),
    (Cause.CREW, False): ("has no captain, he is sick", ": the first officer is sick"),
    (Cause.CREW, True): ("waits for its crew, which is {minutes} minutes late",),
    (Cause.WEATHER, False): ("cannot leave because of fog", "is held by a thunderstorm"),
    (Cause.WEATHER, True): ("is held by fog for {minutes} minutes",),
    (Cause.AIRPORT, False): (": the airport is closed",),
    (Cause.AIRPORT, True): (": the runway is closed for {minutes} minutes",),
    (Cause.ATC, False): ("is held by ATC flow control",),
    (Cause.ATC, True): ("has an ATC slot {minutes} minutes later",),
    (Cause.CARGO, False): ("waits for its cargo",),
    (Cause.CARGO, True): (": reloading the cargo takes {minutes} minutes",),
    (Cause.LATE_INBOUND, False): ("waits for its late inbound",),
    (Cause.LATE_INBOUND, True): ("has a late inbound, {minutes} minutes",),
}  # fmt: skip


def _made(
    kind: str,
    network: Network,
    flight: Item,
    cause: Cause,
    delay: int = 0,
    changes: Changes | None = None,
    gap: str = "",
) -> Scenario:
    incident = Incident(
        flight=flight["number"],
        date=flight["date"],
        origin=flight["origin"],
        destination=flight["destination"],
        cause=cause,
        delay_minutes=delay,
        flight_id=flight["flight_id"],
    )
    return Scenario(number=0, kind=kind, network=network, incident=incident, changes=changes or Changes(), gap=gap)


def _flights(rows: Rows, network: Network, *, published: bool = True) -> list[Item]:
    """Flights of the day, in order; those with a published roster unless said otherwise."""
    found = list(rows.where("flights", "date", network.date))
    if published:
        found = [item for item in found if rows.item("duties", item["duty_id"]) is not None]
    return sorted(found, key=lambda item: str(item["flight_id"]))


def _pick(random: Random, rows: Rows, network: Network, keep: Callable[[Item], bool] = lambda item: True) -> Item:
    return random.choice([item for item in _flights(rows, network) if keep(item)])


def _from_hub(item: Item) -> bool:
    return bool(item["origin"] == HUB)


def _technical(random: Random, rows: Rows, network: Network) -> Scenario:
    flight = _pick(random, rows, network)
    known = random.random() < (0.5 if _from_hub(flight) else 0.8)
    return _made("technical", network, flight, Cause.TECHNICAL, random.randrange(30, 420, 15) if known else 0)


def _crew(random: Random, rows: Rows, network: Network) -> Scenario:
    if random.random() < 0.75:
        return _made("crew", network, _pick(random, rows, network, _from_hub), Cause.CREW)
    return _made("crew", network, _pick(random, rows, network), Cause.CREW, random.randrange(30, 300, 15))


def _weather(random: Random, rows: Rows, network: Network) -> Scenario:
    """Below minima at the destination around the arrival, for one or two periods of six hours."""
    flight = _pick(random, rows, network)
    arrival = flight["arrival_utc"]
    periods = sorted(rows.where("weather", "station", flight["destination"]), key=lambda item: str(item["from_utc"]))
    at = max((index for index, item in enumerate(periods) if item["from_utc"] <= arrival), default=0)
    poor = random.choice(({"visibility_m": 300}, {"ceiling_ft": 100}, {"crosswind_kt": 41}))
    bad = [item | poor for item in periods[at : at + random.choice((1, 1, 2))]]
    delay = random.choice((0, 0, random.randrange(60, 300, 15)))
    return _made("weather", network, flight, Cause.WEATHER, delay, Changes(put={"weather": bad}))


def _curfew(random: Random, rows: Rows, network: Network) -> Scenario:
    """A delay that reaches into a closed period, at an airport that has one or gets one."""
    flight = _pick(random, rows, network, lambda item: HUB in (item["origin"], item["destination"]))
    end = "destination" if _from_hub(flight) else "origin"
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
    return _made("curfew", network, flight, cause, delay, Changes(put={"airports": [closed]}))


def _slots(random: Random, rows: Rows, network: Network) -> Scenario:
    """Calculated take-off times, some of them far apart."""
    flight = _pick(random, rows, network)
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
    return _made("slots", network, flight, Cause.ATC, delay, changes)


def _cargo(random: Random, rows: Rows, network: Network) -> Scenario:
    """Life-saving cold chain or live animals with little time left."""
    flight = _pick(random, rows, network)
    slack = random.randrange(-30, 300, 10)
    item: Item = {
        "awb": "607-99999999",
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
    return _made("cargo", network, flight, cause, random.randrange(30, 300, 15), Changes(put={"shipments": [item]}))


def _connection_bank(random: Random, rows: Rows, network: Network) -> Scenario:
    """An inbound flight of a bank is late; its passengers connect."""
    inbound = [item for item in _flights(rows, network) if item["destination"] == HUB]
    random.shuffle(inbound)

    def connecting(item: Item) -> int:
        return sum(
            each["pax"] for each in rows.where("bookings", "flight_id", item["flight_id"]) if "onward_flight_id" in each
        )

    flight = max(inbound[:6], key=connecting)
    cause = random.choice((Cause.TECHNICAL, Cause.LATE_INBOUND, Cause.ATC, Cause.AIRPORT))
    return _made("connection_bank", network, flight, cause, random.randrange(45, 360, 15))


def _closure(random: Random, rows: Rows, network: Network) -> Scenario:
    delay = random.choice((0, random.randrange(120, 600, 15)))
    return _made("airport_closure", network, _pick(random, rows, network), Cause.AIRPORT, delay)


def _multiple(random: Random, rows: Rows, network: Network) -> Scenario:
    """On ground, and what would help is missing, too: spares, reserves, weather."""
    flight = _pick(random, rows, network, _from_hub)
    spares = [item for item in rows.all("aircraft") if item["spare"]]
    reserves = [item for item in rows.all("crews") if "reserve_pool" in item]
    broken = [item | {"serviceable": False, "note": "damaged by a loader"} for item in spares if random.random() < 0.7]
    tired = [item | {"previous_end_utc": item["standby_start_utc"]} for item in reserves if random.random() < 0.5]
    changes = Changes(put={"aircraft": broken, "crews": tired})
    cause, delay = random.choice(((Cause.TECHNICAL, 0), (Cause.TECHNICAL, 300), (Cause.CREW, 0)))
    if random.random() < 0.5:
        changes = changes.also(_weather(random, rows, network).changes)
    return _made("multiple_failures", network, flight, cause, delay, changes)


def _gaps(random: Random, rows: Rows, network: Network) -> Scenario:
    """Something is missing: what a safety agent needs (a halt is right), or what it does not need."""
    flight = _pick(random, rows, network, _from_hub)
    what, table, keys = random.choice(_missing(rows, flight))
    cause, delay = random.choice(((Cause.TECHNICAL, 90), (Cause.CARGO, 60), (Cause.ATC, 45)))
    return _made("data_gaps", network, flight, cause, delay, Changes(remove={table: keys}), gap=what)


def _missing(rows: Rows, flight: Item) -> list[tuple[str, str, list[Any]]]:
    duty = rows.item("duties", flight["duty_id"])
    assert duty is not None
    there, arrival = flight["destination"], flight["arrival_utc"]
    forecast = [(each["station"], each["from_utc"]) for each in rows.where("weather", "station", there)]
    late = text(minutes(arrival) - 360)
    notices = [(each["station"], each["notam_id"]) for each in rows.where("notams", "station", there)]
    return [
        ("no published roster", "duties", [flight["duty_id"]]),
        ("no record of the aircraft", "aircraft", [flight["tail"]]),
        ("no record of the destination", "airports", [there]),
        ("no record of the crew", "crews", [duty["crew_id"]]),
        ("no forecast", "weather", forecast),
        ("the forecast ends before the arrival", "weather", [each for each in forecast if each[1] > late]),
        ("", "notams", notices),
    ]


_MAKERS: Mapping[str, Callable[[Random, Rows, Network], Scenario]] = {
    "technical": _technical,
    "crew": _crew,
    "weather": _weather,
    "curfew": _curfew,
    "slots": _slots,
    "cargo": _cargo,
    "connection_bank": _connection_bank,
    "airport_closure": _closure,
    "multiple_failures": _multiple,
    "data_gaps": _gaps,
}
