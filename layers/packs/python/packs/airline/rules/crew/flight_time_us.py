"""Flight duty and rest: 14 CFR part 117, Tables A, B and C.

Left out: fatigue risk management, consecutive nights (117.27), split duty (117.15). Every start is read on the clock of home
base. What may be done about unforeseen events stands in ``unforeseen_us``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping

SOURCE_FLIGHT_TIME = "14 CFR 117.11, Table A"
SOURCE_DUTY = "14 CFR 117.13, Table B"
SOURCE_AUGMENTED = "14 CFR 117.17, Table C"
SOURCE_CUMULATIVE = "14 CFR 117.23"
SOURCE_REST = "14 CFR 117.25"
SOURCE_STANDBY = "14 CFR 117.21(b)"

# Table A: start of the band, hours.
_A_STARTS, _A_HOURS = (0, 300, 1200), (8.0, 9.0, 8.0)
_AUGMENTED_FLIGHT_HOURS = {3: 13.0, 4: 17.0}

# Table B: start of the band, hours for 1 to 6 and for 7 or more segments.
_B_STARTS = (0, 240, 300, 360, 420, 720, 780, 1020, 1320, 1380)
_B_HOURS = (
    (9.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0),
    (10.0, 10.0, 10.0, 10.0, 9.0, 9.0, 9.0),
    (12.0, 12.0, 12.0, 12.0, 11.5, 11.0, 10.5),
    (13.0, 13.0, 12.0, 12.0, 11.5, 11.0, 10.5),
    (14.0, 14.0, 13.0, 13.0, 12.5, 12.0, 11.5),
    (13.0, 13.0, 13.0, 13.0, 12.5, 12.0, 11.5),
    (12.0, 12.0, 12.0, 12.0, 11.5, 11.0, 10.5),
    (12.0, 12.0, 11.0, 11.0, 10.0, 9.0, 9.0),
    (11.0, 11.0, 10.0, 10.0, 9.0, 9.0, 9.0),
    (10.0, 10.0, 10.0, 9.0, 9.0, 9.0, 9.0),
)

# Table C: start of the band, hours by pilots and class of rest facility.
_C_STARTS = (0, 360, 420, 780, 1020)
_C_HOURS: Mapping[tuple[int, int], tuple[float, ...]] = {
    (3, 1): (15.0, 16.0, 17.0, 16.0, 15.0),
    (4, 1): (17.0, 18.5, 19.0, 18.5, 17.0),
    (3, 2): (14.0, 15.0, 16.5, 15.0, 14.0),
    (4, 2): (15.5, 16.5, 18.0, 16.5, 15.5),
    (3, 3): (13.0, 14.0, 15.0, 14.0, 13.0),
    (4, 3): (13.5, 14.5, 15.5, 14.5, 13.5),
}
MOST_AUGMENTED_SEGMENTS = 3
_IN_FLIGHT_REST = {3: 210, 4: 120}
"""117.17(c): two consecutive hours for the pilot who flies the landing, 90 minutes for the one who monitors it; one after the
other with three pilots, at once with four: what a flight must last at least."""
NOT_ACCLIMATED_MINUTES = 30

CUMULATIVE_MINUTES: Mapping[str, int] = {
    "flight_28_days_minutes": 100 * 60,
    "flight_12_months_minutes": 1000 * 60,
    "duty_7_days_minutes": 60 * 60,
    "duty_28_days_minutes": 190 * 60,
}
"""117.23(b): 100 flight hours in 672 consecutive hours, 1,000 in 365 days; (c): 60 flight duty hours in 168, 190 in 672."""

MIN_REST_MINUTES = 600
MIN_SLEEP_MINUTES = 480
WEEKLY_REST_MINUTES = 1800
RETURN_REST_MINUTES = 3360
ACCLIMATING_REST_MINUTES = 2160
THEATRE_DEGREES = 60


def max_flight_minutes(*, start_minute: int, pilots: int = 2, sectors: int = 1) -> int:
    """Maximum flight time: Table A for two pilots, 13 hours for three, 17 hours for four (117.11(a)).

    Beyond three segments there is no augmented operation (117.17(d)): Table A applies.

    Args:
        start_minute: Start of the flight duty period in minutes since midnight, acclimated local time.
        pilots: Pilots on the flight.
        sectors: Flight segments.
    """
    augmented = _AUGMENTED_FLIGHT_HOURS.get(min(pilots, 4)) if sectors <= MOST_AUGMENTED_SEGMENTS else None
    return round((augmented or _A_HOURS[bisect_right(_A_STARTS, start_minute) - 1]) * 60)


def rests_in_flight(*, pilots: int, longest_sector_minutes: int) -> bool:
    """True if a flight is long enough for the rest of 117.17(c), without which Table C does not hold.

    That the two hours lie in the second half of the duty, and what climb and descent take, is left out.

    Args:
        pilots: Pilots on the flight.
        longest_sector_minutes: Flight time of the longest segment.
    """
    needed = _IN_FLIGHT_REST.get(min(pilots, 4))
    return needed is not None and longest_sector_minutes >= needed


def with_airport_standby(*, report_minute: int, standby_minutes: int) -> int:
    """Start of the flight duty period, minute of the day: 117.21(b) counts all airport standby before the report."""
    return (report_minute - standby_minutes) % 1440


def max_duty_minutes(
    *, start_minute: int, sectors: int, pilots: int = 2, rest_class: int = 1, acclimated: bool = True
) -> int:
    """Maximum flight duty period: Table B, or Table C with three or four pilots.

    117.13(b), 117.17(b): 30 minutes less when not acclimated, on the clock of the theatre of last acclimation. Table C
    holds up to three segments (117.17(d)); beyond that Table B applies.

    Raises:
        ValueError: Not a minute of the day, or no segment.
    """
    if not 0 <= start_minute < 1440:
        raise ValueError(f"start_minute {start_minute} is not a minute of the day")
    if sectors < 1:
        raise ValueError("there is no duty without a segment")
    hours = _B_HOURS[bisect_right(_B_STARTS, start_minute) - 1][min(sectors, 7) - 1]
    augmented = _C_HOURS.get((min(pilots, 4), rest_class))
    if augmented and sectors <= MOST_AUGMENTED_SEGMENTS:
        hours = max(hours, augmented[bisect_right(_C_STARTS, start_minute) - 1])
    return round(hours * 60) - (0 if acclimated else NOT_ACCLIMATED_MINUTES)


def min_rest_minutes() -> int:
    """117.25(e): ten consecutive hours before a duty, with an opportunity of eight hours of uninterrupted sleep."""
    return MIN_REST_MINUTES


def weekly_rest_ok(longest_free_minutes: int) -> bool:
    """117.25(b): thirty consecutive hours free from all duty within the past 168."""
    return longest_free_minutes >= WEEKLY_REST_MINUTES


def acclimated(*, degrees_of_longitude: float, rest_minutes: int) -> bool:
    """True if a flightcrew member who is acclimated to home base is so where a duty begins, too: 117.3.

    Within the same theatre, sixty degrees of longitude; in another one after 36 consecutive hours free from duty. That 72
    hours there make it so, too, is left out.

    Args:
        degrees_of_longitude: Between home base and the place of report, either way.
        rest_minutes: Free from duty before the report.
    """
    apart = abs(degrees_of_longitude) % 360
    return min(apart, 360 - apart) <= THEATRE_DEGREES or rest_minutes >= ACCLIMATING_REST_MINUTES


def return_rest_minutes(*, degrees_of_longitude: float, away_minutes: int) -> int:
    """117.25(d): 56 hours at home base after travelling more than 60 degrees and being away more than 168 hours, else ten."""
    far = degrees_of_longitude > 60 and away_minutes > 168 * 60
    return RETURN_REST_MINUTES if far else MIN_REST_MINUTES


def cumulative_margin_minutes(before: Mapping[str, int], *, duty_minutes: int, flight_minutes: int) -> int | None:
    """Least room that a duty leaves under 117.23; negative when a limit is passed. ``before`` as in ``flight_time``."""
    margins = [
        limit - before[name] - (duty_minutes if name.startswith("duty") else flight_minutes)
        for name, limit in CUMULATIVE_MINUTES.items()
        if name in before
    ]
    return min(margins) if margins else None
