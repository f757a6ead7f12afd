"""Clock times in a sentence, as they are written: with their zone, the day beside them, and in pairs from when to when."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from msgspec import Struct, structs

from conclave.language.dates import dates
from conclave.language.durations import SPOKEN_NUMBERS, durations
from conclave.language.text import NO_JARGON, Found, Jargon

_CLOCK = re.compile(
    r"(?<![\d:.])(?:(?P<hour>\d{1,2})(?:[:.h](?P<minute>[0-5]\d))(?:\s*(?P<half>[ap])\.?m\b)?"
    r"|(?P<only>\d{1,2})\s*(?P<noon>[ap])\.?m\b|(?P<four>[0-2]\d[0-5]\d)(?:\s*(?:lt|l|local|hrs|h))?)(?![\d-]|:\d)(?!\s*(?:z|utc)\b)",
    re.IGNORECASE,
)
_ZONES = (
    r"(?P<zone>z|utc|gmt|zulu|lt|l|lcl|loc|local(?:es)?(?:\s+time)?|ortszeit|lokal\w*|heures?\s+locales?|hora\s+local|ora\s+locale"
    r"|hora\s+do\s+local)(?![\w/])"
)
_WORDS_OF_NOON = {
    **dict.fromkeys(("noon", "midday", "mittag", "midi", "mediodia", "mezzogiorno", "meio-dia"), "12:00"),
    **dict.fromkeys(("midnight", "mitternacht", "minuit", "medianoche", "mezzanotte", "meia-noite"), "24:00"),
}
_WRITTEN = re.compile(
    r"(?:(?<![\w:.,/+-])|(?<=\d{4}[-/])|(?<=\d:\d\d[-/]))(?:(?P<month_day>[0-3]\d)/?(?=[0-2]\d[0-5]\d\s?z(?!\w)))?"
    r"(?:(?P<hour>[01]?\d|2[0-4])(?P<gap>\s?[:.h]\s?)(?P<minute>[0-5]\d)(?!\d)"
    r"|(?P<four>(?:[01]\d|2[0-4])[0-5]\d)(?!\d)"
    r"|(?P<only>[01]?\d|2[0-4])(?=\s*(?:[ap]\.?m\b|z\b|uhr\b|o'clock\b|\s(?:utc|gmt|zulu|local|lt|ortszeit)\b)))"
    rf"(?:\s*(?P<half>[ap])\.?m\b\.?)?(?P<said>\s*(?:hrs?|h|hours|uhr|o'clock)(?![\w]))?(?:\s*\(?{_ZONES}\)?)?"
    r"(?!\s*(?:%|kg|kgs|lbs|ft|nm|km|m\b|pax|seats|euro?|usd|hpa|passengers|tons?|litres?|dollars))(?![\w%]|[:/]\d|-\d{3}(?!\d))",
    re.IGNORECASE,
)
_NAMED = re.compile(
    rf"\b(?P<name>{'|'.join(_WORDS_OF_NOON)})\b(?:\s*\(?{_ZONES}\)?)?(?!\s+(?:flight|departure)s?\b)", re.IGNORECASE
)
_NUMBER = "|".join(sorted(SPOKEN_NUMBERS, key=len, reverse=True))
_SPOKEN = re.compile(
    rf"\b(?P<hour>{_NUMBER})(?:[ -]hundred|[ -](?:(?:oh|zero)[ -])?(?P<minute>{_NUMBER}))?\s+(?:hours\s+)?{_ZONES}",
    re.IGNORECASE,
)
_HALF_DAY = r"(?:\s*o'clock)?\s+(?:(?:in\s+the|this)\s+(?:morning|afternoon|evening)|at\s+night|tonight)"
_UNREAD = re.compile(
    rf"\b(?:half|quarter|{_NUMBER}|\d{{1,2}})\s+(?:past|to)\s+(?:{_NUMBER}|\d{{1,2}})\b(?!\s*(?:hours?|hrs?|h|min\w*|days?|weeks?|pax)\b)"
    rf"|\b(?:{_NUMBER}|\d{{1,2}})(?:{_HALF_DAY}|\s*o'clock)\b|\b(?:halb|viertel\s+(?:vor|nach))\s+\w+\b",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\s*(?:-|\u2013|/|to|till?|until|and|bis|a|y|et|und|e)\s*", re.IGNORECASE)
_AFTER_DAY = re.compile(r"[\s,]*(?:at\s+|um\s+|a\s+las\s+|a\s+|alle\s+)?$", re.IGNORECASE)
_BEFORE_DAY = re.compile(r"[\s,(]*(?:on\s+|am\s+|le\s+|el\s+|the\s+|of\s+)?$", re.IGNORECASE)


class ClockTime(Struct, frozen=True):
    """A time of the clock as it is written.

    Attributes:
        value: ``16:40``, with ``Z`` behind it when it is said to be UTC and ``L`` when it is said to be local.
        start: Where it begins, with its day.
        end: Where it ends, with its day.
        sure: True if its form alone says that it is a time; other figures need a word before them that says so.
        day: ISO date or ``today+1``, when a day stands beside it.
        since: True for the first time of a pair ("1900-2300Z").
        until: True for the second one.
    """

    value: str
    start: int
    end: int
    sure: bool
    day: str = ""
    since: bool = False
    until: bool = False

    @property
    def told(self) -> str:
        """The time with its day before it, where one was told."""
        return f"{self.day} {self.value}" if self.day else self.value


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


def clock_times(text: str, today: date | None, jargon: Jargon = NO_JARGON) -> list[ClockTime]:
    """The clock times of a text in its order, with zone and day; figures that only may be a time are not ``sure``.

    Args:
        text: As ``text.normal`` left it.
        today: Day of receipt, for days beside a time.
        jargon: Words of the domain.
    """
    found = [each for match in _WRITTEN.finditer(text) if (each := _read(match, today))]
    for match in _NAMED.finditer(text):
        value = _WORDS_OF_NOON[match["name"].lower()] + _zone(match["zone"])
        found.append(ClockTime(value, match.start(), match.end(), True))
    found += [each for match in _SPOKEN.finditer(text) if (each := _spoken(match))]
    lengths = [(each.start, each.end) for each in durations(text, jargon)]
    found = [each for each in found if not any(start <= each.start and each.end <= end for start, end in lengths)]
    days = list(dates(text, today, jargon, every=True))
    found = [each for each in found if not any(_within(each, day) for day in days)]
    return [_with_day(each, text, days) for each in _paired(sorted(found, key=lambda each: each.start), text)]


def _read(match: re.Match[str], today: date | None) -> ClockTime | None:
    four = match["four"]
    hour = int(four[:2] if four else match["hour"] or match["only"])
    minute = int(four[2:] if four else match["minute"] or 0)
    half = (match["half"] or "").lower()
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour == 24 and minute:
        return None
    zone = _zone(match["zone"])
    gap = (match["gap"] or "").strip()
    sure = bool(zone or half or gap == ":" or match["only"] or (match["said"] and gap != "h"))
    day = _day_of_month(match["month_day"], today)
    return ClockTime(f"{hour:02d}:{minute:02d}{zone}", match.start(), match.end(), sure, day)


def _spoken(match: re.Match[str]) -> ClockTime | None:
    hour = SPOKEN_NUMBERS[match["hour"].lower()]
    minute = SPOKEN_NUMBERS[match["minute"].lower()] if match["minute"] else 0
    if hour > 23 or minute > 59:
        return None
    return ClockTime(f"{hour:02d}:{minute:02d}{_zone(match['zone'])}", match.start(), match.end(), True)


def unread_times(text: str) -> list[str]:
    """Times of the clock that are told in words which leave the half of the day open: "ten past two", "four in the afternoon"."""
    return [match[0] for match in _UNREAD.finditer(text)]


def _zone(said: str | None) -> str:
    if not said:
        return ""
    return "Z" if said.lower() in ("z", "utc", "gmt", "zulu") else "L"


def _day_of_month(said: str | None, today: date | None) -> str:
    """The day of that number nearest to today; empty when none is told."""
    if not said or today is None:
        return ""
    months = ((today.year * 12 + today.month - 1 + step) for step in (-1, 0, 1))
    found = []
    for each in months:
        try:
            found.append(date(each // 12, each % 12 + 1, int(said)))
        except ValueError:
            continue
    nearest = min(found, key=lambda each: abs(each - today), default=None)
    return nearest.isoformat() if nearest else ""


def _within(clock: ClockTime, day: Found) -> bool:
    return day.start <= clock.start and clock.end <= day.end


def _paired(found: Sequence[ClockTime], text: str) -> list[ClockTime]:
    """Pairs get each other's zone, and both are times when one of them is."""
    paired = list(found)
    for index, (first, second) in enumerate(pairwise(paired)):
        if first.since or not _RANGE.fullmatch(text, first.end, second.start):
            continue
        zones = [each.value[5:] for each in (first, second)]
        sure = first.sure or second.sure
        paired[index] = structs.replace(
            paired[index], value=first.value[:5] + (zones[0] or zones[1]), sure=sure, since=True
        )
        paired[index + 1] = structs.replace(
            second, value=second.value[:5] + (zones[1] or zones[0]), sure=sure, until=True
        )
    return paired


def _with_day(clock: ClockTime, text: str, days: Sequence[Found]) -> ClockTime:
    """The time with the day that stands right before or right behind it."""
    if clock.day:
        return clock
    for day in days:
        beside = _AFTER_DAY.fullmatch(text, day.end, clock.start) if day.end <= clock.start else None
        if beside is None and day.start >= clock.end:
            beside = _BEFORE_DAY.fullmatch(text, clock.end, day.start)
        if beside and len(str(day.value)) == 10:
            told = day.relative if day.relative.startswith("today") else ""
            told = "" if told == "today" else told or str(day.value)
            span = min(clock.start, day.start), max(clock.end, day.end)
            return structs.replace(clock, day=told, start=span[0], end=span[1])
    return clock
