"""Minimum connection times, as an airline files them.

IATA Standard Schedules Information Manual, chapter 8: what is filed for a kind of connection goes before the airport's own
figure; here a change of terminals adds to either. The minutes are the airline's data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

SOURCE = "IATA SSIM chapter 8; operator's filings"
KINDS = ("dd", "di", "id", "ii")
"""Domestic or international: the flight before the connection, and the one after it."""


def kind_of(*, country_from: str, airport_country: str, country_to: str) -> str:
    """Kind of a connection at an airport, by the countries before and after it: one of ``KINDS``."""
    arrives = "d" if country_from == airport_country else "i"
    return arrives + ("d" if country_to == airport_country else "i")


def minimum_minutes(
    airport: Mapping[str, Any] | None,
    arriving: Mapping[str, Any],
    onward: Mapping[str, Any],
    *,
    country: Callable[[str], str],
    otherwise: int,
) -> int:
    """Shortest time between two flights at an airport.

    Args:
        airport: Its record: ``connection_minutes``, optionally ``connection_dd_minutes`` and so on by kind, and
            ``terminal_change_minutes``, which are added when both terminals are known and differ.
        arriving: A flight to it: ``origin``, optionally ``arrival_terminal``.
        onward: A flight from it: ``destination``, optionally ``departure_terminal``.
        country: Gives the country of an airport by its code.
        otherwise: Minutes at an airport without a record.
    """
    if airport is None:
        return otherwise
    kind = kind_of(
        country_from=country(arriving["origin"]),
        airport_country=airport["country"],
        country_to=country(onward["destination"]),
    )
    terminals = {arriving.get("arrival_terminal", ""), onward.get("departure_terminal", "")} - {""}
    change = airport.get("terminal_change_minutes", 0) if len(terminals) == 2 else 0
    return int(airport.get(f"connection_{kind}_minutes", airport["connection_minutes"]) + change)
