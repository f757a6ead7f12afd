"""The stays of aircraft, read no wider than a plan can use it: as much in a large fleet as in a small one."""

from __future__ import annotations

from collections.abc import Sequence

from conclave.pack import Item, Tables
from conclave.pack.tables import Only

from packs.airline import times
from packs.airline.bounds import (
    CONSOLIDATION_HORIZON_MINUTES,
    LONGEST_DELAY_MINUTES,
    MOST_SPARES,
    SOON_READY_MINUTES,
)
from packs.airline.operators.air_operator import AirOperator
from packs.airline.planning.fleet import may_be_idle, replacement_stays
from packs.airline.planning.reads import spans
from packs.airline.reported.standing import Held


def station_days(station: str, first: int, last: int) -> list[str]:
    """Keys of a station on the UTC days from one moment to another."""
    days = range(first // times.MINUTES_PER_DAY, last // times.MINUTES_PER_DAY + 1)
    return [f"{station}#{times.day(each * times.MINUTES_PER_DAY)}" for each in days]


def day_and_next(flight: Item) -> list[str]:
    """Keys of the origin on the UTC day of departure and the next."""
    departure = flight["departure_utc"]
    return station_days(flight["origin"], departure, departure + times.MINUTES_PER_DAY)


def ground_from(flight: Item, line: Sequence[Item], tables: Tables) -> int:
    """Since when the planned aircraft stands where it leaves; its departure, when no stay of it ends with that.

    A stay that begins when the aircraft came is found by its key; any other one is looked for.

    Args:
        flight: The flight.
        line: All flights of its aircraft, in order of departure.
        tables: Where ``ground_times`` may be read.

    Raises:
        ReadFailed: The stays could not be read.
    """
    departure: int = flight["departure_utc"]
    (key,) = station_days(flight["origin"], departure, departure)
    came = [each["arrival_utc"] for each in line if each["departure_utc"] < departure][-1:]
    slots = [(key, f"{times.text(moment)}#{flight['tail']}") for moment in came]
    found = list(tables.get("ground_times", slots).items.values()) if slots else []
    if not any(each["until_utc"] == departure for each in found):
        only = {"tail": [flight["tail"]], "until_utc": [times.text(departure)]}
        found = tables.query("ground_times", [key], only=only)[key]
    return next((int(each["from_utc"]) for each in found), departure)


def replacements(
    operator: AirOperator, flight: Item, received: int, tables: Tables, *, back: Item | None
) -> list[Item]:
    """The stays of the aircraft worth a look instead of the planned one, as ``replacement_stays`` ranks them.

    Those that come later than ``SOON_READY_MINUTES`` are read only when fewer than are looked at stand there by then.

    Raises:
        ReadFailed: The stays could not be read.
    """
    departure = flight["departure_utc"]
    kinds, found = _kinds(operator, flight), list[Item]()
    first, last = spans.BEFORE_EVERY_TIME, departure + LONGEST_DELAY_MINUTES
    for until in (departure + SOON_READY_MINUTES, last):
        span = spans.begin(first, until)
        keys = station_days(flight["origin"], departure if not found else departure + SOON_READY_MINUTES, until)
        only: Only = {"type": kinds, "slot": span, "until_utc": spans.still(departure)}
        stays = tables.query("ground_times", keys, only=only)
        found += [stay for key in keys for stay in stays[key]]
        chosen = replacement_stays(operator, flight, _once(found), received, back=back)
        if len(chosen) == MOST_SPARES:
            break
        first = span.last
    return chosen


def idle_stays(operator: AirOperator, held: Held, flight: Item, joined: Sequence[Item], tables: Tables) -> list[Item]:
    """The stays at the hub of aircraft that may be idle, when one could help: to be fetched, or to fly a later flight.

    Args:
        operator: The airline.
        held: What holds the flight.
        flight: The flight.
        joined: Later flights that could take its passengers, when it leaves the hub.
        tables: Where ``ground_times`` may be read.

    Raises:
        ReadFailed: The stays could not be read.
    """
    hub, departure = operator.hub_of(flight), flight["departure_utc"]
    if flight["origin"] in operator.hubs:
        ratings = {operator.types[each["type"]].rating for each in joined if each["type"] in operator.types}
        kinds = [each for each in _kinds(operator, flight) if operator.types[each].rating in ratings]
        last = departure + CONSOLIDATION_HORIZON_MINUTES
    else:
        kinds, last = _kinds(operator, flight) if held.swappable else [], departure + LONGEST_DELAY_MINUTES
    if not kinds:
        return []
    keys = station_days(hub, departure, last)
    # Where the loaded schedule ends before a day has passed, no stay is known to last longer.
    for until in (departure + times.MINUTES_PER_DAY, departure):
        only: Only = {
            "type": kinds,
            "slot": spans.begin(spans.BEFORE_EVERY_TIME, last),
            "until_utc": spans.still(until),
        }
        stays = tables.query("ground_times", keys, only=only)
        found = _once([stay for key in keys for stay in stays[key]])
        if found:
            break
    return may_be_idle(operator, flight, found)


def _kinds(operator: AirOperator, flight: Item) -> list[str]:
    """Aircraft types of the cabin class of a flight: no other is looked at."""
    wide = operator.types[flight["type"]].wide
    return sorted(code for code, each in operator.types.items() if each.wide == wide)


def _once(stays: Sequence[Item]) -> list[Item]:
    """Each stay once: one over midnight has a row for each day."""
    return list({stay["slot"]: stay for stay in stays}.values())
