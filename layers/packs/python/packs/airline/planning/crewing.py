"""Which crew can fly an option: duty and rest margins of the rostered crew and of reserves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from conclave.pack import Item

from packs.airline import times
from packs.airline.operators.air_operator import AirOperator
from packs.airline.rules.crew.duty_regime import RECORDED, Work, regime
from packs.airline.rules.crew.flight_time import cumulative_room


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A sector as it would be flown: new off-blocks and on-blocks time."""

    departure_utc: int
    arrival_utc: int
    block_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewState:
    """A crew on an option. Margins in minutes; ``None`` when nothing limits.

    ``report_utc`` is when its duty begins, ``next_rest_margin`` the room of the rest between it and the crew's next duty: when it
    is negative, the crew may fly and another one flies that next duty.
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

    @property
    def next_duty_lost(self) -> bool:
        """True if the crew has not rested by its next duty."""
        return self.next_rest_margin is not None and self.next_rest_margin < 0


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


def duty_limit(
    operator: AirOperator,
    *,
    report_utc: int,
    legs: Sequence[Leg],
    pilots: int,
    rest_class: int,
    standby_minutes: int = 0,
) -> int:
    """Longest flight duty of these legs in minutes, read on the clock of home base; airport standby may shorten it."""
    return regime(operator.duty_regime).duty_minutes(
        _work(operator, report_utc, legs, pilots, rest_class, standby_minutes)
    )


def duty_margin(
    operator: AirOperator,
    *,
    report_utc: int,
    legs: Sequence[Leg],
    pilots: int,
    rest_class: int,
    standby_minutes: int = 0,
) -> int:
    """Room under the flight duty limit and, where the regime has one, the flight time limit of the duty, in minutes.

    Args:
        operator: Whose limits these are.
        report_utc: Where flight duty begins.
        legs: Sectors; flight duty ends with the last one on blocks.
        pilots: Pilots on the flight.
        rest_class: Class of the in-flight rest facility.
        standby_minutes: Airport standby before the report.
    """
    work = _work(operator, report_utc, legs, pilots, rest_class, standby_minutes)
    duty = regime(operator.duty_regime).duty_minutes(work) - (legs[-1].arrival_utc - report_utc)
    most_flight = regime(operator.duty_regime).flight_minutes(work)
    return duty if most_flight is None else min(duty, most_flight - sum(leg.block_minutes for leg in legs))


def _work(
    operator: AirOperator, report_utc: int, legs: Sequence[Leg], pilots: int, rest_class: int, standby_minutes: int
) -> Work:
    return Work(
        start_minute=times.local_minute(report_utc, operator.zone),
        sectors=len(legs),
        longest_sector_minutes=max(leg.block_minutes for leg in legs),
        pilots=pilots,
        rest_class=rest_class,
        standby_minutes=standby_minutes,
    )


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
    operator: AirOperator, duty: Item, crew: Item | None, *, legs: Sequence[Leg], rating: str, available: bool
) -> CrewState:
    """The rostered crew: it has reported as planned, so its duty runs from the planned report time.

    Args:
        operator: The airline.
        duty: Its row in ``duties``.
        crew: Its row in ``crews``, if there is one: totals that the duty does not hold.
        legs: All sectors of the duty, flown ones included.
        rating: Type rating that the aircraft needs.
        available: Whether it is fit and present.
    """
    report = duty["report_utc"]
    before = (
        report
        - duty["previous_end_utc"]
        - regime(operator.duty_regime).rest_minutes(
            preceding_duty_minutes=duty["previous_duty_minutes"], home_base=duty["starts_at_base"]
        )
    )
    return _own_crew(
        operator,
        duty,
        recorded(duty, crew),
        report=report,
        legs=legs,
        rating=rating,
        available=available,
        rest_before=before,
    )


def rest_until(operator: AirOperator, duty: Item, stood_down_utc: int, *, home_base: bool) -> int:
    """When a crew that is sent to rest instead of flying may report again."""
    so_far = stood_down_utc - duty["report_utc"]
    return stood_down_utc + regime(operator.duty_regime).rest_minutes(
        preceding_duty_minutes=so_far, home_base=home_base
    )


def rested(
    operator: AirOperator,
    duty: Item,
    crew: Item | None,
    *,
    stood_down_utc: int,
    flown_minutes: int,
    report_utc: int,
    rested_from_utc: int,
    legs: Sequence[Leg],
    rating: str,
) -> CrewState:
    """The rostered crew after a rest that it is given instead of flying: a new duty from its new report time.

    What it worked until it was stood down, and the block time of the sectors that it had flown by then (``flown_minutes``), count
    towards the cumulative limits like any duty.
    """
    worked = stood_down_utc - duty["report_utc"]
    return _own_crew(
        operator,
        duty,
        later_totals(recorded(duty, crew), duty_minutes=worked, flight_minutes=flown_minutes),
        report=report_utc,
        legs=legs,
        rating=rating,
        available=True,
        rest_before=report_utc - rested_from_utc,
    )


def _own_crew(
    operator: AirOperator,
    duty: Item,
    totals: Mapping[str, int],
    *,
    report: int,
    legs: Sequence[Leg],
    rating: str,
    available: bool,
    rest_before: int,
) -> CrewState:
    return CrewState(
        crew_id=duty["crew_id"],
        report_utc=report,
        available=available,
        qualified=duty["rating"] == rating,
        duty_margin=duty_margin(
            operator, report_utc=report, legs=legs, pilots=duty["pilots"], rest_class=duty["rest_class"]
        ),
        rest_margin=rest_before,
        cumulative_margin=cumulative_margin(operator, totals, began_utc=report, legs=legs),
        reserve=False,
        next_rest_margin=rest_after(operator, duty, report_utc=report, legs=legs),
    )


def rest_after(operator: AirOperator, duty: Item, *, report_utc: int, legs: Sequence[Leg]) -> int | None:
    """Rest before the next duty beyond its minimum, in minutes; ``None`` when no next duty is known."""
    if not duty["next_report_utc"]:
        return None
    release = _release(operator, legs)
    required = regime(operator.duty_regime).rest_minutes(
        preceding_duty_minutes=release - report_utc, home_base=duty["ends_at_base"]
    )
    return int(duty["next_report_utc"]) - release - required


def called_out(
    operator: AirOperator, crew: Item, *, legs: Sequence[Leg], kind: str, relieves: Item | None = None
) -> CrewState:
    """A reserve crew that reports for these legs, instead of the crew of a duty (``relieves``) if there is one."""
    report = legs[0].departure_utc - operator.report_minutes(kind)
    return reserve_state(
        operator, crew, report_utc=report, legs=legs, rating=operator.types[kind].rating, relieves=relieves
    )


def reserve_state(
    operator: AirOperator,
    crew: Item,
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
        report_utc: When flight duty begins.
        legs: Sectors that it flies.
        rating: Type rating that the aircraft needs.
        pilots: Pilots on the flight, when more than its own fly.
        rest_class: Class of the in-flight rest facility of that flight.
        relieves: The duty (a row of ``duties``) that it takes over, if it flies instead of a rostered crew.
    """
    standby = crew["standby_start_utc"]
    began = min(standby, report_utc)
    stays_away = relieves is not None and not relieves["ends_at_base"]
    afterwards = rest_after(operator, relieves, report_utc=began, legs=legs) if relieves and stays_away else None
    rested_for = standby - crew["previous_end_utc"]
    required = regime(operator.duty_regime).rest_minutes(
        preceding_duty_minutes=crew["previous_duty_minutes"], home_base=True
    )
    return CrewState(
        crew_id=crew["crew_id"],
        report_utc=report_utc,
        available=standby <= report_utc <= crew["standby_end_utc"],
        qualified=crew["rating"] == rating,
        duty_margin=duty_margin(
            operator,
            report_utc=report_utc,
            legs=legs,
            pilots=pilots or crew["pilots"],
            rest_class=rest_class or crew["rest_class"],
            standby_minutes=max(0, report_utc - standby),
        ),
        rest_margin=rested_for - required,
        cumulative_margin=cumulative_margin(operator, recorded(crew), began_utc=began, legs=legs),
        reserve=True,
        next_rest_margin=afterwards,
    )


def together(own: CrewState, other: CrewState) -> CrewState:
    """Two crews that an option needs both: the first one's name and report, the tighter of both in everything."""
    return replace(
        own,
        available=own.available and other.available,
        qualified=own.qualified and other.qualified,
        duty_margin=_tighter(own.duty_margin, other.duty_margin),
        rest_margin=_tighter(own.rest_margin, other.rest_margin),
        cumulative_margin=_tighter(own.cumulative_margin, other.cumulative_margin),
        next_rest_margin=_tighter(own.next_rest_margin, other.next_rest_margin),
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
        key=lambda each: (not legal(each), not each.available, each.next_duty_lost, -tightest(each), each.crew_id),
    )


def tightest(state: CrewState) -> int:
    """The smaller of a crew's duty and rest margins in minutes; a day when nothing limits it."""
    return min(each for each in (state.duty_margin, state.rest_margin, 1440) if each is not None)
