"""Fixed compensation of passengers, typed off the regulations and rulings a second time (docs/airline.md names them).

Where nobody is compensated the answer is ``(0, "")``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_UNION = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE"
_BY_AGREEMENT = "IS LI NO CH"
_REGIONS = "AX GP MQ GF RE YT MF"
"""Art. 355(1) and (4) of the Treaty on the Functioning of the European Union."""
EUROPE = frozenset(f"{_UNION} {_BY_AGREEMENT} {_REGIONS}".split())

EXCUSED_CAUSES = ("weather", "airport", "atc")
"""Recitals 14 and 15 of Regulation (EC) 261/2004."""
EXCUSED_DETAILS: Mapping[str, bool] = {
    "bird_strike": True,  # C-315/15
    "lightning": True,  # C-399/24
    "hidden_defect": True,  # C-385/23, C-411/23
    "runway_object": True,  # C-501/17
    "hit_by_aircraft": True,  # C-264/20
    "security": True,
    "unruly_passenger": True,  # C-74/19
    "other_strike": True,
    "airport_system": True,  # C-308/21
    "stairs": False,  # C-394/14
    "own_strike": False,  # C-195/17, C-28/20, C-613/20
    "crew_illness": False,  # C-156/22
}
LARGE = 2_000_000
"""Passengers a year from which Canada calls a carrier large."""
_CANADA_PAYS_FOR = ("crew", "cargo", "late_inbound", "other")
_CANADA_PAYS_FOR_DETAILS = ("crew_illness",)


@dataclass(frozen=True, slots=True)
class Claim:
    """A passenger's journey and what became of it.

    Attributes:
        start: Country of the first departure.
        end: Country of the final destination.
        kilometres: Between them.
        licence: Country of the carrier's licence.
        delay: Minutes late at the final destination.
        how: ``late`` on the booked flight, ``moved`` to another after a cancellation, ``left`` behind, ``refused`` a seat.
        reasons: Causes of the incident, each with its detail or an empty text.
        not_counted: Minutes of a delay that circumstances beyond the carrier alone are the reason of.
    """

    start: str
    end: str
    kilometres: float
    licence: str
    delay: int
    how: str
    reasons: frozenset[tuple[str, str]]
    not_counted: int = 0

    @property
    def excused(self) -> bool:
        """True if circumstances are extraordinary; nothing excuses from refusing a seat."""
        found = [beyond_control(*each) for each in self.reasons]
        return bool(found) and all(found) and self.how != "refused"


def beyond_control(cause: str, detail: str) -> bool:
    """True if a reason is an extraordinary circumstance."""
    return EXCUSED_DETAILS[detail] if detail else cause in EXCUSED_CAUSES


def reached(claim: Claim) -> bool:
    """True if some law gives passengers of this journey an amount, whatever happens."""
    return bool(_departing(claim) or _arriving(claim))


def due(claim: Claim, *, large: bool = True) -> tuple[int, str]:
    """What one passenger is owed: by the law of the departure, or by another where that gives nothing.

    Args:
        claim: The journey.
        large: Two million passengers a year or more, as Canada counts carriers.
    """
    laws = (*_departing(claim), *_arriving(claim))
    return next((each for law in laws if (each := _amount(law, claim, large))[0]), (0, ""))


def _departing(claim: Claim) -> Sequence[str]:
    if claim.start in EUROPE:
        return ["EUR"]
    return {"GB": ["GBP"], "CA": ["CA"], "TH": ["TH"], "TR": ["TR"], "GE": ["GE"], "SA": ["SA"]}.get(claim.start, [])


def _arriving(claim: Claim) -> Sequence[str]:
    """Laws that reach flights from elsewhere: by the licence, in Canada of whichever carrier."""
    home, end = claim.licence, claim.end
    laws = []
    if end in EUROPE and claim.start not in EUROPE and claim.start != "GB":
        laws += ["EUR"] if home in EUROPE else ["GBP"] if home == "GB" else []
    if end == "GB" and claim.start not in EUROPE and claim.start != "GB" and (home == "GB" or home in EUROPE):
        laws.append("GBP")
    if end == "CA" and claim.start != "CA":
        laws.append("CA")
    laws += [state for state in ("TH", "TR") if end == home == state and claim.start != state]
    return laws


def _amount(law: str, claim: Claim, large: bool) -> tuple[int, str]:
    if law == "CA":
        return _canadian(claim, large), "CAD"
    if law == "TH":
        return _thai(claim), "THB"
    if law == "SA":
        return _saudi(claim)
    if claim.excused or (claim.how == "late" and (law in ("TR", "GE") or claim.delay < 180)):
        return 0, ""
    if claim.how == "moved" and claim.delay < 120:
        return 0, ""
    if claim.how == "late" and law in ("EUR", "GBP") and claim.delay - claim.not_counted < 180:
        return 0, ""
    if law == "TR" and claim.start == claim.end:
        full, limit = 100, 120
    else:
        full, limit = _by_distance(law, claim)
    if claim.how != "left" and (claim.delay < limit or (claim.delay == limit and claim.how != "late")):
        full //= 2
    return full, "GBP" if law == "GBP" else "EUR"


def _by_distance(law: str, claim: Claim) -> tuple[int, int]:
    """Art. 7(1) in full, and the minutes of Art. 7(2)."""
    amounts = (220, 350, 520) if law == "GBP" else (250, 400, 600)
    european = law in ("EUR", "GBP") and claim.start in EUROPE and claim.end in EUROPE
    if claim.kilometres > 3500 and not european:
        return amounts[2], 240
    return (amounts[0], 120) if claim.kilometres <= 1500 else (amounts[1], 180)


def _canadian(claim: Claim, large: bool) -> int:
    """SOR/2019-150 s. 19 and 20."""
    own = [
        detail in _CANADA_PAYS_FOR_DETAILS if detail else cause in _CANADA_PAYS_FOR for cause, detail in claim.reasons
    ]
    if own and not any(own):
        return 0
    if claim.how == "left":
        return 400 if large else 125
    step = 2 if claim.delay >= 540 else 1 if claim.delay >= 360 else 0
    if claim.how == "refused":
        return (900, 1800, 2400)[step]
    if claim.delay < 180:
        return 0
    return (400, 700, 1000)[step] if large else (125, 250, 500)[step]


def _thai(claim: Claim) -> int:
    """Regulation No. 101 of the Civil Aviation Board."""
    if claim.excused or (claim.how == "moved" and claim.delay <= 180) or (claim.how == "late" and claim.delay <= 300):
        return 0
    if claim.start == claim.end:
        return 1200 if claim.how == "late" else 1500
    if claim.how == "late" and claim.delay <= 600:
        return 1500
    return 2000 if claim.kilometres <= 1500 else 3500 if claim.kilometres <= 3500 else 4500


def _saudi(claim: Claim) -> tuple[int, str]:
    """Regulations of the General Authority of Civil Aviation, delay: 50 or 150 units by hours late at the arrival."""
    if claim.excused or claim.how == "left" or claim.delay < 3 * 60:
        return 0, ""
    return (150 if claim.delay > 6 * 60 else 50), "XDR"
