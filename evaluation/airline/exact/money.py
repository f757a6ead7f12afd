"""The cost of an action, in USD."""

from __future__ import annotations

from conclave.pack.tables import Item
from conclave.types import Value
from packs.airline import assumptions as figures

from evaluation.airline.exact.actions import Action
from evaluation.airline.exact.parties import Result
from evaluation.airline.rules import crews, regulations
from evaluation.airline.rules.cargo import Cargo
from evaluation.airline.rules.case import Case, Trip
from evaluation.airline.rules.crews import Crew

MEAL_EVERY = 360
USD_PER = {"EUR": figures.USD_PER_EUR, "GBP": figures.USD_PER_GBP, "": 0.0}


class Money:
    """The costs of one disruption's actions."""

    def __init__(self, case: Case) -> None:
        self.case = case

    def flying(self, action: Action, trip: Trip, crew: Crew, offer: Item | None) -> int:
        """Aircraft and crew, beside what the schedule would have cost."""
        case, kind = self.case, figures.TYPES[trip.kind]
        block = case.flight["block_minutes"] / 60
        cost: float = trip.delay * kind.ground_hourly_usd / 60 + crew.call_outs * figures.RESERVE_CALL_OUT_USD
        if offer is not None:
            hours = max(offer["minimum_hours"], block * (2 if case.back is not None else 1))
            leased: int = round(offer["hourly_usd"] * hours)
            return round(cost) + leased
        if action.tail != case.flight["tail"]:
            legs = 1 if action.name == "ferry_aircraft" else 2
            cost += swapped_usd(trip.kind, case.flight["type"], legs * block)
        if action.name == "ferry_aircraft":
            cost += round(kind.hourly_usd * block)
        cost += figures.SPLIT_DUTY_ROOMS_USD if action.crew == crews.SPLIT else 0
        cost += figures.POSITIONING_USD if action.carrier else 0
        if action.alternate:
            travelling = case.flight["booked"] + (case.back["booked"] if case.back is not None else 0)
            cost += figures.GROUND_TRANSFER_USD * travelling
        return round(cost)

    def cargo(self, cargo: Cargo) -> int:
        """Cargo left behind, and what spoils."""
        return round(cargo.kilos * figures.CARGO_OFFLOAD_USD_PER_KG) + cargo.spoiled * figures.SPOILED_COLD_CHAIN_USD

    def care(self, outcome: Result, waiting: int = 0) -> int:
        """Meals and hotels by the wait of each, rebooking, refunds, seats of other carriers.

        ``waiting`` is for the departure of the flight; who is not on it waits as long as the other way makes late.
        """
        care = outcome.fares_usd + outcome.rebooked * figures.REBOOKING_USD
        care += outcome.stranded * (figures.REFUND_USD + figures.HOTEL_USD)
        for party, journey in outcome.parts:
            if not journey.stranded:
                later = 0 if journey.on_f and journey.booked_onward else journey.delay
                care += party.pax * self._waiting_usd(max(waiting, later) if journey.on_f else later)
        return int(care + sum(pax * self._waiting_usd(max(0, late)) for pax, late in outcome.seated))

    def least_care(self, passengers: int, waiting: int) -> int:
        """The least cost of so many passengers: those who do not wait for the flight are rebooked or stranded."""
        return int(passengers * min(self._waiting_usd(waiting), figures.REBOOKING_USD))

    def _waiting_usd(self, waiting: int) -> int:
        care = 0
        if waiting >= regulations.care_from(self.case.flight["distance_km"]):
            care += figures.MEAL_USD * (1 + waiting // MEAL_EVERY)
        return care + (figures.HOTEL_USD if waiting >= figures.HOTEL_FROM_MINUTES else 0)

    def owed(self, flight: Item, delay: int, *, cancelled: bool, passengers: int | None = None) -> float:
        """Compensation of so many passengers of a flight, by default of all."""
        amount, currency = regulations.compensation(
            country=self.case.country(flight["origin"]),
            distance=flight["distance_km"],
            delay=delay,
            excused=self.case.excused,
            cancelled=cancelled,
        )
        return amount * USD_PER[currency] * (int(flight["booked"]) if passengers is None else passengers)


def swapped_usd(kind: str, planned: str, hours: float) -> float:
    """Another aircraft instead of the planned one, for so many block hours."""
    fixed = figures.SWAP_SAME_TYPE_USD if kind == planned else figures.SWAP_OTHER_TYPE_USD
    return fixed + max(0, figures.TYPES[kind].hourly_usd - figures.TYPES[planned].hourly_usd) * hours


def totals(compensation: int, care: int, operating: int) -> dict[str, Value]:
    """The fields of money."""
    return {
        "compensation_usd": compensation,
        "care_usd": care,
        "operating_cost_usd": operating,
        "total_cost_usd": compensation + care + operating,
    }
