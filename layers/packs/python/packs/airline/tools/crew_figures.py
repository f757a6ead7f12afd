"""What the crew check works out on its own: how much room a crew can have at most, whatever the planner says.

A bound needs only the roster and the option's delay: no option ends its duty before the planned last on-blocks time, nor before
the disrupted flight is on blocks as late as the option makes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from conclave.tables import Item
from conclave.types import Option

from packs.airline import times
from packs.airline.assumptions import (
    HUB_ZONE,
    POST_FLIGHT_MINUTES,
    SPLIT_DUTY_AWAY_MINUTES,
    SPLIT_DUTY_COUNTED_MINUTES,
    TYPES,
    report_minutes,
)
from packs.airline.rules.duty_regime import RECORDED, Work, regime
from packs.airline.rules.flight_time import SPLIT_BREAK_MINUTES, cumulative_room

MOST_PILOTS = 4
_JOINING_PILOTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """The disrupted flight's duty as planned.

    Attributes:
        flight: The disrupted flight.
        duty: Its row in ``duties``.
        crews: The crew of the duty and those of the options, by key.
        sectors: The flights of the duty in order.
    """

    flight: Item
    duty: Item
    crews: Mapping[str, Item]
    sectors: Sequence[Item]

    @property
    def evidence(self) -> str:
        """Evidence id of the duty."""
        return f"duties/{self.duty['duty_id']}"

    @property
    def duty_limit(self) -> int:
        """Longest flight duty of the rostered crew as planned, in minutes."""
        return regime().duty_minutes(_work(self.duty, self.duty["report_utc"], self.sectors))

    @property
    def cumulative_room(self) -> int | None:
        """What the planned duty leaves under the cumulative limits, in minutes; ``None`` when no total is recorded."""
        return _room(self._totals(self.duty["crew_id"]), self.duty["report_utc"], self._end(0), self.sectors)

    @property
    def enlarged_limit(self) -> int:
        """Longest flight duty of the rostered crew with joining pilots, in minutes."""
        work = _work(self.duty, self.duty["report_utc"], self.sectors)
        return regime().duty_minutes(replace(work, pilots=_enlarged(self.duty)))

    def planned(self, crew_id: str) -> Planned:
        """The rostered crew on its duty, or a reserve that reports for the planned departure."""
        if crew_id == self.duty["crew_id"]:
            row, report, sectors, standby = self.duty, str(self.duty["report_utc"]), self.sectors, 0
        else:
            wide = TYPES[self.flight["type"]].wide
            row, report = self.crews[crew_id], times.shift(self.flight["departure_utc"], -report_minutes(wide=wide))
            sectors, standby = self._from_here(), _standby(row, report)
        work = replace(_work(row, report, sectors), standby_minutes=standby)
        minutes = times.minutes_between(report, self._end(0))
        return Planned(
            work=work,
            duty_limit=regime().duty_minutes(work),
            duty_minutes=minutes,
            whole_minutes=minutes + POST_FLIGHT_MINUTES + standby,
            flight_minutes=_block(sectors),
            totals=self._totals(crew_id),
            rests=list(self._rests(row, times.shift(report, -standby), minutes + POST_FLIGHT_MINUTES)),
        )

    def _rests(self, row: Item, began_utc: str, worked_minutes: int) -> Iterator[tuple[str, int, int]]:
        before = regime().rest_minutes(
            preceding_duty_minutes=row["previous_duty_minutes"], home_base=row.get("starts_at_base", True)
        )
        yield "rest before", before, times.minutes_between(row["previous_end_utc"], began_utc) - before
        if row.get("next_report_utc"):
            after = regime().rest_minutes(preceding_duty_minutes=worked_minutes, home_base=row["ends_at_base"])
            release = times.shift(self._end(0), POST_FLIGHT_MINUTES)
            yield "rest after", after, times.minutes_between(release, row["next_report_utc"]) - after

    def most_margin(self, option: Option) -> int | None:
        """The most duty margin that the crew of an option can have, in minutes; ``None`` for a crew without a record."""
        row = self._row(option)
        if row is None:
            return None
        report = self._report(option)
        work = _work(row, report, self._flown(option))
        if not self._own(option):
            work = replace(work, standby_minutes=_standby(row, report))
        joining = self.crews.get(str(option.parameters.get("joined_by", "")))
        if joining is None:
            return self._margin(option, work, report, self._flown(option)) + _break_extension(option)
        work = replace(work, pilots=_enlarged(row))
        called = times.shift(str(option.fields["departure_utc"]), -report_minutes(wide=TYPES[self.flight["type"]].wide))
        theirs = replace(
            _work(row, called, self._from_here()), pilots=work.pilots, standby_minutes=_standby(joining, called)
        )
        return min(
            self._margin(option, work, report, self._flown(option)),
            self._margin(option, theirs, called, self._from_here()),
        )

    def _margin(self, option: Option, work: Work, report_utc: str, sectors: Sequence[Item]) -> int:
        margin = regime().duty_minutes(work) - times.minutes_between(report_utc, self._end(_delay(option)))
        most_flight = regime().flight_minutes(work)
        return margin if most_flight is None else min(margin, most_flight - _block(sectors))

    def most_room(self, option: Option) -> int | None:
        """The most room under the cumulative limits, in minutes; ``None`` when no total is recorded."""
        totals, row, began = self._totals(str(option.fields["crew_id"])), self._row(option), self._report(option)
        if row is not None and not self._own(option):
            began = min(began, row["standby_start_utc"])
        if not self._own(option):
            return _room(totals, began, self._end(_delay(option)), self._flown(option))
        if began > self.flight["departure_utc"]:
            # Stood down and rested: what it worked until then counts, too, as if the new duty had begun that much earlier.
            worked = times.minutes_between(self.duty["report_utc"], self.flight["departure_utc"])
            began = times.shift(began, -worked)
        return _room(totals, began, self._end(_delay(option)), self.sectors)

    def _own(self, option: Option) -> bool:
        return bool(option.fields["crew_id"] == self.duty["crew_id"])

    def _row(self, option: Option) -> Item | None:
        return self.duty if self._own(option) else self.crews.get(str(option.fields["crew_id"]))

    def _report(self, option: Option) -> str:
        return str(option.parameters["crew_report_utc"])

    def _flown(self, option: Option) -> Sequence[Item]:
        if self._own(option) and self._report(option) == self.duty["report_utc"]:
            return self.sectors
        return self._from_here()

    def _from_here(self) -> Sequence[Item]:
        return [each for each in self.sectors if each["departure_utc"] >= self.flight["departure_utc"]]

    def _end(self, delay: int) -> str:
        late = times.shift(self.flight["arrival_utc"], delay)
        return max(late, str(self.sectors[-1]["arrival_utc"]))

    def _totals(self, crew_id: str) -> dict[str, int]:
        found: dict[str, int] = {}
        for row in (self.crews.get(crew_id), self.duty if crew_id == self.duty["crew_id"] else None):
            found |= {name: row[name] for name in RECORDED if name in row} if row else {}
        return found


def too_generous(option: Option, roster: Roster) -> str:
    """Why the option's crew figures cannot be; empty when nothing speaks against them.

    An option without a crew of its own, or that lands elsewhere, is not judged here.
    """
    fields = option.fields
    if not fields["crew_id"] or "crew_report_utc" not in option.parameters:
        return ""
    if fields.get("arrival_airport", roster.flight["destination"]) != roster.flight["destination"]:
        return ""
    most, margin = roster.most_margin(option), fields["crew_duty_margin_minutes"]
    if most is not None and isinstance(margin, int) and margin > most:
        return f"duty margin above {most} min, the most that this roster and delay leave"
    room, claimed = roster.most_room(option), fields["crew_cumulative_margin_minutes"]
    if room is not None and (not isinstance(claimed, int) or claimed > room):
        return f"cumulative margin above {room} min, the most that the crew's records leave"
    return ""


def _enlarged(row: Item) -> int:
    return int(min(MOST_PILOTS, row["pilots"] + _JOINING_PILOTS))


def _break_extension(option: Option) -> int:
    """What a break adds to the flight duty limit: half of it from three hours on, an hour around it not counted."""
    pause = min(_delay(option) - SPLIT_DUTY_AWAY_MINUTES, SPLIT_DUTY_COUNTED_MINUTES)
    return pause // 2 if option.action == "delay_split_duty" and pause >= SPLIT_BREAK_MINUTES else 0


def _standby(crew: Item, report_utc: str) -> int:
    return max(0, times.minutes_between(crew["standby_start_utc"], report_utc))


def _delay(option: Option) -> int:
    delay = option.fields["delay_minutes"]
    return delay if isinstance(delay, int) else 0


def _block(sectors: Sequence[Item]) -> int:
    return sum(each["block_minutes"] for each in sectors)


def _work(row: Item, report_utc: str, sectors: Sequence[Item]) -> Work:
    return Work(
        start_minute=times.minute_of_day(times.local(report_utc, HUB_ZONE)),
        sectors=len(sectors),
        longest_sector_minutes=max(each["block_minutes"] for each in sectors),
        pilots=row["pilots"],
        rest_class=row["rest_class"],
    )


def _room(totals: Mapping[str, int], began_utc: str, end_utc: str, sectors: Sequence[Item]) -> int | None:
    duty_minutes = times.minutes_between(began_utc, end_utc) + POST_FLIGHT_MINUTES
    limits = regime().cumulative_limits()
    return cumulative_room(limits, totals, duty_minutes=duty_minutes, flight_minutes=_block(sectors))
