"""A long delay that the rostered crew spends in rooms: half of the break extends its flight duty (ORO.FTL.220, CS FTL.1.220)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import structs

from packs.airline.operators.figures import Figures
from packs.airline.planning.crew_choice import COMFORTABLE_MINUTES, ground_at_schedule, patiently
from packs.airline.planning.crewing import NO_ROSTER, CrewState
from packs.airline.planning.departures import Openings, delay_after, first_own_delay
from packs.airline.planning.effects.move import Move, own_aircraft
from packs.airline.planning.effects.sectors import crew_of
from packs.airline.planning.options.draft import Draft, named
from packs.airline.planning.options.waiting import candidate_delays
from packs.airline.planning.situation import Situation
from packs.airline.rules.crew.duty_regime import regime
from packs.airline.rules.crew.flight_time import split_duty_extension_minutes


def waited(situation: Situation, delay: int) -> int:
    """Minutes that the crew waits: from the scheduled departure, or the receipt of the report after it."""
    return int(situation.flight["departure_utc"]) + delay - situation.stood_down


def extension_minutes(figures: Figures, wait: int) -> int:
    """Minutes that a wait spent in rooms adds to the flight duty limit."""
    if wait < figures.split_duty_from_minutes:
        return 0
    away = min(wait, figures.split_duty_counted_minutes + figures.split_duty_away_minutes)
    return split_duty_extension_minutes(break_minutes=away, away_minutes=figures.split_duty_away_minutes, suitable=True)


def shown(situation: Situation) -> list[Draft]:
    """The first long delay that the crew cannot fly without a break: would one help?"""
    if not _possible(situation):
        return []
    kind = situation.flight["type"]
    for delay in candidate_delays(situation):
        crew = crew_of(situation, kind, delay, waits=True)
        long = waited(situation, delay) >= situation.figures.split_duty_from_minutes
        if long and crew.duty_margin is not None and crew.duty_margin < 0:
            return [named(_move(situation, delay, _split(situation, crew, delay)), situation)]
    return []


def ways(situation: Situation, openings: Openings) -> Iterator[Move]:
    """The earliest legal times of those at which the crew has little duty time without the break."""
    first, kind = first_own_delay(situation), situation.flight["type"]
    if first is None or not _possible(situation):
        return
    least = max(first, delay_after(situation, 0) + situation.figures.split_duty_from_minutes)
    states = ((delay, crew_of(situation, kind, delay, waits=True)) for delay in openings.of(kind) if delay >= least)
    tired = (
        (delay, _split(situation, crew, delay))
        for delay, crew in states
        if (crew.duty_margin or 0) < COMFORTABLE_MINUTES
    )
    ground = ground_at_schedule(situation, own_aircraft(situation, 0, NO_ROSTER))
    for delay, crew in patiently(tired, ground=ground):
        yield _move(situation, delay, crew)


def _possible(situation: Situation) -> bool:
    """Not together with in-flight rest: CS FTL.1.220."""
    return (
        regime(situation.operator.duty_regime).splits_duty
        and situation.duty is not None
        and situation.duty["pilots"] == 2
    )


def _split(situation: Situation, crew: CrewState, delay: int) -> CrewState:
    return structs.replace(
        crew, duty_margin=(crew.duty_margin or 0) + extension_minutes(situation.figures, waited(situation, delay))
    )


def _move(situation: Situation, delay: int, crew: CrewState) -> Move:
    longer = extension_minutes(situation.figures, waited(situation, delay))
    return structs.replace(
        own_aircraft(situation, delay, crew),
        action="delay_split_duty",
        summary=f"Wait {delay} minutes, the crew rests in rooms and may work {longer} minutes longer",
        extra_usd=situation.figures.split_duty_rooms_cost,
    )
