"""Care for passengers who wait, and notice of a cancellation: Regulation (EC) No 261/2004 Art. 5(1)(c), 6, 8, 9.

What is owed in money stands in ``europe``; the United Kingdom's version has the same care. Of other states the wait is told
after which their law asks for the first care.
"""

from __future__ import annotations

from collections.abc import Mapping

SOURCE_CARE = "Regulation (EC) 261/2004 Art. 6 and 9"
SOURCE_CHOICE = "Regulation (EC) 261/2004 Art. 8"


def care_from_minutes(distance_km: float, *, within_community: bool = False) -> int:
    """Departure delay from which meals are owed, Art. 6(1).

    Two hours up to 1,500 km; three up to 3,500 km, and beyond 1,500 km within the Community; else four.
    """
    if distance_km <= 1500:
        return 120
    return 180 if distance_km <= 3500 or within_community else 240


FIRST_CARE_MINUTES: Mapping[str, int] = {"CA": 120, "TH": 120, "SA": 60}
"""SOR/2019-150 s. 14 *; Thailand, No. 101; Saudi Arabia, GACA flight delays par. 5. The others follow Art. 6 by distance."""


def first_care_minutes(regime: str, distance_km: float, *, within_community: bool) -> int | None:
    """Wait after which a law of ``compensation.regimes`` asks for the first care; ``None`` for no law."""
    if not regime:
        return None
    by_distance = care_from_minutes(distance_km, within_community=within_community and regime in ("EU", "UK"))
    return FIRST_CARE_MINUTES.get(regime, by_distance)


REFUND_FROM_MINUTES = 300
"""Art. 6(1)(iii): from five hours of departure delay on a passenger may take the money back instead."""


def cancellation_excused(*, notice_minutes: int, departs_earlier_minutes: int, arrives_later_minutes: int) -> bool:
    """True if notice and re-routing excuse from compensation for a cancellation, Art. 5(1)(c).

    Two weeks of notice always do. Between two weeks and seven days: a re-routing that departs no more than two hours early
    and arrives less than four hours late. Below seven days: no more than one hour early and less than two hours late.

    Args:
        notice_minutes: From the information of the passenger to the scheduled departure.
        departs_earlier_minutes: How much earlier than schedule the re-routing departs; negative when later.
        arrives_later_minutes: How much later than schedule it arrives.
    """
    if notice_minutes >= 14 * 1440:
        return True
    early, late = (120, 240) if notice_minutes >= 7 * 1440 else (60, 120)
    return departs_earlier_minutes <= early and arrives_later_minutes < late


def care_owed(
    *, distance_km: float, departure_delay_minutes: int, next_day: bool, within_community: bool = False
) -> tuple[str, ...]:
    """Care that Art. 6 and 9 give to those who wait, whatever the cause.

    ``meals`` and ``calls`` from the threshold of the distance, ``hotel`` and ``transfer`` when the new departure is at least
    the day after, ``refund`` (Art. 8(1)(a)) from five hours.
    """
    if departure_delay_minutes < care_from_minutes(distance_km, within_community=within_community):
        return ()
    overnight = ("hotel", "transfer") if next_day else ()
    return ("meals", "calls", *overnight, *(("refund",) if departure_delay_minutes >= REFUND_FROM_MINUTES else ()))
