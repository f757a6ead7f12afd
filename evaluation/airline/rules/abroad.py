"""Crews away from home: whose clock a duty is read on, and what rest makes up for time zones.

ORO.FTL.105(1) with Table 1, ORO.FTL.105(14), CS FTL.1.235(b)(3), CS FTL.1.205(c)(6), 14 CFR 117.3; typed off a second time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from conclave.pack.tables import Item

from evaluation.airline.rules.case import Case
from evaluation.airline.rules.clock import ahead_of_utc, local_day, local_minute, minutes, moment_at

# Table 1 as printed: hours of time difference up to; state within 48, 72, 96, 120 hours since reporting, and from there on.
_TABLE_1 = """
4 B D D D D
6 B X D D D
9 B X X D D
12 B X X X D
"""
# CS FTL.1.235(b)(3)(i) as printed: hours of time difference up to; local nights within 48, 72, 96 hours, and from there on.
_NIGHTS = """
6 2 2 3 3
9 2 3 3 4
12 2 3 4 5
"""
_LIKE_AT_HOME, _FAR, _FAR_REST = 120, 240, 840
THEATRE_DEGREES, ACCLIMATING_REST = 60, 36 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Where a duty begins and ends, seen from the crew's home base; zones are IANA names.

    Attributes:
        home: Zone of home base.
        reports: Zone of the place of report.
        released: Zone where the duty ends.
        degrees: Degrees of longitude between home base and the place of report.
        away_since: When the crew reported at home base for this rotation, minutes since 1970.
    """

    home: str
    reports: str
    released: str
    degrees: float
    away_since: int


def of_duty(case: Case, duty: Item) -> Whereabouts:
    """Those of a rostered duty."""
    flown = [each for key in duty["flights"] if (each := case.rows.item("flights", key)) is not None] or [case.flight]
    crew = case.rows.item("crews", duty["crew_id"])
    first, last = case.airport(flown[0]["origin"]), case.airport(flown[-1]["destination"])
    home = case.airport(crew["base"]) if crew else first if duty["starts_at_base"] else last
    return _between(home, first, last, _left_home(duty))


def of_reserve(case: Case, crew: Item, since: int) -> Whereabouts:
    """Those of a reserve crew that flies what is left of the disrupted flight's duty; it reports at its home base."""
    keys = case.duty["flights"] if case.duty else ()
    flown = [each for key in keys if (each := case.rows.item("flights", key)) is not None] or [case.flight]
    home = case.airport(crew["base"])
    return _between(home, home, case.airport(flown[-1]["destination"]), since)


def _between(home: Item | None, first: Item | None, last: Item | None, since: int) -> Whereabouts:
    known = next((each for each in (home, first, last) if each is not None), None) or {"tz": "UTC", "lon": 0.0}
    home, first, last = home or known, first or known, last or known
    return Whereabouts(
        home=home["tz"],
        reports=first["tz"],
        released=last["tz"],
        degrees=first["lon"] - home["lon"],
        away_since=since,
    )


def _left_home(duty: Item) -> int:
    if duty["starts_at_base"]:
        return minutes(duty["report_utc"])
    return minutes(duty["previous_end_utc"]) - _rotation(duty)


def _rotation(row: Item) -> int:
    name = "previous_rotation_minutes" if "previous_rotation_minutes" in row else "previous_duty_minutes"
    return int(row[name])


def apart(one: str, other: str, moment: int) -> int:
    """Minutes of time difference between two zones; never more than half a day."""
    between = abs(ahead_of_utc(moment, one) - ahead_of_utc(moment, other))
    return min(between, 1440 - between)


def start_of_duty(report: int, where: Whereabouts) -> int | None:
    """Minutes since midnight on the clock that a European duty is read on; ``None`` in an unknown state."""
    away = apart(where.home, where.reports, report)
    if away <= _LIKE_AT_HOME:
        return local_minute(report, where.reports)
    # "< 4" is the first row, the others include their bound.
    rows = [line.split() for line in _TABLE_1.split("\n") if line]
    states = next(
        cells[1:] for cells in rows if away < int(cells[0]) * 60 or (cells[0] != "4" and away == int(cells[0]) * 60)
    )
    since = max(0, report - where.away_since)
    state = states[sum(since >= hours * 60 for hours in (48, 72, 96, 120))]
    if state == "X":
        return None
    return local_minute(report, where.home if state == "B" else where.reports)


