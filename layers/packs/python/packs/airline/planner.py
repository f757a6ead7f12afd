"""From a disruption to options: what could be done, with every field computed.

Options that break a rule are built, too: it is the checks of the agents that rule them out, so that a reader sees why.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from conclave.tables import Item, Tables
from conclave.types import Fact, Option, Plan

from packs.airline import times
from packs.airline.assumptions import (
    AOG_TRIAL_DELAYS,
    RESERVE_CANDIDATES,
    RESERVE_READY_MINUTES,
    SLOT_CANDIDATES,
    TYPES,
)
from packs.airline.crewing import NO_ROSTER, CrewState, best_first, called_out, legal
from packs.airline.effects import Move, cancelled_fields, crew_of, journeys_of, landable, legs_of, moved_fields
from packs.airline.knock_on import curfew_wait
from packs.airline.models import Cause, Incident
from packs.airline.reaccommodation import Journeys
from packs.airline.rules.airports import TAXI_MINUTES, above_minima, earliest_off_blocks, slot_fits
from packs.airline.rules.cargo import cold_chain_margin_minutes
from packs.airline.search import (
    STEP_MINUTES,
    best_moves,
    own_aircraft,
    rest_ends,
    rested_crew,
    rounded,
    spare_aircraft,
    spare_delay,
)
from packs.airline.situation import READS, Situation, read_situation

__all__ = ["READS", "plan"]

SHOWN_SPARES = 4
"""Replacement aircraft that are shown even when a rule forbids them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    action: str
    move: Move | None
    summary: str


def plan(incident: Incident, tables: Tables, now: str) -> Plan:
    """Builds all options for a resolved incident.

    Args:
        incident: A resolved incident (``flight_id`` is set).
        tables: Batch reads.
        now: Time of receipt; the plan takes the flight as it stands at its reporting time, so it is not used.

    Returns:
        Options with all fields, the facts they rest on, and gaps for records that are missing.

    Raises:
        ReadFailed: A table could not be read.
    """
    situation = read_situation(incident, tables)
    journeys = journeys_of(situation)
    drafts = _distinct(
        [
            *_delays(situation),
            *_crew_rest(situation),
            *_crew_swaps(situation),
            *_aircraft_swaps(situation),
            *(_named(found.move, situation) for found in best_moves(situation, journeys)),
            _Draft(action="cancel_rebook", move=None, summary="Cancel and rebook on later flights"),
        ]
    )
    options = tuple(_option(f"O{number}", draft, situation, journeys) for number, draft in enumerate(drafts, start=1))
    return Plan(options=options, facts=tuple(_facts(situation)), gaps=tuple(situation.gaps))


def _option(option_id: str, draft: _Draft, situation: Situation, journeys: Journeys) -> Option:
    if draft.move is None:
        fields = cancelled_fields(situation, journeys)
        return Option(
            id=option_id, action=draft.action, parameters={"flight_id": situation.flight["flight_id"]}, fields=fields,
            summary=draft.summary,
        )  # fmt: skip
    move = draft.move
    fields = moved_fields(situation, move, journeys)
    return Option(
        id=option_id,
        action=draft.action,
        parameters={
            "flight_id": situation.flight["flight_id"],
            "tail": move.tail,
            "crew_id": move.crew.crew_id,
            "crew_report_utc": move.crew.report_utc,
            "departure_utc": fields["departure_utc"],
            "offload_cold_chain": move.offload,
        },
        fields=fields,
        summary=draft.summary,
    )


def _named(move: Move, situation: Situation) -> _Draft:
    """A way to fly that the search found, named like what a controller would ask about."""
    if move.spare_line is not None:
        with_crew = f" with reserve crew {move.crew.crew_id}" if move.crew.reserve else ""
        action = "swap_aircraft_and_crew" if move.crew.reserve else "swap_aircraft"
        return _aircraft_draft(action, move, with_crew)
    if move.offload:
        return _without_cold_chain(move)
    if situation.duty and not move.crew.reserve and move.crew.report_utc != situation.duty["report_utc"]:
        return _crew_rest_draft(move, situation.flight)
    if not move.crew.reserve:
        return _Draft(action="delay", move=move, summary=f"Wait {move.delay} minutes, same aircraft and crew")
    missing = situation.incident.cause is Cause.CREW
    return _Draft(
        action="swap_crew" if missing else "delay_swap_crew",
        move=move,
        summary=f"Wait {move.delay} minutes, reserve crew {move.crew.crew_id}",
    )


