"""The seven specialists and the arbiter."""

from __future__ import annotations

from conclave.pack import Agent, Objective
from conclave.types import AgentKind

from packs.airline.tools import business, crew_compliance, maintenance, regulatory

_COMMON = ("delay_minutes", "cancelled")

AGENTS = (
    Agent(
        name="crew_compliance",
        title="Crew compliance",
        kind=AgentKind.SAFETY,
        tier="balanced",
        fields=(
            *_COMMON,
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
        checks=crew_compliance.CHECKS,
        tools=crew_compliance.TOOLS,
    ),
    Agent(
        name="maintenance",
        title="Maintenance control",
        kind=AgentKind.SAFETY,
        tier="balanced",
        fields=(
            *_COMMON,
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
        checks=maintenance.CHECKS,
        tools=maintenance.TOOLS,
    ),
    Agent(
        name="regulatory",
        title="Regulatory and airport rules",
        kind=AgentKind.SAFETY,
        tier="balanced",
        fields=(
            *_COMMON,
            "departure_utc",
            "arrival_local",
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
        checks=regulatory.CHECKS,
        tools=regulatory.TOOLS,
    ),
    Agent(
        name="network",
        title="Network control",
        kind=AgentKind.BUSINESS,
        tier="balanced",
        fields=(*_COMMON, "tail", "downstream_delay_minutes", "downstream_flights", "downstream_crews_short"),
        objectives=(
            Objective(field="downstream_delay_minutes", goal="min", weight=0.4),
            Objective(field="downstream_flights", goal="min", weight=0.1),
            Objective(field="downstream_crews_short", goal="min", weight=0.2),
            Objective(field="cancelled", goal="min", weight=0.3),
        ),
        checks=business.NETWORK_CHECKS,
        tools=business.NETWORK_TOOLS,
    ),
    Agent(
        name="guest_experience",
        title="Guest experience",
        kind=AgentKind.BUSINESS,
        tier="balanced",
        fields=(
            *_COMMON,
            "seats_short",
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
        checks=business.GUEST_CHECKS,
        tools=business.GUEST_TOOLS,
    ),
    Agent(
        name="cargo",
        title="Cargo",
        kind=AgentKind.BUSINESS,
        tier="balanced",
        fields=(
            *_COMMON,
            "cold_chain_margin_minutes",
            "life_saving_margin_minutes",
            "animal_welfare_margin_minutes",
            "cargo_offloaded_kg",
        ),
        objectives=(
            Objective(field="cold_chain_margin_minutes", goal="max", weight=0.5),
            Objective(field="cargo_offloaded_kg", goal="min", weight=0.5),
        ),
        checks=business.CARGO_CHECKS,
        tools=business.CARGO_TOOLS,
    ),
    Agent(
        name="finance",
        title="Finance",
        kind=AgentKind.BUSINESS,
        tier="balanced",
        fields=(*_COMMON, "compensation_usd", "care_usd", "operating_cost_usd", "total_cost_usd"),
        objectives=(Objective(field="total_cost_usd", goal="min"),),
        checks=business.FINANCE_CHECKS,
        tools=business.FINANCE_TOOLS,
    ),
    Agent(
        name="arbiter",
        title="Duty manager",
        kind=AgentKind.ARBITER,
        tier="strong",
        fields=(
            *_COMMON,
            "tail",
            "aircraft_type",
            "crew_id",
            "crew_duty_margin_minutes",
            "passenger_delay_minutes",
            "passengers_stranded",
            "downstream_delay_minutes",
            "total_cost_usd",
        ),
    ),
)
