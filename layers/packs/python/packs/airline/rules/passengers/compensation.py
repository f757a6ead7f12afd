"""What a passenger is owed by whichever regime covers the journey; never by two.

Art. 3(1)(b) of Regulation (EC) No 261/2004 and of UK261 yield to what the passenger got in the country of departure, and
Art. 12 sets sums off against each other. So the regime of the departure goes first, and one by arrival or licence pays only
where that pays nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from packs.airline.rules.passengers import europe, other_states
from packs.airline.rules.passengers.circumstances import Ruling
from packs.airline.rules.passengers.europe import Harm, Ticket

NOTHING = other_states.NOTHING
SOURCES: Mapping[str, str] = {
    "EU": europe.SOURCE_EU,
    "UK": europe.SOURCE_UK,
    "CA": other_states.SOURCE_CANADA,
    "TH": other_states.SOURCE_THAILAND,
    "TR": other_states.SOURCE_TURKEY,
    "GE": other_states.SOURCE_GEORGIA,
    "SA": other_states.SOURCE_SAUDI,
}
"""Where the amounts of a regime are published."""
CURRENCIES: Mapping[str, str] = {
    "EU": "EUR",
    "UK": "GBP",
    "CA": "CAD",
    "TH": "THB",
    "TR": "EUR",
    "GE": "EUR",
    "SA": "XDR",
}
"""Currency of its amounts."""


_RULES = {
    "TH": other_states.thailand,
    "TR": other_states.turkey,
    "GE": other_states.georgia,
    "SA": other_states.saudi,
}


def regimes(ticket: Ticket) -> tuple[str, ...]:
    """Regimes with fixed compensation that cover a journey, the one of the departure first: EU, UK, CA, TH, TR, GE, SA."""
    ends, licence = (ticket.origin, ticket.destination), ticket.licence
    found = [europe.regime(ticket)]
    found += ["CA"] if "CA" in ends else []
    found += [state for state in ("TH", "TR") if ticket.origin == state or (ticket.destination == state == licence)]
    found += [state for state in ("GE", "SA") if ticket.origin == state]
    return tuple(sorted((each for each in found if each), key=lambda each: not _departs(ticket, each)))


def owed(ticket: Ticket, *, harm: Harm, delay_minutes: int, ruling: Ruling, large: bool = True) -> tuple[int, str]:
    """Amount for each passenger, and its currency; ``(0, "")`` when nothing is owed.

    Args:
        ticket: Whose rights.
        harm: What happened to the passenger.
        delay_minutes: Delay at the final destination.
        ruling: What lies behind it.
        large: Whether the carrier is a large one in Canada.
    """
    for regime in regimes(ticket):
        amount = _by(regime, ticket, harm=harm, delay_minutes=delay_minutes, ruling=ruling, large=large)
        if amount[0]:
            return amount
    return NOTHING


def _by(regime: str, ticket: Ticket, *, harm: Harm, delay_minutes: int, ruling: Ruling, large: bool) -> tuple[int, str]:
    if regime == "CA":
        return other_states.canada(ticket, harm=harm, delay_minutes=delay_minutes, control=ruling.control, large=large)
    if regime in ("EU", "UK"):
        counted = delay_minutes - ruling.excused_minutes
        if harm is Harm.LATE and counted < europe.COMPENSATED_DELAY_MINUTES:
            return NOTHING
        return europe.compensation(ticket, harm=harm, delay_minutes=delay_minutes, extraordinary=ruling.extraordinary)
    rule = _RULES[regime]
    return rule(ticket, harm=harm, delay_minutes=delay_minutes, excused=ruling.extraordinary)


def _departs(ticket: Ticket, regime: str) -> bool:
    if regime == "EU":
        return ticket.origin in europe.COMMUNITY
    return ticket.origin == ("GB" if regime == "UK" else regime)
