"""The scores of an option: four exact, monotone functions of its fields, each 0 (worst) to 1 (best).

``safety`` is about how far the option stays away from its limits; whether it may be flown at all is decided by the hard
constraints alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from conclave.pack import Dimension, Value

_SAFETY_TERMS = (
    ("crew_duty_margin_minutes", 60.0, 0.35),
    ("crew_rest_margin_minutes", 60.0, 0.25),
    ("turnaround_margin_minutes", 45.0, 0.20),
    ("mel_days_left", 3.0, 0.10),
    ("range_margin_km", 500.0, 0.10),
)
"""Field, margin at which it counts in full, weight."""

SAFETY_FLOOR = 0.4
"""The least score of an option within all limits: a legal flight is a safe flight."""

COST_SCALE_USD = 120_000.0
PASSENGER_SCALE_MINUTES = 180.0
STRANDED_MINUTES_EACH = 6.0
MISSED_MINUTES_EACH = 0.5
NETWORK_SCALE_MINUTES = 240.0
CANCELLED_MINUTES = 720.0
CREW_SHORT_MINUTES = 120.0


def _number(value: Value) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


DISCRETION = 0.1
"""What a duty costs that the commander has to lengthen, beside its margin: others go first where they are near."""
LEASED = 0.5
"""Share of its margins that a leased aircraft counts: they are the lessor's, and not ours to see."""


def safety(fields: Mapping[str, Value]) -> float:
    """0.4 plus 0.6 times the weighted share of each margin that is reached; what does not apply counts in full.

    A lease counts half of what is above 0.4, whatever its margins; a duty that the commander lengthens costs a tenth.
    """
    if fields["lease_approved"] is not None:
        return SAFETY_FLOOR + (1.0 - SAFETY_FLOOR) * LEASED
    reached = sum(
        weight * (1.0 if fields[name] is None else min(1.0, max(0.0, _number(fields[name]) / full)))
        for name, full, weight in _SAFETY_TERMS
    )
    return SAFETY_FLOOR + (1.0 - SAFETY_FLOOR) * reached - (DISCRETION if fields["discretion_minutes"] else 0.0)


def cost(fields: Mapping[str, Value]) -> float:
    """1 / (1 + total cost / 120,000 USD)."""
    return 1.0 / (1.0 + max(0.0, _number(fields["total_cost_usd"])) / COST_SCALE_USD)


def passengers(fields: Mapping[str, Value]) -> float:
    """1 / (1 + burden / 180), burden = mean delay + 6 per stranded and 0.5 per misconnected passenger, in minutes."""
    burden = (
        _number(fields["passenger_delay_minutes"])
        + STRANDED_MINUTES_EACH * _number(fields["passengers_stranded"])
        + MISSED_MINUTES_EACH * _number(fields["missed_connections"])
    )
    return 1.0 / (1.0 + max(0.0, burden) / PASSENGER_SCALE_MINUTES)


def network(fields: Mapping[str, Value]) -> float:
    """1 / (1 + burden / 240): later delay in minutes, 120 for each crew left short, 720 for a cancelled flight."""
    burden = (
        _number(fields["downstream_delay_minutes"])
        + CREW_SHORT_MINUTES * _number(fields["downstream_crews_short"])
        + (CANCELLED_MINUTES if fields["cancelled"] else 0.0)
    )
    return 1.0 / (1.0 + max(0.0, burden) / NETWORK_SCALE_MINUTES)


DIMENSIONS = (
    Dimension(name="safety", weight=0.4, score=safety),
    Dimension(name="cost", weight=0.2, score=cost),
    Dimension(name="passengers", weight=0.2, score=passengers),
    Dimension(name="network", weight=0.2, score=network),
)
