"""Aircraft of the hub other than the planned one: those that may stand in, and those that are idle and may be sent elsewhere."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence

from conclave.pack import Item
from msgspec import Struct, structs

from packs.airline.bounds import (
    DISPLACEMENT_LIMIT_MINUTES,
    IDLE_AIRCRAFT_MINUTES,
    LONGEST_DELAY_MINUTES,
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
        line: Its own later flights.
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


def may_be_idle(operator: AirOperator, flight: Item, stays: Sequence[Item]) -> list[str]:
    """Tails of the flight's cabin class whose stay at the hub (rows of ``ground_times``) leaves them free for long enough.

    What counts is the first stay that ends after the departure.
    """
    wide, until = operator.types[flight["type"]].wide, flight["departure_utc"] + IDLE_AIRCRAFT_MINUTES
    return sorted(
        tail
        for tail, stay in _standing(stays, flight).items()
        if stay["type"] in operator.types
        and operator.types[stay["type"]].wide == wide
        and tail != flight["tail"]
        and (not stay["next_flight_id"] or stay["until_utc"] > until)
    )


def _standing(stays: Sequence[Item], flight: Item) -> dict[str, Item]:
    """The first stay of each aircraft that ends after the departure of a flight."""
    first: dict[str, Item] = {}
    for stay in sorted(stays, key=lambda each: int(each["from_utc"])):
        if stay["until_utc"] > flight["departure_utc"]:
            first.setdefault(stay["tail"], stay)
    return first


def idle_aircraft(
    stays: Sequence[Item],
    flight: Item,
    tails: Sequence[str],
    lines: Mapping[str, Sequence[Item]],
    aircraft: Mapping[str, Item],
) -> list[Spare]:
    """Aircraft that are idle at the hub when a flight leaves: their next flight is more than ``IDLE_AIRCRAFT_MINUTES`` away.

    Args:
        stays: Where aircraft stand at the hub (rows of ``ground_times``).
        flight: The flight.
        tails: Those that may be idle.
        lines: Their flights from then on.
        aircraft: Their records.
    """
    departure = flight["departure_utc"]
    until = departure + IDLE_AIRCRAFT_MINUTES
    first, found = _standing(stays, flight), []
    for tail in tails:
        later = [each for each in lines[tail] if each["departure_utc"] >= departure]
        # One that has yet to come from elsewhere has a flight before its stay.
        leaves = max(until + 1, first[tail]["until_utc"]) if tail in first else 0
        if tail in first and tail in aircraft and (not later or later[0]["departure_utc"] >= leaves):
            found.append(Spare(item=aircraft[tail], on_ground_from=first[tail]["from_utc"], line=later))
    return found
