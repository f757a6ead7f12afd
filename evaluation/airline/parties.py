"""Where passengers end up, as an exact integer programme (docs/airline.md, Passengers)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import highspy
import numpy as np
from conclave.tables import Item
from packs.airline import assumptions as figures

from evaluation.airline import regulations
from evaluation.airline.case import Case
from evaluation.airline.clock import minutes

WEIGHTS = {"platinum": 13, "gold": 12, "silver": 11}
ORDINARY_WEIGHT = 10
STRANDED_COUNTS = 2_880
"""Minutes that a stranded passenger counts in the sum that re-accommodation makes least."""
STRANDED_DELAY = 1_440
HORIZON = 30 * 60
TOP_TIERS = ("gold", "platinum")
LATE_FOR_TOP_TIER = 180
ON_F = "F"
SOLVER_OPTIONS: Mapping[str, float | bool | int] = {
    "output_flag": False,
    "threads": 1,
    "mip_rel_gap": 0.0,
    "mip_abs_gap": 0.5,  # the sum is a whole number
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A booking that is on the flight. ``onward`` is the flight it goes on with."""

    pax: int
    tier: str
    origin: str
    onward: Item | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """One way a party may travel.

    Attributes:
        uses: Flights whose seats it takes; ``ON_F`` is the disrupted flight.
        delay: Minutes late at the final destination, never negative.
        on_f: Whether it travels on the disrupted flight.
        booked_onward: Whether it makes its booked onward flight, or has none.
        stranded: Whether it does not travel.
    """

    uses: tuple[str, ...]
    delay: int
    on_f: bool
    booked_onward: bool
    stranded: bool = False

    @property
    def counts(self) -> int:
        """Minutes in the sum that is made least."""
        return STRANDED_COUNTS if self.stranded else self.delay


@dataclass(slots=True)
class Result:
    """Sums over passengers."""

    passengers: int = 0
    delay_sum: int = 0
    missed: int = 0
    rebooked: int = 0
    stranded: int = 0
    top_tier: int = 0
    owed_usd: float = 0.0
    weighted: int = 0
    parts: list[tuple[Party, Journey]] = field(default_factory=list)

    @property
    def mean_delay(self) -> int:
        """Mean delay, rounded."""
        return round(self.delay_sum / self.passengers) if self.passengers else 0


