"""What the passengers of the flights after the disrupted one are owed, each by the own journey (docs/airline.md, Network)."""

from __future__ import annotations

from collections.abc import Sequence

from conclave.pack.tables import Item
from packs.airline import bounds

from evaluation.airline.exact.parties import bookings_of, leg_of, written_legs
from evaluation.airline.rules.case import Case
from evaluation.airline.rules.clock import minutes

Traveller = tuple[str, str, int | None, int]
"""From where, to where, minutes until the connection is missed (``None`` without one), passengers."""


class LaterFlights:
    """The passengers of the later flights of one disruption."""

    def __init__(self, case: Case) -> None:
        self.case = case
        ends = case.arrival + bounds.LONGEST_DELAY_MINUTES + 2 * bounds.DOWNSTREAM_HORIZON_MINUTES
        planned = case.later(case.flight["tail"], case.departure)
        self._known = {str(each["flight_id"]) for each in planned if minutes(each["departure_utc"]) <= ends}
        self._travellers: dict[str, list[Traveller]] = {}
        self._protected: dict[str, list[Traveller]] = {}
        self._late: dict[tuple[str, int], float] = {}

    def due_when_late(self, flight: Item, delay: int) -> float:
        """USD that all passengers of a flight are owed when it is so many minutes late."""
        key = (str(flight["flight_id"]), delay)
        if key not in self._late:
            if key[0] not in self._protected:
                found = self.travellers(flight)
                self._protected[key[0]] = [each for each in found if self.case.protected(each[0], each[1])]
            self._late[key] = sum(self._due(each, delay, "late") for each in self._protected[key[0]])
        return self._late[key]

    def due_when_moved(self, flight: Item, moved: Sequence[tuple[int, int]], *, refused: bool) -> float:
        """USD for passengers of a flight who are put on others.

        Args:
            flight: The flight that they were booked on.
            moved: Passengers and the minutes that each other flight comes later; the last are left behind.
            refused: Whether the flight itself operates.
        """
        queue, total = list(self.travellers(flight)), 0.0
        for number, (pax, delay) in enumerate(moved, start=1):
            left = number == len(moved)
            how = "refused" if refused else "left" if left else "moved"
            while pax > 0 and queue:
                start, end, slack, many = queue.pop(0)
                taken = min(pax, many)
                if many > taken:
                    queue.insert(0, (start, end, slack, many - taken))
                total += self._due((start, end, None if left else slack, taken), delay, how)
                pax -= taken
        return total

    def _due(self, traveller: Traveller, delay: int, how: str) -> float:
        start, end, slack, pax = traveller
        made = slack is not None and slack >= delay
        return pax * self.case.due(start, end, 0 if made else max(0, delay), how)

    def travellers(self, flight: Item) -> list[Traveller]:
        """The passengers of a flight: of the planned aircraft's by their bookings, of another's by its own ends."""
        key = str(flight["flight_id"])
        if key not in self._travellers:
            self._travellers[key] = self._booked(flight) if key in self._known else []
            told = self._pax_of(flight) if key in self._known else 0
            if flight["booked"] > told:
                self._travellers[key].append((flight["origin"], flight["destination"], None, flight["booked"] - told))
        return self._travellers[key]

    def _pax_of(self, flight: Item) -> int:
        return sum(each["pax"] for each in bookings_of(self.case.rows, flight["flight_id"]))

    def _booked(self, flight: Item) -> list[Traveller]:
        key, there = flight["flight_id"], flight["destination"]
        found: list[Traveller] = []
        elsewhere = {*self._known, str(self.case.flight["flight_id"])}
        # Those who begin with the flight come first, then those who join it; each by the key of the booking.
        for each in sorted(
            bookings_of(self.case.rows, key), key=lambda item: (item["flight_id"] != key, str(item["booking_id"]))
        ):
            names = written_legs(each)
            position = names.index(key)
            if elsewhere.intersection(names[:position]):
                continue
            start = (leg_of(self.case, names[0]) if position else flight) or flight
            further: list[Item] = []
            for leg in (leg_of(self.case, name) for name in names[position + 1 :]):
                if leg is None:
                    break
                further.append(leg)
            slack = None
            if further:
                waits = minutes(further[0]["departure_utc"]) - minutes(flight["arrival_utc"])
                slack = waits - self.case.change(flight, further[0])
            found.append((start["origin"], further[-1]["destination"] if further else there, slack, each["pax"]))
        return found
