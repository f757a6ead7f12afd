"""What if: the plan of a run with one figure changed, computed in memory. The run is not changed, and nothing is kept of it.

The planner and every check run as they would have run at the time of the report, over tables of which one figure is another.
Beside it stands the same plan over the data as they are now without the change, so that a difference comes from the figure that
was asked about and from nothing that was written since.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from conclave.agents.checks import run_checks
from conclave.codec import convert
from conclave.configuration.applied import pack_under
from conclave.configuration.document import settings_of
from conclave.conversation.subject import Subject, not_available, told
from conclave.deliberation.constraints import unite
from conclave.deliberation.scoring import score_options, scoring_of
from conclave.pack import Pack, ToolContext, Unvaried, Variation
from conclave.pack.tables import ReadOnce, ScopedTables, Tables
from conclave.types import Constraint, Fact, GapReason, Option, ScoredOption, ToolResult, Value

MOST_OPTIONS = 12
MOST_FIELDS = 10


class Outlook(Struct, frozen=True, kw_only=True):
    """A plan with what the checks say of it: options by what they do, with violations and totals."""

    options: Mapping[str, Option]
    scored: Mapping[str, ScoredOption]
    constraints: Sequence[Constraint]


def what_if(subject: Subject, tables: Tables, figure: str, change: int, *, strict: bool) -> ToolResult:
    """How the options of a run would be with one figure changed.

    Args:
        subject: The run.
        tables: The pack's tables.
        figure: Name of a variation that the pack declares.
        change: By how much.
        strict: See ``ToolContext``.

    Returns:
        A fact for the variant, and one for each option whose figures, feasibility or total would be others; a gap where the
        figure is unknown, out of bounds or cannot be changed.

    Raises:
        ReadFailed: The data could not be read.
    """
    variation = next((each for each in subject.pack.variations if each.name == figure), None)
    if variation is None:
        return _gap(f"no such figure; there are {', '.join(each.name for each in subject.pack.variations) or 'none'}")
    if not variation.least <= change <= variation.most:
        bounds: dict[str, Value] = {"least": variation.least, "most": variation.most, "unit": variation.unit}
        return _gap(f"a change of {figure} is {variation.least} to {variation.most} {variation.unit}", **bounds)
    pack = pack_under(subject.pack, settings_of(subject.records.manifest))
    once = ReadOnce(tables)
    incident = convert(dict(subject.frame.incident), pack.incident)
    try:
        changed, varied = variation.vary(incident, once, change)
    except Unvaried as error:
        return _gap(str(error))
    now = _outlook(subject, pack, incident, once, strict=strict)
    then = _outlook(subject, pack, changed, varied, strict=strict)
    return ToolResult(facts=tuple(_changes(variation, change, now, then)))


def _gap(detail: str, **figures: Value) -> ToolResult:
    return not_available("what_if", GapReason.MISSING, detail, **figures)


def _outlook(subject: Subject, pack: Pack, incident: Any, tables: Tables, *, strict: bool) -> Outlook:
    now = subject.records.received
    plan = pack.plan(incident, ScopedTables(tables, pack.plan_reads), now)
    context = ToolContext(incident=incident, options=plan.options, tables=tables, now=now, strict=strict)
    found = [executed.result for agent in pack.specialists for executed in run_checks(agent, context)]
    # What a model found in a text holds for the variant, too; the constraints of checks are those of the variant's own checks.
    judged = [each for each in subject.constraints if each.judged]
    constraints = unite(judged, *(each.constraints for each in found))
    scored = score_options(plan.options, constraints, scoring_of(plan.options, pack.dimensions))
    return Outlook(
        options=_by_deed(plan.options),
        scored={each.option_id: each for each in scored},
        constraints=constraints,
    )


def _by_deed(options: Sequence[Option]) -> dict[str, Option]:
    """Options by what they do: their action and those parameters that are names, since times follow from what is done."""
    found: dict[str, Option] = {}
    for option in options:
        named = sorted(
            f"{name}={value}"
            for name, value in option.parameters.items()
            if isinstance(value, str) and not name.endswith(("_utc", "_local")) and value
        )
        deed = "|".join([option.action, *named])
        found.setdefault(f"{deed}|{sum(each.startswith(deed) for each in found)}", option)
    return found


def _changes(variation: Variation, change: int, now: Outlook, then: Outlook) -> Iterator[Fact]:
    stays, gone = [deed for deed in now.options if deed in then.options], set(now.options) - set(then.options)
    feasible = [sum(not each.violations for each in outlook.scored.values()) for outlook in (now, then)]
    yield told(
        f"variants/{variation.name}",
        "variant",
        {
            "figure": variation.name,
            "change": change,
            "unit": variation.unit,
            "options_now": len(now.options),
            "options_then": len(then.options),
            "feasible_now": feasible[0],
            "feasible_then": feasible[1],
            "options_gone": len(gone),
            "options_new": len(set(then.options) - set(now.options)),
            "best_now": _best(now),
            "best_then_was": _was(now, then),
        },
    )
    changed = [(now.options[deed], then.options[deed]) for deed in stays]
    others = [fact for one, other in changed for fact in _difference(one, other, now, then)]
    yield from sorted(others, key=_by_weight)[:MOST_OPTIONS]


def _by_weight(fact: Fact) -> tuple[bool, bool, float]:
    """Options whose feasibility changes come first, then those that are feasible, the best first."""
    now, then, total = (fact.values[name] for name in ("feasible_now", "feasible_then", "total_then"))
    return now == then, then != "yes", -float(total or 0.0)


def _best(outlook: Outlook) -> str | None:
    open_ones = [each for each in outlook.scored.values() if not each.violations]
    return min(open_ones, key=lambda each: (-each.total, each.option_id)).option_id if open_ones else None


def _was(now: Outlook, then: Outlook) -> str | None:
    """The id that the variant's best option has in the plan without the change; None for a new one."""
    best = _best(then)
    return next(
        (now.options[deed].id for deed, each in then.options.items() if each.id == best and deed in now.options), None
    )


def _difference(one: Option, other: Option, now: Outlook, then: Outlook) -> Iterator[Fact]:
    """What of an option would be otherwise; nothing for one that stays as it is."""
    before, after = now.scored[one.id], then.scored[other.id]
    fields = [name for name, value in other.fields.items() if value != one.fields.get(name)]
    if not fields and before.violations == after.violations:
        return
    values: dict[str, Value] = {
        "option": one.id,
        "action": one.action,
        "feasible_now": not before.violations,
        "feasible_then": not after.violations,
    }
    for name in fields[:MOST_FIELDS]:
        values |= {f"{name}_now": one.fields.get(name), f"{name}_then": other.fields[name]}
    values |= {
        "total_now": before.total,
        "total_then": after.total,
        "breaks_now": " ".join(before.violations) or None,
        "breaks_then": " ".join(after.violations) or None,
    }
    yield told(f"variants/{one.id}", "variant_option", values)
