"""Which crew can fly an option: duty and rest margins of the rostered crew and of reserves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conclave.pack import Item
from msgspec import Struct, structs

from packs.airline.operators.air_operator import AirOperator
from packs.airline.rules.crew import rotation
from packs.airline.rules.crew.duty_regime import RECORDED, Work, regime
from packs.airline.rules.crew.flight_time import cumulative_room
from packs.airline.rules.crew.time_zones import Clock, Rest, time_difference


class Leg(Struct, frozen=True, kw_only=True):
    """A sector as it would be flown: new off-blocks and on-blocks time."""

    departure_utc: int
    arrival_utc: int
    block_minutes: int


class CrewState(Struct, frozen=True, kw_only=True):
    """A crew on an option. Margins in minutes; ``None`` when nothing limits.

    Attributes:
        crew_id: Its name.
        report_utc: When its duty begins.
        available: Fit, present and reachable in time.
        qualified: Has the rating of the aircraft.
        duty_margin: Room under the flight duty limit.
        rest_margin: Room of the rest before.
        cumulative_margin: Room under the limits over days.
        reserve: A reserve crew.
        next_rest_margin: Room of the rest before its next duty. Below 0 it may fly, and another crew flies that next duty.
        most_discretion: By how much the commander may lengthen the duty.
        discretion: What of that the option takes.
        rested: It rests first, where it is.
        recrewed: Other crews fly the sectors of its duty that leave the hub after the disrupted flight.
    """

    crew_id: str
    report_utc: int | None
    available: bool
    qualified: bool
    duty_margin: int | None
    rest_margin: int | None
    cumulative_margin: int | None
    reserve: bool
    next_rest_margin: int | None = None
    most_discretion: int = 0
    discretion: int = 0
    rested: bool = False
    recrewed: bool = False

    @property
    def next_duty_lost(self) -> bool:
        """True if the crew has not rested by its next duty."""
        return self.next_rest_margin is not None and self.next_rest_margin < 0

    @property
    def crews_short(self) -> int:
        """Duties that need another crew because of this one: the rest of its own, and its next."""
        return self.recrewed + self.next_duty_lost


RESERVE_CELLS = ("standby_start_utc", "standby_end_utc", "previous_end_utc", "previous_duty_minutes", "rest_class")
"""Cells that the record of a reserve crew needs to tell if it may fly; a crew that lacks any of them is not called."""

NO_ROSTER = CrewState(
    crew_id="",
    report_utc=None,
    available=False,
    qualified=False,
    duty_margin=None,
    rest_margin=None,
    cumulative_margin=None,
    reserve=False,
)
"""Nothing is known about the crew: never good enough."""


def work_of(
    *,
    report_utc: int,
    clock: Clock,
    legs: Sequence[Leg],
    pilots: int,
    rest_class: int,
    standby_minutes: int = 0,
    rested_minutes: int = 0,
    planned_utc: int | None = None,
) -> Work:
    """A flight duty as its limits see it.

    Args:
        report_utc: Where flight duty begins.
        clock: Where the crew is at home and reports.
        legs: Sectors; flight duty ends with the last one on blocks.
        pilots: Pilots on the flight.
        rest_class: Class of the in-flight rest facility.
        standby_minutes: Airport standby before the report.
        rested_minutes: The rest before.
        planned_utc: Report of the roster, when the crew was told in time to report later.
    """
    return Work(
        report_utc=report_utc,
        clock=clock,
        sectors=len(legs),
        longest_sector_minutes=max(leg.block_minutes for leg in legs),
        pilots=pilots,
        rest_class=rest_class,
        standby_minutes=standby_minutes,
        rested_minutes=rested_minutes,
        planned_utc=planned_utc,
    )


def duty_margin(operator: AirOperator, work: Work, legs: Sequence[Leg]) -> int:
    """Room under the flight duty limit and, where the regime has one, the flight time limit of the duty, in minutes."""
    rules = regime(operator.duty_regime)
    duty, most_flight = rules.duty_minutes(work) - (legs[-1].arrival_utc - work.report_utc), rules.flight_minutes(work)
    return duty if most_flight is None else min(duty, most_flight - sum(leg.block_minutes for leg in legs))


def most_discretion(operator: AirOperator, work: Work, legs: Sequence[Leg]) -> int:
    """Most minutes by which the commander may lengthen the duty; 0 where its flight time alone passes the limit."""
    rules = regime(operator.duty_regime)
    most_flight = rules.flight_minutes(work)
    too_long = most_flight is not None and sum(leg.block_minutes for leg in legs) > most_flight
    return 0 if too_long else rules.discretion_minutes(work)


def at_discretion(state: CrewState) -> CrewState:
    """The crew with its duty lengthened by as much as it needs; as it was, when it needs nothing or more than may be."""
    beyond = -(state.duty_margin or 0)
    return structs.replace(state, duty_margin=0, discretion=beyond) if 0 < beyond <= state.most_discretion else state


def recorded(*rows: Item | None) -> dict[str, int]:
    """The totals before the duty, each from the first of the rows that holds it."""
    known = [row for row in rows if row is not None]
    return {name: row[name] for name in RECORDED for row in reversed(known) if row.get(name) is not None}


def later_totals(before: Mapping[str, int], *, duty_minutes: int, flight_minutes: int) -> dict[str, int]:
    """The totals after a duty of that length and block time."""
    return {
        name: total + (duty_minutes if name.startswith("duty") else flight_minutes) for name, total in before.items()
    }


def cumulative_margin(
    operator: AirOperator, before: Mapping[str, int], *, began_utc: int, legs: Sequence[Leg]
) -> int | None:
    """Least room under the cumulative limits after a duty that began at a time and flew these sectors.

    ``None`` when no total is known.
    """
    if not before:
        return None
    return cumulative_room(
        regime(operator.duty_regime).cumulative_limits(),
        before,
        duty_minutes=_release(operator, legs) - began_utc,
        flight_minutes=sum(leg.block_minutes for leg in legs),
    )


def _release(operator: AirOperator, legs: Sequence[Leg]) -> int:
    return legs[-1].arrival_utc + operator.figures.post_flight_minutes


def rostered(
    operator: AirOperator,
    duty: Item,
    crew: Item | None,
    clock: Clock,
    *,
    legs: Sequence[Leg],
    rating: str,
    available: bool,
    joining: int = 0,
    later: int = 0,
) -> CrewState:
    """The rostered crew: it has reported as planned, so its duty runs from the planned report time, or was told to report later.

    Args:
        operator: The airline.
        duty: Its row in ``duties``.
        crew: Its row in ``crews``, if there is one: totals that the duty does not hold.
        clock: Of the duty.
        legs: All sectors of the duty, flown ones included.
        rating: Type rating that the aircraft needs.
        available: Whether it is fit and present.
        joining: Pilots who join it.
        later: Minutes after the planned report time that it has been told in time to report.
    """
    return _own_crew(
        operator,
        duty | {"pilots": duty["pilots"] + joining} if joining else duty,
        recorded(duty, crew),
        clock,
        rest=rotation.rest_before(duty, clock),
        report=duty["report_utc"] + later,
        legs=legs,
        rating=rating,
        available=available,
        told_later=later > 0,
    )


def stood_down(duty: Item, clock: Clock, *, at_utc: int, zone: str) -> Rest:
    """The rest, away from home base, of a crew that is sent to it instead of flying.

    Args:
        duty: Its row in ``duties``.
        clock: Of the duty.
        at_utc: When the rest begins.
        zone: Time zone of the place.
    """
    return Rest(
        from_utc=at_utc,
        duty_minutes=at_utc - duty["report_utc"],
        at_base=False,
        zone=clock.base.tz,
        difference_minutes=time_difference(clock.begins.tz, zone, at_utc),
    )


def rested(
    operator: AirOperator,
    duty: Item,
    crew: Item | None,
    clock: Clock,
    *,
    rest: Rest,
    flown_minutes: int,
    report_utc: int,
    legs: Sequence[Leg],
    rating: str,
) -> CrewState:
    """The rostered crew after a rest that it is given instead of flying: a new duty from its new report time.

    What it worked until it was stood down, and the block time of the sectors that it had flown by then (``flown_minutes``), count
    towards the cumulative limits like any duty.
    """
    state = _own_crew(
        operator,
        duty,
        later_totals(recorded(duty, crew), duty_minutes=rest.duty_minutes, flight_minutes=flown_minutes),
        clock,
        rest=rest,
        report=report_utc,
        legs=legs,
        rating=rating,
        available=True,
    )
    return structs.replace(state, rested=True)


def _own_crew(
    operator: AirOperator,
    duty: Item,
    totals: Mapping[str, int],
    clock: Clock,
    *,
    rest: Rest,
    report: int,
    legs: Sequence[Leg],
    rating: str,
    available: bool,
    told_later: bool = False,
) -> CrewState:
    work = work_of(
        report_utc=report,
        clock=clock,
        legs=legs,
        pilots=duty["pilots"],
        rest_class=duty["rest_class"],
        rested_minutes=report - rest.from_utc,
        planned_utc=duty["report_utc"] if told_later else None,
    )
    return CrewState(
        crew_id=duty["crew_id"],
        report_utc=report,
        available=available,
        qualified=duty["rating"] == rating,
        duty_margin=duty_margin(operator, work, legs),
        rest_margin=report - regime(operator.duty_regime).rested_at(rest),
        cumulative_margin=cumulative_margin(operator, totals, began_utc=report, legs=legs),
        reserve=False,
        most_discretion=most_discretion(operator, work, legs),
        next_rest_margin=rest_after(operator, duty, work, began_utc=report, legs=legs),
    )


def rest_after(operator: AirOperator, duty: Item, work: Work, *, began_utc: int, legs: Sequence[Leg]) -> int | None:
    """Rest before the next duty beyond its minimum, in minutes; ``None`` when no next duty is known.

    Args:
        operator: The airline.
        duty: A row of ``duties``.
        work: The flight duty that the crew works.
        began_utc: When what counts as duty began.
        legs: The sectors.
    """
    if not duty["next_report_utc"]:
        return None
    rules, release = regime(operator.duty_regime), _release(operator, legs)
    extended = rules.rests_extended(work, legs[-1].arrival_utc - work.report_utc)
    rest = rotation.rest_after(duty, work.clock, began_utc=began_utc, release_utc=release, extended=extended)
    return int(duty["next_report_utc"]) - rules.rested_at(rest)


def called_out(
    operator: AirOperator, crew: Item, clock: Clock, *, legs: Sequence[Leg], kind: str, relieves: Item | None = None
) -> CrewState:
    """A reserve crew that reports for these legs, instead of the crew of a duty (``relieves``) if there is one."""
    report = legs[0].departure_utc - operator.report_minutes(kind)
    return reserve_state(
        operator, crew, clock, report_utc=report, legs=legs, rating=operator.types[kind].rating, relieves=relieves
    )


def reserve_state(
    operator: AirOperator,
    crew: Item,
    clock: Clock,
    *,
    report_utc: int,
    legs: Sequence[Leg],
    rating: str,
    pilots: int = 0,
    rest_class: int = 0,
    relieves: Item | None = None,
) -> CrewState:
    """A reserve crew that reports at a time of its airport standby, whatever it does between its report and the legs.

    Airport standby is duty (ORO.FTL.225(c), 14 CFR 117.21(b)): rest ends and cumulative duty begins with it. Away from home base
    it stays where the crew that it relieves would have stayed, and reports for the next duty of that crew.

    Args:
        operator: The airline.
        crew: Its row in ``crews``.
        clock: Of its duty, which begins at home base.
        report_utc: When flight duty begins.
        legs: Sectors that it flies.
        rating: Type rating that the aircraft needs.
        pilots: Pilots on the flight, when more than its own fly.
        rest_class: Class of the in-flight rest facility of that flight.
        relieves: The duty (a row of ``duties``) that it takes over, if it flies instead of a rostered crew.
    """
    standby = crew["standby_start_utc"]
    began = min(standby, report_utc)
    work = work_of(
        report_utc=report_utc,
        clock=clock,
        legs=legs,
        pilots=pilots or crew["pilots"],
        rest_class=rest_class or crew["rest_class"],
        standby_minutes=max(0, report_utc - standby),
        rested_minutes=standby - crew["previous_end_utc"],
    )
    stays_away = relieves is not None and not relieves["ends_at_base"]
    afterwards = rest_after(operator, relieves, work, began_utc=began, legs=legs) if relieves and stays_away else None
    return CrewState(
        crew_id=crew["crew_id"],
        report_utc=report_utc,
        available=standby <= report_utc <= crew["standby_end_utc"],
        qualified=crew["rating"] == rating,
        duty_margin=duty_margin(operator, work, legs),
        rest_margin=reserve_rest_margin(operator, crew, clock),
        cumulative_margin=cumulative_margin(operator, recorded(crew), began_utc=began, legs=legs),
        reserve=True,
        most_discretion=most_discretion(operator, work, legs),
        next_rest_margin=afterwards,
    )


def reserve_rest_margin(operator: AirOperator, crew: Item, clock: Clock) -> int:
    """Room of the rest of a reserve crew before its standby, in minutes, whenever it is called and whatever it flies."""
    return int(crew["standby_start_utc"]) - regime(operator.duty_regime).rested_at(rotation.rest_before(crew, clock))


def together(own: CrewState, other: CrewState) -> CrewState:
    """Two crews that an option needs both: the first one's name and report, the tighter of both in everything."""
    return structs.replace(
        own,
        available=own.available and other.available,
        qualified=own.qualified and other.qualified,
        duty_margin=_tighter(own.duty_margin, other.duty_margin),
        rest_margin=_tighter(own.rest_margin, other.rest_margin),
        cumulative_margin=_tighter(own.cumulative_margin, other.cumulative_margin),
        next_rest_margin=_tighter(own.next_rest_margin, other.next_rest_margin),
        most_discretion=0,
        discretion=max(own.discretion, other.discretion),
        recrewed=own.recrewed or other.recrewed,
    )


def _tighter(one: int | None, other: int | None) -> int | None:
    return min((each for each in (one, other) if each is not None), default=None)


def legal(state: CrewState) -> bool:
    """True if nothing speaks against the crew."""
    margins = (state.duty_margin, state.rest_margin, state.cumulative_margin)
    return state.available and state.qualified and all(margin is None or margin >= 0 for margin in margins)


def best_first(states: Sequence[CrewState]) -> list[CrewState]:
    """Crews in the order in which a controller would call them: legal ones first, then by next duty and margin."""
    return sorted(
        states,
        key=lambda each: (not legal(each), not each.available, each.crews_short, -tightest(each), each.crew_id),
    )


def tightest(state: CrewState) -> int:
    """The smaller of a crew's duty and rest margins in minutes; a day when nothing limits it."""
    return min(each for each in (state.duty_margin, state.rest_margin, 1440) if each is not None)
