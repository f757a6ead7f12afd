"""Crew compliance: duty, rest, rating and availability of whoever would fly."""

from __future__ import annotations

from collections.abc import Sequence

from conclave.pack import Constraint, Fact, Gap, Operator, ToolContext, ToolResult, tool

from packs.airline import times
from packs.airline.models import Cause
from packs.airline.operators.records import OPERATOR_READS
from packs.airline.reported.standing import Held
from packs.airline.rules.crew.duty_regime import regime
from packs.airline.rules.crew.rotation import UNRECORDED
from packs.airline.tools.common import (
    contradicted,
    limit,
    missing,
    option_values,
    picked,
    rows,
    rule,
    the_flight,
    the_operator,
    with_operator,
)
from packs.airline.tools.crew_bounds import too_generous
from packs.airline.tools.crew_figures import Roster
from packs.airline.tools.crew_lookups import places_of, reserve_fact

_BESIDE = ("joined_by", "ferried_by")
SOURCE_FIT = "EU 965/2012 CAT.GEN.MPA.100(c)"
SOURCE_RATING = "EU 1178/2011 FCL.700"


@tool(reads=("flights", "duties", "crews", *OPERATOR_READS))
def crew_duty_and_rest(context: ToolContext) -> ToolResult:
    """Rostered crew of the flight: duty limit, latest legal start, rest, rating, and the reserves among the options.

    Always run. Returns the limits that no option may break and a mandatory gap when a roster or a crew is missing.
    """
    named = {*option_values(context, "crew_id"), *_joining(context)}
    landing = option_values(context, "arrival_airport")
    flight = the_flight(context, {**with_operator(context, *landing), "crews": sorted(named)})
    if flight is None:
        return ToolResult(gaps=[_gap(f"flights/{context.incident.flight_id}", "flight not in the schedule")])
    operator = the_operator(context, flight, {"duties": [flight["duty_id"]]})
    duty = rows(context).get("duties", [flight["duty_id"]]).items.get(flight["duty_id"])
    if duty is None:
        return ToolResult(gaps=[_gap(f"duties/{flight['duty_id']}", "no published roster for this flight")])
    others = sorted(named - {duty["crew_id"]})
    found = rows(context).get_across({"crews": [duty["crew_id"], *others], "flights": duty["flights"]})
    crews, planned = found["crews"], found["flights"].items
    roster = Roster(
        operator=operator,
        flight=flight,
        duty=duty,
        crews={str(key): crew for key, crew in crews.items.items()},
        sectors=[planned[each] for each in duty["flights"] if each in planned],
        received=times.minutes(context.now),
        places=places_of(context, [*planned.values(), flight], crews.items.values()),
    )
    reserves = [reserve_fact(crews.items[each]) for each in others if each in crews.items]
    return ToolResult(
        facts=(_roster_fact(roster), *reserves),
        constraints=_limits(context, roster),
        gaps=[
            *(_gap(f"crews/{each}", "no record of this crew") for each in crews.missing),
            *_unrecorded(roster, others),
            *(
                contradicted("crew_duty_and_rest", option.id, detail)
                for option in context.options
                if (detail := too_generous(option, roster))
            ),
        ],
    )


def _joining(context: ToolContext) -> set[str]:
    """Reserve crews that an option needs beside the crew that it names."""
    return {str(each.parameters[name]) for each in context.options for name in _BESIDE if each.parameters.get(name)}


def _gap(item: str, detail: str) -> Gap:
    return missing("crew_duty_and_rest", item, detail, mandatory=True)


def _unrecorded(roster: Roster, reserves: Sequence[str]) -> list[Gap]:
    """One gap for all rows that rest at home base before the duty, and do not say from where their crew came."""
    seen = {f"crews/{each}": roster.crews[each] for each in reserves if each in roster.crews}
    if roster.duty["starts_at_base"]:
        seen = {roster.evidence: roster.duty, **seen}
    worked = [name for name, row in seen.items() if row.get("previous_duty_minutes")]
    silent = [name for name in worked if not all(cell in seen[name] for cell in UNRECORDED)]
    if not silent:
        return []
    detail = (
        f"not on record: {', '.join(UNRECORDED)} of {', '.join(silent)}; their rest is taken to need no local nights"
    )
    return [missing("crew_duty_and_rest", silent[0], detail, mandatory=False)]


def _roster_fact(roster: Roster) -> Fact:
    duty, limit = roster.duty, roster.duty_limit
    values = {
        **picked(duty, ("crew_id", "rating", "pilots", "report_utc", "next_report_utc")),
        "report_local": times.local_text(duty["report_utc"], roster.clock.begins.tz),
        "sectors": len(duty["flights"]),
        "duty_limit_minutes": limit,
        "latest_on_blocks_utc": times.text(duty["report_utc"] + limit),
        "cumulative_room_minutes": roster.cumulative_room,
        "cabin_crew": "not checked: no table has their numbers, duty or rest",
    }
    return Fact(id=roster.evidence, kind="roster", values=values)


def _limits(context: ToolContext, roster: Roster) -> list[Constraint]:
    duty, evidence, rules = roster.duty, roster.evidence, regime(roster.operator.duty_regime)
    found = [
        limit(
            "crew.duty", "crew_duty_margin_minutes", source=rules.duty_source(duty["pilots"]), evidence=evidence,
            reason=f"flight duty may not pass its limit ({roster.duty_limit} min for the rostered crew), "
            "no commander's discretion",
        ),
        limit(
            "crew.rest", "crew_rest_margin_minutes", source=rules.rest_source,
            evidence=evidence, reason="minimum rest before the duty; the next duty can be flown by another crew",
        ),
        limit(
            "crew.cumulative", "crew_cumulative_margin_minutes", source=rules.cumulative_source, evidence=evidence,
            reason="duty and flight time in 7, 14 and 28 days stay within their limits",
        ),
        limit(
            "crew.available", "crew_available", source=SOURCE_FIT, evidence=evidence,
            reason="the crew is fit and within its standby",
        ),
        limit(
            "crew.qualified", "crew_qualified", source=SOURCE_RATING, evidence=evidence,
            reason="the crew holds the type rating, and so does another that flies the return",
        ),
    ]  # fmt: skip
    if Held.by(context.incident, roster.flight).over((Cause.CREW,)) is None:
        found.append(
            rule(
                "crew.reported", "crew_id", Operator.NE, duty["crew_id"], source=SOURCE_FIT, evidence=evidence,
                reason=f"crew {duty['crew_id']} is reported unavailable",
            )
        )  # fmt: skip
    return found
