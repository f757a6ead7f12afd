"""The figures that no regulation gives: an airline's own, with a default for each.

A row of the table ``figures`` replaces a default. Costs stand there in a currency and are US dollars here.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Struct, structs

MINUTES, COUNT, KILOMETRES, COST = "min", "count", "km", "cost"
MINUTES_PER_KM, COST_PER_KG = "min/km", "cost/kg"
COSTS = (COST, COST_PER_KG)


class Figure(Struct, frozen=True):
    """What a figure says."""

    unit: str
    meaning: str


# This module does not import annotations from __future__, which would make strings of them: the units are read out of them.
class Figures(Struct, frozen=True, kw_only=True):
    """An airline's figures; units and meanings stand beside the defaults. Costs are US dollars."""

    report_narrow_minutes: Annotated[
        int, Figure(MINUTES, "report before departure, narrowbody; ORO.FTL.205(a)(1) leaves it open")
    ] = 60
    report_wide_minutes: Annotated[int, Figure(MINUTES, "report before departure, widebody")] = 75
    post_flight_minutes: Annotated[int, Figure(MINUTES, "duty after the last on blocks")] = 30
    reserve_ready_minutes: Annotated[
        int, Figure(MINUTES, "from the call of an airport standby crew until it is at the aircraft")
    ] = 45
    reserve_call_out_cost: Annotated[float, Figure(COST, "calling a reserve crew")] = 2_500
    delayed_report_notice_minutes: Annotated[
        int, Figure(MINUTES, "before its report, until when a crew can be told to report later")
    ] = 120
    split_duty_rooms_cost: Annotated[float, Figure(COST, "rooms for a crew that sleeps within its duty")] = 1_400
    split_duty_from_minutes: Annotated[int, Figure(MINUTES, "shortest delay for which a crew is sent to rooms")] = 240
    split_duty_away_minutes: Annotated[
        int, Figure(MINUTES, "post- and pre-flight duties around the rooms, and the way")
    ] = 60
    split_duty_counted_minutes: Annotated[int, Figure(MINUTES, "longest break that extends a duty")] = 360
    positioning_narrow_seats: Annotated[
        int, Figure(COUNT, "seats that a whole narrowbody crew takes as passengers")
    ] = 6
    positioning_wide_seats: Annotated[int, Figure(COUNT, "seats that a whole widebody crew takes as passengers")] = 14
    positioning_cost: Annotated[float, Figure(COST, "bringing a crew as passengers, beside its call")] = 1_800
    positioned_ready_minutes: Annotated[
        int, Figure(MINUTES, "from on blocks until a crew that came as passengers is at its aircraft")
    ] = 45
    connection_minutes: Annotated[int, Figure(MINUTES, "shortest connection where an airport has none on record")] = 60
    rebooking_cost: Annotated[float, Figure(COST, "rebooking a passenger")] = 95
    refund_cost: Annotated[float, Figure(COST, "refund of a passenger who is left behind")] = 380
    meal_cost: Annotated[float, Figure(COST, "a meal")] = 22
    hotel_cost: Annotated[float, Figure(COST, "a night in a hotel with transfers")] = 145
    hotel_from_minutes: Annotated[int, Figure(MINUTES, "wait from which on a passenger gets a hotel")] = 360
    swap_same_type_cost: Annotated[float, Figure(COST, "another aircraft of the type")] = 3_500
    swap_other_type_cost: Annotated[float, Figure(COST, "an aircraft of another type")] = 20_000
    swap_ready_minutes: Annotated[int, Figure(MINUTES, "towing, catering and papers of a replacement aircraft")] = 40
    cancellation_cost: Annotated[float, Figure(COST, "handling a cancelled flight, without its passengers")] = 18_000
    cargo_offload_cost: Annotated[float, Figure(COST_PER_KG, "cargo left behind")] = 2.4
    spoiled_cold_chain_cost: Annotated[float, Figure(COST, "a cold-chain shipment past its qualified time")] = 60_000
    downstream_minute_cost: Annotated[float, Figure(COST, "a minute of delay of a later flight")] = 55
    downstream_cancelled_flight_cost: Annotated[float, Figure(COST, "a flight that does not operate")] = 65_000
    downstream_crew_short_cost: Annotated[
        float, Figure(COST, "covering a later duty whose crew has no duty time or rest left")
    ] = 6_000
    ground_transfer_cost: Annotated[
        float, Figure(COST, "a passenger on a bus between an alternate and the airport of the ticket")
    ] = 25
    ground_transfer_minutes: Annotated[int, Figure(MINUTES, "boarding buses, beside the drive")] = 60
    ground_transfer_minutes_per_km: Annotated[float, Figure(MINUTES_PER_KM, "the drive by great circle distance")] = 1.3
    diversion_radius_km: Annotated[int, Figure(KILOMETRES, "farthest alternate from which passengers go on by bus")] = (
        300
    )
    wet_lease_notice_minutes: Annotated[int, Figure(MINUTES, "papers, crew and catering of a leased aircraft")] = 180
    yearly_passengers: Annotated[
        int, Figure(COUNT, "passengers a year; from two million on a carrier is large in Canada (SOR/2019-150 s. 1(2))")
    ] = 10_000_000
    cancel_only_after_minutes: Annotated[
        int,
        Figure(
            MINUTES,
            "a flight that can leave this late or sooner with its own aircraft and crew is not cancelled; 0: it may be",
        ),
    ] = 240
    approval_cost: Annotated[float, Figure(COST, "total above which the duty manager decides")] = 750_000
    default_delay_technical_minutes: Annotated[
        int, Figure(MINUTES, "a technical cause without a time: release unknown")
    ] = 0
    default_delay_crew_minutes: Annotated[int, Figure(MINUTES, "planned with when a crew cause names no time")] = 0
    default_delay_weather_minutes: Annotated[
        int, Figure(MINUTES, "planned with when a weather cause names no time")
    ] = 120
    default_delay_airport_minutes: Annotated[
        int, Figure(MINUTES, "planned with when an airport cause names no time")
    ] = 180
    default_delay_atc_minutes: Annotated[int, Figure(MINUTES, "planned with when flow control names no time")] = 30
    default_delay_cargo_minutes: Annotated[int, Figure(MINUTES, "planned with when a cargo cause names no time")] = 45
    default_delay_late_inbound_minutes: Annotated[
        int, Figure(MINUTES, "planned with when a late inbound names no time")
    ] = 60
    default_delay_other_minutes: Annotated[int, Figure(MINUTES, "planned with when another cause names no time")] = 30

    def report_minutes(self, *, wide: bool) -> int:
        """Reporting time before departure, in minutes."""
        return self.report_wide_minutes if wide else self.report_narrow_minutes

    def positioning_seats(self, *, wide: bool) -> int:
        """Seats that a whole crew takes as passengers."""
        return self.positioning_wide_seats if wide else self.positioning_narrow_seats

    def default_delay(self, cause: str) -> int:
        """Delay in minutes that a cause is planned with when the report names none."""
        return int(getattr(self, f"default_delay_{cause}_minutes"))


_FIGURES: Mapping[str, Figure] = {name: told.__metadata__[0] for name, told in Figures.__annotations__.items()}
UNITS: Mapping[str, str] = {name: each.unit for name, each in _FIGURES.items()}
"""Unit of each figure; a cost has a currency instead (``EUR``, and ``EUR/kg``)."""
MEANINGS: Mapping[str, str] = {name: each.meaning for name, each in _FIGURES.items()}
DEFAULTS: Mapping[str, float] = structs.asdict(Figures())


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
