"""Outcome of an option for its passengers."""

from __future__ import annotations

from collections.abc import Mapping

from conclave.pack import Item, Value
from msgspec import structs

from packs.airline.bounds import REBOOKING_HORIZON_MINUTES
from packs.airline.planning.effects.network import owe
from packs.airline.planning.entitlements.aboard import Queue
from packs.airline.planning.reaccommodation import Journeys
from packs.airline.planning.seats.travels import Outcome, other_seats, own_seats
from packs.airline.planning.situation import Situation
from packs.airline.rules.passengers.europe import Harm


def journeys_of(situation: Situation) -> Journeys:
    """The passengers of the flight and where they may be moved to. Made once per plan: its answers are kept."""
    there = situation.flight["destination"]
    leaving = {name: each for name, each in situation.onward.items() if each["origin"] == there}
    return Journeys(
        flight=situation.flight,
        bookings=situation.bookings,
        later=situation.later,
        others=situation.onward,
        onward_later=situation.onward_later,
        other_carriers=situation.other_carriers,
        rights=situation.rights,
        connections=situation.connections,
        connection_to={name: situation.connection_to(each) for name, each in leaving.items()},
        # Without a record of the airport the run halts: the figure is then nobody's to rely on.
        connection_minutes=situation.connections.get(there, situation.figures.connection_minutes),
    )


def cancelled_return(situation: Situation, back: Item, more_seats: Mapping[str, int]) -> Outcome:
    """Passengers of a return that does not operate; ``more_seats`` adds seats to later flights, by key."""
    return _left_at_return(situation, back, back["booked"], more_seats, Harm.CANCELLED)


def displaced_on_return(situation: Situation, seats: int) -> Outcome:
    """Passengers of the return for whom the aircraft that flies it now has no seat, and the planned one has."""
    back = situation.back
    short = min(back["booked"], back["seats"]) - seats if back else 0
    return _left_at_return(situation, back, short, {}, Harm.DENIED) if back and short > 0 else Outcome()


def _left_at_return(
    situation: Situation, back: Item, waiting: int, more_seats: Mapping[str, int], harm: Harm
) -> Outcome:
    """So many of its passengers, in the order of their bookings, take free seats in order of arrival, own ones first."""
    outcome, queue = Outcome(), Queue(situation.on_board(back).groups)
    own = [own_seats(each) for each in situation.later_back]
    bought = [other_seats(each) for each in situation.other_carriers_back]
    for later in sorted([*own, *bought], key=lambda each: (each.others, each.arrival_utc, each.name)):
        moved = min(waiting, max(0, later.free + more_seats.get(later.name, 0)))
        delay = later.arrival_utc - back["arrival_utc"]
        outcome.add(pax=moved, delay=delay, top=False, rebooked=True, stranded=False)
        for group in queue.next(moved):
            owe(outcome, situation, group, delay=delay, harm=harm)
        if later.others:
            outcome.buy(moved, later.fare)
        waiting -= moved
    outcome.add(pax=waiting, delay=REBOOKING_HORIZON_MINUTES, top=False, rebooked=False, stranded=True)
    for group in queue.next(waiting):
        left = structs.replace(group, slack=None)
        owe(
            outcome,
            situation,
            left,
            delay=REBOOKING_HORIZON_MINUTES,
            harm=harm if harm is Harm.DENIED else Harm.STRANDED,
        )
    return outcome


def passenger_fields(outcome: Outcome) -> dict[str, Value]:
    """Fields of everybody whose travel an option changes."""
    return {
        "missed_connections": outcome.missed,
        "top_tier_disrupted": outcome.top_tier,
        "passengers_rebooked": outcome.rebooked,
        "other_carrier_seats": outcome.on_others,
        "passengers_stranded": outcome.stranded,
        "passenger_delay_minutes": outcome.mean_delay,
    }
