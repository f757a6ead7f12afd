"""One disruption as the tables have it: read by scanning rows, without the pack's indexes."""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from math import asin, ceil, cos, radians, sin, sqrt
from typing import Any

from conclave.pack.tables import Item
from packs.airline import bounds
from packs.airline.models import Incident
from packs.airline.operators.records import read_operator

from evaluation.airline.rules import notices, passenger_law, regulations
from evaluation.airline.rules.clock import local_minute, minutes, text, until_shown
from evaluation.airline.rules.troubles import barred, bars, ended, troubles
from evaluation.data import Rows

DAY = 1440
OPENINGS = 4
"""Closed periods that may follow one another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A flight as it would be flown; times in minutes."""

    flight: Item
    departure: int
    arrival: int

    @property
    def late(self) -> int:
        """Minutes after schedule at departure."""
        return self.departure - minutes(self.flight["departure_utc"])

    @property
    def block(self) -> int:
        """Block time."""
        return self.arrival - self.departure


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """The disrupted flight as it would be flown; times in minutes.

    Attributes:
        kind: Aircraft type.
        delay: After schedule, at departure.
        departure: Off blocks.
        arrival: On blocks where it lands.
        landed: Airport where it lands.
        transfer: From there to the destination by bus; 0 at the destination itself.
        kilometres: Great circle distance flown.
    """

    kind: str
    delay: int
    departure: int
    arrival: int
    landed: str
    transfer: int
    kilometres: int

    @property
    def reached(self) -> int:
        """When passengers and cargo are at the destination."""
        return self.arrival + self.transfer

    @property
    def block(self) -> int:
        """Block time."""
        return self.arrival - self.departure


