"""One line about a resolved incident: what is wrong, what was assumed, what was not understood."""

from __future__ import annotations

from packs.airline.models import Cause, Clock, Deferral, Incident, Problem, Status

MOVEMENTS = {Clock.OVER: "over", Clock.OFF_BLOCKS: "off blocks", Clock.TAKE_OFF: "take-off", Clock.LANDING: "landing"}


def summarise(incident: Incident) -> str:
    """One line for a person."""
    what = "; ".join(_told(each) for each in incident.problems) or "nothing is reported"
    where = f", {incident.position}" if incident.position else ""
    head = f"{incident.flight} on {incident.date} from {incident.origin} to {incident.destination}{where}: {what}"
    if not incident.not_understood:
        return head
    left = ", ".join(f"'{each}'" for each in map(_visible, incident.not_understood))
    return f"{head}; not understood: {left}"


def _told(problem: Problem) -> str:
    cause = problem.cause.replace("_", " ")
    if problem.status is Status.WITHDRAWN:
        return f"{cause}, withdrawn"
    if problem.item is Deferral.MEL:
        return f"{cause}, deferred under the MEL"
    if limits := _limits(problem):
        feared = "may be: " if problem.status is Status.HYPOTHETICAL else ""
        return f"{feared}{cause}, {', '.join(limits)}"
    if problem.status is Status.HYPOTHETICAL:
        return f"may be: {cause}"
    if problem.cause is Cause.TECHNICAL:
        return "AOG, release unknown"
    if problem.assumed_minutes:
        return f"disrupted, cause {cause}, no time is told: planned with {problem.assumed_minutes} minutes"
    return f"disrupted, cause {cause}"


def _limits(problem: Problem) -> list[str]:
    """What the report says about times, with moments in UTC."""
    movement, found = MOVEMENTS[problem.of], []
    closed = problem.closed_from or problem.closed_until
    if problem.minutes and not closed:
        found.append(f"{problem.minutes} minutes until it can go")
    found += [f"{movement} not before {problem.not_before}"] if problem.not_before else []
    found += [f"{movement} not after {problem.not_after}"] if problem.not_after else []
    if closed:
        start = f" from {problem.closed_from}" if problem.closed_from else ""
        end = f" until {problem.closed_until}" if problem.closed_until else ""
        found.append(f"closed{start}{end}")
    return found


def _visible(text: str) -> str:
    return "".join(each for each in text if each.isprintable())
