"""A leased aircraft that comes with its crew (wet lease)."""

from __future__ import annotations

from collections.abc import Iterator

from conclave.pack import Item

from packs.airline.bounds import LONGEST_DELAY_MINUTES, SEARCHED_TIMES
from packs.airline.planning.crewing import CrewState
from packs.airline.planning.departures import AVOIDABLE, Openings, delay_after, helped_delay, rounded, to_slot
from packs.airline.planning.effects.aircraft import return_arrival
from packs.airline.planning.effects.move import Move
from packs.airline.planning.options.draft import Draft, named
from packs.airline.planning.situation import Situation

SHOWN_OFFERS = 2
LEAST_SEATED = 0.5
"""Share of the booked passengers that a leased aircraft must seat to be looked at."""
LESSORS_CREW = CrewState(
    crew_id="",
    report_utc=None,
    available=True,
    qualified=True,
    duty_margin=None,
    rest_margin=None,
    cumulative_margin=None,
    reserve=False,
)
"""The lessor answers for its crew: its margins are not the operator's to see."""


def shown(situation: Situation) -> list[Draft]:
    """The offers within range that can leave first, even when the authority has not approved them."""
    moves = [_leased(situation, offer, to_slot(situation, first)) for first, offer in _usable(situation)]
    able = [each for each in moves if _in_time(situation, each) and each.range_km >= situation.flight["distance_km"]]
    ready = sorted(able, key=lambda each: each.delay)
    return [named(move, situation) for move in ready[:SHOWN_OFFERS]]


def ways(situation: Situation, openings: Openings) -> Iterator[Move]:
    """Everything that the search weighs: each offer at its earliest times."""
    for first, offer in _usable(situation):
        usable = [delay for delay in openings.of(offer["type"]) if delay >= first]
        moves = [_leased(situation, offer, delay) for delay in usable[:SEARCHED_TIMES]]
        yield from (move for move in moves if _in_time(situation, move))


def _usable(situation: Situation) -> list[tuple[int, Item]]:
    """Offers that seat enough, with the least delay in minutes that availability and notice leave."""
    flight = situation.flight
    notice = delay_after(situation, situation.figures.wet_lease_notice_minutes)
    others = helped_delay(situation, AVOIDABLE) or 0
    found = []
    for offer in situation.lease_offers:
        first = rounded(max(others, notice, offer["available_from_utc"] - flight["departure_utc"]))
        if first <= LONGEST_DELAY_MINUTES and offer["seats"] >= LEAST_SEATED * flight["booked"]:
            found.append((first, offer))
    return found


def _in_time(situation: Situation, move: Move) -> bool:
    """True if the aircraft is back before the offer ends."""
    home = situation.flight["arrival_utc"] + move.delay
    if situation.back:
        home = return_arrival(situation, situation.back, move.kind, home)
    return move.offer is not None and bool(home <= move.offer["available_until_utc"])


def _leased(situation: Situation, offer: Item, delay: int) -> Move:
    hours = situation.flight["block_minutes"] * (2 if situation.back else 1) / 60
    unapproved = "" if offer["approved"] else ", not approved"
    return Move(
        tail=offer["tail"],
        kind=offer["type"],
        model=situation.types[offer["type"]],
        item=None,
        delay=delay,
        on_ground_from=offer["available_from_utc"],
        spare_line=(),
        crew=LESSORS_CREW,
        action="wet_lease",
        summary=f"Lease {offer['tail']} ({offer['type']}) with crew from {offer['operator']}{unapproved}, {delay} minutes late",
        parameters=(("offer_id", offer["offer_id"]),),
        extra_usd=offer["hourly_usd"] * max(offer["minimum_hours"], hours),
        offer=offer,
    )
