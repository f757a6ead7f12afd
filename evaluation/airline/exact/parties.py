"""The journeys that passengers end up with, as an exact integer programme (docs/airline.md, Passengers)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from conclave.pack.tables import Item
from conclave.types import Value

from evaluation.airline.exact.journeys import ON_F, Journey, Party
from evaluation.airline.exact.programme import solve
from evaluation.airline.rules.case import Case
from evaluation.airline.rules.clock import minutes
from evaluation.data import Rows

STRANDED_DELAY = 1_440
HORIZON = 30 * 60
TOP_TIERS = ("gold", "platinum")
LATE_FOR_TOP_TIER = 180


@dataclass(slots=True)
class Result:
    """Sums over passengers."""

    passengers: int = 0
    delay_sum: int = 0
    missed: int = 0
    rebooked: int = 0
    stranded: int = 0
    top_tier: int = 0
    owed_usd: float = 0.0
    others: int = 0
    fares_usd: int = 0
    weighted: int = 0
    parts: list[tuple[Party, Journey]] = field(default_factory=list)
    groups: list[tuple[int, int]] = field(default_factory=list)
    """Passengers off a return and their delay, the stranded last."""

    @property
    def mean_delay(self) -> int:
        """Mean delay, rounded."""
        return round(self.delay_sum / self.passengers) if self.passengers else 0

    @property
    def seated(self) -> list[tuple[int, int]]:
        """Passengers off a return who travel, and their delay."""
        return self.groups[:-1]

    @property
    def fields(self) -> dict[str, Value]:
        """The fields of everybody whose travel an action changes."""
        return {
            "missed_connections": self.missed,
            "top_tier_disrupted": self.top_tier,
            "passengers_rebooked": self.rebooked,
            "passengers_stranded": self.stranded,
            "passenger_delay_minutes": self.mean_delay,
            "other_carrier_seats": self.others,
        }

    def and_also(self, returning: Result) -> Result:
        """The passengers of both flights; only those of the disrupted one miss connections or are top tier."""
        return Result(
            passengers=self.passengers + returning.passengers,
            delay_sum=self.delay_sum + returning.delay_sum,
            missed=self.missed,
            rebooked=self.rebooked + returning.rebooked,
            stranded=self.stranded + returning.stranded,
            top_tier=self.top_tier,
            others=self.others + returning.others,
        )


class Passengers:
    """The passengers of the disrupted flight."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.parties = _parties(case)
        self.total = sum(party.pax for party in self.parties)
        rows, flight = case.rows, case.flight
        self._free: dict[str, int] = {}
        self._route: dict[str, list[Item]] = {}
        self._other: dict[str, list[Item]] = {}
        self._rows = rows
        self._later = [each for each in self._on_route(flight["route"]) if self._open(each, case.departure)]
        self._later_others = [each for each in self._of_others(flight["route"]) if self._open(each, case.departure)]
        self._onwards: dict[tuple[str, ...], list[tuple[int, int]]] = {}
        self._changes: dict[str, int] = {}
        self._ways: dict[tuple[tuple[str, ...], int, tuple[str, ...]], list[Journey]] = {}
        self._solved: dict[tuple[int | None, int, str], Result] = {}

    def _open(self, flight: Item, start: int) -> bool:
        """True if a flight leaves after a moment within the horizon, and has not left when the report is received."""
        leaves = minutes(flight["departure_utc"])
        return start < leaves <= start + HORIZON and leaves >= self.case.received

    def _on_route(self, route: str) -> list[Item]:
        if route not in self._route:
            found = self._rows.where("flights", "route", route)
            self._route[route] = sorted(found, key=lambda each: str(each["departure_utc"]))
            self._free.update({each["flight_id"]: each["seats"] - each["booked"] for each in found})
        return self._route[route]

    def _of_others(self, route: str) -> list[Item]:
        """Flights of other carriers on a route."""
        if route not in self._other:
            found = self._rows.where("other_flights", "route", route)
            self._other[route] = sorted(found, key=lambda each: str(each["departure_utc"]))
            self._free.update({_key(each): each["seats_free"] for each in found})
        return self._other[route]

    @property
    def later(self) -> Sequence[Item]:
        """Later flights of the route within thirty hours."""
        return self._later

    def connects(self, party: Party, arrival: int) -> bool:
        """True if the party has no onward flight, or makes it after arriving then."""
        if party.onward is None:
            return True
        return minutes(party.onward["departure_utc"]) - arrival >= self._change(party.onward)

    def _change(self, onward: Item) -> int:
        """Minutes to the booked onward flight, and so to any other of its route."""
        key = str(onward["flight_id"])
        if key not in self._changes:
            here = onward["origin"] == self.case.flight["destination"]
            self._changes[key] = self.case.change(self.case.flight, onward) if here else self._connection()
        return self._changes[key]

    def _connection(self) -> int:
        airport = self.case.airport(self.case.flight["destination"])
        return int(airport["connection_minutes"]) if airport else self.case.figures.connection_minutes

    def least_with_f(self, party: Party, arrival: int) -> int:
        """The least delay at the end of a party that the flight brings then, as if seats were endless."""
        if party.onward is None:
            return max(0, arrival - self.case.arrival)
        if self.connects(party, arrival):
            return 0
        ready = arrival + self._change(party.onward)
        return min(
            (late for leaves, late in self._further(party) if ready <= leaves <= ready + HORIZON),
            default=STRANDED_DELAY,
        )

    def _further(self, party: Party) -> list[tuple[int, int]]:
        """When each flight of a party's onward route leaves, and how late it makes the party at the end."""
        if party.names not in self._onwards and party.onward is not None:
            route, booked = party.onward["route"], party.onward["flight_id"]
            own = [each for each in self._on_route(route) if each["flight_id"] != booked]
            self._onwards[party.names] = [
                (minutes(each["departure_utc"]), self._late_at_end(party, minutes(each["arrival_utc"])))
                for each in (*own, *self._of_others(route))
            ]
        return self._onwards[party.names]

    def flown(self, arrival: int, seats: int) -> Result:
        """The flight is flown and arrives then with that many seats."""
        key = (arrival, min(seats, self.total), "")
        if key not in self._solved:
            self._solved[key] = self._assign(arrival, seats, {})
        return self._solved[key]

    def cancelled(self, extra: Mapping[str, int] | None = None) -> Result:
        """The flight does not operate; ``extra`` seats on later flights by id."""
        key = (None, 0, str(sorted((extra or {}).items())))
        if key not in self._solved:
            self._solved[key] = self._assign(None, 0, extra or {})
        return self._solved[key]

    def _assign(self, arrival: int | None, seats: int, extra: Mapping[str, int]) -> Result:
        result = Result()
        waiting: list[Party] = []
        everybody = arrival is not None and seats >= self.total
        for party in self.parties:
            if everybody and arrival is not None and self.connects(party, arrival):
                self._count(result, party, self._ends(party, arrival, (ON_F,), on_f=True)[0])
            else:
                waiting.append(party)
        taken, refused = result.passengers, arrival is not None and not everybody
        choices = [self.choices(party, arrival) for party in waiting]
        free = {key: max(0, left + extra.get(key, 0)) for key, left in self._free.items()}
        free[ON_F] = seats - taken
        for party, journey in zip(waiting, solve(waiting, choices, free), strict=True):
            self._count(result, party, journey, refused=refused)
        return result

    def choices(self, party: Party, arrival: int | None) -> list[Journey]:
        """Every way for a party to travel, or to stay; ``None`` when the flight does not operate."""
        found = [Journey(uses=(), delay=STRANDED_DELAY, on_f=False, booked_onward=False, stranded=True)]
        if arrival is not None:
            found += self._ends(party, arrival, (ON_F,), on_f=True)
        for other in self._later:
            found += self._ends(party, minutes(other["arrival_utc"]), (other["flight_id"],), on_f=False)
        for other in self._later_others:
            arrives, fare = minutes(other["arrival_utc"]), other["fare_usd"]
            found += self._ends(party, arrives, (_key(other),), on_f=False, others=1, fare=fare)
        return found

    def _ends(
        self, party: Party, arrival: int, uses: tuple[str, ...], *, on_f: bool, others: int = 0, fare: int = 0
    ) -> list[Journey]:
        """The ways in which a party may go on from the destination after arriving there."""
        key = (party.names, arrival, uses)
        if key not in self._ways:
            come = Journey(uses=uses, delay=0, on_f=on_f, booked_onward=True, others=others, fare=fare)
            self._ways[key] = self._onward(party, arrival, come)
        return self._ways[key]

    def _onward(self, party: Party, arrival: int, come: Journey) -> list[Journey]:
        if party.onward is None:
            return [replace(come, delay=max(0, arrival - self.case.arrival))]
        if self.connects(party, arrival):
            return [come]
        ready = arrival + self._change(party.onward)
        route, booked = party.onward["route"], party.onward["flight_id"]
        own = [(each["flight_id"], each, 0, 0) for each in self._on_route(route) if each["flight_id"] != booked]
        others = [(_key(each), each, 1, each["fare_usd"]) for each in self._of_others(route)]
        return [
            Journey(
                uses=(*come.uses, key),
                delay=self._late_at_end(party, minutes(other["arrival_utc"])),
                on_f=come.on_f,
                booked_onward=False,
                others=come.others + count,
                fare=come.fare + fare,
            )
            for key, other, count, fare in (*own, *others)
            if ready <= minutes(other["departure_utc"]) <= ready + HORIZON
        ]

    def _late_at_end(self, party: Party, lands: int) -> int:
        """How late who comes to where the booked onward flight lands, but later, is at the end of all legs."""
        for leg in party.further:
            airport = self.case.airport(leg["origin"])
            ready = lands + (int(airport["connection_minutes"]) if airport else self._connection())
            if ready <= minutes(leg["departure_utc"]):
                return 0
            any_later = [*self._on_route(leg["route"]), *self._of_others(leg["route"])]
            arrivals = [minutes(each["arrival_utc"]) for each in any_later if minutes(each["departure_utc"]) >= ready]
            if not arrivals or min(arrivals) > ready + HORIZON:
                return STRANDED_DELAY
            lands = min(arrivals)
        return max(0, lands - minutes(party.legs[-1]["arrival_utc"]))

    def returning(self, back: Item, extra: Mapping[str, int], how_many: int | None = None) -> Result:
        """Passengers off a return, by default all: seats of later flights, then of other carriers, in order of arrival."""
        waiting = int(back["booked"]) if how_many is None else how_many
        start, result = minutes(back["departure_utc"]), Result(passengers=waiting)

        own = [(each, each["flight_id"], 0) for each in self._on_route(back["route"]) if self._open(each, start)]
        others = [
            (each, _key(each), each["fare_usd"]) for each in self._of_others(back["route"]) if self._open(each, start)
        ]
        for flights in (own, others):
            for other, key, fare in sorted(flights, key=lambda each: (str(each[0]["arrival_utc"]), each[1])):
                moved = min(waiting, max(0, self._free[key] + extra.get(key, 0)))
                result.delay_sum += moved * max(0, minutes(other["arrival_utc"]) - minutes(back["arrival_utc"]))
                result.groups.append((moved, minutes(other["arrival_utc"]) - minutes(back["arrival_utc"])))
                result.rebooked += moved
                result.others += moved if flights is others else 0
                result.fares_usd += moved * fare
                waiting -= moved
        result.stranded = waiting
        result.groups.append((waiting, HORIZON))
        result.delay_sum += waiting * HORIZON
        return result

    def _count(self, result: Result, party: Party, journey: Journey, *, refused: bool = False) -> None:
        """Adds a party; ``refused``: who is not on the flight has no seat on it, though it operates."""
        pax = party.pax
        result.passengers += pax
        result.delay_sum += pax * journey.delay
        result.weighted += pax * party.weight * journey.counts
        result.others += pax if journey.others else 0
        result.fares_usd += pax * journey.fare
        moved = not journey.stranded and not (journey.on_f and journey.booked_onward)
        result.stranded += pax if journey.stranded else 0
        result.rebooked += pax if moved else 0
        result.missed += pax if party.onward is not None and moved and not journey.booked_onward else 0
        disturbed = moved or journey.stranded or journey.delay >= LATE_FOR_TOP_TIER
        result.top_tier += pax if party.tier in TOP_TIERS and disturbed else 0
        how = "late" if journey.on_f else "refused" if refused else "left" if journey.stranded else "moved"
        end = (party.legs[-1] if party.legs else self.case.flight)["destination"]
        result.owed_usd += pax * self.case.due(party.origin, end, journey.delay, how)
        result.parts.append((party, journey))


