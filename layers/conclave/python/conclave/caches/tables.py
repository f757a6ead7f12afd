"""Tables that know which version of the data they read, and that give out again what was read under it.

There are two ways to read. ``VersionedTables`` asks the store each time and says which versions were current before the first
read; safety agents have nothing else. ``CachedTables`` answers from memory, or from what another process left, where the version
of the table is shown to be current by a consistent read of this invocation. Everything else it reads, and keeps.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from threading import Lock
from typing import Any, Protocol

from msgspec import Struct, msgpack

from conclave.caches.memory import BoundedMemory, Tally
from conclave.caches.versions import DataVersions, Version, settled
from conclave.clock import Clock
from conclave.codec import decode, encode
from conclave.pack.tables import Batch, Item, Key, Only, ReadFailed, Tables, signature

SHARED_AFTER_SECONDS = 60.0
"""Age from which what was read under a version is left for other processes: a table that was just written will be again."""
WRITTEN = "|m"
"""Bundles are MessagePack: JSON within JSON takes half as long again to read, and to write."""
NUL = "\0"
Found = dict[str, bytes]
"""What was read, as JSON, by what was asked for."""
_READER = msgpack.Decoder(Found)


class Shared(Protocol):
    """What processes leave for one another: a bundle for each way of reading. One for DynamoDB, one in memory; one contract."""

    def get(self, names: Sequence[str]) -> Mapping[str, bytes]:
        """The bundles that there are, of those asked for; raises ``ReadFailed``."""
        ...

    def put(self, bundles: Mapping[str, bytes]) -> None:
        """Leaves bundles, as far as they are small enough. One that cannot be left is lost, and is read again."""
        ...


class Kept(Struct, frozen=True):
    """Where reads are kept.

    Attributes:
        memory: What this process keeps.
        shared: What processes leave for one another.
        tally: Counts what answered.
    """

    memory: BoundedMemory
    shared: Shared
    tally: Tally


class VersionedTables(Tables):
    """Tables that are read, and the versions that they had before.

    Args:
        tables: The tables.
        versions: Their versions; are read once, before the first item.
        clock: The time.
    """

    def __init__(self, tables: Tables, versions: DataVersions, clock: Clock) -> None:
        self._tables = tables
        self._data_versions = versions
        self._clock = clock
        self._first = Lock()

    @property
    def versions(self) -> Mapping[str, str]:
        """Versions by table, as far as they could be shown to be current before anything was read."""
        with self._first:
            return self._shown

    @property
    def written(self) -> frozenset[str]:
        """Names of the tables that have a version, whether it can be shown to be current or not; others were never written."""
        with self._first:
            return frozenset(self._seen)

    @cached_property
    def _seen(self) -> Mapping[str, Version]:
        try:
            return self._data_versions.read()
        except ReadFailed:  # then no version can be shown, and everything is read
            return {}

    @cached_property
    def _shown(self) -> Mapping[str, str]:
        return settled(self._seen, self._clock())

    def get(self, table: str, keys: Iterable[Key]) -> Batch:
        """See ``Tables.get``."""
        return self.get_across({table: keys})[table]

    def get_across(self, wanted: Mapping[str, Iterable[Key]]) -> dict[str, Batch]:
        """See ``Tables.get_across``."""
        _ = self.versions
        return self._tables.get_across(wanted)

    def query(
        self, table: str, values: Iterable[str], index: str = "", only: Only | None = None
    ) -> dict[str, list[Item]]:
        """See ``Tables.query``."""
        _ = self.versions
        return self._tables.query(table, values, index, only)


class CachedTables(VersionedTables):
    """Tables whose reads are kept under their version, in this process and beyond it.

    Args:
        tables: The tables.
        versions: Their versions.
        clock: The time.
        kept: Where reads are kept.
        reads: The reads that the function declares: their bundles are asked for, all at once.
    """

    def __init__(self, tables: Tables, versions: DataVersions, clock: Clock, kept: Kept, reads: Iterable[str]) -> None:
        super().__init__(tables, versions, clock)
        self._kept = kept
        self._bundles = {bundle: way for read in sorted(reads) for bundle, way in bundles_of(read).items()}
        self._one_at_a_time = Lock()
        self._first_to_ask = Lock()
        self._used: dict[str, Found] = {}
        self._grown: set[str] = set()

    def get_across(self, wanted: Mapping[str, Iterable[Key]]) -> dict[str, Batch]:
        """See ``Tables.get_across``."""
        asked = {table: list(dict.fromkeys(keys)) for table, keys in wanted.items()}
        found = {
            table: self._known(table, [self._stamped(table, key) for key in keys]) for table, keys in asked.items()
        }
        unread = {
            table: [key for key in keys if self._stamped(table, key) not in found[table]]
            for table, keys in asked.items()
        }
        if unread := {table: keys for table, keys in unread.items() if keys}:
            for table, batch in self._tables.get_across(unread).items():
                new = {self._stamped(table, key): encode(batch.items.get(key)) for key in unread[table]}
                found[table] |= self._keep(table, new)
        return {
            table: _batch({key: found[table][self._stamped(table, key)] for key in keys})
            for table, keys in asked.items()
        }

    def query(
        self, table: str, values: Iterable[str], index: str = "", only: Only | None = None
    ) -> dict[str, list[Item]]:
        """See ``Tables.query``."""
        way, narrowed = f"{table}/{index}", _narrowed(only)
        names = {value: self._stamped(table, value, narrowed, index=index) for value in values}
        found = self._known(way, list(names.values()))
        unread = [value for value, name in names.items() if name not in found]
        if unread:
            groups = self._tables.query(table, unread, index, only)
            found |= self._keep(way, {names[value]: encode(group) for value, group in groups.items()})
        return {value: decode(found[name], list[Item]) for value, name in names.items()}

    def _stamped(self, table: str, key: Key, more: str = "", *, index: str = "") -> str:
        """The name of a read, and the version of what is read; the latter is empty where none can be shown."""
        parts = [key] if isinstance(key, str) else list(key)
        seen = self._seen[table] if table in self.versions else None
        version = (seen.id if index else seen.of(parts[0])) if seen else ""
        return NUL.join([version, *parts]) + more

    def _known(self, way: str, names: Sequence[str]) -> Found:
        """What this process, or another one, read before under the version of now."""
        memory, tally = self._kept.memory, self._kept.tally
        stamped = [name for name in names if not name.startswith(NUL)]
        found: Found = {name: data for name in stamped if (data := memory.get(way + NUL + name)) is not None}
        tally.add(memory=len(found))
        if len(found) < len(stamped):
            left = self._left_by_others.get(way, {})
            more = {name: left[name] for name in stamped if name in left and name not in found}
            for name, data in more.items():
                memory.put(way + NUL + name, data)
            tally.add(shared=len(more))
            found |= more
        self._use(way, found)
        return found

    def _keep(self, way: str, new: Found) -> Found:
        """Keeps what had to be read under a version, and gives all of it back."""
        self._kept.tally.add(data=len(new))
        stamped = {name: data for name, data in new.items() if not name.startswith(NUL)}
        for name, data in stamped.items():
            self._kept.memory.put(way + NUL + name, data)
        self._use(way, stamped)
        if stamped:
            self._grown.add(way)
        return new

    def _use(self, way: str, found: Found) -> None:
        with self._one_at_a_time:
            self._used.setdefault(way, {}).update(found)

    @cached_property
    def _others(self) -> Mapping[str, Found]:
        try:
            left = self._kept.shared.get(list(self._bundles))
            return {self._bundles[bundle]: _unpacked(data) for bundle, data in left.items()}
        except ReadFailed:
            return {}

    @property
    def _left_by_others(self) -> Mapping[str, Found]:
        """What other processes left, for all declared reads; is asked for once. What has another version by now is in no way."""
        with self._first_to_ask:
            return self._others

    def leave(self) -> None:
        """Leaves what was read here for other processes, where the data have been at rest for a while."""
        resting = settled(self._seen, self._clock(), SHARED_AFTER_SECONDS)
        grown = [way for way in sorted(self._grown) if way.partition("/")[0] in resting]
        if grown:
            self._kept.shared.put(
                {
                    bundle: _packed({**self._current(way), **self._used[way]})
                    for bundle, way in self._bundles.items()
                    if way in grown
                }
            )

    def _current(self, way: str) -> Found:
        """What others left of a way of reading that has the version of now."""
        table, _, index = way.partition("/")
        seen = self._seen[table]
        by_name = {name: name.split(NUL, 2)[:2] for name in self._left_by_others.get(way, {})}
        right = {name for name, (version, key) in by_name.items() if version == (seen.id if index else seen.of(key))}
        return {name: data for name, data in self._left_by_others.get(way, {}).items() if name in right}


def bundles_of(read: str) -> Mapping[str, str]:
    """The ways of a declared read by the names of their bundles: a table is read by key and by partition, an index by its key.

    A name says how its bundle is written: a function of another release asks for other names, and finds nothing that it
    cannot read.
    """
    ways = (read,) if "/" in read else (read, f"{read}/")
    return {way + WRITTEN: way for way in ways}


def versions_of(tables: Tables) -> Mapping[str, str]:
    """The versions that tables had before they were read; nothing where they know none."""
    return tables.versions if isinstance(tables, VersionedTables) else {}


def written_in(tables: Tables) -> frozenset[str]:
    """Names of the tables that were ever written, as far as tables know."""
    return tables.written if isinstance(tables, VersionedTables) else frozenset()


def _narrowed(only: Only | None) -> str:
    """What a query leaves out, as the end of the name of what it found."""
    return NUL + signature(only) if only else ""


def _batch(found: Mapping[Key, bytes]) -> Batch:
    items = {key: decode(data, dict[str, Any]) for key, data in found.items() if data != b"null"}
    return Batch(items=items, missing=tuple(key for key in found if key not in items))


def _packed(found: Found) -> bytes:
    # Speed before size: the rows that a run packs grow with the network, and a quarter more bytes are cheaper than their time.
    return zlib.compress(msgpack.encode(found), zlib.Z_BEST_SPEED)


def _unpacked(bundle: bytes) -> Found:
    return _READER.decode(zlib.decompress(bundle))