def _aircraft_draft(action: str, move: Move, with_crew: str) -> _Draft:
    left = ", cold-chain cargo stays in the cool store" if move.offload else ""
    summary = f"Fly {move.tail} ({move.kind}){with_crew}, {move.delay} minutes late{left}"
    return _Draft(action=action, move=move, summary=summary)


def _distinct(drafts: Iterable[_Draft]) -> list[_Draft]:
    seen: dict[tuple[object, ...], _Draft] = {}
    for draft in drafts:
        move = draft.move
        key = (move.tail, move.delay, move.crew.crew_id, move.crew.report_utc, move.offload) if move else ("cancel",)
        seen.setdefault(key, draft)
    return list(seen.values())


def _slot_delays(situation: Situation, first: int) -> list[int]:
    """Delays that make a slot, from ``first`` on; the first of them may be the allocated one."""
    departure = situation.flight["departure_utc"]
    offers = sorted(times.minutes_between(departure, earliest_off_blocks(slot)) for slot in situation.slots)
    return [offer for offer in offers if offer >= first][:SLOT_CANDIDATES]


def _fits_slot(situation: Situation, delay: int) -> bool:
    take_off = times.shift(situation.flight["departure_utc"], delay + TAXI_MINUTES)
    return not situation.slots or slot_fits(take_off, situation.slots)


def _to_slot(situation: Situation, delay: int) -> int:
    """The delay itself when it lies in a slot, otherwise the next slot."""
    if _fits_slot(situation, delay):
        return delay
    return next(iter(_slot_delays(situation, delay)), delay)


def _own(situation: Situation, delay: int, crew: CrewState | None = None) -> Move:
    return own_aircraft(situation, delay, crew or crew_of(situation, situation.flight["type"], delay))