class Passengers:
    """The passengers of the disrupted flight."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.parties = _parties(case)
        self.total = sum(party.pax for party in self.parties)
        rows, flight = case.rows, case.flight
        self._free: dict[str, int] = {}
        self._route: dict[str, list[Item]] = {}
        self._rows = rows
        self._later = [
            each
            for each in self._on_route(flight["route"])
            if case.departure < minutes(each["departure_utc"]) <= case.departure + HORIZON
        ]
        self._least: dict[int, int] = {}
        self._alike: dict[str, tuple[Party, int]] = {}
        for party in self.parties:
            key = party.onward["flight_id"] if party.onward is not None else ""
            self._alike[key] = (party, party.pax + self._alike.get(key, (party, 0))[1])
        self._ways: dict[tuple[str, int, tuple[str, ...]], list[Journey]] = {}
        self._amounts: dict[tuple[str, str, int, bool], float] = {}
        self._solved: dict[tuple[int | None, int, str], Result] = {}

    def _on_route(self, route: str) -> list[Item]:
        if route not in self._route:
            found = self._rows.where("flights", "route", route)
            self._route[route] = sorted(found, key=lambda each: str(each["departure_utc"]))
            self._free.update({each["flight_id"]: each["seats"] - each["booked"] for each in found})
        return self._route[route]

    @property
    def later(self) -> Sequence[Item]:
        """Later flights of the route within thirty hours."""
        return self._later

    def connects(self, party: Party, arrival: int) -> bool:
        """Whether the party makes its onward flight after arriving then."""
        if party.onward is None:
            return True
        return minutes(party.onward["departure_utc"]) - arrival >= self._connection()

    def _connection(self) -> int:
        airport = self.case.airport(self.case.flight["destination"])
        return int(airport["connection_minutes"]) if airport else figures.CONNECTION_MINUTES_HUB

    def least_mean_delay(self, arrival: int) -> int:
        """No way to fly with this arrival has a smaller mean delay: every party for itself, as if seats were endless."""
        if arrival not in self._least:
            delays = sum(
                pax * min(each.delay for each in self._choices(party, arrival)) for party, pax in self._alike.values()
            )
            self._least[arrival] = delays // max(1, self.total)
        return self._least[arrival]

    def flown(self, arrival: int, seats: int) -> Result:
        """The flight is flown and arrives then with that many seats."""
        key = (arrival, min(seats, self.total), "")
        if key not in self._solved:
            self._solved[key] = self._assign(arrival, seats, {})
        return self._solved[key]

    def cancelled(self, extra: Mapping[str, int] | None = None) -> Result:
        """The flight does not operate; ``extra`` seats on later flights by id."""
        key = (None, 0, str(sorted((extra or {}).items())))
        if key not in self._solved:
            self._solved[key] = self._assign(None, 0, extra or {})
        return self._solved[key]

    def _assign(self, arrival: int | None, seats: int, extra: Mapping[str, int]) -> Result:
        result = Result()
        waiting: list[Party] = []
        everybody = arrival is not None and seats >= self.total
        for party in self.parties:
            if everybody and arrival is not None and self.connects(party, arrival):
                self._count(result, party, self._ends(party, arrival, (ON_F,), on_f=True)[0])
            else:
                waiting.append(party)
        taken = result.passengers
        choices = [self._choices(party, arrival) for party in waiting]
        free = {**self._free, ON_F: seats - taken}
        for key, more in extra.items():
            free[key] = free.get(key, 0) + more
        for party, journey in zip(waiting, solve(waiting, choices, free), strict=True):
            self._count(result, party, journey)
        return result

    def _choices(self, party: Party, arrival: int | None) -> list[Journey]:
        found = [Journey(uses=(), delay=STRANDED_DELAY, on_f=False, booked_onward=False, stranded=True)]
        if arrival is not None:
            found += self._ends(party, arrival, (ON_F,), on_f=True)
        for other in self._later:
            found += self._ends(party, minutes(other["arrival_utc"]), (other["flight_id"],), on_f=False)
        return found

    def _ends(self, party: Party, arrival: int, uses: tuple[str, ...], *, on_f: bool) -> list[Journey]:
        """How a party may go on from the destination after arriving there."""
        key = (party.onward["flight_id"] if party.onward is not None else "", arrival, uses)
        if key not in self._ways:
            self._ways[key] = self._onward(party, arrival, uses, on_f=on_f)
        return self._ways[key]

    def _onward(self, party: Party, arrival: int, uses: tuple[str, ...], *, on_f: bool) -> list[Journey]:
        if party.onward is None:
            delay = max(0, arrival - self.case.arrival)
            return [Journey(uses=uses, delay=delay, on_f=on_f, booked_onward=True)]
        if self.connects(party, arrival):
            return [Journey(uses=uses, delay=0, on_f=on_f, booked_onward=True)]
        ready, planned = arrival + self._connection(), minutes(party.onward["arrival_utc"])
        return [
            Journey(
                uses=(*uses, other["flight_id"]),
                delay=max(0, minutes(other["arrival_utc"]) - planned),
                on_f=on_f,
                booked_onward=False,
            )
            for other in self._on_route(party.onward["route"])
            if ready <= minutes(other["departure_utc"]) <= ready + HORIZON
            and other["flight_id"] != party.onward["flight_id"]
        ]

    def _count(self, result: Result, party: Party, journey: Journey) -> None:
        pax = party.pax
        result.passengers += pax
        result.delay_sum += pax * journey.delay
        result.weighted += pax * WEIGHTS.get(party.tier, ORDINARY_WEIGHT) * journey.counts
        moved = not journey.stranded and not (journey.on_f and journey.booked_onward)
        result.stranded += pax if journey.stranded else 0
        result.rebooked += pax if moved else 0
        result.missed += pax if party.onward is not None and moved and not journey.booked_onward else 0
        disturbed = moved or journey.stranded or journey.delay >= LATE_FOR_TOP_TIER
        result.top_tier += pax if party.tier in TOP_TIERS and disturbed else 0
        result.owed_usd += pax * self._owed(party, journey)
        result.parts.append((party, journey))

    def _owed(self, party: Party, journey: Journey) -> float:
        end = party.onward["destination"] if party.onward is not None else self.case.flight["destination"]
        key = (party.origin, end, journey.delay, journey.stranded or not journey.on_f)
        if key not in self._amounts:
            self._amounts[key] = self._amount(*key)
        return self._amounts[key]

    def _amount(self, start: str, end: str, delay: int, cancelled: bool) -> float:
        origin = self.case.airport(start)
        amount, currency = regulations.compensation(
            country=origin["country"] if origin else "",
            distance=self.case.kilometres(start, end),
            delay=delay,
            excused=self.case.excused,
            cancelled=cancelled,
        )
        return amount * {"EUR": figures.USD_PER_EUR, "GBP": figures.USD_PER_GBP, "": 0.0}[currency]


def _parties(case: Case) -> list[Party]:
    """The bookings that start or go on with the flight."""
    rows, key, origin = case.rows, case.flight["flight_id"], case.flight["origin"]
    found = []
    for booking in rows.where("bookings", "flight_id", key):
        onward = rows.item("flights", booking["onward_flight_id"]) if "onward_flight_id" in booking else None
        found.append(Party(pax=booking["pax"], tier=booking["tier"], origin=origin, onward=onward))
    for booking in rows.where("bookings", "onward_flight_id", key):
        first = rows.item("flights", booking["flight_id"])
        start = first["origin"] if first else origin
        found.append(Party(pax=booking["pax"], tier=booking["tier"], origin=start, onward=None))
    return found


def solve(parties: Sequence[Party], choices: Sequence[Sequence[Journey]], free: Mapping[str, int]) -> list[Journey]:
    """One journey for each party so that no flight is overfull and the weighted sum of delays is least."""
    wished = [min(range(len(each)), key=lambda index, each=each: each[index].counts) for each in choices]  # type: ignore[misc]
    load: dict[str, int] = {}
    for party, options, index in zip(parties, choices, wished, strict=True):
        for key in options[index].uses:
            load[key] = load.get(key, 0) + party.pax
    if all(load[key] <= free.get(key, 0) for key in load):
        return [options[index] for options, index in zip(choices, wished, strict=True)]
    return _programme(parties, choices, free)


def _programme(
    parties: Sequence[Party], choices: Sequence[Sequence[Journey]], free: Mapping[str, int]
) -> list[Journey]:
    """Parties that are alike to the sum are counted together: fewer variables, and no symmetry to search through."""
    groups: dict[tuple[int, int, str], list[int]] = {}
    for number, party in enumerate(parties):
        onward = party.onward["flight_id"] if party.onward is not None else ""
        groups.setdefault((party.pax, WEIGHTS.get(party.tier, ORDINARY_WEIGHT), onward), []).append(number)
    members = list(groups.values())
    columns = [
        (group, journey)
        for group, numbers in enumerate(members)
        for journey in choices[numbers[0]]
        if all(free.get(key, 0) >= parties[numbers[0]].pax for key in journey.uses)
    ]
    taken = _counts(list(groups), members, columns, free)
    given: list[Journey | None] = [None] * len(parties)
    for (group, journey), count in zip(columns, taken, strict=True):
        for _ in range(count):
            given[members[group].pop()] = journey
    return [each for each in given if each is not None]


def _counts(
    groups: Sequence[tuple[int, int, str]],
    members: Sequence[Sequence[int]],
    columns: Sequence[tuple[int, Journey]],
    free: Mapping[str, int],
) -> list[int]:
    """How many parties of each group take each journey, by HiGHS."""
    seats = sorted({key for _, journey in columns for key in journey.uses})
    row_of = {key: len(groups) + index for index, key in enumerate(seats)}
    starts, indices, values = [0], [], []
    for group, journey in columns:
        indices += [group, *(row_of[key] for key in journey.uses)]
        values += [1.0, *(float(groups[group][0]) for _ in journey.uses)]
        starts.append(len(indices))
    sizes = [float(len(each)) for each in members]
    programme = highspy.HighsLp()
    programme.num_col_, programme.num_row_ = len(columns), len(groups) + len(seats)
    programme.col_cost_ = np.array(
        [groups[group][0] * groups[group][1] * each.counts for group, each in columns], float
    )
    programme.col_lower_ = np.zeros(len(columns))
    programme.col_upper_ = np.array([sizes[group] for group, _ in columns])
    programme.row_lower_ = np.array([*sizes, *(0.0 for _ in seats)])
    programme.row_upper_ = np.array([*sizes, *(float(free[key]) for key in seats)])
    programme.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    programme.a_matrix_.start_ = np.array(starts, dtype=np.int32)
    programme.a_matrix_.index_ = np.array(indices, dtype=np.int32)
    programme.a_matrix_.value_ = np.array(values)
    programme.integrality_ = [highspy.HighsVarType.kInteger] * len(columns)
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in SOLVER_OPTIONS.items():
        solver.setOptionValue(name, value)
    solver.passModel(programme)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise RuntimeError(f"re-accommodation ended as {solver.modelStatusToString(solver.getModelStatus())}")
    return [round(value) for value in solver.getSolution().col_value]