class Case:
    """A resolved incident and its rows.

    Args:
        rows: All rows of the network, changes included.
        incident: What happened.
        received: When it was reported, ISO 8601 UTC; at the scheduled departure unless told.
    """

    def __init__(self, rows: Rows, incident: Incident, received: str = "") -> None:
        self.rows, self.incident = rows, incident
        flight = rows.item("flights", incident.flight_id)
        if flight is None:
            raise KeyError(incident.flight_id)
        self.flight: Item = flight
        self.operator = read_operator(rows, flight["number"])
        self.types, self.figures = self.operator.types, self.operator.figures
        self.hub = self.operator.hub_of(flight)
        self.departure, self.arrival = minutes(flight["departure_utc"]), minutes(flight["arrival_utc"])
        self.reports = self.departure - self.operator.report_minutes(flight["type"])
        self.received = minutes(received) if received else self.departure
        self.waits_from = max(self.departure, self.received)
        self.from_hub = flight["origin"] in self.operator.hubs
        self.troubles = troubles(incident, self.departure, self.arrival, self.waits_from, self.figures)
        self.causes = {each.cause for each in self.troubles}
        self.bars = bars(incident, flight["origin"], flight["destination"])
        self.first = max((each.over or 0 for each in self.troubles), default=0)
        self.crew_missing = self.over("crew") != 0
        self.unknown_release = self.over("technical") is None
        self.reasons = frozenset((each.cause, each.detail) for each in self.troubles)
        self._due: dict[tuple[str, str, int, str], float] = {}
        self._reached: dict[tuple[str, str], bool] = {}
        self.duty = rows.item("duties", flight["duty_id"])
        self.slots = [minutes(each["ctot_utc"]) for each in rows.where("slots", "flight_id", flight["flight_id"])]
        self.shipments = rows.where("shipments", "flight_id", flight["flight_id"])
        self.sectors: dict[Trip, list[Leg]] = {}
        self._lines: dict[str, list[Item]] = {}
        self._kilometres: dict[tuple[str, str], int] = {}
        self._idle: dict[str, int | None] = {}
        self._flown: dict[tuple[str, int, str], Leg] = {}
        self._trips: dict[tuple[str, int, str], Trip] = {}
        self._airports: dict[str, Item | None] = {}
        self._closing: dict[str, Item | None] = {}
        self._forecasts: dict[str, list[Item]] = {}
        self._notices: dict[str, list[Item]] = {}
        self._shut: dict[str, list[notices.Period]] = {}

    def over(self, *causes: str) -> int | None:
        """Minutes after schedule until the troubles of these causes are over; ``None`` if nobody knows."""
        return ended(each for each in self.troubles if each.cause in causes)

    def barred(self, trip: Trip, cleared: Collection[str] = ()) -> bool:
        """True if the report leaves no room for a trip, but for what the cleared causes bar."""
        left = [each for each in self.bars if each.cause not in cleared]
        return barred(
            left,
            off_blocks=trip.departure,
            on_blocks=trip.arrival,
            origin=self.flight["origin"],
            lands=trip.landed,
            destination=self.flight["destination"],
        )

    def airport(self, iata: str) -> Item | None:
        """The record of an airport."""
        if iata not in self._airports:
            self._airports[iata] = self.rows.item("airports", iata)
        return self._airports[iata]

    def line(self, tail: str) -> list[Item]:
        """All flights of an aircraft in order."""
        if tail not in self._lines:
            flown = self.rows.where("flights", "tail", tail)
            self._lines[tail] = sorted(flown, key=lambda each: str(each["departure_utc"]))
        return self._lines[tail]

    def later(self, tail: str, moment: int) -> list[Item]:
        """Its flights that leave after a moment."""
        return [each for each in self.line(tail) if minutes(each["departure_utc"]) > moment]

    @cached_property
    def back(self) -> Item | None:
        """The return that the planned aircraft flies next, when the flight leaves the hub."""
        following = self.later(self.flight["tail"], self.departure)[:1]
        return next(
            (each for each in following if self.from_hub and each["destination"] == self.flight["origin"]), None
        )

    def forecast(self, station: str) -> list[Item]:
        """Forecast periods of an airport in order."""
        if station not in self._forecasts:
            periods = self.rows.where("weather", "station", station)
            self._forecasts[station] = sorted(periods, key=lambda each: str(each["from_utc"]))
        return self._forecasts[station]

    def landable(self, station: str, moment: int) -> bool:
        """True if the forecast that holds then is at or above minima; false for a time that no period covers."""
        period = notices.holding(self.forecast(station), moment)
        return period is not None and notices.lands(self._asked(period, station, moment))

    def takes_off(self, station: str, moment: int) -> bool:
        """True if the forecast that holds then lets an aircraft take off, or none does."""
        period = notices.holding(self.forecast(station), moment)
        return period is None or notices.leaves(self._asked(period, station, moment))

    def _asked(self, period: Mapping[str, Any], station: str, moment: int) -> list[dict[str, int]]:
        runways = (self.airport(station) or {}).get("runways", ())
        return notices.asked(period, runways, self.closing_notices(station), moment)

    def closing_notices(self, station: str) -> list[Item]:
        """Notices of an airport that close something."""
        if station not in self._notices:
            self._notices[station] = [
                each for each in self.rows.where("notams", "station", station) if each.get("closed")
            ]
        return self._notices[station]

    def shut_by_notice(self, station: str) -> list[notices.Period]:
        """Times at which notices close an airport. Plans look at those of the hub, both ends and the alternates."""
        if station not in self._shut:
            looked_at = (self.hub, self.flight["origin"], self.flight["destination"], *self.alternates)
            runways = (self.airport(station) or {}).get("runways", ())
            told = self.closing_notices(station) if station in looked_at else []
            self._shut[station] = notices.shut_periods(told, runways)
        return self._shut[station]

    def shut(self, delay: int) -> bool:
        """True if the destination is closed, at night or by the report, or below minima with this delay."""
        there, arrival = self.flight["destination"], self.arrival + delay
        reported = [each for each in self.bars if each.airport == there or each.movement == "landing"]
        if any(each.start <= arrival < each.end for each in reported):
            return True
        return self.closed(there, arrival, self.arrival, lands=True) > 0 or not self.landable(there, arrival)

    @cached_property
    def alternates(self) -> list[str]:
        """The airports nearest to the destination from which passengers go on by bus."""
        ends = (self.flight["origin"], self.flight["destination"])
        there = self.airport(ends[1])
        if there is None:
            return []
        near = [
            (great_circle(each, there), str(each["aerodrome"]))
            for each in self.rows.where("alternates", "carrier", self.operator.carrier)
            if self.flight["type"] in each.get("types", [self.flight["type"]])
            if len(each["aerodrome"]) == 3 and each["aerodrome"] not in ends
        ]
        reachable = sorted(each for each in near if each[0] <= self.figures.diversion_radius_km)
        return [iata for _, iata in reachable[: bounds.DIVERSION_CANDIDATES]]

    def trip(self, kind: str, delay: int, alternate: str = "") -> Trip:
        """The flight with a delay, to its destination or an alternate."""
        key = (kind, delay, alternate)
        if key not in self._trips:
            self._trips[key] = self._trip(*key)
        return self._trips[key]

    def _trip(self, kind: str, delay: int, alternate: str) -> Trip:
        origin, there = self.flight["origin"], self.flight["destination"]
        departure, arrival, transfer = self.departure + delay, self.arrival + delay, 0
        kilometres = self.flight["distance_km"]
        if alternate:
            kilometres = self.kilometres(origin, alternate)
            arrival += self._detour(alternate)
            by_bus = self.kilometres(alternate, there) * self.figures.ground_transfer_minutes_per_km
            transfer = self.figures.ground_transfer_minutes + ceil(by_bus)
        return Trip(
            kind=kind,
            delay=delay,
            departure=departure,
            arrival=arrival,
            landed=alternate or there,
            transfer=transfer,
            kilometres=kilometres,
        )

    def _detour(self, alternate: str) -> int:
        """Minutes that the planned type flies longer between the hub and an alternate than the destination."""
        origin, speed = self.flight["origin"], self.types[self.flight["type"]].cruise_kmh
        more = self.kilometres(origin, alternate) - self.kilometres(origin, self.flight["destination"])
        return round(more / speed * 60)

    def idle_since(self, tail: str) -> int | None:
        """When an aircraft without flights for long came to the hub; ``None`` for one that is not idle there."""
        if tail not in self._idle:
            self._idle[tail] = self._idles_from(tail)
        return self._idle[tail]

    def _idles_from(self, tail: str) -> int | None:
        before = [each for each in self.line(tail) if minutes(each["departure_utc"]) < self.departure]
        after = self.line(tail)[len(before) :]
        if (before[-1]["destination"] if before else self.first_station(tail)) != self.hub:
            return None
        if after and minutes(after[0]["departure_utc"]) <= self.departure + bounds.IDLE_AIRCRAFT_MINUTES:
            return None
        return minutes(before[-1]["arrival_utc"]) if before else self.stands_from(tail)

    def next_home(self, flight: Item) -> Item | None:
        """The next flight of an aircraft after one out of the hub, when it goes back to the hub."""
        following = self.later(flight["tail"], minutes(flight["departure_utc"]))[:1]
        return next((each for each in following if each["destination"] == self.hub), None)

    def arrived(self, tail: str) -> int | None:
        """When an aircraft came on blocks at the origin for its current stay, ``None`` when it stands elsewhere.

        An aircraft without an earlier flight stands where its first flight leaves, or its stay is on record.
        """
        before = [each for each in self.line(tail) if minutes(each["departure_utc"]) < self.departure]
        if before:
            last = before[-1]
            return minutes(last["arrival_utc"]) if last["destination"] == self.flight["origin"] else None
        return self.stands_from(tail) if self.first_station(tail) == self.flight["origin"] else None

    def first_station(self, tail: str) -> str:
        """The airport where an aircraft is before all its flights."""
        if line := self.line(tail):
            return str(line[0]["origin"])
        stays = self.rows.where("ground_times", "tail", tail)
        return str(stays[0]["station_day"]).partition("#")[0] if stays else self.hub

    def stands_from(self, tail: str) -> int:
        """When an aircraft came to where it is before all its flights."""
        stays = self.rows.where("ground_times", "tail", tail)
        return min((minutes(each["from_utc"]) for each in stays), default=self.schedule_begins)

    @cached_property
    def schedule_begins(self) -> int:
        """A moment before the first flight of all."""
        return min(minutes(each["departure_utc"]) for each in self.rows.all("flights")) - DAY // 4

    def wait_for_opening(self, iata: str, moment: int, planned: int | None = None, *, lands: bool = False) -> int:
        """Minutes until a closed airport opens; as ``closed``. One that opens into another closed period stays shut."""
        shut, opens = self.shut_by_notice(iata), moment
        for _ in range(OPENINGS):
            wait = notices.opens_in(shut, opens) or self._night_left(iata, opens, planned, lands)
            if not wait:
                break
            opens += wait
        return opens - moment

    def _night_left(self, iata: str, moment: int, planned: int | None, lands: bool) -> int:
        period = self._shut_hours(iata, moment, planned, lands)
        if period is None:
            return 0
        zone, hours = period[0], period[1:]
        shown = regulations.minutes_to_open(local_minute(moment, zone), *hours)
        return until_shown(moment, zone, shown) if shown else 0

    def closed(self, iata: str, moment: int, planned: int | None = None, *, lands: bool = False) -> int:
        """Minutes by which a movement lies in a closed period.

        Args:
            iata: Airport.
            moment: Of the take-off or landing.
            planned: Of the same movement by the schedule, if it has one there: some airports let late flights come later.
            lands: Whether it is a landing.
        """
        if by_notice := notices.depth(self.shut_by_notice(iata), moment):
            return by_notice
        period = self._shut_hours(iata, moment, planned, lands)
        return regulations.closed_minutes(local_minute(moment, period[0]), *period[1:]) if period else 0

    def _shut_hours(self, iata: str, moment: int, planned: int | None, lands: bool) -> tuple[str, str, str] | None:
        """Zone, first closed and first open minute of an airport for a movement."""
        if iata not in self._closing:
            self._closing[iata] = self._closes(iata)
        airport = self._closing[iata]
        if airport is None:
            return None
        zone, starts, ends = airport["tz"], airport["curfew_start"], airport["curfew_end"]
        grace = airport.get("late_landing_until") if lands else airport.get("late_take_off_until")
        if grace and planned is not None and moment > planned:
            in_time = regulations.closed_minutes(local_minute(planned, zone), starts, ends) == 0
            starts = grace if in_time else starts
        return zone, starts, ends

    def _closes(self, iata: str) -> Item | None:
        """The record of an airport that is closed at night."""
        airport = self.airport(iata)
        closed = airport and airport["curfew_closed"] and airport["curfew_start"] and airport["curfew_end"]
        return airport if closed else None

    def follow(self, line: Sequence[Item], on_blocks: int, kind: str, returns_from: str = "") -> list[Leg]:
        """The later flights of an aircraft that are late when it comes on blocks then, for 24 hours, up to the first on time."""
        late: list[Leg] = []
        turnaround, last = self.types[kind].turnaround_minutes, on_blocks + bounds.DOWNSTREAM_HORIZON_MINUTES
        for flight in line:
            leg = self.flown(flight, on_blocks + turnaround, returns_from)
            if not leg.late or minutes(flight["departure_utc"]) > last:
                break
            late.append(leg)
            on_blocks = leg.arrival
        return late

    def flown(self, flight: Item, earliest: int, returns_from: str = "") -> Leg:
        """A flight that leaves at its time or at ``earliest``, and when both its airports are open.

        ``returns_from`` is where the planned return leaves after the flight before it was diverted.
        """
        key = (str(flight["flight_id"]), max(minutes(flight["departure_utc"]), earliest), returns_from)
        if key not in self._flown:
            self._flown[key] = self._flies(flight, earliest, returns_from)
        return self._flown[key]

    def _flies(self, flight: Item, earliest: int, returns_from: str) -> Leg:
        departure, block = max(minutes(flight["departure_utc"]), earliest), flight["block_minutes"]
        diverted = returns_from and self.back is not None and flight["flight_id"] == self.back["flight_id"]
        origin = returns_from if diverted else flight["origin"]
        block += max(0, self._detour(returns_from)) if diverted else 0
        planned = minutes(flight["departure_utc"])
        lands = planned + block if diverted else minutes(flight["arrival_utc"])
        for _ in range(3):
            wait = max(
                self.wait_for_opening(origin, departure, planned),
                self.wait_for_opening(flight["destination"], departure + block, lands, lands=True),
            )
            if not wait:
                break
            departure += wait
        return Leg(flight=flight, departure=departure, arrival=departure + block)

    def kilometres(self, origin: str, destination: str) -> int:
        """Great circle distance between two airports, on a sphere of 6,371 km; 0 when one is unknown."""
        key = (origin, destination)
        if key not in self._kilometres:
            start, end = self.place(origin), self.place(destination)
            planned = int(self.flight["distance_km"])
            self._kilometres[key] = planned if start is None or end is None else great_circle(start, end)
        return self._kilometres[key]

    def change(self, arriving: Item, onward: Item) -> int:
        """Minutes that passengers need between two flights: by kind of connection and terminals, where the data say so."""
        there = self.airport(arriving["destination"])
        if there is None:
            return self.figures.connection_minutes
        home = there["country"]
        kind = "".join("di"[self.country(end) != home] for end in (arriving["origin"], onward["destination"]))
        wait = there.get(f"connection_{kind}_minutes")
        wait = there["connection_minutes"] if wait is None else wait
        comes, goes = arriving.get("arrival_terminal"), onward.get("departure_terminal")
        return int(wait + (there.get("terminal_change_minutes", 0) if comes and goes and comes != goes else 0))

    def due(self, start: str, end: str, delay: int, how: str) -> float:
        """What a passenger from one airport to another is owed in USD; ``how`` as in ``passenger_law.Claim``."""
        key = (start, end, delay, how)
        if key not in self._due:
            large = self.figures.yearly_passengers >= passenger_law.LARGE
            amount, currency = passenger_law.due(self._claim(*key), large=large)
            self._due[key] = amount * self.operator.usd.get(currency, 0.0)
        return self._due[key]

    def protected(self, start: str, end: str) -> bool:
        """True if a law may give passengers of a journey between two airports an amount."""
        if (start, end) not in self._reached:
            self._reached[start, end] = passenger_law.reached(self._claim(start, end, 0, "late"))
        return self._reached[start, end]

    def _claim(self, start: str, end: str, delay: int, how: str) -> passenger_law.Claim:
        return passenger_law.Claim(
            start=self.country(start),
            end=self.country(end),
            kilometres=self.kilometres(start, end),
            licence=self.operator.country,
            delay=delay,
            how=how,
            reasons=self.reasons,
            not_counted=self._not_counted,
        )

    @cached_property
    def _not_counted(self) -> int:
        """Minutes by which extraordinary circumstances make the delay longer than the carrier's own troubles do."""
        own = ended(each for each in self.troubles if not passenger_law.beyond_control(each.cause, each.detail))
        together = ended(self.troubles)
        return 0 if own is None or together is None else together - own

    def place(self, iata: str) -> Item | None:
        """Country and position of an airport: of its record, else of the world's list."""
        return self.airport(iata) or world().get(iata)

    def country(self, iata: str) -> str:
        """Country of an airport; empty for one that nobody knows."""
        return str((self.place(iata) or {}).get("country", ""))

    @property
    def gone(self) -> bool:
        """True if the flight is under way or over, or nobody says that it is still at its origin when it is reported."""
        where = self.incident.position
        if where in ("air", "landed"):
            return True
        held = self.departure + max((each.minutes for each in self.incident.problems), default=0)
        return not where and self.received > max(self.departure, held)

    def missing(self) -> list[str]:
        """Missing items needed to decide: roster, crew, aircraft, airports, a forecast that covers the arrival."""
        flight, gone = self.flight, [f"flights/{self.flight['flight_id']} at its stand"] if self.gone else []
        if self.duty is None:
            gone.append(f"duties/{flight['duty_id']}")
        elif self.rows.item("crews", self.duty["crew_id"]) is None:
            gone.append(f"crews/{self.duty['crew_id']}")
        if self.rows.item("aircraft", flight["tail"]) is None:
            gone.append(f"aircraft/{flight['tail']}")
        for end in (flight["origin"], flight["destination"]):
            airport = self.airport(end)
            hours = airport is not None and airport["curfew_start"] and airport["curfew_end"]
            gone += [f"airports/{end}"] if airport is None or (airport["curfew_closed"] and not hours) else []
        gone += [f"shipments/{each['awb']}" for each in self.shipments if not _timed(each)]
        periods = self.forecast(flight["destination"])
        if notices.holding(periods, self.arrival) is None:
            gone.append(f"weather/{flight['destination']}")
        return gone

    def day(self, moment: int) -> str:
        """UTC date of a moment."""
        return text(moment)[:10]


def _timed(shipment: Item) -> bool:
    """True if the time that animals or life-saving cargo have is known."""
    if shipment["kind"] == "live_animals":
        return "species" in shipment and "loaded_utc" in shipment
    return not (shipment["kind"] == "cold_chain" and shipment.get("life_saving")) or "qualified_until_utc" in shipment


@cache
def world() -> dict[str, Item]:
    """The world's list of airports by code, read whole."""
    with (resources.files("packs.airline") / "world.csv").open(encoding="utf-8") as file:
        return {
            row["iata"]: {"country": row["country"], "lat": float(row["lat"]), "lon": float(row["lon"])}
            for row in csv.DictReader(file)
        }


def great_circle(start: Item, end: Item) -> int:
    """Kilometres between two positions in degrees."""
    first, second = radians(start["lat"]), radians(end["lat"])
    half: Any = sin((second - first) / 2) ** 2
    half += cos(first) * cos(second) * sin(radians(end["lon"] - start["lon"]) / 2) ** 2
    return round(2 * 6371.0 * asin(sqrt(half)))
