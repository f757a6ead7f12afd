"""The flight time limitations that the operator works under: planner, checks and tools all ask here.

``easa`` is Subpart FTL of Part-ORO with CS FTL.1 (``flight_time``), ``faa`` is 14 CFR part 117 (``flight_time_us``). An airline
names its own in the table ``operators``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Protocol

from msgspec import Struct, structs

from packs.airline import times
from packs.airline.rules.crew import flight_time, flight_time_us, time_zones, unforeseen, unforeseen_us
from packs.airline.rules.crew.time_zones import Clock, Rest

RECORDED = ("duty_7_days_minutes", "duty_14_days_minutes", "duty_28_days_minutes", "flight_28_days_minutes")
"""Totals before a duty that the tables may hold."""


_NOT_AUGMENTED = 2


class Work(Struct, frozen=True, kw_only=True):
    """A flight duty as its limits see it; times in minutes.

    Attributes:
        report_utc: Report, in minutes.
        clock: Where the crew is at home and where it reports.
        sectors: Sectors that are flown; positioning is none (ORO.FTL.215(b)).
        longest_sector_minutes: Block time of the longest.
        pilots: Pilots on the flight.
        rest_class: Class of the in-flight rest facility, 1 to 3.
        standby_minutes: Airport standby before the report.
        rested_minutes: The rest before, which may make the crew acclimated where it reports.
        planned_utc: Report of the roster, when the crew has been told in time to report later.
    """

    report_utc: int
    clock: Clock
    sectors: int
    longest_sector_minutes: int
    pilots: int
    rest_class: int
    standby_minutes: int = 0
    rested_minutes: int = 0
    planned_utc: int | None = None


class Regime(Protocol):
    """One set of flight time limitations."""

    name: str
    flight_source: str
    rest_source: str
    cumulative_source: str
    splits_duty: bool

    def duty_source(self, pilots: int) -> str:
        """The paragraph that limits the flight duty of so many pilots."""

    def duty_minutes(self, work: Work) -> int:
        """Longest flight duty period, from the report; airport standby before it may shorten it."""

    def discretion_minutes(self, work: Work) -> int:
        """Most minutes by which the flight duty may be lengthened when something unforeseen happens."""

    def flight_minutes(self, work: Work) -> int | None:
        """Longest flight time within one duty; ``None`` when only the duty is limited."""

    def rests_extended(self, work: Work, duty_minutes: int) -> bool:
        """True if a flight duty of that length is only allowed because of rest in flight, so that a longer rest follows."""

    def rested_at(self, rest: Rest) -> int:
        """When a crew may report again at the earliest."""

    def cumulative_limits(self) -> Mapping[str, int]:
        """Limits of duty and flight time over days, by the names of ``RECORDED``."""


class _Europe:
    name = "easa"
    flight_source = ""
    rest_source = flight_time.SOURCE_REST
    cumulative_source = flight_time.SOURCE_CUMULATIVE
    splits_duty = True

    def duty_source(self, pilots: int) -> str:
        return flight_time.SOURCE_AUGMENTED if pilots > 2 else flight_time.SOURCE_DUTY

    def duty_minutes(self, work: Work) -> int:
        if work.planned_utc is None:
            return self._limit(work, work.report_utc)
        return unforeseen.delayed_reporting(
            planned=work.planned_utc, delayed=work.report_utc, limit=partial(self._limit, work)
        ).limit_minutes

    def discretion_minutes(self, work: Work) -> int:
        rests = flight_time.rests_in_flight(pilots=work.pilots, longest_sector_minutes=work.longest_sector_minutes)
        return unforeseen.discretion_minutes(augmented=rests)

    @staticmethod
    def _limit(work: Work, report_utc: int) -> int:
        """Longest flight duty of one that is reported for then."""
        rests = flight_time.rests_in_flight(pilots=work.pilots, longest_sector_minutes=work.longest_sector_minutes)
        limit = flight_time.max_duty_minutes(
            start_minute=time_zones.reference_minute(report_utc, work.clock),
            sectors=work.sectors,
            pilots=work.pilots if rests else _NOT_AUGMENTED,
            rest_class=work.rest_class,
            longest_sector_minutes=work.longest_sector_minutes,
        )
        return flight_time.airport_standby_duty_minutes(
            limit_minutes=limit, standby_minutes=work.standby_minutes, in_flight_rest=rests
        )

    def flight_minutes(self, work: Work) -> int | None:
        return None

    def rests_extended(self, work: Work, duty_minutes: int) -> bool:
        if work.pilots <= _NOT_AUGMENTED:
            return False
        start = time_zones.reference_minute(work.report_utc, work.clock)
        return duty_minutes > flight_time.basic_duty_minutes(start_minute=start, sectors=work.sectors)

    def rested_at(self, rest: Rest) -> int:
        return time_zones.rested_at(rest)

    def cumulative_limits(self) -> Mapping[str, int]:
        return _recorded(flight_time.CUMULATIVE_MINUTES)


class _UnitedStates:
    name = "faa"
    flight_source = flight_time_us.SOURCE_FLIGHT_TIME
    rest_source = flight_time_us.SOURCE_REST
    cumulative_source = flight_time_us.SOURCE_CUMULATIVE
    splits_duty = False

    def duty_source(self, pilots: int) -> str:
        return flight_time_us.SOURCE_AUGMENTED if pilots > 2 else flight_time_us.SOURCE_DUTY

    def duty_minutes(self, work: Work) -> int:
        starts = {work.report_utc, work.report_utc if work.planned_utc is None else work.planned_utc}
        return min(self._limit(structs.replace(work, report_utc=each)) for each in starts)

    def discretion_minutes(self, work: Work) -> int:
        # That the extension stays within the cumulative limits their own margin shows; an earlier one is not on record.
        return unforeseen_us.extension_minutes(cumulative_room_minutes=None, extended_before=False)

    def _limit(self, work: Work) -> int:
        """Longest flight duty from its own report."""
        rests = flight_time_us.rests_in_flight(pilots=work.pilots, longest_sector_minutes=work.longest_sector_minutes)
        limit = flight_time_us.max_duty_minutes(
            start_minute=self._begins(work),
            sectors=work.sectors,
            pilots=work.pilots if rests else _NOT_AUGMENTED,
            rest_class=work.rest_class,
            acclimated=self._acclimated(work),
        )
        return limit - work.standby_minutes

    def flight_minutes(self, work: Work) -> int | None:
        return flight_time_us.max_flight_minutes(
            start_minute=self._begins(work), pilots=work.pilots, sectors=work.sectors
        )

    @staticmethod
    def _begins(work: Work) -> int:
        report = times.local_minute(work.report_utc, work.clock.base.tz)
        return flight_time_us.with_airport_standby(report_minute=report, standby_minutes=work.standby_minutes)

    @staticmethod
    def _acclimated(work: Work) -> bool:
        degrees = work.clock.begins.lon - work.clock.base.lon
        return flight_time_us.acclimated(degrees_of_longitude=degrees, rest_minutes=work.rested_minutes)

    def rests_extended(self, work: Work, duty_minutes: int) -> bool:
        return False

    def rested_at(self, rest: Rest) -> int:
        return rest.from_utc + flight_time_us.min_rest_minutes()

    def cumulative_limits(self) -> Mapping[str, int]:
        return _recorded(flight_time_us.CUMULATIVE_MINUTES)


REGIMES: Mapping[str, Regime] = {each.name: each for each in (_Europe(), _UnitedStates())}


def _recorded(limits: Mapping[str, int]) -> Mapping[str, int]:
    return {name: limits[name] for name in RECORDED if name in limits}


def regime(name: str) -> Regime:
    """The regime of that name.

    Raises:
        ValueError: There is none.
    """
    if name not in REGIMES:
        raise ValueError(f"duty_regime {name!r} is not one of {', '.join(sorted(REGIMES))}")
    return REGIMES[name]
