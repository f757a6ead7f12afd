"""Cargo: what is on the flight, and how long it lasts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conclave.pack import Fact, Item, ToolContext, ToolResult, Value, open_question, tool

from packs.airline import times
from packs.airline.rules.cargo import DANGEROUS_GOODS_SOURCE, air_waybill_fault, may_fly_with_passengers
from packs.airline.tools.common import cold_chain, fact, life_saving, rows, saving_lives


@tool(reads=("shipments/by_flight",))
def shipments(context: ToolContext) -> ToolResult:
    """Cargo on the flight with its time limits and handling remarks. Always run.

    ``air_waybill_fault`` tells a number whose check digit is wrong: another shipment may be meant. Dangerous goods for cargo
    aircraft only (``stays_behind``) are not loaded on any passenger flight: they rule out no option. A life-saving cold-chain
    shipment must arrive within its qualified time, which a safety agent checks, too; for others that is a preference.
    Where a shipment that lives depend on would come too late by some option, what else flies there is an open question.
    """
    key = context.incident.flight_id
    cargo = rows(context).query("shipments", [key], "by_flight")[key]
    names = ("kind", "weight_kg", "qualified_until_utc", "life_saving", "species", "loaded_utc", "un_number")
    facts = [fact("shipments", each["awb"], "shipment", _handling(each, names), each["remark"]) for each in cargo]
    cold = [each for each in cargo if each["kind"] == "cold_chain"]
    constraints = [
        *life_saving(cargo),
        *(cold_chain(each) for each in cold[:1]),
    ]
    return ToolResult(facts=(*facts, *_questions(context, cargo)), constraints=constraints)


def _questions(context: ToolContext, cargo: Sequence[Item]) -> Iterator[Fact]:
    """Whether another flight could take a shipment that lives depend on."""
    margins = [option.fields["life_saving_margin_minutes"] for option in context.options]
    if not any(isinstance(margin, int | float) and margin < 0 for margin in margins):
        return
    incident = context.incident
    for each in saving_lives(cargo)[:1]:
        route = f"{incident.origin}-{incident.destination}"
        yield open_question("alternative_flights", f"shipments/{each['awb']}", route=route)


def _handling(shipment: Item, names: Sequence[str]) -> dict[str, Value]:
    values = {name: times.shown(shipment, name) for name in names if name in shipment}
    if fault := air_waybill_fault(shipment["awb"]):
        values["air_waybill_fault"] = fault
    if may_fly_with_passengers(shipment):
        return values
    return {**values, "stays_behind": True, "source": DANGEROUS_GOODS_SOURCE}
