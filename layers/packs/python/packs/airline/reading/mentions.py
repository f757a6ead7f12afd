"""What a report names besides its problems: flights, aircraft, airports, positions, figures with a unit. Read by code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from conclave.language.durations import SPOKEN_NUMBERS, durations
from conclave.language.text import Jargon, any_of, named_in
from msgspec import Struct

from packs.airline.codes import spellings
from packs.airline.geography import world_place
from packs.airline.reading.own_words import OwnWords
from packs.airline.reading.words import registrations
from packs.airline.reading.words.general import BESIDE, FLIGHT_WORDS, JARGON, NOT_AIRPORTS
from packs.airline.reading.words.statements import LANDED_AT, OTHER_AIRCRAFT, POSITIONS

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "oh")
_FIGURE = re.compile(
    r"(?<![\w.:/+-])\+?-?\d[\d.,]*\s*(?:pax|passengers?|seats?|kgs?|lbs?|tons?|tonnes?|kts?|knots?|ft|feet|nm|km|m|metres?|meters?|%|percent"
    r"|degrees?|deg|hpa|litres?|bar|psi|usd|eur|euros?|dollars|bags?|pallets?|crew|pilots?|sectors?|of\s+\d+)(?![\w/])",
    re.IGNORECASE,
)


_SPOKEN = rf"(?:{'|'.join(_DIGITS)})(?:[ -](?:{'|'.join(_DIGITS)}))+|{'|'.join(sorted(SPOKEN_NUMBERS, key=len, reverse=True))}"
_MORE = (
    r"(?P<more>(?:\s*(?:,|and|or|und|oder|et|ou|y|o)\s*\d{1,4}(?![\w.:/-]))+"
    r"(?=\s*(?:$|[.;:]|are\b|were\b|have\b|both\b|sind\b|sont\b))|(?:\s*[/&]\s*\d{1,4}(?![\w.:/-]))*)"
)
_NUMBER = rf"(?P<digits>\d{{1,4}}(?:(?-i:[A-Z](?![A-Z])))?|{_SPOKEN})(?!\w|[:.]\d){_MORE}"
_TIME = re.compile(r"(?:[01]\d|2[0-4])[0-5]\d\s*(?:z|l|lt|local|utc)\b", re.IGNORECASE)
_OTHER_AIRCRAFT = re.compile(rf"(?:{any_of(OTHER_AIRCRAFT)})[\s:,]+(?:(?:the|aircraft|a/c)\s+)?$", re.IGNORECASE)
_ASIDE = re.compile(rf"(?:{any_of(BESIDE)})[\s:,]+(?:(?:the|flight|flt)\s+)?$", re.IGNORECASE)


_OF_ANOTHER = re.compile(r"\b(?:inbound|incoming|zubringer)\b[^.;,!?]*$", re.IGNORECASE)
"""What stands before the position of the aircraft that comes in."""


class Mentions(Struct, frozen=True):
    """What a report names.

    Attributes:
        carriers: Designators of the loaded airlines.
        flights: Flight numbers of them, without leading zeros, but for those beside.
        beside: Flight numbers of other flights that play a part ("inbound XY18").
        tails: Registrations as written.
        other_tails: Registrations of aircraft that play another part ("swap to D-ABCD").
        airports: IATA codes, each with the words that name it.
        position: Where the flight is; empty when that is not told.
        landed_at: IATA code of the airport that it landed at or diverts to.
        figures: Figures with a unit that is not a time.
    """

    carriers: tuple[str, ...]
    flights: tuple[str, ...]
    beside: tuple[str, ...]
    tails: tuple[str, ...]
    other_tails: tuple[str, ...]
    airports: Mapping[str, str]
    position: str
    landed_at: str
    figures: tuple[str, ...]


def mentions(text: str, own: OwnWords) -> Mentions:
    """What a report names, from its text in plain words and by the words of the loaded airlines."""
    flights, beside = _flights(text, own)
    if not flights and len(set(beside)) == 1:
        flights, beside = beside, []  # the only flight that is named is meant
    tails, others = _tails(text)
    return Mentions(
        tuple(own.carriers),
        tuple(dict.fromkeys(flights)),
        tuple(dict.fromkeys(each for each in beside if each not in flights)),
        tuple(dict.fromkeys(tails)),
        tuple(dict.fromkeys(others)),
        _airports(text, own),
        _position(text),
        _landed_at(text, own),
        _figures(text),
    )


def _flights(text: str, own: OwnWords) -> tuple[list[str], list[str]]:
    """Flight numbers by code, by the airline's name and by a word like "flight", which means any of the loaded airlines."""
    named: list[str] = []
    others: list[str] = []
    for letters, words in own.carriers.items():
        introduced = rf"(?:{_begun(words)}|{any_of(FLIGHT_WORDS)})[ -]*(?:no\.?|number|nr\.?|#)?[ -]*"
        form = rf"(?:(?<!\w){letters}[ -]?|{introduced}){_NUMBER}"
        for match in re.finditer(form, text, re.IGNORECASE):
            if _TIME.match(text, match.start("digits")) and not text[match.start() :].upper().startswith(letters):
                continue  # "ETD 1015L" is a time
            kept = others if _ASIDE.search(text[: match.start()]) else named
            kept.append(spellings(letters + _figures_of(match["digits"]))[0])
            kept += [spellings(letters + more)[0] for more in re.findall(r"\d+", match["more"])]
    return named, others


