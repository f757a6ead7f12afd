"""Days in a sentence, in English, German, French, Spanish, Italian, Portuguese and Arabic."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta

from conclave.language.date_words import COUNTS, MONTH_WORDS, MONTHS, ORDINALS, RELATIVE, WEEKDAYS
from conclave.language.day_context import EARLIEST, NOT_ITS_DAY, is_a_day, is_day_of_month, leads_to_a_day
from conclave.language.durations import Duration, durations
from conclave.language.text import NO_JARGON, REACH, Found, Jargon, before_place, without_overlaps

_MONTH = rf"(?P<month>{MONTH_WORDS})\b\.?"
_DAY = rf"(?P<day>\d{{1,2}}|{'|'.join(sorted(ORDINALS, key=len, reverse=True))})(?:st|nd|rd|th|er|\.)?"
_YEAR = r"(?:,?\s*(?:de\s+)?(?P<year>20\d{2})(?!\s*(?:local|lt|utc|hrs|h)\b))?"


def dates(text: str, today: date | None, jargon: Jargon = NO_JARGON, *, every: bool = False) -> Iterator[Found]:
    """ISO dates of all dates in a text, in the order of the text; relative ones need ``today``.

    A date without a year is the one nearest to ``today``. One that can be read in two ways gives both, with a blank between.
    ``jargon`` says what is not a day in the domain. With ``every`` those on which something else happens count, too ("closed
    until tomorrow").
    """
    found = [each for form, reader in _DATE_FORMS for each in _matches(form, reader, text, today, jargon)]
    found += _slashed(text, today, jargon)
    found = [each for each in found if every or not _of_another(text, each)]
    added_up = [each for each in durations(text, jargon) if each.joined]
    found = [each for each in found if not any(_overlap(each, other) for other in added_up)]
    found += [day for each in found for day in _listed(text, each)]
    yield from without_overlaps(found)


def _of_another(text: str, found: Found) -> bool:
    """True if something else happens on a day: "parts arrive tomorrow", "tomorrow at the earliest"."""
    after = text[found.end : found.end + REACH]
    return bool(NOT_ITS_DAY.search(before_place(text, found.start)) or EARLIEST.match(after))


def impossible_dates(text: str, today: date | None, jargon: Jargon = NO_JARGON) -> list[str]:
    """The dates of a text that do not exist (31 November, 21.13.2026), as they are written there, in its order."""
    found = [
        (match.start(), match[0].strip(" .,"))
        for pattern, reader in _WRITTEN_OUT
        for match in pattern.finditer(text)
        if today is not None and reader(match, today) is None and _meant_as_date(match, text, jargon)
    ]
    found += [
        (match.start(), match[0])
        for match in (*_SLASHED.finditer(text), *_DASHED.finditer(text))
        if _no_day(match, text, today, jargon)
    ]
    return list(dict.fromkeys(written for _, written in sorted(found)))


def _meant_as_date(match: re.Match[str], text: str, jargon: Jargon) -> bool:
    """True if figures that are not a day were meant as one: "seat 45 may" was not."""
    if NOT_ITS_DAY.search(before_place(text, match.start())):
        return False
    parts = match.groupdict()
    if "dotted" in parts:  # "on the 32nd"
        return bool(parts["dotted"]) or is_day_of_month(text[match.end() :], jargon)
    if "month" not in parts:  # dotted figures
        return leads_to_a_day(before_place(text, match.start()), jargon) or bool(match[3])
    if parts["month"].isdigit():
        return True
    return parts["month"].lower() not in _WORDS_TOO or int(ORDINALS.get(parts["day"].lower(), 0) or parts["day"]) <= 31


_WORDS_TOO = frozenset(("may", "mar", "mai", "marco", "set", "sept", "dec", "de"))
"""Names of months that mean something else as well."""


def _overlap(found: Found, other: Duration) -> bool:
    return found.start < other.end and other.start < found.end


_TODAY = re.compile(r"today([+-]\d{1,2})?")


def relative_day(said: str, today: date) -> date | None:
    """The day that is meant by ``today``, ``today+2``, ``monday`` (the next, today included) or ``last-monday``.

    Args:
        said: The word.
        today: The day at the place that is spoken of.

    Returns:
        The day; ``None`` for any other word.
    """
    if match := _TODAY.fullmatch(said):
        return today + timedelta(days=int(match[1] or 0))
    name = said.removeprefix("last-")
    if name not in _DAY_NAMES:
        return None
    ahead = (_DAY_NAMES.index(name) - today.weekday()) % 7
    return today + timedelta(days=ahead - 7 if said.startswith("last-") else ahead)


_DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _matches(
    pattern: re.Pattern[str],
    reader: Callable[[re.Match[str], date | None], date | None],
    text: str,
    today: date | None,
    jargon: Jargon,
) -> Iterator[Found]:
    for match in pattern.finditer(text):
        day = reader(match, today)
        if day is None:
            continue
        if reader is _dotted and not (match[3] or leads_to_a_day(before_place(text, match.start()), jargon)):
            continue  # "width 1.5."
        if reader is _of_the_month and match["day"] and not is_day_of_month(text[match.end() :], jargon):
            continue
        said = _SAID[reader](match) if reader in _SAID else ""
        yield Found(day.isoformat(), match.start(), match.end(), said)


def _figures(match: re.Match[str], today: date | None) -> date | None:
    return _date(int(match["year"]), int(match["month"]), int(match["day"]))


def _named(match: re.Match[str], today: date | None) -> date | None:
    named = match["day"].lower()
    day = ORDINALS[named] if named in ORDINALS else int(named)
    return _nearest(day, MONTHS[match["month"].lower()], match["year"], today)


def _nearest(day: int, month: int, year: str | None, today: date | None) -> date | None:
    """The date; without a year the one nearest to today."""
    if year:
        return _date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    if today is None:
        return None
    years = (today.year - 1, today.year, today.year + 1)
    candidates = [found for each in years if (found := _date(each, month, day))]
    return min(candidates, key=lambda found: abs(found - today), default=None)


_SLASHED = re.compile(r"(?<![\w/.-])(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?(?![\w/])")


_DASHED = re.compile(
    r"(?:(?<=\bon )|(?<=\bam )|(?<=\ble )|(?<=\bel )|(?<=\bil )|(?<=\bdate ))(\d{1,2})-(\d{1,2})(?:-(\d{2}))?(?![\w-])",
    re.IGNORECASE,
)
"""``on 22-11``: a word before it says that it is a day; references are written so, too."""


def _slashed(text: str, today: date | None, jargon: Jargon) -> Iterator[Found]:
    """``21/11``, ``11/21/2026``: day and month in either order; both readings when both are dates."""
    for match in (*_SLASHED.finditer(text), *_DASHED.finditer(text)):
        readings = _readings(match, today) if is_a_day(match, text, jargon) else set()
        if readings:
            values = sorted(each.isoformat() for each in readings)
            yield Found(" ".join(values), match.start(), match.end())


def _readings(match: re.Match[str], today: date | None) -> set[date]:
    first, second = int(match[1]), int(match[2])
    both = (_nearest(first, second, match[3], today), _nearest(second, first, match[3], today))
    return {each for each in both if each}


def _no_day(match: re.Match[str], text: str, today: date | None, jargon: Jargon) -> bool:
    """True if a slashed date does not exist in either order, and still looks like one."""
    if today is None or _readings(match, today) or not is_a_day(match, text, jargon):
        return False
    return bool(match[3]) or (min(int(match[1]), int(match[2])) <= 12 and max(int(match[1]), int(match[2])) <= 31)


def _listed(text: str, found: Found) -> Iterator[Found]:
    """Days before a date that share its month: the 21 of "21 or 22 November"."""
    before = re.search(
        r"(?<![\w:./-])(\d{1,2})(?:st|nd|rd|th|\.)?\s*(?:or|and|to|oder|und|ou|et|o|y|-)\s*(?:the\s+)?$",
        before_place(text, found.start),
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


_COUNT = r"(?P<count>\d{1,2}|one|two|three|zwei|drei|deux|trois|dos|tres|due|tre)"
_DAYS = r"(?:days?|tagen|jours|dias|giorni)"
_LAST = r"last|past|letzten|vergangenen"


def _relative(match: re.Match[str], today: date | None) -> date | None:
    return today + timedelta(days=RELATIVE[match.group(0).lower()]) if today else None


def _counted(match: re.Match[str], today: date | None) -> date | None:
    told = match["ahead"] or match["ago"] or match["before"]
    return today + timedelta(days=_days_ahead(match)) if today and told else None


def _days_ahead(match: re.Match[str]) -> int:
    count = match["count"].lower()
    days = COUNTS.get(count) or int(count)
    return -days if match["ago"] or match["before"] else days


def _from_today(days: int) -> str:
    return f"today{days:+d}" if days else "today"


def _weekday(match: re.Match[str], today: date | None) -> date | None:
    if today is None:
        return None
    ahead = (WEEKDAYS[match["weekday"].lower()] - today.weekday()) % 7
    return today + timedelta(days=ahead - 7 if match["last"] or match["gone"] else ahead)


def _short_weekday(match: re.Match[str], today: date | None) -> date | None:
    """``Sun``, as it is written before a figure, a code or a sign: "Mon vol" is French."""
    return today + timedelta(days=(_short_number(match) - today.weekday()) % 7) if today else None


def _short_number(match: re.Match[str]) -> int:
    return next(number for word, number in WEEKDAYS.items() if word.startswith(match["weekday"].lower()))


def _of_the_month(match: re.Match[str], today: date | None) -> date | None:
    """The day of this month, the one before or the next that is nearest to today."""
    if today is None:
        return None
    months = [(today.year * 12 + today.month - 1 + step) for step in (-1, 0, 1)]
    found = [_date(each // 12, each % 12 + 1, int(match["day"] or match["dotted"])) for each in months]
    return min((each for each in found if each), key=lambda each: abs(each - today), default=None)


_DATE_FORMS = (
    (re.compile(r"(?<![\w.-])(?P<year>20\d{2})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?![\w-])"), _figures),
    (re.compile(r"\b(?P<year>20\d{2})(?P<month>0[1-9]|1[0-2])(?P<day>[0-3]\d)\b"), _figures),
    (re.compile(r"(?<![\w-])(?P<day>\d{1,2})-(?P<month>\d{1,2})-(?P<year>\d{4})(?![\w-])"), _figures),
    (re.compile(rf"\b(?P<day>\d{{1,2}})(?P<month>{MONTH_WORDS})(?P<year>\d{{2}}|\d{{4}})\b", re.IGNORECASE), _named),
    (re.compile(rf"\b{_DAY}[\s-]*(?:(?:of|de)\s+)?{_MONTH}{_YEAR}(?!\w)", re.IGNORECASE), _named),
    (re.compile(rf"\b{_MONTH}\s+(?:the\s+)?{_DAY}{_YEAR}(?!\w)", re.IGNORECASE), _named),
    (re.compile(r"(?<![\w.])(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})?(?!\w)"), _dotted),
    (re.compile(r"(?:(?<=\bon )|(?<=\bam ))(\d{2})\.(\d{2})(?![\w.])()", re.IGNORECASE), _dotted),
    (
        re.compile(rf"(?<!la )(?<!guten )\b(?:{'|'.join(sorted(RELATIVE, key=len, reverse=True))})\b", re.IGNORECASE),
        _relative,
    ),
    (
        re.compile(
            rf"\b(?:(?P<ahead>in|dans|en|tra)|(?P<before>vor|il y a|hace))?\s*\b{_COUNT}\s+{_DAYS}\b(?P<ago>\s+ago)?",
            re.IGNORECASE,
        ),
        _counted,
    ),
    (
        re.compile(
            rf"\b(?:(?P<last>{_LAST})\s+)?(?P<weekday>{'|'.join(WEEKDAYS)})\b(?P<gone>\s+(?:dernier|pasado|scorso|passado))?",
            re.IGNORECASE,
        ),
        _weekday,
    ),
    (
        re.compile(r"(?<!\w)(?P<weekday>Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)(?=\s*(?:$|[:,;.)]|'s|\d|[A-Z]{2}))"),
        _short_weekday,
    ),
    (
        re.compile(
            rf"\b(?:(?:on|for|of)\s+(?:the\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)"
            rf"|am\s+(?P<dotted>\d{{1,2}})\.(?![\w.])(?!\s*(?:{MONTH_WORDS})))",
            re.IGNORECASE,
        ),
        _of_the_month,
    ),
)

_WRITTEN_OUT = tuple(
    (form, reader) for form, reader in _DATE_FORMS if reader in (_figures, _named, _dotted, _of_the_month)
)
_SAID: Mapping[Callable[[re.Match[str], date | None], date | None], Callable[[re.Match[str]], str]] = {
    _relative: lambda match: _from_today(RELATIVE[match.group(0).lower()]),
    _counted: lambda match: _from_today(_days_ahead(match)),
    _weekday: lambda match: (
        ("last-" if match["last"] or match["gone"] else "") + _DAY_NAMES[WEEKDAYS[match["weekday"].lower()]]
    ),
    _short_weekday: lambda match: _DAY_NAMES[_short_number(match)],
}
"""The words that were found, by the reader of a form that is relative to the day of the report."""
