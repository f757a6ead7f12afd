"""The aircraft that a message names, beside the one on record.

A message has a type, and an ASM may have a registration behind it (IATA SSIM chapter 5; ``J 73H .J12Y147 CNRNZ`` of an airline).
Who flies a flight is in several tables at once: ``flights``, ``duties`` by their rating, ``ground_times`` of both aircraft. So a
message never changes it: one that names another aircraft is refused, and everything else of it, too.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from conclave.pack import Item

from packs.airline.feeds.changes.messages import Change
from packs.airline.feeds.records import Unreadable


@cache
def _icao() -> Mapping[str, str]:
    """ICAO designators (Doc 8643) of the IATA types that passengers fly most; others are not compared."""
    with Path(__file__).with_name("aircraft_types.csv").open(encoding="ascii", newline="") as file:
        return {row["iata"]: row["icao"] for row in csv.DictReader(file)}


def same_type(told: str, recorded: str) -> bool | None:
    """Whether a type of a message is the type on record, which may be an IATA or an ICAO code; ``None`` where nobody can tell."""
    icao = _icao()
    theirs, ours = icao.get(told, told), icao.get(recorded, recorded)
    if theirs == ours:
        return True
    return False if told in icao and ours in icao.values() else None


def doubt_of(change: Change, row: Item) -> str:
    """What is to be said of the aircraft of a flight after a message about it; empty when it is that on record.

    Raises:
        Unreadable: The message names another registration or another type.
    """
    tail, kind = str(row["tail"]), str(row["type"])
    if change.registration:
        if change.registration.replace("-", "") == tail.replace("-", ""):
            return ""
        raise Unreadable(f"of {row['date']} is flown by {change.registration}, and by {tail} in flights; {_CSV}")
    same = same_type(change.aircraft_type, kind) if change.aircraft_type else True
    if same is False:
        raise Unreadable(
            f"of {row['date']} is flown with the type {change.aircraft_type}, and {tail} in flights is of type {kind}; {_CSV}"
        )
    if same is None and "EQT" in (change.action, *change.secondary):
        return f"is flown with the type {change.aircraft_type}; {tail} of type {kind} stays in flights: load another one as CSV"
    return ""


_CSV = "load flights, duties and ground_times of its aircraft as CSV"
