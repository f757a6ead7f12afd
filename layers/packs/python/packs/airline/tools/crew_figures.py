"""The disrupted flight's duty as planned: what a crew's limits leave, worked out from roster and records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from conclave.pack import Item
from msgspec import Struct, structs

from packs.airline.geography import Places
from packs.airline.operators.air_operator import AirOperator
from packs.airline.rules.crew import rotation
from packs.airline.rules.crew.duty_regime import RECORDED, Work, regime
from packs.airline.rules.crew.flight_time import cumulative_room
from packs.airline.rules.crew.time_zones import Clock

MOST_PILOTS = 4
_JOINING_PILOTS = 2


class Planned(Struct, frozen=True, kw_only=True):
    """A crew on the planned duty. Times in minutes.

    Attributes:
        work: The duty as its limits see it.
        duty_limit: Longest flight duty.
        duty_minutes: Flight duty, from report to on blocks.
        whole_minutes: What counts as duty over days: to the release, with airport standby.
        flight_minutes: Block time.
        totals: Duty and flight time behind it, by the names of ``RECORDED``.
        rests: Name, required minutes and room of the rest before and after.
    """

    work: Work
    duty_limit: int
    duty_minutes: int
    whole_minutes: int
    flight_minutes: int
    totals: Mapping[str, int]
    rests: Sequence[tuple[str, int, int]]


class Roster(Struct, frozen=True, kw_only=True):
    """The disrupted flight's duty as planned.

    Attributes:
        operator: The airline.
        flight: The disrupted flight.
        duty: Its row in ``duties``.
        crews: The crew of the duty and those of the options, by key.
        sectors: The flights of the duty in order.
        received: When the report was received.
        places: Airports of the duty, of the crews' home bases and where an option lands.
    """

    operator: AirOperator
    flight: Item
    duty: Item
    crews: Mapping[str, Item]
    sectors: Sequence[Item]
    received: int
    places: Places

    @property
    def evidence(self) -> str:
        """Evidence id of the duty."""
        return f"duties/{self.duty['duty_id']}"

    @property
    def duty_limit(self) -> int:
        """Longest flight duty of the rostered crew as planned, in minutes."""
        return regime(self.operator.duty_regime).duty_minutes(self.own_work())

    @property
    def cumulative_room(self) -> int | None:
        """Minutes that the planned duty leaves under the cumulative limits; ``None`` when no total is recorded."""
        return room_after(
            self.operator,
            self.totals(self.duty["crew_id"]),
            began_utc=self.duty["report_utc"],
            end_utc=self._ends(),
            flown_minutes=block_minutes(self.sectors),
        )

    @property
    def enlarged_limit(self) -> int:
        """Longest flight duty of the rostered crew with joining pilots, in minutes."""
        return regime(self.operator.duty_regime).duty_minutes(
            structs.replace(self.own_work(), pilots=enlarged(self.duty))
        )

    @property
    def clock(self) -> Clock:
        """The clock of the rostered crew's duty."""
        own = self.crews.get(self.duty["crew_id"])
        return rotation.duty_clock(self.duty, own, first=self.sectors[0], last=self.sectors[-1], places=self.places)

    def reserve_clock(self, crew: Item, report_utc: int) -> Clock:
        """The clock of a reserve crew that takes over the duty, or part of it."""
        ends = str(self.sectors[-1]["destination"])
        return rotation.reserve_clock(crew, report_utc=report_utc, ends=ends, places=self.places)

    def own_work(self) -> Work:
        """The planned duty of the rostered crew as its limits see it."""
        report = self.duty["report_utc"]
        rested = report - self.duty["previous_end_utc"]
        return work_of(self.duty, report, self.sectors, clock=self.clock, rested_minutes=rested)

    def planned(self, crew_id: str) -> Planned:
        """The rostered crew on its duty, or a reserve that reports for the planned departure."""
        if crew_id == self.duty["crew_id"]:
            row, report, sectors, standby, work = self.duty, self.duty["report_utc"], self.sectors, 0, self.own_work()
        else:
            row = self.relieving(self.crews[crew_id])
            report = self.flight["departure_utc"] - self.operator.report_minutes(self.flight["type"])
            sectors, standby = self.from_here(), standby_before(row, report)
            rested = report - standby - row["previous_end_utc"]
            work = work_of(row, report, sectors, clock=self.reserve_clock(row, report), rested_minutes=rested)
            work = structs.replace(work, standby_minutes=standby)
        minutes = self._ends() - report
        return Planned(
            work=work,
            duty_limit=regime(self.operator.duty_regime).duty_minutes(work),
            duty_minutes=minutes,
            whole_minutes=minutes + self.operator.figures.post_flight_minutes + standby,
            flight_minutes=block_minutes(sectors),
            totals=self.totals(crew_id),
            rests=list(self._rests(row, work)),
        )

    def relieving(self, crew: Item) -> Item:
        """A reserve crew instead of the rostered one: away from home base it stays there, and has its next report, too."""
        if self.duty["ends_at_base"]:
            return crew
        return crew | {name: self.duty[name] for name in ("next_report_utc", "ends_at_base")}

    def _rests(self, row: Item, work: Work) -> Iterator[tuple[str, int, int]]:
        rules, began = regime(self.operator.duty_regime), work.report_utc - work.standby_minutes
        before = rotation.rest_before(row, work.clock)
        rested = rules.rested_at(before)
        yield "rest before", rested - before.from_utc, began - rested
        if row.get("next_report_utc"):
            extended = rules.rests_extended(work, self._ends() - work.report_utc)
            release = self._ends() + self.operator.figures.post_flight_minutes
            after = rotation.rest_after(row, work.clock, began_utc=began, release_utc=release, extended=extended)
            rested = rules.rested_at(after)
            yield "rest after", rested - release, row["next_report_utc"] - rested

    def from_here(self) -> Sequence[Item]:
        """The sectors from the disrupted flight on."""
        return [each for each in self.sectors if each["departure_utc"] >= self.flight["departure_utc"]]

    def _ends(self) -> int:
        return int(self.sectors[-1]["arrival_utc"])

    def totals(self, crew_id: str) -> dict[str, int]:
        """Recorded totals of a crew, by the names of ``RECORDED``: the duty's figures, then the crew's."""
        found: dict[str, int] = {}
        for row in (self.crews.get(crew_id), self.duty if crew_id == self.duty["crew_id"] else None):
            found |= {name: row[name] for name in RECORDED if name in row} if row else {}
        return found


