"""Passenger rights: Regulation (EC) No 261/2004 and its retained United Kingdom version.

EY is not a Community carrier, so by Art. 3(1) the regulations cover its departures from EU, EEA and Swiss airports, and
from the United Kingdom, and not its arrivals there. Left out: denied boarding (Art. 4), downgrading (Art. 10), the
Montreal Convention, rules of other states.
"""

from __future__ import annotations

SOURCE_EU = "Regulation (EC) 261/2004 Art. 7"
SOURCE_UK = "UK261 (retained 261/2004 as amended by SI 2019/278) Art. 7"
SOURCE_CARE = "Regulation (EC) 261/2004 Art. 6 and 9"
SOURCE_CHOICE = "Regulation (EC) 261/2004 Art. 8"

EU_STATES = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905 (27 lines otherwise)
)
COVERED_BY_AGREEMENT = frozenset(["CH", "IS", "LI", "NO"])

EXTRAORDINARY_CAUSES = frozenset(["weather", "airport", "atc"])
"""Art. 5(3), recital 14. A technical defect is not extraordinary (C-549/07 Wallentin-Hermann), nor is a missing crew."""

COMPENSATED_DELAY_MINUTES = 180
"""C-402/07 Sturgeon: from three hours at the final destination on, a delay is compensated like a cancellation."""

REROUTED_DELAY_MINUTES = 120


def regime(origin_country: str) -> str:
    """``EU``, ``UK`` or empty, by the country of departure (Art. 3(1)(a))."""
    if origin_country == "GB":
        return "UK"
    return "EU" if origin_country in EU_STATES | COVERED_BY_AGREEMENT else ""


def _band(distance_km: float) -> int:
    return 0 if distance_km <= 1500 else 1 if distance_km <= 3500 else 2


def compensation(
    *, origin_country: str, distance_km: float, delay_minutes: int, extraordinary: bool, cancelled: bool = False
) -> tuple[int, str]:
    """Fixed compensation a passenger is owed for a late arrival or a re-routing.

    Art. 7(1): EUR 250 up to 1,500 km, 400 up to 3,500 km, 600 beyond, for flights that are not intra-Community; in the
    United Kingdom GBP 220, 350, 520. Halved by Art. 7(2) while the re-routing after a cancellation does not exceed 2, 3
    or 4 hours by distance; for a delay, while it is less than that (Sturgeon, paragraph 63). A delay counts from three
    hours on (Sturgeon), a re-routing after a cancellation from two hours on (Art. 5(1)(c)(iii)). Nothing in extraordinary
    circumstances.

    Args:
        origin_country: ISO code of the country of departure.
        distance_km: Great circle distance to the final destination.
        delay_minutes: Delay at the final destination.
        extraordinary: Whether Art. 5(3) excuses the carrier.
        cancelled: Whether the flight was cancelled less than seven days ahead.

    Returns:
        Amount per passenger, and its currency (empty when no regulation applies).
    """
    covered = regime(origin_country)
    threshold = REROUTED_DELAY_MINUTES if cancelled else COMPENSATED_DELAY_MINUTES
    if not covered or extraordinary or delay_minutes < threshold:
        return 0, ""
    band = _band(distance_km)
    amount = ((250, 400, 600) if covered == "EU" else (220, 350, 520))[band]
    limit = (120, 180, 240)[band]
    if delay_minutes < limit or (cancelled and delay_minutes == limit):
        amount //= 2
    return amount, "EUR" if covered == "EU" else "GBP"


def care_from_minutes(distance_km: float, *, within_community: bool = False) -> int:
    """Departure delay from which meals are owed, Art. 6(1).

    Two hours up to 1,500 km; three up to 3,500 km, and beyond 1,500 km within the Community; else four.
    """
    if distance_km <= 1500:
        return 120
    return 180 if distance_km <= 3500 or within_community else 240


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
