"""The sample network: one hub, some days around a date, of any size, drawn from a seed over a fixed schedule."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from conclave.pack import Item

from packs.airline.journeys import derived
from packs.airline.sample_data.demand import bookings, shipments
from packs.airline.sample_data.limits import check_cells, diversion_items, worked
from packs.airline.sample_data.market import lease_offers, other_flights
from packs.airline.sample_data.operator import operator_rows
from packs.airline.sample_data.rosters import rosters
from packs.airline.sample_data.rotations import days_around, fleet, flights_and_ground, rotations
from packs.airline.sample_data.stations import alternates
from packs.airline.sample_data.surroundings import airport_items, mel_items, notams, slots, weather
from packs.airline.sample_data.timetable import ORDINARY_FLIGHTS


def sample(date: str, seed: int) -> dict[str, Iterable[Item]]:
    """Makes the network of the day before, the day and the day after.

    The schedule is the same for every seed; loads, connections, cargo, weather, notices and defects are drawn from it.

    Args:
        date: ISO date in the middle of the three days.
        seed: Same date and seed give the same rows.

    Returns:
        Rows by table name.

    Raises:
        ValueError: ``date`` is not an ISO date.
    """
    return generate(date, seed)


def generate(date: str, seed: int, flights: int = ORDINARY_FLIGHTS, days: int = 3) -> dict[str, Iterable[Item]]:
    """Makes a network of any size.

    With more flights the hub has more waves, aircraft, spares, crews and reserves. Rotations connect in space and time, crews
    are legal, bookings fit the seats; loads follow distance and season.

    Args:
        date: ISO date in the middle of the days.
        seed: Same arguments give the same rows.
        flights: Flights of one day, 50 to 4,000, an even number.
        days: How many days.

    Returns:
        Rows by table name.

    Raises:
        ValueError: ``date`` is not an ISO date, or a number is out of range.
    """
    random, window = Random(f"{date}/{seed}"), days_around(date, days)
    planned = rotations(window, flights)
    scale = -(-flights // ORDINARY_FLIGHTS)
    aircraft = fleet(planned, scale)
    scheduled, ground_times = flights_and_ground(planned, aircraft, window)
    crews, duties = rosters(planned, scheduled, window, scale)
    # What came later has streams of its own: the draws before it stay as they are.
    limits, market = Random(f"{date}/{seed}/limits"), Random(f"{date}/{seed}/market")
    check_cells(aircraft, scheduled, window, limits)
    worked(duties, crews, scheduled, limits)
    booked = bookings(scheduled, date, random)
    return {
        **operator_rows(),
        "flights": list(scheduled.values()),
        "airports": airport_items(limits),
        "alternates": alternates(),
        "aircraft": aircraft,
        "ground_times": ground_times,
        "mel_items": [*mel_items(aircraft, date, random), *diversion_items(aircraft, scheduled, date, limits)],
        "crews": crews,
        "duties": duties,
        "bookings": booked,
        **derived({"bookings": booked}),
        "shipments": shipments(scheduled, random),
        "weather": weather(date, window, random),
        "notams": notams(window, random),
        "slots": slots(scheduled, random),
        "other_flights": other_flights(scheduled, window, market),
        "lease_offers": lease_offers(window, market),
    }