def enlarged(row: Item) -> int:
    """Pilots of a rostered crew (a row of ``duties``) that others join."""
    return int(min(MOST_PILOTS, row["pilots"] + _JOINING_PILOTS))


def standby_before(crew: Item, report_utc: int) -> int:
    """Airport standby of a reserve crew before it reports, in minutes."""
    return max(0, report_utc - int(crew["standby_start_utc"]))


def block_minutes(sectors: Sequence[Item]) -> int:
    """Their block time."""
    return sum(each["block_minutes"] for each in sectors)


def work_of(row: Item, report_utc: int, sectors: Sequence[Item], *, clock: Clock, rested_minutes: int) -> Work:
    """A flight duty as its limits see it, of a crew whose row holds pilots and rest facility."""
    return Work(
        report_utc=report_utc,
        clock=clock,
        sectors=len(sectors),
        longest_sector_minutes=max(each["block_minutes"] for each in sectors),
        pilots=row["pilots"],
        rest_class=row["rest_class"],
        rested_minutes=rested_minutes,
    )


def room_after(
    operator: AirOperator, totals: Mapping[str, int], *, began_utc: int, end_utc: int, flown_minutes: int
) -> int | None:
    """Room under the cumulative limits after a duty that begins, is on blocks and flies so; ``None`` without any total."""
    duty_minutes = end_utc - began_utc + operator.figures.post_flight_minutes
    limits = regime(operator.duty_regime).cumulative_limits()
    return cumulative_room(limits, totals, duty_minutes=duty_minutes, flight_minutes=flown_minutes)
