"""Versions of the data: what was made of a table is still right as long as the table's version is the same.

Whoever writes a table gives it a new version before the first item and another one after the last, and is named as its writer in
between. So nobody takes a half-written table for a version, also when a writer dies: then the table has no version that can be
shown until the next writer ends. Versions are never used twice, whatever is restored or deployed again.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from conclave.clock import Timepiece, parse_timestamp, timestamp

VERSIONS = "DATA"
"""Partition key, in the table of runs, of the item with the versions of all tables. No run has this id."""
OF_TABLES = "VERSIONS"
"""Its sort key."""
SETTLED_AFTER_SECONDS = 10.0
"""Age from which a version is one of what readers see: indexes and copies of a table follow it a moment later."""
WRITING_SECONDS = 600.0
"""The longest that one writer is at work; it writes nothing later."""
FORGOTTEN_AFTER_SECONDS = 3_600.0
"""Age from which a writer that never ended is taken for dead: far more than it may write for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """The state of a table.

    Attributes:
        id: Another one whenever the table may have changed.
        changed_at: Since when.
        writers: Who is at work: each the time when it began, ``|``, and a name of its own.
    """

    id: str
    changed_at: str
    writers: frozenset[str] = frozenset()

    def is_settled(self, now: datetime, seconds: float = SETTLED_AFTER_SECONDS) -> bool:
        """True if nobody is at work, and the last change is at least ``seconds`` ago: what is read is of this version."""
        if any(not is_forgotten(each, now) for each in self.writers):
            return False
        return (now - parse_timestamp(self.changed_at)).total_seconds() >= seconds


class DataVersions(Protocol):
    """The versions of the tables. One implementation for DynamoDB, one in memory; the same contract tests hold for both."""

    def read(self) -> Mapping[str, Version]:
        """The versions by table, consistently read in one request; a table without one is not there. Raises ``ReadFailed``."""
        ...

    def begin(self, table: str, writer: str, version: Version) -> frozenset[str]:
        """Gives a table a version and names one writer more; answers who is at work now."""
        ...

    def end(self, table: str, writers: Iterable[str], version: Version) -> None:
        """Gives a table a version and takes writers away from it."""
        ...


def settled(
    versions: Mapping[str, Version], now: datetime, seconds: float = SETTLED_AFTER_SECONDS
) -> Mapping[str, str]:
    """Ids of the versions of the tables that can be shown to be current at this time; the other tables are left out."""
    return {table: each.id for table, each in versions.items() if each.is_settled(now, seconds)}


def is_forgotten(writer: str, now: datetime) -> bool:
    """True if a writer began so long ago that it is dead."""
    began = parse_timestamp(writer.partition("|")[0])
    return (now - began).total_seconds() >= FORGOTTEN_AFTER_SECONDS


@contextmanager
def writing(versions: DataVersions, table: str, clock: Timepiece) -> Iterator[float]:
    """Names a writer of a table while it writes; gives the monotonic second after which it must write nothing more."""
    began = clock()
    last = clock.monotonic() + WRITING_SECONDS
    writer = f"{timestamp(began)}|{secrets.token_hex(8)}"
    at_work = versions.begin(table, writer, _new(began))
    try:
        yield last
    finally:
        gone = {each for each in at_work if is_forgotten(each, began)}
        versions.end(table, {writer, *gone}, _new(clock()))


def _new(now: datetime) -> Version:
    return Version(id=secrets.token_hex(8), changed_at=timestamp(now))
