"""Flights of movement messages as incidents: late ones, with what holds them by their delay codes, and those that divert."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from conclave.pack import FeedIncident, Item

from packs.airline.bounds import LONGEST_REPORTED_MINUTES
from packs.airline.feeds.movements.rows import delays_in, late_minutes
from packs.airline.models import Cause, Position
from packs.airline.reading.words.delay_codes import CAUSES


def incidents_of(rows: Iterable[Item]) -> list[FeedIncident]:
    """The flights among these rows that are expected to leave late, or that go elsewhere, each as an incident.

    A key names a flight with its delay, or with where it goes: told again, it is the same report.
    """
    found = list[FeedIncident]()
    for row in rows:
        if row.get("cancelled"):
            continue
        if elsewhere := row.get("diverted_to"):
            told = _diverted(row, elsewhere)
            found.append(
                FeedIncident(key=f"diverted-{row['flight_id']}-{elsewhere}", minutes=0, incident=told, always=True)
            )
        elif minutes := late_minutes(row):
            told = _late(row, minutes)
            found.append(FeedIncident(key=f"movement-{row['flight_id']}-{minutes}", minutes=minutes, incident=told))
    return found


def _diverted(row: Item, elsewhere: str) -> dict[str, Any]:
    """A flight that comes down elsewhere: in the air, landed there, or back where it left, from where it can be planned again."""
    down = "landed_utc" in row or "on_block_utc" in row
    back = down and elsewhere == row["origin"]
    position = Position.RETURNED if back else Position.LANDED if down else Position.AIR
    return {
        **_flight(row),
        "position": position.value,
        **({"landed_at": elsewhere} if down and not back else {}),
        "problems": [{"cause": cause} for cause in _causes(row)[:4]],
    }


def _causes(row: Item) -> list[str]:
    """What holds a flight by its delay codes, what takes longest first."""
    minutes = _minutes(row)
    return sorted(minutes, key=lambda each: -minutes[each]) or [Cause.OTHER.value]


def _minutes(row: Item) -> dict[str, int]:
    minutes: dict[str, int] = {}
    for code, told in delays_in(row):
        cause = CAUSES.get(code[:2], Cause.OTHER.value)
        minutes[cause] = minutes.get(cause, 0) + told
    return minutes


def _flight(row: Item) -> dict[str, Any]:
    return {name: row[name] for name in ("date", "origin", "destination")} | {"flight": row["number"]}


def _late(row: Item, late: int) -> dict[str, Any]:
    """The cause with the most minutes has the whole delay, since it is over when the flight leaves; others have their own."""
    minutes, causes = _minutes(row), _causes(row)
    waits = {causes[0]: late} | {each: minutes[each] for each in causes[1:] if minutes[each]}
    return {
        **_flight(row),
        "position": Position.STAND.value,
        "problems": [
            {"cause": cause, "minutes": min(each, LONGEST_REPORTED_MINUTES)} for cause, each in list(waits.items())[:4]
        ],
    }
