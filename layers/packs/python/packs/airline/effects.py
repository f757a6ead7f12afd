"""The fields of an option: what a move does to aircraft, crew, airports, passengers, cargo, network and money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from conclave.tables import Item
from conclave.types import Value

from packs.airline import costs, times
from packs.airline.assumptions import REBOOKING_HORIZON_MINUTES, SWAPPABLE_CAUSES, TYPES
from packs.airline.crewing import NO_ROSTER, CrewState, Leg, rostered
from packs.airline.geography import airports
from packs.airline.knock_on import KnockOn, curfew_violation, first_open, propagate
from packs.airline.models import Cause
from packs.airline.reaccommodation import Journeys, Outcome
from packs.airline.rules.airports import TAXI_MINUTES, above_minima, slot_fits
from packs.airline.rules.cargo import animal_margin_minutes, cold_chain_margin_minutes
from packs.airline.rules.equipment import days_left, grounding_reasons
from packs.airline.rules.passenger_rights import EXTRAORDINARY_CAUSES, compensation
from packs.airline.situation import Situation, covering

TURNAROUND_MARGIN_CAP = 720


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """How the flight would be flown.

    Attributes:
        tail: Aircraft.
        kind: Its type.
        item: Its row in ``aircraft``, if there is one.
        delay: Minutes after schedule.
        on_ground_from: When the aircraft came on blocks at the origin.
        spare_line: Its own later flights when it is not the planned aircraft, otherwise ``None``.
        crew: Who flies.
        offload: Whether cold-chain cargo stays behind in the cool store of the origin.
    """

    tail: str
    kind: str
    item: Item | None
    delay: int
    on_ground_from: str
    spare_line: Sequence[Item] | None
    crew: CrewState
    offload: bool = False


def legs_of(situation: Situation, kind: str, delay: int) -> list[Leg]:
    """The sectors that a crew flies from the disrupted flight on, with their new times."""
    flight = situation.flight
    first = Leg(
        departure_utc=times.shift(flight["departure_utc"], delay),
        arrival_utc=times.shift(flight["arrival_utc"], delay),
        block_minutes=flight["block_minutes"],
    )
    legs = [first]
    for following in situation.duty_flights:
        if following["departure_utc"] <= flight["departure_utc"]:
            continue
        ready = times.shift(legs[-1].arrival_utc, TYPES[kind].turnaround_minutes)
        departure = first_open(max(following["departure_utc"], ready), following, situation.airports)
        legs.append(
            Leg(
                departure_utc=departure,
                arrival_utc=times.shift(departure, following["block_minutes"]),
                block_minutes=following["block_minutes"],
            )
        )
    return legs


def crew_of(situation: Situation, kind: str, delay: int) -> CrewState:
    """The rostered crew on an aircraft of this type after this delay."""
    if situation.duty is None:
        return NO_ROSTER
    earlier = [
        Leg(departure_utc=each["departure_utc"], arrival_utc=each["arrival_utc"], block_minutes=each["block_minutes"])
        for each in situation.duty_flights
        if each["departure_utc"] < situation.flight["departure_utc"]
    ]
    incident = situation.incident
    missing = incident.cause is Cause.CREW and not 0 < incident.delay_minutes <= delay
    return rostered(
        situation.duty,
        legs=[*earlier, *legs_of(situation, kind, delay)],
        rating=TYPES[kind].rating,
        available=not missing,
    )


def journeys_of(situation: Situation) -> Journeys:
    """The passengers of the flight and where they may be moved to. Made once per plan: its answers are kept."""
    return Journeys(
        flight=situation.flight,
        extraordinary=situation.incident.cause in EXTRAORDINARY_CAUSES,
        bookings=situation.bookings,
        later=situation.later,
        others=situation.onward,
        onward_later=situation.onward_later,
        countries={code: airport.country for code, airport in airports().items()},
    )


def moved_fields(situation: Situation, move: Move, journeys: Journeys) -> dict[str, Value]:
    """All fields of an option that flies."""
    flight, kind = situation.flight, TYPES[move.kind]
    departure = times.shift(flight["departure_utc"], move.delay)
    arrival = times.shift(flight["arrival_utc"], move.delay)
    origin, there = situation.airports.get(flight["origin"]), situation.airports.get(flight["destination"])
    late = _later_flights(situation, move, arrival)
    outcome = journeys.fly(arrival_utc=arrival, seats=kind.seats)
    cargo = _cargo(situation, arrival, left_behind=move.offload, animals_too=False)
    cost = costs.Cost(
        compensation=costs.compensation_usd(outcome, _owed_on_later_flights(situation, late)),
        care=costs.care_usd(outcome=outcome, waiting_minutes=move.delay, distance_km=flight["distance_km"]),
        operating=costs.flying_usd(
            planned_type=flight["type"],
            kind=move.kind,
            swapped=move.spare_line is not None,
            reserve=move.crew.reserve,
            delay_minutes=move.delay,
            block_minutes=flight["block_minutes"],
        )
        + costs.downstream_usd(late)
        + costs.cargo_usd(offloaded_kg=cargo.offloaded_kg, spoiled=cargo.spoiled),
    )
    ground = times.minutes_between(move.on_ground_from, departure) - kind.turnaround_minutes
    if situation.incident.cause is Cause.LATE_INBOUND and move.spare_line is None:
        ground -= situation.first_delay
    return {
        "delay_minutes": move.delay,
        "departure_utc": departure,
        "arrival_local": times.local_text(arrival, there["tz"]) if there else "",
        "tail": move.tail,
        "aircraft_type": move.kind,
        "cause_cleared": _cleared(situation, move),
        "aircraft_serviceable": _serviceable(situation, move),
        **_mel(situation, move.tail, departure),
        "turnaround_margin_minutes": min(ground, TURNAROUND_MARGIN_CAP),
        "range_margin_km": kind.range_km - flight["distance_km"],
        "seats_short": max(0, flight["booked"] - kind.seats),
        "crew_id": move.crew.crew_id,
        "crew_available": move.crew.available,
        "crew_qualified": move.crew.qualified,
        "crew_duty_margin_minutes": move.crew.duty_margin,
        "crew_rest_margin_minutes": move.crew.rest_margin,
        "curfew_violation_minutes": curfew_violation(departure, origin) + curfew_violation(arrival, there),
        "slot_ok": not situation.slots or slot_fits(times.shift(departure, TAXI_MINUTES), situation.slots),
        "weather_ok": landable(situation, arrival),
        **cargo.fields(),
        **_passenger_fields(outcome),
        "downstream_delay_minutes": sum(each.delay_minutes for each in late),
        "downstream_flights": len(late),
        **_cost_fields(cost),
        "cancelled": False,
    }


def cancelled_fields(situation: Situation, journeys: Journeys) -> dict[str, Value]:
    """All fields of cancelling: the flight and, out of the hub, the return that its aircraft would have flown."""
    flight, back = situation.flight, situation.back
    outcome = journeys.cancel()
    returning = _cancelled_return(situation, back) if back else Outcome()
    cargo = _cargo(situation, _next_arrival(situation), left_behind=True, animals_too=True)
    cost = costs.Cost(
        compensation=costs.compensation_usd(outcome, returning),
        care=costs.care_usd(outcome=outcome, waiting_minutes=outcome.mean_delay, distance_km=flight["distance_km"])
        + costs.care_usd(outcome=returning, waiting_minutes=returning.mean_delay, distance_km=flight["distance_km"]),
        operating=costs.cancellation_usd()
        + costs.downstream_usd([], cancelled_flights=1)
        + costs.cargo_usd(offloaded_kg=cargo.offloaded_kg, spoiled=cargo.spoiled),
    )
    all_passengers = Outcome(
        passengers=outcome.passengers + returning.passengers,
        delay_sum=outcome.delay_sum + returning.delay_sum,
        missed=outcome.missed,
        rebooked=outcome.rebooked + returning.rebooked,
        stranded=outcome.stranded + returning.stranded,
        top_tier=outcome.top_tier,
    )
    not_applicable = dict.fromkeys(_FLYING_ONLY)
    return {
        **not_applicable,
        **cargo.fields(),
        **_passenger_fields(all_passengers),
        "downstream_delay_minutes": 0,
        "downstream_flights": 1,
        **_cost_fields(cost),
        "cancelled": True,
    }


_FLYING_ONLY = (
    "delay_minutes",
    "departure_utc",
    "arrival_local",
    "tail",
    "aircraft_type",
    "cause_cleared",
    "aircraft_serviceable",
    "mel_dispatchable",
    "mel_days_left",
    "turnaround_margin_minutes",
    "range_margin_km",
    "seats_short",
    "crew_id",
    "crew_available",
    "crew_qualified",
    "crew_duty_margin_minutes",
    "crew_rest_margin_minutes",
    "curfew_violation_minutes",
    "slot_ok",
    "weather_ok",
)


def _cleared(situation: Situation, move: Move) -> bool:
    """Whether the cause is over by departure, or the option goes round it with another aircraft or crew."""
    incident = situation.incident
    if incident.cause is Cause.CREW:
        return move.crew.reserve or 0 < incident.delay_minutes <= move.delay
    if move.spare_line is not None and incident.cause in SWAPPABLE_CAUSES:
        return True
    known = incident.delay_minutes > 0 or incident.cause is not Cause.TECHNICAL
    return known and move.delay >= situation.first_delay


def _serviceable(situation: Situation, move: Move) -> bool:
    if move.item is None or not move.item["serviceable"]:
        return False
    incident = situation.incident
    if move.spare_line is not None or incident.cause is not Cause.TECHNICAL:
        return True
    return 0 < incident.delay_minutes <= move.delay


def _mel(situation: Situation, tail: str, departure: str) -> dict[str, Value]:
    items, day = situation.mel.get(tail, ()), departure[:10]
    timed = [days_left(item, day) for item in items if item["relief"]]
    return {
        "mel_dispatchable": not grounding_reasons(items, day),
        "mel_days_left": min(timed) if timed else None,
    }


def landable(situation: Situation, arrival: str) -> bool:
    """Whether the forecast that holds at arrival allows a landing. Without any forecast a check asks for one."""
    if not situation.forecast:
        return True
    period = covering(situation.forecast, arrival)
    return period is not None and above_minima(period)


def _later_flights(situation: Situation, move: Move, arrival: str) -> list[KnockOn]:
    """Delays of the rotation's return and of the flights that the aircraft has next."""
    if move.spare_line is None:
        return propagate(arrival_utc=arrival, line=situation.line, kind=move.kind, airports=situation.airports)
    back = situation.back
    late = propagate(arrival_utc=arrival, line=[back] if back else [], kind=move.kind, airports=situation.airports)
    home = late[-1].arrival_utc if late else back["arrival_utc"] if back else arrival
    own = [each for each in move.spare_line if each["departure_utc"] > situation.flight["departure_utc"]]
    return [*late, *propagate(arrival_utc=home, line=own, kind=move.kind, airports=situation.airports)]


