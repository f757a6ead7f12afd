"""The exact evaluation: every action of a finer space than the planner's, each field computed a second time.

Every five minutes of delay up to a day, every aircraft that stands at the origin, the rostered crew and every reserve, with
and without the cold-chain cargo, and cancelling. What may be done follows from ``docs/airline.md`` and the sources
named there; nothing of the pack but its declarations and its operator's figures is imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from conclave.tables import Item
from conclave.types import Value
from packs.airline import assumptions as figures
from packs.airline.models import FIELDS, Cause, Incident
from packs.airline.scores import DIMENSIONS

from evaluation.airline import crews
from evaluation.airline.case import Case
from evaluation.airline.clock import minutes
from evaluation.airline.fields import Fields
from evaluation.airline.parties import Passengers
from evaluation.data import Rows

STEP = 5
LONGEST_DELAY = 1_440
DECLARED = tuple(each.name for each in FIELDS)
CANCEL, FLY = "cancel", "fly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What is done with the flight.

    Attributes:
        what: ``FLY`` or ``CANCEL``.
        tail: Aircraft.
        delay: Minutes after schedule.
        crew: ``own``, ``rested``, ``split`` or the id of a reserve crew.
        offload: Cold-chain cargo stays in the cool store.
        on_blocks: When the aircraft came to the origin, in minutes since 1970.
    """

    what: str = FLY
    tail: str = ""
    delay: int = 0
    crew: str = crews.OWN
    offload: bool = False
    on_blocks: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """An action in figures; ``broken`` names the rules it breaks, none when it is feasible."""

    action: Action
    fields: Mapping[str, Value]
    total: float
    broken: tuple[str, ...]


def score(values: Mapping[str, Value]) -> float:
    """The total score of an option's fields, as the pack declares it."""
    full = {**dict.fromkeys(DECLARED), **values}
    return sum(each.weight * min(1.0, max(0.0, each.score(full))) for each in DIMENSIONS)