def _begun(words: Iterable[str]) -> str:
    """A regular expression for names of a carrier; figures may follow at once ("ETD17")."""
    return any_of(words).removesuffix(r"(?![\w])")


def _figures_of(digits: str) -> str:
    """The figures of a number that is written or spoken, digit by digit or as one number."""
    said = digits.lower()
    if said in SPOKEN_NUMBERS:
        return str(SPOKEN_NUMBERS[said])
    return "".join(
        str(_DIGITS.index(word) % 10) if word in _DIGITS else word.upper() for word in re.split("[ -]", said)
    )


def _tails(text: str) -> tuple[list[str], list[str]]:
    """Registrations, and those of other aircraft that play a part ("swap to")."""
    found = [match for form in registrations.FORMS for match in re.finditer(form, text)]
    others = [each["tail"] for each in found if _OTHER_AIRCRAFT.search(text[: each.start("tail")])]
    return [each["tail"] for each in found if each["tail"] not in others], others


def _airports(text: str, own: OwnWords) -> dict[str, str]:
    codes = (match[0] for match in re.finditer(r"(?<![\w-])[A-Z]{3}(?![\w-])", text))
    found = {code: code for code in codes if code not in NOT_AIRPORTS and (code in own.airports or world_place(code))}
    lowered = text.lower()
    for code, names in own.airports.items():
        match = re.search(any_of(names), text, re.IGNORECASE) if named_in(names, lowered) else None
        if match and match[0][:1].isupper():
            found.setdefault(code, match[0])
    return found


def _position(text: str) -> str:
    """The position that the longest words tell, of equals the first: "returned to gate" and not "gate"."""
    found = [
        (match.start() - match.end(), match.start(), position)
        for position, words in POSITIONS.items()
        for match in re.finditer(any_of(words), text, re.IGNORECASE)
        if not _OF_ANOTHER.search(text[: match.start()])
    ]
    return min(found)[2] if found else ""


def _landed_at(text: str, own: OwnWords) -> str:
    cues = rf"(?:{any_of(LANDED_AT)})\s*[:,]?\s*(?:in\s+|at\s+|to\s+)?"
    for match in re.finditer(rf"(?i:{cues})(?P<code>[A-Z]{{3}})(?!\w)", text):
        if not _OF_ANOTHER.search(text[: match.start()]):
            return match["code"]
    lowered = text.lower()
    for code, names in own.airports.items():
        if named_in(names, lowered) and re.search(rf"{cues}(?:{any_of(names)})", text, re.IGNORECASE):
            return code
    return ""


def _figures(text: str) -> tuple[str, ...]:
    lengths = [(each.start, each.end) for each in durations(text, Jargon.of(JARGON))]
    found = [match for match in _FIGURE.finditer(text) if not _within(match, lengths)]
    return tuple(dict.fromkeys(match[0].strip() for match in found))


def _within(match: re.Match[str], places: Sequence[tuple[int, int]]) -> bool:
    return any(match.start() < end and start < match.end() for start, end in places)
