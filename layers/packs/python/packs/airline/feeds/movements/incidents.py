"""Late flights of movement messages as incidents that can be submitted: the flight, and what holds it by its delay codes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from conclave.pack import Item
from msgspec import Struct

from packs.airline.bounds import LONGEST_REPORTED_MINUTES
from packs.airline.feeds.movements.rows import delays_in, late_minutes
from packs.airline.models import Cause, Position
from packs.airline.reading.words.delay_codes import CAUSES


class Late(Struct, frozen=True, kw_only=True):
    """A flight that is expected to leave late.

    Attributes:
        key: Names it with its delay: the same delay of the same flight is the same report.
        minutes: How late.
        incident: The incident, as the API takes it.
    """

    key: str
    minutes: int
    incident: dict[str, Any]


def late_flights(rows: Iterable[Item]) -> list[Late]:
    """The flights among these rows that have not left and are expected to leave late, each as an incident."""
    return [
        Late(key=f"movement-{row['flight_id']}-{minutes}", minutes=minutes, incident=_incident(row, minutes))
        for row in rows
        if (minutes := late_minutes(row))
    ]


def _incident(row: Item, late: int) -> dict[str, Any]:
    """The cause with the most minutes has the whole delay, since it is over when the flight leaves; others have their own."""
    minutes: dict[str, int] = {}
    for code, told in delays_in(row):
        cause = CAUSES.get(code[:2], Cause.OTHER.value)
        minutes[cause] = minutes.get(cause, 0) + told
    causes = sorted(minutes, key=lambda each: -minutes[each]) or [Cause.OTHER.value]
    waits = {causes[0]: late} | {each: minutes[each] for each in causes[1:] if minutes[each]}
    return {
        "flight": row["number"],
        "date": row["date"],
        "origin": row["origin"],
        "destination": row["destination"],
        "position": Position.STAND.value,
        "problems": [
            {"cause": cause, "minutes": min(each, LONGEST_REPORTED_MINUTES)} for cause, each in list(waits.items())[:4]
        ],
    }
