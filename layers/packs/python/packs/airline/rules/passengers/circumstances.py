"""What lies behind a disruption, as far as it decides who pays: extraordinary circumstances, and Canada's three kinds.

Regulation (EC) No 261/2004 Art. 5(3) and recitals 14 and 15 with the rulings named at each entry; Canada: Air Passenger
Protection Regulations (SOR/2019-150) sections 10 (outside the carrier's control), 11 (within, but required for safety) and 12
(within). Whether the carrier took all reasonable measures is for people: the pack takes it that it did.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import Struct

from packs.airline.models import Detail

SOURCE = "Regulation (EC) 261/2004 Art. 5(3), recitals 14 and 15"
SOURCE_CANADA = "SOR/2019-150 s. 10, 11, 12"


class Control(StrEnum):
    """Canada's kinds of disruption; compensation is owed for the last one only."""

    OUTSIDE = "outside"
    SAFETY = "safety"
    WITHIN = "within"


class Ruling(Struct, frozen=True, kw_only=True):
    """Whether it is extraordinary in Europe, its kind in Canada, and where that is decided.

    ``excused_minutes`` is what extraordinary problems add to a delay that others cause as well (C-315/15 Peskova *).
    """

    extraordinary: bool
    control: Control
    source: str
    excused_minutes: int = 0


def _ruled(extraordinary: bool, control: Control, source: str) -> Ruling:
    return Ruling(extraordinary=extraordinary, control=control, source=source)


BY_DETAIL: Mapping[Detail, Ruling] = {
    Detail.BIRD_STRIKE: _ruled(True, Control.OUTSIDE, "C-315/15 Peskova; SOR/2019-150 s. 10(1)(i)"),
    Detail.LIGHTNING: _ruled(True, Control.OUTSIDE, "C-399/24 AirHelp Germany; SOR/2019-150 s. 10(1)(c)"),
    Detail.HIDDEN_DEFECT: _ruled(True, Control.OUTSIDE, "C-411/23, C-385/23 Finnair; SOR/2019-150 s. 10(1)(k)"),
    Detail.RUNWAY_OBJECT: _ruled(True, Control.SAFETY, "C-501/17 Germanwings; SOR/2019-150 s. 11"),
    Detail.STAIRS: _ruled(False, Control.SAFETY, "C-394/14 Siewert; SOR/2019-150 s. 11"),
    Detail.HIT_BY_AIRCRAFT: _ruled(True, Control.SAFETY, "C-264/20 Airhelp v Austrian Airlines; SOR/2019-150 s. 11"),
    Detail.SECURITY: _ruled(True, Control.OUTSIDE, "recital 14; SOR/2019-150 s. 10(1)(b), (f)"),
    Detail.UNRULY_PASSENGER: _ruled(True, Control.SAFETY, "C-74/19 Transportes Aereos Portugueses; SOR/2019-150 s. 11"),
    Detail.OWN_STRIKE: _ruled(
        False, Control.OUTSIDE, "C-195/17 Kruesemann, C-28/20 SAS, C-613/20; SOR/2019-150 s. 10(1)(j)"
    ),
    Detail.OTHER_STRIKE: _ruled(True, Control.OUTSIDE, "recital 14, C-28/20 para. 42 to 45; SOR/2019-150 s. 10(1)(j)"),
    Detail.AIRPORT_SYSTEM: _ruled(True, Control.OUTSIDE, "C-308/21 SATA, C-405/23; SOR/2019-150 s. 10(1)(g)"),
    Detail.CREW_ILLNESS: _ruled(False, Control.WITHIN, "C-156/22 to C-158/22 TAP; SOR/2019-150 s. 12"),
}

BY_CAUSE: Mapping[str, Ruling] = {
    "weather": _ruled(True, Control.OUTSIDE, "recital 14; SOR/2019-150 s. 10(1)(c)"),
    "airport": _ruled(True, Control.OUTSIDE, "recital 14, C-159/18 Moens; SOR/2019-150 s. 10(1)(g)"),
    "atc": _ruled(True, Control.OUTSIDE, "recital 15; SOR/2019-150 s. 10(1)(d)"),
    "technical": _ruled(False, Control.SAFETY, "C-549/07 Wallentin-Hermann, C-257/14 van der Lans; SOR/2019-150 s. 11"),
    "crew": _ruled(False, Control.WITHIN, "C-156/22 to C-158/22 TAP; SOR/2019-150 s. 12"),
    "cargo": _ruled(False, Control.WITHIN, "the carrier's own activity; SOR/2019-150 s. 12"),
    "late_inbound": _ruled(False, Control.WITHIN, "the reason of the earlier delay is not told; SOR/2019-150 s. 12"),
    "other": _ruled(False, Control.WITHIN, "the carrier has the burden of proof, Art. 5(3)"),
}


def ruling(cause: str, detail: str = "") -> Ruling:
    """What holds for a cause; the detail decides where the report tells one.

    Raises:
        KeyError: An unknown cause without a detail.
        ValueError: An unknown detail.
    """
    told = Detail(detail)
    return BY_CAUSE[cause] if told is Detail.NONE else BY_DETAIL[told]


def together(rulings: Iterable[Ruling]) -> Ruling:
    """What holds for several problems of a flight, or for none that is told: extraordinary when each of them is.

    In Canada compensation is owed when one of them was within the carrier's control, and not for safety.
    """
    found = list(rulings) or [BY_CAUSE["other"]]
    controls = {each.control for each in found}
    control = next(each for each in (Control.WITHIN, Control.SAFETY, Control.OUTSIDE) if each in controls)
    sources = "; ".join(dict.fromkeys(each.source for each in found))
    return Ruling(extraordinary=all(each.extraordinary for each in found), control=control, source=sources)
