"""Times: whole minutes since 1970-01-01T00:00Z inside, ISO 8601 in UTC where rows, options and people have them.

A row has its times as text in the columns whose names end in ``_utc``. ``InMinutes`` reads them as minutes, once, under
the same names; ``text`` and ``shown`` write them again. Local time is asked for only where a rule or a person reads a clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from conclave.pack import Batch, Item, Key, Only, Tables, Value

MINUTES_PER_DAY = 1440
LONG_AGO = 0
"""Before everything on record, in minutes."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_KEPT = 16_384


@lru_cache(_KEPT)
def minutes(written: str) -> int:
    """Reads ``2026-11-21T06:35:00Z``; raises ``ValueError`` for anything that is not ISO 8601 with an offset."""
    found = datetime.fromisoformat(written)
    if found.tzinfo is None:
        raise ValueError(f"{written} has no offset")
    return (found - _EPOCH) // _MINUTE


@lru_cache(_KEPT)
def text(moment: int) -> str:
    """Writes a moment as ``2026-11-21T06:35:00Z``."""
    return f"{_EPOCH + moment * _MINUTE:%Y-%m-%dT%H:%M:%SZ}"


def day(moment: int) -> str:
    """The date of a moment in UTC, ``2026-11-21``."""
    return text(moment)[:10]


def shift(written: str, by: int) -> str:
    """A time as text, as a row has it, moved by minutes."""
    return text(minutes(written) + by)


def minutes_between(start: str, end: str) -> int:
    """Minutes from start to end, two times as text; negative when end comes first."""
    return minutes(end) - minutes(start)


@cache
def _zone(name: str) -> ZoneInfo:
    """A time zone; ``ZoneInfo`` itself keeps only the last eight, and a network has more."""
    return ZoneInfo(name)


def local(moment: int, zone: str) -> datetime:
    """The moment in an IANA time zone."""
    return (_EPOCH + moment * _MINUTE).astimezone(_zone(zone))


@lru_cache(_KEPT)
def local_minute(moment: int, zone: str) -> int:
    """Minutes since midnight on the clock of an IANA time zone."""
    there = local(moment, zone)
    return there.hour * 60 + there.minute


@lru_cache(_KEPT)
def offset_minutes(moment: int, zone: str) -> int:
    """Minutes by which the clock of an IANA time zone is ahead of UTC at a moment."""
    return (local(moment, zone).utcoffset() or timedelta()) // _MINUTE


def local_text(moment: int, zone: str) -> str:
    """The moment as a person at the place reads it: ``2026-11-21 06:35+04:00``."""
    return local(moment, zone).isoformat(sep=" ", timespec="minutes")


def at_local(day: str, clock: str, zone: str) -> int:
    """The moment of a local date (``2026-11-21``) and clock time (``09:10``).

    A clock time that a change to summer time skips is read with the offset before the change.
    """
    return (datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=_zone(zone)) - _EPOCH) // _MINUTE


def on_the_clock(moment: int, by: int, zone: str) -> int:
    """The moment at which the clock of a zone shows so many minutes more, also where summer time begins or ends between."""
    # Within a zone datetimes count what its clock shows, not what passes.
    return (local(moment, zone) + by * _MINUTE - _EPOCH) // _MINUTE


def clock_minutes(clock: str) -> int:
    """``23:30`` as minutes since midnight."""
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


class InMinutes(Tables):
    """Tables whose rows have their times in minutes. A time that is empty stays so.

    Args:
        tables: What is read.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def get(self, table: str, keys: Iterable[Key]) -> Batch:
        """See ``Tables.get``."""
        return _batch_in_minutes(self._tables.get(table, keys))

    def get_across(self, wanted: Mapping[str, Iterable[Key]]) -> dict[str, Batch]:
        """See ``Tables.get_across``."""
        return {table: _batch_in_minutes(found) for table, found in self._tables.get_across(wanted).items()}

    def query(
        self, table: str, values: Iterable[str], index: str = "", only: Only | None = None
    ) -> dict[str, list[Item]]:
        """See ``Tables.query``."""
        found = self._tables.query(table, values, index, only)
        return {value: [in_minutes(row) for row in rows] for value, rows in found.items()}


def _batch_in_minutes(found: Batch) -> Batch:
    return Batch(items={key: in_minutes(row) for key, row in found.items.items()}, missing=found.missing)


def in_minutes(row: Item) -> Item:
    """A row with its times in minutes."""
    return row | {name: minutes(row[name]) for name in _moments(tuple(row)) if row[name]}


@lru_cache(_KEPT)
def _moments(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names of the columns that hold times; the rows of a table have the same columns."""
    return tuple(name for name in names if name.endswith("_utc"))


def shown(row: Item, name: str) -> Value:
    """A cell of a row in minutes as options, facts and people have it; ``None`` without one."""
    value: Value = row.get(name)
    return text(value) if isinstance(value, int) and name.endswith("_utc") else value
