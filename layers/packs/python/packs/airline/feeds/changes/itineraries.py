"""The flights on record as itineraries: the legs of one number that belong to one day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from conclave.pack import Item

from packs.airline import times
from packs.airline.feeds.calendar import date_of
from packs.airline.times import MINUTES_PER_DAY

Itinerary = Sequence[Item]
"""Rows of ``flights`` of one number in order: each leaves within a day where the one before comes to."""


def itineraries_of(rows: Iterable[Item]) -> list[list[Item]]:
    """Rows of one flight number cut into itineraries, in order of their departures. No itinerary has a route twice."""
    found: list[list[Item]] = []
    for row in sorted(rows, key=lambda each: str(each["departure_utc"])):
        leaves = times.minutes(row["departure_utc"])
        for itinerary in reversed(found[-3:]):
            last = itinerary[-1]
            waits = leaves - times.minutes(last["arrival_utc"])
            routes = {each["route"] for each in itinerary}
            if last["destination"] == row["origin"] and 0 <= waits < MINUTES_PER_DAY and row["route"] not in routes:
                itinerary.append(row)
                break
        else:
            found.append([row])
    return found


def day_of(itinerary: Itinerary, *, local: bool) -> date:
    """The day of an itinerary: that of its first departure, local there or in UTC."""
    first = itinerary[0]
    return date.fromisoformat(first["date"]) if local else date_of(times.minutes(first["departure_utc"]))


def legs_between(itinerary: Itinerary, ends: Sequence[str]) -> list[Item]:
    """The legs of an itinerary that go from the first of some airports by way of the others to the last; all without airports."""
    if not ends:
        return list(itinerary)
    by_origin: Mapping[str, int] = {row["origin"]: at for at, row in enumerate(itinerary)}
    by_destination: Mapping[str, int] = {row["destination"]: at for at, row in enumerate(itinerary)}
    first, last = by_origin.get(ends[0]), by_destination.get(ends[-1])
    return list(itinerary[first : last + 1]) if first is not None and last is not None and first <= last else []
