"""All fields of an option."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conclave.pack import Value
from msgspec import Struct

from packs.airline.fields import FIELDS, FLYING
from packs.airline.operators.air_operator import AirOperator
from packs.airline.planning import costs
from packs.airline.planning.effects.aircraft import aircraft_fields
from packs.airline.planning.effects.airports import airport_fields, cleared
from packs.airline.planning.effects.cargo import cargo_of, next_arrival
from packs.airline.planning.effects.crew import crew_fields
from packs.airline.planning.effects.crews_short import crews_short
from packs.airline.planning.effects.merging import Merger, merger_fields
from packs.airline.planning.effects.move import Move
from packs.airline.planning.effects.network import as_planned, later_flights, owed_on_later_flights, without_aircraft
from packs.airline.planning.effects.passengers import cancelled_return, displaced_on_return, passenger_fields
from packs.airline.planning.knock_on import KnockOn
from packs.airline.planning.reaccommodation import Journeys
from packs.airline.planning.seats.travels import Outcome
from packs.airline.planning.situation import Situation


def limited_fields(situation: Situation, move: Move) -> dict[str, Value]:
    """The fields of an option that flies to its destination which have a limit: without passengers, cost, and later flights."""
    departure, arrival = situation.flight["departure_utc"] + move.delay, situation.flight["arrival_utc"] + move.delay
    return {
        "cause_cleared": cleared(situation, move),
        **airport_fields(situation, move, departure, arrival),
        **aircraft_fields(situation, move, departure, arrival),
        **crew_fields(situation, move),
        **cargo_of(situation, arrival, left_behind=move.offload, animals_too=False).fields(),
        "cancellation_needed": None,
    }


class Travels(Struct, frozen=True, kw_only=True):
    """How passengers travel and which later flights are late. It is worked out first and bounds how good a move can be.

    Attributes:
        outcome: The passengers of the flight.
        returning: The passengers of the return flight who have no seat on it.
        passengers: Fields of the passengers of both flights.
        care_usd: Meals, hotels, rebooking and refunds of the passengers of both flights.
        late: Later flights that the move makes late, by their rows in the schedule.
    """

    outcome: Outcome
    returning: Outcome
    passengers: Mapping[str, Value]
    care_usd: float
    late: Sequence[KnockOn]


class Passage(Struct, frozen=True, kw_only=True):
    """All other effects of the aircraft, time and airport of a move; they depend neither on its crew nor on its cargo.

    Attributes:
        airports: Fields of both ends.
        aircraft: Fields of the aircraft.
        crews_short: Crews of the late flights whom it leaves short of duty time or rest.
        compensation_usd: Fixed compensation of everybody.
    """

    airports: Mapping[str, Value]
    aircraft: Mapping[str, Value]
    crews_short: int
    compensation_usd: float


class FlyingEffects:
    """The fields of options that fly. Made once per plan: moves that differ in crew or cargo alone share travels and passage.

    Args:
        situation: The disruption.
        journeys: Its passengers.

    Attributes:
        journeys: Its passengers.
    """

    def __init__(self, situation: Situation, journeys: Journeys) -> None:
        self._situation = situation
        self.journeys = journeys
        self._travels: dict[tuple[object, ...], Travels] = {}
        self._passages: dict[tuple[object, ...], Passage] = {}

    def fields(self, move: Move) -> dict[str, Value]:
        """All fields of an option that flies."""
        situation, travels, passage = self._situation, self.travels(move), self._passage(move)
        flown = _flown(situation, move)
        transfer = move.alternate.transfer_minutes if move.alternate else 0
        there = flown.flight["arrival_utc"] + move.delay + transfer
        short = passage.crews_short + move.crew.crews_short
        cargo = cargo_of(situation, there, left_behind=move.offload, animals_too=False)
        cost = costs.Cost.of(
            compensation=passage.compensation_usd,
            care=travels.care_usd,
            operating=costs.flying_usd(
                situation.operator,
                planned_type=situation.flight["type"],
                kind=move.kind,
                swapped=move.swapped and move.offer is None,
                reserve=move.crew.reserve,
                delay_minutes=move.delay,
                block_minutes=situation.flight["block_minutes"],
                sectors=1 if move.ferry else 2,
            )
            + move.extra_usd
            + costs.downstream_usd(situation.operator, travels.late, crews_short=short)
            + costs.cargo_usd(situation.operator, offloaded_kg=cargo.offloaded_kg, spoiled=cargo.spoiled),
        )
        return {
            "delay_minutes": move.delay,
            "cause_cleared": cleared(situation, move),
            **passage.airports,
            "arrival_airport": flown.flight["destination"],
            "ground_transfer_minutes": transfer,
            **passage.aircraft,
            **crew_fields(flown, move),
            **cargo.fields(),
            **travels.passengers,
            "downstream_delay_minutes": sum(each.delay_minutes for each in travels.late),
            "downstream_flights": len(travels.late),
            "downstream_crews_short": short,
            **_cost_fields(situation.operator, cost),
            "cancelled": False,
            "cancellation_needed": None,
        }

    def travels(self, move: Move) -> Travels:
        """How passengers travel when the move is flown."""
        key = _shared_by(move)
        if key not in self._travels:
            self._travels[key] = _travels(self._situation, move, self.journeys)
        return self._travels[key]

    def _passage(self, move: Move) -> Passage:
        key = _shared_by(move)
        if key not in self._passages:
            self._passages[key] = _passage(self._situation, move, self.travels(move))
        return self._passages[key]


def _shared_by(move: Move) -> tuple[object, ...]:
    """What moves have in common whose travels and passage are the same."""
    offered = (move.offer["station_day"], move.offer["offer_id"]) if move.offer else None
    lands_at = move.alternate.iata if move.alternate else ""
    return (move.tail, move.kind, move.delay, move.on_ground_from, move.swapped, move.ferry, lands_at, offered)


def _flown(situation: Situation, move: Move) -> Situation:
    """What is flown ends at the alternate; passengers and cargo go on to the destination."""
    return situation.diverted(move.alternate) if move.alternate else situation


def _travels(situation: Situation, move: Move, journeys: Journeys) -> Travels:
    flight, arrival = situation.flight, _flown(situation, move).flight["arrival_utc"] + move.delay
    transfer = move.alternate.transfer_minutes if move.alternate else 0
    outcome = journeys.fly(arrival_utc=arrival + transfer, seats=move.seats)
    returning = displaced_on_return(situation, move.seats) if move.swapped else Outcome()
    return Travels(
        outcome=outcome,
        returning=returning,
        passengers=passenger_fields(outcome.and_returning(returning)),
        care_usd=costs.care_usd(
            situation.operator, outcome=outcome, waiting_minutes=move.delay, distance_km=flight["distance_km"]
        )
        + costs.care_usd(situation.operator, outcome=returning, waiting_minutes=0, distance_km=flight["distance_km"]),
        late=as_planned(situation, later_flights(_flown(situation, move), move, arrival)),
    )


def _passage(situation: Situation, move: Move, travels: Travels) -> Passage:
    flown = _flown(situation, move)
    departure, arrival = situation.flight["departure_utc"] + move.delay, flown.flight["arrival_utc"] + move.delay
    return Passage(
        airports=airport_fields(flown, move, departure, arrival),
        aircraft=aircraft_fields(flown, move, departure, arrival),
        crews_short=crews_short(situation, travels.late),
        compensation_usd=costs.compensation_usd(
            situation.operator, travels.outcome, travels.returning, owed_on_later_flights(situation, travels.late)
        ),
    )


def cancelled_fields(situation: Situation, journeys: Journeys, merger: Merger | None = None) -> dict[str, Value]:
    """All fields of cancelling: the flight and, out of the hub, the return that its aircraft would have flown.

    Away from the hub the aircraft stays where its later flights do not leave. With a merger a later flight has more seats.
    """
    flight, back = situation.flight, situation.back
    more = merger.more_seats if merger else {}
    outcome = journeys.cancel(more)
    returning = cancelled_return(situation, back, more) if back else Outcome()
    cargo = cargo_of(situation, next_arrival(situation), left_behind=True, animals_too=True)
    not_operated = 1 + len(without_aircraft(situation))
    cost = costs.Cost.of(
        compensation=costs.compensation_usd(situation.operator, outcome, returning),
        care=costs.care_usd(situation.operator, outcome=outcome, waiting_minutes=0, distance_km=flight["distance_km"])
        + costs.care_usd(situation.operator, outcome=returning, waiting_minutes=0, distance_km=flight["distance_km"]),
        operating=costs.cancellation_usd(situation.operator)
        + (merger.operating_usd(situation.operator) if merger else 0)
        + costs.downstream_usd(situation.operator, [], cancelled_flights=not_operated)
        + costs.cargo_usd(situation.operator, offloaded_kg=cargo.offloaded_kg, spoiled=cargo.spoiled),
    )
    not_applicable = dict.fromkeys(_FLYING_ONLY)
    return {
        **not_applicable,
        **(merger_fields(situation, merger) if merger else {}),
        **cargo.fields(),
        **passenger_fields(outcome.and_returning(returning)),
        "discretion_minutes": 0,
        "downstream_delay_minutes": 0,
        "downstream_flights": not_operated,
        "downstream_crews_short": 0,
        **_cost_fields(situation.operator, cost),
        "cancelled": True,
        "cancellation_needed": None,
    }


_FLYING_ONLY = tuple(each.name for each in FIELDS if each.applies_to == FLYING)


def _cost_fields(operator: AirOperator, cost: costs.Cost) -> dict[str, Value]:
    return {
        "compensation_usd": cost.compensation,
        "care_usd": cost.care,
        "operating_cost_usd": cost.operating,
        "total_cost_usd": cost.total,
        "cost_needs_approval": cost.total > operator.figures.approval_cost,
    }
