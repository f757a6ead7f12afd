"""Dates and durations in a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:,?\s+(?P<year>\d{4}))?"
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
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
        "ninety": 90,
    },
}
_AMOUNT = rf"(?P<amount>\d+(?:[.,]\d+)?|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"
_HOURS = r"(?:hours?|hrs?|h)"
_MINUTES = r"(?:minutes?|mins?|m)"


@dataclass(frozen=True, slots=True)
class Found:
    """A value and where in the text it stands."""

    value: str | int | float
    start: int
    end: int


def dates(text: str, today: date | None) -> Iterator[Found]:
    """ISO dates of all dates in a text, in the order of the text; relative ones need ``today``.

    A date without a year is the one nearest to ``today``.
    """
    found = [each for pattern, reader in _DATE_FORMS for each in _matches(pattern, reader, text, today)]
    yield from _without_overlaps(found)


def minutes(text: str) -> Iterator[Found]:
    """Minutes of all durations in a text, in the order of the text."""
    found = [
        Found(
            round(_amount(match["amount"]) * 60 + float(match["bare"] or match["rest"] or 0)),
            match.start(),
            match.end(),
        )
        for match in _HOURS_FORM.finditer(text)
    ]
    found += [
        Found(round(_amount(match["amount"])), match.start(), match.end()) for match in _MINUTES_FORM.finditer(text)
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
    rf"\b{_AMOUNT}[\s-]*(?:h(?P<bare>\d{{2}})\b|{_HOURS}\b(?:\s*(?:and\s+)?(?P<rest>\d{{1,2}})\s*{_MINUTES}\b)?)",
    re.IGNORECASE,
)
_MINUTES_FORM = re.compile(rf"\b{_AMOUNT}[\s-]*{_MINUTES}\b", re.IGNORECASE)


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
    month = _MONTHS.index(match["month"].lower()[:3]) + 1
    if match["year"]:
        return _date(int(match["year"]), month, int(match["day"]))
    if today is None:
        return None
    years = (today.year - 1, today.year, today.year + 1)
    candidates = [day for year in years if (day := _date(year, month, int(match["day"])))]
    return min(candidates, key=lambda day: abs(day - today), default=None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


_RELATIVE: Mapping[str, int] = {"today": 0, "tonight": 0, "tomorrow": 1, "yesterday": -1}


def _relative(match: re.Match[str], today: date | None) -> date | None:
    return today + timedelta(days=_RELATIVE[match.group(0).lower()]) if today else None


def _weekday(match: re.Match[str], today: date | None) -> date | None:
    if today is None:
        return None
    return today + timedelta(days=(_WEEKDAYS.index(match["weekday"].lower()) - today.weekday()) % 7)


_DATE_FORMS = (
    (re.compile(r"\b\d{4}-\d{2}-\d{2}\b"), _iso),
    (re.compile(rf"\b{_DAY}\s+(?:of\s+)?{_MONTH}{_YEAR}\b", re.IGNORECASE), _named),
    (re.compile(rf"\b{_MONTH}\s+{_DAY}{_YEAR}\b", re.IGNORECASE), _named),
    (re.compile(rf"\b(?:{'|'.join(_RELATIVE)})\b", re.IGNORECASE), _relative),
    (re.compile(rf"\bon\s+(?P<weekday>{'|'.join(_WEEKDAYS)})\b", re.IGNORECASE), _weekday),
)