def bookings_of(rows: Rows, key: str) -> list[Item]:
    """The bookings that have a flight among their legs."""
    by_leg = [rows.item("bookings", each["booking_id"]) for each in rows.where("legs", "flight_id", key)]
    longer = [each for each in by_leg if each is not None and key in each.get("legs", ())]
    return [*rows.where("bookings", "flight_id", key), *rows.where("bookings", "onward_flight_id", key), *longer]


def written_legs(booking: Item) -> list[str]:
    """The legs of a booking in order."""
    written = booking.get("legs") or [booking["flight_id"], booking.get("onward_flight_id")]
    return [each for each in written if each]


def _parties(case: Case) -> list[Party]:
    return [_party(case, each) for each in bookings_of(case.rows, case.flight["flight_id"])]


def _party(case: Case, booking: Item) -> Party:
    names = written_legs(booking)
    position = names.index(case.flight["flight_id"])
    further: list[Item] = []
    for name in names[position + 1 :]:
        leg = leg_of(case, name)
        if leg is None:
            break
        further.append(leg)
    start = leg_of(case, names[0])
    return Party(
        pax=booking["pax"],
        tier=booking["tier"],
        origin=start["origin"] if start else case.flight["origin"],
        onward=further[0] if further else None,
        further=tuple(further[1:]),
    )


def leg_of(case: Case, name: str) -> Item | None:
    """A flight of the schedule, or another carrier's as the booking has it: number, airports, departure, arrival."""
    if name.count("@") != 3:
        return case.rows.item("flights", name)
    _, route, departure, arrival = name.split("@")
    origin, destination = route.split("-")
    return {
        "flight_id": name,
        "route": route,
        "origin": origin,
        "destination": destination,
        "departure_utc": departure,
        "arrival_utc": arrival,
    }


def _key(other: Item) -> str:
    """The name of a flight of another carrier among flights whose seats are taken."""
    return f"{other['route']} {other['other_id']}"
