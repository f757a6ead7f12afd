"""Dates, clock times and durations in a sentence, in English, German, French, Spanish and transliterated Arabic."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

_MONTHS: Mapping[str, int] = {
    word: number
    for number, words in enumerate(
        (
            "jan january januar janvier enero",
            "feb february februar fevrier febrero",
            "mar march marz mars marzo",
            "apr april avril abril",
            "may mai mayo",
            "jun june juni juin junio",
            "jul july juli juillet julio",
            "aug august aout agosto",
            "sep sept september septembre septiembre",
            "oct october oktober octobre octubre",
            "nov november novembre noviembre",
            "dec december dezember decembre diciembre",
        ),
        start=1,
    )
    for word in words.split()
}
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b\.?"
_ONES = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"]
_TEENS = [
    "tenth",
    "eleventh",
    "twelfth",
    *(f"{each}teenth" for each in ("thir", "four", "fif", "six", "seven", "eigh", "nine")),
]
_ORDINALS: Mapping[str, int] = {
    **{
        word: number
        for number, word in enumerate(
            _ONES + _TEENS,
            start=1,
        )
    },
    **{f"twenty-{word}": 20 + number for number, word in enumerate(_ONES, start=1)},
    "twentieth": 20,
    "thirtieth": 30,
    "thirty-first": 31,
}
_DAY = rf"(?P<day>\d{{1,2}}|{'|'.join(sorted(_ORDINALS, key=len, reverse=True))})(?:st|nd|rd|th|er|\.)?"
_YEAR = r"(?:,?\s*(?:de\s+)?(?P<year>\d{4}))?"
_WEEKDAYS: Mapping[str, int] = {
    word: number
    for number, words in enumerate(
        (
            "monday montag lundi lunes",
            "tuesday dienstag mardi martes",
            "wednesday mittwoch mercredi miercoles",
            "thursday donnerstag jeudi jueves",
            "friday freitag vendredi viernes",
            "saturday samstag samedi sabado",
            "sunday sonntag dimanche domingo",
        )
    )
    for word in words.split()
}
_COUNTED = "zero one two three four five six seven eight nine ten eleven twelve"
_NUMBERS: dict[str, float] = {
    **{word: float(number) for number, word in enumerate(_COUNTED.split(" "))},
    **{
        "a": 1,
        "an": 1,
        "half a": 0.5,
        "half an": 0.5,
        "fifteen": 15,
        "twenty": 20,
        "thirty": 30,
        "forty": 40,
        "forty-five": 45,
        "ninety": 90,
    },
    **{
        word: float(number)
        for words in (
            "eine zwei drei vier funf sechs sieben acht",
            "une deux trois quatre cinq six sept huit",
            "una dos tres cuatro cinco seis siete ocho",
        )
        for number, word in enumerate(words.split(), start=1)
    },
}
_WORDS = "|".join(sorted(_NUMBERS, key=len, reverse=True))
_AMOUNT = rf"(?:(?P<amount>\d+(?:[.,]\d+)?)[\s-]*|(?P<word>{_WORDS})[\s-]+)"
_HOURS = r"(?:hours?|hrs?|h|stunden?|std|heures?|horas?|saat)"
_MINUTES = r"(?:minutes?|mins?|m|minuten|minutos|daqiqa)"


@dataclass(frozen=True, slots=True)
class Found:
    """A value and where in the text it stands."""

    value: str | int | float
    start: int
    end: int


def dates(text: str, today: date | None) -> Iterator[Found]:
    """ISO dates of all dates in a text, in the order of the text; relative ones need ``today``.

    A date without a year is the one nearest to ``today``. One that can be read in two ways gives both, with a blank between.
    """
    found = [each for pattern, reader in _DATE_FORMS for each in _matches(pattern, reader, text, today)]
    found += _slashed(text, today)
    found += [day for each in found for day in _listed(text, each)]
    yield from _without_overlaps(found)


def minutes(text: str) -> Iterator[Found]:
    """Minutes of all durations in a text, in the order of the text."""
    found = [
        Found(
            round(_amount(match["amount"] or match["word"]) * 60 + float(match["bare"] or match["rest"] or 0)),
            match.start(),
            match.end(),
        )
        for match in _HOURS_FORM.finditer(text)
    ]
    found += [
        Found(round(_amount(match["amount"] or match["word"])), match.start(), match.end())
        for match in _MINUTES_FORM.finditer(text)
    ]
    yield from _without_overlaps(found)


def _without_overlaps(found: list[Found]) -> Iterator[Found]:
    end = -1
    for each in sorted(found, key=lambda one: (one.start, -one.end)):
        if each.start >= end:
            yield each
            end = each.end


def _amount(text: str) -> float:
    word = text.lower()
    return float(_NUMBERS[word]) if word in _NUMBERS else float(word.replace(",", "."))


_HOURS_FORM = re.compile(
    rf"\b{_AMOUNT}(?:h(?P<bare>\d{{2}})\b|{_HOURS}\b(?:\s*(?:and\s+)?(?P<rest>\d{{1,2}})\s*{_MINUTES}\b)?)",
    re.IGNORECASE,
)
_MINUTES_FORM = re.compile(rf"\b{_AMOUNT}{_MINUTES}\b", re.IGNORECASE)


def _matches(
    pattern: re.Pattern[str], reader: Callable[[re.Match[str], date | None], date | None], text: str, today: date | None
) -> Iterator[Found]:
    for match in pattern.finditer(text):
        day = reader(match, today)
        if day is not None:
            yield Found(day.isoformat(), match.start(), match.end())


def _iso(match: re.Match[str], today: date | None) -> date | None:
    try:
        return date.fromisoformat(match.group(0))
    except ValueError:
        return None


def _named(match: re.Match[str], today: date | None) -> date | None:
    named = match["day"].lower()
    day = _ORDINALS[named] if named in _ORDINALS else int(named)
    return _nearest(day, _MONTHS[match["month"].lower()], match["year"], today)


def _nearest(day: int, month: int, year: str | None, today: date | None) -> date | None:
    """The date; without a year the one nearest to today."""
    if year:
        return _date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    if today is None:
        return None
    years = (today.year - 1, today.year, today.year + 1)
    candidates = [found for each in years if (found := _date(each, month, day))]
    return min(candidates, key=lambda found: abs(found - today), default=None)


def _slashed(text: str, today: date | None) -> Iterator[Found]:
    """``21/11``, ``11/21/2026``: day and month in either order; both readings when both are dates."""
    for match in re.finditer(r"(?<![\w/.-])(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?(?![\w/])", text):
        first, second = int(match[1]), int(match[2])
        readings = {_nearest(first, second, match[3], today), _nearest(second, first, match[3], today)} - {None}
        if readings:
            values = sorted(each.isoformat() for each in readings if each)
            yield Found(" ".join(values), match.start(), match.end())


def _listed(text: str, found: Found) -> Iterator[Found]:
    """Days before a date that share its month: the 21 of "21 or 22 November"."""
    before = re.search(
        r"(?<![\w:./-])(\d{1,2})(?:st|nd|rd|th|\.)?\s*(?:or|and|to|oder|und|ou|et|o|y|-)\s*(?:the\s+)?$",
        text[: found.start],
    )
    if before and len(str(found.value)) == 10:
        shared = date.fromisoformat(str(found.value))
        day = _date(shared.year, shared.month, int(before[1]))
        if day is not None:
            yield Found(day.isoformat(), before.start(1), before.end(1))


def _dotted(match: re.Match[str], today: date | None) -> date | None:
    return _nearest(int(match[1]), int(match[2]), match[3], today)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


_RELATIVE: Mapping[str, int] = {
    **dict.fromkeys(("today", "tonight", "this morning", "this afternoon", "this evening"), 0),
    **dict.fromkeys(
        ("heute", "heute morgen", "heute abend", "aujourd'hui", "ce matin", "ce soir", "hoy", "al yawm", "alyawm"), 0
    ),
    **dict.fromkeys(("tomorrow", "morgen", "demain", "manana", "ghadan", "bukra"), 1),
    **dict.fromkeys(("yesterday", "gestern", "ayer"), -1),
    **dict.fromkeys(("day after tomorrow", "ubermorgen", "apres-demain", "pasado manana"), 2),
}


def _relative(match: re.Match[str], today: date | None) -> date | None:
    return today + timedelta(days=_RELATIVE[match.group(0).lower()]) if today else None


def _weekday(match: re.Match[str], today: date | None) -> date | None:
    if today is None:
        return None
    return today + timedelta(days=(_WEEKDAYS[match["weekday"].lower()] - today.weekday()) % 7)


_DATE_FORMS = (
    (re.compile(r"\b\d{4}-\d{2}-\d{2}\b"), _iso),
    (re.compile(rf"\b{_DAY}[\s-]*(?:(?:of|de)\s+)?{_MONTH}{_YEAR}(?!\w)", re.IGNORECASE), _named),
    (re.compile(rf"\b{_MONTH}\s+(?:the\s+)?{_DAY}{_YEAR}(?!\w)", re.IGNORECASE), _named),
    (re.compile(r"(?<![\w.])(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})?(?!\w)"), _dotted),
    (
        re.compile(rf"(?<!la )\b(?:{'|'.join(sorted(_RELATIVE, key=len, reverse=True))})\b", re.IGNORECASE),
        _relative,
    ),
    (re.compile(rf"(?<!last )\b(?P<weekday>{'|'.join(_WEEKDAYS)})\b", re.IGNORECASE), _weekday),
)

_CLOCK = re.compile(
    r"(?<![\d:.])(?:(?P<hour>\d{1,2})(?:[:.h](?P<minute>[0-5]\d))(?:\s*(?P<half>[ap])\.?m\b)?"
    r"|(?P<only>\d{1,2})\s*(?P<noon>[ap])\.?m\b|(?P<four>[0-2]\d[0-5]\d)(?:\s*(?:lt|l|local|hrs|h))?)(?![\d-]|:\d)(?!\s*(?:z|utc)\b)",
    re.IGNORECASE,
)


def times(text: str) -> Iterator[Found]:
    """Clock times in a text as ``HH:MM``; times said to be UTC are not local and left out."""
    for match in _CLOCK.finditer(text):
        digits = match["four"]
        hour = int(digits[:2] if digits else match["hour"] or match["only"])
        minute = int(digits[2:] if digits else match["minute"] or 0)
        half = (match["half"] or match["noon"] or "").lower()
        if half and 1 <= hour <= 12:
            hour = hour % 12 + (12 if half == "p" else 0)
        if hour < 24:
            yield Found(f"{hour:02d}:{minute:02d}", match.start(), match.end())


def normal(text: str) -> str:
    """A text for matching: NFKC, without accents, any script's digits as ASCII, white space as blanks."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text))
    kept = (each for each in decomposed if unicodedata.category(each) not in {"Mn", "Cf", "Cc"} or each.isspace())
    spelled = (
        str(unicodedata.digit(each)) if each.isdigit() and unicodedata.category(each) == "Nd" else each for each in kept
    )
    return " ".join("".join(spelled).translate(_QUOTES).split())


_QUOTES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "\u00df": "ss"})
