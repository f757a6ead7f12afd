"""Reports as rows of the table ``weather``, in the form that rules read: what prevails, and beside it what is expected at times.

A forecast takes the place of all rows of its station for the time that it is for, except where a report that was issued later
stands already: reports arrive out of their order. Where a value is unknown there is no row: the gap remains. The rows of
a time at which conditions are expected that a plan has to count (see ``counts``) have them in the columns ``temporary_*``.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from conclave.pack import Item
from msgspec import Struct

from packs.airline import times
from packs.airline.bounds import FORECAST_HOURS
from packs.airline.feeds.weather.reports import Report, Temporary
from packs.airline.feeds.weather.timeline import Conditions
from packs.airline.rules.airports.crosswind import crosswind_kt, wind_word

_TRANSIENT = ("TS", "SH")
"""Weather of short life, of which paragraph (e) names thunderstorms and showers."""

_Issue = tuple[int, bool]
"""When a report was issued, in minutes, and whether it corrects or amends one: the greater one counts."""


class Row(Struct, frozen=True, kw_only=True):
    """A row with its from and until in minutes."""

    from_utc: int
    until_utc: int
    cells: Item


def counts(temporary: Temporary) -> bool:
    """True if a plan has to count a deterioration at times: EASA AMC1 NCO.OP.160 (e), (f), after transcriptions.

    Under TEMPO, and under PROB30 or PROB40 alone, a deterioration with persistent conditions (haze, mist, fog, dust or
    sandstorm, continuous precipitation) counts, and one with showery conditions of short life may be ignored. What PROB TEMPO
    announces may be ignored. A group that names no weather, or persistent weather beside a shower, counts.
    """
    weather = temporary.conditions.weather if "weather" in temporary.speaks_of else ()
    short = bool(weather) and all(any(code in each for code in _TRANSIENT) for each in weather)
    return " " not in temporary.kind and not short


def rows_of(report: Report, station: str, runways: Sequence[int] = ()) -> Iterator[Row]:
    """The rows of a report, in order of time; none for a time at which a value is unknown.

    Args:
        report: A report that says something.
        station: IATA code of its station.
        runways: True headings of its runways.
    """
    ends = {each.until_utc for each in report.prevailing} | {report.from_utc}
    ends |= {edge for each in report.temporary for edge in (each.from_utc, each.until_utc)}
    edges = sorted(edge for edge in ends if report.from_utc <= edge <= _until(report))
    for start, end in zip(edges, [*edges[1:], _until(report)], strict=True):
        if start < end and (cells := _cells(report, station, start, end, runways)) is not None:
            yield Row(from_utc=start, until_utc=end, cells=cells)


def _until(report: Report) -> int:
    """When a report ends; an observation without a trend holds for an hour, until the next routine one (Annex 3, 4.3.1)."""
    return max(report.until_utc, report.from_utc + 60)


def _cells(report: Report, station: str, start: int, end: int, runways: Sequence[int]) -> Item | None:
    prevailing = [each.conditions for each in report.prevailing if each.from_utc <= start] or [Conditions()]
    values = _values(prevailing[-1], runways)
    if values is None:
        return None
    cells: Item = {
        "station": station,
        "from_utc": times.text(start),
        "until_utc": times.text(end),
        "issued_utc": times.text(report.issued_utc),
        **({"amended": True} if report.amended else {}),
        **values,
    }
    holding = [each for each in report.temporary if each.from_utc <= start < each.until_utc]
    if not holding:
        return cells
    counted = [each for each in holding if counts(each)]
    told = [_values(each.conditions, runways) for each in counted or holding]
    if any(each is None for each in told):
        return cells if not counted else None
    known = [each for each in told if each is not None]
    winds = list(dict.fromkeys(wind for each in counted or holding for wind in each.conditions.winds))
    return cells | {
        "temporary": " ".join(dict.fromkeys(each.kind.replace(" ", "+") for each in counted or holding)),
        "temporary_counts": bool(counted),
        "temporary_visibility_m": min(each["visibility_m"] for each in known),
        "temporary_ceiling_ft": min(each["ceiling_ft"] for each in known),
        "temporary_crosswind_kt": crosswind_kt(winds, runways),
        "temporary_winds": [wind_word(each) for each in winds],
    }


def _values(conditions: Conditions, runways: Sequence[int]) -> Item | None:
    across = crosswind_kt(conditions.winds, runways)
    if conditions.visibility_m is None or conditions.ceiling_ft is None or across is None:
        return None
    return {
        "visibility_m": conditions.visibility_m,
        "ceiling_ft": conditions.ceiling_ft,
        "crosswind_kt": across,
        "winds": [wind_word(each) for each in conditions.winds],
    }


def merged(existing: Iterable[Item], reports: Iterable[tuple[Report, Sequence[Row]]]) -> list[Item]:
    """All rows of a station after its reports: each takes the place of what is there for its own time.

    An observation does so only where it says everything: a sensor that is out of order takes no forecast away. A report
    leaves what a later one says, and the gaps between the rows of a later one.

    Args:
        existing: Rows of the station as the table has them.
        reports: Its reports with their rows; the one issued last counts where they overlap, of one time the correction.
    """
    rows = sorted((_as_row(each) for each in existing), key=_begin)
    held = _held(rows)
    longest = max((each.until_utc - each.from_utc for each in rows), default=0)
    for report, fresh in sorted(reports, key=lambda each: _issue(each[0])):
        longest = max(longest, *(each.until_utc - each.from_utc for each in fresh), 0)
        later = [span for issue, span in held.items() if issue > _issue(report)]
        whole = [(report.from_utc, _until(report))]
        for start, end in whole if report.kind == "TAF" else [(each.from_utc, each.until_utc) for each in fresh]:
            for first, last in _between(start, end, later):
                _replace(rows, first, last, [part for each in fresh for part in _inside(each, first, last)], longest)
    return [each.cells for each in rows]


def _issue(report: Report) -> _Issue:
    return report.issued_utc, report.amended


def _held(rows: Sequence[Row]) -> dict[_Issue, tuple[int, int]]:
    """From when until when there are rows of each report that is known; those of a table's own making name none."""
    spans: dict[_Issue, tuple[int, int]] = {}
    for each in rows:
        if "issued_utc" in each.cells:
            issue = times.minutes(each.cells["issued_utc"]), bool(each.cells.get("amended"))
            start, end = spans.get(issue, (each.from_utc, each.until_utc))
            spans[issue] = min(start, each.from_utc), max(end, each.until_utc)
    return spans


