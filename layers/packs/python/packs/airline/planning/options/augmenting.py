"""Pilots of a reserve crew join the rostered crew and rest in flight in turn: a longer flight duty (CS FTL.1.205(c)(2))."""

from __future__ import annotations

from collections.abc import Iterator

from conclave.pack import Item
from msgspec import structs

from packs.airline.bounds import RESERVE_CANDIDATES
from packs.airline.planning.crew_choice import COMFORTABLE_MINUTES, Crews, ground_at_schedule, patiently
from packs.airline.planning.crewing import (
    NO_ROSTER,
    CrewState,
    best_first,
    legal,
    reserve_state,
    tightest,
    together,
)
from packs.airline.planning.departures import Openings, first_own_delay, own_delay, reserve_delay, to_slot
from packs.airline.planning.effects.move import Move, own_aircraft
from packs.airline.planning.effects.sectors import crew_of, legs_of
from packs.airline.planning.options.draft import Draft, named
from packs.airline.planning.situation import Situation

MOST_PILOTS = 4
JOINING_PILOTS = 2


def shown(situation: Situation) -> list[Draft]:
    """The reserve crew that would join first, when the rostered crew has no duty time left at the earliest departure."""
    duty, kind, first = situation.duty, situation.flight["type"], first_own_delay(situation)
    if duty is None or first is None or not _possible(situation):
        return []
    delay = to_slot(situation, max(own_delay(situation), reserve_delay(situation, kind)))
    own = crew_of(situation, kind, delay)
    if own.duty_margin is None or own.duty_margin >= 0:
        return []
    enlarged = _enlarged(situation, duty, delay)
    joined = {crew["crew_id"]: _joined(situation, enlarged, crew, delay) for crew in situation.on_call(duty["rating"])}
    # All have the crew id of the rostered crew: the reserve's own id breaks ties and names who joins.
    ranked = best_first([structs.replace(state, crew_id=name) for name, state in joined.items()])
    return [named(_move(situation, delay, joined[each.crew_id], each.crew_id), situation) for each in ranked[:1]]


def ways(situation: Situation, crews: Crews, openings: Openings) -> Iterator[Move]:
    """The reserve crews that are ready first, at the earliest legal times at which the crew alone has little duty time."""
    first, kind, duty = first_own_delay(situation), situation.flight["type"], situation.duty
    if first is None or duty is None or not _possible(situation):
        return
    own, called = {}, reserve_delay(situation, kind)
    for delay in openings.of(kind):
        alone = crews.rostered(kind, delay)
        if delay < max(first, called) or (alone.duty_margin or 0) >= COMFORTABLE_MINUTES:
            continue
        if legal(enlarged := _enlarged(situation, duty, delay)):
            own[delay] = enlarged
    found = []
    ground = ground_at_schedule(situation, own_aircraft(situation, 0, NO_ROSTER))
    for crew in situation.on_call(situation.types[kind].rating, first=True):
        within = (each for each in own if _reports_in_standby(situation, crew, each))
        states = patiently(((delay, _joined(situation, own[delay], crew, delay)) for delay in within), ground=ground)
        found += [(crew["crew_id"], states)] if states else []
    found.sort(key=lambda each: (each[1][0][0], -tightest(each[1][0][1]), each[0]))
    for name, states in found[:RESERVE_CANDIDATES]:
        yield from (_move(situation, delay, state, name) for delay, state in states)


def _possible(situation: Situation) -> bool:
    duty, kind = situation.duty, situation.types[situation.flight["type"]]
    return (
        situation.from_hub
        and kind.wide
        and duty is not None
        and duty["pilots"] < MOST_PILOTS
        and not situation.held.crew
    )


def _pilots(duty: Item) -> int:
    return int(min(MOST_PILOTS, duty["pilots"] + JOINING_PILOTS))


def _enlarged(situation: Situation, duty: Item, delay: int) -> CrewState:
    """The rostered crew as part of the larger one."""
    return crew_of(situation, situation.flight["type"], delay, joining=_pilots(duty) - duty["pilots"])


def _report(situation: Situation, delay: int) -> int:
    reports = situation.operator.report_minutes(situation.flight["type"])
    return int(situation.flight["departure_utc"]) + delay - reports


def _reports_in_standby(situation: Situation, crew: Item, delay: int) -> bool:
    return bool(crew["standby_start_utc"] <= _report(situation, delay) <= crew["standby_end_utc"])


def _joined(situation: Situation, own: CrewState, crew: Item, delay: int) -> CrewState:
    """The larger crew: the tighter of both in everything."""
    duty, kind = situation.duty or {}, situation.flight["type"]
    joining = reserve_state(
        situation.operator,
        crew,
        situation.reserve_clock(crew),
        report_utc=_report(situation, delay),
        legs=legs_of(situation, kind, delay),
        rating=situation.types[kind].rating,
        pilots=_pilots(duty),
        rest_class=duty["rest_class"],
    )
    return together(own, joining)


def _move(situation: Situation, delay: int, crew: CrewState, joined_by: str) -> Move:
    return structs.replace(
        own_aircraft(situation, delay, crew),
        action="augment_crew",
        summary=f"Wait {delay} minutes, pilots of reserve crew {joined_by} join and rest in flight in turn",
        parameters=(("joined_by", joined_by),),
        extra_usd=situation.figures.reserve_call_out_cost,
    )
