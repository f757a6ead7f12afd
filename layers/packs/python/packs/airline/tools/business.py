"""Functions that the tools of the business agents share."""

from __future__ import annotations

from conclave.pack import Constraint, Fact, Item, Operator, ToolContext, ToolResult

from packs.airline.tools.common import fact, missing, picked, rule

SOURCE_OPERATOR = "operator assumption"


def no_flight(tool: str, context: ToolContext) -> ToolResult:
    """The answer of a business agent's tool when the flight of the incident has no record."""
    return ToolResult(gaps=[missing(tool, f"flights/{context.incident.flight_id}", "no such flight", mandatory=False)])


def preferred(identifier: str, field: str, limit: int, evidence: str, reason: str) -> Constraint:
    """A preference of the operator: a field that stays at most at a limit."""
    return rule(
        identifier, field, Operator.LE, limit, hard=False, source=SOURCE_OPERATOR,
        evidence=evidence, reason=reason,
    )  # fmt: skip


def seats_fact(flight: Item, kind: str) -> Fact:
    """A fact about a flight: when it goes, and the seats that it has left."""
    values = {
        **picked(flight, ("route", "departure_utc", "arrival_utc")),
        "free_seats": max(0, flight["seats"] - flight["booked"]),
    }
    return fact("flights", flight["flight_id"], kind, values)