def _owed_on_later_flights(situation: Situation, late: Sequence[KnockOn]) -> Outcome:
    """Compensation to the passengers of later flights that arrive three hours late."""
    owed = Outcome()
    for each in late:
        _owe_all(owed, situation, each.flight, each.delay_minutes, cancelled=False)
    return owed


def _owe_all(owed: Outcome, situation: Situation, flight: Item, delay: int, *, cancelled: bool) -> None:
    origin = situation.airports.get(flight["origin"])
    amount, currency = compensation(
        origin_country=origin["country"] if origin else "",
        distance_km=flight["distance_km"],
        delay_minutes=delay,
        extraordinary=situation.incident.cause in EXTRAORDINARY_CAUSES,
        cancelled=cancelled,
    )
    owed.owe(amount, currency, flight["booked"])


def _cancelled_return(situation: Situation, back: Item) -> Outcome:
    """Passengers of the return: they take the free seats of later flights in order, at the arrival of each."""
    outcome, waiting = Outcome(), back["booked"]
    for later in sorted(situation.later_back, key=lambda each: str(each["arrival_utc"])):
        moved = min(waiting, later["seats"] - later["booked"])
        delay = times.minutes_between(back["arrival_utc"], later["arrival_utc"])
        outcome.add(pax=moved, delay=delay, top=False, rebooked=True, stranded=False)
        waiting -= moved
    outcome.add(pax=waiting, delay=REBOOKING_HORIZON_MINUTES, top=False, rebooked=False, stranded=True)
    _owe_all(outcome, situation, back, outcome.mean_delay, cancelled=True)
    return outcome


