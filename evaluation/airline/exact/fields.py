"""The fields of an action, and the rules that it breaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial

from conclave.pack.tables import Item
from conclave.types import Value
from packs.airline import bounds
from packs.airline.fields import FIELDS

from evaluation.airline.exact.aboard import LaterFlights
from evaluation.airline.exact.actions import STEP, Action, Space
from evaluation.airline.exact.breaking import broken_rules
from evaluation.airline.exact.least import Least
from evaluation.airline.exact.money import Money, swapped_usd, totals
from evaluation.airline.exact.parties import Passengers, Result
from evaluation.airline.rules import crews, extras, regulations
from evaluation.airline.rules.cargo import Cargo, cargo_of
from evaluation.airline.rules.case import DAY, Case, Leg, Trip
from evaluation.airline.rules.clock import local_text, minutes, text
from evaluation.airline.rules.crews import Crew
from evaluation.airline.rules.troubles import ended

MARGIN_CAP = 720
DECLARED = frozenset(each.name for each in FIELDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An action in figures, before its passengers are seated.

    Attributes:
        values: The fields that do not depend on the passengers.
        broken: The rules that it breaks.
        sums: What its score adds up.
    """

    values: Mapping[str, Value]
    broken: Sequence[str]
    sums: Sums


@dataclass(frozen=True, slots=True, kw_only=True)
class Downstream:
    """The later flights that an action makes late.

    Attributes:
        late: Minutes of all.
        flights: How many.
        short: Their duties that need another crew.
        owed: Compensation in USD.
    """

    late: int
    flights: int
    short: int
    owed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """The sums that make the score of an action, before its passengers are seated.

    Attributes:
        trip: How the flight is flown.
        crew: Who flies it.
        seats: On board.
        cargo: Its cargo.
        later: Later flights.
        short: Duties that need another crew, those of the flight's crew included.
        turnaround: Minutes on the ground beyond the shortest turnaround.
        operating: Operating cost in USD.
        off_return: Passengers of the return whom a smaller aircraft leaves behind.
        owed: Compensation of later flights in USD.
    """

    trip: Trip
    crew: Crew
    seats: int
    cargo: Cargo
    later: Downstream
    short: int
    turnaround: int | None
    operating: float
    off_return: Result
    owed: float


