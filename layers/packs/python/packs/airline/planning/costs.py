"""Costs of an option, in whole US dollars. Every figure is an operator assumption except the fixed compensation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from packs.airline.assumptions import (
    CANCELLATION_USD,
    CARGO_OFFLOAD_USD_PER_KG,
    DOWNSTREAM_CANCELLED_FLIGHT_USD,
    DOWNSTREAM_CREW_SHORT_USD,
    DOWNSTREAM_MINUTE_USD,
    GROUND_TRANSFER_USD,
    HOTEL_FROM_MINUTES,
    HOTEL_USD,
    MEAL_USD,
    REBOOKING_USD,
    REFUND_USD,
    RESERVE_CALL_OUT_USD,
    SPOILED_COLD_CHAIN_USD,
    SWAP_OTHER_TYPE_USD,
    SWAP_SAME_TYPE_USD,
    TYPES,
    USD_PER_EUR,
    USD_PER_GBP,
)
from packs.airline.planning.knock_on import KnockOn
from packs.airline.planning.travels import Outcome
from packs.airline.rules.passengers.passenger_rights import care_from_minutes

_USD: Mapping[str, float] = {"EUR": USD_PER_EUR, "GBP": USD_PER_GBP}
MEAL_EVERY_MINUTES = 360


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Parts of the total, whole US dollars."""

    compensation: int
    care: int
    operating: int

    @property
    def total(self) -> int:
        """Sum of the parts."""
        return self.compensation + self.care + self.operating


def compensation_usd(*outcomes: Outcome) -> int:
    """Fixed compensation of several groups of passengers."""
    return round(sum(amount * _USD[currency] for each in outcomes for currency, amount in each.owed.items()))


def care_usd(*, outcome: Outcome, waiting_minutes: int, distance_km: int) -> int:
    """Meals and hotels while passengers wait, rebooking, fares of other carriers, refunds.

    On the disrupted flight everybody waits for its departure (``waiting_minutes``). Whom another flight than booked brings,
    onward ones included, waits as long as that makes late.
    """
    waiting = sum(
        pax * _waiting_usd(max(waiting_minutes, late) if aboard else late, distance_km)
        for (late, aboard), pax in outcome.waits.items()
    )
    return waiting + outcome.fares_usd + outcome.rebooked * REBOOKING_USD + outcome.stranded * (REFUND_USD + HOTEL_USD)


def _waiting_usd(minutes: int, distance_km: int) -> int:
    """A passenger's meals, from the threshold of Art. 6 on and every six hours, and hotel, from six hours on.

    The operator gives them on all its flights, whatever regulation applies.
    """
    meals = MEAL_USD * (1 + minutes // MEAL_EVERY_MINUTES) if minutes >= care_from_minutes(distance_km) else 0
    return meals + (HOTEL_USD if minutes >= HOTEL_FROM_MINUTES else 0)


def flying_usd(
    *,
    planned_type: str,
    kind: str,
    swapped: bool,
    reserve: bool,
    delay_minutes: int,
    block_minutes: int,
    sectors: int = 2,
) -> int:
    """Delay on the ground, replacement aircraft and crew; a dearer type for so many sectors of the block time."""
    cost = delay_minutes / 60 * TYPES[kind].ground_hourly_usd
    if swapped:
        cost += SWAP_SAME_TYPE_USD if kind == planned_type else SWAP_OTHER_TYPE_USD
        dearer = TYPES[kind].hourly_usd - TYPES[planned_type].hourly_usd
        cost += max(0, dearer) * sectors * block_minutes / 60
    return round(cost + (RESERVE_CALL_OUT_USD if reserve else 0))


def ground_transfer_usd(passengers: int) -> int:
    """Buses between an alternate and the airport of the ticket."""
    return passengers * GROUND_TRANSFER_USD


def ferry_usd(*, kind: str, block_minutes: int) -> int:
    """A flight without passengers, and the reserve crew that flies it."""
    return round(TYPES[kind].hourly_usd * block_minutes / 60) + RESERVE_CALL_OUT_USD


def downstream_usd(late: Sequence[KnockOn], *, cancelled_flights: int = 0, crews_short: int = 0) -> int:
    """Later flights of the aircraft that are late or do not operate, and those that need another crew."""
    minutes = sum(each.delay_minutes for each in late)
    return (
        minutes * DOWNSTREAM_MINUTE_USD
        + cancelled_flights * DOWNSTREAM_CANCELLED_FLIGHT_USD
        + crews_short * DOWNSTREAM_CREW_SHORT_USD
    )


def cargo_usd(*, offloaded_kg: int, spoiled: int) -> int:
    """Cargo left behind, and cold-chain shipments past their qualified time."""
    return round(offloaded_kg * CARGO_OFFLOAD_USD_PER_KG) + spoiled * SPOILED_COLD_CHAIN_USD


def cancellation_usd() -> int:
    """Handling a cancelled flight, without its passengers."""
    return CANCELLATION_USD
