"""The sample network: one hub, three days around a date, everything drawn from a seed over a fixed schedule."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from conclave.tables import Item

from packs.airline.sample_data.demand import bookings, shipments
from packs.airline.sample_data.rosters import rosters
from packs.airline.sample_data.rotations import fleet, flights_and_ground, rotations
from packs.airline.sample_data.surroundings import airport_items, mel_items, notams, slots, weather


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
    random = Random(f"{date}/{seed}")
    planned = rotations(date)
    aircraft = fleet(planned)
    flights, ground_times = flights_and_ground(planned, aircraft, date)
    crews, duties = rosters(planned, flights, date)
    booked = bookings(flights, random)
    return {
        "flights": list(flights.values()),
        "airports": airport_items(),
        "aircraft": aircraft,
        "ground_times": ground_times,
        "mel_items": mel_items(aircraft, date, random),
        "crews": crews,
        "duties": duties,
        "bookings": booked,
        "shipments": shipments(flights, random),
        "weather": weather(date, random),
        "notams": notams(date, random),
        "slots": slots(flights, random),
    }
