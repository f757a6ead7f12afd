"""The meaning of an option of the planner in the space of actions, and the check that it may be offered at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from packs.airline.fields import ACTIONS

from evaluation.airline.exact.actions import JOINED_PILOTS, SPLIT_FROM, SPLIT_PILOTS, Action, Space
from evaluation.airline.exact.readiness import too_early
from evaluation.airline.rules import crews
from evaluation.airline.rules.clock import minutes
from evaluation.airline.rules.duties import european


def meant(space: Space, name: str, parameters: Mapping[str, Any]) -> Action | None:
    """The action that an option means; ``None`` for one that this evaluation does not know.

    Args:
        space: The actions of the disruption.
        name: The option's action.
        parameters: The option's parameters.
    """
    if name == "cancel_rebook":
        return Action(name=name)
    if name == "consolidate":
        return Action(name=name, tail=str(parameters["tail"]), into=str(parameters["consolidated_into"]))
    if name not in ACTIONS or "departure_utc" not in parameters:
        return None
    delay, tail = minutes(parameters["departure_utc"]) - space.case.departure, str(parameters["tail"])
    action = Action(
        name=name,
        tail=tail,
        delay=delay,
        crew=_crew(space, name, parameters),
        offload=bool(parameters.get("offload_cold_chain", False)),
        on_blocks=_on_blocks(space, tail, delay),
    )
    if name == "wet_lease":
        offered = next((each for each in space.offers if each["offer_id"] == parameters["offer_id"]), None)
        key = (str(offered["station_day"]), str(offered["offer_id"])) if offered else None
        return replace(action, crew="", offer=key) if key else None
    return replace(
        action,
        helper=str(parameters.get("joined_by") or parameters.get("ferried_by") or ""),
        carrier=str(parameters.get("positioned_on") or ""),
        alternate=str(parameters.get("arrival_airport") or "") if name == "divert" else "",
        longer=bool(parameters.get("discretion_minutes")),
    )


def _crew(space: Space, name: str, parameters: Mapping[str, Any]) -> str:
    duty, crew = space.case.duty, str(parameters.get("crew_id") or "")
    if crew and (duty is None or crew != duty["crew_id"]):
        return crew
    if name == "delay_split_duty":
        return crews.SPLIT
    return crews.RESTED if parameters.get("crew_rested") or name == "delay_crew_rest" else crews.OWN


def _on_blocks(space: Space, tail: str, delay: int) -> int:
    if tail == space.case.flight["tail"]:
        return space.own(delay).on_blocks
    stays = [each for each in space.stays(tail) if each[1] <= delay] or space.stays(tail)[:1]
    return stays[-1][0] if stays else space.case.departure


def refused(space: Space, action: Action) -> bool:
    """True if an action may not be offered, whatever its fields say: somebody or something cannot be there in time."""
    case = space.case
    if action.name == "consolidate":
        return not any((each.tail, each.into) == (action.tail, action.into) for each in space.grounded())
    if not action.flies:
        return False
    own_tail, departure = action.tail == case.flight["tail"], case.departure + action.delay
    if action.delay < 0 or too_early(space, action):
        return True
    if action.name == "ferry_aircraft":
        return case.from_hub or not space.swappable or not space.can_ferry(action)
    if action.name == "wet_lease":
        allowed = case.from_hub and (space.swappable or case.crew_missing)
        return not allowed or not space.lease_holds(action, space.offer(action))
    if action.name == "position_crew":
        flights = {each["flight_id"]: each for each in crews.carriers(case, space.type_of(action))}
        came = flights.get(action.carrier)
        return came is None or minutes(came["arrival_utc"]) + case.figures.positioned_ready_minutes > departure
    called = bool(action.helper) or action.crew not in (crews.OWN, crews.RESTED, crews.SPLIT)
    if called and not case.from_hub:
        return True
    if not own_tail:
        stays = space.stays(action.tail)
        return not (case.from_hub and space.swappable and any(least <= action.delay for _, least in stays))
    return _own_refused(space, action)


def _own_refused(space: Space, action: Action) -> bool:
    """The same for the planned aircraft."""
    case, duty, departure = space.case, space.case.duty, space.case.departure + action.delay
    pilots = duty["pilots"] if duty is not None else 0
    if action.name == "augment_crew":
        wide = case.types[case.flight["type"]].wide
        return not wide or pilots not in JOINED_PILOTS or case.crew_missing
    if action.name == "divert":
        shut = case.from_hub and (case.shut(action.delay) or case.shut(0))
        return not shut or action.alternate not in case.alternates
    if action.crew == crews.SPLIT:
        return not european(case.operator) or pilots != SPLIT_PILOTS or departure - case.waits_from < SPLIT_FROM
    return action.crew == crews.RESTED and case.from_hub
