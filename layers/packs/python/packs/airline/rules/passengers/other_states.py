"""Fixed compensation of states outside Europe: Canada, Thailand, Turkey, Georgia, Saudi Arabia.

- Canada: Air Passenger Protection Regulations (SOR/2019-150): flights to, from and within Canada; s. 19 (delay, cancellation),
  s. 20 (denied boarding); only what is within the carrier's control and not required for safety (s. 10 to 12).
- Thailand: Civil Aviation Board Regulation No. 101 (in force 20 May 2025), by published summaries of the authority: flights
  within and out of Thailand, and to it with a carrier licensed there.
- Turkey: Regulation on the rights of passengers travelling by air (SHY-Passenger) Art. 2, 6, 8: flights out of Turkey, and to
  it with a carrier licensed there; denied boarding and cancellation, and nothing for a delay.
- Georgia: order No. 122 of the Civil Aviation Agency of 17 July 2012, as told at its airports: as in Turkey, departures only.
- Saudi Arabia: regulations on passengers' rights of the General Authority of Civil Aviation (2023), as it publishes them:
  special drawing rights by the delay at arrival, also of another flight after a cancellation. Read for departures: no text was
  found on arrivals. Shares of the fare (who does not travel, downgrading) are left out.

Two regimes never pay for the same event: that of the departure goes first (``compensation.owed``).
"""

from __future__ import annotations

from packs.airline.rules.passengers.circumstances import Control
from packs.airline.rules.passengers.europe import REROUTED_DELAY_MINUTES, Harm, Ticket, halved

SOURCE_CANADA = "SOR/2019-150 s. 19 and 20"
SOURCE_THAILAND = "Thailand, Civil Aviation Board Regulation No. 101 (2025)"
SOURCE_TURKEY = "Turkey, SHY-Passenger Art. 2, 6 and 8"
SOURCE_SAUDI = "Saudi Arabia, GACA passenger rights (2023): flight delays, par. 6; cancellation, par. 3"
SOURCE_GEORGIA = "Georgia, order No. 122 of the Civil Aviation Agency (2012)"

NOTHING = (0, "")
_CANADIAN_HOURS = (3, 6, 9)
_CANADIAN_LATE = {True: (400, 700, 1000), False: (125, 250, 500)}
_CANADIAN_REFUNDED = {True: 400, False: 125}
_CANADIAN_DENIED = (900, 1800, 2400)
_THAI_LATE_MINUTES, _THAI_VERY_LATE_MINUTES, _THAI_REROUTED_MINUTES = 300, 600, 180
_SAUDI_LATE_MINUTES, _SAUDI_VERY_LATE_MINUTES = 180, 360
_THAI_VERY_LATE = (2000, 3500, 4500)


def canada(ticket: Ticket, *, harm: Harm, delay_minutes: int, control: Control, large: bool = True) -> tuple[int, str]:
    """Compensation in Canadian dollars.

    Late or re-routed from three, six and nine hours on (s. 19(1)); who takes the fare back has a flat sum (s. 19(2)); denied
    boarding by the delay below six, below nine and from nine hours on (s. 20(1)).

    Args:
        ticket: Whose rights.
        harm: What happened, told 14 days ahead or less.
        delay_minutes: Delay at the destination of the ticket.
        control: Kind of the disruption.
        large: The carrier had two million passengers in each of the last two years (s. 1(2)).
    """
    if "CA" not in (ticket.origin, ticket.destination) or control is not Control.WITHIN:
        return NOTHING
    passed = sum(delay_minutes >= hours * 60 for hours in _CANADIAN_HOURS)
    if harm is Harm.DENIED:
        return _CANADIAN_DENIED[max(0, passed - 1)], "CAD"
    if harm is Harm.STRANDED:
        return _CANADIAN_REFUNDED[large], "CAD"
    return (_CANADIAN_LATE[large][passed - 1], "CAD") if passed else NOTHING


def thailand(ticket: Ticket, *, harm: Harm, delay_minutes: int, excused: bool) -> tuple[int, str]:
    """Compensation in baht.

    International: 1,500 for more than five hours; 2,000, 3,500 or 4,500 by distance (to 1,500 km, to 3,500 km, beyond) for more
    than ten, for a cancellation and for denied boarding. Domestic: 1,200 for more than five hours, 1,500 for a cancellation.
    Nothing for a cancellation whose other flight is within three hours, taken by its arrival, and nothing where the carrier is
    excused; denied boarding is not.
    """
    covered = ticket.origin == "TH" or (ticket.destination == "TH" and ticket.licence == "TH")
    denied = harm is Harm.DENIED
    if not covered or (excused and not denied):
        return NOTHING
    domestic = ticket.origin == ticket.destination
    near = harm is Harm.CANCELLED and delay_minutes <= _THAI_REROUTED_MINUTES
    if near or (harm is Harm.LATE and delay_minutes <= _THAI_LATE_MINUTES):
        return NOTHING
    if domestic:
        return (1200 if harm is Harm.LATE else 1500), "THB"
    if harm is Harm.LATE and delay_minutes <= _THAI_VERY_LATE_MINUTES:
        return 1500, "THB"
    return _THAI_VERY_LATE[_band(ticket.distance_km)], "THB"


def turkey(ticket: Ticket, *, harm: Harm, delay_minutes: int, excused: bool) -> tuple[int, str]:
    """Compensation in euro (paid in lira): 100 domestic; 250, 400 or 600 by distance; half for a near re-routing."""
    covered = ticket.origin == "TR" or (ticket.destination == "TR" and ticket.licence == "TR")
    domestic = ticket.origin == ticket.destination
    return _like_europe(ticket, 100 if domestic else 0, harm, delay_minutes, excused) if covered else NOTHING


def georgia(ticket: Ticket, *, harm: Harm, delay_minutes: int, excused: bool) -> tuple[int, str]:
    """Compensation in euro: 250, 400 or 600 by distance; half for a near re-routing."""
    return _like_europe(ticket, 0, harm, delay_minutes, excused) if ticket.origin == "GE" else NOTHING


def saudi(ticket: Ticket, *, harm: Harm, delay_minutes: int, excused: bool) -> tuple[int, str]:
    """Compensation in special drawing rights: 50 from three to six hours late at arrival, 150 for more than six."""
    spared = harm is Harm.STRANDED or (excused and harm is not Harm.DENIED)
    if ticket.origin != "SA" or spared or delay_minutes < _SAUDI_LATE_MINUTES:
        return NOTHING
    return (50 if delay_minutes <= _SAUDI_VERY_LATE_MINUTES else 150), "XDR"


def _band(distance_km: float) -> int:
    return (distance_km > 1500) + (distance_km > 3500)


def _like_europe(ticket: Ticket, flat: int, harm: Harm, delay_minutes: int, excused: bool) -> tuple[int, str]:
    """The European amounts for denied boarding and cancellation, and nothing for a delay; ``flat`` whatever the distance."""
    denied = harm is Harm.DENIED
    near = harm is Harm.CANCELLED and delay_minutes < REROUTED_DELAY_MINUTES
    if harm is Harm.LATE or near or (excused and not denied):
        return NOTHING
    band = _band(ticket.distance_km)
    return halved(flat or (250, 400, 600)[band], band, harm, delay_minutes), "EUR"
