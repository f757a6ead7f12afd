"""Slots: of the day (air traffic flow management) and of the season (airport coordination).

Flow management: Commission Implementing Regulation (EU) 255/2010 (departure slots), EUROCONTROL ATFCM Users Manual (tolerance
of five minutes before to ten after the calculated take-off time; the network looks for an earlier slot by itself, an
improvement is at most a proposal). Coordination: Council Regulation (EEC) 95/93 Articles 8(2) and 10(2), (4).
"""

from __future__ import annotations

from collections.abc import Sequence

SOURCE_FLOW = "Regulation (EU) 255/2010 (departure slots); EUROCONTROL ATFCM Users Manual (tolerance -5/+10 min)"
SOURCE_SERIES = "Regulation (EEC) 95/93 Art. 8(2), 10(2) and 10(4)"
EARLY_MINUTES = 5
LATE_MINUTES = 10
SERIES_LEAST_SLOTS = 5
SERIES_USE_PERCENT = 80

JUSTIFIED = frozenset(
    ["grounding_of_type", "airport_closed", "airspace_closed", "industrial_action", "serious_disturbance"]
)
"""Art. 10(4): reasons for which a slot that was not used counts as used."""


def take_off_window(ctot_minute: int) -> tuple[int, int]:
    """First and last minute of take-off for a calculated take-off time, in the minutes that it is given in."""
    return ctot_minute - EARLY_MINUTES, ctot_minute + LATE_MINUTES


def improvement(*, ready_minute: int, offers: Sequence[int], held: int | None) -> int | None:
    """The earliest calculated take-off time whose window the flight can still make; ``None`` keeps the one it holds.

    Args:
        ready_minute: Earliest take-off.
        offers: Calculated take-off times on offer, any order.
        held: The one it holds.
    """
    usable = [each for each in offers if ready_minute <= take_off_window(each)[1]]
    earliest = min(usable, default=None)
    return earliest if earliest is not None and (held is None or earliest < held) else None


def keeps_series(*, slots: int, operated: int, justified: int = 0) -> bool:
    """True if a series keeps its historic right: at least five slots, 80 per cent of them operated or justified."""
    return slots >= SERIES_LEAST_SLOTS and 100 * (operated + justified) >= SERIES_USE_PERCENT * slots


def cancellations_left(*, slots: int, not_operated: int) -> int:
    """Number of slots of a series that may still go unused before the historic right is lost; negative when it is."""
    return slots * (100 - SERIES_USE_PERCENT) // 100 - not_operated
