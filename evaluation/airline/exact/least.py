"""What no way to fly does better for the passengers: every party for itself, as if seats were endless."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from evaluation.airline.exact.journeys import Journey, Party
from evaluation.airline.exact.money import Money
from evaluation.airline.exact.parties import STRANDED_DELAY, Passengers
from evaluation.airline.rules.case import Case


@dataclass(frozen=True, slots=True)
class Harm:
    """Minutes of delay at the end, missed connections, and USD of care and compensation."""

    delay: float
    missed: float
    usd: float


class Least:
    """Lower bounds of one disruption.

    Args:
        case: The disruption.
        passengers: Those of its flight.
        money: Its costs.
    """

    def __init__(self, case: Case, passengers: Passengers, money: Money) -> None:
        self._case, self._passengers, self._money = case, passengers, money
        self._groups: dict[tuple[object, ...], tuple[Party, int]] = {}
        for party in passengers.parties:
            key = (party.names, party.origin)
            self._groups[key] = (party, party.pax + self._groups.get(key, (party, 0))[1])
        self._without: dict[tuple[object, ...], Harm] = {}
        self._known: dict[tuple[int, int, bool], Harm] = {}

    def of(self, arrival: int, waiting: int, *, everybody: bool) -> Harm:
        """Of all passengers when the flight arrives then.

        Args:
            arrival: When passengers are at the destination, minutes since 1970.
            waiting: Minutes after schedule at departure.
            everybody: All have a seat, so that nobody who makes the connection is moved.
        """
        key = (arrival, waiting, everybody)
        if key not in self._known:
            found = [(pax, self._of(group, party, key)) for group, (party, pax) in self._groups.items()]
            self._known[key] = Harm(
                sum(pax * each.delay for pax, each in found),
                sum(pax * each.missed for pax, each in found),
                sum(pax * each.usd for pax, each in found),
            )
        return self._known[key]

    def _of(self, group: tuple[object, ...], party: Party, how: tuple[int, int, bool]) -> Harm:
        arrival, waiting, everybody = how
        if self._passengers.connects(party, arrival):
            late = 0 if party.onward is not None else max(0, arrival - self._case.arrival)
            flown = Harm(late, 0, self._money.waiting_usd(waiting) + self._due(party, late, "late"))
            if everybody:
                return flown
        else:
            late = min(self._passengers.least_with_f(party, arrival), STRANDED_DELAY)
            care = self._money.waiting_usd(max(waiting, late)) + self._case.figures.rebooking_cost
            flown = Harm(late, 1, care)
        if group not in self._without:
            self._without[group] = _least(
                self._elsewhere(party, each) for each in self._passengers.choices(party, None)
            )
        return _least((flown, self._without[group]))

    def _elsewhere(self, party: Party, journey: Journey) -> Harm:
        """A journey without the flight, whether or not it operates."""
        figures, how = self._case.figures, "left" if journey.stranded else "moved"
        owed = min(self._due(party, journey.delay, how), self._due(party, journey.delay, "refused"))
        if journey.stranded:
            return Harm(journey.delay, 0, figures.refund_cost + figures.hotel_cost + owed)
        care = journey.fare + figures.rebooking_cost + self._money.waiting_usd(journey.delay)
        return Harm(journey.delay, float(party.onward is not None and not journey.booked_onward), care + owed)

    def _due(self, party: Party, delay: int, how: str) -> float:
        end = (party.legs[-1] if party.legs else self._case.flight)["destination"]
        return self._case.due(party.origin, end, delay, how)


def _least(ways: Iterable[Harm]) -> Harm:
    """The least of each, whichever way has it."""
    found = list(ways)
    return Harm(min(each.delay for each in found), min(each.missed for each in found), min(each.usd for each in found))
