"""Minimum connection times, as carriers file them.

IATA Standard Schedules Information Manual, chapter 8: a filing for terminals and kind of connection goes before one
for the kind alone, that before the airport's own.
Kinds: ``DD``, ``DI``, ``ID``, ``II`` (domestic, international). The minutes are the operator's data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

SOURCE = "IATA SSIM chapter 8; operator's filings"
STANDARD_MINUTES: Mapping[str, int] = {"DD": 20, "DI": 60, "ID": 60, "II": 60}
"""Operator assumption where an airport has no filing at all."""


def kind_of(*, country_from: str, airport_country: str, country_to: str) -> str:
    """Kind of a connection at an airport, by the countries before and after it."""
    arrives = "D" if country_from == airport_country else "I"
    return arrives + ("D" if country_to == airport_country else "I")


def minimum_minutes(
    airport: Mapping[str, Any] | None, *, kind: str, from_terminal: str = "", to_terminal: str = ""
) -> int:
    """The most specific filing that fits.

    Args:
        airport: Its record: ``connection_minutes``, and ``connections`` with items of ``kind``, ``minutes`` and optionally
            ``from_terminal``, ``to_terminal``.
        kind: As ``kind_of`` says.
        from_terminal: Of arrival; empty when unknown.
        to_terminal: Of departure; empty when unknown.
    """
    if airport is None:
        return STANDARD_MINUTES[kind]
    filings: Sequence[Mapping[str, Any]] = airport.get("connections", ())
    fitting = [
        each
        for each in filings
        if each["kind"] == kind
        and each.get("from_terminal", from_terminal) == from_terminal
        and each.get("to_terminal", to_terminal) == to_terminal
    ]
    if fitting:
        best = max(fitting, key=lambda each: ("from_terminal" in each) + ("to_terminal" in each))
        return int(best["minutes"])
    return int(airport.get("connection_minutes", STANDARD_MINUTES[kind]))
