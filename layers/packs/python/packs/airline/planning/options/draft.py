"""An option before its fields are computed."""

from __future__ import annotations

from collections.abc import Iterable

from conclave.pack import Item
from msgspec import Struct, structs

from packs.airline.planning.effects.merging import Merger
from packs.airline.planning.effects.move import Move
from packs.airline.planning.situation import Situation


class Draft(Struct, frozen=True, kw_only=True):
    """A proposal. ``move`` is ``None`` when the flight does not operate; a ``merger`` then takes its passengers."""

    action: str
    move: Move | None
    summary: str
    merger: Merger | None = None


def named(move: Move, situation: Situation) -> Draft:
    """A way to fly that the search found, named like what a controller would ask about."""
    if move.action:
        return Draft(action=move.action, move=move, summary=f"{move.summary}{_beyond(move)}{_left_behind(move)}")
    if move.swapped:
        with_crew = f" with reserve crew {move.crew.crew_id}" if move.crew.reserve else ""
        action = "swap_aircraft_and_crew" if move.crew.reserve else "swap_aircraft"
        return _aircraft_draft(action, move, with_crew)
    if move.offload:
        return without_cold_chain(move, situation)
    if move.crew.rested:
        return crew_rest_draft(move, situation.flight)
    if move.crew.discretion:
        crew = f"reserve crew {move.crew.crew_id}" if move.crew.reserve else "same crew"
        summary = f"Wait {move.delay} minutes, {crew}{_beyond(move)}"
        return Draft(action="delay_discretion", move=move, summary=summary)
    if not move.crew.reserve:
        return Draft(action="delay", move=move, summary=f"Wait {move.delay} minutes, same aircraft and crew")
    return Draft(
        action="swap_crew" if situation.held.crew else "delay_swap_crew",
        move=move,
        summary=f"Wait {move.delay} minutes, reserve crew {move.crew.crew_id}",
    )


def _aircraft_draft(action: str, move: Move, with_crew: str) -> Draft:
    summary = f"Fly {move.tail} ({move.kind}){with_crew}, {move.delay} minutes late{_beyond(move)}{_left_behind(move)}"
    return Draft(action=action, move=move, summary=summary)


def _beyond(move: Move) -> str:
    minutes = move.crew.discretion
    return f", the commander lengthens the duty by {minutes} minutes" if minutes else ""


def _left_behind(move: Move) -> str:
    return ", cold-chain cargo stays in the cool store" if move.offload else ""


def crew_rest_draft(move: Move, flight: Item) -> Draft:
    """The rostered crew rests where it is and flies then."""
    summary = f"Wait {move.delay} minutes, the crew rests at {flight['origin']}"
    return Draft(action="delay_crew_rest", move=move, summary=summary)


def without_cold_chain(move: Move, situation: Situation) -> Draft:
    """A delay without the cargo that cannot wait."""
    crew = f"reserve crew {move.crew.crew_id}" if move.crew.reserve else "same crew"
    if move.crew.rested:
        crew = f"the crew rests at {situation.flight['origin']}"
    return Draft(
        action="delay_offload_cargo",
        move=structs.replace(move, offload=True),
        summary=f"Wait {move.delay} minutes, {crew}{_beyond(move)}, cold-chain cargo stays in the cool store",
    )


def distinct(drafts: Iterable[Draft]) -> list[Draft]:
    """Drafts without those that do the same as an earlier one."""
    seen: dict[tuple[object, ...], Draft] = {}
    for draft in drafts:
        move = draft.move
        key = _same(move) if move else _same_end(draft)
        seen.setdefault(key, draft)
    return list(seen.values())


def _same_end(draft: Draft) -> tuple[object, ...]:
    merger = draft.merger
    return (draft.action, merger.into["flight_id"], merger.spare.item["tail"]) if merger else (draft.action,)


def _same(move: Move) -> tuple[object, ...]:
    crew = move.crew
    own = crew.crew_id, crew.report_utc, crew.discretion
    return move.action, move.tail, move.delay, *own, move.offload, move.parameters
