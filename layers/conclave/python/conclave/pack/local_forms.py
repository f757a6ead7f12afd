"""Numbers and dates as people and spreadsheets write them, and the sentence that says how a table wants them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

_LOCAL = re.compile(
    r"^(?P<first>\d{1,2})[./-](?P<second>\d{1,2})[./-](?P<year>\d{4}|\d{2})(?P<rest>[ T,].*)?$", re.ASCII
)
_YEAR_FIRST = re.compile(r"^(?P<year>\d{4})[./-]?(?P<month>\d{1,2})[./-]?(?P<day>\d{1,2})(?P<rest>[ T,].*)?$", re.ASCII)
_NAMED_MONTH = re.compile(
    r"^(?P<day>\d{1,2})[ -]?(?P<month>[A-Za-z]{3})[a-z]*[ -]?(?P<year>\d{4}|\d{2})(?P<rest>[ T,].*)?$", re.ASCII
)
_MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"
_WHOLE_WITH_POINT = re.compile(r"^[+-]?\d+\.0+$", re.ASCII)
_GROUPED_BY_POINTS = re.compile(r"^[+-]?\d{1,3}(?:\.\d{3})+$", re.ASCII)
_SERIAL = re.compile(r"^\d{5}(?:\.\d+)?$", re.ASCII)
_GROUPED = r"[+-]?\d{1,3}(?:[\s'\u2019\u00a0\u202f_]\d{3})+"
_SPREADSHEET_ZERO = datetime(1899, 12, 30)
"""Day 0 of a spreadsheet's dates, as LibreOffice and Excel count after February 1900."""


def meant_number(cell: str) -> str:
    """The number to write instead of one with a decimal comma or separators; empty when that is not what is wrong."""
    bare = re.sub(r"[\s'\u2019\u00a0\u202f_]", "", cell)
    if re.fullmatch(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", bare) or re.fullmatch(_GROUPED, cell.strip()):
        plain = bare.replace(",", "")
        if bare.count(",") == 1 and "." not in bare:
            return f"write {plain} without a separator, or {bare.replace(',', '.')} with a decimal point"
        return f"write it without separators: {plain}"
    if re.fullmatch(r"[+-]?\d{1,3}(?:\.\d{3})*,\d+", bare) or re.fullmatch(r"[+-]?\d+,\d+", bare):
        return f"write it with a decimal point: {bare.replace('.', '').replace(',', '.')}"
    return ""


def meant_whole(cell: str) -> str:
    """The whole number to write instead of one with separators or a fraction of nothing; empty when that is not what is wrong."""
    if _WHOLE_WITH_POINT.match(cell):
        return f"write it without a fraction: {cell.partition('.')[0]}"
    if _GROUPED_BY_POINTS.match(cell):
        return f"write it without separators: {cell.replace('.', '')}"
    return meant_number(cell)


def meant_day(cell: str) -> str:
    """The date to write instead of one in another form; empty when the cell is not a date of any form known here."""
    days = _days(cell)
    if days is None:
        return ""
    return f"write it as {' or '.join(days)}" if days else "that day does not exist"


def meant_moment(cell: str) -> str:
    """The time to write instead of one in another form; empty when the cell is not a time of any form known here."""
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:
        moment = None
    if moment is not None and moment.tzinfo is not None:
        return f"write it in UTC as {moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if _SERIAL.match(cell):
        return (
            f"a spreadsheet's number; write it in UTC as {_from_serial(float(cell)):%Y-%m-%dT%H:%M:%SZ}, if it was UTC"
        )
    if moment is not None and len(cell) > len("2026-11-21"):
        return f"it does not say its zone; write it in UTC as {moment:%Y-%m-%dT%H:%M:%SZ}, if it was UTC"
    days = _days(cell)
    if days is None:
        return ""
    return (
        f"write it in UTC as {' or '.join(f'{day}T06:35:00Z' for day in days)}" if days else "that day does not exist"
    )


def _days(cell: str) -> list[str] | None:
    """The ISO dates that a cell may mean; none when its day does not exist, ``None`` when it is not a date."""
    if match := _YEAR_FIRST.match(cell):
        return _existing_days([(int(match["year"]), int(match["month"]), int(match["day"]))])
    if match := _LOCAL.match(cell):
        year = _full_year(match["year"])
        first, second = int(match["first"]), int(match["second"])
        return _existing_days([(year, second, first), (year, first, second)])
    if match := _NAMED_MONTH.match(cell):
        month = _MONTHS.find(match["month"].upper()) // 4 + 1
        return _existing_days([(_full_year(match["year"]), month, int(match["day"]))]) if month else None
    if _SERIAL.match(cell):
        return [_from_serial(float(cell)).date().isoformat()]
    return None


def _full_year(text: str) -> int:
    return int(text) + (2000 if len(text) == 2 else 0)


def _from_serial(days: float) -> datetime:
    return _SPREADSHEET_ZERO + timedelta(minutes=round(days * 24 * 60))


def _existing_days(parts: list[tuple[int, int, int]]) -> list[str]:
    found = []
    for year, month, day in parts:
        try:
            found.append(date(year, month, day).isoformat())
        except ValueError:
            continue
    return list(dict.fromkeys(found))
