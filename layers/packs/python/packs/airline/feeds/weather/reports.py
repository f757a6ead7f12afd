"""METAR, SPECI and TAF: what weather is observed or forecast at an aerodrome, from when until when.

Forms: ICAO Annex 3 Appendices 3 and 5, WMO No. 306 FM 15, 16 and 51. Prevailing conditions and those at times or with a
probability (TEMPO, INTER, PROB) are kept apart, since whether they count is a question of rules. A deterioration that BECMG
announces counts from the start of its period and an improvement from its end (EASA AMC1 NCO.OP.160, application of aerodrome
forecasts).
"""

from __future__ import annotations

import re

from msgspec import Struct

from packs.airline import times
from packs.airline.feeds.calendar import clock_minutes, following, nearest
from packs.airline.feeds.records import Message, Read, Unreadable, read_each
from packs.airline.feeds.weather.bulletins import reports_of
from packs.airline.feeds.weather.groups import Rvr, groups_of, read_group
from packs.airline.feeds.weather.sections import said_of, sections_of
from packs.airline.feeds.weather.timeline import Conditions, Period, Timeline, changed_to
from packs.airline.times import MINUTES_PER_DAY

LONGEST_FORECAST_MINUTES = 36 * 60
"""Forecasts are for 6 to 30 hours, ICAO Annex 3, 6.2.6; a few stations write longer ones."""
TREND_MINUTES = 120
"""A trend behind a METAR is a forecast for two hours, ICAO Annex 3, 6.3.3."""


_SNOW = "says that the aerodrome or a runway is closed by snow (SNOCLO); for rules only a notice closes it"


class Temporary(Struct, frozen=True, kw_only=True):
    """Conditions that a forecast expects at times, or with a probability.

    Attributes:
        kind: ``TEMPO``, ``INTER``, ``PROB30``, ``PROB40 TEMPO`` ...
        conditions: Those at such times; what the group does not speak of is as it prevails when the period begins.
        speaks_of: Fields of ``conditions`` that the group speaks of.
    """

    kind: str
    from_utc: int
    until_utc: int
    conditions: Conditions
    speaks_of: tuple[str, ...]


class Report(Struct, frozen=True, kw_only=True):
    """A METAR, SPECI or TAF; times in minutes, UTC.

    Attributes:
        kind: ``METAR``, ``SPECI`` or ``TAF``.
        station: Location indicator, ICAO.
        issued_utc: Time of the observation, or of the issue of the forecast.
        from_utc: Begin of the forecast; of an observation its time.
        until_utc: End of the forecast; of an observation its time, or two hours later with a trend.
        amended: A correction or amendment.
        missing: NIL: there is no report.
        cancelled: CNL: the forecast before it does not hold any more.
        prevailing: Conditions one after the other; those of an observation come first.
        temporary: What is expected at times.
        rvr: Runway visual ranges that were measured.
        lowest_visibility_m: The lowest visibility in any direction, where it is reported.
        unread: Groups of no known form.
        doubt: What cannot be meant so, and how it was read, or what is said and no rule reads; empty otherwise.
        line: Where the report begins in its file.
    """

    kind: str
    station: str
    issued_utc: int
    from_utc: int
    until_utc: int
    amended: bool = False
    missing: bool = False
    cancelled: bool = False
    prevailing: tuple[Period, ...] = ()
    temporary: tuple[Temporary, ...] = ()
    rvr: tuple[Rvr, ...] = ()
    lowest_visibility_m: int | None = None
    unread: tuple[str, ...] = ()
    doubt: str = ""
    line: int = 0


class _Head(Struct, frozen=True, kw_only=True):
    """What stands before the groups of a report."""

    kind: str
    station: str
    issued: int | None
    amended: bool
    line: int


_HEAD = re.compile(
    r"(?:(?P<kind>METAR|SPECI|TAF) )*(?:(?P<amended>AMD|COR) )?(?:(?:METAR|TAF) )?(?P<station>[A-Z][A-Z0-9]{3})"
    r"(?: (?P<issued>\d{6})Z?)?(?P<rest>(?: .*)?)"
)
_VALIDITY = re.compile(r"(\d\d)(\d\d)/(\d\d)(\d\d)")
_ODD_CHANGE = re.compile(r"(?:FM|PROB)\d+")
_TREND_TIME = re.compile(r"(FM|TL|AT)(\d\d)(\d\d)")


