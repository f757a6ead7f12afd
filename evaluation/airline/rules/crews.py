"""The crews that may fly, with margins: rostered, after a rest, and reserves that are called, joined or positioned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from conclave.pack.tables import Item

from evaluation.airline.rules import abroad, regulations
from evaluation.airline.rules.abroad import Whereabouts
from evaluation.airline.rules.case import Case, Leg, Trip
from evaluation.airline.rules.clock import minutes
from evaluation.airline.rules.duties import (
    cumulative_room,
    discretion,
    duty_limit,
    duty_room,
    european,
    fit_from,
    slept,
)
from evaluation.airline.rules.regulations import split_extension

OWN, RESTED, SPLIT = "own", "rested", "split"
MOST_PILOTS, JOINING_PILOTS = 4, 2
POSITIONING_HORIZON = 24 * 60
NEEDED = ("standby_start_utc", "standby_end_utc", "previous_end_utc", "previous_duty_minutes", "rest_class")
"""Fields that must be known of a reserve crew to call it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """A crew on an option; margins in minutes, ``None`` when nothing limits.

    Attributes:
        crew_id: Who flies the disrupted flight.
        relieved: Others than the rostered crew fly it.
        call_outs: Reserve crews that are called.
        most_discretion: By how many minutes the commander may lengthen the duty.
        discretion: By how many he has to.
        handed_over: Other crews fly the sectors of the duty that leave the hub again.
        next_rest: Rest beyond the minimum before the next duty; below 0 another crew flies that one.
    """

    crew_id: str
    available: bool
    qualified: bool
    duty_margin: int | None
    rest_margin: int | None
    cumulative_margin: int | None = None
    relieved: bool = False
    call_outs: int = 0
    next_rest: int | None = None
    most_discretion: int = 0
    discretion: int = 0
    handed_over: bool = False

    @property
    def legal(self) -> bool:
        """True if nothing speaks against it."""
        margins = (self.duty_margin, self.rest_margin, self.cumulative_margin)
        return self.available and self.qualified and all(each is None or each >= 0 for each in margins)

    @property
    def next_lost(self) -> bool:
        """True if the next duty needs another crew."""
        return self.next_rest is not None and self.next_rest < 0

    @property
    def replaced(self) -> int:
        """Duties that need another crew: the rest of this one, and the next."""
        return self.handed_over + self.next_lost

    @property
    def lengthened(self) -> Crew:
        """The crew with as much of the commander's discretion as it needs; nobody where that is too little, or not needed."""
        beyond = -(self.duty_margin or 0)
        if not 0 < beyond <= self.most_discretion:
            return NOBODY
        return replace(self, duty_margin=0, discretion=beyond)

    @property
    def ease(self) -> tuple[float, float, float, str]:
        """Its contribution to safety, then its margins and id, to tell legal crews apart that cost the same."""
        duty, rest = self.duty_margin or 0, self.rest_margin or 0
        return 0.35 * min(1.0, duty / 60) + 0.25 * min(1.0, rest / 60), duty, rest, self.crew_id


NOBODY = Crew(crew_id="", available=False, qualified=False, duty_margin=None, rest_margin=None)
LEASED = Crew(crew_id="", available=True, qualified=True, duty_margin=None, rest_margin=None, relieved=True)


def legs(case: Case, trip: Trip) -> list[Leg]:
    """The sectors of the duty from the disrupted flight on."""
    if trip not in case.sectors:
        case.sectors[trip] = _legs(case, trip)
    return case.sectors[trip]


def _legs(case: Case, trip: Trip) -> list[Leg]:
    flown = [Leg(flight=case.flight, departure=trip.departure, arrival=trip.arrival)]
    returns_from = trip.landed if trip.transfer else ""
    for key in case.duty["flights"] if case.duty else ():
        flight = case.rows.item("flights", key)
        if flight is None or minutes(flight["departure_utc"]) <= case.departure:
            continue
        ready = flown[-1].arrival + case.types[trip.kind].turnaround_minutes
        flown.append(case.flown(flight, ready, returns_from))
    return flown


