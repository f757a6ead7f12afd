"""Passengers in the United States: tarmac delays (14 CFR part 259) and refunds (14 CFR part 260).

Left out: denied boarding (part 250), the carrier's own customer service commitments, disability rules (part 382).
"""

from __future__ import annotations

SOURCE_TARMAC = "14 CFR 259.4(b)"
SOURCE_REFUND = "14 CFR 260.2, 260.6, 260.10"

TARMAC_FOOD_MINUTES = 120
REFUND_CARD_BUSINESS_DAYS = 7
REFUND_OTHER_CALENDAR_DAYS = 20
_TARMAC_MINUTES = {False: 180, True: 240}
_CHANGE_MINUTES = {False: 180, True: 360}
_BAG_DOMESTIC_MINUTES = 12 * 60
_BAG_INTERNATIONAL_MINUTES = 15 * 60
_BAG_LONG_MINUTES = 30 * 60
_LONG_FLIGHT_MINUTES = 12 * 60


def tarmac_limit_minutes(*, international: bool) -> int:
    """Longest time on the tarmac before passengers may leave: three hours, four on international flights.

    Safety, security, and air traffic control's word that a return would disrupt the airport are exceptions.
    """
    return _TARMAC_MINUTES[international]


def tarmac_duties(minutes: int, *, international: bool) -> tuple[str, ...]:
    """Duties after so many minutes on the tarmac: ``food_and_water`` from two hours on, ``deplaning`` at the limit."""
    duties = (("food_and_water", TARMAC_FOOD_MINUTES), ("deplaning", tarmac_limit_minutes(international=international)))
    return tuple(name for name, after in duties if minutes >= after)


def refund_from_minutes(*, international: bool) -> int:
    """Minutes after the planned arrival from which a later arrival is a significant change, 260.2."""
    return _CHANGE_MINUTES[international]


def refund_due(
    *,
    cancelled: bool,
    departs_earlier_minutes: int = 0,
    arrives_later_minutes: int = 0,
    international: bool,
    other_airport: bool = False,
    more_connections: bool = False,
    downgraded: bool = False,
) -> bool:
    """True if a passenger who does not travel has a right to the fare.

    260.6 with 260.2: the flight is cancelled, or significantly changed: it departs three hours or more early or arrives three
    hours or more late (six on international itineraries), uses another airport, has more connections, or a lower class.
    """
    limit = _CHANGE_MINUTES[international]
    moved = max(departs_earlier_minutes, arrives_later_minutes) >= limit
    return cancelled or moved or other_airport or more_connections or downgraded


def bag_significantly_delayed(*, minutes_after_arrival: int, international: bool, flight_minutes: int) -> bool:
    """True if the fee of a checked bag is owed back, 260.2: not delivered within the hours after the gate is reached.

    Twelve hours on a domestic itinerary; fifteen on an international one whose flight lasts up to twelve hours, thirty on a
    longer one.
    """
    if not international:
        limit = _BAG_DOMESTIC_MINUTES
    elif flight_minutes <= _LONG_FLIGHT_MINUTES:
        limit = _BAG_INTERNATIONAL_MINUTES
    else:
        limit = _BAG_LONG_MINUTES
    return minutes_after_arrival > limit
