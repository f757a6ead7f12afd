"""The exact evaluation: every action of a finer space than the planner's, each field computed a second time.

What may be done follows from ``docs/airline.md`` and the sources named there; nothing of the pack but its declarations and
its operator's figures is imported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from conclave.types import Value
from packs.airline.fields import FIELDS
from packs.airline.models import Incident
from packs.airline.scores import DIMENSIONS

from evaluation.airline.exact.actions import LONGEST_DELAY, STEP, Action, Space
from evaluation.airline.exact.fields import Draft, Fields
from evaluation.airline.exact.least import Least
from evaluation.airline.exact.meaning import meant, refused
from evaluation.airline.exact.money import Money
from evaluation.airline.exact.parties import Passengers
from evaluation.airline.rules import crews
from evaluation.airline.rules.case import Case, Trip
from evaluation.airline.rules.crews import Crew
from evaluation.data import Rows

DECLARED = tuple(each.name for each in FIELDS)
ROUNDED = 2
"""Dollars that rounding each part of a cost may take away."""
NOTHING = -1.0
"""Less than any total."""
NOT_ON_OFFER = "not on offer"
"""The rule that an action breaks if its aircraft, crew or airport cannot be had in time."""


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
        received: When it was reported, ISO 8601 UTC; at the scheduled departure unless told.
    """

    def __init__(self, rows: Rows, incident: Incident, received: str = "") -> None:
        self.case = Case(rows, incident, received)
        self.passengers = Passengers(self.case)
        self.space = Space(self.case)
        least = Least(self.case, self.passengers, Money(self.case))
        self._fields = Fields(self.case, self.space, self.passengers, least)
        self._bound = Bound(self.case, self.passengers, least)

    @property
    def missing(self) -> list[str]:
        """Facts without which nobody may decide."""
        return self.case.missing()

    def own(self, delay: int) -> Action:
        """The planned aircraft and crew, later."""
        return self.space.own(delay)

    def evaluate(self, action: Action) -> Evaluation:
        """All fields of an action, its score, and the rules it breaks."""
        if not action.flies:
            values, broken = self._fields.grounded(action)
        else:
            draft = self._fields.draft(action)
            values, broken = self._fields.finished(draft), list(draft.broken)
        if refused(self.space, action):
            broken.append(NOT_ON_OFFER)
        return Evaluation(action=action, fields=values, total=score(values), broken=tuple(broken))

    def drafted(self, action: Action) -> Draft:
        """The fields of flying that do not depend on the passengers, and the rules that the action breaks."""
        return self._fields.draft(action)

    def action_of(self, name: str, parameters: Mapping[str, Any]) -> Action | None:
        """The action that an option of the planner means; ``None`` for one that is not known here."""
        return meant(self.space, name, parameters)

    def actions(self, delay: int) -> Iterator[Action]:
        """Every way to fly with this delay that receipt, airports, slots and weather allow."""
        if self.case.departure + delay < self.case.received:
            return
        if self._fields.open_at(delay):
            yield from self.space.flying(delay)
        if self._fields.departs_at(delay):
            yield from self.space.diverted(delay)

    def best(self, above: float = NOTHING) -> Evaluation | None:
        """The feasible action with the highest total, the first of those that have it.

        Args:
            above: A total that is known to be had. Who names one spares the search all that it rules out.

        Returns:
            ``None`` when every action that scores more than ``above`` breaks a rule.
        """
        found: Evaluation | None = None
        for action in self.space.grounded():
            found = self._better(action, found, above)
        for delay in range(0, LONGEST_DELAY + 1, STEP):
            if self._bound.total(delay) <= _least(found, above):
                break
            for action in self.actions(delay):
                found = self._better(action, found, above)
        return self._rested(found, above)

    def _better(self, action: Action, found: Evaluation | None, above: float) -> Evaluation | None:
        """The action, if it is feasible and better. Its passengers are seated only when it could be."""
        least = _least(found, above)
        if action.flies:
            everybody = self._fields.seats(action) >= self.passengers.total
            if self._bound.of(action, self.space.type_of(action), everybody=everybody) <= least:
                return found
            crew, trip = self._fields.crew(action), self.space.trip(action)
            offer = self.space.offer(action) if action.offer is not None else None
            flying = self._bound.money.flying(action, trip, crew, offer)
            turnaround = self._fields.turnaround(action, trip)
            if not crew.legal or self._bound.crewed(trip, crew, flying, turnaround, everybody) <= least:
                return found
            if self._fields.hopeless(action):
                return found
            draft = self._fields.draft(action)
            if draft.broken or score(self._fields.bounded(draft)) <= least:
                return found
        tried = self.evaluate(action)
        return found if tried.broken or tried.total <= least else tried

    def _rested(self, found: Evaluation | None, above: float) -> Evaluation | None:
        """A rest of the crew may take longer than a day."""
        if self.case.from_hub or self.case.duty is None:
            return found
        for delay in range(LONGEST_DELAY + STEP, 2 * LONGEST_DELAY, STEP):
            if self._bound.total(delay) <= _least(found, above):
                return found
            for offload in (False, True) if self.space.may_offload else (False,):
                found = self._better(self.space.own(delay, crews.RESTED, offload), found, above)
        return found


