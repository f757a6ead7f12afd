"""A run against the exact evaluation: was the halt right, how much of the best score was left, which figures disagree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conclave.codec import plain

from evaluation.airline.exact.truth import Evaluation, Truth, regret
from evaluation.airline.faults import faults
from evaluation.data import Rows
from evaluation.report import Row, Run
from evaluation.scenarios import Scenario

SOLVED = frozenset(
    {
        "missed_connections",
        "top_tier_disrupted",
        "passengers_rebooked",
        "passengers_stranded",
        "passenger_delay_minutes",
        "other_carrier_seats",
        "compensation_usd",
        "care_usd",
        "total_cost_usd",
    }
)
"""Fields that follow from the assignment of passengers: two best assignments may differ in them a little."""
SOLVED_TOLERANCE = 0.01
"""Difference of totals that different best assignments explain."""
TIE = 1e-9
"""Totals that are the same; the choice then counts as the best."""


def judge(scenario: Scenario, rows: Rows, run: Run) -> Row:
    """Compares a run with the exact evaluation of its scenario."""
    truth = Truth(rows, scenario.incident, run.received)
    missing = truth.missing
    judged = [each for each in run.options if not missing or each["id"] == run.option_id]
    evaluated = {str(each["id"]): _evaluated(truth, each) for each in judged}
    best = None if missing else _best(truth, [each for each in evaluated.values() if each is not None])
    halt_is_right = bool(missing) or best is None
    halted = run.status == "halted"
    violations: list[str] = []
    found: list[str] = []
    total: float | None = None
    if run.option is not None:
        chosen = evaluated.get(run.option_id)
        violations = ["unknown action"] if chosen is None else list(chosen.broken)
        found = faults(truth, chosen.action) if chosen else []
        total = run.option["total"] if chosen is None else chosen.total
        if chosen and not violations and (best is None or chosen.total >= best.total - TIE):
            best = chosen
    return Row(
        number=scenario.number,
        kind=scenario.kind,
        incident=_incident(scenario),
        text=scenario.text,
        status=run.status,
        reasons=list(run.reasons),
        chosen=str(run.option["summary"]) if run.option else "",
        action=str(run.option["action"]) if run.option else "",
        total=total,
        best=_named(best),
        best_action=best.action.name if best else "",
        best_total=best.total if best else None,
        regret=None if total is None or halt_is_right else regret(best, total),
        halt_is_right=halt_is_right,
        halted=halted,
        missing=missing,
        violations=violations,
        faults=found,
        disagreements=[
            *_misread(scenario, run),
            *(told for each in judged for told in _differences(evaluated[each["id"]], each)),
        ],
        duration=run.duration,
    )


def _best(truth: Truth, offered: Sequence[Evaluation]) -> Evaluation | None:
    """The best of all actions; what scores less than an offered option that breaks nothing is not looked at."""
    known = max((each.total for each in offered if not each.broken), default=None)
    return (None if known is None else truth.best(above=known - TIE)) or truth.best()


def _evaluated(truth: Truth, option: Mapping[str, Any]) -> Evaluation | None:
    action = truth.action_of(option["action"], option["parameters"])
    return truth.evaluate(action) if action else None


def _differences(truth: Evaluation | None, option: Mapping[str, Any]) -> list[str]:
    """Fields in which the planner and the exact evaluation differ; those of the assignment when the total does, too."""
    name = f"{option['id']} {option['action']}"
    if truth is None:
        return [f"{name}: unknown action"]
    told = []
    for field, value in truth.fields.items():
        planned = option["fields"].get(field)
        if planned == value or (field in SOLVED and abs(option["total"] - truth.total) <= SOLVED_TOLERANCE):
            continue
        told.append(f"{name}: {field} {planned} in the plan, {value} by the exact evaluation")
    if bool(truth.broken) != bool(option["violations"]):
        told.append(
            f"{name}: breaks {list(option['violations'])} in the plan, {list(truth.broken)} by the exact evaluation"
        )
    return told


def _misread(scenario: Scenario, run: Run) -> list[str]:
    expected = scenario.incident
    return [
        f"{name}: read as {run.incident.get(name)}, meant {meant}"
        for name, meant in (("flight_id", expected.flight_id), ("problems", plain(expected.problems)))
        if run.incident and _said(run.incident.get(name)) != _said(meant)
    ]


def _said(value: Any) -> Any:
    """A value of an incident as it was reported: problems without what was worked out of them."""
    return [[each.get(name) for name in _AS_SAID] for each in value] if isinstance(value, list) else value


_AS_SAID = ("cause", "status", "minutes", "not_after", "item")
"""Whom a problem is about is left out: a sentence names a captain where a scenario has the crew."""


def _incident(scenario: Scenario) -> str:
    given = scenario.incident
    told = " and ".join(
        f"{each.cause.value}{f' {each.minutes} min' if each.minutes else ''}" for each in given.problems
    )
    gap = f", {scenario.gap}" if scenario.gap else ""
    return f"{given.flight_id} {given.origin}-{given.destination} {told}{gap}"


def _named(best: Evaluation | None) -> str:
    return str(best.action) if best else ""
