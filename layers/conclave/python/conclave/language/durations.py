"""Durations in a sentence, in minutes: English, German, French, Spanish, Italian, Portuguese, Arabic.

Terms that follow each other from the larger unit to the smaller are one duration: "1 day, 4 hours and 30 minutes".
Written for texts that ``text.normal`` has been through: without accents, digits as ASCII, fractions as ``1/2``. What can
be read in two ways gives nothing: a wrong duration is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from msgspec import Struct

from conclave.language.text import NO_JARGON, REACH, Found, Jargon, before_place, without_overlaps

_COUNTED = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = dict(
    zip(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], range(20, 100, 10), strict=True)
)
_NUMBERS: Mapping[str, float] = {
    **{word: float(number) for number, word in enumerate(_COUNTED)},
    **{word: float(number) for word, number in _TENS.items()},
    **{
        f"{ten}{gap}{one}": float(more + _COUNTED.index(one))
        for ten, more in _TENS.items()
        for one in _COUNTED[1:10]
        for gap in " -"
    },
    "fourty": 40.0,
    "a couple of": 2.0,
    "couple of": 2.0,
    "another": 1.0,
    "ein": 1.0,
    "einen": 1.0,
    "einem": 1.0,
    "anderthalbe": 1.5,
    **{
        word: float(number)
        for words in (
            "a two three",
            "an two three",
            "eine zwei drei vier funf sechs sieben acht",
            "einer zwei drei",
            "une deux trois quatre cinq six sept huit",
            "d'une deux trois",
            "una dos tres cuatro cinco seis siete ocho",
            "un due tre quattro cinque sei sette otto",
            "uma duas tres quatro cinco seis sete oito",
        )
        for number, word in enumerate(words.split(), start=1)
    },
    "half a": 0.5,
    "half an": 0.5,
    "half": 0.5,
    "halbe": 0.5,
    "halben": 0.5,
    "eine halbe": 0.5,
    "einer halben": 0.5,
    "media": 0.5,
    "mezza": 0.5,
    "meia": 0.5,
    "anderthalb": 1.5,
    "eineinhalb": 1.5,
    "zweieinhalb": 2.5,
    "dreieinhalb": 3.5,
    "viereinhalb": 4.5,
    "a quarter of an": 0.25,
    "quarter of an": 0.25,
    "a quarter": 0.25,
    "three quarters of an": 0.75,
    "cuarto de": 0.25,
    "tres cuartos de": 0.75,
    "quinze": 15,
    "trente": 30,
    "quarante-cinq": 45,
    "quince": 15,
    "treinta": 30,
}
_FIXED: Mapping[str, int] = {
    "an hour or two": 120,
    "a day or two": 2880,
    "demi-heure": 30,
    "demi heure": 30,
    "trois quarts d'heure": 45,
    "quart d'heure": 15,
    "viertelstunde": 15,
    "dreiviertelstunde": 45,
    "mezz'ora": 30,
    "un'ora e mezza": 90,
    "un'ora": 60,
    "hora y media": 90,
    "\u0646\u0635\u0641 \u0633\u0627\u0639\u0629": 30,
    "\u0633\u0627\u0639\u062a\u064a\u0646": 120,
    "\u0633\u0627\u0639\u062a\u0627\u0646": 120,
    "\u0633\u0627\u0639\u0629 \u0648\u0646\u0635\u0641": 90,
}
"""Whole phrases; the Arabic ones: half an hour, two hours twice, an hour and a half."""

SPOKEN_NUMBERS: Mapping[str, int] = {
    word: int(number) for word, number in _NUMBERS.items() if re.split("[ -]", word)[0] in {*_COUNTED, *_TENS}
}
"""Numbers from nought to ninety-nine in English words, with a hyphen or a blank."""

_WORDS = "|".join(sorted((re.escape(word) for word in _NUMBERS), key=len, reverse=True))
_REST_WORDS = "fifteen|thirty|forty-five|quinze|trente|quarante-cinq|quince|treinta"
# Not the end of another figure: the 30 of "1:30" is not an amount.
_AND_A_HALF = r"[\s-]and[\s-]a[\s-]half"
_PART = rf"(?:[\s-]*(?P<part>[13])/(?P<parts>[24])|(?P<half_more>{_AND_A_HALF}))?"
_THOUSANDS = r"\d{1,3}(?:[.,']\d{3})+(?!\d)"
_MORE = r"(?:(?:more|further|additional|extra|weitere|autres?|mas)\s+)?"
_FIGURES = (
    rf"(?<![\d:.,/])(?<![A-CE-GI-LN-Za-ce-gi-ln-z])(?P<amount>{_THOUSANDS}|\d+(?:[.,]\d+)?){_PART}\+?[\s-]*{_MORE}"
)
_FRACTION = r"(?<![\d:.,/])(?P<only>[13])/(?P<of>[24])(?:\s+an?|\s+of\s+an)?[\s-]*"
_SPOKEN = rf"(?<!hundred )(?<!hundred and )(?<!thousand )\b(?P<word>{_WORDS})(?P<andhalf>{_AND_A_HALF})?[\s-]+"
_AMOUNT = rf"(?:{_FIGURES}|{_FRACTION}|{_SPOKEN})"
_HOURS = (
    r"(?:hours?|hrs?|h|stunden?|std|heures?|horas?|ora|ore|saat|"
    "\u0633\u0627\u0639\u0629|\u0633\u0627\u0639\u0627\u062a)(?![^\\W\\d_])"
)
_DAYS = (
    r"(?:days?|d(?=[\s,]*(?:and\s+)?\d+\s*(?:h|m))|tage?n?|jours?|dias?|giorn[oi]|gun|"
    "\u064a\u0648\u0645|\u0627\u064a\u0627\u0645)(?![^\\W\\d_])"
)
_WEEKS = r"(?:weeks?|wochen?|semaines?|semanas?|settiman[ae])(?![^\W\d_])"
_MINUTES = (
    r"(?:(?:minutes?|mins?|m|minuten?|minutos?|minuti|minuto|daqiqa|"
    "\u062f\u0642\u064a\u0642\u0629|\u062f\u0642\u0627\u0626\u0642)(?![^\\W\\d_])|'(?![\\w']))"
)
_AND = r"(?:\s*(?:and|und|et|y|e)\s+)?"
_HALF = (
    r"(?:\s+(?P<half>and\s+(?:a\s+half|1/2)|und\s+(?:eine\s+)?halbe|et\s+demie?|y\s+media|e\s+mezza|e\s+meia)"
    r"|\s+(?P<quarters>and\s+(?:three\s+quarters|3/4)|et\s+trois\s+quarts)"
    r"|\s+(?P<quarter>and\s+(?:a\s+quarter|1/4)|et\s+quart|y\s+cuarto))(?!\w)"
)
_MONTHS = r"jan|feb|mar|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez|de\b"
_REST = (
    rf"{_AND}\s*(?P<rest>\d{{1,2}})\s*{_MINUTES}"
    rf"|\s*(?P<bare>[0-5]\d)(?![\d:./-])(?!\s*(?:{_MONTHS}|{_HOURS}))"
    rf"|\s+(?P<spoken>{_REST_WORDS})\b(?:\s*{_MINUTES})?"
)
_HOURS_FORM = re.compile(rf"{_AMOUNT}{_HOURS}(?:{_HALF}|{_REST})?", re.IGNORECASE)
_DAYS_FORM = re.compile(rf"{_AMOUNT}(?:(?P<weeks>{_WEEKS})|{_DAYS})(?:{_HALF})?", re.IGNORECASE)
_ISO_FORM = re.compile(r"\bP(?=T?\d)(?:(\d{1,3})D)?(?:T(?:(\d{1,3})H)?(?:(\d{1,4})M)?)?\b")
_JOINER = re.compile(r"\s*(?:,|\+|&|plus\b)?\s*(?:(?:and|und|et|y|e|plus|\u0648)\s+)?", re.IGNORECASE)
_LASTS = re.compile(
    r"\b(?:for|takes?|taking|needs?|lasts|lasting|by|of|another|least|most|delay|delayed|late|about|around|approximately"
    r"|requires?|required|another|additional|extra|be|is|dauert|braucht|benotigt|um|etwa|fur|pour|durante|por|per|di|de)"
    r"[\s:]+(?:a\s+(?:further|delay\s+of)\s+|the\s+next\s+)?$",
    re.IGNORECASE,
)
_PAST_BEFORE = re.compile(
    r"\b(?:since|(?:last|past)|seit|vor|depuis|desde\s+hace|hace|il\s+y\s+a|da)\s+(?:the\s+|over\s+|about\s+)?$",
    re.IGNORECASE,
)
_PAST_AFTER = re.compile(r"\s*(?:ago\b|earlier\b|already\s+(?:lost|gone|over|passed)\b)", re.IGNORECASE)
_FROM = re.compile(r"\bfrom\s+$", re.IGNORECASE)
_ON_TO = re.compile(r"\s*(?:to|until|up\s+to)\b", re.IGNORECASE)
_TO_WAIT = re.compile(
    r"\s*(?:late|delay|delayed|to\s+(?:fix|repair|go|clear)|of\s+(?:repair|work|delay)|repair|work|needed|required|out\b|later"
    r"|Verspatung|Reparatur|spater|de\s+retard|de\s+retraso|di\s+ritardo)",
    re.IGNORECASE,
)
"""The words before and after days that somebody waits: "in two days" and "the last 28 days" are not a delay."""
_MINUTES_FORM = re.compile(rf"{_AMOUNT}{_MINUTES}", re.IGNORECASE)
_FIXED_FORM = re.compile(
    rf"(?<!\w)(?P<fixed>{'|'.join(re.escape(each) for each in sorted(_FIXED, key=len, reverse=True))})(?!\w)",
    re.IGNORECASE,
)
_CLOCK_WORDS = r"at|until|till|by|before|after|from|since|to|um|bis|ab|nach|vor|a|las|scheduled|the"
_CLOCK_FORM = re.compile(
    rf"(?<![\d:.,/])(?P<hours>\d{{1,2}}):(?P<minutes>[0-5]\d)\s*(?:{_HOURS}|(?=to\s+(?:fix|repair|clear)\b))",
    re.IGNORECASE,
)


_LATE_FORM = re.compile(
    r"\b(?:delay|delayed|dly|late|retard|retraso|Verspatung)\s*:?\s+(?:by\s+|of\s+|de\s+)?"
    rf"(?P<late>\d{{2,3}}|\d{{1,2}}:[0-5]\d)(?![\w:/-]|[.,]\d|'|\s*(?:{_HOURS}|{_MINUTES}|{_MONTHS}))",
    re.IGNORECASE,
)
"""The meaning of a figure without a unit after a word for delay: minutes, or hours and minutes."""
_LONGEST_PLUS = 720
"""Minutes of "+90" at most: more is the begin of a telephone number."""


class Duration(Struct, frozen=True):
    """Minutes, where in the text they stand, and whether several terms were added up."""

    minutes: int
    start: int
    end: int
    joined: bool = False


class _Term(Struct, frozen=True):
    """A number with its unit; ranks go from minutes (1) to days and weeks (3)."""

    minutes: float
    start: int
    end: int
    largest: int
    smallest: int
    alone: bool
    """True if it is a duration without another term beside it."""


def durations(text: str, jargon: Jargon = NO_JARGON) -> Iterator[Duration]:
    """All durations of a text, in any order; they may overlap, then the longer one is meant."""
    yield from _added_up(text, [*_day_terms(text), *_hour_terms(text), *_minute_terms(text)])
    for match in _FIXED_FORM.finditer(text):
        yield Duration(_FIXED[match["fixed"].lower()], match.start(), match.end())
    for match in _ISO_FORM.finditer(text):
        days, whole, rest = (int(each or 0) for each in match.groups())
        yield Duration(days * 1440 + whole * 60 + rest, match.start(), match.end())
    for match in re.finditer(r"(?<!\w)\+(\d{2,3})(?![\w:/]|[.,]\d)", text):
        if int(match[1]) <= _LONGEST_PLUS:
            yield Duration(int(match[1]), match.start(), match.end())
    for match in _LATE_FORM.finditer(text):
        hours, _, minutes_late = match["late"].rpartition(":")
        yield Duration(int(hours or 0) * 60 + int(minutes_late), match.start("late"), match.end("late"))
    yield from _by_the_clock(text, jargon)


def minutes(text: str, jargon: Jargon = NO_JARGON) -> Iterator[Found]:
    """Minutes of all durations in a text that are still to come, in the order of the text."""
    yield from (each for each in _all_minutes(text, jargon) if not _is_past(text, each))


def past_minutes(text: str, jargon: Jargon = NO_JARGON) -> Iterator[Found]:
    """Minutes of all durations that are over: "since 2 hours", "an hour ago", "raised from 2 hours to 5"."""
    yield from (each for each in _all_minutes(text, jargon) if _is_past(text, each))


def _all_minutes(text: str, jargon: Jargon) -> Iterator[Found]:
    yield from without_overlaps([Found(each.minutes, each.start, each.end) for each in durations(text, jargon)])


def _is_past(text: str, found: Found) -> bool:
    before, after = before_place(text, found.start), text[found.end : found.end + REACH]
    return bool(
        _PAST_AFTER.match(after) or _PAST_BEFORE.search(before) or (_FROM.search(before) and _ON_TO.match(after))
    )


def _day_terms(text: str) -> Iterator[_Term]:
    for match in _DAYS_FORM.finditer(text):
        length = 7 * 1440 if match["weeks"] else 1440
        minutes = (_amount(match) + _fraction(match)) * length
        if match[0][-1:] in "dD" and text[match.start() - 1 : match.start()].isalnum():
            continue  # "A17 d"
        before, after = before_place(text, match.start()), text[match.end() : match.end() + REACH]
        waits = _LASTS.search(before) or _TO_WAIT.match(after)
        waits = waits or (re.search(r"(?:^|[,:;(-])\s*$", before) and re.match(r"\s*(?:$|[,;.!)])", after))
        yield _Term(minutes, match.start(), match.end(), 3, 3, bool(waits))


def _hour_terms(text: str) -> Iterator[_Term]:
    for match in _HOURS_FORM.finditer(text):
        if _is_time_of_day(text, match):
            continue
        rest = int(match["rest"] or match["bare"] or _NUMBERS.get((match["spoken"] or "").lower(), 0))
        minutes = (_amount(match) + _fraction(match)) * 60 + rest
        divided = match["rest"] or match["bare"] or match["spoken"] or _fraction(match)
        yield _Term(minutes, match.start(), match.end(), 2, 1 if divided else 2, True)


def _is_time_of_day(text: str, match: re.Match[str]) -> bool:
    """True if ``14h00`` is a time of the clock, by the word before it or the zone behind it."""
    if not re.fullmatch(r"(?:[01]?\d|2[0-4])h[0-5]\d", match[0].strip(), re.IGNORECASE):
        return False
    before, after = before_place(text, match.start()), text[match.end() : match.end() + REACH]
    return bool(_BEFORE_TIME.search(before) and not _TO_WAIT.match(after)) or bool(_ZONE.match(after))


_BEFORE_TIME = re.compile(
    r"\b(?:a|vers|avant|apres|jusqu'a|des|until|till|before|after|alle|fino alle|at|um|bis)\s+$", re.IGNORECASE
)
_ZONE = re.compile(r"\s*(?:z|utc|gmt|local(?:es)?|lt|heure)\b", re.IGNORECASE)


def _minute_terms(text: str) -> Iterator[_Term]:
    for match in _MINUTES_FORM.finditer(text):
        # "width 300 m"
        alone = match[0][-1:] not in "mM" or _speaks_of_delay(text, match)
        yield _Term(_amount(match), match.start(), match.end(), 1, 1, alone)


def _fraction(match: re.Match[str]) -> float:
    return 0.5 if match["half"] else 0.25 if match["quarter"] else 0.75 if match["quarters"] else 0.0


def _added_up(text: str, terms: Iterable[_Term]) -> Iterator[Duration]:
    """Terms from the larger unit to the smaller with nothing but a joiner between them are one duration."""
    chains: list[list[_Term]] = []
    end, enumerated = 0, False
    for term in sorted(terms, key=lambda each: (each.start, -each.end)):
        if term.start < end:
            continue
        end = term.end
        last = chains[-1][-1] if chains else None
        joiner = _JOINER.fullmatch(text, last.end, term.start) if last else None
        if last and joiner and term.largest < last.smallest and not (enumerated and "," in joiner[0]):
            chains[-1].append(term)
            continue
        enumerated = joiner is not None  # "4 hours, 3 hours, 30 minutes" are three
        chains.append([term])
    for chain in chains:
        if len(chain) > 1 or chain[0].alone:
            total = sum(each.minutes for each in chain)
            yield Duration(round(total), chain[0].start, chain[-1].end, joined=len(chain) > 1)


def _speaks_of_delay(text: str, match: re.Match[str]) -> bool:
    before = re.search(
        r"(?:\b(?:delay|delayed|late|by|for|another|in|of)|\+)\s*$", before_place(text, match.start()), re.IGNORECASE
    )
    return bool(before or re.match(r"\s*(?:late|delay|delayed)\b", text[match.end() :], re.IGNORECASE))


def _by_the_clock(text: str, jargon: Jargon) -> Iterator[Duration]:
    """``1:30 h``: a duration, unless a word before it or its size says that it is a time of the day."""
    for match in _CLOCK_FORM.finditer(text):
        told = _clock_after(jargon).search(before_place(text, match.start()))
        if not told and int(match["hours"]) <= 12:
            yield Duration(int(match["hours"]) * 60 + int(match["minutes"]), match.start(), match.end())


@lru_cache(maxsize=8)
def _clock_after(jargon: Jargon) -> re.Pattern[str]:
    words = "|".join((_CLOCK_WORDS, *jargon.clock_after))
    return re.compile(rf"\b(?:{words})\s*$", re.IGNORECASE)


def _amount(match: re.Match[str]) -> float:
    if match["only"]:
        return int(match["only"]) / int(match["of"])
    if match["word"]:
        return _NUMBERS[re.sub(r"\s+", " ", match["word"].lower())] + (0.5 if match["andhalf"] else 0.0)
    if re.fullmatch(_THOUSANDS, match["amount"]):
        return float(re.sub(r"\D", "", match["amount"]))
    part = int(match["part"]) / int(match["parts"]) if match["part"] else 0.0
    return float(match["amount"].replace(",", ".")) + (0.5 if match["half_more"] else part)
