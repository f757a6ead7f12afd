"""The figures that no regulation gives: an airline's own, with a default for each.

A row of the table ``figures`` replaces a default. Costs stand there in a currency and are US dollars here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

MINUTES, COUNT, KILOMETRES, COST = "min", "count", "km", "cost"
MINUTES_PER_KM, COST_PER_KG = "min/km", "cost/kg"
COSTS = (COST, COST_PER_KG)


def _figure(default: float, unit: str, meaning: str) -> Any:
    return field(default=default, metadata={"unit": unit, "meaning": meaning})


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """An airline's figures; units and meanings stand beside the defaults. Costs are US dollars."""

    report_narrow_minutes: int = _figure(
        60, MINUTES, "report before departure, narrowbody; ORO.FTL.205(a)(1) leaves it open"
    )
    report_wide_minutes: int = _figure(75, MINUTES, "report before departure, widebody")
    post_flight_minutes: int = _figure(30, MINUTES, "duty after the last on blocks")
    reserve_ready_minutes: int = _figure(
        45, MINUTES, "from the call of an airport standby crew until it is at the aircraft"
    )
    reserve_call_out_cost: float = _figure(2_500, COST, "calling a reserve crew")
    delayed_report_notice_minutes: int = _figure(
        120, MINUTES, "before its report, until when a crew can be told to report later"
    )
    split_duty_rooms_cost: float = _figure(1_400, COST, "rooms for a crew that sleeps within its duty")
    split_duty_from_minutes: int = _figure(240, MINUTES, "shortest delay for which a crew is sent to rooms")
    split_duty_away_minutes: int = _figure(60, MINUTES, "post- and pre-flight duties around the rooms, and the way")
    split_duty_counted_minutes: int = _figure(360, MINUTES, "longest break that extends a duty")
    positioning_narrow_seats: int = _figure(6, COUNT, "seats that a whole narrowbody crew takes as passengers")
    positioning_wide_seats: int = _figure(14, COUNT, "seats that a whole widebody crew takes as passengers")
    positioning_cost: float = _figure(1_800, COST, "bringing a crew as passengers, beside its call")
    positioned_ready_minutes: int = _figure(
        45, MINUTES, "from on blocks until a crew that came as passengers is at its aircraft"
    )
    connection_minutes: int = _figure(60, MINUTES, "shortest connection where an airport has none on record")
    rebooking_cost: float = _figure(95, COST, "rebooking a passenger")
    refund_cost: float = _figure(380, COST, "refund of a passenger who is left behind")
    meal_cost: float = _figure(22, COST, "a meal")
    hotel_cost: float = _figure(145, COST, "a night in a hotel with transfers")
    hotel_from_minutes: int = _figure(360, MINUTES, "wait from which on a passenger gets a hotel")
    swap_same_type_cost: float = _figure(3_500, COST, "another aircraft of the type")
    swap_other_type_cost: float = _figure(20_000, COST, "an aircraft of another type")
    swap_ready_minutes: int = _figure(40, MINUTES, "towing, catering and papers of a replacement aircraft")
    cancellation_cost: float = _figure(18_000, COST, "handling a cancelled flight, without its passengers")
    cargo_offload_cost: float = _figure(2.4, COST_PER_KG, "cargo left behind")
    spoiled_cold_chain_cost: float = _figure(60_000, COST, "a cold-chain shipment past its qualified time")
    downstream_minute_cost: float = _figure(55, COST, "a minute of delay of a later flight")
    downstream_cancelled_flight_cost: float = _figure(65_000, COST, "a flight that does not operate")
    downstream_crew_short_cost: float = _figure(
        6_000, COST, "covering a later duty whose crew has no duty time or rest left"
    )
    ground_transfer_cost: float = _figure(
        25, COST, "a passenger on a bus between an alternate and the airport of the ticket"
    )
    ground_transfer_minutes: int = _figure(60, MINUTES, "boarding buses, beside the drive")
    ground_transfer_minutes_per_km: float = _figure(1.3, MINUTES_PER_KM, "the drive by great circle distance")
    diversion_radius_km: int = _figure(300, KILOMETRES, "farthest alternate from which passengers go on by bus")
    wet_lease_notice_minutes: int = _figure(180, MINUTES, "papers, crew and catering of a leased aircraft")
    yearly_passengers: int = _figure(
        10_000_000, COUNT, "passengers a year; from two million on a carrier is large in Canada (SOR/2019-150 s. 1(2))"
    )
    cancel_only_after_minutes: int = _figure(
        240,
        MINUTES,
        "a flight that can leave this late or sooner with its own aircraft and crew is not cancelled; 0: it may be",
    )
    approval_cost: float = _figure(750_000, COST, "total above which the duty manager decides")
    default_delay_technical_minutes: int = _figure(0, MINUTES, "a technical cause without a time: release unknown")
    default_delay_crew_minutes: int = _figure(0, MINUTES, "planned with when a crew cause names no time")
    default_delay_weather_minutes: int = _figure(120, MINUTES, "planned with when a weather cause names no time")
    default_delay_airport_minutes: int = _figure(180, MINUTES, "planned with when an airport cause names no time")
    default_delay_atc_minutes: int = _figure(30, MINUTES, "planned with when flow control names no time")
    default_delay_cargo_minutes: int = _figure(45, MINUTES, "planned with when a cargo cause names no time")
    default_delay_late_inbound_minutes: int = _figure(60, MINUTES, "planned with when a late inbound names no time")
    default_delay_other_minutes: int = _figure(30, MINUTES, "planned with when another cause names no time")

    def report_minutes(self, *, wide: bool) -> int:
        """Reporting time before departure, in minutes."""
        return self.report_wide_minutes if wide else self.report_narrow_minutes

    def positioning_seats(self, *, wide: bool) -> int:
        """Seats that a whole crew takes as passengers."""
        return self.positioning_wide_seats if wide else self.positioning_narrow_seats

    def default_delay(self, cause: str) -> int:
        """Delay in minutes that a cause is planned with when the report names none."""
        return int(getattr(self, f"default_delay_{cause}_minutes"))