def read_reports(text: str, file: str, near_utc: int) -> Read[Report]:
    """Reads all reports of a file.

    Args:
        text: Its text: reports one behind the other, with or without the headings of bulletins.
        file: Its name, for the faults.
        near_utc: A moment near which the reports were issued, in minutes: it gives month and year. A line with a date
            before a report (``2026/11/29 11:00``) takes its place.
    """
    dated = {each.message: each for each in reports_of(text, near_utc)}
    return read_each(file, dated, lambda message: read_report(message, dated[message].near_utc, dated[message].kind))


def read_report(message: Message, near_utc: int, heading: str = "") -> Report:
    """Reads one report.

    Args:
        message: Its text.
        near_utc: A moment near which it was issued, in minutes.
        heading: What a heading says that it is; asked only where the report itself does not show it.

    Raises:
        Unreadable: It has no station or time, or a time that does not exist.
    """
    found = _HEAD.fullmatch(" ".join(message.text.upper().replace("=", " ").split()))
    if found is None:
        raise Unreadable("is not a METAR or TAF: a station of four letters and the time have to come first")
    groups = groups_of(re.split(r" RMK(?= |$)", found["rest"])[0])
    issued = _moment(found["issued"], near_utc) if found["issued"] else None
    head = _Head(
        kind=found["kind"] or _shown_kind(groups, heading),
        station=found["station"],
        issued=issued,
        amended=bool(found["amended"]) or any(re.fullmatch("COR|CC[A-Z]", each) for each in groups),
        line=message.line,
    )
    return _forecast(head, near_utc, groups) if head.kind == "TAF" else _observation(head, groups)


def _shown_kind(groups: list[str], heading: str) -> str:
    if groups and _VALIDITY.fullmatch(groups[0]):
        return "TAF"
    return heading if groups[:1] == ["NIL"] and heading else "METAR"


def _moment(digits: str, near: int) -> int:
    at = nearest(int(digits[:2]), int(digits[2:4]), int(digits[4:6]), near)
    if at is None:
        raise Unreadable(f"{digits}Z is not a day and time; write day, hour and minute, like 291150Z")
    return at


def _empty(head: _Head, at: int) -> Report:
    return Report(
        kind=head.kind,
        station=head.station,
        issued_utc=at,
        from_utc=at,
        until_utc=at,
        amended=head.amended,
        line=head.line,
        missing=True,
    )


def _forecast(head: _Head, near: int, groups: list[str]) -> Report:
    issued = near if head.issued is None else head.issued
    if "NIL" in groups[:2]:
        return _empty(head, issued)
    days = _VALIDITY.fullmatch(groups[0]) if groups else None
    if days is None:
        raise Unreadable(
            f"{head.station}: the forecast has no period; write day and hour of begin and end, like 2912/3018"
        )
    begins = nearest(int(days[1]), int(days[2]), 0, issued)
    begins, ends = _period(groups[0], issued if begins is None else begins)
    doubt = ""
    if ends - begins > LONGEST_FORECAST_MINUTES:
        ends, doubt = begins + (ends - begins - 1) % MINUTES_PER_DAY + 1, f"{groups[0]} is longer than any forecast"
    head_issued = begins if head.issued is None else head.issued
    sections = sections_of(groups[1:])
    said, unread = said_of(sections.pop(0)[1])
    timeline, temporary = Timeline(begins, ends, changed_to(Conditions(), said)), list[Temporary]()
    for change, inside in sections:
        unread += _change(change, inside, timeline, temporary)
    if odd := [each for each in unread if _ODD_CHANGE.fullmatch(each)]:
        raise Unreadable(f"{odd[0]} is not a change of a forecast; write it like FM291630 or PROB30")
    cancelled = "CNL" in unread
    return Report(
        kind="TAF",
        station=head.station,
        issued_utc=head_issued,
        from_utc=begins,
        until_utc=ends,
        amended=head.amended,
        cancelled=cancelled,
        prevailing=() if cancelled else timeline.periods(),
        temporary=tuple(temporary),
        unread=tuple(each for each in unread if each != "CNL"),
        doubt=doubt and f"{doubt}; it is read to the first such hour, {times.text(ends)}",
        line=head.line,
    )


