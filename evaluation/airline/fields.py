"""The fields of an action, and the rules that it breaks."""

from __future__ import annotations

from collections.abc import Sequence

from conclave.tables import Item
from conclave.types import Value
from packs.airline import assumptions as figures
from packs.airline.models import FIELDS, Cause

from evaluation.airline import crews, extras, regulations
from evaluation.airline.case import DAY, Case, Leg
from evaluation.airline.clock import local_text, minutes, text
from evaluation.airline.crews import Crew
from evaluation.airline.parties import Passengers, Result

MARGIN_CAP = 720
DECLARED = frozenset(each.name for each in FIELDS)
STRANDED_RETURN_DELAY = 30 * 60
MEAL_EVERY = 360


class Fields:
    """Computes the fields of one disruption's actions."""

    def __init__(self, case: Case, passengers: Passengers) -> None:
        self.case, self.passengers = case, passengers
        station = case.airport(case.flight["origin"]) or {}
        self._cool_store = bool(station.get("cool_store"))
        self._animal_facility = bool(station.get("animal_facility"))
        self.may_offload = self._cool_store and any(each["kind"] == "cold_chain" for each in case.shipments)

    def open_at(self, delay: int) -> bool:
        """Whether airports, slots and weather allow this delay, whoever flies."""
        case = self.case
        return not self._curfew(delay) and self._slot(delay) and self._weather(case.arrival + delay)

    def _curfew(self, delay: int) -> int:
        case, flight = self.case, self.case.flight
        return case.closed(flight["origin"], case.departure + delay) + case.closed(
            flight["destination"], case.arrival + delay
        )

    def _slot(self, delay: int) -> bool:
        take_off = self.case.departure + delay + regulations.TAXI_MINUTES
        early, late = regulations.SLOT_TOLERANCE
        return not self.case.slots or any(early <= take_off - slot <= late for slot in self.case.slots)

    def _weather(self, arrival: int) -> bool:
        before = [each for each in self.case.forecast if minutes(each["from_utc"]) <= arrival]
        return not before or (
            all(before[-1][name] >= least for name, least in regulations.MINIMA.items())
            and before[-1]["crosswind_kt"] <= regulations.MAX_CROSSWIND_KT
        )

    def flown(
        self, *, tail: str, aircraft_type: str, delay: int, crew: Crew, offload: bool, on_blocks: int, own: bool
    ) -> tuple[dict[str, Value], list[str]]:
        """Fields and broken rules of flying."""
        case, kind = self.case, figures.TYPES[aircraft_type]
        departure, arrival = case.departure + delay, case.arrival + delay
        there = case.airport(case.flight["destination"])
        late = self._later(tail, aircraft_type, arrival, own=own)
        outcome = self.passengers.flown(arrival, kind.seats)
        ground = departure - on_blocks - kind.turnaround_minutes
        if own and case.incident.cause is Cause.LATE_INBOUND:
            ground -= case.first
        dispatch, left = regulations.mel_state(case.rows.where("mel_items", "tail", tail), case.day(departure))
        cargo, spoiled, kilos, life = self._cargo(arrival, cold_stays=offload, all_stays=False)
        values: dict[str, Value] = {
            "delay_minutes": delay,
            "departure_utc": text(departure),
            "arrival_local": local_text(arrival, there["tz"]) if there else "",
            "tail": tail,
            "aircraft_type": aircraft_type,
            "cause_cleared": self._cleared(delay, crew, own=own),
            "aircraft_serviceable": self._serviceable(tail, delay, own=own),
            "mel_dispatchable": dispatch,
            "mel_days_left": left,
            "turnaround_margin_minutes": min(ground, MARGIN_CAP),
            "range_margin_km": kind.range_km - case.flight["distance_km"],
            "seats_short": max(0, case.flight["booked"] - kind.seats),
            "crew_id": crew.crew_id,
            "crew_available": crew.available,
            "crew_qualified": crew.qualified,
            "crew_duty_margin_minutes": crew.duty_margin,
            "crew_rest_margin_minutes": crew.rest_margin,
            "curfew_violation_minutes": self._curfew(delay),
            "slot_ok": self._slot(delay),
            "weather_ok": self._weather(arrival),
            **cargo,
            **_people(outcome),
            "downstream_delay_minutes": sum(each.late for each in late),
            "downstream_flights": len(late),
            "cancelled": False,
            **self._extras(tail, aircraft_type, arrival, crew, late),
        }
        operating = round(self._flying(aircraft_type, delay, crew, own=own))
        operating += sum(each.late for each in late) * figures.DOWNSTREAM_MINUTE_USD
        operating += int(values.get("downstream_crews_short") or 0) * getattr(figures, "DOWNSTREAM_CREW_SHORT_USD", 0)
        operating += round(kilos * figures.CARGO_OFFLOAD_USD_PER_KG) + spoiled * figures.SPOILED_COLD_CHAIN_USD
        owed = outcome.owed_usd + sum(self._owed(each.flight, each.late, cancelled=False) for each in late)
        values |= _money(round(owed), self._care(outcome, delay), operating)
        return values, [*_broken(values), *(["cargo.cold_chain"] if life is not None and life < 0 else [])]

    def cancelled(self) -> tuple[dict[str, Value], list[str]]:
        """Fields and broken rules of cancelling the flight and, out of the hub, its return."""
        outcome, back = self.passengers.cancelled(), self.case.back
        returning = self._returning(back) if back else Result()
        later = self.passengers.later
        next_arrival = min((minutes(each["arrival_utc"]) for each in later), default=self.case.arrival + DAY)
        cargo, spoiled, kilos, life = self._cargo(next_arrival, cold_stays=True, all_stays=True)
        everybody = Result(
            passengers=outcome.passengers + returning.passengers,
            delay_sum=outcome.delay_sum + returning.delay_sum,
            missed=outcome.missed,
            rebooked=outcome.rebooked + returning.rebooked,
            stranded=outcome.stranded + returning.stranded,
            top_tier=outcome.top_tier,
        )
        operating = figures.CANCELLATION_USD + figures.DOWNSTREAM_CANCELLED_FLIGHT_USD
        operating += round(kilos * figures.CARGO_OFFLOAD_USD_PER_KG) + spoiled * figures.SPOILED_COLD_CHAIN_USD
        care = self._care(outcome, outcome.mean_delay) + self._care(returning, returning.mean_delay)
        values: dict[str, Value] = {
            **cargo,
            **_people(everybody),
            "downstream_delay_minutes": 0,
            "downstream_flights": 1,
            "cancelled": True,
            **_money(round(outcome.owed_usd + returning.owed_usd), care, operating),
        }
        return values, [*_broken(values), *(["cargo.cold_chain"] if life is not None and life < 0 else [])]

    def _cleared(self, delay: int, crew: Crew, *, own: bool) -> bool:
        incident = self.case.incident
        if incident.cause is Cause.CREW:
            return crew.reserve or 0 < incident.delay_minutes <= delay
        if not own and incident.cause.value in figures.SWAPPABLE_CAUSES:
            return True
        return not self.case.unknown_release and delay >= self.case.first

    def _serviceable(self, tail: str, delay: int, *, own: bool) -> bool:
        aircraft, incident = self.case.rows.item("aircraft", tail), self.case.incident
        if aircraft is None or not aircraft["serviceable"]:
            return False
        if not own or incident.cause is not Cause.TECHNICAL:
            return True
        return 0 < incident.delay_minutes <= delay and (
            "maintenance_check_ok" not in DECLARED or self.case.departure + delay >= extras.repaired_by(aircraft)
        )

    def _extras(self, tail: str, aircraft_type: str, arrival: int, crew: Crew, late: Sequence[Leg]) -> dict[str, Value]:
        """Fields of the rules that bind only where the data has a record, as far as the pack declares them."""
        case, ends = self.case, (self.case.flight["origin"], self.case.flight["destination"])
        found: dict[str, Value] = {
            "maintenance_check_ok": extras.check_ok(case, tail, arrival),
            "crew_cumulative_margin_minutes": crew.cumulative_margin,
            "downstream_crews_short": crews.short(case, late),
        }
        if "etops_margin_minutes" in DECLARED:
            items = case.rows.where("mel_items", "tail", tail)
            found["etops_margin_minutes"] = extras.etops_margin(case.rows, *ends, aircraft_type, items)
        if not any("night_quota_left" in (case.airport(each) or {}) for each in ends):
            found["noise_quota_ok"] = True
        return {name: value for name, value in found.items() if name in DECLARED}

    def _later(self, tail: str, aircraft_type: str, arrival: int, *, own: bool) -> list[Leg]:
        case = self.case
        if own:
            return case.follow(case.later(tail, case.departure), arrival, aircraft_type)
        late, home = [], arrival
        if case.back is not None:
            late = case.follow([case.back], arrival, aircraft_type)
            home = late[-1].arrival if late else minutes(case.back["arrival_utc"])
        return [*late, *case.follow(case.later(tail, case.departure), home, aircraft_type)]

    def _flying(self, aircraft_type: str, delay: int, crew: Crew, *, own: bool) -> float:
        planned, kind = figures.TYPES[self.case.flight["type"]], figures.TYPES[aircraft_type]
        cost = delay * kind.ground_hourly_usd / 60
        if not own:
            cost += figures.SWAP_SAME_TYPE_USD if kind.code == planned.code else figures.SWAP_OTHER_TYPE_USD
            cost += max(0, kind.hourly_usd - planned.hourly_usd) * 2 * self.case.flight["block_minutes"] / 60
        cost += getattr(figures, "SPLIT_DUTY_ROOMS_USD", 0) if crew.kind == crews.SPLIT else 0
        return cost + (figures.RESERVE_CALL_OUT_USD if crew.reserve else 0)

    def _care(self, outcome: Result, waiting: int) -> int:
        travelling, care = outcome.passengers - outcome.stranded, 0
        if waiting >= regulations.care_from(self.case.flight["distance_km"]):
            care += travelling * figures.MEAL_USD * (1 + waiting // MEAL_EVERY)
        if waiting >= figures.HOTEL_FROM_MINUTES:
            care += travelling * figures.HOTEL_USD
        return (
            care
            + outcome.rebooked * figures.REBOOKING_USD
            + outcome.stranded * (figures.REFUND_USD + figures.HOTEL_USD)
        )

    def _owed(self, flight: Item, delay: int, *, cancelled: bool) -> float:
        origin = self.case.airport(flight["origin"])
        amount, currency = regulations.compensation(
            country=origin["country"] if origin else "",
            distance=flight["distance_km"],
            delay=delay,
            excused=self.case.excused,
            cancelled=cancelled,
        )
        rate = {"EUR": figures.USD_PER_EUR, "GBP": figures.USD_PER_GBP, "": 0.0}[currency]
        return amount * rate * int(flight["booked"])

    def _returning(self, back: Item) -> Result:
        """Passengers of the cancelled return: free seats of later flights in order of arrival."""
        start, result, waiting = minutes(back["departure_utc"]), Result(passengers=back["booked"]), back["booked"]
        others = [
            each
            for each in self.case.rows.where("flights", "route", back["route"])
            if start < minutes(each["departure_utc"]) <= start + STRANDED_RETURN_DELAY
        ]
        for other in sorted(others, key=lambda each: str(each["arrival_utc"])):
            moved = min(waiting, other["seats"] - other["booked"])
            result.delay_sum += moved * max(0, minutes(other["arrival_utc"]) - minutes(back["arrival_utc"]))
            result.rebooked += moved
            waiting -= moved
        result.stranded = waiting
        result.delay_sum += waiting * STRANDED_RETURN_DELAY
        result.owed_usd = self._owed(back, result.mean_delay, cancelled=True)
        return result

    def _cargo(
        self, arrival: int, *, cold_stays: bool, all_stays: bool
    ) -> tuple[dict[str, Value], int, int, int | None]:
        """Fields, spoiled shipments, kilograms left behind, and the least margin of life-saving cargo."""
        cold, animals, life = [], [], []
        kilos = 0
        for each in self.case.shipments:
            kind = each["kind"]
            stays = all_stays or (cold_stays and kind == "cold_chain")
            kilos += each["weight_kg"] if stays else 0
            if kind == "cold_chain" and not (stays and self._cool_store):
                margin = minutes(each["qualified_until_utc"]) - regulations.DELIVERY_MINUTES - arrival
                cold.append(margin)
                if each["life_saving"]:
                    life.append(margin)
            if kind == "live_animals" and not (stays and self._animal_facility):
                animals.append(regulations.ANIMAL_MINUTES[each["species"]] - (arrival - minutes(each["loaded_utc"])))
        fields: dict[str, Value] = {
            "animal_welfare_margin_minutes": min(animals, default=None),
            "cold_chain_margin_minutes": min(cold, default=None),
            "cargo_offloaded_kg": kilos,
        }
        return fields, sum(margin < 0 for margin in cold), kilos, min(life, default=None)


def _people(outcome: Result) -> dict[str, Value]:
    return {
        "missed_connections": outcome.missed,
        "top_tier_disrupted": outcome.top_tier,
        "passengers_rebooked": outcome.rebooked,
        "passengers_stranded": outcome.stranded,
        "passenger_delay_minutes": outcome.mean_delay,
    }


def _money(compensation: int, care: int, operating: int) -> dict[str, Value]:
    return {
        "compensation_usd": compensation,
        "care_usd": care,
        "operating_cost_usd": operating,
        "total_cost_usd": compensation + care + operating,
    }


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
)
_NOT_NEGATIVE = (
    "turnaround_margin_minutes",
    "range_margin_km",
    "crew_duty_margin_minutes",
    "crew_rest_margin_minutes",
    "animal_welfare_margin_minutes",
    "etops_margin_minutes",
    "crew_cumulative_margin_minutes",
)  # fmt: skip


def _broken(values: dict[str, Value]) -> Sequence[str]:
    """The rules that no option may break (docs/airline.md); a field that does not apply breaks none."""
    broken = [name for name in _TRUE if values.get(name) is False]
    for name in _NOT_NEGATIVE:
        margin = values.get(name)
        if isinstance(margin, int) and margin < 0:
            broken.append(name)
    depth = values.get("curfew_violation_minutes")
    return [*broken, *(["curfew_violation_minutes"] if isinstance(depth, int) and depth > 0 else [])]
