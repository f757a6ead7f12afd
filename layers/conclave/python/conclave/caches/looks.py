"""What a run looked at, as a few bytes: enough to say that something else does not concern it.

Every look at one of the tables that feeds write leaves the 32-bit checksum of where it looked: a key, a partition, or a value of
an index. A change of an item leaves the checksums of all places where a look would have come upon it. A change that shares none
with a run concerns it in no way; one that shares some has to be looked at.
"""

from __future__ import annotations

import base64
import zlib
from array import array
from collections.abc import Collection, Iterable, Mapping
from threading import Lock

from conclave.pack.tables import Batch, Item, Key, Only, Table, Tables

EVERYWHERE = "*"
"""Stands for more looks than are kept: any change may concern the run."""
MOST_LOOKS = 4_000
"""Looks that are kept: 16 KB, 22 KB as text."""


class NotedTables(Tables):
    """Tables that note where of some of them was looked.

    Args:
        tables: What is read.
        noted: Names of the tables of which looks are noted.
    """

    def __init__(self, tables: Tables, noted: Collection[str]) -> None:
        self._tables = tables
        self._noted = frozenset(noted)
        self._looks: set[int] = set()
        self._one_at_a_time = Lock()

    @property
    def looks(self) -> str:
        """Where was looked so far, see ``written``."""
        with self._one_at_a_time:
            return written(self._looks)

    def get(self, table: str, keys: Iterable[Key]) -> Batch:
        """See ``Tables.get``."""
        return self.get_across({table: keys})[table]

    def get_across(self, wanted: Mapping[str, Iterable[Key]]) -> dict[str, Batch]:
        """See ``Tables.get_across``."""
        asked = {table: list(keys) for table, keys in wanted.items()}
        for table in self._noted & asked.keys():
            self._note(by_key(table, key) for key in asked[table])
        return self._tables.get_across(asked)

    def query(
        self, table: str, values: Iterable[str], index: str = "", only: Only | None = None
    ) -> dict[str, list[Item]]:
        """See ``Tables.query``. How it is narrowed is not noted: a change beside it is looked at in vain."""
        asked = list(values)
        if table in self._noted:
            self._note(by_value(table, index, value) for value in asked)
        return self._tables.query(table, asked, index, only)

    def _note(self, places: Iterable[int]) -> None:
        with self._one_at_a_time:
            self._looks.update(places)


def by_key(table: str, key: Key) -> int:
    """The checksum of a look at an item."""
    return zlib.crc32("\0".join((table, "=", *([key] if isinstance(key, str) else key))).encode())


def by_value(table: str, index: str, value: str) -> int:
    """The checksum of a look at all items under a value of an index, or of the table's own key where ``index`` is empty."""
    return zlib.crc32("\0".join((table, index, value)).encode())


def places_of(table: Table, item: Item) -> set[int]:
    """The checksums of all looks that come upon an item."""
    indexed = {
        by_value(table.name, index.name, str(item[index.key]))
        for index in table.indexes
        if item.get(index.key) is not None
    }
    return {by_key(table.name, table.key_of(item)), by_value(table.name, "", str(item[table.key])), *indexed}


def written(looks: Collection[int]) -> str:
    """Checksums as text, in their order; ``EVERYWHERE`` for too many."""
    if len(looks) > MOST_LOOKS:
        return EVERYWHERE
    return base64.b64encode(array("I", sorted(looks)).tobytes()).decode()


def united(*looks: str) -> str:
    """All looks of several texts as one."""
    read = [_read(text) for text in looks]
    known = [each for each in read if each is not None]
    return written({place for each in known for place in each}) if len(known) == len(read) else EVERYWHERE


def concern(looks: str, places: Collection[int]) -> bool:
    """True if one of these places was looked at, or may have been."""
    looked = _read(looks)
    return looked is None or not set(places).isdisjoint(looked)


def _read(looks: str) -> array[int] | None:
    """The checksums in a text; ``None`` where it stands for everything, or nobody here wrote it."""
    try:
        return None if looks == EVERYWHERE else array("I", base64.b64decode(looks, validate=True))
    except ValueError:
        return None
