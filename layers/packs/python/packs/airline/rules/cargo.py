"""Cargo that time can harm: live animals and cold chain."""

from __future__ import annotations

import re
from collections.abc import Mapping

AIR_WAYBILL_SOURCE = "IATA Resolution 600a"
_AIR_WAYBILL = re.compile(r"^[0-9]{3}-(?P<serial>[0-9]{7})(?P<check>[0-9])$", re.ASCII)


def air_waybill(text: str) -> str:
    """The text, when it is an air waybill number: carrier, serial number and check digit, ``607-12345675``.

    The check digit is what is left of the seven digits of the serial number divided by seven.

    Raises:
        ValueError: It is not one; the message says what to write.
    """
    match = _AIR_WAYBILL.match(text)
    if match is None:
        raise ValueError(f"{text!r} is not an air waybill number; write it like 607-12345675")
    digit = int(match["serial"]) % 7
    if int(match["check"]) != digit:
        raise ValueError(f"{text!r} has a wrong check digit; with this serial number it ends in {digit}")
    return text


def air_waybill_fault(text: str) -> str:
    """What is wrong with an air waybill number; empty when nothing is."""
    try:
        air_waybill(text)
    except ValueError as error:
        return str(error)
    return ""


ANIMAL_SOURCE = "Regulation (EC) 1/2005 Annex I Chapter V; IATA Live Animals Regulations"
COLD_CHAIN_SOURCE = "IATA Temperature Control Regulations; qualified duration of the shipper's packaging (air waybill)"

ANIMAL_LIMIT_MINUTES: Mapping[str, int] = {"dogs_cats": 1440, "chicks": 1439, "poultry": 719}
"""Annex I Chapter V 2.1: without feed and water, a journey of poultry and rabbits lasts less than 12 hours, one of chicks less
than 24: in whole minutes, one less; 2.2: dogs and cats are fed at intervals of not more than 24 hours (water stands in the
container, IATA LAR container requirement 1)."""

WATER_INTERVAL_MINUTES: Mapping[str, int] = {"dogs_cats": 480}
"""Annex I Chapter V 2.2: dogs and cats are given water at intervals of not more than eight hours."""

CHICKS_AGE_MINUTES = 72 * 60
"""Annex I Chapter V 2.1(b): the 24 hours of chicks hold when the journey is completed within 72 hours after hatching."""

DELIVERY_MINUTES = 90
"""Operator assumption: on blocks to the consignee's temperature-controlled truck."""


def animal_margin_minutes(*, species: str, loaded_utc: int, arrival_utc: int) -> int:
    """Time left at arrival until animals pass the longest journey of their species.

    Raises:
        KeyError: A species that the table does not hold.
    """
    return ANIMAL_LIMIT_MINUTES[species] - (arrival_utc - loaded_utc)


def travels_by_clock(shipment: Mapping[str, object]) -> bool:
    """True if a shipment is live animals whose species and loading are on record, which their longest journey needs."""
    return shipment["kind"] == "live_animals" and "species" in shipment and "loaded_utc" in shipment


def cold_chain_margin_minutes(*, qualified_until_utc: int, arrival_utc: int) -> int:
    """Time left of the packaging's qualified duration when the shipment reaches temperature control again."""
    return qualified_until_utc - arrival_utc - DELIVERY_MINUTES


DANGEROUS_GOODS_SOURCE = "EU 965/2012 CAT.GEN.MPA.200; ICAO Doc 9284 (Technical Instructions) packing instructions"


def may_fly_with_passengers(shipment: Mapping[str, object]) -> bool:
    """True if a shipment may travel on a passenger aircraft: dangerous goods marked "cargo aircraft only" may not."""
    return not (shipment["kind"] == "dangerous_goods" and shipment.get("cargo_aircraft_only"))


def waterings(*, species: str, loaded_utc: int, arrival_utc: int) -> int:
    """Number of times that animals must be given water from loading to arrival; 0 for species without an interval."""
    interval = WATER_INTERVAL_MINUTES.get(species)
    minutes = arrival_utc - loaded_utc
    return 0 if interval is None or minutes <= 0 else (minutes - 1) // interval


def chicks_margin_minutes(*, hatched_utc: int, arrival_utc: int) -> int:
    """Time left at arrival until chicks pass 72 hours after hatching."""
    return CHICKS_AGE_MINUTES - (arrival_utc - hatched_utc)
