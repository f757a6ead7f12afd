"""What may be done about a flight duty when something unforeseen happens: European rules.

Commander's discretion from reporting on: EU 965/2012 ORO.FTL.205(f). Delayed reporting before it: CS FTL.1.205(d). The text of
CS FTL.1.205(d) was compared with EASA's answers on it and with third-party transcriptions, not with EASA's own page.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

SOURCE_DISCRETION = "EU 965/2012 ORO.FTL.205(f)"
SOURCE_DELAYED_REPORTING = "EASA CS FTL.1.205(d)"

DISCRETION_MINUTES = 120
DISCRETION_IN_FLIGHT_REST_MINUTES = 180
"""ORO.FTL.205(f)(1)(i): most that the commander may add; the second one where the flight crew has been augmented."""
LEAST_REST_MINUTES = 600
"""ORO.FTL.205(f)(1)(iii): the rest after the duty may be reduced, never below ten hours."""
AUTHORITY_TOLD_ABOVE_MINUTES = 60
AUTHORITY_TOLD_WITHIN_DAYS = 28
"""ORO.FTL.205(f)(5): a longer increase or reduction goes to the authority, with the operator's comments, in so many days."""

SHORT_DELAY_MINUTES = 240
DELAY_AS_REST_MINUTES = 600
AMENDED_COUNTS_AFTER_MINUTES = 60
"""CS FTL.1.205(d)(1)(iii) and (iv): below it the planned limit stays; (v): a delay that counts as rest; (ii): after the second
notification flight duty begins to count."""


class DelayedDuty(Struct, frozen=True, kw_only=True):
    """A flight duty after delayed reporting; all in minutes.

    Attributes:
        counts_from: When the flight duty begins to count.
        limit_minutes: Longest flight duty from there.
        as_rest: Whether the delay counts as a rest period.
    """

    counts_from: int
    limit_minutes: int
    as_rest: bool


def discretion_minutes(*, augmented: bool) -> int:
    """Most minutes by which the commander may lengthen the maximum flight duty: two hours, three with an augmented crew.

    The maximum is that of ORO.FTL.205(b) and (e) or ORO.FTL.220: under a planned extension without in-flight rest it is the basic
    one (GM1 ORO.FTL.205(f)(1)(i)).

    Args:
        augmented: Whether more pilots than the minimum fly, and rest in flight.
    """
    return DISCRETION_IN_FLIGHT_REST_MINUTES if augmented else DISCRETION_MINUTES


def discretion_needed(*, limit_minutes: int, duty_minutes: int) -> int:
    """Minutes of commander's discretion that a flight duty takes; 0 within its limit."""
    return max(0, duty_minutes - limit_minutes)


def rest_after_discretion(*, rest_minutes: int) -> int:
    """Shortest rest after the duty, in minutes, when the commander reduces it: never under ten hours."""
    return min(rest_minutes, LEAST_REST_MINUTES)


def authority_is_told(*, increase_minutes: int, reduction_minutes: int = 0) -> bool:
    """True if the commander's report goes to the authority, too: more than an hour added to the duty or taken off the rest.

    Args:
        increase_minutes: By which the flight duty passes its limit.
        reduction_minutes: By which the rest after it is shorter than its minimum.
    """
    return max(increase_minutes, reduction_minutes) > AUTHORITY_TOLD_ABOVE_MINUTES


def delayed_reporting(
    *,
    planned: int,
    delayed: int,
    limit: Callable[[int], int],
    amended: int | None = None,
    told_again: int | None = None,
) -> DelayedDuty:
    """The flight duty of a crew that is told to report later while it can still rest: CS FTL.1.205(d)(1).

    Below four hours of delay the limit is that of the planned reporting time, from four hours on the more limiting of both.
    Flight duty counts from the delayed report; when the time is changed once more, from an hour after the second call or from
    the first delayed time, if that is earlier. A single delay of ten hours or more, in which nobody disturbs the crew, is a rest.

    Args:
        planned: Reporting time of the roster, in minutes.
        delayed: Reporting time that the crew is told.
        limit: Longest flight duty in minutes of one that begins at a moment.
        amended: Reporting time that a second call tells.
        told_again: When the second call comes; needed with ``amended``.

    Raises:
        ValueError: A time before the planned one, or an amendment without the time of its call.
    """
    if (amended is None) is not (told_again is None):
        raise ValueError("an amended reporting time needs the time of the second call, and the other way round")
    reports = delayed if amended is None else amended
    if min(delayed, reports) < planned:
        raise ValueError("a delayed reporting time is not before the planned one")
    if amended is None and delayed - planned >= DELAY_AS_REST_MINUTES:
        return DelayedDuty(counts_from=delayed, limit_minutes=limit(delayed), as_rest=True)
    counts_from = delayed if told_again is None else min(delayed, told_again + AMENDED_COUNTS_AFTER_MINUTES)
    limits = [limit(planned)] if reports - planned < SHORT_DELAY_MINUTES else [limit(planned), limit(reports)]
    return DelayedDuty(counts_from=counts_from, limit_minutes=min(limits), as_rest=False)