def rostered(case: Case, trip: Trip, how: str = OWN, pilots: int = 0) -> Crew:
    """The rostered crew: reported as planned or told to come later, rested where it is, or in a room for a while (``how``).

    With others it flies as one of ``pilots``. Where it cannot fly all its sectors, others fly those that leave the hub again.
    """
    full = _rostered(case, trip, legs(case, trip), how, pilots)
    if how != OWN:
        return full
    return _relieved(case, trip, full, lambda flown: _rostered(case, trip, flown, how, pilots))


def _relieved(case: Case, trip: Trip, full: Crew, flying: Callable[[Sequence[Leg]], Crew]) -> Crew:
    """The crew until it comes to the hub, where it may fly so far and not all its sectors; otherwise as it is."""
    flown = legs(case, trip)
    again = [at for at, each in enumerate(flown) if at and each.flight["origin"] in case.operator.hubs]
    if full.legal or not again:
        return full
    part = flying(flown[: again[0]])
    return replace(part, handed_over=True) if part.legal else full


def comes_later(case: Case) -> bool:
    """True if the rostered crew can be told before it leaves for the airport: the flight is its first, the notice long enough."""
    if case.duty is None or _before(case):
        return False
    return case.received + case.figures.delayed_report_notice_minutes <= minutes(case.duty["report_utc"])


def _rostered(case: Case, trip: Trip, flown: Sequence[Leg], how: str, pilots: int) -> Crew:
    duty = case.duty
    if duty is None:
        return NOBODY
    sectors_before, pilots = _before(case), pilots or duty["pilots"]
    planned = report = minutes(duty["report_utc"])
    read_at: tuple[int, ...] = (planned,)
    worked = 0
    if how == RESTED:
        (where, rest), sectors = abroad.resting(case, duty), flown
        worked, report = rest.length, trip.departure - case.operator.report_minutes(trip.kind)
    else:
        where, sectors = abroad.of_duty(case, duty), [*sectors_before, *flown]
        rest = abroad.before(duty, where)
        if how == OWN and trip.delay and comes_later(case):
            report += trip.delay
            read_at = regulations.read_when_late(planned, report)
    if how == RESTED or not european(case.operator):
        read_at = tuple({report, *(read_at if how == OWN else ())})
    return Crew(
        crew_id=duty["crew_id"],
        available=_back(case, trip),
        qualified=duty["rating"] == case.types[trip.kind].rating,
        duty_margin=duty_room(
            case.operator,
            report=report,
            sectors=sectors,
            pilots=pilots,
            rest_class=duty["rest_class"],
            where=where,
            rested=report - rest.released,
            read_at=read_at,
            extension=split_extension(trip.departure - case.waits_from) if how == SPLIT else 0,
        ),
        rest_margin=report - fit_from(case.operator, rest),
        cumulative_margin=_cumulative(case, duty, [*sectors_before, *flown], report - worked),
        next_rest=_rest_after(case, duty, where, report, report, sectors, pilots),
        most_discretion=discretion(case.operator, sectors=sectors, pilots=pilots, report=report, home=where.home),
    )


def _back(case: Case, trip: Trip) -> bool:
    """True if the rostered crew is there again, and not called away by a time of its own."""
    over, others = case.over("crew"), case.causes - {"crew"}
    feared = {each.cause for each in case.bars} - {"crew"}
    return over is not None and over <= trip.delay and not case.barred(trip, others | feared)


def _rest_after(
    case: Case, duty: Item, where: Whereabouts, began: int, report: int, sectors: Sequence[Leg], pilots: int
) -> int | None:
    """Rest beyond the minimum before the next duty, if one is planned; duty began then, flight duty with the report."""
    if not duty["next_report_utc"]:
        return None
    worked = abroad.after(
        duty,
        where,
        began=began,
        released=sectors[-1].arrival + case.figures.post_flight_minutes,
        slept=slept(case.operator, report=report, sectors=sectors, pilots=pilots, where=where),
    )
    return minutes(duty["next_report_utc"]) - fit_from(case.operator, worked)


