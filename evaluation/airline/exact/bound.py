"""Scores that no action exceeds, so that most need not be worked out."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from functools import cache

from conclave.types import Value
from packs.airline.fields import FIELDS
from packs.airline.scores import DIMENSIONS

from evaluation.airline.exact.actions import LONGEST_DELAY, STEP, Action
from evaluation.airline.exact.least import Least
from evaluation.airline.exact.money import Money
from evaluation.airline.exact.parties import Passengers
from evaluation.airline.rules import crews
from evaluation.airline.rules.case import Case, Trip
from evaluation.airline.rules.crews import Crew

ROUNDED = 2
"""Dollars that rounding each part of a cost may take away."""
_NOTHING: Mapping[str, Value] = dict.fromkeys(each.name for each in FIELDS)


def score(values: Mapping[str, Value]) -> float:
    """The total score of an option's fields, as the pack declares it."""
    full = {**_NOTHING, **values}
    return sum(each.weight * min(1.0, max(0.0, each.score(full))) for each in DIMENSIONS)


class Bound:
    """The score that no action with a delay can exceed, so that the search may stop."""

    def __init__(self, case: Case, passengers: Passengers, least: Least) -> None:
        self._case, self._passengers, self._harm, self.money = case, passengers, least, Money(case)
        self._ground = min(each.ground_hourly_cost for each in case.types.values())
        self._parts = cache(self._score)
        self.ends = cache(self._from)

    def total(self, delay: int) -> float:
        """Over all aircraft and crews, never growing with the delay."""
        return self._parts(delay, self._ground, False)

    def _from(self, least: float) -> int:
        """The delay from which on no action scores more than ``least``."""
        delays = range(0, 2 * LONGEST_DELAY + 1, STEP)
        return STEP * bisect_left(delays, -least, key=lambda delay: -self.total(delay))

    def of(self, action: Action, kind: str, *, everybody: bool) -> float:
        """Of one action; ``everybody``: all passengers have a seat."""
        return self._parts(action.delay, self._case.types[kind].ground_hourly_cost, everybody)

    def crewed(
        self, trip: Trip, crew: Crew, *, flying: float, turnaround: int | None, late: int, everybody: bool
    ) -> float:
        """Of one action with its crew.

        Args:
            trip: How the flight is flown.
            crew: Who flies it.
            flying: What flying it costs in USD.
            turnaround: Its turnaround margin; ``None`` for a lease.
            late: Minutes by which later flights are late.
            everybody: All passengers have a seat.
        """
        figures = self._case.figures
        cost = flying + crew.replaced * figures.downstream_crew_short_cost + late * figures.downstream_minute_cost
        return score(
            {
                **self._least(trip.reached, trip.delay, cost, everybody),
                "downstream_delay_minutes": late,
                "downstream_crews_short": crew.replaced,
                "crew_duty_margin_minutes": crew.duty_margin,
                "crew_rest_margin_minutes": crew.rest_margin,
                "turnaround_margin_minutes": turnaround,
                "discretion_minutes": crew.discretion,
                "lease_approved": True if crew is crews.LEASED else None,
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
