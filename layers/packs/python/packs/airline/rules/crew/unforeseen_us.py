"""Extensions of a flight duty and short-call reserve in the United States: 14 CFR 117.19 and 117.21(c), (d)."""

from __future__ import annotations

SOURCE_EXTENSION = "14 CFR 117.19"
SOURCE_SHORT_CALL = "14 CFR 117.21(c)"
SOURCE_LONG_CALL = "14 CFR 117.21(d)"
SOURCE_DEADHEAD = "14 CFR 117.25(g)"

AGREED_BY = ("pilot in command", "certificate holder")
"""117.19(a)(1), (b)(1): who extends a flight duty, both of them."""
EXTENSION_MINUTES = 120
"""117.19(a)(1): most before take-off."""
SMALL_EXTENSION_MINUTES = 30
"""117.19(a)(2), (b)(2): a longer one only once before a rest of thirty hours; (a)(4), (b)(4): a longer one is reported."""
REPORTED_WITHIN_DAYS = 10
CORRECTED_WITHIN_DAYS = 30
"""117.19(a)(4) and (b)(4), (a)(5)."""

AVAILABILITY_MINUTES = 840
SHORT_CALL_MORE_MINUTES = 240
SHORT_CALL_MOST_MINUTES = 960
"""117.21(c)(1): longest reserve availability period; (c)(3) and (4): what it and the flight duty may be together beyond the limit
of the flight duty, and in all without augmentation."""
LONG_CALL_NOTICE_MINUTES = 720
LOW_BEGINS, LOW_ENDS = 120, 359
"""117.21(d), 117.3: notice before a duty that runs into the window of circadian low, 02:00 to 05:59."""


def extension_minutes(*, cumulative_room_minutes: int | None, extended_before: bool) -> int:
    """Most minutes by which the two may extend a flight duty before take-off: 117.19(a).

    Two hours; half an hour when the crew has had a longer extension since its last thirty hours of rest; never over the
    cumulative flight duty of 117.23(c).

    Args:
        cumulative_room_minutes: What the planned duty leaves of the cumulative limits; ``None`` when nothing is recorded.
        extended_before: Whether a flight duty was extended by more than half an hour since that rest.
    """
    most = SMALL_EXTENSION_MINUTES if extended_before else EXTENSION_MINUTES
    return most if cumulative_room_minutes is None else max(0, min(most, cumulative_room_minutes))


def may_land(*, beyond_minutes: int, extended_before: bool) -> bool:
    """True if a flight duty that comes to pass its limit after take-off may go on to the next landing: 117.19(b).

    As long as it takes to land safely, also over the cumulative limits; above half an hour only once before a rest of thirty
    hours.
    """
    return beyond_minutes <= SMALL_EXTENSION_MINUTES or not extended_before


def is_reported(*, beyond_minutes: int, cumulative_passed: bool = False) -> bool:
    """True if the certificate holder reports a flight duty within ten days: 117.19(a)(4), (b)(4).

    Args:
        beyond_minutes: By which it passed Table B or C.
        cumulative_passed: Whether it passed a limit of 117.23(c), as it only may after take-off.
    """
    return cumulative_passed or beyond_minutes > SMALL_EXTENSION_MINUTES


def short_call_duty_minutes(*, limit_minutes: int, waited_minutes: int, augmented: bool) -> int:
    """Longest flight duty of a crew member called from short-call reserve: 117.21(c)(3), (4).

    From the beginning of the availability period to the end of the flight duty at most the limit of the flight duty and four
    hours; without augmentation sixteen hours, if that is less.

    Args:
        limit_minutes: Of the flight duty, Table B or C.
        waited_minutes: From the beginning of the availability period to the report.
        augmented: Whether Table C applies.
    """
    together = limit_minutes + SHORT_CALL_MORE_MINUTES
    if not augmented:
        together = min(together, SHORT_CALL_MOST_MINUTES)
    return min(limit_minutes, together - waited_minutes)


def long_call_notice_minutes(*, start_minute: int, duty_minutes: int) -> int:
    """Notice that a crew member on long-call reserve gets: 117.21(d).

    Twelve hours before a flight duty that begins before the window of circadian low and runs into it; otherwise none is
    named, and the ten hours of rest of 117.25(e) rule.

    Args:
        start_minute: Report in minutes since midnight, local time where the member is acclimated.
        duty_minutes: Length of the flight duty.
    """
    before = (LOW_BEGINS - start_minute) % 1440
    starts_within = LOW_BEGINS <= start_minute <= LOW_ENDS
    return LONG_CALL_NOTICE_MINUTES if not starts_within and duty_minutes > before else 0


def deadhead_rest_minutes(*, deadhead_minutes: int, limit_minutes: int, rest_minutes: int) -> int:
    """Rest before a flight duty after travelling as a passenger for the carrier: 117.25(g).

    As long as the transportation, when it took longer than the flight duty limit of Table B; otherwise the ordinary rest.
    """
    return max(deadhead_minutes, rest_minutes) if deadhead_minutes > limit_minutes else rest_minutes
