"""Costs of an option, in US dollars. Every figure is the airline's own except the fixed compensation."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from packs.airline.operators.air_operator import AirOperator
from packs.airline.planning.knock_on import KnockOn
from packs.airline.planning.seats.travels import Outcome
from packs.airline.rules.passengers.care import care_from_minutes

MEAL_EVERY_MINUTES = 360


class Cost(Struct, frozen=True, kw_only=True):
    """Parts of the total, whole US dollars: each is rounded once, when it is complete."""

    compensation: int
    care: int
    operating: int

    @classmethod
    def of(cls, *, compensation: float, care: float, operating: float) -> Cost:
        """The parts, rounded."""
        return cls(compensation=whole(compensation), care=whole(care), operating=whole(operating))

    @property
    def total(self) -> int:
        """Sum of the parts."""
        return self.compensation + self.care + self.operating


def whole(amount: float) -> int:
    """An amount as whole dollars; what lies within a hundredth of a cent of half a dollar is taken to be half."""
    return round(round(amount, 4))


def compensation_usd(operator: AirOperator, *outcomes: Outcome) -> float:
    """Fixed compensation of several groups of passengers; 0 in a currency without a rate, which is a gap of the plan."""
    return sum(amount * operator.usd.get(currency, 0.0) for each in outcomes for currency, amount in each.owed.items())


def care_usd(operator: AirOperator, *, outcome: Outcome, waiting_minutes: int, distance_km: int) -> float:
    """Meals and hotels while passengers wait, rebooking, fares of other carriers, refunds.

    On the disrupted flight everybody waits for its departure (``waiting_minutes``). Whom another flight than booked brings,
    onward ones included, waits as long as that makes late.
    """
    waiting = sum(
        pax * _waiting_usd(operator, max(waiting_minutes, late) if aboard else late, distance_km)
        for (late, aboard), pax in outcome.waits.items()
    )
    figures = operator.figures
    others = outcome.rebooked * figures.rebooking_cost + outcome.stranded * (figures.refund_cost + figures.hotel_cost)
    return waiting + outcome.fares_usd + others


def _waiting_usd(operator: AirOperator, minutes: int, distance_km: int) -> float:
    """A passenger's meals, from the threshold of Art. 6 on and every six hours, and hotel, from six hours on.

    The operator gives them on all its flights, whatever regulation applies.
    """
    meals = (
        operator.figures.meal_cost * (1 + minutes // MEAL_EVERY_MINUTES)
        if minutes >= care_from_minutes(distance_km)
        else 0
    )
    return meals + (operator.figures.hotel_cost if minutes >= operator.figures.hotel_from_minutes else 0)


def flying_usd(
    operator: AirOperator,
    *,
    planned_type: str,
    kind: str,
    swapped: bool,
    reserve: bool,
    delay_minutes: int,
    block_minutes: int,
    sectors: int = 2,
) -> float:
    """Delay on the ground, replacement aircraft and crew; a dearer type for so many sectors of the block time."""
    cost = delay_minutes / 60 * operator.types[kind].ground_hourly_cost
    if swapped:
        cost += operator.figures.swap_same_type_cost if kind == planned_type else operator.figures.swap_other_type_cost
        dearer = operator.types[kind].hourly_cost - operator.types[planned_type].hourly_cost
        cost += max(0, dearer) * sectors * block_minutes / 60
    return cost + (operator.figures.reserve_call_out_cost if reserve else 0)


def ground_transfer_usd(operator: AirOperator, passengers: int) -> float:
    """Buses between an alternate and the airport of the ticket."""
    return passengers * operator.figures.ground_transfer_cost


def ferry_usd(operator: AirOperator, *, kind: str, block_minutes: int) -> float:
    """A flight without passengers, and the reserve crew that flies it."""
    return operator.types[kind].hourly_cost * block_minutes / 60 + operator.figures.reserve_call_out_cost


def downstream_usd(
    operator: AirOperator, late: Sequence[KnockOn], *, cancelled_flights: int = 0, crews_short: int = 0
) -> float:
    """Later flights of the aircraft that are late or do not operate, and those that need another crew."""
    minutes = sum(each.delay_minutes for each in late)
    return (
        minutes * operator.figures.downstream_minute_cost
        + cancelled_flights * operator.figures.downstream_cancelled_flight_cost
        + crews_short * operator.figures.downstream_crew_short_cost
    )


def cargo_usd(operator: AirOperator, *, offloaded_kg: int, spoiled: int) -> float:
    """Cargo left behind, and cold-chain shipments past their qualified time."""
    return offloaded_kg * operator.figures.cargo_offload_cost + spoiled * operator.figures.spoiled_cold_chain_cost


def cancellation_usd(operator: AirOperator) -> float:
    """Handling a cancelled flight, without its passengers."""
    return operator.figures.cancellation_cost
