"""Dates, clock times and durations in a sentence, in English, German, French, Spanish, Italian, Portuguese and Arabic."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from conclave.day_context import NOT_ITS_DAY, is_a_day, leads_to_a_day
from conclave.durations import Duration, before_place, durations

_MONTHS: Mapping[str, int] = {
    word: number
    for number, words in enumerate(
        (
            "jan january januar janvier enero gennaio janeiro",
            "feb february februar fevrier febrero febbraio fevereiro",
            "mar march marz mars marzo marco",
            "apr april avril abril aprile",
            "may mai mayo maggio maio",
            "jun june juni juin junio giugno junho",
            "jul july juli juillet julio luglio julho",
            "aug august aout agosto",
            "sep sept september septembre septiembre settembre setembro",
            "oct october oktober okt octobre octubre ottobre outubro",
            "nov november novembre noviembre novembro",
            "dec december dezember dez decembre diciembre dicembre dezembro",
        ),
        start=1,
    )
    for word in words.split()
}
_MONTH_WORDS = "|".join(sorted(_MONTHS, key=len, reverse=True))
_MONTH = rf"(?P<month>{_MONTH_WORDS})\b\.?"
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
            "monday montag lundi lunes lunedi",
            "tuesday dienstag mardi martes martedi",
            "wednesday mittwoch mercredi miercoles mercoledi",
            "thursday donnerstag jeudi jueves giovedi",
            "friday freitag vendredi viernes venerdi",
            "saturday samstag samedi sabado sabato",
            "sunday sonntag dimanche domingo domenica",
        )
    )
    for word in words.split()
}


@dataclass(frozen=True, slots=True)
class Found:
    """A value and where in the text it stands.

    Attributes:
        value: The value; of a day told relative to the report the ISO date by the reader's day.
        start: Where it begins.
        end: Where it ends.
        relative: For such a day what was said, as ``relative_day`` reads it: ``today+1``, ``monday``; empty for others.
    """

    value: str | int | float
    start: int
    end: int
    relative: str = ""


def dates(text: str, today: date | None) -> Iterator[Found]:
    """ISO dates of all dates in a text, in the order of the text; relative ones need ``today``.

    A date without a year is the one nearest to ``today``. One that can be read in two ways gives both, with a blank between.
    """
    found = [each for pattern, reader in _DATE_FORMS for each in _matches(pattern, reader, text, today)]
    found += _slashed(text, today)
    added_up = [each for each in durations(text) if each.joined]
    found = [each for each in found if not any(_overlap(each, other) for other in added_up)]
    found += [day for each in found for day in _listed(text, each)]
    yield from _without_overlaps(found)


def impossible_dates(text: str, today: date | None) -> list[str]:
    """The dates of a text that do not exist (31 November, 21.13.2026), as they are written there, in its order."""
    found = [
        (match.start(), match[0].strip(" .,"))
        for pattern, reader in _WRITTEN_OUT
        for match in pattern.finditer(text)
        if today is not None and reader(match, today) is None and _meant_as_date(match, text)
    ]
    found += [(match.start(), match[0]) for match in _SLASHED.finditer(text) if _no_day(match, text, today)]
    return list(dict.fromkeys(written for _, written in sorted(found)))


def _meant_as_date(match: re.Match[str], text: str) -> bool:
    """Whether figures that are not a day were meant as one: "seat 45 may" was not."""
    if NOT_ITS_DAY.search(before_place(text, match.start())):
        return False
    parts = match.groupdict()
    if "month" not in parts:  # dotted figures
        return leads_to_a_day(before_place(text, match.start())) or bool(match[3])
    if parts["month"].isdigit():
        return True
    return parts["month"].lower() not in _WORDS_TOO or int(_ORDINALS.get(parts["day"].lower(), 0) or parts["day"]) <= 31


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


def minutes(text: str) -> Iterator[Found]:
    """Minutes of all durations in a text, in the order of the text."""
    yield from _without_overlaps([Found(each.minutes, each.start, each.end) for each in durations(text)])


def _without_overlaps(found: list[Found]) -> Iterator[Found]:
    end = -1
    for each in sorted(found, key=lambda one: (one.start, -one.end)):
        if each.start >= end:
            yield each
            end = each.end


def _matches(
    pattern: re.Pattern[str], reader: Callable[[re.Match[str], date | None], date | None], text: str, today: date | None
) -> Iterator[Found]:
    for match in pattern.finditer(text):
        day = reader(match, today)
        if day is None or NOT_ITS_DAY.search(before_place(text, match.start())):
            continue
        if reader is _dotted and not (match[3] or leads_to_a_day(before_place(text, match.start()))):
            continue  # "visibility 1.5."
        said = _SAID[reader](match) if reader in _SAID else ""
        yield Found(day.isoformat(), match.start(), match.end(), said)


def _figures(match: re.Match[str], today: date | None) -> date | None:
    return _date(int(match["year"]), int(match["month"]), int(match["day"]))


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


_SLASHED = re.compile(r"(?<![\w/.-])(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?(?![\w/])")


def _slashed(text: str, today: date | None) -> Iterator[Found]:
    """``21/11``, ``11/21/2026``: day and month in either order; both readings when both are dates."""
    for match in _SLASHED.finditer(text):
        readings = _readings(match, today) if is_a_day(match, text) else set()
        if readings and not NOT_ITS_DAY.search(before_place(text, match.start())):
            values = sorted(each.isoformat() for each in readings)
            yield Found(" ".join(values), match.start(), match.end())


def _readings(match: re.Match[str], today: date | None) -> set[date]:
    first, second = int(match[1]), int(match[2])
    both = (_nearest(first, second, match[3], today), _nearest(second, first, match[3], today))
    return {each for each in both if each}


def _no_day(match: re.Match[str], text: str, today: date | None) -> bool:
    """Whether a slashed date does not exist in either order, and still looks like one."""
    if today is None or _readings(match, today) or not is_a_day(match, text):
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


_RELATIVE: Mapping[str, int] = {
    **dict.fromkeys(("today", "tonight", "this morning", "this afternoon", "this evening"), 0),
    **dict.fromkeys(("heute", "heute morgen", "heute abend", "aujourd'hui", "ce matin", "ce soir"), 0),
    **dict.fromkeys(("hoy", "oggi", "stasera", "hoje", "al yawm", "alyawm", "\u0627\u0644\u064a\u0648\u0645"), 0),
    **dict.fromkeys(("bugun", "\u0441\u0435\u0433\u043e\u0434\u043d\u044f", "\u4eca\u5929", "\u4eca\u65e5"), 0),
    **dict.fromkeys(("yar\u0131n", "\u0437\u0430\u0432\u0442\u0440\u0430", "\u660e\u5929", "\u660e\u65e5"), 1),
    **dict.fromkeys(("tomorrow", "tomorow", "tommorow", "tommorrow", "tmrw", "tmr"), 1),
    **dict.fromkeys(("morgen", "demain", "manana", "domani", "amanha", "ghadan", "bukra", "\u063a\u062f\u0627"), 1),
    **dict.fromkeys(
        ("yesterday", "last night", "gestern", "d'hier", "ayer", "ieri", "ontem", "\u0627\u0645\u0633"), -1
    ),
    **dict.fromkeys(("day after tomorrow", "ubermorgen", "apres-demain", "pasado manana", "dopodomani"), 2),
    **dict.fromkeys(
        ("depois de amanha", "\u0628\u0639\u062f \u063a\u062f", "\u0628\u0639\u062f \u063a\u062f\u0627"), 2
    ),
    **dict.fromkeys(("day before yesterday", "vorgestern", "avant-hier", "anteayer", "anteontem", "altro ieri"), -2),
}
"""Days from the day of receipt; beside what the module reads, today and tomorrow in Turkish, Russian, Chinese and Japanese."""
_COUNT = r"(?P<count>\d{1,2}|one|two|three|zwei|drei|deux|trois|dos|tres|due|tre)"
_COUNTS = {
    "one": 1,
    **dict.fromkeys(("two", "zwei", "deux", "dos", "due"), 2),
    **dict.fromkeys(("three", "drei", "trois", "tres", "tre"), 3),
}
_DAYS = r"(?:days?|tagen|jours|dias|giorni)"
_LAST = r"last|past|letzten|vergangenen"


def _relative(match: re.Match[str], today: date | None) -> date | None:
    return today + timedelta(days=_RELATIVE[match.group(0).lower()]) if today else None


def _counted(match: re.Match[str], today: date | None) -> date | None:
    told = match["ahead"] or match["ago"] or match["before"]
    return today + timedelta(days=_days_ahead(match)) if today and told else None


def _days_ahead(match: re.Match[str]) -> int:
    count = match["count"].lower()
    days = _COUNTS.get(count) or int(count)
    return -days if match["ago"] or match["before"] else days


def _from_today(days: int) -> str:
    return f"today{days:+d}" if days else "today"


def _weekday(match: re.Match[str], today: date | None) -> date | None:
    if today is None:
        return None
    ahead = (_WEEKDAYS[match["weekday"].lower()] - today.weekday()) % 7
    return today + timedelta(days=ahead - 7 if match["last"] or match["gone"] else ahead)


def _short_weekday(match: re.Match[str], today: date | None) -> date | None:
    """``Sun``, as it is written before a figure, a flight or a sign: "Mon vol" is French."""
    return today + timedelta(days=(_short_number(match) - today.weekday()) % 7) if today else None


def _short_number(match: re.Match[str]) -> int:
    return next(number for word, number in _WEEKDAYS.items() if word.startswith(match["weekday"].lower()))


def _of_the_month(match: re.Match[str], today: date | None) -> date | None:
    """The day of this month, the one before or the next that is nearest to today."""
    if today is None:
        return None
    months = [(today.year * 12 + today.month - 1 + step) for step in (-1, 0, 1)]
    found = [_date(each // 12, each % 12 + 1, int(match["day"] or match["dotted"])) for each in months]
    return min((each for each in found if each), key=lambda each: abs(each - today), default=None)


_GOES_ON = r"(?:is|has|was|will|cannot|can't|from|to|with|due|at|in|AOG)"
"""What may follow "on the 22nd": "on the 2nd engine" is no day."""
_DATE_FORMS = (
    (re.compile(r"(?<![\w.-])(?P<year>20\d{2})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?![\w-])"), _figures),
    (re.compile(r"\b(?P<year>20\d{2})(?P<month>0[1-9]|1[0-2])(?P<day>[0-3]\d)\b"), _figures),
    (re.compile(r"(?<![\w-])(?P<day>\d{1,2})-(?P<month>\d{1,2})-(?P<year>\d{4})(?![\w-])"), _figures),
    (re.compile(rf"\b(?P<day>\d{{1,2}})(?P<month>{_MONTH_WORDS})(?P<year>\d{{2}}|\d{{4}})\b", re.IGNORECASE), _named),
    (re.compile(rf"\b{_DAY}[\s-]*(?:(?:of|de)\s+)?{_MONTH}{_YEAR}(?!\w)", re.IGNORECASE), _named),
    (re.compile(rf"\b{_MONTH}\s+(?:the\s+)?{_DAY}{_YEAR}(?!\w)", re.IGNORECASE), _named),
    (re.compile(r"(?<![\w.])(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})?(?!\w)"), _dotted),
    (
        re.compile(rf"(?<!la )(?<!guten )\b(?:{'|'.join(sorted(_RELATIVE, key=len, reverse=True))})\b", re.IGNORECASE),
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
            rf"\b(?:(?P<last>{_LAST})\s+)?(?P<weekday>{'|'.join(_WEEKDAYS)})\b(?P<gone>\s+(?:dernier|pasado|scorso|passado))?",
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
            rf"\b(?:(?:on|for|of)\s+(?:the\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)(?=\s*(?:$|[,;:!?)]|\.(?:\s|$)|{_GOES_ON}\b))"
            rf"|am\s+(?P<dotted>\d{{1,2}})\.(?![\w.])(?!\s*(?:{_MONTH_WORDS})))",
            re.IGNORECASE,
        ),
        _of_the_month,
    ),
)

_WRITTEN_OUT = tuple((form, reader) for form, reader in _DATE_FORMS if reader in (_figures, _named, _dotted))
_SAID: Mapping[Callable[[re.Match[str], date | None], date | None], Callable[[re.Match[str]], str]] = {
    _relative: lambda match: _from_today(_RELATIVE[match.group(0).lower()]),
    _counted: lambda match: _from_today(_days_ahead(match)),
    _weekday: lambda match: (
        ("last-" if match["last"] or match["gone"] else "") + _DAY_NAMES[_WEEKDAYS[match["weekday"].lower()]]
    ),
    _short_weekday: lambda match: _DAY_NAMES[_short_number(match)],
}
"""What was said, by the reader of a form that is relative to the day of the report."""

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
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text.translate(_FRACTIONS)))
    kept = (each for each in decomposed if unicodedata.category(each) not in {"Mn", "Cf", "Cc"} or each.isspace())
    spelled = (
        str(unicodedata.digit(each)) if each.isdigit() and unicodedata.category(each) == "Nd" else each for each in kept
    )
    return " ".join("".join(spelled).translate(_QUOTES).split())


_FRACTIONS = str.maketrans({"\u00bd": " 1/2", "\u00bc": " 1/4", "\u00be": " 3/4"})
_QUOTES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "\u00df": "ss"})
