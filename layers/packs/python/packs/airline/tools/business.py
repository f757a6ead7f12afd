"""Network, guests, cargo and money: what the business agents look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from conclave.pack import Constraint, Fact, Item, Operator, Tool, ToolContext, ToolResult, Value

from packs.airline import assumptions, times
from packs.airline.models import FIELDS
from packs.airline.rules.cargo import DANGEROUS_GOODS_SOURCE, may_fly_with_passengers
from packs.airline.rules.passenger_rights import EXTRAORDINARY_CAUSES, regime
from packs.airline.tools.common import cold_chain, fact, life_saving, missing, picked, rows, rule, the_flight

UNITS = {field.name: field.unit for field in FIELDS}
SOURCE_OPERATOR = "operator assumption"


def _none(tool: str, context: ToolContext) -> ToolResult:
    return ToolResult(gaps=[missing(tool, f"flights/{context.incident.flight_id}", "no such flight", mandatory=False)])


def _soft(identifier: str, field: str, limit: int, evidence: str, reason: str) -> Constraint:
    return rule(
        identifier, field, Operator.LE, limit, unit=UNITS[field], hard=False, source=SOURCE_OPERATOR,
        evidence=evidence, reason=reason,
    )  # fmt: skip


def rotation(context: ToolContext) -> ToolResult:
    """The planned aircraft's flights in the next day, which a late or missing aircraft disturbs. Always run."""
    flight = the_flight(context)
    if flight is None:
        return _none("rotation", context)
    line = rows(context).query("flights", [flight["tail"]], "by_tail")[flight["tail"]]
    later = [each for each in line if each["departure_utc"] > flight["departure_utc"]]
    names = ("route", "departure_utc", "arrival_utc", "booked")
    evidence = f"flights/{flight['flight_id']}"
    return ToolResult(
        facts=(
            fact("flights", flight["flight_id"], "flight", picked(flight, (*names, "tail", "type", "seats"))),
            *(fact("flights", each["flight_id"], "later_flight", picked(each, names)) for each in later[:5]),
        ),
        constraints=[
            _soft("network.delay", "downstream_delay_minutes", 360, evidence, "later delay stays within six hours")
        ],
    )


def alternative_flights(context: ToolContext, route: str) -> ToolResult:
    """Later flights on a route with their free seats in order of departure: own ones, then other carriers' with fares.

    Args:
        context: The run.
        route: Origin and destination, for example AUH-LHR.
    """
    flight = the_flight(context)
    if flight is None:
        return _none("alternative_flights", context)
    leaves = flight["departure_utc"]
    own = rows(context).query("flights", [route], "by_route")[route]
    others = rows(context).query("other_flights", [route])[route]
    return ToolResult(
        facts=(
            *(_seats_fact(each, "alternative") for each in own if each["departure_utc"] > leaves),
            *(_other_fact(each) for each in others if each["departure_utc"] > leaves),
        )
    )


def _seats_fact(flight: Item, kind: str) -> Fact:
    values = {
        **picked(flight, ("route", "departure_utc", "arrival_utc")),
        "free_seats": max(0, flight["seats"] - flight["booked"]),
    }
    return fact("flights", flight["flight_id"], kind, values)


def _other_fact(flight: Item) -> Fact:
    values = {
        **picked(flight, ("carrier", "number", "departure_utc", "arrival_utc", "fare_usd")),
        "free_seats": flight["seats_free"],
    }
    return fact("other_flights", f"{flight['route']}/{flight['other_id']}", "other_carrier", values)


def guests(context: ToolContext) -> ToolResult:
    """Passengers of the flight by tier, the largest groups that connect, and remarks on bookings. Always run."""
    flight = the_flight(context)
    if flight is None:
        return _none("guests", context)
    key = flight["flight_id"]
    bookings = rows(context).query("bookings", [key], "by_flight")[key]
    arriving = rows(context).query("bookings", [key], "by_onward")[key]
    tiers: Counter[str] = Counter()
    onward: Counter[str] = Counter()
    for booking in (*bookings, *arriving):
        tiers[booking["tier"] or "none"] += booking["pax"]
        if booking["flight_id"] == key and "onward_flight_id" in booking:
            onward[booking["onward_flight_id"]] += booking["pax"]
    summary = {"passengers": flight["booked"], **{f"tier_{name}": count for name, count in sorted(tiers.items())}}
    remarked = [each for each in (*bookings, *arriving) if "remark" in each]
    facts = [
        fact("flights", key, "passengers", {**summary, "connecting": sum(onward.values())}),
        *(fact("flights", name, "onward", {"passengers": count}) for name, count in onward.most_common(8)),
        *(
            fact("bookings", each["booking_id"], "remark", picked(each, ("pax", "tier")), each["remark"])
            for each in remarked
        ),
    ]
    evidence = f"flights/{key}"
    return ToolResult(
        facts=tuple(facts),
        constraints=[
            _soft("guests.stranded", "passengers_stranded", 0, evidence, "everybody travels within 30 hours"),
            _soft("guests.seats", "seats_short", 0, evidence, "nobody is left without a seat"),
        ],
    )