def acclimated(where: Whereabouts, rested: int) -> bool:
    """True if a crew is acclimated where it reports: the theatre of home base, or 36 hours free from duty (14 CFR 117.3)."""
    degrees = abs(where.degrees)
    return min(degrees, 360 - degrees) <= THEATRE_DEGREES or rested >= ACCLIMATING_REST


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """A duty that a rest follows; in minutes.

    Attributes:
        released: When it ended.
        length: How long it was.
        at_base: Whether the rest is at home base.
        home: Zone of home base.
        away: Time difference that counts for the rest.
        rotation: From leaving home base to the release.
        slept: Whether rest in flight extended it.
    """

    released: int
    length: int
    at_base: bool
    home: str
    away: int = 0
    rotation: int = 0
    slept: bool = False


def before(row: Item, where: Whereabouts) -> Worked:
    """The duty before a rostered one, or before the standby of a reserve."""
    released, at_base = minutes(row["previous_end_utc"]), row.get("starts_at_base", True)
    return Worked(
        released=released,
        length=row["previous_duty_minutes"],
        at_base=at_base,
        home=where.home,
        away=row.get("rested_difference_minutes", 0) if at_base else apart(where.home, where.reports, released),
        rotation=_rotation(row),
        slept=row.get("previous_extended", row["pilots"] > 2),
    )


def after(duty: Item, where: Whereabouts, *, began: int, released: int, slept: bool) -> Worked:
    """The duty itself, which the rest before the next one follows."""
    if duty["ends_at_base"]:
        earlier = 0 if duty["starts_at_base"] else duty.get("rested_difference_minutes", 0)
        away = max(earlier, apart(where.home, where.reports, released))
    else:
        away = apart(where.reports, where.released, released)
    return Worked(
        released=released,
        length=released - began,
        at_base=duty["ends_at_base"],
        home=where.home,
        away=away,
        rotation=released - where.away_since,
        slept=slept,
    )


def resting(case: Case, duty: Item) -> tuple[Whereabouts, Worked]:
    """A rostered crew that is sent to rest where the disrupted flight leaves, and what it rests from."""
    where, here = of_duty(case, duty), case.airport(case.flight["origin"])
    crew = case.rows.item("crews", duty["crew_id"])
    home = case.airport(crew["base"]) if crew else None
    zone = here["tz"] if here else where.reports
    worked = Worked(
        released=case.waits_from,
        length=case.waits_from - minutes(duty["report_utc"]),
        at_base=False,
        home=where.home,
        away=apart(where.reports, zone, case.waits_from),
    )
    degrees = here["lon"] - home["lon"] if here and home else where.degrees
    return replace(where, reports=zone, degrees=degrees), worked


def fit_again(worked: Worked) -> int:
    """When the crew may report again under the European rules, minutes since 1970."""
    shortest = max(worked.length, 720 if worked.at_base else 600)
    if worked.slept or (worked.away >= _FAR and not worked.at_base):
        shortest = max(shortest, _FAR_REST)
    if worked.at_base and worked.away >= _FAR:
        rows = [[int(cell) for cell in line.split()] for line in _NIGHTS.split("\n") if line]
        counts = next(cells[1:] for cells in rows if worked.away <= cells[0] * 60)
        wanted = counts[sum(worked.rotation >= hours * 60 for hours in (48, 72, 96))]
        return max(worked.released + shortest, _night(worked, wanted))
    return worked.released + shortest


def _night(worked: Worked, wanted: int) -> int:
    """End of so many local nights: in each, eight hours of rest fit between ten in the evening and eight in the morning."""
    nights: Sequence[int] = ()
    day: date = local_day(worked.released, worked.home) - timedelta(days=1)
    while len(nights) < wanted:
        asleep = max(worked.released, moment_at(day, 22 * 60, worked.home)) + 480
        day += timedelta(days=1)
        if asleep <= moment_at(day, 8 * 60, worked.home):
            nights = [*nights, asleep]
    return nights[-1]
