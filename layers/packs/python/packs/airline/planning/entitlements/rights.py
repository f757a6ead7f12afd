"""What passengers of a disruption are owed, by the ends of their own journeys."""

from __future__ import annotations

from packs.airline.geography import Places
from packs.airline.operators.air_operator import AirOperator
from packs.airline.rules.passengers import compensation
from packs.airline.rules.passengers.circumstances import Ruling
from packs.airline.rules.passengers.europe import Harm, Ticket

LARGE_IN_CANADA = 2_000_000
"""SOR/2019-150 s. 1(2): passengers in each of the last two years."""


class Rights:
    """Fixed compensation by journey; answers are kept, as many options share them.

    Args:
        operator: Whose licence and size count.
        places: Countries and positions of airports.
        ruling: What lies behind the disruption.
        otherwise_km: Distance of a journey from or to an airport whose position nobody knows.
    """

    def __init__(self, operator: AirOperator, places: Places, ruling: Ruling, *, otherwise_km: int) -> None:
        self._operator, self._places, self._ruling = operator, places, ruling
        self._otherwise_km = otherwise_km
        self._large = operator.figures.yearly_passengers >= LARGE_IN_CANADA
        self._tickets: dict[tuple[str, str], Ticket | None] = {}
        self._known: dict[tuple[str, str, Harm, int], tuple[int, str]] = {}

    def covered(self, start: str, end: str) -> bool:
        """True if a law gives fixed compensation for a journey between two airports."""
        return self._ticket(start, end) is not None

    def owed(self, start: str, end: str, *, harm: Harm, delay: int) -> tuple[int, str]:
        """Amount for each passenger, and its currency.

        Args:
            start: Airport of the first departure.
            end: Final destination.
            harm: What happened to the passenger.
            delay: Minutes late at the final destination.
        """
        key = (start, end, harm, delay)
        if key not in self._known:
            ticket = self._ticket(start, end)
            self._known[key] = compensation.NOTHING if ticket is None else self._amount(ticket, harm, delay)
        return self._known[key]

    def without_rate(self) -> list[str]:
        """Currencies of laws that cover journeys asked for so far, and for which the airline has no exchange rate."""
        named = {regime for each in self._tickets.values() if each for regime in compensation.regimes(each)}
        return sorted({compensation.CURRENCIES[each] for each in named} - self._operator.usd.keys())

    def _amount(self, ticket: Ticket, harm: Harm, delay: int) -> tuple[int, str]:
        return compensation.owed(ticket, harm=harm, delay_minutes=delay, ruling=self._ruling, large=self._large)

    def _ticket(self, start: str, end: str) -> Ticket | None:
        """Whose rights; ``None`` where no law gives any."""
        if (start, end) not in self._tickets:
            found = self._places.km(start, end)
            ticket = Ticket(
                origin=self._places.country(start),
                destination=self._places.country(end),
                distance_km=self._otherwise_km if found is None else found,
                licence=self._operator.country,
            )
            self._tickets[start, end] = ticket if compensation.regimes(ticket) else None
        return self._tickets[start, end]
