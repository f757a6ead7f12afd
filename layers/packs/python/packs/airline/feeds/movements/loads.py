"""Load messages: passengers, deadload and its compartments, by the airport where they leave the aircraft (AHM 583)."""

from __future__ import annotations

import re

from msgspec import Struct

from packs.airline.feeds.records import Unreadable


class Load(Struct, frozen=True, kw_only=True):
    """What leaves an aircraft at an airport; ``None`` where the message says nothing.

    Attributes:
        airport: IATA code.
        adults: Men and women; where the message has both apart, their sum.
        children: Children.
        infants: Infants, who have no seat.
        deadload_kg: Baggage, cargo and mail.
        compartments_kg: Deadload by compartment.
        baggage_kg: Baggage.
        cargo_kg: Cargo.
        mail_kg: Mail.
        nothing: NIL: nothing leaves there.
    """

    airport: str
    adults: int | None = None
    children: int | None = None
    infants: int | None = None
    deadload_kg: int | None = None
    compartments_kg: dict[str, int] = {}
    baggage_kg: int | None = None
    cargo_kg: int | None = None
    mail_kg: int | None = None
    nothing: bool = False


_BEGINS = re.compile(r"-(?P<airport>[A-Z]{3})\.(?P<rest>.*)")
_PERSONS = re.compile(r"(?P<counts>\d{1,3}/\d{1,3}/\d{1,3}(?:/\d{1,3})?)")
_TOTAL = re.compile(r"T(\d{1,6})")
_COMPARTMENT = re.compile(r"(\d{1,2})/(\d{1,6})")
_WEIGHTS = {"B": "baggage_kg", "C": "cargo_kg", "M": "mail_kg"}
_WEIGHT = re.compile(r"([BCM])/?(\d{1,6})")
_ASIDE = re.compile(r"(?:PAX|PAD|BAG|DHC|TRA|CAB|BT|CB|EIC|[OXF])/?[\d/A-Z]*|\d{1,4}")


def loads_of(lines: list[str]) -> tuple[tuple[Load, ...], tuple[str, ...], tuple[str, ...]]:
    """Loads by airport, remarks, and parts of no known form.

    Raises:
        Unreadable: The message has no line for an airport.
    """
    blocks: list[str] = []
    remarks: list[str] = []
    unread: list[str] = []
    for line in lines:
        if remarks or re.match(r"SI(?: |$)", line):
            remarks.append(line.removeprefix("SI").strip())
        elif _BEGINS.match(line):
            blocks.append(line)
        elif blocks and line.startswith("."):
            blocks[-1] += line
        else:
            unread.append(line)
    if not blocks:
        raise Unreadable("has no load; write a line for each airport, like -JFK.120/5/2.T3500.1/1200")
    return tuple(_load(block, unread) for block in blocks), tuple(each for each in remarks if each), tuple(unread)


def _load(block: str, unread: list[str]) -> Load:
    head = _BEGINS.fullmatch(block)
    if head is None:
        raise Unreadable("has a load without an airport; write it like -JFK.120/5/2.T3500")
    persons: dict[str, int] = {}
    weights: dict[str, int] = {}
    compartments: dict[str, int] = {}
    total, nothing = None, False
    for part in (each.strip() for each in head["rest"].split(".")):
        if part == "NIL":
            nothing = True
        elif (found := _PERSONS.fullmatch(part)) and not persons:
            persons = _persons(found["counts"])
        elif found := _TOTAL.fullmatch(part):
            total = int(found[1])
        elif found := _COMPARTMENT.fullmatch(part):
            compartments[found[1]] = int(found[2])
        elif found := _WEIGHT.fullmatch(part):
            weights[_WEIGHTS[found[1]]] = int(found[2])
        elif part and not _ASIDE.fullmatch(part):
            unread.append(part)
    return Load(
        airport=head["airport"],
        adults=persons.get("adults"),
        children=persons.get("children"),
        infants=persons.get("infants"),
        deadload_kg=total,
        compartments_kg=compartments,
        baggage_kg=weights.get("baggage_kg"),
        cargo_kg=weights.get("cargo_kg"),
        mail_kg=weights.get("mail_kg"),
        nothing=nothing,
    )


def _persons(counts: str) -> dict[str, int]:
    """Adults (or men and women), children, infants."""
    numbers = [int(each) for each in counts.split("/")]
    return {"adults": sum(numbers[:-2]), "children": numbers[-2], "infants": numbers[-1]}
