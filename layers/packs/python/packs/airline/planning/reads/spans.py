"""The times of the rows that a plan reads: from when to when flights, stays and standbys can matter, whatever is decided.

What lies outside could not be used by any option, so that nothing is lost by not reading it. A span begins and ends at a quarter
of a day in UTC, and one of stays at an hour: plans of flights that leave soon after one another read the same, and find it in
the cache.
"""

from __future__ import annotations

from conclave.pack import Between, Item, Only

from packs.airline import times
from packs.airline.bounds import (
    LONGEST_DELAY_MINUTES,
    LONGEST_FLIGHT_DUTY_MINUTES,
    LONGEST_REPORTED_MINUTES,
    REBOOKING_HORIZON_MINUTES,
)
from packs.airline.operators.air_operator import AirOperator

HOUR_MINUTES, QUARTER_MINUTES = 60, 360
BEFORE_EVERY_TIME, AFTER_EVERY_TIME = "0", "~"
"""The latter ends a time that a sort key begins with, too."""


def rebooked(first: int, last: int) -> Only:
    """Flights that passengers of flights which leave at these moments may be moved to."""
    return {"departure_utc": _span(first, last + REBOOKING_HORIZON_MINUTES)}


def onward(flight: Item, first: int) -> Only:
    """Flights that passengers may go on with, however late they come; the first flight that brings any lands at ``first``."""
    return {"departure_utc": _span(first, _last_onward(flight))}


def other_carriers(flight: Item) -> Only:
    """The same of other carriers, and their flights on the flight's own route and back."""
    span = _span(flight["departure_utc"], _last_onward(flight))
    return {"other_id": Between(span.first, span.last + AFTER_EVERY_TIME)}


def positioning(flight: Item, received: int) -> Only:
    """Flights that a crew may come on."""
    departure = flight["departure_utc"]
    return {"departure_utc": _span(min(received, departure), departure + LONGEST_DELAY_MINUTES)}


def begin(first: str, last: int) -> Between:
    """Slots of stays that begin after a slot and by a moment, to the hour."""
    return Between(first, times.text(-(-last // HOUR_MINUTES) * HOUR_MINUTES) + AFTER_EVERY_TIME)


def still(moment: int) -> Between:
    """Ends of stays that last until a moment or longer, to the hour."""
    return Between(times.text(moment // HOUR_MINUTES * HOUR_MINUTES), AFTER_EVERY_TIME)


def standbys(operator: AirOperator, flight: Item) -> Only:
    """Standbys from which a crew can report for the flight, for one that brings it an aircraft, or come as passengers."""
    departure, at_hub = flight["departure_utc"], flight["origin"] in operator.hubs
    before = max(map(operator.report_minutes, operator.types)) if at_hub else LONGEST_FLIGHT_DUTY_MINUTES
    return {
        "standby_start_utc": Between(BEFORE_EVERY_TIME, _span(departure, departure + LONGEST_DELAY_MINUTES).last),
        "standby_end_utc": Between(_span(departure - before, departure).first, AFTER_EVERY_TIME),
    }


def _last_onward(flight: Item) -> int:
    return int(flight["arrival_utc"]) + LONGEST_REPORTED_MINUTES + REBOOKING_HORIZON_MINUTES


def _span(first: int, last: int) -> Between:
    start, end = first // QUARTER_MINUTES, -(-last // QUARTER_MINUTES)
    return Between(times.text(start * QUARTER_MINUTES), times.text(end * QUARTER_MINUTES))
