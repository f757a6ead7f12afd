"""The groups of METAR and TAF, one table: what a group looks like, and what it says.

Forms: WMO No. 306, FM 15 (METAR), FM 16 (SPECI) and FM 51 (TAF), ICAO Annex 3 Appendices 3 and 5, and those of the United States
and Canada (statute miles, RVR in feet; Federal Meteorological Handbook No. 1). A group that says that a value is missing
gives ``None``: unknown, which is never good weather.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

from msgspec import Struct

from packs.airline.rules.airports.crosswind import Wind

METRES_PER_MILE, METRES_PER_FOOT = 1609.344, 0.3048
KNOTS: Mapping[str, float] = {"KT": 1.0, "MPS": 3600 / 1852, "KMH": 1000 / 1852}
TEN_KM = 9999
"""Visibility of 10 km or more, as reports write it."""
NO_CEILING_FT = 99_999
"""No layer is a ceiling, or none is there."""
NO_CLOUD_BELOW_FT: Mapping[str, int] = {"NSC": 5000, "NCD": 5000, "CLR": 12_000, "SKC": NO_CEILING_FT}
"""What is certain of the ceiling when a report says that there is no cloud: ICAO Annex 3 App. 3, 4.5.4.1 (nothing of
operational significance, below 5,000 ft), FMH-1 9.5.4 (CLR: an automatic station sees 12,000 ft)."""


class Rvr(Struct, frozen=True, kw_only=True):
    """Runway visual range: runway, least value of the last minutes in metres (``None``: unknown), and what lies beyond.

    Attributes:
        bound: ``P`` when it is more than the value, ``M`` when it is less.
    """

    runway: str
    metres: int | None
    bound: str = ""


class Cloud(Struct, frozen=True, kw_only=True):
    """A layer: amount (``VV`` for the vertical visibility of an obscured sky), height of its base in feet, type."""

    amount: str
    base_ft: int | None
    kind: str = ""


class Group(Struct, frozen=True, kw_only=True):
    """A group that was read: which field it speaks of, and its value."""

    field: str
    value: Any = None


_WEATHER = (
    r"(?:[-+]|VC|RE)?(?:(?:MI|BC|PR|DR|BL|SH|TS|FZ)(?:DZ|RA|SN|SG|IC|PL|GR|GS|UP|BR|FG|FU|VA|DU|SA|HZ|PY|PO|SQ|FC|SS|DS){0,3}"
    r"|(?:DZ|RA|SN|SG|IC|PL|GR|GS|UP|BR|FG|FU|VA|DU|SA|HZ|PY|PO|SQ|FC|SS|DS){1,3})"
)


_FROM = r"(?P<from>VRB|[0-2]\d\d|3[0-5]\d|360|///)"


def _wind(found: re.Match[str]) -> Wind:
    speed, gust = _knots(found["speed"], found["unit"]), _knots(found["gust"], found["unit"])
    direction = int(found["from"]) if found["from"].isdigit() else None
    return Wind(direction_deg=direction, speed_kt=speed, gust_kt=gust)


def _knots(value: str | None, unit: str) -> int | None:
    if not value or "/" in value:
        return None
    return round(int(value.lstrip("P")) * KNOTS[unit])


def _miles(found: re.Match[str]) -> int:
    whole, part = found["whole"] or "0", found["part"] or "0"
    if len(part.partition("/")[0]) == 2 and Fraction(part) > 1:
        whole, part = part[0], part[1:]  # a lost space: no report has a fraction above one, and 11/2SM is 1 1/2SM
    metres = int((Fraction(whole) + Fraction(part)) * Fraction(str(METRES_PER_MILE)))
    less = 1 if found["bound"] == "M" else 0
    return max(0, min(metres, TEN_KM) - less)


def _kilometres(found: re.Match[str]) -> int:
    return min(int(found[1]) * 1000, TEN_KM)


def _rvr(found: re.Match[str]) -> Rvr:
    if found["value"] is None:
        return Rvr(runway=found["runway"], metres=None)
    metres = int(found["value"]) * (METRES_PER_FOOT if found["feet"] else 1)
    return Rvr(runway=found["runway"], metres=int(metres), bound=found["bound"] or "")


def _cloud(found: re.Match[str]) -> Cloud:
    base = None if "/" in found["base"] else int(found["base"]) * 100
    kind = (found["kind"] or "").strip("/")
    return Cloud(amount=found["amount"].strip("/"), base_ft=base, kind=kind)


def _text(found: re.Match[str]) -> str:
    return found[0]


def _nothing(found: re.Match[str]) -> None:
    return None


_TABLE: tuple[tuple[str, str, Callable[[re.Match[str]], Any]], ...] = (
    ("wind", _FROM + r"(?P<speed>P?\d{2,3}|//)(?:G(?P<gust>P?\d{2,3}|//))?(?P<unit>KT|MPS|KMH)", _wind),
    ("wind", r"/{5}|/{5,6}(?:KT|MPS|KMH)", lambda found: Wind()),
    ("between", r"([0-3]\d\d)V([0-3]\d\d)", lambda found: (int(found[1]), int(found[2]))),
    ("cavok", r"CAVOK", lambda found: "NSC"),
    ("visibility_m", r"(\d{4})(?:NDV)?", lambda found: int(found[1])),
    ("visibility_m", r"(\d{1,2})KM", _kilometres),
    ("visibility_m", r"(?P<bound>[PM])?(?:(?P<whole>\d{1,2})(?: (?=\d))?)?(?P<part>(?<!\d)\d{1,2}/[1-9]\d?)?(?<=\d)SM", _miles),
    ("visibility_m", r"/{4}(?:SM)?", _nothing),
    ("lowest_m", r"(\d{4})(?:N|NE|E|SE|S|SW|W|NW)", lambda found: int(found[1])),
    ("rvr", r"R(?P<runway>\d\d[LCR]?)/(?P<bound>[PM])?(?P<value>\d{4})(?:V[PM]?\d{4})?(?P<feet>FT)?(?:/?[UDN])?", _rvr),
    ("rvr", r"R(?P<runway>\d\d[LCR]?)/(?P<bound>)/{4}(?P<value>\d{4})?(?P<feet>FT)?", _rvr),
    ("cloud", r"(?P<amount>FEW|SCT|BKN|OVC|///)(?P<base>\d{3}|///)(?P<kind>CB|TCU|///)?", _cloud),
    ("cloud", r"(?P<amount>VV)(?P<base>\d{3}|///)(?P<kind>)", _cloud),
    ("clear", r"SKC|CLR|NSC|NCD", _text),
    ("weather", _WEATHER, _text),
    ("weather_ends", r"NSW", _nothing),
    ("weather_unknown", r"//", _nothing),
    ("aside", r"M?\d\d/(?:M?\d\d|//)?|//(?:/+|/M?\d\d)", _nothing),
    ("aside", r"[QA](?:\d{4}|////)|QNH\d{4}(?:INS|HPA)|SLP\d{3}", _nothing),
    ("aside", r"T[XN]M?\d\d/\d{4}Z?|TXM?\d\d/TNM?\d\d|T M?\d\d", _nothing),
    ("aside", r"R\d\d[LCR]?/(?:[\d/]{6}|CLRD(?:\d\d|//)?)|\d{8}", _nothing),
    ("closed_by_snow", r"(?:R(?:\d\d[LCR]?)?/)?SNOCLO", _nothing),
    ("aside", r"WS(?:\d{3}/\d{5,6}KT|ALL|RWY|R\d\d[LCR]?|TKOF|LDG)|WS|ALL|RWY|RWY\d\d[LCR]?|R\d\d[LCR]?", _nothing),
    ("aside", r"W(?:M?\d\d|//)/[SH](?:\d{1,3}|/{1,3})|NOSIG|AUTO|COR|CC[A-Z]|WND|SHEAR", _nothing),
    ("aside", r"[56]\d{5}", _nothing),
)  # fmt: skip
"""Field, form, and what the group says. ``aside`` is known and not asked for: temperature, pressure, runway state, wind shear."""

_COMPILED = tuple((field, re.compile(form), says) for field, form, says in _TABLE)


@lru_cache(16_384)
def read_group(text: str) -> Group | None:
    """What a group says; ``None`` for a group of no known form. Files repeat their groups, so answers are kept."""
    for field, form, says in _COMPILED:
        if found := form.fullmatch(text):
            return Group(field=field, value=says(found))
    return None


_APART = re.compile(r"(?<=\s)(\d{1,2}) (\d{1,2}/\d{1,2}SM)(?=\s|$)")


def groups_of(text: str) -> list[str]:
    """The groups of a report; a whole number of miles and the fraction behind it are one group (``2 3/4SM``)."""
    joined = _APART.sub(r"\1_\2", " " + " ".join(text.split()))
    return [each.replace("_", " ") if each.endswith("SM") else each for each in joined.split()]


def ceiling(clouds: list[Cloud], clear: str) -> int | None:
    """The ceiling in feet: base of the lowest layer that covers more than half of the sky, or the vertical visibility.

    ``None`` when the report does not let it be known: no group of cloud at all, or a layer without its height. A layer
    without its amount is taken to be one.
    """
    layers = [each for each in clouds if each.amount in ("BKN", "OVC", "VV", "")]
    known = [each.base_ft for each in layers if each.base_ft is not None]
    if len(known) < len(layers) or (not clouds and not clear):
        return None
    return min(known, default=NO_CLOUD_BELOW_FT.get(clear, NO_CEILING_FT))