def _between(start: int, end: int, taken: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What is left of the time from start to end outside of what is taken, in order."""
    for first, last in sorted(taken):
        if start < min(first, end):
            yield start, min(first, end)
        start = max(start, last)
    if start < end:
        yield start, end


def _begin(row: Row) -> int:
    return row.from_utc


def _replace(rows: list[Row], start: int, end: int, fresh: Sequence[Row], longest: int) -> None:
    """Puts rows in the place of what is there from start to end; only the rows that may reach into that time are looked at."""
    first, last = bisect_left(rows, start - longest, key=_begin), bisect_left(rows, end, key=_begin)
    kept = [part for row in rows[first:last] for part in _outside(row, start, end)]
    rows[first:last] = sorted([*kept, *fresh], key=_begin)


def _as_row(item: Item) -> Row:
    start = times.minutes(item["from_utc"])
    until = item.get("until_utc")
    return Row(
        from_utc=start, until_utc=times.minutes(until) if until else start + FORECAST_HOURS * 60, cells=dict(item)
    )


def _outside(row: Row, start: int, end: int) -> Iterator[Row]:
    """What is left of a row when the time from start to end is taken out of it."""
    if row.until_utc <= start or row.from_utc >= end:
        yield row
        return
    yield from _inside(row, row.from_utc, start)
    yield from _inside(row, end, row.until_utc)


def _inside(row: Row, start: int, end: int) -> Iterator[Row]:
    """What of a row is between start and end, if anything is."""
    first, last = max(row.from_utc, start), min(row.until_utc, end)
    if first < last:
        cells = row.cells | {"from_utc": times.text(first), "until_utc": times.text(last)}
        yield Row(from_utc=first, until_utc=last, cells=cells)