def called(
    case: Case, crew: Item, kind: str, *, report: int, sectors: Sequence[Leg], pilots: int = 0, rest_class: int = 0
) -> Crew:
    """A reserve crew that reports then and flies these sectors, ``pilots`` and ``rest_class`` its own unless given.

    It waits at the airport: its standby is duty, ends its rest, and shortens what it may fly.
    """
    starts = minutes(crew["standby_start_utc"])
    where = abroad.of_reserve(case, crew, report)
    rested = starts - minutes(crew["previous_end_utc"])
    return Crew(
        crew_id=crew["crew_id"],
        available=starts <= report <= minutes(crew["standby_end_utc"]),
        qualified=crew["rating"] == case.types[kind].rating,
        duty_margin=duty_room(
            case.operator,
            report=report,
            sectors=sectors,
            pilots=pilots or crew["pilots"],
            rest_class=rest_class or crew["rest_class"],
            where=where,
            rested=rested,
            standby=max(0, report - starts),
        ),
        rest_margin=starts - fit_from(case.operator, abroad.before(crew, where)),
        cumulative_margin=_cumulative(case, crew, sectors, min(starts, report)),
        relieved=True,
        call_outs=1,
        most_discretion=discretion(
            case.operator,
            sectors=sectors,
            pilots=pilots or crew["pilots"],
            report=min(starts, report) if not european(case.operator) else report,
            home=where.home,
        ),
    )


def reserve(case: Case, crew: Item, trip: Trip) -> Crew:
    """A reserve crew at the hub that flies instead of the rostered one."""
    report = trip.departure - case.operator.report_minutes(trip.kind)

    def flying(sectors: Sequence[Leg]) -> Crew:
        state = called(case, crew, trip.kind, report=report, sectors=sectors)
        return _staying(case, crew, state, sectors, report)

    return _relieved(case, trip, flying(legs(case, trip)), flying)


def _staying(case: Case, crew: Item, state: Crew, sectors: Sequence[Leg], report: int) -> Crew:
    """A reserve crew that ends away from home base instead of the rostered one rests there before its next duty."""
    if case.duty is None or case.duty["ends_at_base"]:
        return state
    began = min(minutes(crew["standby_start_utc"]), report)
    where = abroad.of_reserve(case, crew, report)
    rest = _rest_after(case, case.duty, where, began, report, sectors, crew["pilots"])
    return replace(state, next_rest=rest)


def joined(case: Case, crew: Item, trip: Trip) -> Crew:
    """The rostered crew with pilots of a reserve crew, so that all can rest in flight."""
    duty, flown = case.duty, legs(case, trip)
    if duty is None:
        return NOBODY
    pilots = min(MOST_PILOTS, duty["pilots"] + JOINING_PILOTS)
    reports = trip.departure - case.operator.report_minutes(trip.kind)
    other = called(case, crew, trip.kind, report=reports, sectors=flown, pilots=pilots, rest_class=duty["rest_class"])
    larger = rostered(case, trip, pilots=pilots)
    return _both(larger, other, duty_margin=least(larger.duty_margin, other.duty_margin))


def positioned(case: Case, crew: Item, trip: Trip, flight: Item) -> Crew:
    """A reserve crew that comes to the outstation as passengers; its flight duty begins before that flight."""
    report = minutes(flight["departure_utc"]) - case.operator.report_minutes(trip.kind)
    flown = legs(case, trip)
    return _staying(case, crew, called(case, crew, trip.kind, report=report, sectors=flown), flown, report)


def ferrying(case: Case, own: Crew, crew: Item, trip: Trip, departure: int) -> Crew:
    """The rostered crew (``own``) on an aircraft that a reserve crew brings without passengers."""
    block = case.flight["block_minutes"]
    report = departure - case.operator.report_minutes(trip.kind)
    leg = Leg(flight=case.flight, departure=departure, arrival=departure + block)
    other = called(case, crew, trip.kind, report=report, sectors=[leg])
    return _both(own, other, duty_margin=least(own.duty_margin, other.duty_margin))


