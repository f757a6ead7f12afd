"""The seven specialists and the arbiter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conclave.pack import Agent, AgentKind, Complexity, Objective, later


def _of(module: str, *names: str) -> Sequence[Any]:
    return later.tools(f"packs.airline.tools.{module}", *names)


AGENTS = (
    Agent(
        name="crew_compliance",
        title="Crew compliance",
        kind=AgentKind.SAFETY,
        tier="balanced",
        fields=(
            "delay_minutes",
            "crew_id",
            "crew_available",
            "crew_qualified",
            "crew_duty_margin_minutes",
            "crew_rest_margin_minutes",
            "crew_cumulative_margin_minutes",
        ),
        objectives=(
            Objective(field="crew_duty_margin_minutes", goal="max", weight=0.6),
            Objective(field="crew_rest_margin_minutes", goal="max", weight=0.4),
        ),
        checks=_of("crew_compliance", "crew_duty_and_rest"),
        tools=_of("crew_lookups", "reserve_crews", "duty_limits", "positioning_flights"),
    ),
    Agent(
        name="maintenance",
        title="Maintenance control",
        kind=AgentKind.SAFETY,
        tier="balanced",
        fields=(
            "delay_minutes",
            "tail",
            "aircraft_type",
            "aircraft_serviceable",
            "mel_dispatchable",
            "mel_days_left",
            "turnaround_margin_minutes",
            "range_margin_km",
            "etops_margin_minutes",
            "maintenance_check_ok",
        ),
        objectives=(
            Objective(field="aircraft_serviceable", goal="max", weight=0.4),
            Objective(field="mel_dispatchable", goal="max", weight=0.3),
            Objective(field="turnaround_margin_minutes", goal="max", weight=0.3),
        ),
        checks=_of("maintenance", "airworthiness"),
        tools=_of("maintenance", "aircraft_line"),
    ),
    Agent(
        name="regulatory",
        title="Regulatory and airport rules",
        kind=AgentKind.SAFETY,
        tier="balanced",
        fields=(
            "delay_minutes",
            "departure_utc",
            "arrival_local",
            "arrival_airport",
            "cause_cleared",
            "curfew_violation_minutes",
            "noise_quota_ok",
            "lease_approved",
            "slot_ok",
            "weather_ok",
            "animal_welfare_margin_minutes",
        ),
        objectives=(
            Objective(field="curfew_violation_minutes", goal="min", weight=0.4),
            Objective(field="slot_ok", goal="max", weight=0.3),
            Objective(field="weather_ok", goal="max", weight=0.3),
        ),
        checks=_of("regulatory", "airport_rules"),
        tools=_of("regulatory", "passenger_rights"),
    ),
    Agent(
        name="network",
        title="Network control",
        kind=AgentKind.BUSINESS,
        tier="fast",
        fields=(
            "delay_minutes",
            "cancelled",
            "tail",
            "downstream_delay_minutes",
            "downstream_flights",
            "downstream_crews_short",
        ),
        objectives=(
            Objective(field="downstream_delay_minutes", goal="min", weight=0.4),
            Objective(field="downstream_flights", goal="min", weight=0.1),
            Objective(field="downstream_crews_short", goal="min", weight=0.2),
            Objective(field="cancelled", goal="min", weight=0.3),
        ),
        checks=_of("network", "rotation"),
        tools=_of("network", "alternative_flights"),
    ),
    Agent(
        name="guest_experience",
        title="Guest experience",
        kind=AgentKind.BUSINESS,
        tier="fast",
        fields=(
            "delay_minutes",
            "seats_short",
            "ground_transfer_minutes",
            "missed_connections",
            "top_tier_disrupted",
            "passengers_rebooked",
            "other_carrier_seats",
            "passengers_stranded",
            "passenger_delay_minutes",
        ),
        objectives=(
            Objective(field="passenger_delay_minutes", goal="min", weight=0.5),
            Objective(field="passengers_stranded", goal="min", weight=0.3),
            Objective(field="missed_connections", goal="min", weight=0.2),
        ),
        checks=_of("guest_experience", "guests"),
        tools=_of("guest_experience", "connections"),
    ),
    Agent(
        name="cargo",
        title="Cargo",
        kind=AgentKind.BUSINESS,
        tier="fast",
        fields=(
            "delay_minutes",
            "cold_chain_margin_minutes",
            "life_saving_margin_minutes",
            "animal_welfare_margin_minutes",
            "cargo_offloaded_kg",
        ),
        objectives=(
            Objective(field="cold_chain_margin_minutes", goal="max", weight=0.5),
            Objective(field="cargo_offloaded_kg", goal="min", weight=0.5),
        ),
        checks=_of("cargo", "shipments"),
        tools=_of("network", "alternative_flights"),
    ),
    Agent(
        name="finance",
        title="Finance",
        kind=AgentKind.BUSINESS,
        tier="fast",
        fields=("delay_minutes", "compensation_usd", "care_usd", "operating_cost_usd", "total_cost_usd"),
        objectives=(Objective(field="total_cost_usd", goal="min"),),
        checks=_of("finance", "cost_basis"),
        tools=_of("finance", "type_costs"),
    ),
    Agent(
        name="arbiter",
        title="Duty manager",
        kind=AgentKind.ARBITER,
        tier="reasoning",
        tiers={Complexity.SIMPLE: "fast", Complexity.MODERATE: "balanced", Complexity.COMPLEX: "strong"},
        fields=(
            "delay_minutes",
            "tail",
            "passenger_delay_minutes",
            "passengers_stranded",
            "downstream_delay_minutes",
            "total_cost_usd",
        ),
    ),
)
