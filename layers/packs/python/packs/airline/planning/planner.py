"""From a disruption to options: what could be done, with every field computed.

Options that break a rule are built, too: it is the checks of the agents that rule them out, so that a reader sees why.
"""

from __future__ import annotations

from collections.abc import Sequence

from conclave.pack import Fact, Item, Option, Plan, Tables

from packs.airline import times
from packs.airline.models import Incident
from packs.airline.operators.records import operator_fact
from packs.airline.planning.drawing import draw
from packs.airline.planning.effects.fields import FlyingEffects, cancelled_fields
from packs.airline.planning.effects.passengers import journeys_of
from packs.airline.planning.effects.sectors import from_hub_again
from packs.airline.planning.options import cancelling, consolidating, shown, ways
from packs.airline.planning.options.draft import Draft, distinct, named
from packs.airline.planning.search import best_moves
from packs.airline.planning.situation import READS, Situation, read_situation

OFFER_FACTS = ("operator", "tail", "type", "seats", "available_from_utc", "available_until_utc", "approved")

__all__ = ["READS", "plan"]


def plan(incident: Incident, tables: Tables, now: str) -> Plan:
    """Builds all options for a resolved incident.

    Args:
        incident: A resolved incident (``flight_id`` is set).
        tables: Batch reads.
        now: Time of receipt, ISO 8601 UTC: nothing is done before it.

    Returns:
        Options with all fields, the facts they rest on, and gaps for records that are missing.

    Raises:
        ReadFailed: A table could not be read.
    """
    situation = read_situation(incident, tables, now)
    journeys = journeys_of(situation)
    effects = FlyingEffects(situation, journeys)
    drafts = distinct(
        [
            *shown(situation),
            *consolidating.best(situation, journeys),
            *(named(found.move, situation) for found in best_moves(situation, ways(situation), effects)),
            Draft(action="cancel_rebook", move=None, summary="Cancel and rebook on later flights"),
        ]
    )
    needed = cancelling.needed(situation)
    named_drafts = {f"O{number}": draft for number, draft in enumerate(drafts, start=1)}
    return Plan(
        options=tuple(_option(name, draft, situation, effects, needed) for name, draft in named_drafts.items()),
        facts=tuple(_facts(situation)),
        gaps=tuple(situation.gaps),
        drawing=draw(situation, named_drafts),
    )


def _option(option_id: str, draft: Draft, situation: Situation, effects: FlyingEffects, needed: bool) -> Option:
    if draft.move is None:
        merger = draft.merger
        parameters = {"flight_id": situation.flight["flight_id"]}
        if merger:
            parameters |= {"consolidated_into": merger.into["flight_id"], "tail": merger.spare.item["tail"]}
        fields = cancelled_fields(situation, effects.journeys, merger) | {"cancellation_needed": needed}
        return Option(id=option_id, action=draft.action, parameters=parameters, fields=fields, summary=draft.summary)
    move = draft.move
    fields = effects.fields(move)
    return Option(
        id=option_id,
        action=draft.action,
        parameters={
            "flight_id": situation.flight["flight_id"],
            "tail": move.tail,
            "crew_id": move.crew.crew_id,
            "crew_report_utc": "" if move.crew.report_utc is None else times.text(move.crew.report_utc),
            "departure_utc": fields["departure_utc"],
            "offload_cold_chain": move.offload,
            **({"recrewed_from": from_hub_again(situation)[0]["flight_id"]} if move.crew.recrewed else {}),
            **({"crew_rested": True} if move.crew.rested else {}),
            **({"discretion_minutes": move.crew.discretion} if move.crew.discretion else {}),
            **dict(move.parameters),
        },
        fields=fields,
        summary=draft.summary,
    )


def _facts(situation: Situation) -> list[Fact]:
    flight = situation.flight
    facts = [
        operator_fact(situation.operator),
        _fact("flights", flight["flight_id"], "flight", flight, ("route", "departure_utc", "tail", "type", "booked")),
    ]
    if situation.duty:
        facts.append(_fact("duties", situation.duty["duty_id"], "duty", situation.duty, ("crew_id", "report_utc")))
    facts += [
        _fact("aircraft", spare.item["tail"], "spare", spare.item, ("tail", "type", "serviceable"))
        for spare in situation.spares
    ]
    facts += [
        _fact("lease_offers", f"{offer['station_day']}/{offer['offer_id']}", "lease_offer", offer, OFFER_FACTS)
        for offer in situation.lease_offers
    ]
    return facts


def _fact(table: str, key: str, kind: str, item: Item, names: Sequence[str]) -> Fact:
    return Fact(id=f"{table}/{key}", kind=kind, values={name: times.shown(item, name) for name in names})
