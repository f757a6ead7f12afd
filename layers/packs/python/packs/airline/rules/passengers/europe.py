"""Passenger rights of Europe: Regulation (EC) No 261/2004 and the United Kingdom's version of it.

Scope, Art. 3(1): departures from the Union, Iceland, Liechtenstein, Norway and Switzerland with any carrier, and flights to
there from elsewhere with a carrier whose licence is from there. UK261 likewise: departures from the United Kingdom; flights
to it with a carrier licensed there or in the Union; and flights to the Union with a carrier licensed in the United Kingdom.
One booking counts as a whole, from its first departure to its final destination (C-537/17 Wegener; UK261 Art. 3(1A)).
Left out: downgrading (Art. 10), Gibraltar, the Faroes, Svalbard.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

SOURCE_EU = "Regulation (EC) 261/2004 Art. 3, 7"
SOURCE_UK = "UK261 (261/2004 as amended by SI 2019/278 and SI 2023/1370) Art. 3, 7"

EU_STATES = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905 (27 lines otherwise)
)
REGIONS = frozenset(["AX", "GF", "GP", "MF", "MQ", "RE", "YT"])
"""Art. 349 and 355(1) and (4) TFEU: French regions and Åland, with codes of their own. Saint-Barthelemy is not among them."""
COVERED_BY_AGREEMENT = frozenset(["CH", "IS", "LI", "NO"])
COMMUNITY = EU_STATES | REGIONS | COVERED_BY_AGREEMENT
"""Country codes whose airports and licences count as the Community's."""
UNITED_KINGDOM = "GB"

COMPENSATED_DELAY_MINUTES = 180
"""C-402/07 Sturgeon: from three hours at the final destination on, a delay is compensated like a cancellation."""

REROUTED_DELAY_MINUTES = 120


class Harm(StrEnum):
    """What a carrier did to a passenger.

    ``late``: brought late by the booked flight. ``cancelled``: brought by another one. ``stranded``: not brought. ``denied``: no
    seat on a booked flight that operates, and brought by another one or not at all.
    """

    LATE = "late"
    CANCELLED = "cancelled"
    STRANDED = "stranded"
    DENIED = "denied"


class Ticket(Struct, frozen=True, kw_only=True):
    """What rights depend on.

    Attributes:
        origin: ISO code of the country of the first departure.
        destination: ISO code of the country of the final destination.
        distance_km: Great circle distance between the two airports (C-559/16 Bossen).
        licence: ISO code of the country of the operating carrier's licence.
    """

    origin: str
    destination: str
    distance_km: float
    licence: str

    @property
    def within_community(self) -> bool:
        """True if the journey begins and ends within the Community."""
        return {self.origin, self.destination} <= COMMUNITY


def regime(ticket: Ticket) -> str:
    """``EU``, ``UK`` or empty. Where both hold, the one of the departure: who was compensated by it has no second claim."""
    if ticket.origin in COMMUNITY:
        return "EU"
    if ticket.origin == UNITED_KINGDOM:
        return "UK"
    if ticket.destination in COMMUNITY and ticket.licence in COMMUNITY:
        return "EU"
    british = ticket.licence == UNITED_KINGDOM and ticket.destination in COMMUNITY | {UNITED_KINGDOM}
    inbound = ticket.destination == UNITED_KINGDOM and ticket.licence in COMMUNITY
    return "UK" if british or inbound else ""


def _band(ticket: Ticket) -> int:
    """Art. 7(1): 0 to 1,500 km, 1 to 3,500 km and for everything beyond 1,500 km within the Community, 2 beyond."""
    if ticket.distance_km <= 1500:
        return 0
    return 1 if ticket.distance_km <= 3500 or ticket.within_community else 2


def compensation(ticket: Ticket, *, harm: Harm, delay_minutes: int, extraordinary: bool) -> tuple[int, str]:
    """Fixed compensation that a passenger is owed, and its currency; ``(0, "")`` when none is.

    Art. 7(1): EUR 250, 400 or 600; in the United Kingdom GBP 220, 350, 520. Halved by Art. 7(2) while the re-routing does not
    exceed 2, 3 or 4 hours by distance; for a delay, while it is less than that (Sturgeon, paragraph 63). A delay counts from
    three hours on (Sturgeon), a re-routing after a cancellation from two hours on (Art. 5(1)(c)(iii)), and nothing is owed for
    either in extraordinary circumstances. Denied boarding is always compensated (Art. 4(3), C-22/11 Finnair).

    Args:
        ticket: Whose rights.
        harm: What happened; a cancellation is one that was told less than seven days ahead.
        delay_minutes: Delay at the final destination.
        extraordinary: Whether Art. 5(3) excuses the carrier.
    """
    covered, denied = regime(ticket), harm is Harm.DENIED
    least = {Harm.LATE: COMPENSATED_DELAY_MINUTES, Harm.CANCELLED: REROUTED_DELAY_MINUTES}.get(harm, 0)
    if not covered or (extraordinary and not denied) or delay_minutes < least:
        return 0, ""
    band = _band(ticket)
    amount = ((250, 400, 600) if covered == "EU" else (220, 350, 520))[band]
    return halved(amount, band, harm, delay_minutes), "EUR" if covered == "EU" else "GBP"


def halved(amount: int, band: int, harm: Harm, delay_minutes: int) -> int:
    """The amount, or half of it where Art. 7(2) allows that; ``band`` 0 to 2 by distance."""
    limit = (120, 180, 240)[band]
    near = delay_minutes < limit if harm is Harm.LATE else delay_minutes <= limit
    return amount // 2 if near and harm is not Harm.STRANDED else amount
