"""Aircraft of the hub other than the planned one: those that may stand in, and those that are idle and may be sent elsewhere."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from conclave.pack import Item
from msgspec import Struct, structs

from packs.airline.bounds import (
    CONSOLIDATION_HORIZON_MINUTES,
    DISPLACEMENT_LIMIT_MINUTES,
    IDLE_AIRCRAFT_MINUTES,
    IDLE_OF_A_KIND,
    LONGEST_DELAY_MINUTES,
    MERGED_FLIGHTS,
    MOST_SPARES,
    SPARES_OF_A_KIND,
)
from packs.airline.operators.air_operator import AirOperator
from packs.airline.scores import DIMENSIONS


class Spare(Struct, frozen=True, kw_only=True):
    """An aircraft other than the planned one.

    Attributes:
        item: Its row in ``aircraft``.
        on_ground_from: When it came on blocks.
        line: Its own later flights; none of an idle one, which is used before they leave.
    """

    item: Item
    on_ground_from: int
    line: Sequence[Item]

    def leaving(self, turnaround: int, hub: str, departure_utc: int) -> Spare:
        """The aircraft as it leaves then: what brings it back to the hub a turnaround before, it flies as planned."""
        for number, flight in reversed(list(enumerate(self.line, start=1))):
            home = flight["destination"] == hub
            if home and flight["arrival_utc"] + turnaround <= departure_utc:
                return structs.replace(self, on_ground_from=flight["arrival_utc"], line=self.line[number:])
        return self


READY_WITHIN_MINUTES = (0, 60, 120, 180, 360, 720)
"""Aircraft that are ready between the same of these times, after the first could be, are alike."""


def replacement_stays(
    operator: AirOperator, flight: Item, stays: Sequence[Item], received: int, *, back: Item | None = None
) -> list[Item]:
    """The ground times (rows of ``ground_times``) of the aircraft worth a look instead of the planned one, best first.

    By what waiting for it, the delay of its own next flight, seats and the price of another type leave of the score at best.
    Where another crew flies the return (``back``), those that it has no rating for come last. Left out is only what has many
    better ones beside it: of its kind (its type, and ready as soon), or of all.
    """
    relieved = back is not None and back["duty_id"] != flight["duty_id"]
    wide, rotation = operator.types[flight["type"]].wide, 2 * flight["block_minutes"]
    earliest = max(flight["departure_utc"], received + operator.figures.swap_ready_minutes)
    ranked = []
    for stay in stays:
        if stay["type"] not in operator.types:
            continue
        kind = operator.types[stay["type"]]
        ready = max(earliest, stay["from_utc"] + kind.turnaround_minutes)
        wait = ready - earliest
        if (
            kind.wide != wide
            or stay["tail"] == flight["tail"]
            or ready > flight["departure_utc"] + LONGEST_DELAY_MINUTES
            or stay["until_utc"] < ready
        ):
            continue
        home = ready + rotation + 2 * kind.turnaround_minutes
        displaced = max(0, home - stay["until_utc"]) if stay["next_flight_id"] else 0
        if displaced <= DISPLACEMENT_LIMIT_MINUTES:
            promise = _promise(operator, flight, kind.code, delay=ready - flight["departure_utc"], displaced=displaced)
            other = kind.rating != operator.types[flight["type"]].rating
            ranked.append((relieved and other, -promise, other, stay["tail"], stay["from_utc"], wait, stay))
    seen: Counter[tuple[str, int]] = Counter()
    found = []
    for *_, wait, stay in sorted(ranked, key=lambda each: each[:-2]):
        alike = stay["type"], bisect_left(READY_WITHIN_MINUTES, wait)
        seen[alike] += 1
        if seen[alike] <= SPARES_OF_A_KIND:
            found.append(stay)
    return found[:MOST_SPARES]


def _promise(operator: AirOperator, flight: Item, kind: str, *, delay: int, displaced: int) -> float:
    """Best score beside safety of a type's aircraft that leaves so late and makes its own next flight so late."""
    swap = operator.figures.swap_same_type_cost if kind == flight["type"] else operator.figures.swap_other_type_cost
    fields = {
        "total_cost_usd": swap + displaced * operator.figures.downstream_minute_cost,
        "passenger_delay_minutes": delay,
        "passengers_stranded": max(0, flight["booked"] - operator.types[kind].seats),
        "missed_connections": 0,
        "downstream_delay_minutes": displaced,
        "downstream_crews_short": 0,
        "cancelled": False,
    }
    return sum(each.weight * each.score(fields) for each in DIMENSIONS if each.name != "safety")


