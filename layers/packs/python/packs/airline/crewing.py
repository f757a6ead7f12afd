"""Which crew can fly an option: duty and rest margins of the rostered crew and of reserves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conclave.tables import Item

from packs.airline import times
from packs.airline.assumptions import HUB_ZONE, POST_FLIGHT_MINUTES, TYPES, report_minutes
from packs.airline.rules.flight_time import max_duty_minutes, min_rest_minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A sector as it would be flown: new off-blocks and on-blocks time, ISO UTC."""

    departure_utc: str
    arrival_utc: str
    block_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewState:
    """A crew on an option. Margins in minutes; ``None`` when nothing limits. ``report_utc`` is when its duty begins."""

    crew_id: str
    report_utc: str
    available: bool
    qualified: bool
    duty_margin: int | None
    rest_margin: int | None
    reserve: bool


NO_ROSTER = CrewState(
    crew_id="", report_utc="", available=False, qualified=False, duty_margin=None, rest_margin=None, reserve=False
)
"""Nothing is known about the crew: never good enough."""


def duty_limit(*, report_utc: str, legs: Sequence[Leg], pilots: int, rest_class: int) -> int:
    """Longest flight duty of these legs in minutes, read on the clock of home base."""
    return max_duty_minutes(
        start_minute=times.minute_of_day(times.local(report_utc, HUB_ZONE)),
        sectors=len(legs),
        pilots=pilots,
        rest_class=rest_class,
        longest_sector_minutes=max(leg.block_minutes for leg in legs),
    )


def _duty_margin(report_utc: str, legs: Sequence[Leg], pilots: int, rest_class: int) -> int:
    limit = duty_limit(report_utc=report_utc, legs=legs, pilots=pilots, rest_class=rest_class)
    return limit - times.minutes_between(report_utc, legs[-1].arrival_utc)


def _release(legs: Sequence[Leg]) -> str:
    return times.shift(legs[-1].arrival_utc, POST_FLIGHT_MINUTES)


def rostered(duty: Item, *, legs: Sequence[Leg], rating: str, available: bool) -> CrewState:
    """The rostered crew: it has reported as planned, so its duty runs from the planned report time."""
    report = duty["report_utc"]
    before = times.minutes_between(duty["previous_end_utc"], report) - min_rest_minutes(
        preceding_duty_minutes=duty["previous_duty_minutes"], home_base=duty["starts_at_base"]
    )
    return _own_crew(duty, report=report, legs=legs, rating=rating, available=available, rest_before=before)


def rest_until(duty: Item, stood_down_utc: str, *, home_base: bool) -> str:
    """When a crew that is sent to rest instead of flying may report again."""
    so_far = times.minutes_between(duty["report_utc"], stood_down_utc)
    return times.shift(stood_down_utc, min_rest_minutes(preceding_duty_minutes=so_far, home_base=home_base))


def rested(duty: Item, *, report_utc: str, rested_from_utc: str, legs: Sequence[Leg], rating: str) -> CrewState:
    """The rostered crew after a rest that it is given instead of flying: a new duty from its new report time."""
    before = times.minutes_between(rested_from_utc, report_utc)
    return _own_crew(duty, report=report_utc, legs=legs, rating=rating, available=True, rest_before=before)


def _own_crew(
    duty: Item, *, report: str, legs: Sequence[Leg], rating: str, available: bool, rest_before: int
) -> CrewState:
    margins = [rest_before]
    if duty["next_report_utc"]:
        release = _release(legs)
        required = min_rest_minutes(
            preceding_duty_minutes=times.minutes_between(report, release), home_base=duty["ends_at_base"]
        )
        margins.append(times.minutes_between(release, duty["next_report_utc"]) - required)
    return CrewState(
        crew_id=duty["crew_id"],
        report_utc=report,
        available=available,
        qualified=duty["rating"] == rating,
        duty_margin=_duty_margin(report, legs, duty["pilots"], duty["rest_class"]),
        rest_margin=min(margins),
        reserve=False,
    )


def called_out(crew: Item, *, legs: Sequence[Leg], kind: str) -> CrewState:
    """A reserve crew that reports for these legs."""
    report = times.shift(legs[0].departure_utc, -report_minutes(wide=TYPES[kind].wide))
    rested = times.minutes_between(crew["previous_end_utc"], report)
    required = min_rest_minutes(preceding_duty_minutes=crew["previous_duty_minutes"], home_base=True)
    return CrewState(
        crew_id=crew["crew_id"],
        report_utc=report,
        available=crew["standby_start_utc"] <= report <= crew["standby_end_utc"],
        qualified=crew["rating"] == TYPES[kind].rating,
        duty_margin=_duty_margin(report, legs, crew["pilots"], crew["rest_class"]),
        rest_margin=rested - required,
        reserve=True,
    )


def legal(state: CrewState) -> bool:
    """Whether nothing speaks against the crew."""
    margins = [each for each in (state.duty_margin, state.rest_margin) if each is not None]
    return state.available and state.qualified and all(margin >= 0 for margin in margins)


def best_first(states: Sequence[CrewState]) -> list[CrewState]:
    """Crews in the order in which a controller would call them: legal ones first, then by their tightest margin."""
    return sorted(states, key=lambda each: (not legal(each), not each.available, -tightest(each), each.crew_id))


def tightest(state: CrewState) -> int:
    """The smaller of a crew's margins in minutes; a day when nothing limits it."""
    return min(each for each in (state.duty_margin, state.rest_margin, 1440) if each is not None)
