"""Journeys of bookings: any number of legs, own flights by their key and other carriers' as they are written in a booking."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from conclave.pack import Item, Tables
from msgspec import Struct

from packs.airline import times
from packs.airline.codes import airport_code, carrier_code

_OTHER = re.compile(
    r"^(?P<number>\w{3,7})@(?P<origin>\w+)-(?P<destination>\w+)@(?P<leaves>[^@]+)@(?P<arrives>[^@]+)$", re.ASCII
)
_MOMENT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", re.ASCII)
_FORM = "XX123@VIE-LHR@2026-11-21T10:00:00Z@2026-11-21T12:30:00Z"


class OtherLeg(Struct, frozen=True, kw_only=True):
    """A leg with another carrier: flight number, airports, and its times as text."""

    number: str
    origin: str
    destination: str
    departure_utc: str
    arrival_utc: str


def read_leg(text: str) -> str:
    """A word of a booking's legs: the key of an own flight, or a leg with another carrier.

    Raises:
        ValueError: It has ``@`` and is not such a leg; the message says how to write one.
    """
    if "@" in text:
        other_leg(text)
    return text


def other_leg(text: str) -> OtherLeg:
    """A leg with another carrier.

    Raises:
        ValueError: It is not one.
    """
    match = _OTHER.match(text)
    if match is None or not all(_MOMENT.match(match[name]) for name in ("leaves", "arrives")):
        raise ValueError(f"{text!r} is not a leg with another carrier; write it like {_FORM}")
    carrier_code(match["number"][:2])
    for name in ("origin", "destination"):
        airport_code(match[name])
    if times.minutes_between(match["leaves"], match["arrives"]) <= 0:
        raise ValueError(f"{text!r} arrives before it departs; write departure, then arrival: {_FORM}")
    return OtherLeg(
        number=match["number"],
        origin=match["origin"],
        destination=match["destination"],
        departure_utc=match["leaves"],
        arrival_utc=match["arrives"],
    )


def is_own(leg: str) -> bool:
    """True for the key of an own flight."""
    return "@" not in leg


def legs_of(booking: Item) -> Sequence[str]:
    """All legs of a booking in order: its list, or its one or two flights."""
    onward = booking.get("onward_flight_id")
    return booking.get("legs") or [booking["flight_id"], *([onward] if onward else [])]


def legs_after(booking: Item, flight_id: str) -> Sequence[str]:
    """The legs of a booking after one of its flights."""
    legs = legs_of(booking)
    return legs[list(legs).index(flight_id) + 1 :]


def as_rows(legs: Iterable[str]) -> dict[str, Item]:
    """Rows like those of ``flights`` for the legs with other carriers among these, by the leg; times in minutes."""
    found = {}
    for leg in legs:
        if not is_own(leg):
            read = other_leg(leg)
            found[leg] = {
                "flight_id": leg,
                "origin": read.origin,
                "destination": read.destination,
                "route": f"{read.origin}-{read.destination}",
                "departure_utc": times.minutes(read.departure_utc),
                "arrival_utc": times.minutes(read.arrival_utc),
            }
    return found


def derived(rows: Mapping[str, Sequence[Item]]) -> dict[str, list[Item]]:
    """Rows that are worked out from loaded ones: ``legs``, where a booking of more than two flights is found by each of them."""
    if "bookings" not in rows:
        return {}
    return {
        "legs": [
            {"flight_id": leg, "booking_id": each["booking_id"]}
            for each in rows["bookings"]
            for leg in dict.fromkeys(each.get("legs", ()))
            if is_own(leg) and leg != each["flight_id"]
        ]
    }


def bookings_on(tables: Tables, flight_id: str) -> list[Item]:
    """The bookings that a flight is a leg of: those that begin with it first, each once.

    Raises:
        ReadFailed: A table could not be read.
    """
    return bookings_by_flight(tables, [flight_id])[flight_id]


def bookings_by_flight(tables: Tables, flight_ids: Sequence[str]) -> dict[str, list[Item]]:
    """The bookings of each of several flights, as ``bookings_on``."""
    first, onward = (tables.query("bookings", flight_ids, index) for index in ("by_flight", "by_onward"))
    by_leg = tables.query("legs", flight_ids)
    wanted = sorted({str(each["booking_id"]) for found in by_leg.values() for each in found})
    longer = tables.get("bookings", wanted).items if wanted else {}
    return {
        key: [
            each
            for each in (
                *first[key],
                *onward[key],
                *(longer[name] for name in sorted({row["booking_id"] for row in by_leg[key]}) if name in longer),
            )
            if key in legs_of(each)
        ]
        for key in flight_ids
    }
