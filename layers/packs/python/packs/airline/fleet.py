"""Aircraft that stand idle at the hub: they may be sent elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from conclave.tables import Item

from packs.airline import times
from packs.airline.assumptions import HUB, IDLE_AIRCRAFT_MINUTES, TYPES


@dataclass(frozen=True, slots=True, kw_only=True)
class Spare:
    """An aircraft other than the planned one.

    Attributes:
        item: Its row in ``aircraft``.
        on_ground_from: When it came on blocks, ISO UTC.
        line: Its own later flights.
    """

    item: Item
    on_ground_from: str
    line: Sequence[Item]


def may_be_idle(flight: Item, stays: Sequence[Item]) -> list[str]:
    """Tails of the flight's cabin class whose stay at the hub (rows of ``ground_times``) leaves them free for long enough."""
    wide, until = TYPES[flight["type"]].wide, times.shift(flight["departure_utc"], IDLE_AIRCRAFT_MINUTES)
    return sorted(
        {
            stay["tail"]
            for stay in stays
            if TYPES[stay["type"]].wide == wide
            and stay["tail"] != flight["tail"]
            and (not stay["next_flight_id"] or stay["until_utc"] > until)
        }
    )


def idle_aircraft(
    flight: Item, tails: Sequence[str], lines: Mapping[str, Sequence[Item]], aircraft: Mapping[str, Item]
) -> list[Spare]:
    """Aircraft that are idle at the hub when a flight leaves.

    The last flight before went to the hub, or there was none, and the next one is more than ``IDLE_AIRCRAFT_MINUTES`` away.
    """
    departure = flight["departure_utc"]
    until = times.shift(departure, IDLE_AIRCRAFT_MINUTES)
    found = []
    for tail in tails:
        line = lines[tail]
        before = [each for each in line if each["departure_utc"] < departure]
        busy = any(departure <= each["departure_utc"] <= until for each in line)
        if busy or (before and before[-1]["destination"] != HUB) or tail not in aircraft:
            continue
        # Without an earlier flight it has stood there as long as anybody knows.
        arrived = before[-1]["arrival_utc"] if before else ""
        found.append(Spare(item=aircraft[tail], on_ground_from=arrived, line=line[len(before) :]))
    return found
