"""Delays that a late aircraft passes on to its later flights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conclave.pack import Item
from msgspec import Struct

from packs.airline import times
from packs.airline.bounds import DOWNSTREAM_HORIZON_MINUTES
from packs.airline.rules.airports.closures import closed_by, closed_for
from packs.airline.rules.airports.limits import (
    closed_period,
    curfew_violation_minutes,
    has_night,
    minutes_to_opening,
)

OPENINGS = 4
"""Closed times one behind the other, of nights and of notices, that are waited through."""


class KnockOn(Struct, frozen=True, kw_only=True):
    """Delay of one later flight."""

    flight: Item
    delay_minutes: int
    departure_utc: int
    arrival_utc: int


def propagate(
    *, arrival_utc: int, line: Sequence[Item], turnaround_minutes: int, airports: Mapping[str, Item]
) -> list[KnockOn]:
    """Delays of an aircraft's later flights after it comes on blocks at ``arrival_utc``.

    Each flight leaves at its schedule, or after the shortest turnaround if that is later, or when a closed airport opens, be the
    aircraft there in time or not. Follows the line for 24 hours and stops at the first flight that is on time.

    Args:
        arrival_utc: On-blocks time that starts the chain.
        line: The later flights in order of departure.
        turnaround_minutes: Shortest turnaround of the aircraft.
        airports: Airport items; a curfew of an airport that is not among them is not seen.
    """
    found: list[KnockOn] = []
    on_blocks = arrival_utc
    last = arrival_utc + DOWNSTREAM_HORIZON_MINUTES
    for flight in line:
        planned: int = flight["departure_utc"]
        departure = first_open(max(planned, on_blocks + turnaround_minutes), flight, airports)
        if departure == planned or planned > last:
            break
        on_blocks = departure + flight["block_minutes"]
        found.append(
            KnockOn(
                flight=flight,
                delay_minutes=departure - planned,
                departure_utc=departure,
                arrival_utc=on_blocks,
            )
        )
    return found


def first_open(departure: int, flight: Item, airports: Mapping[str, Item]) -> int:
    """The first time from ``departure`` on at which neither end of the flight is closed at night."""
    block = flight["block_minutes"]
    for _ in range(3):
        wait = max(
            curfew_wait(departure, airports.get(flight["origin"]), flight["departure_utc"]),
            curfew_wait(departure + block, airports.get(flight["destination"]), flight["arrival_utc"], lands=True),
        )
        if not wait:
            break
        departure += wait
    return departure


def curfew_wait(moment: int, airport: Item | None, planned: int | None = None, *, lands: bool = False) -> int:
    """Minutes until a closed airport opens; 0 when it is open or has no closed period.

    It opens when the clock there shows the time, also in a night in which summer time begins or ends, and when no notice
    closes it any more.

    Args:
        moment: Take-off or landing.
        airport: Its row, if there is one.
        planned: When the movement should have been; ``None`` for one that was not planned. A late one may come later.
        lands: Whether it is a landing.
    """
    if airport is None:
        return 0
    opens = moment
    for _ in range(OPENINGS):
        wait = closed_for(opens, airport.get("closed_by_notice", ())) or _night_wait(opens, airport, planned, lands)
        if not wait:
            break
        opens += wait
    return opens - moment


def _night_wait(moment: int, airport: Item, planned: int | None, lands: bool) -> int:
    if not airport["curfew_closed"] or not has_night(airport):
        return 0
    minute = times.local_minute(moment, airport["tz"])
    wait = minutes_to_opening(minute, *_closed_period(moment, airport, planned, lands))
    return times.on_the_clock(moment, wait, airport["tz"]) - moment if wait else 0


def curfew_violation(moment: int, airport: Item | None, planned: int | None = None, *, lands: bool = False) -> int:
    """Minutes by which a movement lies inside a closed period of an airport; 0 outside it. As ``curfew_wait``."""
    if airport is None:
        return 0
    if by_notice := closed_by(moment, airport.get("closed_by_notice", ())):
        return by_notice
    if not airport["curfew_closed"] or not has_night(airport):
        return 0
    minute = times.local_minute(moment, airport["tz"])
    return curfew_violation_minutes(minute, *_closed_period(moment, airport, planned, lands))


def _closed_period(moment: int, airport: Item, planned: int | None, lands: bool) -> tuple[str, str]:
    """The closed period that holds for a movement: that of late flights when it is planned outside the other one."""
    start, end = airport["curfew_start"], airport["curfew_end"]
    late = (
        planned is not None
        and planned < moment
        and not curfew_violation_minutes(times.local_minute(planned, airport["tz"]), start, end)
    )
    return closed_period(airport, late=late, lands=lands)
