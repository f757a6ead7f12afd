"""Crew compliance: duty, rest, rating and availability of whoever would fly."""

from __future__ import annotations

from conclave.pack import Tool, ToolContext
from conclave.tables import Item
from conclave.types import Constraint, Fact, Gap, Operator, ToolResult

from packs.airline import times
from packs.airline.assumptions import HUB, HUB_ZONE
from packs.airline.crewing import Leg, duty_limit
from packs.airline.models import Cause
from packs.airline.rules.flight_time import SOURCE_AUGMENTED, SOURCE_DUTY, SOURCE_REST
from packs.airline.tools.common import contradicted, fact, missing, option_values, picked, rule, the_flight

SOURCE_FIT = "EU 965/2012 CAT.GEN.MPA.100(c)"
SOURCE_RATING = "EU 1178/2011 FCL.700"


def crew_duty_and_rest(context: ToolContext) -> ToolResult:
    """Rostered crew of the flight: duty limit, latest legal start, rest, rating, and the reserves among the options.

    Always run. Returns the limits that no option may break and a mandatory gap when a roster or a crew is missing.
    """
    flight = the_flight(context)
    if flight is None:
        return ToolResult(gaps=[_gap(f"flights/{context.incident.flight_id}", "flight not in the schedule")])
    duty = context.tables.get("duties", [flight["duty_id"]]).items.get(flight["duty_id"])
    if duty is None:
        return ToolResult(gaps=[_gap(f"duties/{flight['duty_id']}", "no published roster for this flight")])
    others = [crew for crew in option_values(context, "crew_id") if crew != duty["crew_id"]]
    crews = context.tables.get("crews", [duty["crew_id"], *others])
    planned = context.tables.get("flights", duty["flights"]).items
    legs = [_leg(planned[each]) for each in duty["flights"] if each in planned]
    limit = duty_limit(report_utc=duty["report_utc"], legs=legs, pilots=duty["pilots"], rest_class=duty["rest_class"])
    evidence = f"duties/{duty['duty_id']}"
    reserves = [_reserve_fact(crews.items[each]) for each in others if each in crews.items]
    return ToolResult(
        facts=(_roster_fact(duty, limit, evidence), *reserves),
        constraints=_limits(context, duty, limit, evidence),
        gaps=[
            *(_gap(f"crews/{each}", "no record of this crew") for each in crews.missing),
            *_too_generous(context, duty, limit - times.minutes_between(duty["report_utc"], legs[-1].arrival_utc)),
        ],
    )


def _too_generous(context: ToolContext, duty: Item, most: int) -> list[Gap]:
    """Options of the rostered crew with more duty margin than the undisrupted roster has: no delay can do that."""
    return [
        contradicted(
            "crew_duty_and_rest", option.id, f"duty margin above {most} min, which the roster has without delay"
        )
        for option in context.options
        if option.fields["crew_id"] == duty["crew_id"]
        and option.parameters.get("crew_report_utc") == duty["report_utc"]
        and isinstance(margin := option.fields["crew_duty_margin_minutes"], int)
        and margin > most
    ]


def _leg(flight: Item) -> Leg:
    return Leg(
        departure_utc=flight["departure_utc"], arrival_utc=flight["arrival_utc"], block_minutes=flight["block_minutes"]
    )


def _gap(item: str, detail: str) -> Gap:
    return missing("crew_duty_and_rest", item, detail, mandatory=True)


def _roster_fact(duty: Item, limit: int, evidence: str) -> Fact:
    values = {
        **picked(duty, ("crew_id", "rating", "pilots", "report_utc", "next_report_utc")),
        "report_local": times.local_text(duty["report_utc"], HUB_ZONE),
        "sectors": len(duty["flights"]),
        "duty_limit_minutes": limit,
        "latest_on_blocks_utc": times.shift(duty["report_utc"], limit),
    }
    return Fact(id=evidence, kind="roster", values=values)


def _reserve_fact(crew: Item) -> Fact:
    names = ("rating", "pilots", "standby_start_utc", "standby_end_utc", "previous_end_utc")
    return fact("crews", crew["crew_id"], "reserve_crew", picked(crew, names))


def _limits(context: ToolContext, duty: Item, limit: int, evidence: str) -> list[Constraint]:
    source = SOURCE_AUGMENTED if duty["pilots"] > 2 else SOURCE_DUTY
    found = [
        rule(
            "crew.duty", "crew_duty_margin_minutes", Operator.GE, 0, unit="min", source=source, evidence=evidence,
            reason=f"flight duty may not pass its limit ({limit} min for the rostered crew), no commander's discretion",
        ),
        rule(
            "crew.rest", "crew_rest_margin_minutes", Operator.GE, 0, unit="min", source=SOURCE_REST, evidence=evidence,
            reason="minimum rest before and after the duty",
        ),
        rule(
            "crew.available", "crew_available", Operator.EQ, True, source=SOURCE_FIT, evidence=evidence,
            reason="the crew is fit and within its standby",
        ),
        rule(
            "crew.qualified", "crew_qualified", Operator.EQ, True, source=SOURCE_RATING, evidence=evidence,
            reason="the crew holds the type rating",
        ),
    ]  # fmt: skip
    if context.incident.cause is Cause.CREW and not context.incident.delay_minutes:
        found.append(
            rule(
                "crew.reported", "crew_id", Operator.NE, duty["crew_id"], source=SOURCE_FIT, evidence=evidence,
                reason=f"crew {duty['crew_id']} is reported unavailable",
            )
        )  # fmt: skip
    return found


def reserve_crews(context: ToolContext, rating: str) -> ToolResult:
    """Crews on airport standby at the hub on the day of the flight.

    Args:
        context: The run.
        rating: Type rating: A320, A350, B777 or B787.
    """
    flight = the_flight(context)
    if flight is None:
        return ToolResult(
            gaps=[missing("reserve_crews", context.incident.flight_id, "no such flight", mandatory=False)]
        )
    day = times.local(flight["departure_utc"], HUB_ZONE).date()
    pool = f"{HUB}#{rating}#{day}"
    crews = context.tables.query("crews", [pool], "by_pool")[pool]
    gaps = [] if crews else [missing("reserve_crews", f"crews/{pool}", "no reserves in this pool", mandatory=False)]
    return ToolResult(facts=tuple(_reserve_fact(crew) for crew in crews), gaps=gaps)


CHECKS = (Tool(crew_duty_and_rest, reads=("flights", "duties", "crews")),)
TOOLS = (Tool(reserve_crews, reads=("flights", "crews/by_pool")),)