def connections(context: ToolContext, onward_flight_ids: list[str]) -> ToolResult:
    """Departure and free seats of onward flights.

    Args:
        context: The run.
        onward_flight_ids: Flight ids as the facts name them, for example EY204-2026-11-21.
    """
    found = rows(context).get("flights", onward_flight_ids)
    return ToolResult(
        facts=tuple(_seats_fact(each, "onward_flight") for each in found.items.values()),
        gaps=[missing("connections", f"flights/{name}", "no such flight", mandatory=False) for name in found.missing],
    )


def shipments(context: ToolContext) -> ToolResult:
    """Cargo on the flight with its time limits and handling remarks. Always run.

    Dangerous goods for cargo aircraft only (``stays_behind``) are not loaded on any passenger flight: they rule out no option. A
    life-saving cold-chain shipment must arrive within its qualified time, which a safety agent checks, too; for others that is a
    preference.
    """
    key = context.incident.flight_id
    cargo = rows(context).query("shipments", [key], "by_flight")[key]
    names = ("kind", "weight_kg", "qualified_until_utc", "life_saving", "species", "loaded_utc", "un_number")
    facts = [fact("shipments", each["awb"], "shipment", _handling(each, names), each["remark"]) for each in cargo]
    cold = [each for each in cargo if each["kind"] == "cold_chain"]
    constraints = [
        *life_saving(cargo),
        *(cold_chain("cargo.cold_chain", "cold_chain_margin_minutes", each, hard=False) for each in cold[:1]),
    ]
    return ToolResult(facts=tuple(facts), constraints=constraints)


def _handling(shipment: Item, names: Sequence[str]) -> dict[str, Value]:
    values = {name: times.shown(shipment, name) for name in names if name in shipment}
    if may_fly_with_passengers(shipment):
        return values
    return {**values, "stays_behind": True, "source": DANGEROUS_GOODS_SOURCE}


def type_costs(context: ToolContext, aircraft_type: str) -> ToolResult:
    """Hourly rates and seats of an aircraft type (operator figures).

    Args:
        context: The run.
        aircraft_type: A320, A321, A359, B789 or B77W.
    """
    kind = assumptions.TYPES.get(aircraft_type)
    if kind is None:
        return ToolResult(gaps=[missing("type_costs", aircraft_type, "no such type", mandatory=False)])
    rates: dict[str, Value] = {
        "ground_hour_usd": kind.ground_hourly_usd,
        "block_hour_usd": kind.hourly_usd,
        "seats": kind.seats,
    }
    return ToolResult(facts=[Fact(id=f"aircraft/{kind.code}", kind="type_costs", values=rates)])


def cost_basis(context: ToolContext) -> ToolResult:
    """What the cost figures of the options rest on: rates, and whether fixed compensation can fall due. Always run."""
    flight = the_flight(context)
    if flight is None:
        return _none("cost_basis", context)
    origin = rows(context).get("airports", [flight["origin"]]).items.get(flight["origin"])
    kind = assumptions.TYPES[flight["type"]]
    values: dict[str, Value] = {
        "ground_hour_usd": kind.ground_hourly_usd,
        "block_hour_usd": kind.hourly_usd,
        "downstream_minute_usd": assumptions.DOWNSTREAM_MINUTE_USD,
        "compensation_regime": regime(origin["country"]) if origin else None,
        "extraordinary": context.incident.cause in EXTRAORDINARY_CAUSES,
        "passengers": flight["booked"],
    }
    evidence = f"flights/{flight['flight_id']}"
    gaps = [] if origin else [missing("cost_basis", f"airports/{flight['origin']}", "no such airport", mandatory=False)]
    return ToolResult(
        facts=[Fact(id=evidence, kind="cost_basis", values=values)],
        constraints=[
            _soft(
                "finance.total", "total_cost_usd", assumptions.APPROVAL_COST_USD // 3, evidence,
                "a total within a third of the approval limit",
            )
        ],
        gaps=gaps,
    )  # fmt: skip


NETWORK_CHECKS = (Tool(rotation, reads=("flights", "flights/by_tail")),)
_ALTERNATIVES = Tool(alternative_flights, reads=("flights", "flights/by_route", "other_flights"))
NETWORK_TOOLS = (_ALTERNATIVES,)
GUEST_CHECKS = (Tool(guests, reads=("flights", "bookings/by_flight", "bookings/by_onward")),)
GUEST_TOOLS = (Tool(connections, reads=("flights",)),)
CARGO_CHECKS = (Tool(shipments, reads=("shipments/by_flight",)),)
CARGO_TOOLS = (_ALTERNATIVES,)
FINANCE_CHECKS = (Tool(cost_basis, reads=("flights", "airports")),)
FINANCE_TOOLS = (Tool(type_costs, reads=()),)