def _least(found: Evaluation | None, above: float) -> float:
    """The total that the next action has to exceed."""
    return found.total if found else above


class Bound:
    """The score that no action with a delay can exceed, so that the search may stop."""

    def __init__(self, case: Case, passengers: Passengers, least: Least) -> None:
        self._case, self._passengers, self._harm, self.money = case, passengers, least, Money(case)
        self._ground = min(each.ground_hourly_cost for each in case.types.values())
        self._parts = cache(self._score)
        self._with_crew = cache(self._scored_with_crew)

    def total(self, delay: int) -> float:
        """Over all aircraft and crews, never growing with the delay."""
        return self._parts(delay, self._ground, False)

    def of(self, action: Action, kind: str, *, everybody: bool) -> float:
        """Of one action; ``everybody``: all passengers have a seat."""
        return self._parts(action.delay, self._case.types[kind].ground_hourly_cost, everybody)

    def crewed(self, trip: Trip, crew: Crew, flying: float, turnaround: int | None, everybody: bool) -> float:
        """Of one action with its crew, what flying it costs, and its turnaround margin (``None`` for a lease)."""
        figures, margins = self._case.figures, (crew.duty_margin, crew.rest_margin, turnaround)
        room = tuple(None if each is None else min(60, each) for each in margins)
        cost = flying + crew.replaced * figures.downstream_crew_short_cost
        longer, leased = bool(crew.discretion), crew is crews.LEASED
        return self._with_crew(trip.reached, trip.delay, cost, crew.replaced, room, longer, leased, everybody)

    def _scored_with_crew(
        self,
        reached: int,
        delay: int,
        cost: float,
        replaced: int,
        room: tuple[int | None, ...],
        longer: bool,
        leased: bool,
        everybody: bool,
    ) -> float:
        duty, rest, turnaround = room
        return score(
            {
                **self._least(reached, delay, cost, everybody),
                "downstream_crews_short": replaced,
                "crew_duty_margin_minutes": duty,
                "crew_rest_margin_minutes": rest,
                "turnaround_margin_minutes": turnaround,
                "discretion_minutes": int(longer),
                "lease_approved": leased or None,
            }
        )

    def _score(self, delay: int, ground: float, everybody: bool) -> float:
        return score(self._least(self._case.arrival + delay, delay, delay / 60 * ground, everybody))

    def _least(self, reached: int, delay: int, cost: float, everybody: bool) -> dict[str, Value]:
        """Fields that no action of that delay scores better than."""
        harm = self._harm.of(reached, delay, everybody=everybody)
        return {
            "passenger_delay_minutes": harm.delay // max(1, self._passengers.total),
            "total_cost_usd": int(cost + harm.usd) - ROUNDED,
            "passengers_stranded": 0,
            "missed_connections": harm.missed,
            "downstream_delay_minutes": 0,
            "cancelled": False,
        }


def regret(best: Evaluation | None, chosen: float | None) -> float:
    """Share of the best score that a choice leaves; 0 when there was nothing to choose."""
    if best is None or chosen is None or best.total <= 0:
        return 0.0
    return max(0.0, (best.total - chosen) / best.total)