class Truth:
    """Everything about one disruption.

    Args:
        rows: The rows of the network.
        incident: The resolved incident.
    """

    def __init__(self, rows: Rows, incident: Incident) -> None:
        self.case = Case(rows, incident)
        self.passengers = Passengers(self.case)
        self._fields = Fields(self.case, self.passengers)
        self._own_stay = self.case.arrived(self.case.flight["tail"])
        self._best_reserve = cache(self._find_best_reserve)

    @property
    def missing(self) -> list[str]:
        """Facts without which nobody may decide."""
        return self.case.missing()

    @property
    def cancelling(self) -> Action:
        """Not flying."""
        return Action(what=CANCEL)

    def evaluate(self, action: Action) -> Evaluation:
        """All fields of an action, its score, and the rules it breaks."""
        if action.what == CANCEL:
            values, broken = self._fields.cancelled()
        else:
            values, broken = self._fields.flown(
                tail=action.tail,
                aircraft_type=self._type(action.tail),
                delay=action.delay,
                crew=self._crew(action),
                offload=action.offload,
                on_blocks=action.on_blocks,
                own=action.tail == self.case.flight["tail"],
            )
        return Evaluation(action=action, fields=values, total=score(values), broken=tuple(broken))

    def action_of(self, name: str, parameters: Mapping[str, Any]) -> Action | None:
        """The action that an option of the planner means; ``None`` for one that is not evaluated."""
        if name == "cancel_rebook":
            return Action(what=CANCEL)
        if not name.startswith(("delay", "swap")) or "departure_utc" not in parameters:
            return None
        delay, tail = minutes(parameters["departure_utc"]) - self.case.departure, str(parameters["tail"])
        duty, crew = self.case.duty, str(parameters.get("crew_id", ""))
        if duty is not None and crew == duty["crew_id"]:
            crew = {"delay_crew_rest": crews.RESTED, "delay_split_duty": crews.SPLIT}.get(name, crews.OWN)
        offload = bool(parameters.get("offload_cold_chain", False))
        stays = [each for each in self._stays(tail) if each[1] <= delay] or self._stays(tail)
        on_blocks = stays[0][0] if stays else self.case.departure
        if tail == self.case.flight["tail"]:
            on_blocks = self.case.departure if self._own_stay is None else self._own_stay
        return Action(tail=tail, delay=delay, crew=crew or crews.OWN, offload=offload, on_blocks=on_blocks)

    def best(self) -> Evaluation | None:
        """The feasible action with the highest total; ``None`` when every one breaks a rule."""
        best = self.evaluate(self.cancelling)
        found: Evaluation | None = None if best.broken else best
        bound = Bound(self)
        for delay in range(0, LONGEST_DELAY + 1, STEP):
            if found is not None and bound.total(delay) <= found.total:
                break
            if not self._fields.open_at(delay):
                continue
            for action in self.actions(delay):
                if found is not None and bound.of(action) <= found.total:
                    continue
                tried = self.evaluate(action)
                if not tried.broken and (found is None or tried.total > found.total):
                    found = tried
        return self._rested(found)

    def _rested(self, found: Evaluation | None) -> Evaluation | None:
        """A rest of the crew may take longer than a day."""
        if self.case.from_hub or self.case.duty is None:
            return found
        for delay in range(LONGEST_DELAY + STEP, 2 * LONGEST_DELAY, STEP):
            for offload in (False, True):
                own = self.own(delay, crews.RESTED, offload)
                if Bound(self).of(own) <= (found.total if found else 0.0):
                    return found
                tried = self.evaluate(own)
                if not tried.broken and (found is None or tried.total > found.total):
                    found = tried
        return found

    def actions(self, delay: int) -> Iterator[Action]:
        """Every way to fly with this delay: aircraft, crew, cargo."""
        for offload in (False, True) if self._fields.may_offload else (False,):
            for kind in (crews.OWN, crews.RESTED, crews.SPLIT):
                if self._applies(kind, delay):
                    yield self.own(delay, kind, offload)
            yield from self._with_reserve(self.own(delay, crews.OWN, offload))
            if self.case.from_hub and self.case.incident.cause.value in figures.SWAPPABLE_CAUSES:
                yield from self._swaps(delay, offload)

    def _applies(self, kind: str, delay: int) -> bool:
        if kind == crews.RESTED:
            return not self.case.from_hub
        if kind == crews.SPLIT:
            duty = self.case.duty
            return duty is not None and duty["pilots"] == 2 and crews.split_extension(delay) > 0 and SPLIT_DECLARED
        return True

    def own(self, delay: int, crew: str = crews.OWN, offload: bool = False) -> Action:
        """Flying the planned aircraft with this delay."""
        on_blocks = self.case.departure if self._own_stay is None else self._own_stay
        return Action(tail=self.case.flight["tail"], delay=delay, crew=crew, offload=offload, on_blocks=on_blocks)

    def _swaps(self, delay: int, offload: bool) -> Iterator[Action]:
        for tail in self._tails:
            stays = [each for each in self._stays(tail) if each[1] <= delay]
            if stays:
                action = Action(tail=tail, delay=delay, offload=offload, on_blocks=stays[0][0])
                yield action
                yield from self._with_reserve(action)

    def _with_reserve(self, action: Action) -> Iterator[Action]:
        if not self.case.from_hub or action.delay < figures.RESERVE_READY_MINUTES:
            return
        crew = self._best_reserve(self._type(action.tail), action.delay)
        if crew:
            yield Action(
                tail=action.tail,
                delay=action.delay,
                crew=crew,
                offload=action.offload,
                on_blocks=action.on_blocks,
            )

    def _find_best_reserve(self, aircraft_type: str, delay: int) -> str:
        """The legal reserve crew that adds most to safety; all cost the same and fly the same."""
        rating = figures.TYPES[aircraft_type].rating
        states = [crews.reserve(self.case, each, aircraft_type, delay) for each in self._reserves(rating)]
        legal = [each for each in states if each.legal]
        return max(legal, key=_ease).crew_id if legal else ""

    @cache  # noqa: B019  one object per disruption, gone with it
    def _reserves(self, rating: str) -> tuple[Item, ...]:
        return tuple(crews.reserves(self.case, rating))

    def _crew(self, action: Action) -> crews.Crew:
        kind = self._type(action.tail)
        if action.crew in (crews.OWN, crews.RESTED, crews.SPLIT):
            return crews.rostered(self.case, kind, action.delay, action.crew)
        crew = self.case.rows.item("crews", action.crew)
        return crews.NOBODY if crew is None else crews.reserve(self.case, crew, kind, action.delay)

    def _type(self, tail: str) -> str:
        if tail == self.case.flight["tail"]:
            return str(self.case.flight["type"])
        aircraft = self.case.rows.item("aircraft", tail)
        return str(aircraft["type"]) if aircraft else str(self.case.flight["type"])

    @property
    def _tails(self) -> Iterable[str]:
        """Every other aircraft of the same cabin class."""
        wide = figures.TYPES[self.case.flight["type"]].wide
        return [
            each["tail"]
            for each in self.case.rows.all("aircraft")
            if each["tail"] != self.case.flight["tail"] and figures.TYPES[each["type"]].wide == wide
        ]

    @cache  # noqa: B019  one object per disruption, gone with it
    def _stays(self, tail: str) -> tuple[tuple[int, int], ...]:
        """When an aircraft came to the hub, and the least delay with which it can take the flight over."""
        turnaround = figures.TYPES[self._type(tail)].turnaround_minutes
        line, found = self.case.line(tail), []
        arrivals = [self.case.schedule_begins, *(minutes(each["arrival_utc"]) for each in line)]
        stations = [figures.HUB, *(each["destination"] for each in line)]
        leaves = [*(minutes(each["departure_utc"]) for each in line), None]
        for came, station, until in zip(arrivals, stations, leaves, strict=True):
            earliest = max(self.case.departure + figures.SWAP_READY_MINUTES, came + turnaround)
            if station == figures.HUB and (until is None or earliest <= until):
                found.append((came, -(-(earliest - self.case.departure) // STEP) * STEP))
        return tuple(each for each in found if each[1] <= LONGEST_DELAY)


SPLIT_DECLARED = hasattr(figures, "SPLIT_DUTY_AWAY_MINUTES")
"""Whether the operator uses split duty; without its figures nobody can."""


def _ease(crew: crews.Crew) -> tuple[float, float, str]:
    duty, rest = crew.duty_margin or 0, crew.rest_margin or 0
    return 0.35 * min(1.0, duty / 60) + 0.25 * min(1.0, rest / 60), duty + rest, crew.crew_id


class Bound:
    """What no action with a delay can pass, so that the search may stop."""

    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self._ground = min(each.ground_hourly_usd for each in figures.TYPES.values())
        self._cheapest = cache(self._parts)

    def total(self, delay: int) -> float:
        """Over all aircraft and crews, never growing with the delay."""
        return self._cheapest(delay, self._ground)

    def of(self, action: Action) -> float:
        """Of one action."""
        kind = figures.TYPES[self._truth._type(action.tail)]
        return self._cheapest(action.delay, kind.ground_hourly_usd)

    def _parts(self, delay: int, ground: int) -> float:
        passengers = self._truth.passengers
        least = {
            "passenger_delay_minutes": passengers.least_mean_delay(self._truth.case.arrival + delay),
            "total_cost_usd": delay / 60 * ground,
            "passengers_stranded": 0,
            "missed_connections": 0,
            "downstream_delay_minutes": 0,
            "cancelled": False,
        }
        return score(least)


def regret(best: Evaluation | None, chosen: float | None) -> float:
    """Share of the best score that a choice leaves; 0 when there was nothing to choose."""
    if best is None or chosen is None or best.total <= 0:
        return 0.0
    return max(0.0, (best.total - chosen) / best.total)


__all__ = ["Action", "Cause", "Evaluation", "Truth", "regret", "score"]
