"""Codes of the industry in their normal form: flight numbers, airports, ATA references."""

from __future__ import annotations

import re

_FLIGHT = re.compile(
    r"^(?P<carrier>[A-Z][A-Z0-9]|[0-9][A-Z])0*(?P<digits>[1-9][0-9]{0,3})(?P<suffix>[A-Z]?)$", re.ASCII
)
_CARRIER_FORM = re.compile(r"^([A-Z][A-Z0-9]|[0-9][A-Z])$", re.ASCII)
_AIRPORT = re.compile(r"^[A-Z]{3}$")
_AERODROME = re.compile(r"^[A-Z]{3}[A-Z0-9]?$", re.ASCII)
_ATA = re.compile(r"^\d{2}(-\d{2}){0,3}[A-Z]?$", re.ASCII)
_CARRIER = 2
_DIGITS = 4
"""Most digits of a flight number (IATA SSIM, chapter 2)."""


def flight_number(text: str) -> str:
    """A flight number without leading zeros and blanks: ``XY 061`` is XY61. The operational suffix stays: ``XY17D``.

    Raises:
        ValueError: It is not a flight number; the message says what to write.
    """
    match = _FLIGHT.match(re.sub(r"[\s-]", "", text).upper())
    if match is None:
        raise ValueError(
            f"{text!r} is not a flight number; write the carrier's two characters and the digits, like XY17"
        )
    return f"{match['carrier']}{match['digits']}{match['suffix']}"


def carrier_of(number: str) -> str:
    """The carrier's designator of two characters in a flight number."""
    return number[:_CARRIER]


def spellings(number: str) -> list[str]:
    """All ways to write a flight number with and without leading zeros, the normal form first; others as they are."""
    try:
        normal = flight_number(number)
    except ValueError:
        return [number]
    carrier, digits = normal[:_CARRIER], normal[_CARRIER:]
    width = sum(each.isdigit() for each in digits)
    return [carrier + "0" * zeros + digits for zeros in range(_DIGITS - width + 1)]


def carrier_code(text: str) -> str:
    """The text, when it has the form of an IATA designator of an airline; raises ``ValueError`` otherwise."""
    if _CARRIER_FORM.match(text):
        return text
    raise ValueError(f"{text!r} is not an airline's designator of two characters; write it like XY")


def currency_code(text: str) -> str:
    """The text, when it has the form of an ISO 4217 code; raises ``ValueError`` otherwise."""
    if _AIRPORT.match(text):
        return text
    raise ValueError(f"{text!r} is not a currency; write it like EUR")


def airport_code(text: str) -> str:
    """The text, when it has the form of an IATA code of an airport; raises ``ValueError`` otherwise."""
    if _AIRPORT.match(text):
        return text
    if _AIRPORT.match(text.strip().upper()):
        raise ValueError(f"{text!r} is not an IATA code; write {text.strip().upper()}")
    raise ValueError(f"{text!r} is not an IATA code of three letters; write it like LHR")


def aerodrome_code(text: str) -> str:
    """The text, when it has the form of an aerodrome's IATA or ICAO code; raises ``ValueError`` otherwise."""
    if not _AERODROME.match(text):
        raise ValueError(f"{text!r} is not a code of an aerodrome; write it like KEF or BIKF, in capital letters")
    return text


def ata_reference(text: str) -> str:
    """The text, when it has the form of an ATA reference; raises ``ValueError`` otherwise."""
    if not _ATA.match(text):
        raise ValueError(f"{text!r} is not an ATA reference; write it like 24-22-01")
    return text


def runway_heading(text: str) -> str:
    """The text, when it is a runway's designator and its true heading; raises ``ValueError`` otherwise."""
    found = re.fullmatch(r"\d{2}[LCR]?:(\d{1,3})", text, re.ASCII)
    if found is None or int(found[1]) > 360:
        raise ValueError(f"{text!r} is not a runway with its true heading in degrees; write it like 09L:89")
    return text
