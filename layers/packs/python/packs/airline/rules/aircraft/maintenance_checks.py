"""Scheduled maintenance and repairs: what falls due, and when a repair can be done.

M.A.301 and M.A.302 of Regulation (EU) No 1321/2014: maintenance is accomplished as the aircraft maintenance programme says,
by flight hours, flight cycles and calendar, whichever comes first. Tolerances of the programme are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from packs.airline import times

SOURCE = "EU 1321/2014 M.A.301, M.A.302: aircraft maintenance programme"


def check_ok(aircraft: Mapping[str, Any], *, flight_minutes: int, cycles: int, last_arrival_utc: int) -> bool:
    """True if no check falls due before the flights are flown.

    Args:
        aircraft: ``check_hours_left``, ``check_cycles_left``, ``check_due_date`` (ISO) where the programme has them.
        flight_minutes: Flight time of the flights.
        cycles: Their number.
        last_arrival_utc: On blocks of the last one.
    """
    hours, left, due = (aircraft.get(name) for name in ("check_hours_left", "check_cycles_left", "check_due_date"))
    return (
        (hours is None or flight_minutes <= hours * 60)
        and (left is None or cycles <= left)
        and (due is None or times.day(last_arrival_utc) <= due)
    )


def repair_ready_utc(aircraft: Mapping[str, Any]) -> int:
    """When a repair ends: the latest of parts, staff and hangar, and the work after that; long ago without a record."""
    waits = [aircraft[name] for name in ("parts_at_utc", "staff_at_utc", "hangar_at_utc") if aircraft.get(name)]
    return max(waits) + int(aircraft.get("repair_minutes", 0)) if waits else times.LONG_AGO
