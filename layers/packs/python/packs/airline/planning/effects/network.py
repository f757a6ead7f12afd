"""Later flights that an option makes late, and what their passengers are owed."""

from __future__ import annotations

from collections.abc import Sequence

from conclave.pack import Item
from msgspec import structs

from packs.airline.bounds import DOWNSTREAM_HORIZON_MINUTES
from packs.airline.planning.effects.move import Move
from packs.airline.planning.entitlements.aboard import Group
from packs.airline.planning.knock_on import KnockOn, propagate
from packs.airline.planning.seats.travels import Outcome
from packs.airline.planning.situation import Situation
from packs.airline.rules.passengers.europe import Harm


def later_flights(situation: Situation, move: Move, arrival: int) -> list[KnockOn]:
    """Delays of the rotation's return and of the flights that the aircraft has next."""
    if move.spare_line is None or move.ferry:
        return propagate(
            arrival_utc=arrival,
            line=situation.line,
            turnaround_minutes=move.model.turnaround_minutes,
            airports=situation.airports,
        )
    back = situation.back
    late = propagate(
        arrival_utc=arrival,
        line=[back] if back else [],
        turnaround_minutes=move.model.turnaround_minutes,
        airports=situation.airports,
    )
    home = late[-1].arrival_utc if late else back["arrival_utc"] if back else arrival
    own = [each for each in move.spare_line if each["departure_utc"] > situation.flight["departure_utc"]]
    return [
        *late,
        *propagate(
            arrival_utc=home, line=own, turnaround_minutes=move.model.turnaround_minutes, airports=situation.airports
        ),
    ]


def without_aircraft(situation: Situation) -> list[Item]:
    """Later flights of 24 hours that have no aircraft when the disrupted one is cancelled away from the hub: it stays there."""
    if situation.from_hub:
        return []
    last = situation.flight["arrival_utc"] + DOWNSTREAM_HORIZON_MINUTES
    return [each for each in situation.line if each["departure_utc"] <= last]


def as_planned(situation: Situation, late: Sequence[KnockOn]) -> list[KnockOn]:
    """Late flights by their rows in the schedule: where one leaves from an alternate, its passengers' tickets do not."""
    planned = {each["flight_id"]: each for each in situation.line}
    return [structs.replace(each, flight=planned.get(each.flight["flight_id"], each.flight)) for each in late]


def owed_on_later_flights(situation: Situation, late: Sequence[KnockOn]) -> Outcome:
    """Compensation to the passengers of later flights, by how late each is at the own final destination."""
    owed = Outcome()
    for each in late:
        for group in situation.on_board(each.flight).claims:
            owe(owed, situation, group, delay=each.delay_minutes, harm=Harm.LATE)
    return owed


def owe(owed: Outcome, situation: Situation, group: Group, *, delay: int, harm: Harm) -> None:
    """Adds what passengers of a flight are owed when it, or another one, comes so many minutes late."""
    amount, currency = situation.rights.owed(group.start, group.end, harm=harm, delay=group.late(delay))
    owed.owe(amount, currency, group.pax)
