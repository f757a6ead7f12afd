"""Time zones in European flight time limitations: the clock that a duty is read on, and the rest that makes up for them.

ORO.FTL.105(1) with Table 1 and ORO.FTL.235(e); CS FTL.1.235(b)(3) and CS FTL.1.205(c)(6), whose figures were compared with
third-party transcriptions: of EASA's own page only the beginning of CS FTL.1 could be read.
"""

from __future__ import annotations

from datetime import date, timedelta

from msgspec import Struct

from packs.airline import times
from packs.airline.geography import Place
from packs.airline.rules.crew.flight_time import acclimatisation, min_rest_minutes

SOURCE_ZONES = "EU 965/2012 ORO.FTL.235(e), EASA CS FTL.1.235(b)(3)"

FAR_MINUTES = 240
"""Time difference from which rest makes up for it."""
FAR_REST_MINUTES = 840
"""CS FTL.1.235(b)(3)(ii) and CS FTL.1.205(c)(6): least rest, or the preceding duty, if that is longer."""

_NIGHTS = ((6, (2, 2, 3, 3)), (9, (2, 3, 3, 4)), (12, (2, 3, 4, 5)))
"""CS FTL.1.235(b)(3)(i): local nights by greatest time difference, hours, and by the hours since the first report below."""
_ELAPSED = (48, 72, 96)

_NIGHT_BEGINS, _NIGHT_MINUTES, _NIGHT_ENDS = "22:00", 480, "08:00"
"""ORO.FTL.105(14): a local night is eight hours between 22:00 and 08:00."""

_HOUR = 60
_DAY = 24 * _HOUR


class Clock(Struct, frozen=True, kw_only=True):
    """Where a crew is at home, and where and since when its duty is.

    Attributes:
        base: Home base.
        begins: Place of report: where the duty's first flight leaves.
        ends: Where its last flight goes.
        left_base_utc: When the crew reported at home base for the rotation that the duty belongs to.
    """

    base: Place
    begins: Place
    ends: Place
    left_base_utc: int


class Rest(Struct, frozen=True, kw_only=True):
    """What comes before a rest, as its least length depends on it; times in minutes.

    Attributes:
        from_utc: Release from duty.
        duty_minutes: The preceding duty.
        at_base: Whether the rest is at home base.
        zone: Time zone of home base.
        difference_minutes: Time difference that counts: at home base the greatest between it and where the crew rested in the
            rotation, away from it that between begin and end of the duty.
        rotation_minutes: From the report at home base to the release.
        extended: Whether rest in flight extended the duty.
    """

    from_utc: int
    duty_minutes: int
    at_base: bool
    zone: str
    difference_minutes: int = 0
    rotation_minutes: int = 0
    extended: bool = False


def time_difference(one: str, other: str, moment: int) -> int:
    """Minutes between the local times of two zones at a moment, at most twelve hours."""
    if one == other:
        return 0
    apart = abs(times.offset_minutes(moment, one) - times.offset_minutes(moment, other))
    return min(apart, _DAY - apart)


def reference_minute(report_utc: int, clock: Clock) -> int | None:
    """Start of duty in minutes since midnight at reference time, ORO.FTL.105(1); ``None`` in an unknown state.

    Up to two hours from home base it is local time at the place of report. Beyond them Table 1 decides by the time since the
    report at home base: the time of home base, unknown, or local time there. A duty that begins at home base is read there.
    """
    there = clock.begins.tz
    hours = time_difference(clock.base.tz, there, report_utc) / _HOUR
    elapsed = max(0, report_utc - clock.left_base_utc) / _HOUR
    state = acclimatisation(time_difference_hours=hours, elapsed_hours=elapsed)
    return None if state == "X" else times.local_minute(report_utc, there if state == "D" else clock.base.tz)


def nights_at_base(*, difference_minutes: int, elapsed_minutes: int) -> int:
    """Local nights of rest at home base after a rotation: CS FTL.1.235(b)(3)(i); 0 below four hours of difference.

    Args:
        difference_minutes: Greatest time difference between reference time and local time where the crew rested.
        elapsed_minutes: From the report for the first flight duty of the rotation to the rest at home base.
    """
    if difference_minutes < FAR_MINUTES:
        return 0
    column = sum(elapsed_minutes >= hours * _HOUR for hours in _ELAPSED)
    return next(nights[column] for hours, nights in _NIGHTS if difference_minutes <= hours * _HOUR)


def nights_end(from_utc: int, *, nights: int, zone: str) -> int:
    """When so many local nights of rest from a moment on are over at the earliest: eight hours each, within 22:00 to 08:00."""
    day = times.local(from_utc, zone).date()
    for offset in (-1, 0):
        first = day + timedelta(days=offset)
        begins = max(from_utc, times.at_local(first.isoformat(), _NIGHT_BEGINS, zone))
        ends = times.at_local(_after(first), _NIGHT_ENDS, zone)
        if begins + _NIGHT_MINUTES <= ends:
            break
    if nights == 1:
        return begins + _NIGHT_MINUTES
    last = (first + timedelta(days=nights - 1)).isoformat()
    return times.at_local(last, _NIGHT_BEGINS, zone) + _NIGHT_MINUTES


def _after(day: date) -> str:
    return (day + timedelta(days=1)).isoformat()


def rested_at(rest: Rest) -> int:
    """When a crew may report again at the earliest: ORO.FTL.235(a)(1), (b), CS FTL.1.235(b)(3), CS FTL.1.205(c)(6).

    As long as the preceding duty, at least twelve hours at home base and ten away from it; fourteen after a duty that rest in
    flight extended, and away from home base after one with four hours of time difference or more. At home base also the local
    nights of the rotation.
    """
    least = min_rest_minutes(preceding_duty_minutes=rest.duty_minutes, home_base=rest.at_base)
    far = rest.difference_minutes >= FAR_MINUTES
    if rest.extended or (far and not rest.at_base):
        least = max(least, FAR_REST_MINUTES)
    until = rest.from_utc + least
    if not (far and rest.at_base):
        return until
    nights = nights_at_base(difference_minutes=rest.difference_minutes, elapsed_minutes=rest.rotation_minutes)
    return max(until, nights_end(rest.from_utc, nights=nights, zone=rest.zone))
