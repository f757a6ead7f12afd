"""Minimum equipment list: rectification intervals and dispatch.

EASA CS-MMEL and the operator's MEL (ORO.MLR.105 of Regulation (EU) No 965/2012): category B 3, C 10, D 120 consecutive
calendar days, all without the day of discovery; category A as its item says, in days or in flights.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

SOURCE = "EASA CS-MMEL rectification intervals; ORO.MLR.105(e)"

INTERVAL_DAYS: Mapping[str, int] = {"B": 3, "C": 10, "D": 120}


def last_day(*, category: str, discovered: str, days: int | None = None) -> str:
    """Last calendar day on which an aircraft may be dispatched with the item, ISO date.

    The day of discovery does not count: an item of category B recorded at 10:00 on 26 January has its three days from
    midnight of the 26th to midnight of the 29th.

    Args:
        category: ``A``, ``B``, ``C`` or ``D``.
        discovered: ISO date of discovery.
        days: Interval of a category A item in calendar days; ignored for the others.

    Raises:
        ValueError: An unknown category, or category A without its interval.
    """
    interval = days if category == "A" else INTERVAL_DAYS.get(category)
    if interval is None:
        raise ValueError(f"no interval for category '{category}'")
    return (date.fromisoformat(discovered) + timedelta(days=interval)).isoformat()


def days_left(item: Mapping[str, Any], day: str) -> int | None:
    """Whole days from the day to the last day of an open item; negative when it has expired.

    ``None`` for an item of category A whose interval is not on record in days.
    """
    if item["category"] == "A" and item.get("interval_days") is None:
        return None
    end = last_day(category=item["category"], discovered=item["discovered"], days=item.get("interval_days"))
    return (date.fromisoformat(end) - date.fromisoformat(day)).days


def grounding_reasons(items: Iterable[Mapping[str, Any]], day: str, flights: int = 1) -> tuple[str, ...]:
    """Reasons against dispatch of an aircraft with these open items on the day; empty when it may be dispatched.

    An item grounds when the MEL gives no relief (``relief`` false), when its interval has expired or is not known, when it is of
    category A and has fewer flights left (``flights_left``) than are flown, or when the MEL forbids it together with another
    open item (``not_with`` names ATA references).

    Args:
        items: Rows of ``mel_items`` of the aircraft.
        day: ISO date of the last dispatch.
        flights: Flights that are flown before it is home again.
    """
    listed = sorted(items, key=lambda item: str(item["item_id"]))
    open_references = {item["ata"] for item in listed}
    reasons: list[str] = []
    for item in listed:
        left = days_left(item, day)
        if not item["relief"]:
            reasons.append(f"{item['ata']} has no MEL relief")
        else:
            reasons += _run_out(item, left, flights)
        reasons += [f"{item['ata']} together with {other}" for other in item["not_with"] if other in open_references]
    return tuple(reasons)


def _run_out(item: Mapping[str, Any], left: int | None, flights: int) -> list[str]:
    """The reason when the interval of an item with relief is over, or is not known."""
    flights_left = item.get("flights_left") if item["category"] == "A" else None
    if left is None and flights_left is None:
        return [f"{item['ata']} category A without its interval"]
    if left is not None and left < 0:
        return [f"{item['ata']} category {item['category']} expired"]
    if flights_left is not None and flights_left < flights:
        return [f"{item['ata']} category A with {flights_left} flights left"]
    return []
