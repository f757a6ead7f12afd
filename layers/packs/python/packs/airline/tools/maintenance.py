"""Maintenance: may this aircraft be dispatched, and when."""

from __future__ import annotations

from conclave.pack import Tool, ToolContext
from conclave.tables import Item
from conclave.types import Constraint, Fact, Operator, ToolResult

from packs.airline.models import Cause
from packs.airline.rules import equipment
from packs.airline.tools.common import fact, missing, option_values, picked, rule, the_flight

SOURCE_AIRWORTHY = "EU 1321/2014 M.A.201; EU 965/2012 CAT.GEN.MPA.105"
SOURCE_TURNAROUND = "operator assumption: shortest turnaround by type"
SOURCE_RANGE = "operator assumption: planning range by type"


def airworthiness(context: ToolContext) -> ToolResult:
    """Serviceability and open MEL items of every aircraft among the options, with maintenance notes.

    Always run. Rules out each tail that may not fly; a mandatory gap when an aircraft has no record.
    """
    flight = the_flight(context)
    if flight is None:
        gap = missing("airworthiness", f"flights/{context.incident.flight_id}", "no such flight", mandatory=True)
        return ToolResult(gaps=[gap])
    tails = sorted({flight["tail"], *option_values(context, "tail")})
    aircraft = context.tables.get("aircraft", tails)
    defects = context.tables.query("mel_items", tails)
    day = flight["departure_utc"][:10]
    facts = [_aircraft_fact(aircraft.items[tail], flight) for tail in tails if tail in aircraft.items]
    facts += [_mel_fact(item, day) for tail in tails for item in defects[tail]]
    grounded = [
        found for tail in tails for found in _grounded(context, flight, aircraft.items.get(tail), defects[tail])
    ]
    return ToolResult(
        facts=tuple(facts),
        constraints=[*_limits(f"aircraft/{flight['tail']}"), *grounded],
        gaps=[
            missing("airworthiness", f"aircraft/{tail}", "no record of this aircraft", mandatory=True)
            for tail in aircraft.missing
        ],
    )


def _aircraft_fact(item: Item, flight: Item) -> Fact:
    values = {**picked(item, ("type", "serviceable", "spare")), "planned": item["tail"] == flight["tail"]}
    return fact("aircraft", item["tail"], "aircraft", values, item["note"])


def _mel_fact(item: Item, day: str) -> Fact:
    values = {
        **picked(item, ("tail", "ata", "category", "discovered", "relief")),
        "days_left": equipment.days_left(item, day),
        "not_with": " ".join(item["not_with"]),
    }
    return fact("mel_items", f"{item['tail']}/{item['item_id']}", "mel_item", values, item["text"])


def _grounded(context: ToolContext, flight: Item, item: Item | None, defects: list[Item]) -> list[Constraint]:
    if item is None:
        return []
    tail, evidence = item["tail"], f"aircraft/{item['tail']}"
    reasons = [
        (f"mel.{tail}", equipment.SOURCE, f"{tail} may not be dispatched: {why}")
        for why in equipment.grounding_reasons(defects, flight["departure_utc"][:10])[:1]
    ]
    if not item["serviceable"]:
        reasons.append((f"unserviceable.{tail}", SOURCE_AIRWORTHY, f"{tail} is not released to service"))
    unknown_release = context.incident.cause is Cause.TECHNICAL and not context.incident.delay_minutes
    if tail == flight["tail"] and unknown_release:
        reasons.append((f"aog.{tail}", SOURCE_AIRWORTHY, f"{tail} is on ground, release time unknown"))
    return [
        rule(identifier, "tail", Operator.NE, tail, source=source, evidence=evidence, reason=reason)
        for identifier, source, reason in reasons
    ]


def _limits(evidence: str) -> list[Constraint]:
    return [
        rule(
            "aircraft.serviceable", "aircraft_serviceable", Operator.EQ, True, source=SOURCE_AIRWORTHY,
            evidence=evidence, reason="the aircraft is released to service before departure",
        ),
        rule(
            "aircraft.mel", "mel_dispatchable", Operator.EQ, True, source=equipment.SOURCE, evidence=evidence,
            reason="its open items allow dispatch",
        ),
        rule(
            "aircraft.turnaround", "turnaround_margin_minutes", Operator.GE, 0, unit="min", source=SOURCE_TURNAROUND,
            evidence=evidence, reason="time to turn the aircraft around",
        ),
        rule(
            "aircraft.range", "range_margin_km", Operator.GE, 0, unit="km", source=SOURCE_RANGE, evidence=evidence,
            reason="the route lies within planning range",
        ),
    ]  # fmt: skip


def aircraft_line(context: ToolContext, tail: str) -> ToolResult:
    """Later flights of an aircraft, to see when it is back at the hub.

    Args:
        context: The run.
        tail: Registration, for example A6-BAA.
    """
    flight = the_flight(context)
    if flight is None:
        return ToolResult(
            gaps=[missing("aircraft_line", context.incident.flight_id, "no such flight", mandatory=False)]
        )
    line = context.tables.query("flights", [tail], "by_tail")[tail]
    names = ("route", "departure_utc", "arrival_utc", "booked")
    return ToolResult(
        facts=tuple(
            fact("flights", each["flight_id"], "later_flight", picked(each, names))
            for each in line
            if each["departure_utc"] >= flight["departure_utc"]
        )
    )


CHECKS = (Tool(airworthiness, reads=("flights", "aircraft", "mel_items")),)
TOOLS = (Tool(aircraft_line, reads=("flights", "flights/by_tail")),)