class Fields:
    """Computes the fields of one disruption's actions."""

    def __init__(self, case: Case, space: Space, passengers: Passengers, least: Least) -> None:
        self.case, self.space, self.passengers, self._least = case, space, passengers, least
        self.money, self.aboard = Money(case), LaterFlights(case)
        self._of_tail = cache(self._aircraft)
        self._clears = cache(self._cleared)
        self._cargo = cache(partial(cargo_of, case, all_stays=False))
        self._lines = cache(self._later)
        self._downstream = cache(self._delayed)
        self._mel = cache(self._mel_state)
        self._left_behind = cache(self._off_return)
        self._seats: dict[tuple[str, tuple[str, str] | None], int] = {}
        self._farthest = cache(partial(extras.farthest_kilometres, case.rows, case.operator.carrier))

    def open_at(self, delay: int) -> bool:
        """True if airports, slots and weather allow this delay to the destination, whoever flies."""
        case, there = self.case, self.case.flight["destination"]
        closed = case.closed(case.flight["origin"], case.departure + delay, case.departure)
        return (
            not closed
            and case.takes_off(case.flight["origin"], case.departure + delay)
            and not case.closed(there, case.arrival + delay, case.arrival, lands=True)
            and self._slot(delay)
            and self._landable(there, case.arrival + delay)
        )

    def departs_at(self, delay: int) -> bool:
        """True if origin and slots allow this delay, wherever it lands."""
        closed = self.case.closed(self.case.flight["origin"], self.case.departure + delay, self.case.departure)
        leaves = self.case.takes_off(self.case.flight["origin"], self.case.departure + delay)
        return not closed and leaves and self._slot(delay)

    def _slot(self, delay: int) -> bool:
        take_off = self.case.departure + delay + regulations.TAXI_MINUTES
        early, late = regulations.SLOT_TOLERANCE
        return not self.case.slots or any(early <= take_off - slot <= late for slot in self.case.slots)

    def _landable(self, station: str, moment: int) -> bool:
        """A destination without any forecast is a gap and no bad weather; an alternate without one is not chosen."""
        unknown = station == self.case.flight["destination"] and not self.case.forecast(station)
        return unknown or self.case.landable(station, moment)

    def crew(self, action: Action) -> Crew:
        """Who flies an action."""
        return self.space.crew_of(action)

    def hopeless(self, action: Action, *, relieved: bool) -> bool:
        """True if cause or aircraft already rule flying out: little to work out, and mostly the case.

        Args:
            action: Flying the flight.
            relieved: Whether others than the rostered crew fly it.
        """
        trip = self.space.trip(action)
        if not self._over(action, trip, relieved=relieved) or not self._brought_back(action, trip):
            return True
        aircraft = self._aircraft_of(action, trip)
        return any(aircraft[name] is False for name in _OF_AIRCRAFT if name in DECLARED)

    def sums(self, action: Action) -> Sums:
        """What the score of flying adds up, without the passengers."""
        case, trip, crew = self.case, self.space.trip(action), self.crew(action)
        offer = self.space.offer(action) if action.offer is not None else None
        cargo = self._cargo(trip.reached, cold_stays=action.offload)
        later = self._downstream(*self._goes_on(action), trip)
        short, seats, figures = later.short + crew.replaced, self.seats(action), case.figures
        operating = self.money.flying(action, trip, crew, offer) + self.money.cargo(cargo)
        operating += later.late * figures.downstream_minute_cost
        operating += short * figures.downstream_crew_short_cost
        off_return = Result() if action.tail == case.flight["tail"] else self._left_behind(seats)
        return Sums(
            trip=trip,
            crew=crew,
            seats=seats,
            cargo=cargo,
            later=later,
            short=short,
            turnaround=self.turnaround(action, trip),
            operating=operating,
            off_return=off_return,
            owed=later.owed + off_return.owed_usd,
        )

    def draft(self, action: Action, sums: Sums | None = None) -> Draft:
        """The fields of flying, without the passengers, and broken rules; ``sums`` where they are known."""
        case, sums = self.case, sums or self.sums(action)
        trip, crew, cargo = sums.trip, sums.crew, sums.cargo
        offer = self.space.offer(action) if action.offer is not None else None
        there = case.airport(trip.landed)
        values: dict[str, Value] = {
            "delay_minutes": trip.delay,
            "departure_utc": text(trip.departure),
            "arrival_local": local_text(trip.arrival, there["tz"]) if there else "",
            "tail": action.tail,
            "aircraft_type": trip.kind,
            "cause_cleared": self._over(action, trip, relieved=crew.relieved),
            **self._aircraft_of(action, trip),
            "turnaround_margin_minutes": sums.turnaround,
            "range_margin_km": self._record(action, offer)["range_km"] - trip.kilometres,
            "seats_short": max(0, case.flight["booked"] - sums.seats),
            "crew_id": crew.crew_id,
            "crew_available": crew.available,
            "crew_qualified": crew.qualified and self._brought_back(action, trip),
            "crew_duty_margin_minutes": crew.duty_margin,
            "discretion_minutes": crew.discretion,
            "crew_rest_margin_minutes": crew.rest_margin,
            "crew_next_rest_margin_minutes": crew.next_rest,
            "crew_cumulative_margin_minutes": crew.cumulative_margin,
            "curfew_violation_minutes": self._curfew(action, trip),
            "noise_quota_ok": self._quiet(action, trip),
            "slot_ok": self._slot(trip.delay),
            "weather_ok": case.takes_off(case.flight["origin"], trip.departure)
            and self._landable(trip.landed, trip.arrival)
            and self._fetched_lands(action),
            **cargo.fields,
            "downstream_delay_minutes": sums.later.late,
            "downstream_flights": sums.later.flights,
            "downstream_crews_short": sums.short,
            "cancelled": False,
            "cancellation_needed": None,
            "arrival_airport": trip.landed,
            "ground_transfer_minutes": trip.transfer,
            "lease_approved": offer["approved"] if offer else None,
        }
        values = {name: value for name, value in values.items() if name in DECLARED}
        return Draft(values=values, broken=broken_rules(values, cargo), sums=sums)

    def finished(self, draft: Draft) -> dict[str, Value]:
        """All fields of flying."""
        sums = draft.sums
        outcome, off_return = self.passengers.flown(sums.trip.reached, sums.seats), sums.off_return
        care = self.money.care(outcome, sums.trip.delay) + self.money.care(off_return)
        money = totals(self.case, outcome.owed_usd + sums.owed, care, sums.operating)
        return _declared({**draft.values, **outcome.and_also(off_return).fields, **money})

    def bounded(self, action: Action, sums: Sums) -> dict[str, Value]:
        """Fields that score no less than the finished ones."""
        off_return, on_f, crew, trip = sums.off_return, self.passengers.total, sums.crew, sums.trip
        offer = self.space.offer(action) if action.offer is not None else None
        harm = self._least.of(trip.reached, trip.delay, everybody=sums.seats >= on_f)
        care = harm.usd + self.money.care(off_return)
        return {
            "crew_duty_margin_minutes": crew.duty_margin,
            "crew_rest_margin_minutes": crew.rest_margin,
            "turnaround_margin_minutes": sums.turnaround,
            "discretion_minutes": crew.discretion,
            "mel_days_left": self._aircraft_of(action, trip)["mel_days_left"],
            "range_margin_km": self._record(action, offer)["range_km"] - trip.kilometres,
            "lease_approved": offer["approved"] if offer else None,
            "downstream_delay_minutes": sums.later.late,
            "downstream_crews_short": sums.short,
            "cancelled": False,
            "passenger_delay_minutes": (harm.delay + off_return.delay_sum) // max(1, on_f + off_return.passengers),
            "passengers_stranded": off_return.stranded,
            "missed_connections": harm.missed,
            "total_cost_usd": int(sums.owed + care + sums.operating) - 2,
        }

    def seats(self, action: Action) -> int:
        """Seats of the aircraft of an action."""
        key = (action.tail, action.offer)
        if key not in self._seats:
            record = self._record(action, self.space.offer(action) if action.offer is not None else None)
            self._seats[key] = int(record["seats"])
        return self._seats[key]

    def _record(self, action: Action, offer: Item | None) -> Item:
        """The record of the aircraft, the offer of a leased one, or else what its type has."""
        kind = self.case.types[self.space.type_of(action)]
        found = offer or self.case.rows.item("aircraft", action.tail)
        return found or {"seats": kind.seats, "range_km": kind.range_km}

    def grounded(self, action: Action) -> tuple[dict[str, Value], list[str]]:
        """Fields and broken rules of not flying: the return out of the hub is cancelled, too."""
        case, back = self.case, self.case.back
        extra, taken = self._extra(action)
        outcome = self.passengers.cancelled(extra)
        returning = self.passengers.returning(back, extra) if back else Result()
        if back is not None:
            returning.owed_usd = self.aboard.due_when_moved(back, returning.groups, refused=False)
        arrivals = [minutes(each["arrival_utc"]) for each in self.passengers.later]
        cargo = cargo_of(case, min(arrivals, default=case.arrival + DAY), cold_stays=True, all_stays=True)
        everybody = outcome.and_also(returning)
        grounded = 1 if case.from_hub else 1 + len(self._left_without_aircraft())
        operating = (
            self.case.figures.cancellation_cost
            + grounded * self.case.figures.downstream_cancelled_flight_cost
            + self.money.cargo(cargo)
        )
        operating += self._taking_over(action)
        care = self.money.care(outcome) + self.money.care(returning)
        values: dict[str, Value] = {
            **cargo.fields,
            **everybody.fields,
            "discretion_minutes": 0,
            "downstream_delay_minutes": 0,
            "downstream_flights": grounded,
            "downstream_crews_short": 0,
            "cancelled": True,
            "cancellation_needed": not self._leaves_soon,
            **totals(self.case, outcome.owed_usd + returning.owed_usd, care, operating),
            **taken,
        }
        values = _declared(values)
        return values, broken_rules(values, cargo)

    @cached_property
    def _leaves_soon(self) -> bool:
        """True if aircraft and crew as planned can leave in the operator's time, at most at the commander's discretion."""
        last = self.case.figures.cancel_only_after_minutes
        first = max(0, self.case.received - self.case.departure)
        tried = (
            action for delay in range(0, last + 1, STEP) if delay >= first for action in self.space.as_planned(delay)
        )
        return last > 0 and any(self._breaks_nothing(each) for each in tried)

    def _breaks_nothing(self, action: Action) -> bool:
        if not self.open_at(action.delay) or not self.crew(action).legal:
            return False
        if self.hopeless(action, relieved=self.crew(action).relieved):
            return False
        return not self.draft(action).broken

    def _off_return(self, seats: int) -> Result:
        """The result for passengers who had a seat on the return and have none on another aircraft of so many seats."""
        back = self.case.back
        if back is None:
            return Result()
        without = max(0, min(back["booked"], back["seats"]) - seats)
        result = self.passengers.returning(back, {}, without)
        if without:
            result.owed_usd = self.aboard.due_when_moved(back, result.groups, refused=True)
        return result

    def _left_without_aircraft(self) -> list[Item]:
        """Flights that the aircraft would have flown in the day after, had it come to the hub."""
        case = self.case
        ends = case.arrival + bounds.DOWNSTREAM_HORIZON_MINUTES
        planned = case.later(case.flight["tail"], case.departure)
        return [each for each in planned if minutes(each["departure_utc"]) <= ends]

    def _extra(self, action: Action) -> tuple[dict[str, int], dict[str, Value]]:
        """Seats that a larger aircraft adds to a later flight and its return, and the fields of that aircraft."""
        other = self.case.rows.item("flights", action.into) if action.into else None
        if other is None:
            return {}, {}
        kind = self.case.types[self.space.type_of(action)]
        back, flown, last = self.case.next_home(other), other["block_minutes"], minutes(other["arrival_utc"])
        record = self.case.rows.item("aircraft", action.tail) or {"seats": kind.seats, "range_km": kind.range_km}
        extra = {other["flight_id"]: record["seats"] - other["seats"]}
        if back is not None:
            extra[back["flight_id"]] = record["seats"] - other["seats"]
            flown, last = flown + back["block_minutes"], minutes(back["arrival_utc"])
        items = self.case.rows.where("mel_items", "tail", action.tail)
        leaves = minutes((back or other)["departure_utc"])
        dispatch, left = regulations.mel_state(items, self.case.day(leaves), len(extra))
        farthest = self._farthest(other["origin"], other["destination"], kind.code)
        return extra, {
            "tail": action.tail,
            "aircraft_type": kind.code,
            "aircraft_serviceable": bool(record.get("serviceable")),
            "mel_dispatchable": dispatch,
            "mel_days_left": left,
            "range_margin_km": record["range_km"] - other["distance_km"],
            "maintenance_check_ok": extras.check_ok(record, flown=flown, cycles=len(extra), last=last),
            "etops_margin_minutes": extras.etops_margin(farthest, kind, items),
        }

    def _taking_over(self, action: Action) -> float:
        other = self.case.rows.item("flights", action.into) if action.into else None
        if other is None:
            return 0
        hours = 2 * other["block_minutes"] / 60
        return swapped_usd(self.case, self.space.type_of(action), other["type"], hours)

    def _curfew(self, action: Action, trip: Trip) -> int:
        case, origin = self.case, self.case.flight["origin"]
        depth = case.closed(origin, trip.departure, case.departure)
        depth += case.closed(trip.landed, trip.arrival, trip.arrival - trip.delay, lands=True)
        if action.name == "ferry_aircraft":
            leaves = self.space.ferry_departure(action)
            depth += case.closed(self.case.hub, leaves)
            depth += case.closed(origin, leaves + case.flight["block_minutes"], lands=True)
        return depth

    def _quiet(self, action: Action, trip: Trip) -> bool:
        kind, origin, there = self.case.types[trip.kind], self.case.flight["origin"], trip.landed
        take_offs, landings = [(origin, trip.departure)], [(there, trip.arrival)]
        if action.name == "ferry_aircraft":
            leaves = self.space.ferry_departure(action)
            take_offs.append((self.case.hub, leaves))
            landings.append((origin, leaves + self.case.flight["block_minutes"]))
        movements = [(*each, kind.take_off_epndb) for each in take_offs]
        movements += [(*each, kind.landing_epndb) for each in landings]
        return all(extras.quota_ok(self.case.airport(name), moment, level) for name, moment, level in movements)

    def _fetched_lands(self, action: Action) -> bool:
        """True if an aircraft that is fetched can land where the flight leaves."""
        if action.name != "ferry_aircraft":
            return True
        comes = self.space.ferry_departure(action) + self.case.flight["block_minutes"]
        return self.case.landable(self.case.flight["origin"], comes)

    def _over(self, action: Action, trip: Trip, *, relieved: bool) -> bool:
        """True if each trouble is over, or an aircraft, a crew or an airport of another kind does without its end."""
        leased = action.offer is not None
        another = leased or action.tail != self.case.flight["tail"]
        return self._clears(trip, another, relieved or leased, bool(action.alternate))

    def _cleared(self, trip: Trip, another: bool, relieved: bool, diverted: bool) -> bool:
        """The same for another aircraft, crew or airport, or the planned ones."""
        case = self.case
        around = diverted and not self._landable(case.flight["destination"], case.arrival)
        passed = set(bounds.SWAPPABLE_CAUSES) if another else set()
        passed |= {"crew"} if relieved else set()
        passed |= {"weather"} if around else set()
        over = ended(each for each in case.troubles if each.cause not in passed)
        return over is not None and trip.delay >= over and not case.barred(trip, passed)

    def _aircraft_of(self, action: Action, trip: Trip) -> Mapping[str, Value]:
        """Fields of the aircraft's record; a leased one is looked after by its operator."""
        return self._of_tail("" if action.offer is not None else action.tail, action.name == "ferry_aircraft", trip)

    def _aircraft(self, tail: str, ferried: bool, trip: Trip) -> Mapping[str, Value]:
        """The same; ``tail`` is empty for a leased one."""
        case, farthest = self.case, self._farthest(self.case.flight["origin"], trip.landed, trip.kind)
        if not tail:
            return {
                "aircraft_serviceable": True,
                "mel_dispatchable": True,
                "mel_days_left": None,
                "maintenance_check_ok": None,
                "etops_margin_minutes": extras.etops_margin(farthest, self.case.types[trip.kind], ()),
            }
        returns = self._return(trip)
        ends = case.day(returns.departure if returns else trip.departure)
        flights = 2 if returns or ferried else 1
        dispatch, left = self._mel(tail, ends, flights)
        items = case.rows.where("mel_items", "tail", tail)
        return {
            "aircraft_serviceable": self._serviceable(tail, trip),
            "mel_dispatchable": dispatch,
            "mel_days_left": left,
            "maintenance_check_ok": self._checked(tail, ferried, trip),
            "etops_margin_minutes": extras.etops_margin(farthest, self.case.types[trip.kind], items),
        }

    def _mel_state(self, tail: str, day: str, flights: int) -> tuple[bool, int | None]:
        return regulations.mel_state(self.case.rows.where("mel_items", "tail", tail), day, flights)

    def _serviceable(self, tail: str, trip: Trip) -> bool:
        aircraft, released = self.case.rows.item("aircraft", tail), self.case.over("technical")
        if aircraft is None or not aircraft["serviceable"]:
            return False
        if tail != self.case.flight["tail"] or "technical" not in self.case.causes:
            return True
        return released is not None and released <= trip.delay and trip.departure >= extras.repaired_by(aircraft)

    def _brought_back(self, action: Action, trip: Trip) -> bool:
        """True if the crew of the return has the rating; after a layover it is another crew, rated for the planned type."""
        case, rating = self.case, self.case.types[trip.kind].rating
        if action.offer is not None or case.back is None or case.back["duty_id"] == case.flight["duty_id"]:
            return True
        duty = case.rows.item("duties", case.back["duty_id"])
        return rating in (self.case.types[case.flight["type"]].rating, duty["rating"] if duty else "")

    def _checked(self, tail: str, ferried: bool, trip: Trip) -> bool:
        case, record = self.case, self.case.rows.item("aircraft", tail) or {}
        flown, cycles, last = trip.block, 1, trip.arrival
        if ferried:
            flown, cycles = 2 * case.flight["block_minutes"], 2
        if returns := self._return(trip):
            flown, cycles, last = flown + returns.block, cycles + 1, returns.arrival
        return extras.check_ok(record, flown=flown, cycles=cycles, last=last)

    def _return(self, trip: Trip) -> Leg | None:
        """The return out of the hub, as the aircraft of a trip flies it."""
        back = self.case.back
        if back is None:
            return None
        ready = trip.arrival + self.case.types[trip.kind].turnaround_minutes
        return self.case.flown(back, ready, trip.landed if trip.transfer else "")

    def turnaround(self, action: Action, trip: Trip) -> int | None:
        """Minutes on the ground beyond the shortest turnaround; ``None`` for a leased aircraft."""
        if action.offer is not None:
            return None
        if action.name == "ferry_aircraft":
            return 0
        ground = trip.departure - action.on_blocks - self.case.types[trip.kind].turnaround_minutes
        if action.tail == self.case.flight["tail"]:
            ground -= self.case.over("late_inbound") or 0
        return min(ground, MARGIN_CAP)

    def late(self, action: Action) -> int:
        """Minutes by which flying makes later flights late."""
        return sum(each.late for each in self._lines(*self._goes_on(action), self.space.trip(action)))

    def _goes_on(self, action: Action) -> tuple[str, int, bool]:
        """What later flights depend on: the aircraft and its stay where it is not the planned one, and whether it is leased."""
        moves = action.tail != self.case.flight["tail"] and action.name != "ferry_aircraft"
        return action.tail if moves else "", action.on_blocks if moves else 0, action.offer is not None

    def _delayed(self, tail: str, on_blocks: int, leased: bool, trip: Trip) -> Downstream:
        late = self._lines(tail, on_blocks, leased, trip)
        return Downstream(
            late=sum(each.late for each in late),
            flights=len(late),
            short=crews.short(self.case, late),
            owed=sum(self.aboard.due_when_late(each.flight, each.late) for each in late),
        )

    def _later(self, tail: str, on_blocks: int, leased: bool, trip: Trip) -> list[Leg]:
        """Later flights that are late; ``tail`` is empty where the aircraft goes on with those of the planned one."""
        case = self.case
        returns_from = trip.landed if trip.transfer else ""
        if not tail:
            line = case.later(case.flight["tail"], case.departure)
            return case.follow(line, trip.arrival, trip.kind, returns_from)
        late, home = [], trip.arrival
        if case.back is not None:
            late = case.follow([case.back], trip.arrival, trip.kind)
            home = late[-1].arrival if late else minutes(case.back["arrival_utc"])
        if leased:
            return late
        # It may come after the flight was to leave: what it flew before is not late.
        line = case.later(tail, max(case.departure, on_blocks))
        return [*late, *case.follow(line, home, trip.kind)]


def _declared(values: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in values.items() if name in DECLARED}


_OF_AIRCRAFT = ("aircraft_serviceable", "mel_dispatchable", "maintenance_check_ok")
