"""The figures of a disruption that a question may change: when the crew is there, and when what holds the flight is over."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from conclave.pack import Item, Tables, Unvaried, Variation, Varied
from msgspec import structs

from packs.airline import times
from packs.airline.bounds import LONGEST_REPORTED_MINUTES
from packs.airline.models import Cause, Clock, Incident, Problem
from packs.airline.reported import moments
from packs.airline.reported.standing import stands

MOST_MINUTES = 720
"""Beyond half a day another plan would be made, not this one with another figure."""


def crew_there(incident: Incident, tables: Tables, change: int) -> tuple[Incident, Tables]:
    """The crew is there so many minutes later, or earlier if below 0.

    Where the crew is what holds the flight, that is over so much later. Otherwise the rostered crew of the flight reports so
    much later, and its duty begins then.
    """
    if any(each.cause is Cause.CREW and stands(each) for each in incident.problems):
        return _moved(incident, change, [Cause.CREW]), tables
    flight = tables.get("flights", [incident.flight_id]).items.get(incident.flight_id)
    if flight is None or not flight.get("duty_id"):
        raise Unvaried("the flight has no rostered crew whose report could be another")
    duty = flight["duty_id"]

    def changed(table: str, item: Item) -> Item:
        if table != "duties" or item["duty_id"] != duty:
            return item
        return {**item, "report_utc": times.shift(str(item["report_utc"]), change)}

    return incident, Varied(tables, changed)


def problem_over(incident: Incident, tables: Tables, change: int) -> tuple[Incident, Tables]:
    """What holds the flight, but for its crew, is over so many minutes later, or earlier if below 0."""
    return _moved(incident, change, [each for each in Cause if each is not Cause.CREW]), tables


def _moved(incident: Incident, change: int, causes: Collection[Cause]) -> Incident:
    problems = tuple(
        _longer(each, change) if each.cause in causes and stands(each) else each for each in incident.problems
    )
    if problems == incident.problems:
        raise Unvaried("the report gives no time for it, so it cannot be over earlier or later by some minutes")
    return structs.replace(incident, problems=problems)


def _longer(problem: Problem, change: int) -> Problem:
    """A problem with every time that it has so many minutes later: how long it takes, and the clocks by which it is over."""
    minutes: dict[str, Any] = {
        name: min(LONGEST_REPORTED_MINUTES, max(1, getattr(problem, name) + change))
        for name in ("minutes", "assumed_minutes")
        if getattr(problem, name)
    }
    ends = ("not_before", "closed_until", *(("not_after",) if problem.of is Clock.OVER else ()))
    clocks = {name: _shifted(getattr(problem, name), change) for name in ends if getattr(problem, name)}
    return structs.replace(problem, **minutes, **clocks)


def _shifted(written: str, change: int) -> str:
    """A clock of a resolved report (``2026-11-21 05:30Z``) so many minutes later."""
    return times.text(moments.minutes(written) + change)[:16].replace("T", " ") + "Z"


CREW_THERE = Variation(
    name="crew_there",
    unit="min",
    description="when the crew reports or is there, in minutes: above 0 later, below 0 earlier",
    least=-MOST_MINUTES,
    most=MOST_MINUTES,
    vary=crew_there,
)
PROBLEM_OVER = Variation(
    name="problem_over",
    unit="min",
    description="when the problem (defect, repair, weather, airport, slot) is over, in minutes: above 0 later, below 0 earlier",
    least=-MOST_MINUTES,
    most=MOST_MINUTES,
    vary=problem_over,
)