def _next_arrival(situation: Situation) -> str:
    if situation.later:
        return str(min(each["arrival_utc"] for each in situation.later))
    return times.shift(situation.flight["arrival_utc"], times.MINUTES_PER_DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cargo:
    cold_margin: int | None
    life_saving_margin: int | None
    animal_margin: int | None
    offloaded_kg: int
    spoiled: int

    def fields(self) -> dict[str, Value]:
        return {
            "animal_welfare_margin_minutes": self.animal_margin,
            "cold_chain_margin_minutes": self.cold_margin,
            "life_saving_margin_minutes": self.life_saving_margin,
            "cargo_offloaded_kg": self.offloaded_kg,
        }


def _cold_margin(shipment: Item, arrival: str) -> int:
    return cold_chain_margin_minutes(qualified_until_utc=shipment["qualified_until_utc"], arrival_utc=arrival)


def _cargo(situation: Situation, arrival: str, *, left_behind: bool, animals_too: bool) -> _Cargo:
    """Margins of cold chain and animals at arrival; cargo left behind waits safely where the station can hold it.

    With ``left_behind`` everything stays when ``animals_too``, otherwise the cold-chain shipments only.
    """
    station: Mapping[str, Value] = situation.airports.get(situation.flight["origin"]) or {}
    stays = [each for each in situation.shipments if left_behind and (animals_too or each["kind"] == "cold_chain")]
    travelling = [
        each
        for each in situation.shipments
        if each["kind"] == "cold_chain" and not (each in stays and station.get("cool_store"))
    ]
    cold = [_cold_margin(each, arrival) for each in travelling]
    life_saving = [_cold_margin(each, arrival) for each in travelling if each["life_saving"]]
    animals = [
        animal_margin_minutes(species=each["species"], loaded_utc=each["loaded_utc"], arrival_utc=arrival)
        for each in situation.shipments
        if each["kind"] == "live_animals" and not (each in stays and station.get("animal_facility"))
    ]
    return _Cargo(
        cold_margin=min(cold, default=None),
        life_saving_margin=min(life_saving, default=None),
        animal_margin=min(animals) if animals else None,
        offloaded_kg=sum(each["weight_kg"] for each in stays),
        spoiled=sum(margin < 0 for margin in cold),
    )


def _passenger_fields(outcome: Outcome) -> dict[str, Value]:
    return {
        "missed_connections": outcome.missed,
        "top_tier_disrupted": outcome.top_tier,
        "passengers_rebooked": outcome.rebooked,
        "passengers_stranded": outcome.stranded,
        "passenger_delay_minutes": outcome.mean_delay,
    }


def _cost_fields(cost: costs.Cost) -> dict[str, Value]:
    return {
        "compensation_usd": cost.compensation,
        "care_usd": cost.care,
        "operating_cost_usd": cost.operating,
        "total_cost_usd": cost.total,
    }
