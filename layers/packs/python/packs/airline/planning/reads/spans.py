"""The times of the rows that a plan reads: from when to when flights, stays and standbys can matter, whatever is decided.

What lies outside could not be used by any option, so that nothing is lost by not reading it. A span begins at half a day in UTC
and ends with a day, one of stays at quarters of it: plans of flights that leave on a day read the same, and find it in the cache.
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

QUARTER_MINUTES, HALF_DAY_MINUTES, DAY_MINUTES = 360, 720, times.MINUTES_PER_DAY
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
    span = _span(flight["departure_utc"] // DAY_MINUTES * DAY_MINUTES, _last_onward(flight))
    return {"other_id": Between(span.first, span.last + AFTER_EVERY_TIME)}


def positioning(flight: Item, received: int) -> Only:
    """Flights that a crew may come on."""
    departure = flight["departure_utc"]
    return {"departure_utc": _span(min(received, departure), departure + LONGEST_DELAY_MINUTES)}


def begin(first: str, last: int) -> Between:
    """Slots of stays that begin after a slot and by a moment, to a quarter of a day."""
    return Between(first, times.text(-(-last // QUARTER_MINUTES) * QUARTER_MINUTES) + AFTER_EVERY_TIME)


def still(moment: int) -> Between:
    """Ends of stays that last until a moment or longer, to a quarter of a day."""
    return Between(times.text(moment // QUARTER_MINUTES * QUARTER_MINUTES), AFTER_EVERY_TIME)


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
    start, end = first // HALF_DAY_MINUTES * HALF_DAY_MINUTES, -(-last // DAY_MINUTES) * DAY_MINUTES
    return Between(times.text(start), times.text(end))
