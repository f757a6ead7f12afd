"""From the problems of a report to those that a plan is made with: replaced ones gone, clocks as moments, assumptions named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from conclave.pack import Item, Unresolvable
from msgspec import structs

from packs.airline import times
from packs.airline.bounds import LONGEST_REPORTED_MINUTES
from packs.airline.models import Cause, Clock, Incident, Problem, Status
from packs.airline.operators.figures import Figures
from packs.airline.reported.moments import ClockImpossible, Reference, moment, moment_after, text
from packs.airline.reported.standing import OPEN_ENDED, stands
from packs.airline.reported.windows import airport_of

REPLACES = frozenset([Status.UPDATED, Status.WITHDRAWN])


def settled(
    incident: Incident, flight: Item, zone_of: Callable[[str], str], now: str, figures: Figures
) -> tuple[Problem, ...]:
    """The problems of an incident as a plan takes them.

    Args:
        incident: As it was reported.
        flight: Its flight, a row with its times as text.
        zone_of: Time zone of an airport.
        now: Receipt of the report, ISO 8601 UTC.
        figures: The airline's planning figures, for what takes how long nobody said.

    Raises:
        Unresolvable: ``time_impossible``: a clock that does not exist.
    """
    told = remaining(incident.problems or (Problem(),))
    try:
        dated = [_dated(each, flight, zone_of, times.minutes(now)) for each in told]
    except ClockImpossible as error:
        raise Unresolvable(
            "time_impossible", f"{error} is not a time; write it like 16:40Z, 18:30L or today+1 09:00L"
        ) from error
    late = max(0, times.minutes(now) - times.minutes(flight["departure_utc"]))
    return tuple(_assumed(_counted(each, times.minutes(now), late), figures, late) for each in dated)


def remaining(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """The problems without those that another entry about the same updates or withdraws."""
    later = [each for each in problems if each.status in REPLACES]
    return tuple(
        each
        for each in problems
        if each.status is not Status.REPORTED or not any(_same(each, other) for other in later)
    )


def check_not_withdrawn(problems: Sequence[Problem]) -> None:
    """Raises ``Unresolvable`` ``withdrawn`` when what was reported is over, and nothing else is said."""
    left = remaining(problems)
    if left and all(each.status is Status.WITHDRAWN for each in left):
        raise Unresolvable("withdrawn", "the report takes back what was wrong: there is nothing to decide")


def _same(first: Problem, second: Problem) -> bool:
    about = {first.about.casefold(), second.about.casefold()} - {""}
    return first.cause is second.cause and len(about) < 2


def _dated(problem: Problem, flight: Item, zone_of: Callable[[str], str], received: int) -> Problem:
    """The problem with its clocks as moments; a destination that is closed for a while is closed from the receipt on."""
    problem = _closed_for(problem, flight, received)
    reference = _reference(problem.of is Clock.LANDING or _there(problem, flight), flight, zone_of, received)
    changes: dict[str, Any] = {}
    if problem.not_before:
        changes["not_before"] = text(moment(problem.not_before, reference, late=True))
    if problem.not_after:
        changes["not_after"] = text(moment(problem.not_after, reference, late=False))
    place = _reference(_there(problem, flight), flight, zone_of, received)
    if problem.closed_from:
        start = moment(problem.closed_from, place, late=False)
        changes["closed_from"] = text(start)
    if problem.closed_until:
        end = (
            moment_after(problem.closed_until, start, place, late=True)
            if problem.closed_from
            else moment(problem.closed_until, place, late=True)
        )
        changes["closed_until"] = text(end)
    return structs.replace(problem, **changes)


def _closed_for(problem: Problem, flight: Item, received: int) -> Problem:
    """Minutes until the destination opens do not hold a departure: they end before many a flight arrives."""
    clocks = problem.not_before or problem.not_after or problem.closed_from or problem.closed_until
    if (
        problem.cause not in (Cause.AIRPORT, Cause.WEATHER)
        or not problem.minutes
        or clocks
        or not _there(problem, flight)
    ):
        return problem
    return structs.replace(problem, closed_from=text(received), closed_until=text(received + problem.minutes))


def _there(problem: Problem, flight: Item) -> bool:
    return bool(airport_of(problem, flight) == flight["destination"])


def _reference(there: bool, flight: Item, zone_of: Callable[[str], str], received: int) -> Reference:
    """What a clock is read against: the arrival at the destination, or the departure from the origin."""
    zone, scheduled = (flight["destination"], "arrival_utc") if there else (flight["origin"], "departure_utc")
    return Reference(zone=zone_of(zone), scheduled=times.minutes(flight[scheduled]), received=received)


def _counted(problem: Problem, received: int, late: int) -> Problem:
    """Minutes count from the scheduled departure; when that is ``late`` minutes over, from the receipt."""
    if not late or not problem.minutes or problem.not_before or problem.closed_until or not stands(problem):
        return problem
    return structs.replace(problem, not_before=text(received + problem.minutes), of=Clock.OFF_BLOCKS)


def _assumed(problem: Problem, figures: Figures, late: int) -> Problem:
    """The problem with the delay in minutes that it is planned with when the report leaves it open."""
    told = problem.minutes or problem.not_before or problem.not_after or problem.closed_from or problem.closed_until
    needed = stands(problem) and not told and problem.cause not in OPEN_ENDED
    assumed = min(LONGEST_REPORTED_MINUTES, late + figures.default_delay(problem.cause))
    return structs.replace(problem, assumed_minutes=assumed if needed else 0)
