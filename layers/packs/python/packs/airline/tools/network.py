"""Network: the rotation of the aircraft, and other flights on a route."""

from __future__ import annotations

from conclave.pack import Fact, Item, ToolContext, ToolResult, tool

from packs.airline.tools.business import no_flight, preferred, seats_fact
from packs.airline.tools.common import fact, picked, rows, the_flight


@tool(reads=("flights", "flights/by_tail"))
def rotation(context: ToolContext) -> ToolResult:
    """The planned aircraft's flights in the next day, which a late or missing aircraft disturbs. Always run."""
    flight = the_flight(context)
    if flight is None:
        return no_flight("rotation", context)
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
            preferred("network.delay", "downstream_delay_minutes", 360, evidence, "later delay stays within six hours")
        ],
    )


@tool(
    reads=("flights", "flights/by_route", "other_flights"),
    serves=("passengers_rebooked", "passengers_stranded", "cargo_offloaded_kg", "life_saving_margin_minutes"),
)
def alternative_flights(context: ToolContext, route: str) -> ToolResult:
    """Later flights on a route: own, then other carriers' with fares.

    Args:
        route: IATA codes, such as ABC-XYZ.
    """
    flight = the_flight(context)
    if flight is None:
        return no_flight("alternative_flights", context)
    leaves = flight["departure_utc"]
    own = rows(context).query("flights", [route], "by_route")[route]
    others = rows(context).query("other_flights", [route])[route]
    return ToolResult(
        facts=(
            *(seats_fact(each, "alternative") for each in own if each["departure_utc"] > leaves),
            *(_other_fact(each) for each in others if each["departure_utc"] > leaves),
        )
    )


def _other_fact(flight: Item) -> Fact:
    values = {
        **picked(flight, ("carrier", "number", "departure_utc", "arrival_utc", "fare_usd")),
        "free_seats": flight["seats_free"],
    }
    return fact("other_flights", f"{flight['route']}/{flight['other_id']}", "other_carrier", values)