def _both(own: Crew, other: Crew, *, duty_margin: int | None) -> Crew:
    return Crew(
        crew_id=own.crew_id,
        available=own.available and other.available,
        qualified=own.qualified and other.qualified,
        duty_margin=duty_margin,
        rest_margin=least(own.rest_margin, other.rest_margin),
        cumulative_margin=least(own.cumulative_margin, other.cumulative_margin),
        call_outs=other.call_outs,
        next_rest=least(own.next_rest, other.next_rest),
        discretion=max(own.discretion, other.discretion),
        handed_over=own.handed_over or other.handed_over,
    )


def least(*margins: int | None) -> int | None:
    """The least of those that limit."""
    return min((each for each in margins if each is not None), default=None)


def _cumulative(case: Case, record: Item, sectors: Sequence[Leg], began: int) -> int | None:
    """Room under the cumulative limits, by the record of the duty and, where it has none, of its crew."""
    crew = case.rows.item("crews", record["crew_id"]) or {}
    duty = sectors[-1].arrival + case.figures.post_flight_minutes - began
    return cumulative_room(case.operator, {**crew, **record}, duty=duty, block=sum(each.block for each in sectors))


def short(case: Case, late: Sequence[Leg]) -> int:
    """Duties of later flights, other than the flight's own, that come to exceed their limit or to cut the next rest."""
    count, own = 0, case.flight["duty_id"]
    moved = {each.flight["flight_id"]: each for each in late}
    for key in dict.fromkeys(each.flight["duty_id"] for each in late):
        duty = case.rows.item("duties", key)
        if key == own or duty is None:
            continue
        planned = [flight for each in duty["flights"] if (flight := case.rows.item("flights", each)) is not None]
        sectors = [moved.get(flight["flight_id"]) or as_planned(flight) for flight in planned]
        report, ends, where = minutes(duty["report_utc"]), sectors[-1].arrival, abroad.of_duty(case, duty)
        limit = duty_limit(
            case.operator,
            report=report,
            sectors=sectors,
            pilots=duty["pilots"],
            rest_class=duty["rest_class"],
            where=where,
            rested=report - minutes(duty["previous_end_utc"]),
        )
        rest = _rest_after(case, duty, where, report, report, sectors, duty["pilots"])
        count += ends - report > limit or (rest is not None and rest < 0)
    return count


def as_planned(flight: Item) -> Leg:
    """A flight at its scheduled times."""
    return Leg(flight=flight, departure=minutes(flight["departure_utc"]), arrival=minutes(flight["arrival_utc"]))


def reserves(case: Case, rating: str) -> list[Item]:
    """Every reserve crew of a rating whose standby touches the day of the flight or the one after."""
    return [
        each
        for each in case.rows.all("crews")
        if "reserve_pool" in each
        and all(name in each for name in NEEDED)
        and each["rating"] == rating
        and minutes(each["standby_end_utc"]) >= min(case.received, case.reports - 12 * 60)
        and minutes(each["standby_start_utc"]) <= case.departure + 2 * 1440
    ]


def called_minutes(case: Case, kind: str) -> int:
    """Minutes from the call of a reserve crew to a departure: at the aircraft, and reported as long before as any crew."""
    return max(case.figures.reserve_ready_minutes, case.operator.report_minutes(kind))


def carriers(case: Case, kind: str) -> list[Item]:
    """Flights from the hub to the outstation with seats for a crew that is called when the report is received."""
    if case.from_hub:
        return []
    seats, first = (
        case.figures.positioning_seats(wide=case.types[kind].wide),
        case.received + called_minutes(case, kind),
    )
    return [
        each
        for each in case.rows.where("flights", "route", f"{case.hub}-{case.flight['origin']}")
        if first <= minutes(each["departure_utc"]) <= case.reports + POSITIONING_HORIZON
        and each["seats"] - each["booked"] >= seats
    ]


def _before(case: Case) -> list[Leg]:
    """The sectors of the duty before the disrupted flight, as planned."""
    flights = [case.rows.item("flights", key) for key in (case.duty["flights"] if case.duty else ())]
    return [
        as_planned(each) for each in flights if each is not None and minutes(each["departure_utc"]) < case.departure
    ]
