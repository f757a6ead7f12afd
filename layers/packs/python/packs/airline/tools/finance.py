"""Finance: what the cost figures rest on."""

from __future__ import annotations

from collections.abc import Mapping

from conclave.pack import Fact, Item, Key, ToolContext, ToolResult, Value, tool

from packs.airline.operators.records import OPERATOR_READS
from packs.airline.reported.standing import Held
from packs.airline.rules.passengers.compensation import regimes
from packs.airline.rules.passengers.europe import Ticket
from packs.airline.tools.business import no_flight, preferred
from packs.airline.tools.common import missing, rows, the_flight, the_operator, with_operator


@tool(reads=("flights", *OPERATOR_READS))
def type_costs(context: ToolContext, aircraft_type: str) -> ToolResult:
    """Hourly rates and seats of an aircraft type.

    Args:
        aircraft_type: As the options name it.
    """
    flight = the_flight(context, with_operator(context))
    if flight is None:
        return no_flight("type_costs", context)
    kind = the_operator(context, flight).types.get(aircraft_type)
    if kind is None:
        return ToolResult(gaps=[missing("type_costs", aircraft_type, "no such type", mandatory=False)])
    rates: dict[str, Value] = {
        "ground_hour_usd": kind.ground_hourly_cost,
        "block_hour_usd": kind.hourly_cost,
        "seats": kind.seats,
    }
    return ToolResult(facts=[Fact(id=f"aircraft/{kind.code}", kind="type_costs", values=rates)])


@tool(reads=("flights", *OPERATOR_READS))
def cost_basis(context: ToolContext) -> ToolResult:
    """What the cost figures of the options rest on: rates, and whether fixed compensation can fall due. Always run."""
    flight = the_flight(context, with_operator(context))
    if flight is None:
        return no_flight("cost_basis", context)
    ends = rows(context).get("airports", [flight["origin"], flight["destination"]])
    operator = the_operator(context, flight)
    kind = operator.types[flight["type"]]
    ruling = Held.by(context.incident, flight).ruling
    values: dict[str, Value] = {
        "ground_hour_usd": kind.ground_hourly_cost,
        "block_hour_usd": kind.hourly_cost,
        "downstream_minute_usd": operator.figures.downstream_minute_cost,
        "compensation_regime": _regime(flight, ends.items, operator.country),
        "extraordinary": ruling.extraordinary,
        "decided_by": ruling.source,
        "passengers": flight["booked"],
    }
    evidence = f"flights/{flight['flight_id']}"
    gaps = [missing("cost_basis", f"airports/{name}", "no such airport", mandatory=False) for name in ends.missing]
    return ToolResult(
        facts=[Fact(id=evidence, kind="cost_basis", values=values)],
        constraints=[
            preferred(
                "finance.total", "total_cost_usd", round(operator.figures.approval_cost) // 3, evidence,
                "a total within a third of the approval limit",
            )
        ],
        gaps=gaps,
    )  # fmt: skip


def _regime(flight: Item, ends: Mapping[Key, Item], licence: str) -> str | None:
    """The laws that compensate passengers who fly with this flight alone; ``None`` when an end of it is not known."""
    if flight["origin"] not in ends or flight["destination"] not in ends:
        return None
    origin, destination = ends[flight["origin"]]["country"], ends[flight["destination"]]["country"]
    ticket = Ticket(origin=origin, destination=destination, distance_km=flight["distance_km"], licence=licence)
    return " ".join(regimes(ticket))