UNITS: Mapping[str, str] = {each.name: each.metadata["unit"] for each in fields(Figures)}
"""Unit of each figure; a cost has a currency instead (``EUR``, and ``EUR/kg``)."""
MEANINGS: Mapping[str, str] = {each.name: each.metadata["meaning"] for each in fields(Figures)}
DEFAULTS: Mapping[str, float] = {each.name: getattr(Figures(), each.name) for each in fields(Figures)}


def unit_fits(name: str, unit: str) -> bool:
    """True if a unit is the one of a figure, or for a cost has the form of a currency."""
    expected = UNITS[name]
    if expected not in COSTS:
        return unit == expected
    currency, _, per = unit.partition("/")
    return len(currency) == 3 and currency.isupper() and per == expected.partition("/")[2]


def figures_of(rows: Mapping[str, tuple[float, str]], usd: Mapping[str, float]) -> Figures:
    """The figures of an airline.

    Args:
        rows: Value and unit by name; what is absent keeps its default.
        usd: US dollars for one unit of each currency.

    Returns:
        The figures; costs in US dollars.

    Raises:
        ValueError: A name is not a figure, a unit is another one, or a currency has no rate; the message says which.
    """
    found: dict[str, Any] = {}
    for name, (value, unit) in rows.items():
        if name not in UNITS:
            raise ValueError(f"figures/{name} is not a figure; docs/data.md lists them")
        if not unit_fits(name, unit):
            raise ValueError(f"figures/{name} has the unit {unit!r}; write it in {UNITS[name]}")
        # Dollars stay whole numbers where they are.
        rate = _rate(name, unit.partition("/")[0], usd) if UNITS[name] in COSTS else 1.0
        found[name] = value if rate == 1.0 else value * rate
    return Figures(**found)


def _rate(name: str, currency: str, usd: Mapping[str, float]) -> float:
    if currency not in usd:
        raise ValueError(f"figures/{name} is in {currency}, which has no rate; load exchange_rates.csv with it")
    return usd[currency]