def _candidate_delays(situation: Situation) -> list[int]:
    """Delays that matter: end of the cause, slots, opening of a closed airport, last legal start of the crew, better weather."""
    incident, flight = situation.incident, situation.flight
    first = rounded(situation.first_delay)
    delays = {first, *_slot_delays(situation, first)}
    if incident.cause is Cause.TECHNICAL and not incident.delay_minutes:
        delays = set(AOG_TRIAL_DELAYS)
    delays |= {opening for delay in delays if (opening := _after_curfew(situation, delay)) > delay}
    crew = crew_of(situation, flight["type"], first)
    if crew.duty_margin is not None and crew.duty_margin < 0 and first + crew.duty_margin > 0:
        delays.add((first + crew.duty_margin) // STEP_MINUTES * STEP_MINUTES)
    return sorted(delays | _weather_delays(situation, first))


def _after_curfew(situation: Situation, delay: int) -> int:
    flight = situation.flight
    arrival = times.shift(flight["arrival_utc"], delay)
    departure = times.shift(flight["departure_utc"], delay)
    wait = max(
        curfew_wait(arrival, situation.airports.get(flight["destination"])),
        curfew_wait(departure, situation.airports.get(flight["origin"])),
    )
    return _to_slot(situation, rounded(delay + wait)) if wait else delay


def _weather_delays(situation: Situation, first: int) -> set[int]:
    """The delay to the first period with landable weather, when the forecast at arrival is below minima."""
    arrival = times.shift(situation.flight["arrival_utc"], first)
    if landable(situation, arrival):
        return set()
    better = [each for each in situation.forecast if each["from_utc"] > arrival and above_minima(each)]
    waits = [times.minutes_between(situation.flight["arrival_utc"], each["from_utc"]) for each in better[:1]]
    return {_to_slot(situation, rounded(wait)) for wait in waits}


def _delays(situation: Situation) -> list[_Draft]:
    """Waiting with the planned aircraft: with its crew, with a reserve crew, and without the cargo that cannot wait."""
    drafts: list[_Draft] = []
    kind = situation.flight["type"]
    for delay in _candidate_delays(situation):
        move = _own(situation, delay)
        drafts.append(_Draft(action="delay", move=move, summary=f"Wait {delay} minutes, same aircraft and crew"))
        moves = [move]
        if not legal(move.crew):
            called = _to_slot(situation, max(delay, RESERVE_READY_MINUTES))
            moves = [_own(situation, called, crew) for crew in _reserve_states(situation, kind, called)[:1]]
            drafts += [
                _Draft(
                    action="delay_swap_crew",
                    move=each,
                    summary=f"Wait {each.delay} minutes, reserve crew {each.crew.crew_id}",
                )
                for each in moves
            ]
        drafts += [_without_cold_chain(each) for each in moves if _spoils(situation, each.delay)]
    return drafts


def _crew_rest(situation: Situation) -> list[_Draft]:
    """Away from the hub there are no reserves: a crew that runs out of duty time rests where it is and flies after that."""
    flight, duty = situation.flight, situation.duty
    first = _to_slot(situation, rounded(situation.first_delay))
    unknown = situation.incident.cause is Cause.TECHNICAL and not situation.incident.delay_minutes
    if duty is None or situation.from_hub or unknown or not crew_of(situation, flight["type"], first).available:
        return []
    if legal(crew_of(situation, flight["type"], first)):
        return []
    delay = _after_curfew(situation, _to_slot(situation, max(first, rest_ends(situation, duty)[1])))
    return [_crew_rest_draft(_own(situation, delay, rested_crew(situation, duty, delay)), flight)]


def _crew_rest_draft(move: Move, flight: Item) -> _Draft:
    summary = f"Wait {move.delay} minutes, the crew rests at {flight['origin']}"
    return _Draft(action="delay_crew_rest", move=move, summary=summary)


def _without_cold_chain(move: Move) -> _Draft:
    crew = f"reserve crew {move.crew.crew_id}" if move.crew.reserve else "same crew"
    return _Draft(
        action="delay_offload_cargo",
        move=replace(move, offload=True),
        summary=f"Wait {move.delay} minutes, {crew}, cold-chain cargo stays in the cool store",
    )


def _spoils(situation: Situation, delay: int) -> bool:
    """Whether a shipment would spoil, and the origin could keep it."""
    origin = situation.airports.get(situation.flight["origin"])
    arrival = times.shift(situation.flight["arrival_utc"], delay)
    return bool(origin and origin["cool_store"]) and any(
        cold_chain_margin_minutes(qualified_until_utc=each["qualified_until_utc"], arrival_utc=arrival) < 0
        for each in situation.shipments
        if each["kind"] == "cold_chain"
    )


def _reserve_states(situation: Situation, kind: str, delay: int) -> list[CrewState]:
    legs = legs_of(situation, kind, delay)
    crews = situation.reserves.get(TYPES[kind].rating, ())
    return best_first([called_out(crew, legs=legs, kind=kind) for crew in crews])


def _crew_swaps(situation: Situation) -> list[_Draft]:
    """Reserve crews for the planned aircraft, when it is the crew that is missing."""
    if situation.incident.cause is not Cause.CREW:
        return []
    kind = situation.flight["type"]
    delay = _to_slot(situation, RESERVE_READY_MINUTES)
    return [
        _Draft(
            action="swap_crew",
            move=_own(situation, delay, crew),
            summary=f"Reserve crew {crew.crew_id}, {delay} minutes late",
        )
        for crew in _reserve_states(situation, kind, delay)[:RESERVE_CANDIDATES]
    ]


def _aircraft_swaps(situation: Situation) -> list[_Draft]:
    drafts = []
    for spare in situation.spares[:SHOWN_SPARES]:
        kind = spare.item["type"]
        delay = _to_slot(situation, spare_delay(situation, spare))
        own_crew = crew_of(situation, kind, delay)
        states = [own_crew] if own_crew.qualified else []
        if not legal(own_crew):
            later = _to_slot(situation, max(delay, RESERVE_READY_MINUTES))
            states += _reserve_states(situation, kind, later)[:1]
        for crew in states or [NO_ROSTER]:
            at = _to_slot(situation, max(delay, RESERVE_READY_MINUTES)) if crew.reserve else delay
            drafts.append(_named(spare_aircraft(spare, at, crew), situation))
    return drafts


def _facts(situation: Situation) -> list[Fact]:
    flight = situation.flight
    facts = [
        _fact("flights", flight["flight_id"], "flight", flight, ("route", "departure_utc", "tail", "type", "booked"))
    ]
    if situation.duty:
        facts.append(_fact("duties", situation.duty["duty_id"], "duty", situation.duty, ("crew_id", "report_utc")))
    facts += [
        _fact("aircraft", spare.item["tail"], "spare", spare.item, ("tail", "type", "serviceable"))
        for spare in situation.spares
    ]
    return facts


def _fact(table: str, key: str, kind: str, item: Item, names: Sequence[str]) -> Fact:
    return Fact(id=f"{table}/{key}", kind=kind, values={name: item[name] for name in names})
