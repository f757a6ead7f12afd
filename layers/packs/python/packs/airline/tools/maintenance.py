"""Maintenance: may this aircraft be dispatched, and when."""

from __future__ import annotations

from collections.abc import Mapping

from conclave.pack import Constraint, Fact, Gap, Item, Key, Operator, ToolContext, ToolResult, Value, tool

from packs.airline import times
from packs.airline.geography import Places
from packs.airline.models import Cause
from packs.airline.operators.air_operator import AirOperator
from packs.airline.operators.records import OPERATOR_READS
from packs.airline.reported.standing import Held
from packs.airline.rules.aircraft import equipment, etops
from packs.airline.rules.aircraft.maintenance_checks import SOURCE as SOURCE_CHECKS
from packs.airline.rules.aircraft.maintenance_checks import repair_ready_utc
from packs.airline.tools.common import (
    contradicted,
    fact,
    lease_offers,
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

ELSEWHERE = ("divert", "consolidate")
"""Actions whose aircraft flies another distance than that of the disrupted flight."""
SOURCE_AIRWORTHY = "EU 1321/2014 M.A.201; EU 965/2012 CAT.GEN.MPA.105"
SOURCE_TURNAROUND = "operator assumption: shortest turnaround by type"
SOURCE_RANGE = "operator assumption: planning range by type"


@tool(reads=("flights", "aircraft", "mel_items", "lease_offers", "alternates", *OPERATOR_READS))
def airworthiness(context: ToolContext) -> ToolResult:
    """Serviceability, checks due, repairs and open MEL items of every aircraft among the options, with maintenance notes.

    Always run. A leased aircraft is known by its offer: its records are the lessor's. Rules out each tail that may not fly; a
    mandatory gap when an aircraft has no record, or no aerodrome on a long way.
    """
    tails = option_values(context, "tail")
    landing = option_values(context, "arrival_airport")
    flight = the_flight(context, {**with_operator(context, *landing), "aircraft": tails})
    if flight is None:
        gap = missing("airworthiness", f"flights/{context.incident.flight_id}", "no such flight", mandatory=True)
        return ToolResult(gaps=[gap])
    operator = the_operator(context, flight)
    held = Held.by(context.incident, flight)
    offers = lease_offers(context, flight)
    tails = sorted({flight["tail"], *tails} - set(offers))
    aircraft = rows(context).get("aircraft", tails)
    defects = rows(context).query("mel_items", tails)
    diversions = _Diversions(context, flight, operator)
    day = times.day(flight["departure_utc"])
    facts = [_aircraft_fact(aircraft.items[tail], flight) for tail in tails if tail in aircraft.items]
    facts += [_offer_fact(offer) for offer in offers.values()]
    facts += [_mel_fact(item, day) for tail in tails for item in defects[tail]]
    grounded = [found for tail in tails for found in _grounded(held, flight, aircraft.items.get(tail), defects[tail])]
    return ToolResult(
        facts=tuple(facts),
        constraints=[*_limits(f"aircraft/{flight['tail']}"), *grounded],
        gaps=[
            missing("airworthiness", f"aircraft/{tail}", "no record of this aircraft", mandatory=True)
            for tail in aircraft.missing
        ]
        + _refuted(context, held, flight, aircraft.items, defects)
        + _too_far(context, flight, aircraft.items, defects, diversions)
        + diversions.gaps(flight["type"]),
    )


def _aircraft_fact(item: Item, flight: Item) -> Fact:
    values = {**picked(item, ("type", "serviceable", "spare")), "planned": item["tail"] == flight["tail"]}
    names = ("check_hours_left", "check_cycles_left", "check_due_date")
    values |= {name: item[name] for name in names if name in item}
    if (ready := repair_ready_utc(item)) > times.LONG_AGO:
        values["repair_ready_utc"] = times.text(ready)
    return fact("aircraft", item["tail"], "aircraft", values, item["note"])


def _refuted(
    context: ToolContext, held: Held, flight: Item, aircraft: Mapping[Key, Item], defects: Mapping[str, list[Item]]
) -> list[Gap]:
    """Options whose own aircraft and departure contradict what they say of open items, range, checks, repair, diversion time."""
    found = []
    for option in context.options:
        item, departure = aircraft.get(str(option.fields["tail"])), option.fields["departure_utc"]
        if item is None:
            continue
        leaves = times.minutes(departure) if isinstance(departure, str) else flight["departure_utc"]
        if option.fields["mel_dispatchable"] and equipment.grounding_reasons(defects[item["tail"]], times.day(leaves)):
            found.append(contradicted("airworthiness", option.id, "its open items ground it on the day it departs"))
        room = option.fields["range_margin_km"]
        if option.action not in ELSEWHERE and room is not None and room != item["range_km"] - flight["distance_km"]:
            found.append(contradicted("airworthiness", option.id, "its range is not that of its record"))
        if option.fields["maintenance_check_ok"] and (why := _overdue(item, flight, leaves)):
            found.append(contradicted("airworthiness", option.id, why))
        repaired = Cause.TECHNICAL not in held.causes or leaves >= repair_ready_utc(item)
        if item["tail"] == flight["tail"] and option.fields["aircraft_serviceable"] and not repaired:
            found.append(contradicted("airworthiness", option.id, "it departs before the repair can be done"))
    return found


class _Diversions:
    """The way to every airport that an option lands at, and the aerodromes along it."""

    def __init__(self, context: ToolContext, flight: Item, operator: AirOperator) -> None:
        self.operator = operator
        names = sorted({flight["origin"], flight["destination"], *option_values(context, "arrival_airport")})
        self._places = Places(rows(context).get("airports", names).items.values())
        self._adequate = etops.Adequate(rows(context).query("alternates", [operator.carrier])[operator.carrier])
        self._flight = flight

    def needed(self, lands_at: str, kind: str) -> int | None:
        """Diversion time with a type, minutes; ``None`` when nobody knows where an end is."""
        start, end = self._places.get(self._flight["origin"]), self._places.get(lands_at)
        return self._adequate.minutes(start, end, kind, self.operator.types[kind].one_engine_kmh)

    def gaps(self, kind: str) -> list[Gap]:
        """One, when the way of the flight cannot be judged."""
        if not etops.unjudged(self.needed(self._flight["destination"], kind), self._adequate):
            return []
        detail = "no aerodromes on record that the flight may divert to on its way"
        return [missing("airworthiness", f"alternates/{self.operator.carrier}", detail, mandatory=True)]


def _too_far(
    context: ToolContext,
    flight: Item,
    aircraft: Mapping[Key, Item],
    defects: Mapping[str, list[Item]],
    diversions: _Diversions,
) -> list[Gap]:
    """Options that claim more room in their diversion time than their way and their aircraft leave."""
    found = []
    for option in context.options:
        item, told = aircraft.get(str(option.fields["tail"])), option.fields["etops_margin_minutes"]
        if item is None:
            continue
        needed = diversions.needed(str(option.fields["arrival_airport"] or flight["destination"]), item["type"])
        room = etops.etops_margin_minutes(
            needed=needed, approved=_approved(diversions.operator, item, defects[item["tail"]])
        )
        if room is not None and (not isinstance(told, int) or told > room):
            found.append(
                contradicted("airworthiness", option.id, f"its diversion time leaves {room} min of what is approved")
            )
    return found


def _overdue(item: Item, flight: Item, departure: int) -> str:
    """Words for a check due before the flight itself is flown; empty if none is. The planner checks the return, too."""
    day = times.day(departure)
    if item.get("check_due_date", day) < day:
        return "a check is due before its departure"
    if item.get("check_cycles_left", 1) < 1 or item.get("check_hours_left", 24) * 60 < flight["block_minutes"]:
        return "a check is due before the flight is flown"
    return ""


def _approved(operator: AirOperator, item: Item, defects: list[Item]) -> int:
    limits: list[int] = [each["etops_minutes"] for each in defects if "etops_minutes" in each]
    return min([operator.types[item["type"]].etops_minutes, *limits])


def _offer_fact(offer: Item) -> Fact:
    names = ("operator", "type", "seats", "range_km", "available_from_utc", "available_until_utc", "approved")
    key = f"{offer['station_day']}/{offer['offer_id']}"
    return fact("lease_offers", key, "lease_offer", {"tail": offer["tail"], **picked(offer, names)})


def _mel_fact(item: Item, day: str) -> Fact:
    values: dict[str, Value] = {
        **picked(item, ("tail", "ata", "category", "discovered", "relief")),
        **{name: item[name] for name in ("etops_minutes", "flights_left") if name in item},
        "days_left": equipment.days_left(item, day),
        "not_with": " ".join(item["not_with"]),
    }
    return fact("mel_items", f"{item['tail']}/{item['item_id']}", "mel_item", values, item["text"])


def _grounded(held: Held, flight: Item, item: Item | None, defects: list[Item]) -> list[Constraint]:
    if item is None:
        return []
    tail, evidence = item["tail"], f"aircraft/{item['tail']}"
    reasons = [
        (f"mel.{tail}", equipment.SOURCE, f"{tail} may not be dispatched: {why}")
        for why in equipment.grounding_reasons(defects, times.day(flight["departure_utc"]))[:1]
    ]
    if not item["serviceable"]:
        reasons.append((f"unserviceable.{tail}", SOURCE_AIRWORTHY, f"{tail} is not released to service"))
    if tail == flight["tail"] and held.unknown_release:
        reasons.append((f"aog.{tail}", SOURCE_AIRWORTHY, f"{tail} is on ground, release time unknown"))
    return [
        rule(identifier, "tail", Operator.NE, tail, source=source, evidence=evidence, reason=reason)
        for identifier, source, reason in reasons
    ]


def _limits(evidence: str) -> list[Constraint]:
    return [
        limit(
            "aircraft.serviceable", "aircraft_serviceable", source=SOURCE_AIRWORTHY,
            evidence=evidence, reason="the aircraft is released to service before departure",
        ),
        limit(
            "aircraft.mel", "mel_dispatchable", source=equipment.SOURCE, evidence=evidence,
            reason="its open items allow dispatch",
        ),
        limit(
            "aircraft.turnaround", "turnaround_margin_minutes", source=SOURCE_TURNAROUND,
            evidence=evidence, reason="time to turn the aircraft around",
        ),
        limit(
            "aircraft.range", "range_margin_km", source=SOURCE_RANGE, evidence=evidence,
            reason="the route lies within planning range",
        ),
        limit(
            "aircraft.etops", "etops_margin_minutes", source=etops.SOURCE, evidence=evidence,
            reason="an airport lies within the approved diversion time all the way",
        ),
        limit(
            "aircraft.check", "maintenance_check_ok", source=SOURCE_CHECKS, evidence=evidence,
            reason="no check falls due before the aircraft is back",
        ),
    ]  # fmt: skip


_MOVED = (
    "off_block_utc", "airborne_utc", "landed_utc", "on_block_utc", "estimated_off_block_utc", "estimated_take_off_utc",
    "estimated_landing_utc", "estimated_on_block_utc", "diverted_to",
)  # fmt: skip
"""Where a flight is, as movement messages tell; cells that most flights do not have."""


@tool(reads=("flights", "flights/by_tail"))
def aircraft_line(context: ToolContext, tail: str) -> ToolResult:
    """Later flights of an aircraft.

    Args:
        tail: Registration.
    """
    flight = the_flight(context)
    if flight is None:
        return ToolResult(
            gaps=[missing("aircraft_line", context.incident.flight_id, "no such flight", mandatory=False)]
        )
    line = rows(context).query("flights", [tail], "by_tail")[tail]
    names = ("route", "departure_utc", "arrival_utc", "booked")
    return ToolResult(
        facts=tuple(
            fact(
                "flights",
                each["flight_id"],
                "later_flight",
                picked(each, [*names, *(name for name in _MOVED if each.get(name))]),
            )
            for each in line
            if each["departure_utc"] >= flight["departure_utc"]
        )
    )
