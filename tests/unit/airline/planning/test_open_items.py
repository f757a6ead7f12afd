"""An open item must hold until the aircraft is home again: it may not expire at the far end of a rotation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from conclave.pack.tables import Item
from conclave.testing.tables import MemoryTables
from packs.airline import PACK
from packs.airline.models import Cause

Decide = Callable[..., Any]


def with_item(rows: Mapping[str, list[Item]], tail: str, expires: str) -> MemoryTables:
    """The network with one category B item on an aircraft, whose three days end on a date."""
    discovered = (date.fromisoformat(expires) - timedelta(days=3)).isoformat()
    item = {
        "tail": tail,
        "item_id": "25-21-01/9001",
        "ata": "25-21-01",
        "category": "B",
        "discovered": discovered,
        "relief": True,
        "not_with": [],
        "text": "Crew seat harness",
    }
    return MemoryTables(
        PACK.tables, {**rows, "mel_items": [*(each for each in rows["mel_items"] if each["tail"] != tail), item]}
    )


def overnight(flights: Mapping[str, Item]) -> tuple[Item, Item]:
    """A flight out of the hub and its return, which leaves on the next UTC day."""
    for flight in flights.values():
        if flight["origin"] != "AUH" or flight["date"] != "2026-11-21":
            continue
        line = sorted((each for each in flights.values() if each["tail"] == flight["tail"]), key=_leaves)
        back = next((each for each in line if each["departure_utc"] > flight["departure_utc"]), None)
        if back and back["destination"] == "AUH" and _day(back) == _day(flight) + timedelta(days=1):
            return flight, back
    raise AssertionError("no rotation over midnight")


def _leaves(flight: Item) -> str:
    return str(flight["departure_utc"])


def _day(flight: Item) -> date:
    return date.fromisoformat(flight["departure_utc"][:10])


def test_an_item_that_expires_before_the_return_keeps_the_aircraft_at_the_hub(
    decide: Decide, rows: Mapping[str, list[Item]], flights: Mapping[str, Item]
) -> None:
    out, back = overnight(flights)
    for expires, allowed in ((_day(out), False), (_day(back), True)):
        room = decide(
            with_item(rows, out["tail"], expires.isoformat()),
            flight=out["number"],
            date=out["date"],
            cause=Cause.ATC,
            delay_minutes=15,
        )
        first = next(each for each in room.options if each.fields["tail"] == out["tail"])
        assert first.fields["mel_dispatchable"] is allowed
        assert first.fields["mel_days_left"] == (0 if allowed else -1)


def test_towards_the_hub_the_day_of_departure_counts(
    decide: Decide, rows: Mapping[str, list[Item]], flights: Mapping[str, Item]
) -> None:
    _, back = overnight(flights)
    room = decide(
        with_item(rows, back["tail"], _day(back).isoformat()),
        flight=back["number"],
        date=back["date"],
        cause=Cause.ATC,
        delay_minutes=15,
    )
    first = next(each for each in room.options if each.fields["tail"] == back["tail"])
    assert first.fields["mel_dispatchable"]
    assert first.fields["mel_days_left"] == 0
