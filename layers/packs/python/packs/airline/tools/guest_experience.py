"""Guests: who is on the flight, and where they go on to."""

from __future__ import annotations

from collections import Counter

from conclave.pack import ToolContext, ToolResult, tool

from packs.airline.journeys import bookings_on, legs_after
from packs.airline.tools.business import no_flight, preferred, seats_fact
from packs.airline.tools.common import fact, missing, picked, rows, the_flight


@tool(reads=("flights", "bookings", "bookings/by_flight", "bookings/by_onward", "legs"))
def guests(context: ToolContext) -> ToolResult:
    """Passengers of the flight by tier, the largest groups that connect, and remarks on bookings. Always run."""
    flight = the_flight(context)
    if flight is None:
        return no_flight("guests", context)
    key = flight["flight_id"]
    bookings = bookings_on(rows(context), key)
    tiers: Counter[str] = Counter()
    onward: Counter[str] = Counter()
    for booking in bookings:
        tiers[booking["tier"] or "none"] += booking["pax"]
        for leg in legs_after(booking, key)[:1]:
            onward[leg] += booking["pax"]
    summary = {"passengers": flight["booked"], **{f"tier_{name}": count for name, count in sorted(tiers.items())}}
    remarked = [each for each in bookings if "remark" in each]
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
            preferred("guests.stranded", "passengers_stranded", 0, evidence, "everybody travels within 30 hours"),
            preferred("guests.seats", "seats_short", 0, evidence, "nobody is left without a seat"),
        ],
    )


@tool(reads=("flights",), serves=("missed_connections",))
def connections(context: ToolContext, onward_flight_ids: list[str]) -> ToolResult:
    """Departure and free seats of onward flights.

    Args:
        onward_flight_ids: As the facts name them.
    """
    found = rows(context).get("flights", onward_flight_ids)
    return ToolResult(
        facts=tuple(seats_fact(each, "onward_flight") for each in found.items.values()),
        gaps=[missing("connections", f"flights/{name}", "no such flight", mandatory=False) for name in found.missing],
    )
