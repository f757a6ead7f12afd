"""The rules that no option may break (docs/airline.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evaluation.airline.rules.cargo import Cargo

_TRUE = (
    "cause_cleared",
    "aircraft_serviceable",
    "mel_dispatchable",
    "crew_available",
    "crew_qualified",
    "slot_ok",
    "weather_ok",
    "maintenance_check_ok",
    "noise_quota_ok",
    "lease_approved",
    "cancellation_needed",
)
_NOT_NEGATIVE = (
    "turnaround_margin_minutes",
    "range_margin_km",
    "crew_duty_margin_minutes",
    "crew_rest_margin_minutes",
    "animal_welfare_margin_minutes",
    "etops_margin_minutes",
    "crew_cumulative_margin_minutes",
)


def broken_rules(values: Mapping[str, Any], cargo: Cargo) -> list[str]:
    """Those that the fields of an option break; a field that does not apply breaks none."""
    broken = [name for name in _TRUE if values.get(name) is False]
    for name in _NOT_NEGATIVE:
        margin = values.get(name)
        if margin is not None and margin < 0:
            broken.append(name)
    broken += ["curfew_violation_minutes"] if (values.get("curfew_violation_minutes") or 0) > 0 else []
    return [*broken, *(["cargo.cold_chain"] if cargo.life is not None and cargo.life < 0 else [])]
