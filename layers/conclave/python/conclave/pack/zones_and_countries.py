"""Time zones and countries as tables may name them: what is not one is refused with what was probably meant."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from zoneinfo import available_timezones

_AREAS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
_UTC = ("UTC", "Etc/UTC")
_OFFSET = re.compile(
    r"^(?:etc/)?(?:gmt|utc|z)?\s*[+-]?\s*\d{1,2}(?::?\d{2})?$|^(?:etc/)?(?:gmt|zulu|z|uct)$", re.IGNORECASE
)
_OLD_NAMES: Mapping[str, str] = {
    "canada/atlantic": "America/Halifax",
    "canada/central": "America/Winnipeg",
    "canada/eastern": "America/Toronto",
    "canada/mountain": "America/Edmonton",
    "canada/newfoundland": "America/St_Johns",
    "canada/pacific": "America/Vancouver",
    "cuba": "America/Havana",
    "egypt": "Africa/Cairo",
    "eire": "Europe/Dublin",
    "gb": "Europe/London",
    "hongkong": "Asia/Hong_Kong",
    "iceland": "Atlantic/Reykjavik",
    "iran": "Asia/Tehran",
    "israel": "Asia/Jerusalem",
    "jamaica": "America/Jamaica",
    "japan": "Asia/Tokyo",
    "libya": "Africa/Tripoli",
    "nz": "Pacific/Auckland",
    "poland": "Europe/Warsaw",
    "portugal": "Europe/Lisbon",
    "prc": "Asia/Shanghai",
    "roc": "Asia/Taipei",
    "rok": "Asia/Seoul",
    "singapore": "Asia/Singapore",
    "turkey": "Europe/Istanbul",
    "us/alaska": "America/Anchorage",
    "us/arizona": "America/Phoenix",
    "us/central": "America/Chicago",
    "us/eastern": "America/New_York",
    "us/hawaii": "Pacific/Honolulu",
    "us/mountain": "America/Denver",
    "us/pacific": "America/Los_Angeles",
    "w-su": "Europe/Moscow",
}
"""Links of the file ``backward`` of the IANA time zone database. Some systems do not install them."""
_NOT_CODES: Mapping[str, str] = {"UK": "GB", "EL": "GR", "YU": "RS", "TP": "TL", "ZR": "CD", "BU": "MM"}
"""Codes that ISO 3166-1 reserves or has withdrawn, and those that the European Union uses for countries of its own."""
_USER_ASSIGNED = {"XK": "Kosovo"}
"""Not of ISO 3166-1, which leaves XA to XZ to users; the European Commission and IATA use it for Kosovo."""
_OTHER_NAMES: Mapping[str, str] = {
    "america": "US",
    "czech republic": "CZ",
    "czechia": "CZ",
    "england": "GB",
    "great britain": "GB",
    "holland": "NL",
    "korea": "KR",
    "the netherlands": "NL",
    "uae": "AE",
    "united kingdom": "GB",
    "united states of america": "US",
    "usa": "US",
}
LONGEST_ABBREVIATION = 5
_NAMED_ZONE = "name a place, for example Asia/Dubai"


class PlaceInvalid(ValueError):
    """A text is not a time zone or not a country; the message says what to write instead."""


@cache
def countries() -> Mapping[str, str]:
    """English names by code of ISO 3166-1 alpha-2 (``countries.csv``), and Kosovo.

    The list is that of the IANA time zone database (``iso3166.tab``, public domain, as of ISO/TC 46 N1108 of 2023-04-05).
    """
    with (Path(__file__).parent / "countries.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(file)} | dict(_USER_ASSIGNED)


@cache
def _zones() -> Mapping[str, str]:
    """Zones that belong to a place, by their name in small letters. Left out: offsets, abbreviations, links to files."""
    named = (each for each in available_timezones() if each.partition("/")[0] in _AREAS)
    return {each.casefold(): each for each in (*named, *_UTC)}


def read_zone(text: str) -> str:
    """The text, when it is the name of a time zone of a place (``Europe/London``) or UTC.

    Raises:
        PlaceInvalid: It is not. Fixed offsets are refused, too: they know no summer time, and the sign of ``Etc/GMT+4`` is
            the other way round (four hours behind).
    """
    known = _zones()
    folded = text.casefold()
    if known.get(folded) == text:
        return text
    if folded in known:
        raise PlaceInvalid(f"{text!r} is not a time zone; did you mean {known[folded]}?")
    if folded in _OLD_NAMES:
        raise PlaceInvalid(f"{text!r} is an old name that not every system knows; write {_OLD_NAMES[folded]}")
    if _OFFSET.match(text):
        raise PlaceInvalid(f"{text!r} is a fixed offset, which knows no summer time; {_NAMED_ZONE}")
    meant = "" if text.isupper() and len(text) <= LONGEST_ABBREVIATION else _near_zone(folded, known)
    if meant:
        raise PlaceInvalid(f"{text!r} is not a time zone; did you mean {meant}?")
    raise PlaceInvalid(f"{text!r} is not an IANA time zone; {_NAMED_ZONE}")


def _near_zone(folded: str, known: Mapping[str, str]) -> str:
    spelled = re.sub(r"[\s\\-]+", "_", folded.replace(" / ", "/").replace("\\", "/"))
    by_city = {name.rpartition("/")[2]: zone for name, zone in known.items() if "/" in name}
    near = get_close_matches(spelled, known, n=1, cutoff=0.8)
    if near:
        return known[near[0]]
    city = get_close_matches(spelled.rpartition("/")[2], by_city, n=1, cutoff=0.8)
    return by_city[city[0]] if city else ""


def read_country(text: str) -> str:
    """The text, when it is a code of ISO 3166-1 alpha-2 in capital letters (``DE``), or XK.

    Raises:
        PlaceInvalid: It is not.
    """
    known = countries()
    if text in known:
        return text
    code = text.upper()
    if code in _NOT_CODES:
        meant = _NOT_CODES[code]
        raise PlaceInvalid(f"{text!r} is not an ISO 3166 code; {known[meant]} is {meant}")
    if code in known:
        raise PlaceInvalid(f"{text!r} is not an ISO 3166 code, which has capital letters; write {code}")
    by_name = {**{name.casefold(): each for each, name in known.items()}, **_OTHER_NAMES}
    near = get_close_matches(text.casefold(), by_name, n=1, cutoff=0.85)
    if near:
        meant = by_name[near[0]]
        raise PlaceInvalid(f"{text!r} is not an ISO 3166 code; {known[meant]} is {meant}")
    raise PlaceInvalid(f"{text!r} is not an ISO 3166 code of two letters; write it like DE")
