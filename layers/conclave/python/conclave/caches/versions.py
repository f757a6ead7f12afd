"""Versions of the data: what was made of a table is still right as long as the table's version is the same.

A table has a version of its own, which changes with every write, and one for each of its slices, by partition key: what was read
by key is still right while others of the table are written. Indexes have the version of the table.

Whoever writes a table gives it a new version before the first item and another one after the last, and is named as its writer in
between. So nobody takes a half-written table for a version, also when a writer dies: then the table has no version that can be
shown until the next writer ends. Versions are never used twice, whatever is restored or deployed again.
"""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

from msgspec import Struct, field, structs

from conclave.clock import Timepiece, parse_timestamp, timestamp

VERSIONS = "DATA"
"""Partition key, in the table of runs, of the versions; the sort key is the table. No run has this id."""
SLICES = 256
"""Slices of a table: 6 KB of versions at most."""
NAMED_SLICES = 64
"""Slices that one writer names at most; who writes into more gives the whole table a version, in one word."""
SETTLED_AFTER_SECONDS = 10.0
"""Age from which a version is one of what readers see: indexes and copies of a table follow it a moment later."""
WRITING_SECONDS = 600.0
"""The longest that one writer is at work; it writes nothing later."""
FORGOTTEN_AFTER_SECONDS = 3_600.0
"""Age from which a writer that never ended is taken for dead: far more than it may write for."""


class Version(Struct, frozen=True, kw_only=True):
    """The state of a table.

    Attributes:
        id: Another one whenever the table may have changed.
        changed_at: Since when.
        writers: Who is at work: each the time when it began, ``|``, and a name of its own.
        whole: The version of all slices together: the table's when everything may have changed.
        slices: The version of each slice that was written by itself: the table's when that was.
    """

    id: str
    changed_at: str
    writers: frozenset[str] = frozenset()
    whole: str = ""
    slices: Mapping[int, str] = field(default_factory=dict)

    def of(self, partition_key: str) -> str:
        """The version of what stands under a partition key; empty where no write of it is known, so that nothing is kept."""
        return self.whole + self.slices.get(slice_of(partition_key), "")

    def after(self, before: Version | None, writers: frozenset[str]) -> Version:
        """This version as it stands where that one stood, with these writers."""
        whole, slices = (before.whole, before.slices) if before else ("", {})
        return structs.replace(self, writers=writers, whole=self.whole or whole, slices={**slices, **self.slices})

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
        """Gives a table, and the slices that are named, a version, and names one writer more; answers who is at work now."""
        ...

    def end(self, table: str, writers: Iterable[str], version: Version) -> None:
        """Gives a table, and the slices that are named, a version, and takes writers away from it."""
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


def slice_of(partition_key: str) -> int:
    """The slice of a table in which everything with this partition key is."""
    return zlib.crc32(partition_key.encode()) % SLICES


@contextmanager
def writing(
    versions: DataVersions, table: str, clock: Timepiece, partition_keys: Iterable[str] | None = None
) -> Iterator[float]:
    """Names a writer of a table while it writes; gives the monotonic second after which it must write nothing more.

    Args:
        versions: The versions.
        table: Name of the table.
        clock: The time.
        partition_keys: Under which something is written; ``None`` when that is not known.
    """
    slices = None if partition_keys is None else {slice_of(each) for each in partition_keys}
    began = clock()
    last = clock.monotonic() + WRITING_SECONDS
    writer = f"{timestamp(began)}|{secrets.token_hex(8)}"
    at_work = versions.begin(table, writer, _new(began, slices))
    try:
        yield last
    finally:
        gone = {each for each in at_work if is_forgotten(each, began)}
        versions.end(table, {writer, *gone}, _new(clock(), slices))


def _new(now: datetime, slices: Collection[int] | None) -> Version:
    id = secrets.token_urlsafe(8)
    if slices is None or len(slices) > NAMED_SLICES:
        return Version(id=id, changed_at=timestamp(now), whole=id)
    return Version(id=id, changed_at=timestamp(now), slices=dict.fromkeys(slices, id))