def joinable(flight: Item, later: Sequence[Item]) -> list[Item]:
    """The first later flights of the route that could take the passengers of a flight, too.

    Args:
        flight: The flight.
        later: Flights of its route that have not left.
    """
    last = flight["departure_utc"] + CONSOLIDATION_HORIZON_MINUTES
    soon = (each for each in later if each["departure_utc"] <= last)
    return sorted(soon, key=lambda each: (each["departure_utc"], each["flight_id"]))[:MERGED_FLIGHTS]


def may_be_idle(
    operator: AirOperator, flight: Item, stays: Sequence[Item], ratings: Collection[str] | None = None
) -> list[Item]:
    """Stays at the hub (rows of ``ground_times``) that leave aircraft of the flight's cabin class free for long enough.

    What counts is the first stay that ends after the departure.

    Args:
        operator: The airline.
        flight: The flight.
        stays: Where aircraft stand at the hub.
        ratings: Type ratings of which an aircraft must have one; any when left out.

    Returns:
        The stays, those that begin first before others.
    """
    wide, until = operator.types[flight["type"]].wide, flight["departure_utc"] + IDLE_AIRCRAFT_MINUTES
    return sorted(
        (
            stay
            for tail, stay in _standing(stays, flight).items()
            if stay["type"] in operator.types
            and operator.types[stay["type"]].wide == wide
            and (ratings is None or operator.types[stay["type"]].rating in ratings)
            and tail != flight["tail"]
            and (not stay["next_flight_id"] or stay["until_utc"] > until)
        ),
        key=lambda each: (each["from_utc"], each["tail"]),
    )


def first_of_each_type(stays: Sequence[Item]) -> list[Item]:
    """The first stays, ``IDLE_OF_A_KIND`` of each aircraft type."""
    seen: Counter[str] = Counter()
    found = []
    for stay in stays:
        seen[stay["type"]] += 1
        if seen[stay["type"]] <= IDLE_OF_A_KIND:
            found.append(stay)
    return found


def _standing(stays: Sequence[Item], flight: Item) -> dict[str, Item]:
    """The first stay of each aircraft that ends after the departure of a flight."""
    first: dict[str, Item] = {}
    for stay in sorted(stays, key=lambda each: int(each["from_utc"])):
        if stay["until_utc"] > flight["departure_utc"]:
            first.setdefault(stay["tail"], stay)
    return first


def idle_aircraft(
    stays: Sequence[Item], flight: Item, lines: Mapping[str, Sequence[Item]], aircraft: Mapping[str, Item]
) -> list[Spare]:
    """Aircraft that are idle at the hub when a flight leaves: their next flight is more than ``IDLE_AIRCRAFT_MINUTES`` away.

    Args:
        stays: Where those stand that may be idle.
        flight: The flight.
        lines: The flights of those that have yet to come.
        aircraft: Their records.
    """
    departure = flight["departure_utc"]
    until = departure + IDLE_AIRCRAFT_MINUTES
    found = []
    for stay in sorted(stays, key=lambda each: str(each["tail"])):
        later = [each for each in lines.get(stay["tail"], ()) if each["departure_utc"] >= departure]
        # One that has yet to come from elsewhere has a flight before its stay.
        leaves = max(until + 1, stay["until_utc"])
        if stay["tail"] in aircraft and (not later or later[0]["departure_utc"] >= leaves):
            found.append(Spare(item=aircraft[stay["tail"]], on_ground_from=stay["from_utc"], line=()))
    return found