def _period(group: str, start: int) -> tuple[int, int]:
    """From and until of ``2912/3018``: the first such moment from a start on, and the one after it."""
    days = [int(each) for each in re.findall(r"\d\d", group)]
    begins = following(days[0], days[1], 0, start)
    ends = None if begins is None else following(days[2], days[3], 0, begins + 1)
    if begins is None or ends is None:
        raise Unreadable(f"{group} is not a period; write day and hour of its begin and end, like 2912/3018")
    return begins, ends


def _change(change: str, inside: list[str], timeline: Timeline, temporary: list[Temporary]) -> list[str]:
    """Enters one change of a forecast; answers its groups of no known form."""
    periods = [each for each in inside if _VALIDITY.fullmatch(each)]
    said, unread = said_of([each for each in inside if not _VALIDITY.fullmatch(each)])
    if change.startswith("FM"):
        at = following(int(change[2:4]), int(change[4:6]), int(change[6:8]), timeline.begins)
        if at is None or at >= timeline.ends:
            raise Unreadable(f"{change} does not lie in the period of the forecast; correct its day or time")
        timeline.replace(at, changed_to(Conditions(), said))
        return unread
    if len(periods) != 1:
        raise Unreadable(f"{change} has {len(periods) or 'no'} periods; write day and hour of begin and end behind it")
    begins, ends = _period(periods[0], timeline.begins)
    if begins >= timeline.ends or ends > timeline.ends + MINUTES_PER_DAY:
        raise Unreadable(f"{change} {periods[0]} does not lie in the period of the forecast; correct its days")
    _enter(change, begins, min(ends, timeline.ends), said, timeline, temporary)
    return unread


def _enter(
    change: str, begins: int, ends: int, said: dict[str, object], timeline: Timeline, temporary: list[Temporary]
) -> None:
    if change == "BECMG":
        timeline.become(begins, ends, said)
        return
    conditions = changed_to(timeline.at(begins), said)
    temporary.append(
        Temporary(kind=change, from_utc=begins, until_utc=ends, conditions=conditions, speaks_of=tuple(sorted(said)))
    )


def _observation(head: _Head, groups: list[str]) -> Report:
    at = head.issued
    if at is None:
        raise Unreadable(f"{head.station}: the time is missing; write day, hour and minute behind it, like 291150Z")
    if "NIL" in groups[:2]:
        return _empty(head, at)
    sections = sections_of(groups)
    current = sections.pop(0)[1]
    said, unread = said_of(current)
    ends = at + (TREND_MINUTES if sections or "NOSIG" in groups else 0)
    timeline, temporary = Timeline(at, ends, changed_to(Conditions(), said)), list[Temporary]()
    for change, inside in sections:
        unread += _trend(change, inside, timeline, temporary)
    found = [group for each in current if (group := read_group(each))]
    return Report(
        kind=head.kind,
        station=head.station,
        issued_utc=at,
        from_utc=at,
        until_utc=ends,
        amended=head.amended,
        prevailing=timeline.periods(),
        temporary=tuple(temporary),
        rvr=tuple(each.value for each in found if each.field == "rvr"),
        lowest_visibility_m=min((each.value for each in found if each.field == "lowest_m"), default=None),
        unread=tuple(unread),
        doubt=_SNOW if any(each.field == "closed_by_snow" for each in found) else "",
        line=head.line,
    )


def _trend(change: str, inside: list[str], timeline: Timeline, temporary: list[Temporary]) -> list[str]:
    """Enters a trend behind an observation; its times are hours and minutes of the two hours after it."""
    times = {found[1]: found for each in inside if (found := _TREND_TIME.fullmatch(each))}
    said, unread = said_of([each for each in inside if not _TREND_TIME.fullmatch(each)])
    begins = _clock(times.get("FM") or times.get("AT"), timeline.begins, timeline.begins)
    ends = _clock(times.get("TL") or times.get("AT"), timeline.begins, timeline.ends)
    if not begins <= ends <= timeline.ends:
        raise Unreadable(f"{change} behind the observation has times outside of its two hours; correct them")
    _enter(change, begins, ends, said, timeline, temporary)
    return unread


def _clock(found: re.Match[str] | None, start: int, otherwise: int) -> int:
    if found is None:
        return otherwise
    minutes = clock_minutes(int(found[2]), int(found[3]))
    if minutes is None:
        raise Unreadable(f"{found[0]} is not a time; write hours and minutes, like {found[1]}1630")
    return start + (minutes - start) % MINUTES_PER_DAY
