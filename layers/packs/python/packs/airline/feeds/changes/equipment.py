"""The aircraft that a message names, beside the one on record.

A message has a type, and an ASM may have a registration behind it (IATA SSIM chapter 5; ``J 73H .J12Y147 CNRNZ`` of an airline).
Who flies a flight is in several tables at once: ``flights``, ``duties`` by their rating, ``ground_times`` of both aircraft. So a
message never changes it: one that names another aircraft is refused, and everything else of it, too.
"""

from __future__ import annotations

from collections.abc import Mapping

from conclave.pack import Item

from packs.airline.feeds.changes.messages import Change
from packs.airline.feeds.records import Unreadable

_ICAO: Mapping[str, str] = {
    "221": "BCS1", "223": "BCS3", "290": "E290", "295": "E295", "310": "A310", "318": "A318", "319": "A319", "31N": "A19N",
    "320": "A320", "32A": "A320", "32N": "A20N", "321": "A321", "32B": "A321", "32Q": "A21N", "332": "A332", "333": "A333",
    "338": "A338", "339": "A339", "342": "A342", "343": "A343", "345": "A345", "346": "A346", "351": "A35K", "359": "A359",
    "388": "A388", "717": "B712", "733": "B733", "734": "B734", "735": "B735", "736": "B736", "73G": "B737", "73W": "B737",
    "738": "B738", "73H": "B738", "739": "B739", "73J": "B739", "744": "B744", "74H": "B748", "752": "B752", "75W": "B752",
    "753": "B753", "762": "B762", "763": "B763", "76W": "B763", "764": "B764", "772": "B772", "773": "B773", "77L": "B77L",
    "77W": "B77W", "781": "B78X", "788": "B788", "789": "B789", "7M7": "B37M", "7M8": "B38M", "7M9": "B39M", "7MJ": "B3XM",
    "CR2": "CRJ2", "CR7": "CRJ7", "CR9": "CRJ9", "CRK": "CRJX", "DH4": "DH8D", "E70": "E170", "E90": "E190", "E95": "E195",
}  # fmt: skip
"""ICAO designators (Doc 8643) of the IATA types that passengers fly most; others are not compared."""


def same_type(told: str, recorded: str) -> bool | None:
    """Whether a type of a message is the type on record, which may be an IATA or an ICAO code; ``None`` where nobody can tell."""
    theirs, ours = _ICAO.get(told, told), _ICAO.get(recorded, recorded)
    if theirs == ours:
        return True
    return False if told in _ICAO and ours in _ICAO.values() else None


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
