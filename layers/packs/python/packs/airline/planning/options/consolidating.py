"""The flight is cancelled, and a larger aircraft flies a later one of its route with the passengers of both."""

from __future__ import annotations

from packs.airline.planning.effects.fields import cancelled_fields
from packs.airline.planning.effects.merging import Merger
from packs.airline.planning.fleet import joinable
from packs.airline.planning.options.draft import Draft
from packs.airline.planning.reaccommodation import Journeys
from packs.airline.planning.search import allowed, total
from packs.airline.planning.situation import Situation

SHOWN_MERGERS = 2


def best(situation: Situation, journeys: Journeys) -> list[Draft]:
    """The best by total score; those that a rule forbids come last."""
    rated = []
    for merger in _possible(situation):
        fields = cancelled_fields(situation, journeys, merger)
        rated.append((not allowed(fields), -total(fields), merger.into["flight_id"], merger.spare.item["tail"], merger))
    return [_draft(each[-1]) for each in sorted(rated, key=lambda each: each[:-1])[:SHOWN_MERGERS]]


def _possible(situation: Situation) -> list[Merger]:
    """Later flights that leave soon, each with every idle aircraft that is larger, and that their crews may fly."""
    if not situation.from_hub:
        return []
    found = []
    for into in joinable(situation.flight, situation.later):
        line = situation.lines.get(into["tail"], ())
        following = next((each for each in line if each["departure_utc"] > into["departure_utc"]), None)
        back = following if following and following["destination"] == situation.hub else None
        for spare in situation.idle:
            kind = situation.types[spare.item["type"]]
            prepared = situation.received + situation.figures.swap_ready_minutes
            ready = max(spare.on_ground_from + kind.turnaround_minutes, prepared)
            fits = kind.rating == situation.types[into["type"]].rating and spare.item["seats"] > into["seats"]
            if fits and ready <= into["departure_utc"]:
                found.append(Merger(into=into, back=back, spare=spare))
    return found


def _draft(merger: Merger) -> Draft:
    item, into = merger.spare.item, merger.into
    more = merger.more_seats[into["flight_id"]]
    return Draft(
        action="consolidate",
        move=None,
        summary=f"Cancel; {item['tail']} ({item['type']}) flies {into['number']} with {more} more seats",
        merger=merger,
    )
