"""The exact evaluation: every action of a finer space than the planner's, each field computed a second time.

What may be done follows from ``docs/airline.md`` and the sources named there; nothing of the pack but its declarations and
its operator's figures is imported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conclave.types import Value
from packs.airline.models import Incident

from evaluation.airline.exact.actions import LONGEST_DELAY, STEP, Action, Space, Worth, always
from evaluation.airline.exact.bound import Bound, score
from evaluation.airline.exact.fields import Draft, Fields
from evaluation.airline.exact.least import Least
from evaluation.airline.exact.meaning import meant, refused
from evaluation.airline.exact.money import Money
from evaluation.airline.exact.parties import Passengers
from evaluation.airline.rules import crews
from evaluation.airline.rules.case import Case
from evaluation.airline.rules.crews import Crew
from evaluation.data import Rows

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
        self.fields = Fields(self.case, self.space, self.passengers, least)
        self.bound = Bound(self.case, self.passengers, least)

    @property
    def missing(self) -> list[str]:
        """Facts without which nobody may decide."""
        return self.case.missing()

    def own(self, delay: int) -> Action:
        """The planned aircraft and crew, later."""
        return self.space.own(delay)

    def evaluate(self, action: Action) -> Evaluation:
        """All fields of an action, its score, and the rules it breaks."""
        if action.flies:
            return self.flown(action, self.fields.draft(action))
        return self._evaluation(action, *self.fields.grounded(action))

    def flown(self, action: Action, draft: Draft) -> Evaluation:
        """The same of an action that flies, from its draft."""
        return self._evaluation(action, self.fields.finished(draft), draft.broken)

    def _evaluation(self, action: Action, values: Mapping[str, Value], broken: Sequence[str]) -> Evaluation:
        told = (*broken, NOT_ON_OFFER) if refused(self.space, action) else tuple(broken)
        return Evaluation(action=action, fields=values, total=score(values), broken=told)

    def drafted(self, action: Action) -> Draft:
        """The fields of flying that do not depend on the passengers, and the rules that the action breaks."""
        return self.fields.draft(action)

    def action_of(self, name: str, parameters: Mapping[str, Any]) -> Action | None:
        """The action that an option of the planner means; ``None`` for one that is not known here."""
        return meant(self.space, name, parameters)

    def actions(self, delay: int, worth: Worth = always) -> Iterator[Action]:
        """Every way to fly with this delay that receipt, airports, slots and weather allow.

        Args:
            delay: Minutes after schedule.
            worth: Whether an action can be wanted, whoever flies it; others may be left out.
        """
        if self.case.departure + delay < self.case.received:
            return
        if self.fields.open_at(delay):
            yield from self.space.flying(delay, worth)
        if self.fields.departs_at(delay):
            yield from self.space.diverted(delay, worth)

    def best(self, above: float = NOTHING) -> Evaluation | None:
        """The feasible action with the highest total, the first of those that have it.

        Args:
            above: A total that is known to be had. Who names one spares the search all that it rules out.

        Returns:
            ``None`` when every action that scores more than ``above`` breaks a rule.
        """
        search = Search(self, above)
        for action in self.space.grounded():
            search.grounded(action)
        for delay in range(0, LONGEST_DELAY + 1, STEP):
            if delay >= search.ends:
                break
            for action in self.actions(delay, search.worth):
                search.flying(action)
        self._rested(search)
        return search.found

    def _rested(self, search: Search) -> None:
        """A rest of the crew may take longer than a day."""
        if self.case.from_hub or self.case.duty is None:
            return
        for delay in range(LONGEST_DELAY + STEP, 2 * LONGEST_DELAY, STEP):
            if delay >= search.ends:
                return
            if self.fields.open_at(delay):
                for offload in (False, True) if self.space.may_offload else (False,):
                    search.flying(self.space.own(delay, crews.RESTED, offload))


class Search:
    """A search for the best action of a disruption; its passengers are seated only when it could be.

    Args:
        truth: The disruption.
        above: A total that the action has to exceed.
    """

    def __init__(self, truth: Truth, above: float) -> None:
        self._truth, self._fields, self._bound = truth, truth.fields, truth.bound
        self.found: Evaluation | None = None
        self.least = above
        """The total that the next action has to exceed."""

    @property
    def ends(self) -> int:
        """The delay from which on nothing is better than what is found."""
        return self._bound.ends(self.least)

    def grounded(self, action: Action) -> None:
        """Keeps an action without the flight, if it is feasible and better."""
        self._keep(self._truth.evaluate(action))

    def worth(self, action: Action) -> bool:
        """True if flying could be better than what is found, whoever the crew is."""
        kind = self._truth.space.type_of(action)
        highest = self._bound.of(action, kind, everybody=self._seated(action))
        return highest > self.least and not self._fields.hopeless(action, relieved=True)

    def flying(self, action: Action) -> None:
        """Keeps an action that flies, if it is feasible and better; what costs less to know comes first."""
        if not self.worth(action):
            return
        crew = self._fields.crew(action)
        if not crew.legal or self._fields.hopeless(action, relieved=crew.relieved) or not self._crewed(action, crew):
            return
        sums = self._fields.sums(action)
        if score(self._fields.bounded(action, sums)) <= self.least:
            return
        draft = self._fields.draft(action, sums)
        if not draft.broken:
            self._keep(self._truth.flown(action, draft))

    def _seated(self, action: Action) -> bool:
        """True if everybody has a seat."""
        return self._fields.seats(action) >= self._truth.passengers.total

    def _crewed(self, action: Action, crew: Crew) -> bool:
        """True if the action could be better with this crew."""
        trip = self._truth.space.trip(action)
        offer = self._truth.space.offer(action) if action.offer is not None else None
        highest = self._bound.crewed(
            trip,
            crew,
            flying=self._bound.money.flying(action, trip, crew, offer),
            turnaround=self._fields.turnaround(action, trip),
            late=self._fields.late(action),
            everybody=self._seated(action),
        )
        return highest > self.least

    def _keep(self, tried: Evaluation) -> None:
        if not tried.broken and tried.total > self.least:
            self.found, self.least = tried, tried.total


def regret(best: Evaluation | None, chosen: float | None) -> float:
    """Share of the best score that a choice leaves; 0 when there was nothing to choose."""
    if best is None or chosen is None or best.total <= 0:
        return 0.0
    return max(0.0, (best.total - chosen) / best.total)
