"""The cost of an action, in USD."""

from __future__ import annotations

from functools import cache

from conclave.pack.tables import Item
from conclave.types import Value

from evaluation.airline.exact.actions import Action
from evaluation.airline.exact.parties import Result
from evaluation.airline.rules import crews, regulations
from evaluation.airline.rules.cargo import Cargo
from evaluation.airline.rules.case import Case, Trip
from evaluation.airline.rules.crews import Crew

MEAL_EVERY = 360


class Money:
    """The costs of one disruption's actions."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.waiting_usd = cache(self._waiting_usd)

    def flying(self, action: Action, trip: Trip, crew: Crew, offer: Item | None) -> float:
        """Aircraft and crew, beside what the schedule would have cost."""
        case, kind = self.case, self.case.types[trip.kind]
        block = case.flight["block_minutes"] / 60
        cost: float = trip.delay * kind.ground_hourly_cost / 60 + crew.call_outs * case.figures.reserve_call_out_cost
        if offer is not None:
            hours = max(offer["minimum_hours"], block * (2 if case.back is not None else 1))
            leased: float = offer["hourly_usd"] * hours
            return cost + leased
        if action.tail != case.flight["tail"]:
            legs = 1 if action.name == "ferry_aircraft" else 2
            cost += swapped_usd(case, trip.kind, case.flight["type"], legs * block)
        if action.name == "ferry_aircraft":
            cost += kind.hourly_cost * block
        cost += case.figures.split_duty_rooms_cost if action.crew == crews.SPLIT else 0
        cost += case.figures.positioning_cost if action.carrier else 0
        if action.alternate:
            travelling = case.flight["booked"] + (case.back["booked"] if case.back is not None else 0)
            cost += case.figures.ground_transfer_cost * travelling
        return cost

    def cargo(self, cargo: Cargo) -> float:
        """Cargo left behind, and what spoils."""
        figures = self.case.figures
        return float(cargo.kilos * figures.cargo_offload_cost + cargo.spoiled * figures.spoiled_cold_chain_cost)

    def care(self, outcome: Result, waiting: int = 0) -> float:
        """Meals and hotels by the wait of each, rebooking, refunds, seats of other carriers.

        ``waiting`` is for the departure of the flight; who is not on it waits as long as the other way makes late.
        """
        care = outcome.fares_usd + outcome.rebooked * self.case.figures.rebooking_cost
        care += outcome.stranded * (self.case.figures.refund_cost + self.case.figures.hotel_cost)
        for party, journey in outcome.parts:
            if not journey.stranded:
                later = 0 if journey.on_f and journey.booked_onward else journey.delay
                care += party.pax * self.waiting_usd(max(waiting, later) if journey.on_f else later)
        return care + sum(pax * self.waiting_usd(max(0, late)) for pax, late in outcome.seated)

    def _waiting_usd(self, waiting: int) -> float:
        """Meals and a hotel of one passenger."""
        care = 0.0
        if waiting >= regulations.care_from(self.case.flight["distance_km"]):
            care += self.case.figures.meal_cost * (1 + waiting // MEAL_EVERY)
        return care + (self.case.figures.hotel_cost if waiting >= self.case.figures.hotel_from_minutes else 0)


def swapped_usd(case: Case, kind: str, planned: str, hours: float) -> float:
    """Another aircraft instead of the planned one, for so many block hours."""
    fixed = case.figures.swap_same_type_cost if kind == planned else case.figures.swap_other_type_cost
    return fixed + max(0, case.types[kind].hourly_cost - case.types[planned].hourly_cost) * hours


def totals(case: Case, *parts: float) -> dict[str, Value]:
    """The fields of money from compensation, care and operating cost; each is rounded to a dollar once."""
    compensation, care, operating = (round(round(each, 4)) for each in parts)
    return {
        "compensation_usd": compensation,
        "care_usd": care,
        "operating_cost_usd": operating,
        "total_cost_usd": compensation + care + operating,
        "cost_needs_approval": compensation + care + operating > case.figures.approval_cost,
    }
